"""The engine against closed forms: capped shares of heavy tails, compound counts, awards and induced investment given the drivers."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr, ndtri

from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.population import cells, draw_applications
from tests.support import CERTAIN, assert_z, count_moments, financed, run, stream, tiny, with_seed

SEEDS = range(1, 9)
WAN, YI = 1e4, 1e8
CLASSES = {"small": 55, "medium": 30, "large": 15}


# --- E[min(rX, c)] ----------------------------------------------------------------------------------------------------


def lognormal_limited(limit, median, sigma):
    """E[min(X, limit)]."""
    z = (math.log(limit) - math.log(median)) / sigma
    return median * math.exp(sigma**2 / 2) * ndtr(z - sigma) + limit * ndtr(-z)


def pareto_limited(limit, least, alpha):
    return least + least**alpha * (limit ** (1 - alpha) - least ** (1 - alpha)) / (1 - alpha)


def lomax_limited(limit, scale, alpha):
    return scale / (alpha - 1) * (1 - (1 + limit / scale) ** (1 - alpha))


SIZES = [
    ({"lognormal": {"median": "3000万元", "sigma": 1.2}}, lambda k: lognormal_limited(k, 3000 * WAN, 1.2),
     lambda x: ndtr(-np.log(x / (3000 * WAN)) / 1.2)),
    ({"pareto": {"min": "1000万元", "alpha": 1.5}}, lambda k: pareto_limited(k, 1000 * WAN, 1.5),
     lambda x: min(1.0, (1000 * WAN / x) ** 1.5) if x else 1.0),
    ({"lomax": {"scale": "4000万元", "alpha": 2}}, lambda k: lomax_limited(k, 4000 * WAN, 2),
     lambda x: (1 + x / (4000 * WAN)) ** -2),
]


@pytest.mark.parametrize(("instrument", "intensity", "rate", "cap"), [
    ("first_of_kind", "100%", 0.30, 2000 * WAN),
    ("first_of_kind", "80%", 0.24, 2000 * WAN),  # 不超过30%: a ceiling, of which 80% are paid
    ("energy_management_centre", "80%", 0.20, 1000 * WAN),  # 20%: flat
], ids=["ceiling in full", "ceiling at 80%", "flat"])
@pytest.mark.parametrize(("size", "limited", "survival"), SIZES, ids=["lognormal", "pareto", "lomax"])
def test_the_mean_award_is_the_closed_form(tmp_path, size, limited, survival, instrument, intensity, rate, cap):
    mean = rate * limited(cap / rate)
    square = rate**2 * quad(lambda x: 2 * x * survival(x), 0, cap / rate, limit=500, points=[1000 * WAN])[0]
    world = tiny(tmp_path, {"one": stream(instrument, size, 50)}, CERTAIN, {"drivers": {"award_intensity": intensity}})
    frame = draw_applications(world)
    for seed in SEEDS:
        result = run(with_seed(world, seed), 64, frame)
        paid = result["outlay"].sum(("year", "instrument")).values / 200
        assert np.array_equal(result["awards"].sum(("year", "instrument")), np.full(64, 200))
        assert_z(paid, mean, math.sqrt((square - mean**2) / 200))


# --- how many projects, and how large together ------------------------------------------------------------------------


COUNTS = {
    "negative binomial": {"negative_binomial": {"mean": 60, "dispersion": 8}},
    "poisson": {"poisson": 40},
}
TRUNCATED = {"lognormal": {"median": "1500万元", "sigma": 1.665, "max": "60亿元"}}


def truncated_moment(power, median=1500 * WAN, sigma=1.665, most=60 * YI):
    """E[X**power] of a lognormal truncated at `most`."""
    top = math.log(most / median) / sigma
    return median**power * math.exp((power * sigma) ** 2 / 2) * ndtr(top - power * sigma) / ndtr(top)


@pytest.mark.parametrize("correlation", [0, 0.4], ids=["classes apart", "classes with the size"])
@pytest.mark.parametrize("count", COUNTS)
def test_the_number_of_projects_and_their_total_size_are_a_compound_count(tmp_path, count, correlation):
    one = stream("energy_management_centre", TRUNCATED, COUNTS[count], size_class={"value": CLASSES},
                 size_class_correlation={"value": correlation})
    world = tiny(tmp_path, {"one": one}, CERTAIN)
    frame = draw_applications(world)
    numbers, totals = [], []
    for seed in SEEDS:
        result = run(with_seed(world, seed), 256, frame)
        numbers.append(result["awards"].sel(year=slice(2024, 2027), instrument="energy_management_centre").values)
        totals.append(result["supported_investment"].sel(year=slice(2024, 2027), instrument="energy_management_centre").values)
    mean = 60 if count == "negative binomial" else 40
    variance = mean + 60**2 / 8 if count == "negative binomial" else mean
    first, second = truncated_moment(1), truncated_moment(2)
    total_variance = mean * (second - first**2) + variance * first**2
    for number, total in zip(numbers, totals, strict=True):
        assert_z(number, mean, math.sqrt(variance))
        assert_z(total, mean * first, math.sqrt(total_variance))
    rng = np.random.default_rng(1)
    n = 20_000
    independent = rng.negative_binomial(8, 8 / 68, n) if count == "negative binomial" else rng.poisson(40, n)
    top = ndtr(math.log(400) / 1.665)
    sizes = 1500 * WAN * np.exp(1.665 * ndtri(rng.random(independent.sum()) * top))
    sums = np.bincount(np.repeat(np.arange(n), independent), sizes, minlength=n)
    for ours, theirs, spread in ((np.concatenate(numbers).ravel(), independent, variance),
                                 (np.concatenate(totals).ravel(), sums, total_variance)):
        fourth = ((theirs - theirs.mean()) ** 4).mean()
        assert_z((ours - ours.mean()) ** 2, spread, math.sqrt(max(fourth - spread**2, 0) * (1 + ours.size / n)), limit=4)
        for share in (0.05, 0.25, 0.5, 0.75, 0.95, 0.99):
            edge = np.quantile(theirs, share)
            below, expected = (ours <= edge).mean(), (theirs <= edge).mean()
            noise = math.sqrt(expected * (1 - expected) * (1 / ours.size + 1 / n))
            assert abs(below - expected) <= 4 * noise, (share, below, expected)


def test_the_counts_of_the_baseline_have_the_stated_mean_and_variance(baseline, drivers):
    by_stream = {}
    for cell in cells(baseline):
        by_stream.setdefault((cell.stream, cell.year), []).append(cell)
    for (name, year), mine in by_stream.items():
        count = drivers["count"].sel(cell=[cell.key for cell in mine]).sum("cell").values.astype(float)
        stated = baseline.model.population.streams[name].count.value
        if stated.negative_binomial:
            mean, k = stated.negative_binomial.mean, stated.negative_binomial.dispersion
            variance = mean + mean**2 / k
        else:
            mean, variance = count_moments(mine[0])
        if variance == 0:
            assert np.all(count == mean)
            continue
        assert_z(count, mean, math.sqrt(variance))
        n = count.size
        assert abs(count.var(ddof=1) / variance - 1) < 4 * math.sqrt(2 / n + 1 / (n * min(mean, 10))), (name, year)


# --- given the drivers: who files, who is induced, who is awarded ----------------------------------------------------


BEHAVIOUR = {"behaviour": CERTAIN["behaviour"] | {"central": {"share": {"value": "0%"}}}, "correlations": []}
def share_of_product(drivers, year):
    """30% of the contract at the draw's intensity, paid at once: (draw,)."""
    return 0.30 * drivers["award_intensity"].values


