"""Single assumed numbers moved by a share of themselves: which they are, their shape, and that sets of drivers are simulated apart."""

from pathlib import Path

import numpy as np
import pytest

import simulator.sensitivity.at as at
from simulator.changes import with_values
from simulator.drivers import draw_drivers, drivers_at, normal_scores
from simulator.engine import simulate
from simulator.errors import SimulatorError
from simulator.headlines import headlines
from simulator.population import draw_applications
from simulator.scenario import load_scenario
from simulator.schema.distributions import Distribution, Money, Number, Share
from simulator.schema.population import Count
from simulator.sensitivity.moved import fixed_assumptions, move_assumptions, scaled, short_text
from simulator.sensitivity.tornado import tornado
from simulator.sensitivity.variance import decompose_variance
from simulator.units import parse_quantity
from simulator.variants import SharedLuck
from tests.sensitivity.test_variance import INTENSITY, QUIET, SIZE
from tests.support import assert_identical, financed, stream, tiny

SHIPPED = sorted(file.stem for file in Path("scenarios").glob("*.yaml"))
SHARES = ("p0", "approval", "loan_to_investment", "equipment_share", "lease_to_equipment")


def moved_of(scenario, spread=0.2):
    return {each.name: each for each in fixed_assumptions(scenario, spread)}


# --- which they are -----------------------------------------------------------------------------------------------------


def test_the_assumed_numbers_of_the_baseline_are_those_that_have_a_scale(baseline):
    found = moved_of(baseline)
    of_scenario = {"behaviour.discount_rate", "behaviour.approval_lag", "behaviour.lateness", "behaviour.approval_size_correlation",
                   "behaviour.central.share", "city.base", "energy.electricity_share", "energy.equivalent"}
    streams = baseline.content["population"]["streams"]
    expected = {f"{key}.{field}" for key, one in streams.items() for field in ("count", "size", *SHARES)
                if field in one and one[field]["value"] not in ("100%", "0%") and "fixed" not in one[field]["value"]}
    assert found.keys() == of_scenario | expected
    assert {name for name, each in found.items() if each.basis != "assumption"} == {"city.base"}  # computed
    assert (found["behaviour.approval_lag"].low, found["behaviour.approval_lag"].high) == ("3.2个月", "4.8个月")
    assert (found["behaviour.approval_size_correlation"].low, found["behaviour.approval_size_correlation"].high) == (0.16, 0.24)
    assert (found["city.base"].low, found["city.base"].high) == ("694.504亿元", "1041.756亿元")


@pytest.mark.parametrize(("basis", "is_moved"), [
    ("document", False), ("fact", False), ("computed", True), ("assumption", True), (None, True)])
def test_only_what_is_assumed_or_computed_is_moved(tmp_path, basis, is_moved):
    ground = {} if basis is None else {"basis": basis, "source": "x", "quote": "持续推动企业能源管理中心建设"}
    one = stream("energy_management_centre", "1亿元", approval={"value": "50%", **ground}, p0={"value": {"beta": [8, 2]}, **ground})
    one |= {"size": {"value": "1亿元", **ground}, "count": {"value": {"poisson": 9}, **ground}}
    scenario = tiny(tmp_path, {"one": one}, {"behaviour": {"discount_rate": {"value": "6%", **ground}}})
    found = moved_of(scenario)
    for name in ("one.size", "one.count", "one.approval", "one.p0", "behaviour.discount_rate"):
        assert (name in found) is is_moved, name
        assert not is_moved or found[name].basis == (basis or "assumption")


def test_what_is_bare_in_a_file_is_an_assumption_and_what_is_all_or_nothing_stays(tmp_path):
    one = stream("energy_management_centre", "1亿元", {"at_least": 2, "poisson": 9}, approval="60%", p0=0.9, equipment_share="100.0%")
    whole = stream("energy_management_centre", "1亿元", 3, approval=1, p0=1.0, equipment_share=0)
    one["size"], one["count"] = "1亿元", {"at_least": 2, "poisson": 9}
    scenario = tiny(tmp_path, {"one": one, "whole": whole}, {"behaviour": {"approval_lag": "0个月", "approval_size_correlation": 0.9}})
    found = {name: (each.low, each.high) for name, each in moved_of(scenario).items() if not name.startswith(("city", "energy"))}
    assert found == {
        "one.count": ({"at_least": 2, "poisson": 7.2}, {"at_least": 2, "poisson": 10.8}), "one.size": ("0.8亿元", "1.2亿元"),
        "one.p0": (0.72, 1.0), "one.approval": ("48%", "72%"), "whole.size": ("0.8亿元", "1.2亿元"),
        "behaviour.approval_size_correlation": (0.72, 1.0), "behaviour.discount_rate": ("4.8%", "7.2%"),
        "behaviour.lateness": ("9.6个月", "14.4个月"), "behaviour.central.share": ("20%", "30%")}


