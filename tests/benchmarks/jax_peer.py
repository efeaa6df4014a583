"""The clauses compiled by JAX, float64 on the processor: a generous comparison, for the formulas alone (see clauses_as_arrays).

The compiler fuses all formulas of a kind of application; it may use more than one core.
"""

from functools import partial
from typing import Any

import numpy as np

from tests.benchmarks.clauses_as_arrays import YEARS, Block, Rules, entitlement, payments

try:
    import jax
    import jax.numpy as jnp
except ImportError as reason:
    MISSING: str | None = str(reason)
else:
    MISSING = None


class JaxPeer:
    """One compiled function for each kind of application, called on chunks that stay in the cache."""

    name = "JAX"
    precision: type = np.float64
    chunk = 1 << 16  # pairs

    @staticmethod
    def available() -> str | None:
        """Why it cannot run here; None if it can."""
        return MISSING

    def take(self, blocks: list[Block], book: Rules) -> None:
        """Bring the inputs where JAX holds its arrays, and compile."""
        jax.config.update("jax_enable_x64", True)
        device, self.calls = jax.devices("cpu")[0], []
        for block in blocks:
            compute = jax.jit(partial(_outlay_by_year, book, block.keys))
            self.calls += [(compute, jax.device_put(chunk.given, device)) for chunk in block.chunks(self.chunk)]
        self.run()  # every shape is compiled at its first call

    def run(self) -> float:
        """Work everything out anew; returns the total outlay. [CNY]"""
        pending = [compute(given) for compute, given in self.calls]  # the next are sent while these run
        return sum(float(total.sum()) for total in pending)


def _outlay_by_year(book: Rules, keys: tuple[str, ...], given: dict[str, Any]) -> Any:
    """The outlay in each of YEARS over all pairs; of equals, the first instrument is the best. [CNY]"""
    offers = [entitlement(jnp, book, key, given) for key in keys]
    totals = [sum(amounts) for amounts in offers]
    best, taken = jnp.max(jnp.stack(totals), axis=0), False
    paid: list[tuple[Any, Any]] = []
    for key, amounts, total in zip(keys, offers, totals, strict=True):
        takes = (total == best) & (total > 0.0) & ~jnp.asarray(taken)
        taken = takes | taken
        for i, (amount, year) in enumerate(payments(book, key, amounts, given)):
            before = paid[i] if i < len(paid) else (0.0, 0)
            paid[i : i + 1] = [(jnp.where(takes, amount, before[0]), jnp.where(takes, year, before[1]))]
    return sum(jax.ops.segment_sum(amount, year - YEARS[0], len(YEARS)) for amount, year in paid)  # leaves out later years
