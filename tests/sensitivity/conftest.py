"""Messages are matched in English."""

import pytest

from simulator.language import language, set_language


@pytest.fixture(autouse=True)
def _english():
    before = language()
    set_language("en")
    yield
    set_language(before)