@pytest.mark.parametrize("spread", [0.05, 0.2, 0.9])
def test_shares_stay_shares(tmp_path, spread):
    loans = financed(loan=50, both=50, debt="95%", leased="90%") | {
        "loan_to_investment": {"value": {"triangular": ["90%", "95%", "100%"]}},
        "lease_to_equipment": {"value": {"normal": {"mean": 0.5, "sd": 0.05}}},
        "p0": {"value": {"discrete": [{"value": 0.5, "weight": 1}, {"value": 0.9, "weight": 2}]}},
        "equipment_share": {"value": {"lognormal": {"median": "80%", "sigma": 0.3, "max": "100%"}}}}
    scenario = tiny(tmp_path, {"one": stream("upgrade_loan_interest", SIZE, 3, **loans)})
    for each in fixed_assumptions(scenario, spread):
        for value in (each.low, each.high):
            again = with_values(scenario, {each.path: value})  # refuses shares above 1
            if each.name.split(".")[-1] in SHARES:
                distribution = getattr(again.model.population.streams["one"], each.path[-1]).value
                assert 0 <= distribution.ppf(np.array([1e-9, 0.5, 1 - 1e-9])).max() <= 1
    names = set(moved_of(scenario, spread))
    assert {"one.loan_to_investment", "one.p0", "one.equipment_share"} <= names
    assert ("one.lease_to_equipment" in names) == (spread < 0.9)  # 1.9 times this would leave 0..1


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("spread", [0.2, 0.9])
def test_every_moved_number_of_every_shipped_scenario_can_be_loaded(name, spread):
    scenario = load_scenario(name)
    found = list(fixed_assumptions(scenario, spread))
    assert len({each.name for each in found}) == len(found) > 40
    low, high = (with_values(scenario, {each.path: getattr(each, side) for each in found}) for side in ("low", "high"))
    for each in found:
        nodes = [_at(content, each.path) for content in (low.content, scenario.content, high.content)]
        assert [node["value"] for node in nodes] == [each.low, each.written, each.high], each.name


def _at(node, path):
    for step in path:
        node = node[step]
    return node


# --- the shape of what is moved -------------------------------------------------------------------------------------------


SHAPES = {
    "constant": (Money, "3000万元"), "constant in full": (Money, {"constant": "3000万元"}),
    "lognormal": (Money, {"lognormal": {"median": "1500万元", "sigma": 1.2}}),
    "lognormal by its mean": (Number, {"lognormal": {"mean": 1.08, "sd": 0.15}}),
    "truncated": (Money, {"lognormal": {"median": "1500万元", "sigma": 1.665, "max": "6000万元"}}),
    "triangular": (Share, {"triangular": ["10%", "30%", "60%"]}), "bare triangular": (Share, {"triangular": [0.1, 0.3, 0.6]}),
    "uniform": (Money, {"uniform": ["0万元", "300万元"]}), "normal": (Number, {"normal": {"mean": 5, "sd": 0.5}}),
    "pareto": (Money, {"pareto": {"min": "1000万元", "alpha": 1.5, "max": "9亿元"}}),
    "lomax": (Money, {"lomax": {"scale": "4000万元", "alpha": 2.5}}),
    "discrete": (Number, {"discrete": [{"value": 1, "weight": 50}, {"value": 2.5, "weight": 30}, {"value": 4, "weight": 20}]}),
    "mixture": (Number, {"mixture": [{"weight": 82, "of": {"triangular": [0.9, 1, 1.5]}},
                                     {"weight": 18, "of": {"pareto": {"min": 1.5, "alpha": 1.3, "max": 4}}}]}),
}


@pytest.mark.parametrize("factor", [0.8, 1.2, 0.1, 1.5])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_scaled_distribution_is_the_same_at_every_quantile_but_for_the_factor(shape, factor):
    quantity, written = SHAPES[shape]
    before, after = (Distribution[quantity].model_validate(each) for each in (written, scaled(written, factor, share=quantity is Share)))
    assert before.kind == after.kind
    assert after.mean() == pytest.approx(factor * before.mean(), rel=1e-9)
    assert after.median() == pytest.approx(factor * before.median(), rel=1e-9)
    u = np.linspace(0.001, 0.999, 99)
    assert after.ppf(u) == pytest.approx(factor * before.ppf(u), rel=1e-9)


@pytest.mark.parametrize(("parameters", "factor", "expected"), [
    ([8, 2], 0.8, [6.4, 3.6]), ([8, 2], 1.2, [9.6, 0.4]), ([8, 92], 1.2, [9.6, 90.4]), ([9, 1], 1.2, [9.9, 0.1])])
