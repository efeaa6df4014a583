"""What somebody waits for who changes a rule and looks again: 5,000 applications in 1,000 draws, all compiled beforehand."""

from simulator import simulate, summarise
from tests.benchmarks.machine import cores
from tests.benchmarks.report import Report
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.timing import Spread, alternate, spread, wall_of
from tests.benchmarks.world import run_engine, with_about, world

PROJECTS, DRAWS = 5_000, 1_000


def interactive(report: Report, sizes: Sizes) -> dict[str, Spread]:
    """Milliseconds of the kernel, and of the kernel with packing, labelling, impact and summary, on all cores and on one."""
    report.title(f"Interactive: {PROJECTS:,} applications x {DRAWS:,} draws, warm, wall time")
    run = world(DRAWS, with_about(PROJECTS))
    made, all_cores = run.new_outputs(), cores()
    calls = {}
    for threads in sorted({all_cores, 1}, reverse=True):
        calls[f"kernel, {threads}"] = lambda threads=threads: run_engine(run, made, threads)
        calls[f"whole, {threads}"] = lambda threads=threads: summarise(
            simulate(run.scenarios[0], run.applications, run.drivers, threads=threads))
    found = {name: spread(wall_of(times, 1e-3)) for name, times in alternate(calls, sizes.interactive_rounds).items()}
    titles = {"kernel": "kernel", "whole": "kernel, packing, labelling, impact, summary"}
    report.table(["", "threads", "ms (quartiles)"],
                 [[titles[name.split(", ")[0]], name.split(", ")[1], each.text()] for name, each in found.items()])
    report.note(f"The baseline's applications, thinned at random: {run.applications.sizes['application']:,} of them, of which "
                f"{run.pairs() / DRAWS:,.0f} exist in a draw.")
    report.keep("interactive_ms", {name: each._asdict() for name, each in found.items()})
    return {"kernel": found[f"kernel, {all_cores}"], "whole": found[f"whole, {all_cores}"]}
