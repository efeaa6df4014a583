"""One or two levers over a grid: every point is the run with that value, and break-even points lie where they must."""

import math

import numpy as np
import pytest
import xarray as xr

from simulator.changes import with_values
from simulator.comparison import compare
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.errors import SimulatorError
from simulator.headlines import headlines
from simulator.metrics import read_constraint
from simulator.population import draw_applications
from simulator.summary import T_OF_EIGHT
from simulator.sweeping import break_even, sweep
from simulator.variants import SharedLuck
from tests.support import CERTAIN, financed, stream, tiny, with_seed

WAN, YI = 1e4, 1e8
SIZE = {"lognormal": {"median": "4000万元", "sigma": 1}}
STREAMS = {
    "made": stream("first_of_kind", SIZE, {"negative_binomial": {"mean": 6, "dispersion": 4}}),
    "upgrade": stream(["upgrade_loan_interest", "upgrade_lease"], SIZE, 6, count_of="potential_projects", approval=None,
                      **financed(loan=30, lease=30, both=20)),
    "software": stream("software_purchase", "300万元", 3),
}
RATE = ("policy", "instruments", "first_of_kind", "rate")
CAP = ("policy", "instruments", "first_of_kind", "cap")


def assert_is_run(point, scenario):
    """The figures of every draw at a point are those of a run with its values, bit for bit."""
    own = headlines(scenario, simulate(scenario, draw_applications(scenario), draw_drivers(scenario, 64)))
    for name in ("outlay", "outlay_peak", "induced_investment", "supported_investment", "deadweight", "energy_saving", "energy_induced"):
        assert point[name].values.tobytes() == own[name].values.tobytes(), name


# --- points -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("vary", "path", "texts", "numbers"), [
    ("first_of_kind.rate=10%..50%:3", RATE, ["10%", "30%", "50%"], [0.1, 0.3, 0.5]),
    ("first_of_kind.cap=500万元,2000万元,无", CAP, ["500万元", "2000万元", None], [500 * WAN, 2000 * WAN, math.inf]),
    ("software_purchase.rate=5%,20%", ("policy", "instruments", "software_purchase", "rate"), ["5%", "20%"], [0.05, 0.2]),
    ("drivers.award_intensity=70%,100%", ("drivers", "award_intensity"), ["70%", "100%"], [0.7, 1.0]),
    ("upgrade_loan_interest.term=2,3", ("policy", "instruments", "upgrade_loan_interest", "term"), [2, 3], [2.0, 3.0]),
], ids=lambda x: x.split("=")[0] if isinstance(x, str) else "")
def test_a_point_is_the_run_with_its_value_bit_for_bit(world, luck, vary, path, texts, numbers):
    table = sweep(world, [vary], metrics=["outlay", "leverage_net"], luck=luck)
    name = vary.split("=")[0]
    assert table["value"].dims == (name, "metric", "part")
    assert table[name].values.tolist() == pytest.approx(numbers)
    assert table[f"text_of_{name}"].values.tolist() == [str(text or "无") for text in texts]
    for i, text in enumerate(texts):
        scenario = with_values(world, {path: text}, "alone")
        assert_is_run(table.isel({name: i}), scenario)
        against = compare([world, scenario], metrics=["outlay", "leverage_net"], luck=luck)
        assert table["value"].values[i].tobytes() == against["value"].values[1].tobytes()
        assert table["difference"].values[i].tobytes() == against["difference"].values[1].tobytes()
        assert table["base"].values.tobytes() == against["value"].values[0].tobytes()
    assert (table.attrs["scenario"], table.attrs["draws"], table.attrs["scrambles"]) == ("tiny", 64, 8)
    assert table.attrs["projects"] == draw_applications(world).sizes["application"]


def test_two_levers_are_moved_over_every_combination(world, luck):
    table = sweep(world, ["first_of_kind.rate=20%,30%,40%", "first_of_kind.cap=2000万元,无"], metrics=["outlay", "awards"], luck=luck)
    assert table["value"].dims == ("first_of_kind.rate", "first_of_kind.cap", "metric", "part")
    assert table["value"].shape == (3, 2, 2, 2)
    assert table["outlay"].dims == ("first_of_kind.rate", "first_of_kind.cap", "draw")
    assert "break_even" not in table
    for i, rate in enumerate(("20%", "30%", "40%")):
        for j, cap in enumerate(("2000万元", None)):
            assert_is_run(table.isel({"first_of_kind.rate": i, "first_of_kind.cap": j}), with_values(world, {RATE: rate, CAP: cap}))
    assert table["unchanged"].values.tolist() == [[False, False], [True, False], [False, False]]
    assert table.attrs["draws"] == 64
    assert np.isinf(table["first_of_kind.cap"].values).tolist() == [False, True]


