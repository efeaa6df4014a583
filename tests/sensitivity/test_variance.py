"""Shares of variance against closed forms: outlay = 30% x award intensity x the sizes of a fixed number of projects, and sums of awards."""

import math

import numpy as np
import pytest

from simulator.drivers import normal_scores
from simulator.errors import SimulatorError
from simulator.sensitivity.factors import factors
from simulator.sensitivity.moved import move_assumptions
from simulator.sensitivity.variance import DRAWS, EXPLAINED, decompose_variance, other_seed, shuffled
from simulator.variants import SharedLuck
from tests.support import CERTAIN, stream, tiny

WAN = 1e4
SEEDS = range(1, 9)
T_999 = 5.41  # 99.9% of Student's t with seven degrees
YEARS = range(2024, 2028)

# Nothing that all projects share is uncertain: what a test adds to this is all there is, beside values of other instruments.
QUIET = {
    **CERTAIN,
    "drivers": CERTAIN["drivers"] | {
        "elasticity": 1, "clawback": "50%", "filing": dict.fromkeys(("small", "medium", "large"), "50%"),
        "additional": dict.fromkeys(("small", "medium", "large"), "50%"),
        "lpr": {"published": {"value": dict.fromkeys(range(2024, 2033), "3%")}}, "city_growth": {"value": dict.fromkeys(YEARS, "5%")},
        "city_renewal_share": "50%", "pull_forward": "20%", "energy_purpose_share": "8%", "intensity_energy": "0.3tce/万元",
        "intensity_other": "0.005tce/万元", "realisation": "75%", "decay": "2%", "district_match": 0},
}
SIZE = {"lognormal": {"median": "300万元", "sigma": 0.7}}  # far below the cap of 2000万 / 30%
INTENSITY = {"drivers": {"award_intensity": {"uniform": ["20%", "100%"]}}}
FACTORIES = {tier: stream("smart_factory", "1亿元", count, tier=tier) for tier, count in (("demonstration", 6), ("benchmark", 1))}


def decompose(world, quantities=("outlay",), draws=DRAWS, **how):
    return decompose_variance(world, quantities=quantities, luck=SharedLuck(draws, 2), **how)


def part(found, name, part="value", quantity="outlay"):
    """First and total index of a factor."""
    own = found.sel(quantity=quantity, factor=name, part=part)
    return np.array([own["first"].item(), own["total"].item()])


def assert_all(found, name):
    """The factor is all there is: its first index is exactly 1, its total as far as two samples can tell."""
    first, total = part(found, name)
    assert first == pytest.approx(1, abs=1e-9)
    assert abs(total - 1) < T_999 * part(found, name, "error")[1] < 0.3
    others = found.sel(part="value").drop_sel(factor=name)
    assert np.all(others["total"] == 0)
    assert np.all(np.abs(others["first"]) < 1e-12)


def product_of(mean, variance, other_mean, other_variance):
    """Variance of a product of independent factors, and first and total index of the first of them."""
    whole = variance * (other_variance + other_mean**2) + mean**2 * other_variance
    return whole, np.array([variance * other_mean**2, variance * (other_mean**2 + other_variance)]) / whole


def lognormal_moments(median, sigma, n):
    """Mean and variance of the sum of n."""
    mean = median * math.exp(sigma**2 / 2)
    return n * mean, n * mean**2 * math.expm1(sigma**2)


