"""From one core to two, by the engine's own threads."""

from simulator import simulate
from tests.benchmarks.machine import cores
from tests.benchmarks.report import Report
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.timing import alternate
from tests.benchmarks.world import World, run_engine, world

ENOUGH = 1.9  # cores; with fewer, two threads were not let run


def one_to_two(report: Report, sizes: Sizes) -> dict[str, float | None]:
    """Wall time of one thread over that of two, the best of several each: of the blocks of draws, and of `simulate` as a whole."""
    report.title("One to two cores: wall time, best of the rounds")
    if cores() < 2:
        report.note("not measured: this process may use one core only")
        return {"blocks": None, "simulate": None}
    run = world(sizes.thread_draws)
    made = run.new_outputs()
    times = alternate({
        "blocks, 1": lambda: run_engine(run, made, 1),
        "blocks, 2": lambda: run_engine(run, made, 2),
        "simulate, 1": lambda: _simulate(run, 1),
        "simulate, 2": lambda: _simulate(run, 2),
    }, sizes.thread_rounds)
    best = {name: min(each, key=lambda time: time.wall) for name, each in times.items()}
    speedup = {name: best[f"{name}, 1"].wall / best[f"{name}, 2"].wall for name in ("blocks", "simulate")}
    used = {name: best[f"{name}, 2"].cpu / best[f"{name}, 2"].wall for name in speedup}
    titles = {"blocks": "blocks of draws, by the engine's threads", "simulate": "simulate(), with packing and labelling"}
    report.table(["", "1 thread [s]", "2 threads [s]", "speed-up", "cores used by 2"], [
        [titles[name], f"{best[f'{name}, 1'].wall:.3f}", f"{best[f'{name}, 2'].wall:.3f}", f"{speedup[name]:.3f}", f"{used[name]:.2f}"]
        for name in speedup])
    if used["blocks"] < ENOUGH:
        report.note(f"WARNING: two threads that never wait had {used['blocks']:.2f} cores: something else ran, this speed-up means nothing")
    report.note(f"{run.n_draw:,} draws of the baseline, {len(times['blocks, 1'])} rounds.")
    report.keep("one_to_two", {"seconds": {name: each._asdict() for name, each in best.items()}, "speedup": speedup, "used": used})
    return dict(speedup)


def _simulate(run: World, threads: int) -> None:
    simulate(run.scenarios[0], run.applications, run.drivers, threads=threads)
