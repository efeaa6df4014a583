"""The floor: nothing but the random words that the model draws, as many as it really draws."""

import re
from collections import namedtuple
from typing import NamedTuple

import numpy as np

from kernels import layouts, streams
from kernels.compiled import kernel
from kernels.layouts import LANES
from tests.benchmarks.anatomy import LAST_WITH_WORDS, left_out_after
from tests.benchmarks.variations import Change, source, variation
from tests.benchmarks.world import World

DRAWING = "candidates.py"  # the file of the kernels that draws words
SITE = re.compile(r"streams\.words\(.*, streams\.(\w+)\)$", re.MULTILINE)
Counting = namedtuple("Counting", (*layouts.Workspace._fields, "calls"))  # int64[site]

COUNTED = '''

@helper()
def counted(work, site, drawn):
    """Count a call of `streams.words`."""
    work.calls[site] += 1
    return drawn
'''


class Calls(NamedTuple):
    """Calls of `streams.words` in some draws."""

    by_site: dict[str, int]
    pairs: int

    @property
    def total(self) -> int:
        """At all sites."""
        return sum(self.by_site.values())

    @property
    def per_pair(self) -> float:
        """Calls for each (project, draw) pair that exists."""
        return self.total / self.pairs


def counting(text: str) -> tuple[list[str], str]:
    """Where a source draws words, as block and function, and the source that counts how often it does."""
    names: list[str] = []

    def count(found: re.Match[str]) -> str:
        function = re.findall(r"^def (\w+)", text[: found.start()], re.MULTILINE)[-1]
        names.append(f"{found[1]} in {function.lstrip('_')}")
        return f"counted(work, {len(names) - 1}, {found[0]})"

    changed = SITE.sub(count, text) + COUNTED
    if len(names) != text.count("words("):
        raise ValueError(f"kernels/{DRAWING} has changed, the benchmark must follow: it draws words in another way")
    return names, changed


def count_calls(world: World, draws: int) -> Calls:
    """Count them in the first draws, exactly, by a copy of the kernel that counts; its vectors have one lane, so none is idle."""
    names, changed = counting(text := source(DRAWING))
    changes = [Change(DRAWING, text, changed), Change("layouts.py", f"\nVECTOR = {layouts.VECTOR} ", "\nVECTOR = 1 ")]
    counts = np.zeros(len(names), np.int64)
    work = Counting(*layouts.workspace(world.inputs), counts)
    variation("counting", [*changes, *left_out_after(LAST_WITH_WORDS)]).simulate_draws(world.inputs, world.new_outputs(), work, 0, draws)
    return Calls(dict(zip(names, counts.tolist(), strict=True)), world.pairs(0, draws))


@kernel()
def draw_words(seed, key, bits, first, last, n_call):
    """Draw the four words of n_call keys in every draw and mix them into `bits`, lane by lane, so that each of them counts."""
    for draw in range(first, last):
        for start in range(0, n_call, LANES):
            for lane in range(min(LANES, n_call - start)):
                w0, w1, w2, w3 = streams.words(seed, draw, key[start + lane], streams.DECISIONS)
                bits[lane] ^= w0 ^ w1 ^ w2 ^ w3


class RandomBits:
    """The random words of some draws, and nothing else."""

    def __init__(self, world: World, draws: int) -> None:
        """Count the calls, and lay out a key for each of those that an average draw makes."""
        self.calls, self.draws = count_calls(world, draws), draws
        self.n_call = round(self.calls.total / draws)
        self.seed, self.key = world.inputs.seed, np.resize(world.inputs.key, self.n_call)
        self.bits = np.zeros(LANES, np.uint64)

    def run(self) -> None:
        """Draw them."""
        draw_words(self.seed, self.key, self.bits, 0, self.draws, self.n_call)
