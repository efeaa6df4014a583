"""The control has mean zero whatever the scenario, follows the luck of a draw, and touches nothing else."""

import numpy as np
import pytest

from kernels import layouts
from kernels.futures import simulate_draws
from simulator.drivers import draw_drivers
from simulator.pack import pack
from simulator.population import draw_applications
from tests import support
from tests.support import financed, stream, tiny

DRAWS, LUCKS = 64, 40
SIZE = {"lognormal": {"median": "4亿元", "sigma": 1.2}}
POTENTIAL = {"approval": None, "outcome": "at_risk", "p0": {"value": {"beta": [2, 3]}}}


def packed(scenario, frame=None, draws=DRAWS):
    scenarios = scenario if isinstance(scenario, list) else [scenario]
    frame = draw_applications(scenarios[0]) if frame is None else frame
    return pack(scenarios, frame, draw_drivers(scenarios, draws) if len(scenarios) > 1 else draw_drivers(scenarios[0], draws), "district")


def over_lucks(inputs, lucks=LUCKS):
    """The control float64[luck, variant, draw, plan_year] and the outlay of the same draws under one luck after another."""
    control, outlay, work = [], [], layouts.workspace(inputs)
    for luck in range(lucks):
        made = support.outputs_of(inputs)
        simulate_draws(inputs._replace(seed=np.uint64(100 + luck)), made, work, 0, inputs.drivers.shape[1])
        control.append(made.control)
        outlay.append(made.flows[:, :, layouts.FLOWS.index("outlay")].sum(axis=(2, 3)))
    return np.array(control), np.array(outlay)


def z_by_year(control):
    """How many standard errors the mean of one variant's control is off zero, for each filing year and for their sum."""
    by_year = np.concatenate([control, control.sum(axis=-1, keepdims=True)], axis=-1).reshape(-1, control.shape[-1] + 1)
    return by_year.mean(axis=0) / (by_year.std(axis=0) / np.sqrt(len(by_year)))


@pytest.fixture(scope="module")
def of_baseline(baseline, frame):
    return packed(baseline, frame)


@pytest.fixture(scope="module")
def found(of_baseline):
    return over_lucks(of_baseline)


def test_the_mean_is_zero_for_the_baseline(found):
    assert np.abs(z_by_year(found[0][:, 0])).max() < 4


def test_an_expectation_that_is_off_by_two_hundredths_would_be_noticed(of_baseline):
    """The negative control of the test above."""
    wrong = of_baseline.control._replace(approved=1.02 * of_baseline.control.approved)
    assert np.abs(z_by_year(over_lucks(of_baseline._replace(control=wrong))[0][:, 0])).max() > 6


def test_it_follows_nine_tenths_of_what_luck_does_to_the_outlay(found):
    control, outlay = found[0][:, 0].sum(axis=-1), found[1][:, 0]
    control, outlay = (values - values.mean(axis=0) for values in (control, outlay))  # with the same drivers
    assert 0.88 < np.corrcoef(control.ravel(), outlay.ravel())[0, 1] ** 2 < 0.97


@pytest.mark.parametrize("changes", [
    {"readings": {"response": "participation"}}, {"readings": {"response": "none"}}, {"readings": {"threshold_inclusive": "strict"}},
    {"behaviour": {"approval_size_correlation": "0%"}}, {"behaviour": {"approval_size_correlation": "-90%"}},
    {"drivers": {"approval_level": "100%"}},
    {"instruments": {"major_project": {"threshold": "2亿元", "cap": "2亿元"}}},
], ids=["participation", "no response", "strictly above", "blind approval", "small ones approved", "all approved", "other clause"])
def test_the_mean_is_zero_whatever_the_rules(tmp_path, frame, changes):
    control, _ = over_lucks(packed(support.changed(tmp_path, changes), frame), 20)
    assert np.abs(z_by_year(control[:, 0])).max() < 4


@pytest.mark.parametrize("statements", [
    {}, POTENTIAL, POTENTIAL | financed(loan=40, lease=40), POTENTIAL | {"approval": {"value": "60%"}}, {"approval": {"value": "30%"}},
    POTENTIAL | {"size_class": {"value": {"small": 2, "medium": 1, "large": 1}}},
], ids=["filed", "potential", "financed", "potential with an approval of its own", "filed with one", "classes"])
def test_the_mean_is_zero_whatever_the_population(tmp_path, statements):
    instruments = ["major_project"] if "finance" not in statements else ["major_project", "upgrade_loan_interest", "upgrade_lease"]
    inputs = packed(tiny(tmp_path, {"made": stream(instruments, SIZE, 30, **statements)}))
    control, _ = over_lucks(inputs, 100)
    assert control.std() > 0
    assert np.abs(z_by_year(control[:, 0])).max() < 4


def test_no_other_figure_knows_of_it(of_baseline):
    segments, batches = of_baseline.segments.copy(), of_baseline.batches.copy()
    segments["control"], batches["has_control"] = -1, 0
    with_it, without = support.outputs_of(of_baseline), support.outputs_of(of_baseline)
    simulate_draws(of_baseline, with_it, layouts.workspace(of_baseline), 0, DRAWS)
    bare = of_baseline._replace(segments=segments, batches=batches)
    simulate_draws(bare, without, layouts.workspace(bare), 0, DRAWS)
    assert not without.control.any()
    for name in set(layouts.Outputs._fields) - {"control"}:
        assert getattr(with_it, name).tobytes() == getattr(without, name).tobytes(), name


def test_a_variant_has_the_control_that_it_has_alone(tmp_path, baseline, frame):
    other = support.changed(tmp_path, {"instruments": {"major_project": {"threshold": "10亿元"}}, "readings": {"response": "none"}})
    together, alone = packed([baseline, other], frame), packed(other, frame)
    both, one = support.outputs_of(together), support.outputs_of(alone)
    simulate_draws(together, both, layouts.workspace(together), 0, DRAWS)
    simulate_draws(alone, one, layouts.workspace(alone), 0, DRAWS)
    assert both.control[1].tobytes() == one.control[0].tobytes()


@pytest.mark.parametrize("correlation", ["100%", "-100%", "91%"])
def test_where_size_all_but_decides_the_approval_nothing_is_controlled(tmp_path, frame, correlation):
    """The expectation would not be exact; the draws then count alike."""
    inputs = packed(support.changed(tmp_path, {"behaviour": {"approval_size_correlation": correlation}}), frame)
    control, outlay = over_lucks(inputs, 1)
    assert not control.any()
    assert outlay.all()


def test_where_nobody_exists_it_is_zero(of_baseline):
    nobody = of_baseline._replace(counts=np.zeros_like(of_baseline.counts))
    made = support.outputs_of(nobody)
    simulate_draws(nobody, made, layouts.workspace(nobody), 0, DRAWS)
    assert not made.control.any()