def test_of_a_beta_distribution_the_mean_moves_and_the_weight_stays(parameters, factor, expected):
    found = scaled({"beta": parameters}, factor, share=True)
    assert found["beta"] == pytest.approx(expected)
    assert Distribution[Share].model_validate(found).mean() == pytest.approx(min(factor * parameters[0] / sum(parameters), 0.99), rel=1e-4)


@pytest.mark.parametrize("written", [{"poisson": 36, "at_least": 30}, {"at_least": 30, "poisson": 36},
                                     {"negative_binomial": {"mean": 36, "dispersion": 4}, "at_least": 1}, {"poisson": 36.5}])
def test_of_a_count_the_mean_moves(written):
    before, after = (Count.model_validate(each) for each in (written, scaled(written, 1.2)))
    assert after.at_least == before.at_least
    if before.negative_binomial:
        assert after.negative_binomial.mean == pytest.approx(1.2 * before.negative_binomial.mean)
        assert after.negative_binomial.dispersion == before.negative_binomial.dispersion
    else:
        assert after.poisson == pytest.approx(1.2 * before.poisson)


@pytest.mark.parametrize("written", [{"fixed": 20}, None, True, "很多", [1, 2], {}, {"small": 1.3, "large": 1}])
def test_what_has_no_scale_is_not_moved(written):
    assert scaled(written, 1.2) is None


@pytest.mark.parametrize(("written", "factor", "share", "expected"), [
    ("1500万元", 0.8, False, "1200万元"), ("95%", 1.2, False, "100%"), (0.95, 1.2, True, 1.0), (0.95, 1.2, False, 1.14),
    ("0.95", 1.2, True, "1"),
    (-0.9, 1.2, True, -1.0), ("25bp", 1.2, False, "30bp"), ("16个月", 1 - 0.3, False, "11.2个月"),
    ({"uniform": ["90%", "100%"]}, 1.2, True, "100%"),
    ({"triangular": ["50%", "80%", "100%"]}, 1.2, True, {"triangular": ["60%", "96%", "100%"]}),
])
def test_amounts_keep_their_unit_and_shares_their_bound(written, factor, share, expected):
    assert scaled(written, factor, share=share) == expected


@pytest.mark.parametrize(("written", "text"), [
    ("4.8%", "4.8%"), (0.24, "0.24"), (3.0, "3"), (-2.0, "-2"), ({"uniform": [0.0, 2.0]}, "2"),
    ({"beta": [9.6, 0.4]}, "96%"), ({"lognormal": {"median": "1200万元", "sigma": 1.1}}, "1200万元"),
    ({"lognormal": {"mean": 1.2, "sd": 0.1}}, "1.2"), ({"at_least": 30, "poisson": 28.8}, "28.8"),
    ({"triangular": ["24%", "48%", "64%"]}, "48%"),
    ({"negative_binomial": {"mean": 1360.0, "dispersion": 40}}, "1360"), ({"pareto": {"min": "800万元", "alpha": 1.5}}, "800万元"),
    ({"lomax": {"scale": "800万元", "alpha": 2}}, "800万元"), ({"constant": "800万元"}, "800万元"),
    ({"discrete": [{"value": 1, "weight": 50}, {"value": 2, "weight": 30}]}, "1"),
    ({"mixture": [{"weight": 1, "of": 3}, {"weight": 2, "of": {"uniform": [1, 2]}}]}, "2"),
])
def test_a_moved_number_is_told_in_a_word(written, text):
    assert short_text(written) == text


# --- simulated ------------------------------------------------------------------------------------------------------------


def test_each_number_is_moved_alone_under_the_luck_that_is_given(tmp_path):
    """Streams may be named in Chinese; outlay goes with the size to the last digit."""
    world = tiny(tmp_path, {"首台套": stream("first_of_kind", SIZE, 2), "two": stream("first_of_kind", "100万元", 3)}, QUIET, INTENSITY)
    luck, ticks = SharedLuck(64, 2), []
    moved = move_assumptions(world, luck=luck, spread=0.3, progress=lambda *done: ticks.append(done))
    assert [each.name for each in moved.fixed] == [each.name for each in fixed_assumptions(world, 0.3)]
    assert len(moved.sets) == 2 * len(moved.fixed)
    assert ticks[-1] == (64 * len(moved.sets),) * 2
    outlay = luck.headlines([world])["outlay"].values[0]
    small = 0.3 * 12 * 100e4 * draw_drivers(world, 64)["award_intensity"].values
    for place, each in enumerate(moved.fixed):
        low, high = (one["outlay"].values for one in moved.pair(place))
        part = {"首台套.size": outlay - small, "two.size": small}.get(each.name, 0 * outlay)
        assert low == pytest.approx(outlay - 0.3 * part, rel=1e-9), each.name
        assert high == pytest.approx(outlay + 0.3 * part, rel=1e-9), each.name
    assert moved.texts([each.name for each in moved.fixed].index("two.size")) == ("70万元", "130万元")


