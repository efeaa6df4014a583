"""What is tuned: rooms of constraints and their bounds, points simulated once, and worlds made up for the other tests here."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.special import ndtri
from scipy.stats import qmc

from simulator.errors import SimulatorError
from simulator.levers import read_range
from simulator.metrics import read_constraint, read_metric
from simulator.tuning.problem import AT, BATCH, LOWER, ONE_SIDED, UPPER, Goal, Problem, room
from simulator.units import parse_quantity
from tests.support import CERTAIN, stream, tiny

YI = 1e8
FIRST = ("policy", "instruments", "first_of_kind", "rate")
SECOND = ("policy", "instruments", "energy_management_centre", "rate")
QUOTA = ("policy", "instruments", "first_of_kind", "quota", "count")


def normals(draws, seed, sobol=False):
    """float64[draw]: as independent numbers, or as eight scrambles of a Sobol sequence side by side."""
    if not sobol:
        return np.random.default_rng(seed).standard_normal(draws)
    found = np.empty(draws)
    for k in range(8):
        found[k::8] = ndtri(qmc.Sobol(1, rng=np.random.default_rng([seed, k])).random(draws // 8)[:, 0])
    return found


def at(scenario, path):
    """A number of a scenario as its levers put it there."""
    node = scenario.content
    for step in path:
        node = node[step]
    return float(parse_quantity(node["value"] if isinstance(node, dict) and "value" in node else node).value)


class Made:
    """In place of a simulation: headlines that are functions of the levers and of one normal number a draw."""

    threads = None

    def __init__(self, rule, luck, interrupt_at=None):
        self.rule, self.luck, self.interrupt_at, self.calls = rule, luck, interrupt_at, []

    def headlines(self, variants, progress=None):
        if len(self.calls) == self.interrupt_at:
            raise KeyboardInterrupt
        self.calls.append([each.name for each in variants])
        found = [self.rule(each, self.luck) for each in variants]
        nothing = np.zeros(len(self.luck))
        return xr.Dataset({name: (("variant", "draw"), np.stack([each[name] + nothing for each in found])) for name in found[0]},
                          coords={"variant": [each.name for each in variants]}, attrs={"scrambles": 8})


def paid(amount):
    """Outlay as a function of the rate of first_of_kind and of luck."""
    return lambda scenario, z: {"outlay": amount(at(scenario, FIRST), z)}


def small_world(folder):
    return tiny(folder, {"one": stream("first_of_kind", "1亿元", 1)}, CERTAIN)


def problem(world, rule, luck, *constraints, levers=("first_of_kind.rate=5%..30%",), goals=(), **how):
    made = luck if isinstance(luck, Made) else Made(rule, luck)
    return Problem(world, [read_range(world, each) for each in levers], [Goal(read_metric(text), up) for text, up in goals],
                   [read_constraint(text) for text in constraints], made, **how)


def lines(values):
    return Made(lambda *_: {"outlay": values}, values).headlines([type("Named", (), {"name": "one"})]).isel(variant=0)


@pytest.mark.parametrize(("inner", "outer", "level"), [("<=", ">=", 0.9), (">=", ">=", 0.2), ("<=", "<=", 0.3), (">=", "<=", 0.05)])
def test_the_room_of_a_chance_constraint_has_the_sign_of_its_probability(inner, outer, level):
    values = np.exp(normals(512, 3)) * YI
    for bound in np.linspace(0.1, 6, 60):
        constraint = read_constraint(f"P(outlay{inner}{bound:.6f}亿元){outer}{level:.0%}")
        share = constraint.metric.estimate(lines(values)).value
        if abs(share - level) > 1 / 512:
            assert (room(constraint, lines(values), 1.0)[AT] >= 0) == bool(constraint.condition.holds(np.array(share))), bound


def test_rooms_lie_between_their_bounds_which_widen_with_the_errors():
    one = lines(np.exp(normals(512, 3)) * YI)
    for text in ("P(outlay<=5亿元)>=95%", "P(outlay>=5亿元)<=10%", "mean(outlay)<=2亿元", "p95(outlay)<=5亿元",
                 "P(outlay<=5亿元 & outlay>=1亿元)>=20%", "P(outlay<=5亿元)>=100%"):
        near, far = (room(read_constraint(text), one, errors) for errors in (1.0, 2.0))
        assert far[LOWER] <= near[LOWER] <= near[AT] == far[AT] <= near[UPPER] <= far[UPPER], text
        assert near[LOWER] < near[UPPER]


def test_the_bounds_of_a_room_hold_the_truth_as_often_as_stated():
    """Of 400 samples, the one-sided 95% bound on Q95 of a lognormal; 365 of 400 is three errors below 95%."""
    bound = np.exp(ndtri(0.95))
    constraint = read_constraint(f"P(outlay<={bound:.9f}亿元)>=95%")
    below = sum(room(constraint, lines(np.exp(normals(256, seed)) * YI), ONE_SIDED)[LOWER] <= 0 for seed in range(400))
    assert 365 <= below


def test_a_mean_has_the_bounds_of_its_scrambles():
    values = normals(800, 5) * YI
    own = values.reshape(100, 8).mean(axis=0)
    expected = 2 * YI - values.mean() + np.array([-1, 0, 1]) * own.std(ddof=1) / np.sqrt(8)
    assert room(read_constraint("outlay<=2亿元"), lines(values), 1.0) == pytest.approx(expected)


@pytest.mark.parametrize(("text", "share"), [("P(outlay<=5亿元 & outlay>=1亿元)>=99%", 1.0), ("P(outlay<=5亿元 & outlay>=4亿元)<=1%", 0.0),
                                             ("joint>=99%", 1.0), ("P(joint>=1)>=99%", 1.0)])
def test_a_share_of_all_or_no_draws_is_not_certain(text, share):
    """Of n draws the rule of three: 1.5/n for a standard error."""
    for draws in (64, 512):
        one = Made(lambda *_, n=draws: {"outlay": np.full(n, 2 * YI), "joint": np.ones(n)}, np.zeros(draws)).headlines(
            [type("Named", (), {"name": "one"})]).isel(variant=0)
        constraint = read_constraint(text)
        found = room(constraint, one, 2.0)
        assert found[AT] == pytest.approx(constraint.condition.margin(np.array(share)))
        assert found - found[AT] == pytest.approx(np.array([-1, 0, 1]) * 2.0 * 1.5 / draws)
        assert constraint.metric.estimate(one).error == 1.5 / draws


@pytest.mark.parametrize("over", [60, 100])
def test_a_bound_of_nought_weighs_as_much_as_one_of_the_size_of_what_is_paid(world, over):
    """An overrun is what outlay has above 60亿元; or above 100亿元, where as things stand no draw has any."""
    def rule(scenario, z):
        outlay = YI * np.clip(60 + 100 * (at(scenario, FIRST) - 0.3) + 20 * z, 0, 99 if at(scenario, FIRST) == 0.3 else 200)
        return {"outlay": outlay, "overrun": np.maximum(outlay - over * YI, 0.0)}
    made = problem(world, rule, normals(256, 1), "P(overrun<=0元)>=90%", "P(outlay<=80亿元)>=90%", "mean(overrun)<=0元",
                   "P(overrun<=0元 & outlay<=80亿元)<=0%", goals=[("outlay", False)], levers=["first_of_kind.rate=5%..90%"])
    nought, stated, of_mean, of_share = made.sizes()
    assert stated == 80 * YI and of_share == 1.0
    assert stated / 10 < nought == of_mean < stated
    broken = made.costs_and_violations(np.array([[0.9]]))[1][0]
    assert 0.05 < broken[0] / broken[1] < 20  # measured by 1 CNY it would be 10^10
    assert sum(names == ["as.it.stands"] for names in made.luck.calls) == 1


def test_where_all_is_nought_a_bound_of_nought_is_measured_by_1(world):
    made = problem(world, lambda *_: {"outlay": 0.0, "awards": 0.0}, normals(64, 1), "P(outlay<=0元)>=90%", "awards<=0", "in_budget<=0%")
    assert made.sizes().tolist() == [1, 1, 1]


@pytest.mark.parametrize("text", ["in_budget>=90%", "P(in_budget>=1)>=90%"])
def test_a_figure_that_is_not_stated_is_refused_as_constraint_and_as_goal(world, text):
    def rule(*_):
        return {"in_budget": np.nan}
    with pytest.raises(SimulatorError, match=r"in_budget.*没有该指标"):
        problem(world, rule, normals(64, 1), text).rooms(np.array([[0.1]]), 1.0)
    with pytest.raises(SimulatorError, match=r"in_budget.*没有该指标"):
        problem(world, rule, normals(64, 1), goals=[("in_budget", True)]).costs(np.array([[0.1]]))


def test_where_nothing_is_paid_a_ratio_to_outlay_is_nought(world):
    def rule(*_):
        return {"outlay": 0.0, "induced_investment": 0.0}
    made = problem(world, rule, normals(64, 1), "leverage_net>=1", goals=[("leverage_net", True)])
    assert made.rooms(np.array([[0.1]]), 1.0).tolist() == [[[-1, -1, -1]]]
    assert not made.costs(np.array([[0.1]])).any()


def test_every_point_is_simulated_once_and_in_batches(world):
    told = []
    made = problem(world, paid(lambda rate, z: rate * YI), normals(64, 1), "outlay<=1亿元", budget=50,
                   progress=lambda *done: told.append(done))
    points = np.linspace(0.05, 0.3, 20)[:, None]
    outlays = made.values(np.concatenate([points, points[::-1]]), [read_metric("outlay")])[:, 0, 0]
    assert outlays == pytest.approx(np.concatenate([points, points[::-1]])[:, 0] * YI)
    made.rooms(points, 1.0)
    assert [len(names) for names in made.luck.calls] == [BATCH, 20 - BATCH]
    assert told == [(BATCH, 50), (20, 50)]


def test_an_interrupt_leaves_the_batches_that_were_done(world):
    made = problem(world, None, Made(paid(lambda rate, z: rate * YI), normals(64, 1), interrupt_at=1), "outlay<=1亿元")
    with pytest.raises(KeyboardInterrupt):
        made.lines(np.linspace(0.05, 0.3, 20)[:, None])
    assert len(made.known) == BATCH


def test_a_constraint_counts_as_met_only_beyond_chance(world):
    made = problem(world, paid(lambda rate, z: YI * (rate + 0.1 * z)), normals(256, 1), "mean(outlay)<=2000万元", goals=[("outlay", True)])
    points = np.linspace(0.15, 0.25, 101)[:, None]
    costs, violations = made.costs_and_violations(points)
    rooms = made.rooms(points, ONE_SIDED)[:, 0]
    assert (np.diff(costs[:, 0]) < 0).all()
    assert ((violations[:, 0] <= 0) == (rooms[:, LOWER] >= 0)).all()
    assert ((rooms[:, AT] >= 0) & (violations[:, 0] > 0)).any()


def test_steps_bring_points_together(world):
    made = problem(world, paid(lambda rate, z: rate * YI), normals(64, 1), "outlay<=1亿元", levers=["first_of_kind.rate=5%..30%:1%"])
    found = made.values(np.array([[0.1204], [0.1196], [0.9]]), [read_metric("outlay")])[:, 0, 0]
    assert found == pytest.approx([0.12 * YI, 0.12 * YI, 0.3 * YI])
    assert len(made.known) == 2