def triangular_variance(low, mode, high):
    return (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """Eight projects of uncertain size, at an uncertain intensity."""
    return tiny(tmp_path_factory.mktemp("product"), {"one": stream("first_of_kind", SIZE, 2)}, QUIET, INTENSITY)


@pytest.fixture(scope="module")
def products(product):
    """The same under eight seeds."""
    return [decompose(product.with_seed(seed)) for seed in SEEDS]


@pytest.fixture(scope="module")
def sums(tmp_path_factory):
    """24 demonstration factories and 4 benchmarks, of which only the amounts are uncertain: their baseline's triangles."""
    return tiny(tmp_path_factory.mktemp("sums"), FACTORIES, QUIET)


PHI, PHI_VARIANCE = 0.6, 0.8**2 / 12
SUM, SUM_VARIANCE = lognormal_moments(300 * WAN, 0.7, 8)


# --- closed forms -----------------------------------------------------------------------------------------------------


def test_the_indices_of_a_product_are_the_closed_form(products):
    whole, intensity = product_of(PHI, PHI_VARIANCE, SUM, SUM_VARIANCE)
    _, luck = product_of(SUM, SUM_VARIANCE, PHI, PHI_VARIANCE)
    inside = []
    for found in products:
        variance = found["variance"].sel(quantity="outlay", part=["value", "error"]).values
        assert abs(variance[0] - 0.3**2 * whole) < T_999 * variance[1]
        for name, expected in (("award_intensity", intensity), ("luck", luck)):
            value, error, low, high = (part(found, name, each) for each in ("value", "error", "low", "high"))
            assert np.all(np.abs(value - expected) < T_999 * error), name
            assert np.all(error < 0.05), name
            inside += [*(low <= expected) & (expected <= high)]
    assert np.mean(inside) > 0.85  # of 95% intervals


def test_the_indices_of_a_product_have_no_bias(products):
    _, expected = product_of(PHI, PHI_VARIANCE, SUM, SUM_VARIANCE)
    values = np.array([part(found, "award_intensity") for found in products])
    assert np.all(np.abs(values.mean(axis=0) - expected) < 4 * values.std(axis=0, ddof=1) / math.sqrt(len(values)))


def test_what_has_no_influence_has_a_total_of_exactly_nothing(products, product):
    names = {each.name for each in factors(product)} - {"award_intensity"}
    assert len(names) >= 4
    for found in products:
        for name in names:
            assert part(found, name)[1] == 0.0
            assert abs(part(found, name)[0]) < 1e-12


def test_the_indices_of_a_sum_add_up_to_one(sums):
    variances = {"smart_factory.demonstration": 24**2 * triangular_variance(50, 100, 200),
                 "smart_factory.benchmark": 4**2 * triangular_variance(300, 500, 1000)}
    whole, sums_up = sum(variances.values()), ([], [])
    for seed in SEEDS:
        found = decompose(sums.with_seed(seed))
        for name, variance in variances.items():
            value, error = part(found, name), part(found, name, "error")
            assert np.all(np.abs(value - variance / whole) < T_999 * error + 1e-9), name
            sums_up[0].append(value - variance / whole)
        left, error = found["interactions"].sel(quantity="outlay", part=["value", "error"]).values
        assert abs(left) < T_999 * error
        sums_up[1].append(left)
        assert part(found, "luck").tolist() == pytest.approx([0, 0], abs=1e-12)
        variance, error = found["variance"].sel(quantity="outlay", part=["value", "error"]).values
        assert abs(variance - whole * WAN**2) < T_999 * error
    for values in map(np.array, sums_up):
        assert np.all(np.abs(values.mean(axis=0)) < 4 * values.std(axis=0, ddof=1) / math.sqrt(len(values)))


def test_where_only_the_projects_differ_their_luck_is_all(tmp_path):
    found = decompose(tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)}, QUIET), draws=512)
    assert_all(found, "luck")
    assert found["variance"].sel(part="value").item() == pytest.approx(0.3**2 * SUM_VARIANCE, rel=0.3)


def test_where_only_the_intensity_differs_it_is_all(tmp_path):
    found = decompose(tiny(tmp_path, {"one": stream("first_of_kind", "300万元", 2)}, QUIET, INTENSITY), draws=256)
    assert_all(found, "award_intensity")


def test_the_wave_of_a_negative_binomial_count_has_its_share(tmp_path):
    """Mean m, shape k: of the variance m + m^2/k the gamma factor explains m^2/k, chance the rest."""
    world = tiny(tmp_path, {"one": stream("first_of_kind", "300万元", {"negative_binomial": {"mean": 12, "dispersion": 8}})}, QUIET)
    inside = []
    for seed in SEEDS[:4]:
        found = decompose(world.with_seed(seed))
        value, error, low, high = (part(found, "wave", each)[0] for each in ("value", "error", "low", "high"))
        assert abs(value - 12 / 20) < T_999 * error
        inside.append(low <= 12 / 20 <= high)
        assert part(found, "luck")[1] == pytest.approx(1 - 12 / 20, abs=0.05)  # nearly a sum: the Poisson's width grows as a root
    assert np.mean(inside) >= 0.75


