"""Calling the command in the process of the tests."""

import pytest

from simulator.cli import main


@pytest.fixture
def say(capsys, monkeypatch):
    """Call the command in this process, in Chinese unless told otherwise: exit code, standard output, standard error."""
    def say(*arguments):
        monkeypatch.setattr("simulator.language._current", "zh")
        try:
            main([str(each) for each in arguments])
        except SystemExit as ended:
            return ended.code, *capsys.readouterr()
        return 0, *capsys.readouterr()

    return say
