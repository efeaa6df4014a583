"""Whether the kernel's loops are vector instructions: what is counted in the assembly that numba compiles it to."""

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kernels import cache_folder
from kernels.futures import simulate_draws
from kernels.layouts import Inputs, Outputs, Workspace
from tests.benchmarks.machine import target

PHILOX_LOOPS, PHILOX_PRODUCTS = 3, 15  # screening, luck, outcome; ten rounds of two, but for what all lanes share or nobody reads
EXP_LOOPS, EXP_PRODUCTS = 2, 14  # at the end of a project, in the response; its polynomial and the scaling before and after
LN_LOOPS, LN_PRODUCTS = 1, 9  # in the response, together with exp; and one division

_LABEL = re.compile(r"^[.\w$]+:")
_ARITHMETIC = re.compile(r"^v?(?:(add|sub|mul|div|min|max|sqrt)|(fn?m(?:add|sub)\d+))([ps])d$")
_PRODUCTS = ("vpmuludq", "pmuludq", "vpmullq")


class Counts(NamedTuple):
    """What stands in the assembly, as text: not how often it runs."""

    packed: int  # instructions on several float64
    scalar: int  # on one
    fused: int  # of both, multiply and add in one: they round once, and not every processor has them
    packed_products: int  # of integers
    philox_loops: int  # stretches without a jump that multiply several lanes at once as often as a call of Philox does
    exp_loops: int  # the same of the polynomial of exp
    ln_loops: int  # of exp and ln together
    widest: str  # registers of arithmetic on several float64


def count(assembly: str) -> Counts:
    """Count in the text of a function."""
    total, widest = Counter[str](), Counter[str]()
    philox, exp, ln = 0, 0, 0
    for stretch in stretches(assembly):
        found = Counter[str]()
        for name, operands in stretch:
            if match := _ARITHMETIC.match(name):
                found["fused"] += bool(match[2])
                found["packed" if match[3] == "p" else "scalar"] += 1
                if match[3] == "p":
                    found["mul"] += match[1] == "mul" or bool(match[2])
                    found["add"] += match[1] in ("add", "sub") or bool(match[2])
                    found["div"] += match[1] == "div"
                    widest.update(set(re.findall(r"%([xyz]mm)\d", operands)))
            found["products"] += name in _PRODUCTS
        philox += found["products"] >= PHILOX_PRODUCTS
        is_exp = min(found["mul"], found["add"]) >= EXP_PRODUCTS
        exp += is_exp
        ln += is_exp and found["div"] > 0 and min(found["mul"], found["add"]) >= EXP_PRODUCTS + LN_PRODUCTS
        total += found
    return Counts(total["packed"], total["scalar"], total["fused"], total["products"], philox, exp, ln,
                  next((name for name in ("zmm", "ymm", "xmm") if widest[name]), "none"))


def stretches(assembly: str) -> Iterator[list[tuple[str, str]]]:
    """Instructions and their operands, from one label or jump to the next."""
    stretch: list[tuple[str, str]] = []
    for line in assembly.splitlines():
        name, _, operands = line.strip().partition("\t")
        if _LABEL.match(line) or name.startswith("j"):
            yield stretch
            stretch = []
        elif line.startswith("\t") and not name.startswith((".", "#")):
            stretch.append((name, operands))
    yield stretch


def shortcomings(found: Counts) -> list[str]:
    """What is scalar although it must not be."""
    wanted = (("Philox", found.philox_loops, PHILOX_LOOPS), ("exp", found.exp_loops, EXP_LOOPS), ("ln", found.ln_loops, LN_LOOPS))
    return [f"{name} works on several lanes at once in {n} loops, not in {expected}" for name, n, expected in wanted if n < expected]


def assembly_of_kernel(inputs: Inputs, outputs: Outputs, work: Workspace) -> str:
    """The assembly of `simulate_draws`. numba shows none for what comes from its cache, so it is kept beside it."""
    from numba.core import config

    kept = cache_folder() / "benchmarks" / f"simulate_draws.{target()}{'' if config.CPU_FEATURES is None else '.named'}.s.gz"
    if kept.exists():
        return gzip.decompress(kept.read_bytes()).decode()
    text = compile_anew(simulate_draws, inputs, outputs, work)
    _keep(kept, text)
    return text


def compile_anew(compiled: Any, inputs: Inputs, outputs: Outputs, work: Workspace) -> str:
    """Compile a function once more without the cache, with the switches it was compiled with; returns its assembly."""
    from numba import njit, typeof

    switches = {name: value for name, value in compiled.targetoptions.items() if name not in ("nopython", "boundscheck")}
    fresh = njit(**switches)(compiled.py_func)
    fresh.compile((typeof(inputs), typeof(outputs), typeof(work), typeof(0), typeof(1)))
    return next(iter(fresh.inspect_asm().values()))


def _keep(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode()))