def test_two_years_of_one_appropriation_are_two_levers(world, luck):
    fund = "appropriation.industrial_development"
    table = sweep(world, [f"{fund}.2025=1亿元,无", f"{fund}.2026=2亿元,3亿元"], metrics=["in_budget"], luck=luck)
    known = np.isfinite(table["value"].sel(part="value").values)
    assert known.all()  # a budget is stated at every point, be it for one year
    assert np.isnan(table["base"].sel(part="value").item())
    point = with_values(world, {("appropriation", "industrial_development", "amount"): {
        year: {2025: "1亿元", 2026: "3亿元"}.get(year) for year in range(2024, 2033)}})
    assert_is_run(table.isel({f"{fund}.2025": 0, f"{fund}.2026": 1}), point)


def test_the_point_where_the_scenario_stands_is_unchanged(world, luck):
    table = sweep(world, ["first_of_kind.rate=20%,30%,40%"], luck=luck)
    assert table["unchanged"].values.tolist() == [False, True, False]
    at_base = table.isel({"first_of_kind.rate": 1})
    assert np.array_equal(at_base["value"], table["base"], equal_nan=True)
    assert not np.nan_to_num(at_base["difference"].values).any()


def test_a_lever_that_touches_no_project_is_unchanged_everywhere(world, luck):
    assert sweep(world, ["catalogue_lease.rate=10%..50%:3"], luck=luck)["unchanged"].values.all()


def test_figures_do_not_depend_on_the_other_points(world, luck):
    many = sweep(world, ["first_of_kind.rate=10%..50%:5"], metrics=["outlay"], luck=luck)
    one = sweep(world, ["first_of_kind.rate=40%"], metrics=["outlay"], luck=luck)
    assert many["value"].values[3].tobytes() == one["value"].values[0].tobytes()


# --- break-even ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    """Eight contracts of 1亿 of which a share is paid, whatever the luck."""
    return tiny(tmp_path_factory.mktemp("linear"), {"made": stream("first_of_kind", "1亿元", 2)}, CERTAIN,
                {"instruments": {"first_of_kind": {"cap": None}}})


def crossings(table, condition):
    """(value, low, high) of each."""
    found = table["break_even"].sel(condition=condition).values
    return found[~np.isnan(found[:, 0])]


@pytest.mark.parametrize("vary", ["first_of_kind.rate=10%..50%:9", "first_of_kind.rate=10%,50%", "first_of_kind.rate=50%,10%,30%"])
@pytest.mark.parametrize(("bound", "rate"), [("1.6亿元", 0.2), ("2.2亿元", 0.275), ("3.96亿元", 0.495)])
def test_an_outlay_that_is_linear_in_the_rate_breaks_even_exactly_where_it_must(linear, vary, bound, rate):
    table = sweep(linear, [vary], metrics=["outlay"], breaks=[f"mean(outlay)<={bound}", f"outlay>={bound}"], luck=SharedLuck(16))
    assert table["condition"].values.tolist() == ["leverage_net>=1", f"mean(outlay)<={bound}", f"outlay>={bound}"]
    for condition in table["condition"].values[1:]:
        assert crossings(table, condition) == pytest.approx(np.array([[rate] * 3]), rel=1e-9)  # nothing is left to chance


def test_where_no_bound_is_crossed_there_is_no_break_even_point(linear):
    table = sweep(linear, ["first_of_kind.rate=10%..50%:3"], breaks=["outlay<=10亿元", "outlay>=0亿元", "p95(outlay)<=2亿元"],
                  luck=SharedLuck(16))
    for condition in ("outlay<=10亿元", "outlay>=0亿元"):
        assert len(crossings(table, condition)) == 0
    assert len(crossings(table, "p95(outlay)<=2亿元")) == 0  # sixteen draws know no tail


def test_no_limit_is_no_place_on_the_axis(linear):
    table = sweep(linear, ["first_of_kind.cap=无,1000万元,3000万元"], breaks=["outlay<=1.6亿元"], luck=SharedLuck(16))
    assert crossings(table, "outlay<=1.6亿元") == pytest.approx(np.array([[2000 * WAN] * 3]))


