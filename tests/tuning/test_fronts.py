"""Fronts found by search: against fronts known in closed form, point by point, and whatever interrupts them."""

from __future__ import annotations

import random
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from simulator.errors import SimulatorError
from simulator.tuning.dominance import growth, hypervolume, non_dominated
from simulator.tuning.fronts import Front, search_front

ZERO, ONE = np.zeros(5), np.ones(5)


class Counted:
    """An evaluator that keeps what it was asked."""

    def __init__(self, evaluate, interrupt_at=None):
        self.evaluate, self.interrupt_at, self.batches = evaluate, interrupt_at, []

    def __call__(self, points):
        if len(self.batches) == self.interrupt_at:
            raise KeyboardInterrupt
        self.batches.append(points.copy())
        return self.evaluate(points)

    @property
    def points(self):
        return np.concatenate(self.batches)


def free(points):
    return np.empty((len(points), 0))


def square_root(points):
    """ZDT1 (Zitzler, Deb, Thiele 2000) with its optimum moved off the corner: x2 .. = 0.3 on the front."""
    far = 1 + 9 * ((points[:, 1:] - 0.3) ** 2).sum(axis=1) / max(points.shape[1] - 1, 1)
    return np.column_stack([points[:, 0], far * (1 - np.sqrt(points[:, 0] / far))]), free(points)


def binh_korn(points):
    """BNH (Binh, Korn 1997); on its front x2 = min(x1, 3)."""
    a, b = points.T
    return (np.column_stack([4 * a**2 + 4 * b**2, (a - 5) ** 2 + (b - 5) ** 2]),
            np.column_stack([(a - 5) ** 2 + b**2 - 25, 7.7 - (a - 8) ** 2 - (b + 3) ** 2]))


def hopeless(points):
    """Neither constraint can be met; measured by their largest values, 3 and 3 million, x1 = 0 violates them least."""
    return points, np.column_stack([1 + 2 * points[:, 0], 1e6 * (3 - points[:, 0])])


def same(one: Front, other: Front) -> bool:
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes()
               for name in ("points", "objectives", "all_points", "all_objectives", "hypervolume"))


@pytest.fixture(scope="module")
def found():
    return search_front(square_root, ZERO, ONE)


def test_the_front_of_zdt1_is_found(found):
    assert (found.objectives[:, 1] - (1 - np.sqrt(found.objectives[:, 0]))).max() < 0.02
    assert hypervolume(found.objectives, np.array([1.0, 1.0])) >= 0.98 * 2 / 3  # the integral of sqrt(f1)
    assert non_dominated(found.objectives).all()
    assert (np.diff(found.objectives[:, 0]) > 0).all()
    assert found.nearest is None and not found.interrupted


def test_the_front_under_constraints_of_bnh_is_found():
    found = search_front(binh_korn, np.zeros(2), np.array([5.0, 3.0]))
    line = np.linspace(0, 5, 20001)
    true, constraints = binh_korn(np.column_stack([line, np.minimum(line, 3)]))
    true, reference = true[(constraints <= 0).all(axis=1)], np.array([140.0, 50.0])
    assert hypervolume(found.objectives, reference) >= 0.98 * hypervolume(true, reference)
    distances = np.abs((found.objectives[:, None] - true[None, ::20]) / reference).max(axis=2).min(axis=1)
    assert distances.max() < 0.02
    assert (found.constraints <= 0).all()


def test_no_budget_is_exceeded_more_often_than_allowed():
    draws = norm.ppf((np.arange(2000) + 0.5) / 2000)

    def over(points):
        """Spend less, reach more; spending is x1 + x2 + x2 z, and 3 may be exceeded in 10% of the draws."""
        spent = points.sum(axis=1)[:, None] + points[:, 1:] * draws
        return np.column_stack([spent.mean(axis=1), -points[:, 0] - 2 * points[:, 1]]), (spent > 3).mean(axis=1)[:, None] - 0.1

    found = search_front(over, np.zeros(2), np.full(2, 2.0))
    assert ((3 - found.points.sum(axis=1)) >= norm.ppf(0.9) * found.points[:, 1] - 0.01).all()
    most = 2 + 2 / (1 + norm.ppf(0.9))  # x1 reaches more for what it uses up of 3, so all of it, and x2 for the rest
    assert found.objectives[-1, 1] == pytest.approx(-most, rel=0.05)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_points(found):
    assert same(found, search_front(square_root, ZERO, ONE))
    assert not same(found, search_front(square_root, ZERO, ONE, seed=2))


