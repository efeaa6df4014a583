"""One lever against closed forms: how often the interval has the truth, how often the safe value keeps the constraint."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from simulator.levers import read_range
from simulator.metrics import read_constraint
from simulator.summary import T_OF_EIGHT
from simulator.tuning.one_lever import solve
from simulator.tuning.problem import Problem
from simulator.variants import SharedLuck
from tests.support import CERTAIN, stream, tiny, with_seed
from tests.tuning.test_problem import FIRST, QUOTA, YI, at, normals, paid, problem

SEEDS = range(200)
ENOUGH = 184  # of 200: 3 of 1000 who are right in 95% of cases would fail, of those right in 88% all but 4 of 1000
ENOUGH_OF_100 = 89
SAFE = 188  # of 200 where 97.5% are meant
Q95 = float(np.exp(ndtri(0.95)))  # of the lognormal of median and sigma 1


def lognormal(rate, z):
    return rate * YI * np.exp(z)


def waiting(rate, z):
    """Falls with the lever, and not in proportion: to be below a bound takes a large enough rate."""
    return YI * np.exp(z - 6 * rate)


def counted(solutions, exact):
    return sum(each.low <= exact <= each.high for each in solutions)


# --- how often ----------------------------------------------------------------------------------------------------------


CASES = {
    "largest rate within a budget": (lognormal, f"P(outlay<={0.16 * Q95:.9f}亿元)>=95%", "largest", 0.16),
    "largest rate, said the other way": (lognormal, f"P(outlay>{0.16 * Q95:.9f}亿元)<=5%", "largest", 0.16),
    "smallest rate that is enough": (lognormal, f"P(outlay>={0.16 / Q95:.9f}亿元)>=95%", "smallest", 0.16),
    "a median": (lognormal, "P(outlay<=1600万元)>=50%", "largest", 0.16),
    "smallest, of what falls": (waiting, f"P(outlay<={Q95 * np.exp(-6 * 0.16):.9f}亿元)>=95%", "smallest", 0.16),
    "a mean": (lambda rate, z: YI * (rate + 0.2 * z), "mean(outlay)<=1600万元", "largest", 0.16),
    "two at once": (lognormal, f"P(outlay<={0.16 * Q95:.9f}亿元 & outlay>=0元)>=95%", "largest", 0.16),
}


@pytest.mark.parametrize("case", CASES)
def test_the_interval_has_the_closed_form_in_95_of_100_seeds(world, case):
    rule, text, prefer, exact = CASES[case]
    found = [solve(problem(world, paid(rule), normals(512, seed), text), prefer) for seed in SEEDS]
    assert {each.status for each in found} == {"edge"}
    assert counted(found, exact) >= ENOUGH, counted(found, exact)
    holds = sum(each.safe <= exact if prefer == "largest" else each.safe >= exact for each in found)
    assert holds >= SAFE, holds
    assert np.mean([each.value for each in found]) == pytest.approx(exact, rel=0.02)
    assert all(0.05 <= each.low <= each.value <= each.high <= 0.3 for each in found)


def test_scrambles_of_a_sobol_sequence_are_no_reason_to_be_too_sure(world):
    """In one dimension they are far better than chance, and the interval is narrow, but has the truth."""
    text = f"P(outlay<={0.16 * Q95:.9f}亿元)>=95%"
    found = [solve(problem(world, paid(lognormal), normals(512, seed, sobol=True), text), "largest") for seed in SEEDS[:100]]
    assert counted(found, 0.16) >= ENOUGH_OF_100, counted(found, 0.16)
    assert np.mean([each.high - each.low for each in found]) < 0.02


def test_few_draws_give_wide_intervals_that_have_the_truth(world):
    found = [solve(problem(world, paid(lognormal), normals(100, seed), "P(outlay<=2000万元)>=80%"), "largest") for seed in SEEDS]
    assert counted(found, 0.2 / np.exp(ndtri(0.8))) >= ENOUGH


@pytest.mark.parametrize(("step", "last"), [(1, 0.16), (2.5, 0.15)])
def test_of_steps_the_safe_one_is_never_beyond(world, step, last):
    """16.4% is the exact edge."""
    text, levers = f"P(outlay<={0.164 * Q95:.9f}亿元)>=95%", [f"first_of_kind.rate=5%..30%:{step}%"]
    found = [solve(problem(world, paid(lognormal), normals(512, seed), text, levers=levers), "largest") for seed in SEEDS[:100]]
    assert sum(each.safe <= last + 1e-9 for each in found) >= 94
    assert {round((each.safe - 0.05) / (step / 100), 6) % 1 for each in found} == {0}
    assert counted(found, 0.164) >= ENOUGH_OF_100


def test_of_steps_finer_than_the_scan_the_very_last_that_holds_is_found(world):
    levers = ["first_of_kind.rate=5%..30%:0.1%"]
    up = problem(world, paid(lambda rate, z: rate * YI), normals(64, 1), "outlay<=1634万元", levers=levers)
    assert solve(up, "largest").safe == pytest.approx(0.163)
    assert solve(up, "largest").value == pytest.approx(0.1634)
    down = problem(world, paid(lambda rate, z: rate * YI), normals(64, 1), "outlay>=1634万元", levers=levers)
    assert solve(down, "smallest").safe == pytest.approx(0.164)
    assert len(down.known) < 60


def test_whole_numbers_are_found_as_whole_numbers(world):
    def places(scenario, z):
        return {"awards": at(scenario, QUOTA) + 0.0 * z}
    levers = ["first_of_kind.quota=1..200"]
    capped = tiny_with_quota(world)
    assert solve(problem(capped, places, normals(64, 1), "awards<=77.5", levers=levers), "largest").safe == 77
    assert solve(problem(capped, places, normals(64, 1), "awards<=77", levers=levers), "largest").safe == 77
    assert solve(problem(capped, places, normals(64, 1), "awards>=77.5", levers=levers), "smallest").safe == 78


def tiny_with_quota(world):
    from simulator.changes import with_values

    return with_values(world, {QUOTA: 50})


def test_the_simulator_itself_finds_the_closed_form(tmp_path):
    """One product of lognormal price a year, of which a share is paid at once: of the payments of 2024, Q95 is known."""
    world = tiny(tmp_path, {"one": stream("first_of_kind", {"lognormal": {"median": "1亿元", "sigma": 1.0}}, 1)}, CERTAIN,
                 {"readings": {"response": "none"}, "instruments": {"first_of_kind": {"cap": None}}})
    lever = read_range(world, "first_of_kind.rate=5%..30%")
    budget = read_constraint(f"P(outlay.2024<={0.16 * Q95:.9f}亿元)>=95%")
    found = [solve(Problem(with_seed(world, seed), [lever], [], [budget], SharedLuck(512)), "largest") for seed in range(20)]
    assert counted(found, 0.16) >= 16, counted(found, 0.16)
    assert sum(each.safe <= 0.16 for each in found) >= 17
    assert np.mean([ndtr(np.log(0.16 / each.safe) + ndtri(0.95)) for each in found]) > 0.96  # P(outlay <= b) at the safe value


# --- where ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "prefer", "expected"), [
    ("outlay<=1亿元", "largest", ("end", 0.3)), ("outlay<=1亿元", "smallest", ("end", 0.05)),
    ("outlay>=1亿元", "largest", ("none", np.nan)), ("outlay<=1600万元", "largest", ("edge", 0.16)),
    ("outlay<=1600万元", "smallest", ("end", 0.05)), ("outlay>=1600万元", "smallest", ("edge", 0.16)),
    ("outlay>=1600万元", "largest", ("end", 0.3)), ("outlay>1600万元", "smallest", ("edge", 0.16)),
])
def test_edges_ends_and_nothing(world, text, prefer, expected):
    found = solve(problem(world, paid(lambda rate, z: rate * YI), normals(64, 1), text), prefer)
    assert (found.status, found.value) == pytest.approx(expected, nan_ok=True)
    assert [found.low, found.high, found.safe] == pytest.approx([expected[1]] * 3, abs=1e-4, nan_ok=True)


def test_certain_worlds_are_solved_to_a_millionth_though_far_from_straight(world):
    made = problem(world, paid(lambda rate, z: YI * rate**9), normals(64, 1), f"outlay<={0.1637**9:.18f}亿元")
    assert solve(made, "largest").value == pytest.approx(0.1637, abs=1e-6)
    jump = problem(world, paid(lambda rate, z: YI * (rate > 0.1637)), normals(64, 1), "outlay<=1元")
    found = solve(jump, "largest")
    assert found.value == pytest.approx(0.1637, abs=1e-6)
    assert len(jump.known) < 120


BARELY = f"P(outlay<={0.052 * Q95:.9f}亿元)>=95%"  # the exact edge is 5.2%: of few draws the lower bound holds nowhere
MIRRORED = f"P(outlay<={Q95 * np.exp(-6 * 0.298):.9f}亿元)>=95%"  # likewise 29.8% of what falls


@pytest.mark.parametrize(("text", "rule", "prefer", "end"), [
    (BARELY, lognormal, "largest", 0.05), (MIRRORED, waiting, "smallest", 0.3),
])
@pytest.mark.parametrize("levers", ["first_of_kind.rate=5%..30%", "first_of_kind.rate=5%..30%:1%"])
def test_where_the_lower_bound_holds_nowhere_no_value_is_safe(world, text, rule, prefer, end, levers):
    found = [solve(problem(world, paid(rule), normals(256, seed), text, levers=[levers]), prefer) for seed in SEEDS[:40]]
    held = [each for each in found if each.status != "none"]
    assert len(held) > 10
    assert {each.status for each in held} == {"edge"}
    unsafe = [each for each in held if np.isnan(each.safe)]
    assert len(unsafe) > 10
    assert all(end in (each.low, each.high) and each.low <= each.value <= each.high for each in unsafe)


def test_of_one_step_that_holds_by_luck_only_no_value_is_safe(world):
    """10% is the only value of this range, and keeps its bound on the draws, but not beyond chance."""
    z = normals(256, 1)
    text = f"mean(outlay)<={(0.1 + 0.1 * z.mean()) + 1e-3:.9f}亿元"
    made = problem(world, paid(lambda rate, z: YI * (rate + 0.1 * z)), z, text, levers=["first_of_kind.rate=10%..12%:5%"])
    for prefer in ("largest", "smallest"):
        found = solve(made, prefer)
        assert found.value == pytest.approx(0.1) and np.isnan(found.safe)


def test_an_end_that_holds_by_chance_is_an_edge(world):
    """The exact edge is 29.9%: luck may say that the whole range holds, and must not be sure."""
    text = f"P(outlay<={0.299 * Q95:.9f}亿元)>=95%"
    found = [solve(problem(world, paid(lognormal), normals(512, seed), text), "largest") for seed in SEEDS]
    assert sum(each.value == 0.3 for each in found) > 50
    assert counted(found, 0.299) >= ENOUGH, counted(found, 0.299)
    assert {each.status for each in found if each.low < 0.3} == {"edge"}


def test_of_two_stretches_that_hold_the_outermost_counts(world):
    """Holds up to 10%, and between 20% and 25%."""
    def rule(rate, z):
        return YI * (rate - 0.1) * (rate - 0.2) * (rate - 0.25)
    made = problem(world, paid(rule), normals(64, 1), "outlay<=0元")
    assert solve(made, "largest").value == pytest.approx(0.25, abs=1e-4)
    assert solve(made, "smallest").status == "end"
    other = problem(world, paid(rule), normals(64, 1), "outlay>=0元")
    assert solve(other, "smallest").value == pytest.approx(0.1, abs=1e-4)


def test_of_several_constraints_the_tightest_decides(world):
    def rule(scenario, z):
        return {"outlay": at(scenario, FIRST) * YI, "outlay_peak": at(scenario, FIRST) ** 2 * YI}
    made = problem(world, rule, normals(64, 1), "outlay<=2000万元", "outlay_peak<=400万元", "mean(outlay)<=1800万元")
    assert solve(made, "largest").value == pytest.approx(0.18)


def test_a_lever_that_changes_nothing_holds_everywhere_or_nowhere(world):
    for text, status in (("outlay<=1亿元", "end"), ("outlay<=1000万元", "none")):
        assert solve(problem(world, paid(lambda rate, z: 0.5 * YI), normals(64, 1), text), "largest").status == status


def test_the_same_luck_gives_the_same_solution_and_an_interrupt_is_passed_on(world):
    text = f"P(outlay<={0.16 * Q95:.9f}亿元)>=95%"
    one, other = (solve(problem(world, paid(lognormal), normals(512, 3), text), "largest") for _ in range(2))
    assert one == other
    made = problem(world, paid(lognormal), normals(64, 1), text)
    made.luck.interrupt_at = 1
    with pytest.raises(KeyboardInterrupt):
        solve(made, "largest")


# --- goals ------------------------------------------------------------------------------------------------------------------


def valley(bottom, noise):
    """A goal whose lowest point lies at `bottom`, moved by luck that all values share."""
    return lambda rate, z: YI * ((rate - bottom - noise * z) ** 2 + 0.5 * z)


@pytest.mark.parametrize("bottom", [0.1637, 0.294])
def test_the_vertex_of_a_goal_is_in_its_interval_in_95_of_100_seeds(world, bottom):
    found = [solve(problem(world, paid(valley(bottom, 0.1)), normals(512, seed), goals=[("outlay", False)]), "best") for seed in SEEDS]
    assert counted(found, bottom) >= ENOUGH, counted(found, bottom)
    assert all(0.05 <= each.low <= each.value <= each.high <= 0.3 for each in found)
    assert np.mean([each.high - each.low for each in found]) < 0.03


def test_the_vertex_of_a_goal_that_is_no_parabola(world):
    """x log x has its lowest point at 1/e."""
    def rule(rate, z):
        x = rate / 0.16 / np.e
        return YI * (x * np.log(x) + 2 + 0.02 * z * x)
    found = [solve(problem(world, paid(rule), normals(512, seed), goals=[("outlay", False)]), "best") for seed in SEEDS[:100]]
    assert counted(found, 0.16) >= ENOUGH_OF_100, counted(found, 0.16)


@pytest.mark.parametrize(("slope", "end"), [(1, 0.05), (-1, 0.3)])
def test_a_goal_that_only_rises_or_falls_ends_at_the_end(world, slope, end):
    for rule in (lambda rate, z: slope * YI * (rate + 0.1 * z), lambda rate, z: slope * YI * (1 - np.exp(-rate * (3 + z * 0.1)))):
        found = solve(problem(world, paid(rule), normals(512, 1), goals=[("outlay", False)]), "best")
        assert (found.status, found.value, found.low, found.high, found.safe) == ("end", end, end, end, end)


def test_a_goal_that_a_constraint_stops_ends_at_its_edge(world):
    def rule(scenario, z):
        rate = at(scenario, FIRST)
        return {"outlay": lognormal(rate, z), "induced_investment": 2 * YI * rate + 0.0 * z}
    text, goals = f"P(outlay<={0.16 * Q95:.9f}亿元)>=95%", [("induced_investment", True)]
    found = [solve(problem(world, rule, normals(512, seed), text, goals=goals), "best") for seed in SEEDS[:100]]
    assert {each.status for each in found} == {"edge"}
    assert counted(found, 0.16) >= ENOUGH_OF_100


@pytest.mark.parametrize("bottom", [0.158, 0.1591, 0.17])
def test_a_goal_that_turns_shortly_before_an_edge_and_one_that_turns_behind_it(world, bottom):
    """Constraints hold up to 16%."""
    def rule(scenario, z):
        rate = at(scenario, FIRST)
        return {"outlay": rate * YI + 0.0 * z, "backlog": valley(bottom, 0.0)(rate, z)}
    found = solve(problem(world, rule, normals(64, 1), "outlay<=1600万元", goals=[("backlog", False)]), "best")
    assert found.value == pytest.approx(min(bottom, 0.16), abs=1e-4)
    assert found.status == ("edge" if bottom > 0.16 else "inside")


def test_the_best_value_is_safe_only_where_constraints_hold_beyond_chance(world):
    """Backlog is least at 16%; the mean outlay keeps its bound there by a tenth of a standard error, or nowhere beyond chance."""
    z = normals(256, 1)
    error = z.reshape(32, 8).mean(axis=0).std(ddof=1) / np.sqrt(8)
    for slope, nowhere in ((1.0, False), (0.0, True)):
        def rule(scenario, z, slope=slope):
            rate = at(scenario, FIRST)
            return {"outlay": YI * (slope * rate + z - z.mean()), "backlog": YI * (rate - 0.16) ** 2 + 0.0 * z}
        bound = slope * 0.16 + 0.1 * error
        made = problem(world, rule, z, f"mean(outlay)<={bound:.9f}亿元", goals=[("backlog", False)])
        found = solve(made, "best")
        assert found.value == pytest.approx(0.16, abs=1e-3)
        assert np.isnan(found.safe) == (nowhere or 0.05 * slope + T_OF_EIGHT * error > bound)


def test_the_best_step_is_a_step(world):
    made = problem(world, paid(valley(0.1637, 0.0)), normals(64, 1), goals=[("outlay", False)], levers=["first_of_kind.rate=5%..30%:1%"])
    assert solve(made, "best").safe == pytest.approx(0.16)
