"""Several levers with one goal against closed forms: the best point, its constraints beyond chance, budget and seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from simulator.tuning.dominance import hypervolume, non_dominated
from simulator.tuning.problem import LOWER, ONE_SIDED
from simulator.tuning.several import search_best, search_pareto
from tests.tuning.test_problem import FIRST, SECOND, YI, Made, at, normals, problem

LEVERS = ("first_of_kind.rate=5%..30%", "energy_management_centre.rate=5%..30%")


def bowl(scenario, z):
    """Backlog is least at 12% and 21%; outlay is the sum of both rates and of chance."""
    one, other = at(scenario, FIRST), at(scenario, SECOND)
    return {"outlay": YI * ((one + other) + 0.1 * z), "backlog": YI * (1 + 100 * (one - 0.12) ** 2 + 200 * (other - 0.21) ** 2 + 0.0 * z)}


def best(world, *constraints, evaluations=600, seed=1, luck=None, rule=bowl, goals=(("backlog", False),), levers=LEVERS):
    made = problem(world, rule, normals(256, 1) if luck is None else luck, *constraints, levers=levers, goals=goals)
    return search_best(made, evaluations=evaluations, seed=seed), made


def test_the_lowest_point_of_a_bowl_is_found(world):
    found, made = best(world)
    assert found.point == pytest.approx([0.12, 0.21], abs=2e-3)
    assert found.feasible and not found.interrupted
    assert len(made.known) <= 600


def test_a_goal_that_moves_by_a_thousandth_of_itself_is_searched_as_well(world):
    def high(scenario, z):
        found = bowl(scenario, z)
        return found | {"backlog": found["backlog"] + 1e5 * YI}

    found, made = best(world, rule=high)
    assert found.point == pytest.approx([0.12, 0.21], abs=2e-3)
    assert len(made.known) > 100


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_under_a_chance_constraint_it_is_where_the_gradients_agree(world, seed):
    """Of x + y = s the lowest point is where 100 (x - 12%) = 200 (y - 21%); s leaves room for chance and for error."""
    found, made = best(world, "P(outlay<=4500万元)>=90%", seed=seed)
    x, y = found.point
    room = made.rooms(found.point[None], ONE_SIDED)[0, 0, LOWER]
    s = x + y + room / YI
    assert 0 <= room < 0.002 * YI
    assert s == pytest.approx(0.45 - 0.1 * ndtri(0.9), abs=0.03) and s < 0.33
    assert found.point == pytest.approx([0.12 - (0.33 - s) * 2 / 3, 0.21 - (0.33 - s) / 3], abs=8e-3)


def test_what_is_dear_and_allowed_comes_before_what_is_cheap_and_forbidden(world):
    """Hardly anything is allowed, nothing of the first generation; and what is costs 10^8 times what its violation is measured by."""
    found, made = best(world, "mean(outlay)>=5800万元")
    opening = np.array(list(made.known)[:16])
    assert (made.costs_and_violations(opening)[1] > 0).all()
    assert found.feasible
    assert 0 <= made.rooms(found.point[None], ONE_SIDED)[0, 0, LOWER] < 0.001 * YI


def test_where_nothing_is_allowed_the_nearest_is_told(world):
    found, _ = best(world, "mean(outlay)>=7000万元")
    assert not found.feasible
    assert found.point == pytest.approx([0.3, 0.3], abs=1e-3)


@pytest.mark.parametrize("evaluations", [1, 7, 16, 50])
def test_the_budget_is_kept_to_the_point(world, evaluations):
    found, made = best(world, evaluations=evaluations)
    assert len(found.point) == 2 and len(made.known) == sum(map(len, made.luck.calls)) == evaluations


def test_the_same_seed_gives_the_same_and_another_seed_another_point(world):
    one, again, other = (best(world, evaluations=100, seed=seed)[0] for seed in (5, 5, 6))
    assert one.point.tobytes() == again.point.tobytes()
    assert one.point.tobytes() != other.point.tobytes()


def test_an_interrupt_keeps_the_best_so_far(world):
    found, made = best(world, luck=Made(bowl, normals(64, 1), interrupt_at=4))
    assert found.interrupted and found.feasible
    assert len(made.known) == 64
    costs = made.costs(np.array(list(made.known)))[:, 0, 0]
    assert made.costs(found.point[None])[0, 0, 0] == costs.min()
    with pytest.raises(KeyboardInterrupt):
        best(world, luck=Made(bowl, normals(64, 1), interrupt_at=0))


WIDE = (*LEVERS, "first_of_kind.cap=1000万元..2000万元")


def test_an_interrupt_within_a_generation_loses_no_point_that_was_simulated(world):
    """A generation of three levers is 24 points, 32 of Sobol at first: more than a batch."""
    goals = [("backlog", False)]
    for calls in (1, 3):
        made = problem(world, None, Made(bowl, normals(64, 1), interrupt_at=calls), levers=WIDE, goals=goals)
        found = search_best(made, evaluations=600, seed=1)
        assert found.interrupted and len(made.known) == sum(map(len, made.luck.calls)) > 0
        costs = made.costs(np.array(list(made.known)))[:, 0, 0]
        assert made.costs(found.point[None])[0, 0, 0] == costs.min()
        assert len(made.luck.calls) == calls


@pytest.mark.parametrize("calls", [1, 3, 4])
def test_an_interrupt_of_a_front_within_a_generation_loses_no_point_either(world, calls):
    """Generations of 40 points are handed over as 16, 16 and 8."""
    goals = [("backlog", False), ("outlay", False)]
    made = problem(world, None, Made(bowl, normals(64, 1), interrupt_at=calls), levers=LEVERS, goals=goals)
    front = search_pareto(made, evaluations=600, seed=1)
    assert front.interrupted and len(front.all_points) == len(made.known) == {1: 16, 3: 40, 4: 56}[calls]
    costs = made.costs(np.array(list(made.known)))[..., 0]
    assert sorted(front.objectives[:, 0]) == pytest.approx(sorted(costs[non_dominated(costs), 0]))
    with pytest.raises(KeyboardInterrupt):
        search_pareto(problem(world, None, Made(bowl, normals(64, 1), interrupt_at=0), levers=LEVERS, goals=goals), evaluations=600, seed=1)


def test_of_steps_the_best_step_is_found(world):
    found, _ = best(world, levers=tuple(f"{each}:1%" for each in LEVERS))
    assert found.point == pytest.approx([0.12, 0.21])


def test_the_front_of_two_goals_is_the_line_between_their_lowest_points(world):
    """One goal is least at 10% and 10%, the other at 25% and 20%."""
    def rule(scenario, z):
        point = np.array([at(scenario, FIRST), at(scenario, SECOND)])
        return {"outlay": YI * ((point - [0.1, 0.1]) ** 2).sum() + 0.0 * z, "backlog": YI * ((point - [0.25, 0.2]) ** 2).sum() + 0.0 * z}
    made = problem(world, rule, normals(64, 1), levers=LEVERS, goals=[("outlay", False), ("backlog", False)])
    front = search_pareto(made, evaluations=600, seed=1)
    reached = front.objectives / YI / (0.15**2 + 0.1**2)
    assert len(front.points) > 20
    assert hypervolume(reached, np.ones(2)) >= 0.98 * 5 / 6  # the integral of 1 - (1 - sqrt(f1))**2
    assert len(front.all_points) == 600 == len(made.known)


def test_the_search_begins_where_the_levers_stand(world):
    made = problem(world, bowl, normals(64, 1), levers=LEVERS, goals=[("outlay", False), ("backlog", False)])
    front = search_pareto(made, evaluations=3, seed=1, population=2)
    assert front.all_points[0] == pytest.approx([0.3, 0.2])  # 不超过30%; 20%