def test_nothing_global_changes_and_nothing_is_printed(capfd):
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    one = search_front(square_root, ZERO, ONE, evaluations=300)
    random.seed(5), np.random.seed(5)  # noqa: NPY002
    other = search_front(square_root, ZERO, ONE, evaluations=300)
    random.setstate(before[0]), np.random.set_state(before[1])  # noqa: NPY002
    search_front(square_root, ZERO, ONE, evaluations=300)
    assert same(one, other)
    assert random.getstate() == before[0]
    assert all(np.array_equal(a, b) for a, b in zip(before[1], np.random.get_state(), strict=True))  # noqa: NPY002
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("evaluations", "population", "step"), [(1, 50, 0), (30, 50, 0), (333, 50, 0.01), (500, 7, 0.25), (700, 40, 0.5),
                                                                 (900, 2, 0.0)])
def test_evaluations_are_counted_exactly_and_no_point_is_evaluated_twice(evaluations, population, step):
    counted, told = Counted(square_root), []
    found = search_front(counted, ZERO[:4], ONE[:4], step=np.full(4, step), evaluations=evaluations, population=population,
                         progress=lambda *done: told.append(done))
    expected = min(evaluations, (1 / step + 1) ** 4 if step else evaluations)
    assert len(found.all_points) == len(counted.points) == len(np.unique(counted.points, axis=0)) == expected
    assert all(0 < len(batch) <= max(population, 2) for batch in counted.batches)
    assert told == [(done, expected) for done in np.cumsum([len(batch) for batch in counted.batches])]
    assert np.array_equal(found.all_points, counted.points)
    assert len(found.hypervolume) == len(counted.batches)
    assert found.hypervolume[-1] == 1 and (np.diff(found.hypervolume) >= 0).all()


def test_levers_move_by_their_steps_as_one_would_write_them():
    low, high, step = np.array([0.1, 2e7, 0.0, 0.3]), np.array([1.0, 5e7, 1.0, 0.3]), np.array([0.03, 7e6, 0.0, 0.0])
    counted = Counted(lambda points: (points[:, [0, 2]] * [1, -1], free(points)))
    search_front(counted, low, high, step=step, evaluations=400)
    ratio, money, share, fixed = counted.points.T
    assert set(ratio) <= {round(0.1 + 0.03 * k, 2) for k in range(31)} and ratio.max() == 1.0
    assert set(money) == {2e7, 2.7e7, 3.4e7, 4.1e7, 4.8e7}
    assert len(set(share)) > 200 and set(fixed) == {0.3}


def test_few_settings_are_all_tried():
    found = search_front(square_root, ZERO[:2], ONE[:2], step=np.full(2, 0.1))
    assert len(found.all_points) == 121
    assert np.array_equal(found.points, np.column_stack([np.arange(11) / 10, np.full(11, 0.3)]))


def test_the_search_begins_with_the_points_given_and_the_corners():
    counted = Counted(square_root)
    start = np.array([[0.111, 0.3, 0.3, 0.3, 0.3], ONE, [0.5] * 5])
    search_front(counted, ZERO, ONE, start=start, step=np.full(5, 0.01), evaluations=60)
    assert np.array_equal(counted.points[:4], [[0.11, 0.3, 0.3, 0.3, 0.3], ONE, [0.5] * 5, ZERO])
    counts = np.histogram(counted.batches[0][4:, 2], bins=4, range=(0, 1))[0]
    assert counts.min() >= 9  # 46 points fill the range evenly


def test_an_interruption_keeps_what_there_is():
    found = search_front(Counted(square_root, interrupt_at=3), ZERO, ONE)
    assert found.interrupted and len(found.all_points) == 150 and len(found.hypervolume) == 3
    whole = search_front(square_root, ZERO, ONE, evaluations=150)
    assert same(found, whole) and not whole.interrupted
    with pytest.raises(KeyboardInterrupt):
        search_front(Counted(square_root, interrupt_at=0), ZERO, ONE)

    def stop(done, _all):
        if done == 100:
            raise KeyboardInterrupt
    assert len(search_front(square_root, ZERO, ONE, progress=stop).all_points) == 100