def test_correlated_drivers_are_one_factor_that_explains_both(tmp_path):
    """The sum's variance has the covariance in it; a single driver could not be exchanged alone."""
    pair = ["smart_factory.demonstration", "smart_factory.benchmark"]
    world = tiny(tmp_path, FACTORIES, QUIET, {"correlations": [{"id": "amounts", "between": pair, "value": {"value": 0.9}}]})
    found = decompose(world, draws=512)
    assert_all(found, "+".join(pair))
    apart = triangular_variance(50, 100, 200) * 24**2 + triangular_variance(300, 500, 1000) * 4**2
    assert found["variance"].sel(part="value").item() > 1.4 * apart * WAN**2
    assert not set(pair) & set(found["factor"].values.tolist())


def test_a_driver_has_its_whole_share_though_it_is_correlated_with_a_certain_one(tmp_path):
    """The scores of the later one are made of that of the earlier, be it certain or not."""
    tied = {"correlations": [{"id": "tied", "between": ["award_intensity", "smart_factory.benchmark"], "value": {"value": 0.8}}]}
    found = decompose(tiny(tmp_path, {"benchmark": FACTORIES["benchmark"]}, QUIET, tied), draws=256)
    assert_all(found, "smart_factory.benchmark")


# --- numbers without a distribution -------------------------------------------------------------------------------------


def two_points(mean, variance, spread=0.2):
    """First and total index of a scale that is down or up by a share, of a figure that goes with it."""
    whole = variance + spread**2 * (mean**2 + variance)
    return np.array([spread**2 * mean**2, spread**2 * (mean**2 + variance)]) / whole


@pytest.mark.parametrize("spread", [0.2, 0.5])
def test_a_scale_that_takes_two_values_has_the_closed_form(product, spread):
    whole, _ = product_of(PHI, PHI_VARIANCE, SUM, SUM_VARIANCE)
    expected = two_points(PHI * SUM, whole, spread)
    for seed in SEEDS[:4] if spread == 0.2 else SEEDS[:1]:
        world, luck = product.with_seed(seed), SharedLuck(DRAWS, 2)
        moved = move_assumptions(world, luck=luck, spread=spread)
        found = decompose_variance(world, quantities=["outlay"], luck=luck, moved=moved)
        value, error = part(found, "one.size"), part(found, "one.size", "error")
        assert np.all(np.abs(value - expected) < T_999 * error)
        assert np.all(error < 0.05)
        outlay = luck.headlines([world])["outlay"].values
        assert value == pytest.approx(two_points(outlay.mean(), outlay.var(), spread), rel=1e-9)  # given these draws: exactly
        own = found.sel(factor="one.size")
        assert (own["kind"].item(), own["basis"].item()) == ("fixed", "assumption")
        assert own["low_text"].item() == f"{300 * (1 - spread):g}万元"
        assert part(found, "behaviour.discount_rate").tolist() == [0, 0]


def test_the_variance_of_two_values_is_that_of_both_not_of_the_middle(tmp_path):
    """Half of the projects are beyond the cap of 1000万元, so that outlay does not go with their sizes."""
    world = tiny(tmp_path, {"one": stream("energy_management_centre", {"lognormal": {"median": "5000万元", "sigma": 0.6}}, 1)}, QUIET)
    luck = SharedLuck(DRAWS, 2)
    moved = move_assumptions(world, luck=luck)
    found = decompose_variance(world, quantities=["outlay"], luck=luck, moved=moved)
    place = [each.name for each in moved.fixed].index("one.size")
    low, high = (each["outlay"].values for each in moved.pair(place))
    together = np.concatenate([low, high])
    expected = [(high.mean() - low.mean()) ** 2 / 4 / together.var(), ((high - low) ** 2).mean() / 4 / together.var()]
    assert part(found, "one.size") == pytest.approx(expected, rel=1e-9)
    base = luck.headlines([world])["outlay"].values
    assert together.var() != pytest.approx(base.var() + ((high - low) ** 2).mean() / 4, rel=0.01)  # the cap bends


