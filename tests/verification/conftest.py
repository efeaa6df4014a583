"""The small brief of these tests is none that the program would write anew: it is checked by its own inventory only."""

import pytest


@pytest.fixture(autouse=True)
def _of_this_program(monkeypatch):
    monkeypatch.setattr("simulator.verification.program_hash", lambda: "0")
    monkeypatch.setattr("simulator.verification._anew", lambda found, tables, suffix: None)
