"""Who competes for nanoseconds per (project, draw) pair, and whether all of them compute the same."""

from collections.abc import Callable
from typing import Any, NamedTuple

from kernels import layouts
from kernels.futures import simulate_draws
from tests.benchmarks.agreement import in_total
from tests.benchmarks.clauses_as_arrays import checksum, inputs, rules
from tests.benchmarks.clauses_tuned import CHUNK
from tests.benchmarks.engine_peer import ORDINARY, TUNED, EnginePeer
from tests.benchmarks.jax_peer import JaxPeer
from tests.benchmarks.numpy_model import simulate_draws_numpy
from tests.benchmarks.random_bits import RandomBits
from tests.benchmarks.report import Report
from tests.benchmarks.scalar_loop import scratch, simulate_scalar, unsupported
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.timing import Spread, alternate, cpu_of, ratios, spread, wall_of
from tests.benchmarks.variations import CONTRACTED, variation
from tests.benchmarks.world import SEED, World, disagreement, world

KERNEL, CONTRACTED_KERNEL, BITS, SCALAR, NUMPY = (
    "kernel", "kernel, multiply and add may fuse", "random bits alone", "scalar loop (numba)", "NumPy, same full model")
ENGINES = {"OpenFisca-core": "openfisca_core", "policyengine-core": "policyengine_core"}  # and what is imported
USES = (ORDINARY, TUNED)
AGREE = 1e-9


class Contestant(NamedTuple):
    """What is called once a round, and how many pairs it then works out."""

    run: Callable[[], object]
    pairs: int


class Race(NamedTuple):
    """Nanoseconds per pair, and how many times as long as the kernel: quartiles over the rounds."""

    cpu: dict[str, Spread]
    wall: dict[str, Spread]
    over_kernel: dict[str, Spread]


def race(report: Report, sizes: Sizes) -> Race:
    """Check everybody against the kernel, let them take turns, print the table."""
    report.title("Nanoseconds per (project, draw) pair that exists, one thread, contestants taking turns")
    run = world(sizes.draws)
    bits = RandomBits(run, sizes.draws)
    contestants = full_models(report, run) | {BITS: Contestant(bits.run, run.pairs())} | peers(report, sizes)
    times = alternate({name: each.run for name, each in contestants.items()}, sizes.rounds)
    cpu = {name: cpu_of(times[name], 1e-9 * each.pairs) for name, each in contestants.items()}
    wall = {name: wall_of(times[name], 1e-9 * each.pairs) for name, each in contestants.items()}
    found = Race({name: spread(values) for name, values in cpu.items()}, {name: spread(values) for name, values in wall.items()},
                 {name: ratios(values, cpu[KERNEL]) for name, values in cpu.items()})
    _print(report, found, run, bits, contestants)
    return found


def _print(report: Report, found: Race, run: World, bits: RandomBits, contestants: dict[str, Contestant]) -> None:
    report.table(["", "CPU ns/pair (quartiles)", "wall ns/pair", "times the kernel"], [
        [name, found.cpu[name].text(), found.wall[name].text(), found.over_kernel[name].text()] for name in found.cpu])
    calls, n = bits.calls, bits.calls.pairs
    report.note(f"Baseline: {run.n_draw} draws, {n / run.n_draw:,.0f} projects exist in a draw. Random words: {calls.per_pair:.4f} calls "
                f"of Philox a pair ({', '.join(f'{name} {m / n:.4f}' for name, m in calls.by_site.items())}).")
    some = [peer.name for peer in every_peer() if peer.name in contestants]
    if some:
        report.note(f"The engines and JAX: {contestants[some[0]].pairs:,} pairs, the clauses alone: their luck is given, and nobody "
                    "decides, fails or waits. Every pair counts, for all of them are worked out.")
        report.note(f"{ORDINARY.name}: as the engines' documentation teaches. All pairs in one simulation, every clause worked out for "
                    "everybody, and rate, balance, interest, support and outlay are variables by year.")
        report.note(f"{TUNED.name}: by someone who knows how the engine works. A simulation for each kind of application and {CHUNK:,} "
                    "pairs, so that no clause is worked out in vain and arrays stay in the cache.")
    report.keep("pair_ns_cpu", {name: each._asdict() for name, each in found.cpu.items()})
    report.keep("pair_ns_wall", {name: each._asdict() for name, each in found.wall.items()})
    report.keep("over_kernel", {name: each._asdict() for name, each in found.over_kernel.items()})
    report.keep("philox_calls", calls.by_site | {"per_pair": calls.per_pair})


def full_models(report: Report, run: World) -> dict[str, Contestant]:
    """Those that compute the whole model, each checked against the kernel; times are taken on outputs that add up."""
    work, pairs, expected = layouts.workspace(run.inputs), run.pairs(), run.new_outputs()
    simulate_draws(run.inputs, expected, work, 0, run.n_draw)
    scalars, contracted = scratch(run.inputs), variation("contracted", CONTRACTED).simulate_draws
    models: dict[str, Any] = {
        KERNEL: lambda made: simulate_draws(run.inputs, made, work, 0, run.n_draw),
        CONTRACTED_KERNEL: lambda made: contracted(run.inputs, made, work, 0, run.n_draw),
        SCALAR: lambda made: simulate_scalar(run.inputs, made, scalars, 0, run.n_draw),
        NUMPY: lambda made: simulate_draws_numpy(run.inputs, made, 0, run.n_draw),
    }
    if reason := unsupported(run.inputs):
        report.note(f"skipped: {SCALAR}: {reason}")
        del models[SCALAR]
    spare, found = run.new_outputs(), {}
    for name, model in models.items():
        made = run.new_outputs()
        if name != KERNEL:
            model(made)
            apart = disagreement(made, expected)
            what = f"{name}: all outputs of {run.n_draw} draws agree with the kernel to {AGREE:g}"
            report.check(apart <= AGREE, what, f"{apart:.1e} apart")
        found[name] = Contestant(lambda model=model: model(spare), pairs)
    return found


def every_peer() -> list[EnginePeer | JaxPeer]:
    """Each engine in each use, and JAX; none holds anything yet."""
    return [*(EnginePeer(name, package, use) for name, package in ENGINES.items() for use in USES), JaxPeer()]


def peers(report: Report, sizes: Sizes) -> dict[str, Contestant]:
    """Those that are installed, checked against plain NumPy on the same inputs."""
    n, draws, found = sizes.peer_applications, sizes.peer_draws, {}
    able = [peer for peer in every_peer() if not peer.available()]
    blocks = {precision: inputs(n, draws, SEED, precision) for precision in {peer.precision for peer in able}}
    expected = checksum(next(iter(blocks.values())), rules()) if able else 0.0  # they hold the same numbers
    for peer in able:
        peer.take(blocks[peer.precision], rules())
        in_total(report, peer, expected)
        found[peer.name] = Contestant(peer.run, n * draws)
    return found