def test_without_a_feasible_point_the_nearest_is_told():
    found = search_front(hopeless, np.zeros(2), np.ones(2), evaluations=200)
    assert found.points.shape == (0, 2) and found.objectives.shape == (0, 2) and not found.hypervolume.any()
    assert len(found.all_points) == 200
    assert found.nearest[0] == 0
    assert found.nearest_constraints.tolist() == [1, 3e6]


@pytest.mark.parametrize("columns", [1, 3])
def test_one_lever_and_any_number_of_objectives(columns):
    def evaluate(points):
        return np.column_stack([(points[:, 0] - centre) ** 2 for centre in (0.2, 0.5, 0.8)[:columns]]), free(points)
    found = search_front(evaluate, np.array([0.0]), np.array([1.0]), evaluations=500)
    assert found.constraints.shape == (len(found.points), 0)
    assert found.points.min() == pytest.approx(0.2, abs=0.002)
    assert found.points.max() == pytest.approx(0.2 if columns == 1 else 0.8, abs=0.002)


@pytest.mark.parametrize(("language", "text"), [
    ("zh", "多目标调参需要 pymoo：python3 -m pip install 'subsidysim[optimize]'"),
    ("en", "tuning for several objectives needs pymoo: python3 -m pip install 'subsidysim[optimize]'")])
def test_missing_pymoo_is_told_before_anything_is_evaluated(monkeypatch, language, text):
    monkeypatch.setattr("simulator.language._current", language)
    for name in [name for name in sys.modules if name.split(".")[0] == "pymoo"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pymoo", None)
    counted = Counted(square_root)
    with pytest.raises(SimulatorError) as told:
        search_front(counted, ZERO, ONE)
    assert str(told.value) == text and not counted.batches


def test_pymoo_without_its_compiled_modules_is_silent_too(monkeypatch, capfd):
    monkeypatch.setattr("pymoo.functions.is_compiled", lambda: False)
    monkeypatch.setattr("pymoo.functions.FunctionLoader._FunctionLoader__instance", None)
    search_front(square_root, ZERO, ONE, evaluations=100)
    assert capfd.readouterr() == ("", "")
    assert sys.modules["pymoo.config"].Config.warnings == {"not_compiled": True}


@pytest.mark.parametrize("wrong", [
    {"high": -ONE}, {"step": -ONE}, {"low": np.zeros(4)}, {"high": ONE * np.inf}, {"start": 2 * ONE[None]}, {"start": ONE},
    {"evaluations": 0}, {"population": 1}, {"evaluate": lambda points: (points * np.nan, free(points))},
    {"evaluate": lambda points: (points[1:], free(points))}, {"evaluate": lambda points: (free(points), free(points))}])
def test_what_cannot_be_searched_is_refused(wrong):
    with pytest.raises(ValueError, match=r"ranges|start|at least|evaluate"):
        search_front(**({"evaluate": square_root, "low": ZERO, "high": ONE} | wrong))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), max_size=25))
def test_non_dominated_is_what_its_definition_says(rows):
    values = np.array(rows, float).reshape(-1, 3)
    expected = [not any((a <= b).all() and (a < b).any() for a in values) for b in values]
    assert non_dominated(values).tolist() == expected


def test_hypervolumes_of_boxes_and_their_growth():
    assert hypervolume(np.array([[1.0, 3.0], [2.0, 2.0], [9.0, 0.0]]), np.array([4.0, 4.0])) == pytest.approx(3 + 2)
    assert hypervolume(np.array([[1.0], [3.0]]), np.array([4.0])) == 3
    assert hypervolume(np.empty((0, 2)), np.array([4.0, 4.0])) == 0
    none = np.empty((0, 2))
    assert growth([none, np.array([[2.0, 2.0]]), np.array([[1.0, 1.0]]), none]) == pytest.approx([0, 0, 1, 1])
    assert growth([none, none]).tolist() == [0, 0]
