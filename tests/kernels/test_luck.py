"""Normal scores against scipy, and tables of multipliers against the distributions they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from kernels.luck import TABLE_EDGE, TABLE_NODES, multiplier, normal_score, uniform
from simulator.pack import _scores_given_class, _Tables
from simulator.schema.distributions import Distribution, Number
from simulator.schema.values import SIZE_CLASSES

SCORES = np.linspace(-5, 5, 4_001)


@pytest.fixture(scope="module")
def planned(frame):
    """The planned size of every stream, which the tables multiply."""
    return dict(zip(frame["stream"].values, frame["investment"].values, strict=True))


@pytest.fixture(scope="module")
def tables(baseline, planned):
    """Every distribution of the baseline that becomes a table: (name, row of the table, quantiles over the centre)."""
    made, found = _Tables(), []
    behaviour = baseline.model.behaviour
    for key, stream in baseline.model.population.streams.items():
        size = stream.size.value
        if not stream.size_class_correlation.value:
            row = made.add_size(key, stream, "small")
            found.append((f"{key} size", row, lambda u, d=size, key=key: d.ppf(u) / planned[key]))
        if stream.overrun:
            found.append((f"{key} overrun", made.add(f"{key}/overrun", stream.overrun.value), stream.overrun.value.ppf))
    found.append(("build", made.add("build", behaviour.build_time.value, 1 / 12),
                  lambda u: behaviour.build_time.value.ppf(u) * 12))
    found.append(("energy", made.add("energy", behaviour.energy_noise.value), behaviour.energy_noise.value.ppf))
    found.append(("acceptance", made.add_complement("acceptance", behaviour.acceptance_cut.value),
                  lambda u: 1 - behaviour.acceptance_cut.value.ppf(u)))
    return made.stacked(), found


def test_the_normal_score_is_the_normal_quantile():
    p = np.concatenate([np.logspace(-300, -1, 2_000), np.linspace(1e-6, 1 - 1e-6, 20_001), 1 - np.logspace(-15, -1, 500)])
    ours, theirs = np.array([normal_score(each) for each in p]), ndtri(p)
    assert np.all(np.abs(ours - theirs) <= 1e-12 * np.maximum(np.abs(theirs), 1e-3))
    assert normal_score(0.5) == 0


@given(word=st.integers(0, 2**32 - 2))
def test_a_higher_word_has_a_higher_score(word):
    low, high = (normal_score(uniform(np.uint64(w))) for w in (word, word + 1))
    assert low <= high
    assert normal_score(uniform(np.uint64(2**32 - 1 - word))) == pytest.approx(-low, rel=1e-9, abs=1e-9)


def test_scores_of_32_bit_words_stay_within_the_tables():
    assert abs(normal_score(uniform(np.uint64(0)))) < TABLE_EDGE
    assert abs(normal_score(uniform(np.uint64(2**32 - 1)))) < TABLE_EDGE


def test_tables_follow_the_quantiles_of_every_distribution_of_the_baseline(tables):
    rows, found = tables
    assert rows.shape == (len(found), TABLE_NODES)
    for name, row, quantile in found:
        ours = np.array([multiplier(rows, row, score) for score in SCORES])
        theirs = quantile(ndtr(SCORES))
        # The quantile of the overruns of software is vertical where its two parts meet, at 82%: there only the mean holds.
        smooth = np.abs(SCORES - ndtri(0.82)) > 0.065 if name == "software_rnd overrun" else np.full(SCORES.size, True)
        assert np.abs(ours / theirs - 1)[smooth].max() < 1e-5, name
        weights = np.exp(-SCORES**2 / 2)
        assert (weights @ (ours - theirs)) / (weights @ theirs) == pytest.approx(0, abs=1e-6), name


def test_a_multiplier_rises_with_the_score(tables):
    rows, found = tables
    for name, row, _ in found:
        ours = np.array([multiplier(rows, row, score) for score in SCORES])
        assert np.all(np.diff(ours) * (-1 if name == "acceptance" else 1) >= 0), name


def test_no_table_means_no_dispersion():
    assert multiplier(np.zeros((1, TABLE_NODES)), -1, 3.0) == 1


@pytest.mark.parametrize("score", [-7.0, -6.5, 6.5, 7.0])
def test_a_score_beyond_the_table_goes_on_as_its_edge_does(score):
    rows = np.linspace(-TABLE_EDGE, TABLE_EDGE, TABLE_NODES)[None, :]
    assert multiplier(rows, 0, score) == pytest.approx(np.exp(score), rel=1e-9)


def test_the_sizes_of_all_classes_together_are_the_stated_distribution(baseline, planned):
    """Large firms have larger projects, and yet the mixture is the truncated lognormal: at every size the shares add up."""
    stream = baseline.model.population.streams["technical_upgrade"]
    made = _Tables()
    rows = {size: made.add_size("technical_upgrade", stream, size) for size in SIZE_CLASSES}
    table, weights = made.stacked(), stream.size_class.value
    nodes = np.linspace(-TABLE_EDGE, TABLE_EDGE, TABLE_NODES)
    for share in (0.0001, 0.01, 0.1, 0.5, 0.57, 0.9, 0.99, 0.9999):
        size = stream.size.value.ppf(np.array([share]))[0] / planned["technical_upgrade"]
        below = {name: ndtr(np.interp(np.log(size), table[row], nodes)) for name, row in rows.items()}
        total = sum(weights[name] * below[name] for name in rows) / sum(weights.values())
        assert total == pytest.approx(share, rel=1e-5)
        assert below["small"] > below["medium"] > below["large"]


def test_the_class_of_the_enterprise_goes_with_the_size_as_strongly_as_stated(baseline):
    """Mean score of a class: correlation x mean of the latent normal over its band."""
    stream = baseline.model.population.streams["technical_upgrade"]
    weights, correlation = stream.size_class.value, stream.size_class_correlation.value
    density = np.exp(-np.linspace(-TABLE_EDGE, TABLE_EDGE, TABLE_NODES) ** 2 / 2)
    edges = ndtri(np.cumsum([0, *(weights[name] for name in SIZE_CLASSES)]) / sum(weights.values()))
    for i, name in enumerate(SIZE_CLASSES):
        scores = _scores_given_class(weights, name, correlation)
        band = (np.exp(-edges[i] ** 2 / 2) - np.exp(-edges[i + 1] ** 2 / 2)) / np.sqrt(2 * np.pi)
        band /= weights[name] / sum(weights.values())
        assert (scores * density).sum() / density.sum() == pytest.approx(correlation * band, abs=2e-5)


def test_a_class_that_is_everybody_has_the_stated_sizes():
    scores = _scores_given_class({"small": 0, "medium": 1, "large": 0}, "medium", 0.4)
    assert scores == pytest.approx(np.linspace(-TABLE_EDGE, TABLE_EDGE, TABLE_NODES), abs=1e-5)


def test_a_multiplier_of_zero_stays_zero():
    made = _Tables()
    row = made.add("zero", Distribution[Number].model_validate({"uniform": (0, 1)}))
    assert 0 <= multiplier(made.stacked(), row, -TABLE_EDGE) < 1e-9
