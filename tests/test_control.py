"""What is known of the control beforehand, against integrals worked out in another way."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import norm

from simulator import control as module
from simulator.drivers import draw_drivers
from simulator.pack import pack
from simulator.population import draw_applications
from simulator.tables import chances, values_within
from tests.support import stream, tiny

MEDIAN, SIGMA, CAP, RATE = 4e8, 1.2, 1e8, 0.1
THRESHOLD = 5e8
SCORES = (-3.0, -0.8, 0.0, 0.5, 2.5)


def amount(z):
    size = MEDIAN * math.exp(SIGMA * z)
    return min(RATE * size, CAP) if size >= THRESHOLD else 0.0


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    made = stream("major_project", {"lognormal": {"median": "4亿元", "sigma": SIGMA}}, 20, approval=None)
    return tiny(tmp_path_factory.mktemp("control"), {"made": made})


def control_of(scenario, draws):
    return pack([scenario], draw_applications(scenario), draw_drivers(scenario, draws), "district").control


@pytest.fixture(scope="module")
def control(scenario):
    return control_of(scenario, 64)


def test_the_mean_is_that_of_the_clause_over_the_sizes(control):
    """Only the node of the threshold itself may be left out."""
    start = math.log(THRESHOLD / MEDIAN) / SIGMA
    expected = quad(lambda z: amount(z) * norm.pdf(z), start, 8, limit=200)[0]
    assert control.mean.shape == (1, 1)
    assert control.mean[0, 0] == pytest.approx(expected, rel=0.03)


def test_larger_projects_count_more_and_those_below_the_threshold_not_at_all(control):
    assert 0.5 < (control.counts == 0).mean() < 0.7
    assert control.counts.max() == pytest.approx(CAP)


def test_what_is_approved_is_the_mean_where_all_are_and_nothing_where_none_is(scenario):
    inputs = pack([scenario], draw_applications(scenario), draw_drivers(scenario, 16), "district")
    counts, correlation = inputs.control.counts[0], 0.2
    found = module._approved(counts, inputs.tables, correlation, np.array([-np.inf, *SCORES, np.inf]))
    assert found[0] == pytest.approx(0.0, abs=1e-3)
    assert found[-1] == pytest.approx(counts @ chances(), rel=1e-9)
    assert (np.diff(found[:, 0]) > 0).all()


def both_ways(scenario, correlation):
    """The mean of what is approved at every one of SCORES: as it is laid out, and with every node's level integrated finely."""
    inputs = pack([scenario], draw_applications(scenario), draw_drivers(scenario, 16), "district")
    counts, expected = inputs.control.counts[0], []
    found = module._approved(counts, inputs.tables, correlation, np.array(SCORES))[:, 0]
    edges = values_within(inputs.tables[0])[:, [0, 3]]
    for score in SCORES:
        expected.append(0.0)
        for (low, high), count, chance in zip(edges, counts[0], chances(), strict=True):
            if count > 0:
                inside = np.linspace(low, high, 41)
                density = norm.pdf(inside)
                level = ndtr((score + correlation * inside) / math.sqrt(1 - correlation**2))
                expected[-1] += count * chance * np.trapezoid(level * density, inside) / np.trapezoid(density, inside)
    return found, np.array(expected), counts[0] @ chances()


@pytest.mark.parametrize("correlation", [0.0, 0.2, 0.7])
def test_the_larger_project_is_likelier_to_be_approved(scenario, correlation):
    found, expected, _ = both_ways(scenario, correlation)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("correlation", [-0.9, 0.9])
def test_at_the_strongest_correlation_the_expectation_is_off_by_less_than_a_millionth_of_the_whole(scenario, correlation):
    found, expected, whole = both_ways(scenario, correlation)
    assert found == pytest.approx(expected, rel=0, abs=1e-6 * whole)


def test_a_draw_is_expected_the_same_however_many_others_there_are(scenario):
    few, many = control_of(scenario, 16), control_of(scenario, 64)
    assert few.approved.tobytes() == np.ascontiguousarray(many.approved[:, :16]).tobytes()


def test_projects_that_the_clause_excludes_are_not_looked_at(scenario):
    frame = draw_applications(scenario)
    shares = np.where(np.arange(frame.sizes["application"]) % 2, 0.9, 0.5)
    changed = frame.assign(fixed_asset_share=frame["fixed_asset_share"].copy(data=shares))
    weight = pack([scenario], changed, draw_drivers(scenario, 16), "district").control.weight
    assert weight.mean() == 0.5
