"""The small world of the searches."""

import pytest

from tests.tuning.test_problem import small_world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One first-of-kind product of 1亿元 a year."""
    return small_world(tmp_path_factory.mktemp("world"))