def test_the_interval_of_a_break_even_point_covers_the_true_one(tmp_path):
    """40 lognormal contracts: the share at which they draw 6亿 in the mean is 6亿 over their expected total."""
    world = tiny(tmp_path, {"made": stream("first_of_kind", SIZE, 10)}, CERTAIN, {"instruments": {"first_of_kind": {"cap": None}}})
    truth = 6 * YI / (40 * 4000 * WAN * math.exp(0.5))
    luck, found = SharedLuck(32), []
    for seed in range(1, 31):
        table = sweep(with_seed(world, seed), ["first_of_kind.rate=10%,40%"], metrics=["outlay"], breaks=["outlay<=6亿元"], luck=luck)
        found.extend(crossings(table, "outlay<=6亿元"))
    value, low, high = np.transpose(found)
    assert len(value) == 30
    assert (low < value).all()
    assert (value - low) == pytest.approx(high - value)
    assert ((low <= truth) & (truth <= high)).mean() >= 0.83  # 95% of 30, less three standard errors
    assert abs(value.mean() - truth) <= 4 * value.std(ddof=1) / math.sqrt(30) + 0.005 * truth  # the inverse of a mean is a little high
    assert ((high - low) / 2 / T_OF_EIGHT).mean() == pytest.approx(value.std(ddof=1), rel=0.35)


def lines_of(outlays):
    """Headlines of made-up runs: one value a scramble, in 16 draws."""
    return [xr.Dataset({"outlay": ("draw", np.tile(np.broadcast_to(each, 8), 2).astype(float))}, attrs={"scrambles": 8})
            for each in outlays]


def test_a_condition_that_ceases_and_begins_again_has_two_break_even_points():
    condition = read_constraint("outlay<=100元")
    found = break_even([0, 1, 2, 3], lines_of([50, 150, 250, 50]), condition)
    assert found == [pytest.approx((0.5,) * 3), pytest.approx((2.75,) * 3)]
    shuffled = break_even([3, 1, 0, 2], lines_of([50, 150, 50, 250]), condition)
    assert shuffled == found


def test_the_interval_is_that_of_the_crossings_of_the_scrambles_or_the_range_where_one_has_none():
    condition = read_constraint("outlay>=100元")
    high = 150.0 + np.arange(8)
    (found,) = break_even([0, 2], lines_of([50, high]), condition)
    error = (100 / (high - 50)).std(ddof=1) / math.sqrt(8)
    middle = 2 * 50 / (high.mean() - 50)
    assert found == pytest.approx((middle, max(middle - T_OF_EIGHT * error, 0), min(middle + T_OF_EIGHT * error, 2)))
    flat = high.copy()
    flat[3] = 50.0  # this scramble does not move
    (found,) = break_even([0, 2], lines_of([50, flat]), condition)
    assert found[1:] == (0, 2)


def test_a_bound_that_is_met_exactly_holds():
    assert break_even([0, 1], lines_of([50, 100]), read_constraint("outlay<=100元")) == []
    (found,) = break_even([0, 1], lines_of([100, 150]), read_constraint("outlay<=100元"))
    assert found[0] == 0


# --- what is refused -----------------------------------------------------------------------------------------------------


class Untouched(SharedLuck):
    """A luck that nothing may be asked of."""

    def headlines(self, *_):
        raise AssertionError("simulated before it was refused")


@pytest.mark.parametrize(("vary", "said"), [
    ([], "一个或两个不同的调节项"),
    (["first_of_kind.rate=10%,20%", "first_of_kind.cap=无", "upgrade_lease.rate=5%"], "一个或两个不同的调节项"),
    (["first_of_kind.rate=10%,20%", "first_of_kind.rate=30%"], "一个或两个不同的调节项"),
    (["first_of_kind.rate=1%..50%:60", "first_of_kind.cap=100万元..5000万元:50"], "共 3,000 点，上限 2,500"),
    (["first_of_kind.rat=10%"], "没有可调的数 first_of_kind.rat.*first_of_kind.rate"),
    (["first_of_kind.rate=10%,10%"], "取值重复"),
    (["first_of_kind.rate=150%"], "first_of_kind.rate"),
    (["first_of_kind.rate=50%..10%"], "后一个数应大于前一个"),
    (["first_of_kind.rate"], "应写作 名称=取值"),
])
def test_what_cannot_be_swept_is_refused_before_anything_is_simulated(world, vary, said):
    with pytest.raises(SimulatorError, match=said):
        sweep(world, vary, luck=Untouched())


@pytest.mark.parametrize("how", [{"metrics": ["outlayy"]}, {"breaks": ["outlay"]}, {"breaks": ["outlay<=5吨标煤"]}])
def test_metrics_and_conditions_that_are_none_are_refused(world, how):
    with pytest.raises(SimulatorError):
        sweep(world, ["first_of_kind.rate=10%,20%"], luck=Untouched(), **how)
