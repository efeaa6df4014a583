"""How fast, how lean, how exact: `python -m tests.benchmarks`. A ratio that is not met is a figure; a wrong result ends with 1."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kernels import layouts
from tests.benchmarks import bits, interactive, machine, passes, precision, scaling, stages, starts, threads
from tests.benchmarks.agreement import agreement
from tests.benchmarks.assembly import Counts, assembly_of_kernel, count, shortcomings
from tests.benchmarks.bar import Line, print_bar
from tests.benchmarks.contestants import BITS, CONTRACTED_KERNEL, ENGINES, KERNEL, NUMPY, USES, Race, every_peer, race
from tests.benchmarks.report import Report
from tests.benchmarks.sizes import DEFAULT, FULL, QUICK, Sizes
from tests.benchmarks.world import baseline, world

SLOWED = 1.1  # wall over CPU time of one thread; more, and somebody else was at work


@click.command()
@click.option("--quick", is_flag=True, help="Few rounds and draws: to see that everything runs.")
@click.option("--full", is_flag=True, help="More rounds, the whole ladder, cold start, processor levels.")
@click.option("--stages", "with_stages", is_flag=True, help="Where the time of a pair goes; compiles seven more kernels, once.")
@click.option("--levels", "with_levels", is_flag=True, help="Bit equality over x86-64 levels; compiles a kernel for each, once.")
@click.option("--precision", "with_precision", is_flag=True, help="RMSE against plain Monte Carlo.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Keep all figures here.")
def main(quick: bool, full: bool, with_stages: bool, with_levels: bool, with_precision: bool, file: Path | None) -> None:
    """Measure the simulator beside NumPy, rules engines and its own limits."""
    if quick and full:
        raise click.UsageError("--quick and --full exclude each other")
    sizes, report, found = QUICK if quick else FULL if full else DEFAULT, Report(click.echo), {}
    describe(report)
    sections: dict[str, Callable[[], Any] | None] = {
        "counts": lambda: vectorised(report),
        "bits": lambda: bits.equal_bits(report),
        "levels": (lambda: bits.equal_levels(report)) if with_levels or full else None,
        "agreement": lambda: agreement(report, every_peer()),
        "race": lambda: race(report, sizes),
        "stages": (lambda: stage_table(report, sizes, found)) if with_stages else None,
        "threads": lambda: threads.one_to_two(report, sizes),
        "passes": lambda: passes.one_more_variant(report, sizes),
        "interactive": lambda: interactive.interactive(report, sizes),
        "ladder": lambda: scaling.ladder(report, sizes),
        "starts": lambda: starts.starts(report, sizes),
        "precision": (lambda: against_plain(report, quick)) if with_precision else None,
    }
    for name, section in sections.items():
        found[name] = attempt(report, name, section) if section else None
    idle(report, found["race"])
    print_bar(report, lines(found))
    for failure in report.failures:
        click.echo(f"FAILED: {failure}", err=True)
    if file:
        report.save(file)
    sys.exit(1 if report.failures else 0)


def attempt(report: Report, name: str, section: Callable[[], Any]) -> Any:
    """One section; an error is a failure, but the others are measured all the same."""
    try:
        return section()
    except Exception as error:
        traceback.print_exc()
        report.failures.append(f"{name}: {error}")
        return None


def describe(report: Report) -> None:
    """The machine, and whether it is idle."""
    report.title("Machine")
    facts = machine.describe()
    for name, text in facts.items():
        report.note(f"{name:<14}{text}")
    if warning := machine.busy(machine.load()):
        report.note(warning)
    report.keep("machine", facts)


def idle(report: Report, raced: Race | None) -> None:
    """Say so if a thread that never waits did."""
    if raced and (slowed := raced.wall[KERNEL].median / raced.cpu[KERNEL].median) > SLOWED:
        report.note(f"\n  WARNING: the kernel's wall time was {slowed:.2f} times its CPU time: something else ran; measure again when idle")


def vectorised(report: Report) -> Counts:
    """Look into the assembly of the kernel."""
    report.title("Assembly of simulate_draws")
    run = world(16)
    found = count(assembly_of_kernel(run.inputs, run.new_outputs(), layouts.workspace(run.inputs)))
    report.note(f"Arithmetic on float64 as it stands in the text: {found.packed:,} packed ({found.widest}), {found.scalar:,} scalar, "
                f"{found.fused:,} fused; {found.packed_products:,} packed products of integers.")
    wrong = shortcomings(found)
    what = f"loops on several lanes at once: {found.philox_loops} of Philox, {found.exp_loops} of exp, {found.ln_loops} of ln with exp"
    report.check(not wrong, what, "; ".join(wrong))
    report.check(found.fused == 0, "multiply and add are never fused, so that every processor rounds alike", f"{found.fused} are")
    report.keep("assembly", found._asdict())
    return found


def stage_table(report: Report, sizes: Sizes, found: dict[str, Any]) -> Any:
    """The stages, with the random bits of the race and the registers of the assembly."""
    raced, counts = found["race"], found["counts"]
    per_call = raced.cpu[BITS].median / report.figures["philox_calls"]["per_pair"]
    return stages.stage_table(report, sizes, per_call, counts.widest)


def against_plain(report: Report, quick: bool) -> dict[str, float]:
    """RMSE of plain Monte Carlo over ours, at the most draws measured."""
    report.title("Error against plain Monte Carlo with as many draws")
    how = {"replicates": 4, "draws": (256, 1024), "truth": (8, 2048)} if quick else {}
    rows = precision.measure(baseline(), **how)
    for line in precision.table(rows).splitlines():
        report.note(line)
    report.keep("precision", rows)
    if quick:
        report.note("Too few replicates for the bar: the intervals say how little is known.")
        return {}
    return {name: next(row["ratio"] for row in reversed(rows) if row["statistic"] == name) for name in ("mean", "P95")}


def lines(found: dict[str, Any]) -> list[Line]:
    """The bar, filled with what was found."""
    raced: Race | None = found["race"]
    over = {name: ratio.median for name, ratio in raced.over_kernel.items()} if raced else {}
    within = {name: 1.0 / ratio for name, ratio in over.items()}
    cores, memory, rmse = (found[name] or {} for name in ("threads", "ladder", "precision"))
    extra, wait, starting = ({name: each and each.median for name, each in (found[section] or {}).items()}
                             for section in ("passes", "interactive", "starts"))
    same = None if found["bits"] is None else float(found["bits"] and found["levels"] is not False)
    return [
        Line("faster than NumPy, same full model", 15, 25, over.get(NUMPY)),
        *(Line(f"faster than {engine}, {use.name}", 100, 150, over.get(f"{engine}, {use.name}"),
               why="not installed" if raced else "not measured")
          for engine in ENGINES for use in USES),
        Line("time over random bits alone", 6, 4, within.get(BITS), at_least=False),
        Line("one to two cores, blocks of draws", 1.85, 1.95, cores.get("blocks")),
        Line("one to two cores, simulate()", 1.85, 1.95, cores.get("simulate")),
        Line("bits equal" + (", processor levels too" if found["levels"] is not None else ""), 1, 1, same, unit="yes"),
        Line("strict mode over contracted", 1.5, None, within.get(CONTRACTED_KERNEL), at_least=False),
        Line("memory beyond outputs, dearest of the ladder", 64, 32, memory.get("beyond"), "MB", False),
        Line("  less what simulate() is given", 64, 32, memory.get("own"), "MB", False),
        Line("interactive, kernel", 40, 15, wait.get("kernel"), "ms", False),
        Line("interactive, with packing to summary", 100, 40, wait.get("whole"), "ms", False),
        Line("one more variant, kernel, dearest pass", 0.6, 0.4, extra.get("kernel"), at_least=False),
        Line("one more variant, simulate(), dearest pass", 0.6, 0.4, extra.get("simulate()"), at_least=False),
        Line("RMSE of the mean, plain over ours", 5, 8, rmse.get("mean"), why="not measured: --precision"),
        Line("RMSE of P95, plain over ours", 1.3, 2, rmse.get("P95"), why="not measured: --precision"),
        Line("subsidysim --help", 0.15, 0.08, starting.get("help"), "s", False),
        Line("subsidysim run baseline, warm", 3, 1.5, starting.get("warm"), "s", False),
    ]


if __name__ == "__main__":
    main()
