"""One more variant of the policy in the same pass over the luck, against a run of its own."""

from collections.abc import Callable

from kernels import layouts
from kernels.futures import simulate_draws
from simulator import draw_drivers, load_scenario, simulate
from simulator.scenario import Scenario
from tests.benchmarks.report import Report
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.timing import Spread, alternate, cpu_of, spread
from tests.benchmarks.world import everybody, world

NAMES = ("baseline", "rates_fall", "major_project_10", "full_rate", "rates_rise", "threshold_5000", "fast_track", "tilt_to_small")


def one_more_variant(report: Report, sizes: Sizes) -> dict[str, Spread]:
    """What a variant after the first adds to a pass, over what it costs alone; of all passes measured the dearest, by level."""
    report.title("One more variant in the same pass, as a share of a run of its own (CPU time, one thread)")
    scenarios = like_the_first([load_scenario(name) for name in NAMES])[: max(sizes.variants)]
    found = {"kernel": _shares(_kernel_calls(scenarios, sizes), sizes),
             "simulate()": _shares(_simulate_calls(scenarios, sizes), sizes)}
    many = [n for n in sizes.variants if 1 < n <= len(scenarios)]
    report.table(["", *(f"{n} variants" for n in many)],
                 [[level, *(shares[n].text() for n in many)] for level, shares in found.items()])
    report.note(f"{', '.join(each.name for each in scenarios)}; {sizes.variant_draws} draws. A share is (pass of all - pass of the "
                "baseline alone) / (sum of the others run alone).")
    report.keep("one_more_variant", {level: {n: shares[n]._asdict() for n in many} for level, shares in found.items()})
    return {level: max((shares[n] for n in many), key=lambda share: share.median) for level, shares in found.items()}


def like_the_first(scenarios: list[Scenario]) -> list[Scenario]:
    """Those that can meet the same luck as the first."""
    return [each for each in scenarios if each.population_digest == scenarios[0].population_digest]


def extra_share(together: float, first: float, others: float) -> float:
    """What the others add to the pass of the first, over what they cost alone."""
    return (together - first) / others


def _shares(calls: dict[str, Callable[[], object]], sizes: Sizes) -> dict[int, Spread]:
    times = {name: cpu_of(each) for name, each in alternate(calls, sizes.variant_rounds).items()}
    alone = [each for name, each in times.items() if name.startswith("alone")]
    return {n: spread([extra_share(together, alone[0][i], sum(each[i] for each in alone[1:n]))
                       for i, together in enumerate(times[f"together {n}"])])
            for n in sizes.variants if 1 < n <= len(alone)}


def _kernel_calls(scenarios: list[Scenario], sizes: Sizes) -> dict[str, Callable[[], object]]:
    groups = {f"alone {each.name}": [each] for each in scenarios}
    groups |= {f"together {n}": scenarios[:n] for n in sizes.variants if 1 < n <= len(scenarios)}
    return {name: _kernel_call(group, sizes.variant_draws) for name, group in groups.items()}


def _kernel_call(group: list[Scenario], draws: int) -> Callable[[], object]:
    run = world(draws, scenarios=group)
    made, work = run.new_outputs(), layouts.workspace(run.inputs)
    return lambda: simulate_draws(run.inputs, made, work, 0, draws)


def _simulate_calls(scenarios: list[Scenario], sizes: Sizes) -> dict[str, Callable[[], object]]:
    groups: dict[str, Scenario | list[Scenario]] = {f"alone {each.name}": each for each in scenarios}
    groups |= {f"together {n}": scenarios[:n] for n in sizes.variants if 1 < n <= len(scenarios)}
    applications = everybody()
    drivers = {name: draw_drivers(group, sizes.variant_draws) for name, group in groups.items()}
    return {name: lambda name=name, group=group: simulate(group, applications, drivers[name], threads=1) for name, group in groups.items()}
