"""What the tests share: the baseline, its frame and a small run of it; a small world of a test file's own projects, and its luck."""

import pytest
from hypothesis import settings

from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.evidence import open_evidence
from simulator.language import language, set_language
from simulator.population import draw_applications
from simulator.scenario import load_scenario, load_scenarios
from simulator.store import save_run
from simulator.variants import SharedLuck
from tests.support import tiny

settings.register_profile("subsidysim", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("subsidysim")

DRAWS = 512


@pytest.fixture(params=["zh", "en"])
def tongue(request):
    """Each of the two languages in turn."""
    before = language()
    set_language(request.param)
    yield request.param
    set_language(before)


@pytest.fixture(scope="session")
def baseline():
    return load_scenario("baseline")


@pytest.fixture(scope="session")
def frame(baseline):
    """The frame of potential projects of the baseline."""
    return draw_applications(baseline)


@pytest.fixture(scope="session")
def drivers(baseline):
    return draw_drivers(baseline, DRAWS)


@pytest.fixture(scope="session")
def small_run(baseline, frame, drivers):
    """512 draws of the baseline."""
    return simulate(baseline, frame, drivers)


@pytest.fixture(scope="session")
def evidence(baseline, small_run, tmp_path_factory):
    """512 draws of the baseline as a saved run; 64 would do for what simulates more (`quick`)."""
    return open_evidence(save_run(baseline, small_run, tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="session")
def quick(baseline, frame, tmp_path_factory):
    """64 draws of the baseline as a saved run, for what simulates variants of it."""
    scenario = baseline.with_draws(64)
    return open_evidence(save_run(scenario, simulate(scenario, frame, draw_drivers(scenario)), tmp_path_factory.mktemp("quick")))


@pytest.fixture(scope="session")
def capped(frame, tmp_path_factory):
    """64 draws of the capped envelope and the baseline, in one run, the capped one told."""
    scenarios = load_scenarios(["capped_envelope_8", "baseline"], draws=64)
    return open_evidence(save_run(scenarios, simulate(scenarios, frame, draw_drivers(scenarios)), tmp_path_factory.mktemp("capped")))


@pytest.fixture(scope="module")
def world(request, tmp_path_factory):
    """A scenario whose projects are the STREAMS of the test file."""
    return tiny(tmp_path_factory.mktemp("world"), request.module.STREAMS)


@pytest.fixture(scope="module")
def luck():
    """64 draws that the variants of a test share."""
    return SharedLuck(64)