def share_of_interest(drivers, year):
    """Half the interest of three years on 60% of the investment, paid a year after it accrues, at 6%: (draw,)."""
    rates = drivers["lpr"].sel(year=[year, year + 1, year + 2]).values + 0.01
    return (0.60 * 0.50 * rates * np.array([1, 1, 0.75]) / 1.06 ** np.array([1, 2, 3])).sum(axis=1)


CASES = {
    "a product": ("first_of_kind", {}, "3000万元", share_of_product),
    "a loan": ("upgrade_loan_interest", financed(loan=100, spread="1%"), "5000万元", share_of_interest),
}


def likelihoods(world, frame, drivers, support, response):
    """p_without, p_with, filing rate and the approval level of every slot in every draw: (draw, application)."""
    size = frame["size_class"].values
    year = frame["filing_year"].values
    level = drivers["approval_level"].values
    multiplier = np.array([world.model.behaviour.size_multiplier.value[name] for name in size])
    filing = drivers["filing"].sel(size_class=size).values
    additional = drivers["additional"].sel(size_class=size).values
    s = np.stack([level * support(drivers, int(y)) for y in np.unique(year)], -1)[:, np.searchsorted(np.unique(year), year)]
    filed = frame["filed"].values == 1
    factor = {
        "elasticity": (1 - s) ** (-drivers["elasticity"].values[:, None] * multiplier),
        "participation": 1 + np.where(filed, 1, filing) * additional / (1 - additional),
        "none": np.ones_like(s),
    }[response]
    without = np.minimum(1, frame["p0"].values * drivers["demand"].sel(filing_year=year).values)
    with_support = np.where(filed, 1, np.minimum(1, without * factor))
    return np.where(filed, 1 / factor, without), with_support, np.where(filed, 1, filing), level[:, None]


