"""Distributions of luck as the tables of quantiles that the kernel reads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from kernels.luck import NODES, PARTS, cubics, node_tails
from simulator.schema.distributions import Distribution
from simulator.schema.population import Stream
from simulator.schema.values import SIZE_CLASSES

_TAILS, _UPPER = node_tails()
_SCORES = np.where(_UPPER[:, None], -ndtri(_TAILS), ndtri(_TAILS))  # float64[NODES, 4]

LARGEST_SCORE = float(_SCORES.max())

_ROUNDING = 1.0 + 1e-6  # a cubic may rise this much above its ends


_CUBICS: dict[object, np.ndarray] = {}  # of distributions seen before: a planner tries many rules on one population
_MOST_CUBICS = 1024  # of 32 kB each


class Tables:
    """Tables of quantiles, one row a distribution; equal distributions share a row. The first is the standard normal."""

    def __init__(self) -> None:
        self.rows: dict[object, np.ndarray] = {"normal": cubics(_SCORES)}

    def add(self, distribution: Distribution, relative_to: float = 1.0) -> int:
        """Row of a distribution's quantiles over `relative_to`."""
        return self._put((distribution.model_dump_json(), relative_to), lambda: distribution.ppf(ndtr(_SCORES)) / relative_to)

    def add_complement(self, distribution: Distribution) -> int:
        """Row of one minus a share; the luckier, the smaller the share."""
        return self._put((distribution.model_dump_json(), "complement"), lambda: 1.0 - distribution.ppf(ndtr(_SCORES)))

    def add_size(self, stream: Stream, size_class: str) -> tuple[int, int]:
        """Rows of a stream's sizes over the planned median, and of its loans over the planned loan, given the class."""
        correlation, elasticity = stream.size_class_correlation.value, stream.loan_size_elasticity.value
        given = (stream.size_class.value, size_class, correlation) if correlation else None

        def scale() -> np.ndarray:
            scores = _scores_given_class(*given) if given else _SCORES
            return stream.size.value.ppf(ndtr(scores)) / stream.size.value.reference()

        key = (stream.size.value.model_dump_json(), repr(given))
        return self._put((*key, "size"), scale), self._put((*key, elasticity), lambda: scale() * np.exp(elasticity * _SCORES))

    def _put(self, key: object, quantiles: Callable[[], np.ndarray]) -> int:
        if key not in _CUBICS:
            if len(_CUBICS) >= _MOST_CUBICS:
                _CUBICS.clear()
            _CUBICS[key] = cubics(np.maximum(quantiles(), 0.0))
        self.rows.setdefault(key, _CUBICS[key])
        return list(self.rows).index(key)

    def stacked(self) -> np.ndarray:
        """float64[n_table, NODES, 4]."""
        return np.stack(list(self.rows.values()))


def _scores_given_class(weights: dict, size_class: str, correlation: float) -> np.ndarray:
    """Normal scores of project size, at the nodes of the luck, among enterprises of one class: float64[NODES, 4].

    The class is a band of a latent normal that is correlated with the size; over all classes the size is exactly as
    stated. The conditional CDF is integrated on a fine grid and inverted.
    """
    ordered = [(name, weights.get(name, 0.0)) for name in SIZE_CLASSES]
    edges = np.cumsum([0.0] + [w for _, w in ordered]) / sum(w for _, w in ordered)
    place = SIZE_CLASSES.index(size_class)
    low, high = ndtri(edges[place]), ndtri(edges[place + 1])
    z = np.linspace(-9.0, 9.0, 36001)
    rest = np.sqrt(1.0 - correlation**2)
    density = np.exp(-z * z / 2.0) * (ndtr((high - correlation * z) / rest) - ndtr((low - correlation * z) / rest))
    steps = (density[1:] + density[:-1]) / 2.0
    below = np.concatenate([[0.0], np.cumsum(steps)])
    above = np.concatenate([[0.0], np.cumsum(steps[::-1])])[::-1]
    with np.errstate(divide="ignore"):
        score = np.where(below < above, ndtri(below / below[-1]), -ndtri(above / above[0]))
    inside = np.isfinite(score)
    return np.interp(_SCORES, score[inside], z[inside])


def chances() -> np.ndarray:
    """float64[NODES]: the probability of every node."""
    return np.abs(_TAILS[:, -1] - _TAILS[:, 0])


def values_within(table: np.ndarray) -> np.ndarray:
    """float64[NODES, 4]: a table's quantiles at the start, the thirds and the end of every node."""
    return table @ np.vander(PARTS, increasing=True).T


def means_within(table: np.ndarray) -> np.ndarray:
    """float64[NODES]: the mean of a table's quantiles in every node; exact, for they are cubics."""
    return table @ np.array([1.0, 1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0])


def first_words() -> np.ndarray:
    """uint64[NODES]: the smallest random word of every node."""
    return np.where(_UPPER, 2.0**32 - np.ceil(_TAILS[:, -1] * 2.0**32 - 0.5), np.ceil(_TAILS[:, 0] * 2.0**32 - 0.5)).astype(np.uint64)


def least_words(table: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """The first random word of the first node that reaches a multiple `needed` of the planned size: uint64, 2**32 for never.

    Every word below gives less than that; a few above may still do so, because all words of the node are let through.
    """
    side = NODES // 2
    rising = np.concatenate([np.arange(side), np.arange(NODES - 1, side - 1, -1)])
    words = np.append(first_words()[rising], np.uint64(2**32))
    largest = np.maximum(table[:, 0], table.sum(axis=1)) * _ROUNDING  # at the start and at the end of the node
    return words[np.searchsorted(np.maximum.accumulate(largest[rising]), needed)]
