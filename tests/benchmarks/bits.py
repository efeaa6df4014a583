"""The same bits however the work is cut, and on every level of the x86-64 instruction set."""

import hashlib
import json
import platform
import signal

from kernels import layouts
from kernels.futures import simulate_draws
from tests.benchmarks.assembly import assembly_of_kernel, count, shortcomings
from tests.benchmarks.machine import Ended, python, target
from tests.benchmarks.report import Report
from tests.benchmarks.world import World, run_engine, world

DRAWS = 130  # no multiple of any block
CUTS = [(threads, block) for threads in (1, 2) for block in (1, 7, 64)]
LEVELS = ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4")


def equal_bits(report: Report) -> bool:
    """Threads, blocks and prefixes of the draws, against one call for all draws."""
    report.title(f"Bit equality, {DRAWS} draws of the baseline")
    run = world(DRAWS)
    expected = digest_of(run)
    cuts = {f"{threads} threads, blocks of {block}": digest_of(run, threads, block) for threads, block in CUTS}
    wrong = [name for name, found in cuts.items() if found != expected]
    right = report.check(not wrong, f"{len(CUTS)} ways to cut the work, threads 1 and 2, blocks of 1, 7 and 64", "; ".join(wrong))
    prefix = world(DRAWS // 2)
    whole = run.new_outputs()
    simulate_draws(run.inputs, whole, layouts.workspace(run.inputs), 0, DRAWS)
    first = layouts.Outputs(*(array[:, : prefix.n_draw] for array in whole))
    right &= report.check(digest(first) == digest_of(prefix), f"the first {prefix.n_draw} draws are a run of {prefix.n_draw} draws")
    report.keep("equal_bits", {"digest": expected, "cuts": not wrong, "all": right})
    return right


def equal_levels(report: Report) -> bool:
    """The digest of the outputs of kernels compiled for processors that know less, each in a process of its own."""
    report.title("Bit equality over processors: the kernel compiled for each level")
    if platform.machine().lower() not in ("x86_64", "amd64"):
        report.note(f"not measured: this is {platform.machine()}")
        return True
    expected, right, rows = json.loads(python("-m", "tests.benchmarks.bits")), True, []
    found = {f"this processor ({target()})": expected}
    for level in LEVELS:
        try:
            found[level] = json.loads(python("-m", "tests.benchmarks.bits", NUMBA_CPU_NAME=level, NUMBA_CPU_FEATURES=""))
        except Ended as reason:
            if reason.code != -signal.SIGILL:
                raise
            report.note(f"not measured: {level}: this processor lacks some of its instructions")
    for name, each in found.items():
        rows.append([name, each["digest"][:16], each["widest"], f"{each['packed']:,}", f"{each['scalar']:,}", f"{each['fused']:,}"])
    report.table(["", "digest", "registers", "packed", "scalar", "fused"], rows)
    for name, each in found.items():
        right &= report.check(each["digest"] == expected["digest"], f"{name}: the same bits")
        report.check(not each["shortcomings"], f"{name}: vectorised", "; ".join(each["shortcomings"]))
    report.keep("levels", found)
    return right


def digest(made: layouts.Outputs) -> str:
    """SHA-256 of all outputs."""
    found = hashlib.sha256()
    for array in made:
        found.update(array.tobytes())
    return found.hexdigest()


def digest_of(run: World, threads: int = 0, block: int = 0) -> str:
    """The digest of a run, cut into blocks for threads, or in one call."""
    made = run.new_outputs()
    if threads:
        run_engine(run, made, threads, block)
    else:
        simulate_draws(run.inputs, made, layouts.workspace(run.inputs), 0, run.n_draw)
    return digest(made)


def _of_this_level() -> dict[str, object]:
    """What one process of `equal_levels` prints."""
    run = world(DRAWS)
    found = count(assembly_of_kernel(run.inputs, run.new_outputs(), layouts.workspace(run.inputs)))
    return {"digest": digest_of(run), "shortcomings": shortcomings(found), **found._asdict()}


if __name__ == "__main__":
    print(json.dumps(_of_this_level()))
