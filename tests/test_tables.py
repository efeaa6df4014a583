"""Tables of quantiles against the distributions that they stand for, out to the last word of either tail."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr, ndtri

from kernels.luck import NODES, NORMAL, node_tails
from simulator.schema.values import SIZE_CLASSES
from simulator.tables import _SCORES, LARGEST_SCORE, Tables, _scores_given_class, least_words
from tests.support import multipliers, numbers

LAST = 2**32 - 1
SMOOTH = 1e-6  # of the multiplier, as kernels.luck promises
CORNER = 5e-6  # where the density has a corner, in the node that holds it

# Words of every size at both ends, the first thousand of each, and evenly in between; and the tail beyond each.
_HALF = np.unique(np.concatenate([np.arange(1000), np.logspace(0, np.log10(2**31 - 1), 4001), np.linspace(0, 2**31 - 1, 8001)]).astype(int))
WORDS = np.concatenate([_HALF, LAST - _HALF[::-1]])
UPPER = WORDS >= 2**31
TAILS = (np.minimum(WORDS, LAST - WORDS) + 0.5) * 2.0**-32
SCORES = np.where(UPPER, -1, 1) * ndtri(TAILS)
WITHIN = 6.34  # normal scores of 32-bit words


def tabulated(written):
    made = Tables()
    row = made.add(numbers(written))
    return made.stacked(), row


def means(tables, row):
    """Mean of a table over all of its nodes."""
    tails, _ = node_tails()
    return (tables[row] @ (1 / np.arange(1, 5))) @ (tails[:, 3] - tails[:, 0])


def test_the_first_table_is_the_standard_normal_without_being_asked_for():
    ours = multipliers(Tables().stacked(), NORMAL, WORDS)
    assert np.abs(ours - SCORES).max() < SMOOTH / 10
    assert ours[0] == pytest.approx(-LARGEST_SCORE, rel=1e-12)
    assert np.abs(ours).max() <= LARGEST_SCORE * (1 + 1e-12) < WITHIN


@pytest.mark.parametrize("sigma", [0.3, 1.665, 2.5])
def test_a_tabulated_lognormal_is_the_lognormal_in_the_middle_and_in_both_tails(sigma):
    ours = multipliers(*tabulated({"lognormal": {"median": 1, "sigma": sigma}}), WORDS)
    assert np.abs(ours / np.exp(sigma * SCORES) - 1).max() < SMOOTH


@pytest.mark.parametrize("sigma", [0.3, 1.665, 2.5])
def test_the_mean_of_a_tabulated_lognormal_is_its_closed_form(sigma):
    """Cut off beyond the last word, which leaves out 6e-5 of the mean at sigma 2.5, and hardly anything at 1.665."""
    mean, end = np.exp(sigma**2 / 2), LARGEST_SCORE
    kept = ndtr(end - sigma) - ndtr(-end - sigma)
    found = means(*tabulated({"lognormal": {"median": 1, "sigma": sigma}}))
    assert found == pytest.approx(mean * kept, rel=SMOOTH)
    assert found == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize(("written", "whole", "within"), [
    ({"uniform": [0.39, 0.75]}, stats.uniform(0.39, 0.36), 1e-14),
    ({"triangular": [0.25, 0.8, 1.84]}, stats.triang(0.55 / 1.59, 0.25, 1.59), CORNER),
    ({"triangular": [0, 0, 2]}, stats.triang(0, 0, 2), SMOOTH),
    ({"triangular": [1, 3, 3]}, stats.triang(1, 1, 2), SMOOTH),
    ({"beta": [1.5, 18]}, stats.beta(1.5, 18), SMOOTH),
    ({"pareto": {"min": 1.5, "alpha": 3}}, stats.pareto(3, scale=1.5), SMOOTH),
], ids=["uniform", "triangular", "mode lowest", "mode highest", "beta", "pareto"])
def test_other_distributions_are_tabulated_as_closely(written, whole, within):
    ours = multipliers(*tabulated(written), WORDS)
    theirs = np.where(UPPER, whole.isf(TAILS), whole.ppf(TAILS))
    assert np.abs(ours / theirs - 1).max() < within


@pytest.mark.parametrize("written", [{"constant": 1.1}, {"uniform": [0, 1]}])
def test_a_constant_and_a_straight_line_are_exact(written):
    ours = multipliers(*tabulated(written), WORDS)
    theirs = np.where(UPPER, 1 - TAILS, TAILS) if "uniform" in written else np.full(len(WORDS), 1.1)
    assert np.abs(ours - theirs).max() < 1e-15


positive = st.floats(0.01, 10)
smooth = st.one_of(
    st.builds(lambda median, sigma: {"lognormal": {"median": median, "sigma": sigma}}, positive, st.floats(0.05, 2.5)),
    st.builds(lambda least, alpha: {"pareto": {"min": least, "alpha": alpha}}, positive, st.floats(0.8, 10)),
    st.builds(lambda a, b: {"beta": [a, b]}, st.floats(0.5, 30), st.floats(0.5, 30)),
    st.lists(positive, min_size=3, max_size=3, unique=True).map(lambda ends: {"triangular": sorted(ends)}),
    st.builds(lambda low, width: {"uniform": [low, low + width]}, positive, positive))
choices = st.lists(st.tuples(positive, st.floats(0.05, 1)), min_size=2, max_size=4, unique_by=lambda pair: pair[0]).map(
    lambda pairs: {"discrete": [{"value": value, "weight": weight} for value, weight in sorted(pairs)]})
gap = st.builds(lambda weight, low, width: {"mixture": [
    {"weight": weight, "of": {"uniform": [0, low]}}, {"weight": 1, "of": {"uniform": [low + width, low + 2 * width]}}]},
    st.floats(0.05, 5), positive, positive)


@pytest.mark.parametrize("kind", [smooth, choices, gap], ids=["smooth", "discrete", "mixture"])
@given(data=st.data())
def test_a_luckier_word_never_has_the_smaller_multiplier(kind, data):
    """Else a project that is luckier could be smaller, and scenarios would no longer be coupled."""
    ours = multipliers(*tabulated(data.draw(kind)), WORDS)
    assert np.all(np.diff(ours) >= -1e-13 * ours.max())


@pytest.mark.parametrize("kind", [smooth, choices, gap], ids=["smooth", "discrete", "mixture"])
@given(data=st.data())
def test_no_multiplier_lies_outside_its_distribution(kind, data):
    """Between two nodes nothing is invented: no share below 0, and no month more than the longest building time."""
    written = data.draw(kind)
    ours = multipliers(*tabulated(written), WORDS)
    low, high = numbers(written).ppf(np.array([2.0**-33, 1 - 2.0**-33]))
    assert low * (1 - 1e-9) <= ours.min()
    assert ours.max() <= high * (1 + 1e-9)


@given(values=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 0.95)))
def test_a_share_less_one_of_two_cuts_lies_between_the_two(values):
    low, high, weight = min(values[:2]), max(values[:2]), values[2]
    cut = numbers({"discrete": [{"value": low, "weight": weight}, {"value": high, "weight": 1 - weight}]})
    made = Tables()
    row = made.add_complement(cut)
    left = multipliers(made.stacked(), row, WORDS)
    assert 1 - high - 1e-12 <= left.min() <= left.max() <= 1 - low + 1e-12


@pytest.mark.parametrize("kind", [smooth, choices, gap], ids=["smooth", "discrete", "mixture"])
@given(data=st.data())
def test_no_word_below_the_least_one_reaches_what_is_needed_and_all_beyond_its_node_do(kind, data):
    tables, row = tabulated(data.draw(kind))
    needed = data.draw(st.sampled_from(multipliers(tables, row, WORDS[::97]))) * data.draw(st.sampled_from([0.999, 1, 1.001, 2]))
    least = int(least_words(tables[row], np.array([needed]))[0])
    near = np.clip(least + np.arange(-50, 0), 0, LAST)
    for words in (WORDS[WORDS < least], near[near < least]):
        assert np.all(multipliers(tables, row, words) < needed)
    assert np.all(multipliers(tables, row, WORDS[WORDS >= least + 2**26]) >= needed * (1 - 1e-9))


def test_nothing_reaches_more_than_the_largest_and_everything_reaches_nothing():
    tables, row = tabulated({"uniform": [1, 2]})
    assert least_words(tables[row], np.array([0.0, 1.0, 2.5, np.inf])).tolist() == [0, 0, 2**32, 2**32]


def test_a_distribution_is_tabulated_over_what_it_is_relative_to():
    made = Tables()
    months, years = made.add(numbers({"triangular": [1, 2, 4]}), 1 / 12), made.add(numbers({"triangular": [1, 2, 4]}))
    assert multipliers(made.stacked(), months, WORDS) == pytest.approx(12 * multipliers(made.stacked(), years, WORDS), rel=1e-12)


def test_the_complement_of_a_share_falls_as_the_share_rises():
    made, share = Tables(), numbers({"beta": [1.5, 18]})
    plain, complement = made.add(share), made.add_complement(share)
    tables = made.stacked()
    assert multipliers(tables, complement, WORDS) == pytest.approx(1 - multipliers(tables, plain, WORDS), abs=1e-12)


def test_equal_distributions_share_a_table_and_others_do_not():
    made = Tables()
    one, same = (made.add(numbers({"uniform": [0, 1]})) for _ in range(2))
    others = [made.add(numbers({"uniform": [0, 2]})), made.add(numbers({"uniform": [0, 1]}), 2.0),
              made.add_complement(numbers({"uniform": [0, 1]}))]
    assert one == same
    assert len({NORMAL, one, *others}) == 5
    assert made.stacked().shape == (5, NODES, 4)


def test_a_multiplier_of_nothing_stays_nothing():
    tables, row = tabulated({"uniform": [-1, 1]})
    ours = multipliers(tables, row, WORDS)
    assert not ours[WORDS < 2**31 - 2**26].any()
    assert ours.min() >= 0


# --- the tables of the baseline ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_baseline(baseline, frame):
    """Every distribution of the baseline that becomes a table: its tables, and (name, row, quantiles of probabilities)."""
    made, found = Tables(), []
    planned = dict(zip(frame["stream"].values, frame["investment"].values, strict=True))
    behaviour = baseline.model.behaviour
    for key, stream in baseline.model.population.streams.items():
        if not stream.size_class_correlation.value:
            row, _ = made.add_size(stream, "small")
            found.append((f"{key} size", row, lambda u, d=stream.size.value, key=key: d.ppf(u) / planned[key]))
        if stream.overrun:
            found.append((f"{key} overrun", made.add(stream.overrun.value), stream.overrun.value.ppf))
    found.append(("build", made.add(behaviour.build_time.value, 1 / 12), lambda u: behaviour.build_time.value.ppf(u) * 12))
    found.append(("energy", made.add(behaviour.energy_noise.value), behaviour.energy_noise.value.ppf))
    found.append(("acceptance", made.add_complement(behaviour.acceptance_cut.value),
                  lambda u: 1 - behaviour.acceptance_cut.value.ppf(u)))
    return made.stacked(), found


def test_tables_follow_the_quantiles_of_every_distribution_of_the_baseline(of_baseline):
    tables, found = of_baseline
    for name, row, quantile in found:
        ours, theirs = multipliers(tables, row, WORDS), quantile(ndtr(SCORES))
        # The quantile of the overruns of software is vertical where its two parts meet, at 82%: there only the mean holds.
        smooth = np.abs(ndtr(SCORES) - 0.82) > 0.01 if name == "software_rnd overrun" else np.full(len(WORDS), True)
        assert np.abs(ours / theirs - 1)[smooth].max() < CORNER, name
        every = (np.arange(200_000) + 0.5) / 200_000
        assert means(tables, row) == pytest.approx(quantile(every).mean(), rel=2e-4), name


def test_multipliers_of_the_baseline_rise_with_the_luck(of_baseline):
    tables, found = of_baseline
    for name, row, _ in found:
        assert np.all(np.diff(multipliers(tables, row, WORDS)) * (-1 if name == "acceptance" else 1) >= 0), name


def test_the_sizes_of_all_classes_together_are_the_stated_distribution(baseline, frame):
    """Large firms have larger projects, and yet the mixture is the truncated lognormal: at every size the shares add up."""
    stream = baseline.model.population.streams["technical_upgrade"]
    planned = frame["investment"].values[frame["stream"].values == "technical_upgrade"][0]
    made = Tables()
    rows = {size: made.add_size(stream, size)[0] for size in SIZE_CLASSES}
    table, weights = made.stacked(), stream.size_class.value
    for share in (0.0001, 0.01, 0.1, 0.5, 0.57, 0.9, 0.99, 0.9999):
        size = stream.size.value.ppf(np.array([share]))[0] / planned
        below = {name: ndtr(np.interp(np.log(size), np.log(multipliers(table, row, WORDS)), SCORES)) for name, row in rows.items()}
        total = sum(weights[name] * below[name] for name in rows) / sum(weights.values())
        assert total == pytest.approx(share, rel=1e-5)
        assert below["small"] > below["medium"] > below["large"]


def test_the_class_of_the_enterprise_goes_with_the_size_as_strongly_as_stated(baseline):
    """Mean score of a class: correlation x mean of the latent normal over its band."""
    stream = baseline.model.population.streams["technical_upgrade"]
    weights, correlation = stream.size_class.value, stream.size_class_correlation.value
    edges = ndtri(np.cumsum([0, *(weights[name] for name in SIZE_CLASSES)]) / sum(weights.values()))
    tails, _ = node_tails()
    for i, name in enumerate(SIZE_CLASSES):
        scores = _scores_given_class(weights, name, correlation)
        mean = (scores @ [1 / 8, 3 / 8, 3 / 8, 1 / 8]) @ (tails[:, 3] - tails[:, 0])  # Simpson's 3/8 rule in every node
        band = (np.exp(-edges[i] ** 2 / 2) - np.exp(-edges[i + 1] ** 2 / 2)) / np.sqrt(2 * np.pi)
        band /= weights[name] / sum(weights.values())
        assert mean == pytest.approx(correlation * band, abs=2e-6)


def test_a_class_that_is_everybody_has_the_stated_sizes():
    scores = _scores_given_class({"small": 0, "medium": 1, "large": 0}, "medium", 0.4)
    assert scores == pytest.approx(_SCORES, abs=1e-5)


@pytest.mark.parametrize("key", ["technical_upgrade", "software_rnd"])
def test_the_loan_grows_with_the_size_as_strongly_as_stated(baseline, key):
    """Over the planned loan: the size, times e to the elasticity x the score of the size among all firms of the class."""
    stream = baseline.model.population.streams[key]
    made = Tables()
    size, loan = made.add_size(stream, "small")
    tables = made.stacked()
    grown = multipliers(tables, loan, WORDS) / multipliers(tables, size, WORDS)
    assert grown == pytest.approx(np.exp(stream.loan_size_elasticity.value * SCORES), rel=SMOOTH)
