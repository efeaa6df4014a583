"""How much is measured: enough to see something, what a report needs, or everything."""

from typing import NamedTuple


class Sizes(NamedTuple):
    """Draws, rounds and ladders of one run of the benchmark."""

    rounds: int
    draws: int  # of the whole baseline, for every contestant
    peer_applications: int
    peer_draws: int
    thread_draws: int
    thread_rounds: int
    variants: tuple[int, ...]
    variant_draws: int
    variant_rounds: int
    interactive_rounds: int
    ladder: tuple[tuple[int, int], ...]  # (projects that exist, draws)
    warm_starts: int
    help_starts: int
    cold_starts: int


_LADDER = ((1_000, 1_024), (10_000, 1_024), (100_000, 1_024), (1_000, 16_384), (10_000, 16_384))
QUICK = Sizes(rounds=3, draws=128, peer_applications=4_000, peer_draws=256, thread_draws=512, thread_rounds=2, variants=(1, 2),
              variant_draws=64, variant_rounds=3, interactive_rounds=3, ladder=_LADDER[:2], warm_starts=1, help_starts=3, cold_starts=0)
DEFAULT = Sizes(rounds=9, draws=256, peer_applications=4_000, peer_draws=256, thread_draws=2_048, thread_rounds=5, variants=(1, 2, 4, 8),
                variant_draws=128, variant_rounds=5, interactive_rounds=7, ladder=_LADDER, warm_starts=3, help_starts=9, cold_starts=0)
FULL = DEFAULT._replace(rounds=15, thread_draws=8_192, variant_draws=256, ladder=(
    *_LADDER, (3_000, 1_024), (30_000, 1_024), (100_000, 16_384), (1_000, 131_072), (1_000, 1_048_576)), cold_starts=1)
