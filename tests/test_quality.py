"""The house rules: short files, linters, layers, docstrings, and nothing of one machine in any file."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import simulator

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400  # lines

RUN = "python3 -m pip install . && subsidysim run baseline"
TEST = "python3 -m pip install '.[test]' && python3 -m pytest"

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
HABITS = {
    "ruff": ["-m", "ruff", "check", "--no-cache", "--output-format=concise", "."],
    "mypy": ["-m", "mypy"],
    "import-linter": ["-c", LINT_IMPORTS],
    "codespell": ["-m", "codespell_lib", "kernels", "simulator", "README.en.md", "CONTRIBUTING.md", "DECISIONS.md"],
}

# Written so that they do not find themselves.
REGISTRY = re.compile(r"py[p]i\.org|python[h]osted|npm[j]s\.|debia[n]\.org|--(extra-)?index-url|--find[-]links")
MACHINE = re.compile(r"(^|[^A-Za-z0-9_.])/(hom[e]|roo[t]|wor[k]|op[t]|User[s])/|[A-Z]:\\User[s]|file:/[/]/")


def sources() -> list[Path]:
    return sorted(file for folder in ("kernels", "simulator", "tests") for file in (ROOT / folder).rglob("*.py"))


def text_files() -> list[Path]:
    """What git tracks or would track; without git, everything but caches and runs."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
        found = {ROOT / name for name in listed if name}
    else:
        hidden = (".", "__pycache__")
        found = {file for file in ROOT.rglob("*")
                 if not any(part.startswith(hidden) for part in file.relative_to(ROOT).parts)}
    return sorted(file for file in found if file.is_file() and b"\0" not in file.read_bytes()[:8192])


def test_no_file_is_longer_than_four_hundred_lines():
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in sources()}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}


@pytest.mark.parametrize("habit", HABITS)
def test_the_code_keeps_to_its_habits(habit):
    command = [sys.executable, *HABITS[habit]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_every_public_name_is_a_function_or_class_with_a_docstring():
    for name in simulator.__all__:
        thing = getattr(simulator, name)
        assert inspect.isfunction(thing) or inspect.isclass(thing), f"simulator.{name} is {thing!r}"
        assert inspect.getdoc(thing), f"simulator.{name} has no docstring"


def test_public_names_stay_what_they_are_when_every_module_is_imported():
    names = sorted(f"simulator.{file.stem}" for file in (ROOT / "simulator").glob("[a-z]*.py"))
    script = "\n".join([*(f"import {name}" for name in names),
                        "print([n for n in simulator.__all__ if not callable(getattr(simulator, n))])"])
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_every_module_and_every_public_function_and_class_of_the_simulator_has_a_docstring():
    missing = []
    for file in (*(ROOT / "simulator").rglob("*.py"), *(ROOT / "kernels").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        definitions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
                       and not node.name.startswith("_")]
        missing += [f"{file.relative_to(ROOT)}: {getattr(node, 'name', 'module')}"
                    for node in (tree, *definitions) if not ast.get_docstring(node)]
    assert missing == []


def test_no_file_names_a_registry_or_a_place_on_one_machine():
    found = [f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
             for file in text_files()
             for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1)
             if REGISTRY.search(line) or MACHINE.search(line)]
    assert found == []


def test_every_dependency_is_pinned_with_hashes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    apart = "bench"  # pinned by its own lines, in an environment of its own
    extras = [items for name, items in project["optional-dependencies"].items() if name != apart]
    wanted = [*project["dependencies"], *(item for extra in extras for item in extra)]
    names = {re.split(r"[\[<>=~! ]", item)[0].lower() for item in wanted} - {project["name"]}
    blocks = re.split(r"\n(?=[a-z])", (ROOT / "constraints.txt").read_text("utf-8"))
    pinned = {block.split("==")[0] for block in blocks if "--hash=sha256:" in block}
    assert {name.replace(".", "-") for name in names} - pinned == set()


@pytest.mark.parametrize("readme", ["README.md", "README.en.md"])
def test_the_readme_states_the_two_commands(readme):
    text = (ROOT / readme).read_text("utf-8")
    assert RUN in text
    assert TEST in text


def test_continuous_integration_runs_the_test_command_of_the_readme():
    assert f"\n{TEST}\n" in (ROOT / ".ci" / "run").read_text("utf-8")