@pytest.mark.parametrize("response", ["elasticity", "participation", "none"])
@pytest.mark.parametrize("count_of", ["potential_projects", "applications"])
@pytest.mark.parametrize("case", CASES)
def test_applications_awards_and_induced_investment_are_as_likely_as_the_model_says(tmp_path, case, count_of, response):
    instrument, more, size, support = CASES[case]
    one = stream(instrument, size, COUNTS["negative binomial"], count_of=count_of, approval=None,
                 size_class={"value": CLASSES}, p0={"value": {"beta": [8, 2]}}, **more)
    world = tiny(tmp_path, {"one": one}, BEHAVIOUR, {"readings": {"response": response}})
    frame = draw_applications(world)
    years = frame["filing_year"].values
    residuals, variances = [], []
    for seed in SEEDS:
        drivers = draw_drivers(with_seed(world, seed), 64)
        result = simulate(with_seed(world, seed), frame, drivers).sel(instrument=instrument)
        size_of_all = float(frame["investment"][0])
        assert result["supported_investment"].values / size_of_all == pytest.approx(result["awards"].values)
        exists = frame["rank"].values < drivers["count"].sel(cell=frame["cell"].values).values
        without, with_support, filing, level = likelihoods(world, frame, drivers, support, response)
        files = without * filing + (with_support - without)
        for name, likely in (("applications", files), ("awards", files * level), ("induced_investment", with_support - without)):
            found = result[name].sel(year=np.unique(years)).values / (size_of_all if name == "induced_investment" else 1)
            expected, variance = (np.stack([np.where(exists & (years == y), term, 0).sum(axis=1) for y in np.unique(years)], -1)
                                  for term in (likely, likely * (1 - likely)))
            if response == "none" and name == "induced_investment":
                assert not found.any()
            assert abs(found.sum() - expected.sum()) <= 4 * math.sqrt(variance.sum()) + 1e-9, (name, seed)
            residuals.append(found - expected)
            variances.append(variance)
    # draw by draw and year by year it is nothing but the projects' own luck that is left
    assert np.square(residuals).sum() / np.sum(variances) == pytest.approx(1, abs=0.1)


def test_of_what_has_been_filed_the_share_that_support_brought_about_is_induced(tmp_path):
    """1 - 1/factor, in money: support of 30% at elasticity 1 and approval for certain brings about 30% of the firms' projects."""
    behaviour = BEHAVIOUR["behaviour"] | {"size_multiplier": {"value": {"small": 1, "medium": 1, "large": 1}}}
    change = {"drivers": CERTAIN["drivers"] | {"elasticity": 1}, "behaviour": behaviour, "correlations": []}
    world = tiny(tmp_path, {"one": stream("first_of_kind", "1000万元", 50)}, change)
    for seed in SEEDS:
        result = run(with_seed(world, seed), 64)
        induced = result["induced_investment"].sum(("year", "instrument")) / result["supported_investment"].sum(("year", "instrument"))
        assert_z(induced.values, 0.3, math.sqrt(0.3 * 0.7 / 200))
        deadweight = result["deadweight"].sum(("year", "instrument")) / result["outlay"].sum(("year", "instrument"))
        assert deadweight.values == pytest.approx(1 - induced.values)


