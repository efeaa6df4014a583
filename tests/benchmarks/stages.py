"""Where the time of a pair goes: the kernel compiled without its last stages, one more of them left out each time."""

import json
from typing import Any

from kernels import layouts
from kernels.futures import simulate_draws
from tests.benchmarks.anatomy import STAGES, up_to
from tests.benchmarks.machine import python
from tests.benchmarks.report import Report
from tests.benchmarks.roofline import Machine, machine_of, nanoseconds
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.timing import Spread, alternate, cpu_of, number, spread
from tests.benchmarks.world import world


def stage_table(report: Report, sizes: Sizes, bits_ns_per_call: float, widest: str) -> dict[str, Spread]:
    """CPU nanoseconds per pair of every stage, beside what its loads, stores and random words would take at least."""
    report.title("Stages of the kernel: CPU ns per pair, by leaving out one more at a time")
    run = world(sizes.draws)
    made, work, pairs = run.new_outputs(), layouts.workspace(run.inputs), run.pairs()
    functions = {stage.name: up_to(place).simulate_draws if stage is not STAGES[-1] else simulate_draws
                 for place, stage in enumerate(STAGES)}
    times = alternate({name: lambda function=function: function(run.inputs, made, work, 0, run.n_draw)
                       for name, function in functions.items()}, sizes.rounds)
    up_to_here = {name: cpu_of(each, 1e-9 * pairs) for name, each in times.items()}
    found, before = {}, [0.0] * sizes.rounds
    for name, each in up_to_here.items():
        found[name] = spread([a - b for a, b in zip(each, before, strict=True)])
        before = each
    whole = spread(before)
    counted = json.loads(python("-m", "tests.benchmarks.accesses", NUMBA_DISABLE_JIT="1"))
    _print(report, found, whole, counted, machine_of(bits_ns_per_call, widest))
    return found


def _print(report: Report, found: dict[str, Spread], whole: Spread, counted: dict[str, Any], machine: Machine) -> None:
    limits = {name: nanoseconds(counted["stages"][name], machine) / counted["pairs"] for name in found}
    rows = []
    for name, each in found.items():
        seen = {kind: n / counted["pairs"] for kind, n in counted["stages"][name].items()}
        rows.append([name, each.text(), f"{each.median / whole.median:.0%}", *(number(seen[kind], 2) for kind in (
            "words", "vector_loads", "vector_stores", "scalar_loads", "scalar_stores")), number(limits[name], 2),
            f"{number(each.median / limits[name], 2)} x" if limits[name] > 0 else "—"])
    rows.append(["all", whole.text(), "100%", "", "", "", "", "", number(sum(limits.values()), 2),
                 f"{number(whole.median / sum(limits.values()), 2)} x"])
    report.table(["", "ns/pair (quartiles)", "share", "words", "vector loads", "stores", "scalar loads", "stores", "limit ns", "of limit"],
                 rows)
    report.note(f"Per pair: calls of Philox; reads and writes of arrays as the source has them, counted by running it as Python on "
                f"{counted['draws']} draw ({counted['pairs']:,} pairs).")
    report.note(f"Limit: a call of Philox at {machine.ns_per_call:.2f} ns, measured; two loads and one store a cycle at "
                f"{machine.gigahertz:.2f} GHz, measured, {machine.lanes} float64 at once in stages that are plain loops over lanes, one "
                "elsewhere; all in the first-level cache.")
    report.note("It leaves out all arithmetic and all branches, and counts what a compiler may keep in registers: an order of magnitude.")
    report.keep("stages_ns", {name: each._asdict() | {"limit": limits[name]} | counted["stages"][name] for name, each in found.items()})