# --- what is refused, and what stands in the table --------------------------------------------------------------------------


def test_a_figure_that_does_not_vary_is_refused_by_its_name(tmp_path):
    world = tiny(tmp_path, {"one": stream("first_of_kind", "300万元", 2)}, QUIET, INTENSITY)
    with pytest.raises(SimulatorError, match=r"supported investment.*same in all draws"):
        decompose(world, ["outlay", "supported_investment"], draws=64)


def test_of_the_usual_figures_those_that_do_not_vary_are_named_and_the_others_told(tmp_path):
    """Nothing is induced where enterprises do not respond."""
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)}, QUIET, INTENSITY, {"readings": {"response": "none"}})
    luck = SharedLuck(64, 2)
    found = decompose_variance(world, luck=luck, moved=move_assumptions(world, luck=luck))
    idle = ["induced_investment", "leverage_net", "city_equipment", "energy_saving"]  # QUIET leaves the city nothing uncertain
    assert found.attrs["without_variance"] == idle
    assert found["quantity"].values.tolist() == list(EXPLAINED)
    assert "fixed" in found["kind"].values
    for name, values in found.data_vars.items():
        assert np.isnan(values.sel(quantity=idle)).all(), name
    told = found.drop_sel(quantity=idle)
    alone = decompose_variance(world, quantities=["outlay", "outlay_peak"], luck=luck, moved=move_assumptions(world, luck=luck))
    assert alone.attrs["without_variance"] == []
    for name, values in alone.data_vars.items():
        assert np.array_equal(values, told[name]), name
        assert np.isfinite(values).all(), name
    with pytest.raises(SimulatorError) as refused:
        decompose(world, ["leverage_net", "outlay", "induced_investment"], draws=64)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["net leverage", "induced investment"]


@pytest.mark.parametrize(("figure", "said"), [("p95(outlay)", "every draw"), ("P(outlay>=1亿元)", "every draw"), ("outlya", "outlay"),
                                              ("outlay.2050", "outlay.2050")])
def test_what_is_no_figure_of_a_draw_is_refused(product, figure, said):
    with pytest.raises(SimulatorError, match=said):
        decompose(product, [figure], draws=64)


def test_the_table_names_factors_and_their_ground_in_one_order(product):
    calls = []
    found = decompose(product, ["outlay", "outlay.2025", "leverage_gross"], draws=64, progress=lambda *at: calls.append(at))
    names = [*(each.name for each in factors(product)), "luck"]
    assert found["factor"].values.tolist() == names
    assert found["quantity"].values.tolist() == ["outlay", "outlay.2025", "leverage_gross"]
    assert found["first"].dims == found["total"].dims == ("quantity", "factor", "part")
    assert found["variance"].dims == ("quantity", "part")
    assert found["kind"].values.tolist() == [*["driver"] * (len(names) - 1), "chance"]
    assert found["basis"].sel(factor="luck").item() == "chance"
    assert (found.attrs["draws"], found.attrs["seed"], found.attrs["spread"]) == (64, 1, 0.0)
    assert calls[-1] == (64 * (len(names) + 2), 64 * (len(names) + 2))
    assert calls == sorted(calls)


def test_the_two_samples_have_nothing_to_do_with_each_other(baseline):
    """Two scrambles of one Sobol dimension share their first halves, whatever their seeds: a relation that no number of draws removes."""
    draws, found = 1024, []
    for seed in range(6):
        world = baseline.with_seed(seed)
        mine, theirs = normal_scores(world, draws), shuffled(normal_scores(other_seed(world), draws), seed)
        found += [np.corrcoef(mine[name], theirs[name])[0, 1] for name in mine]
        assert np.array_equal(np.sort(theirs["delay"][3::8]), np.sort(normal_scores(other_seed(world), draws)["delay"][3::8]))
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(1 / math.sqrt(draws), rel=0.15)


def test_the_other_sample_has_another_seed_and_the_same_seed_gives_the_same_shares(product):
    assert other_seed(product).model.seed not in (product.model.seed, other_seed(product.with_seed(2)).model.seed)
    assert decompose(product, draws=64).identical(decompose(product, draws=64))