@pytest.mark.parametrize("link", ["0%", "60%"])
def test_larger_projects_are_likelier_approved_and_all_together_at_the_draw_s_level(tmp_path, link):
    numb = {"behaviour": BEHAVIOUR["behaviour"] | {"approval_size_correlation": link}, "readings": {"response": "none"}, "correlations": []}
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZES[0][0], 50, approval=None)}, numb)
    for seed in SEEDS:
        drivers = draw_drivers(with_seed(world, seed), 64)
        result = simulate(with_seed(world, seed), draw_applications(world), drivers)
        level, awards = drivers["approval_level"].values, result["awards"].sum(("year", "instrument")).values
        assert abs(awards.sum() - 200 * level.sum()) <= 4 * math.sqrt(200 * (level * (1 - level)).sum())
        typical = result["supported_investment"].sum().item() / awards.sum() / (3000 * WAN * math.exp(1.2**2 / 2))
        assert typical > 1.1 if link == "60%" else typical == pytest.approx(1, abs=0.15)


# --- without chance: who is paid how much and when --------------------------------------------------------------------


LEASE = stream("upgrade_lease", "1亿元", 1, **financed(lease=100), outcome="at_risk", overrun={"value": 1.2},
               equipment_share={"value": "80%"}, renewal_share={"value": "50%"}, energy_purpose={"value": "100%"})
LOAN = LEASE | financed(loan=100) | {"files_for": ["upgrade_loan_interest"]}
STEADY = {"published": {"value": dict.fromkeys(range(2024, 2033), "3%")}}
SETTLED = {
    "drivers": CERTAIN["drivers"] | {"clawback": "100%", "intensity_energy": "0.3tce/万元", "lpr": STEADY},
    "behaviour": BEHAVIOUR["behaviour"] | {"build_time": "24个月", "acceptance_cut": "0%", "energy_noise": 1,
                                           "partial": {"value": ["80%", "80%"]}},
    "readings": {"response": "none"}, "correlations": [], "years": {"filing": [2024, 2024], "horizon": 2028},
}


@pytest.mark.parametrize(("ending", "one", "reading", "paid", "cut", "recovered", "supported"), [
    # 4000万 of leased equipment: 200万, half at approval and half on acceptance two years later; 20% dearer than planned
    ("complete", LEASE, "half_half", [100, 0, 100, 0, 0], 0, [], 1.2),
    ("complete", LEASE, "on_acceptance", [0, 0, 200, 0, 0], 0, [], 1.2),
    ("late", LEASE, "half_half", [100, 0, 0, 100, 0], 0, [], 1.2),
    # four fifths at 20% more: 96% of the approved base, so 192万 in all
    ("partial", LEASE, "half_half", [100, 0, 92, 0, 0], 8, [], 0.96),
    ("partial", LEASE, "on_acceptance", [0, 0, 192, 0, 0], 8, [], 0.96),
    # nothing is built: the second half falls away and the first is owed back a year after the end
    ("cancelled", LEASE, "half_half", [100, 0, 0, 0, 0], 100, [0, 0, 0, 100, 0], 0),
    ("cancelled", LEASE, "on_acceptance", [0, 0, 0, 0, 0], 200, [], 0),
    # 6000万 at 3%: half of 180, 180 and 135万, each paid a year after it accrues
    ("complete", LOAN, "half_half", [0, 90, 90, 67.5, 0], 0, [], 1.2),
    ("late", LOAN, "half_half", [0, 90, 90, 67.5, 0], 0, [], 1.2),
    ("partial", LOAN, "half_half", [0, 86.4, 86.4, 64.8, 0], 9.9, [], 0.96),
    ("cancelled", LOAN, "half_half", [0, 0, 0, 0, 0], 247.5, [], 0),
])
def test_a_project_is_paid_and_settled_as_it_ends(tmp_path, ending, one, reading, paid, cut, recovered, supported):
    ends = {"outcome": dict.fromkeys(("complete", "partial", "late", "cancelled"), 0.01) | {ending: 1e6}}
    world = tiny(tmp_path, {"one": one}, SETTLED, {"drivers": ends, "readings": {"grant_payout": reading}})
    result = run(world, 8).sum("instrument").isel(draw=0)
    assert result["outlay"].values / WAN == pytest.approx(paid)
    assert result["recovered"].values / WAN == pytest.approx(recovered or [0] * 5)
    assert result["cut"].sum().item() / WAN == pytest.approx(cut)
    assert result["supported_investment"].sel(year=2024).item() / YI == pytest.approx(supported)
    assert result["supported_equipment"].sum().item() / YI == pytest.approx(0.8 * supported)
    assert result["supported_renewal"].sum().item() / YI == pytest.approx(0.4 * supported)
    assert result["supported_saving"].sum().item() == pytest.approx(0.4 * supported * YI * 0.3e-4)