@pytest.mark.parametrize("use", [
    lambda world, luck, moved: decompose_variance(world, quantities=["outlay"], luck=luck, moved=moved),
    lambda world, luck, moved: tornado(world, metrics=["outlay"], luck=luck, moved=moved)], ids=["variance", "tornado"])
def test_what_was_moved_under_other_luck_is_refused(tmp_path, use):
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 1)}, QUIET, INTENSITY, {"seed": 7})
    moved = move_assumptions(world, luck=SharedLuck(64, 2))
    assert (moved.draws, moved.seed) == (64, 7)
    use(world, SharedLuck(64, 2), moved)
    with pytest.raises(SimulatorError, match=r"64 draws of seed 7.*here there are 32 of seed 7"):
        use(world, SharedLuck(32, 2), moved)
    with pytest.raises(SimulatorError, match=r"64 draws of seed 7.*here there are 64 of seed 8"):
        use(world.with_seed(8), SharedLuck(64, 2), moved)


def test_where_nothing_is_assumed_nothing_is_moved(tmp_path):
    fact = {"basis": "fact", "source": "x"}
    stated = {"discount_rate": {"value": "6%", **fact}, "lateness": {"value": "12个月", **fact},
              "central": {"share": {"value": "25%", **fact}}}
    world = tiny(tmp_path, {"one": stream("first_of_kind", "100万元", 2) | {"size": {"value": "100万元", **fact}}}, QUIET, {
        "behaviour": QUIET["behaviour"] | stated, "city": {"base": {"value": "868亿元", **fact}},
        "energy": {"electricity_share": {"value": "50%", **fact}, "equivalent": {"value": "0.3kgce/kWh", **fact}}})
    moved = move_assumptions(world, luck=SharedLuck(8, 2))
    assert (moved.sets, moved.draws, moved.seed) == ([], 8, world.model.seed)


def test_every_set_of_drivers_has_the_headlines_of_a_run_by_itself(tmp_path, monkeypatch):
    """Bit for bit, in passes of two, among them sets with other numbers of projects."""
    monkeypatch.setattr(at, "PASS", 2)
    waves = {"negative_binomial": {"mean": 6, "dispersion": 4}}
    world = tiny(tmp_path, {"made": stream("first_of_kind", SIZE, waves),
                            "factory": stream("smart_factory", "1亿元", {"poisson": 3}, tier="benchmark"),
                            "upgrade": stream(["upgrade_loan_interest", "upgrade_lease"], SIZE, 5, count_of="potential_projects",
                                              approval=None, outcome="at_risk", **financed(loan=30, lease=30, both=20))})
    scores = normal_scores(world, 64)
    wave = [name for name in scores if name.startswith("wave.")]
    held = [{}, dict.fromkeys(wave, -1.0), {"award_intensity": 1.0}, dict.fromkeys(wave, 1.0), {"smart_factory.benchmark": -1.0}, {},
            dict.fromkeys(wave, -1.0) | {"delay": 1.0}]
    sets = [drivers_at(world, scores, each) for each in held]
    ticks = []
    found = at.headlines_at(world, sets, SharedLuck(64, 2), ticks.append)
    assert sum(ticks) == 64 * len(sets)
    frame = draw_applications(world)
    alone = [headlines(world, simulate(world, frame, each, threads=1)) for each in sets]
    for one, other in zip(found, alone, strict=True):
        assert_identical(one, other)
    assert_identical(found[0], found[5])
    assert len({one["outlay"].values.tobytes() for one in found}) == 6
    assert np.array_equal(found[1]["applications"], alone[1]["applications"])
    assert found[1]["applications"].mean() < found[0]["applications"].mean() < found[3]["applications"].mean()
    for draws in (8, 63):
        few = [drivers_at(world, normal_scores(world, draws), each) for each in held]
        own = at.headlines_at(world, few, SharedLuck(draws, 1), ticks.append)
        assert_identical(own[3].drop_vars("fingerprint"), found[3].isel(draw=slice(draws)).drop_vars("fingerprint"))  # that is of all draws


def test_numbers_are_read_as_they_are_written(baseline):
    for each in fixed_assumptions(baseline):
        if isinstance(each.written, str):
            ratio = [parse_quantity(side).value / parse_quantity(each.written).value for side in (each.low, each.high)]
            assert [float(r) for r in ratio] == pytest.approx([0.8, 1.2])
