"""The frozen run: the same scenario gives the same figures on any machine, and a change is never silent."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import draw_applications, draw_drivers, load_scenario, open_run, simulate
from simulator.store import Run
from tests.reference import DRAWS, FOLDER, NAME


@pytest.fixture(scope="module")
def frozen() -> Run:
    return open_run(FOLDER / NAME)


def test_the_frozen_run_is_reproduced_from_its_own_composed_scenario(frozen):
    scenario = load_scenario(frozen.scenario_file("baseline"))
    results = simulate(scenario, draw_applications(scenario), draw_drivers(scenario))
    for name, before in frozen.results.data_vars.items():
        np.testing.assert_allclose(results[name].values, before.values, rtol=1e-9, atol=1e-3, err_msg=str(name))


def test_the_frozen_run_is_that_of_the_shipped_baseline(frozen):
    """Changed on purpose? `python -m tests.reference`, and a CHANGELOG line that says which figure moved and why."""
    shipped = load_scenario("baseline", draws=DRAWS)
    assert load_scenario(frozen.scenario_file("baseline")).digest == shipped.digest


def test_the_frozen_run_explains_itself(frozen):
    assert frozen.manifest["seed"] == 20240531
    assert frozen.results.sizes["draw"] == DRAWS
    for variable in frozen.results.data_vars.values():
        assert variable.attrs["units"]
        assert variable.attrs["long_name"]
