"""Fonts: every text that is shipped can be drawn, rare names become 〓 and never boxes, and subsets for pages are kept whole."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from simulator import fonts
from simulator.charts.sheet import SIZES, settings
from simulator.errors import SimulatorError
from simulator.fonts import MISSING, common_characters, drawn_characters, fallback_file, font_file, known_characters, legible, woff2
from simulator.units import UNITS

ROOT = Path(__file__).resolve().parent.parent
FEW = frozenset("0123456789亿元")
NEVER_SEEN = "\n\b"  # \b keeps the lines of a help text apart

ANOTHER_PROCESS = """
import hashlib
from simulator import fonts
fonts.common_characters = lambda: frozenset("0123456789亿元")
print(hashlib.sha256(fonts.woff2()).hexdigest())
"""


@pytest.fixture
def few(tmp_path, monkeypatch):
    """A cache of its own, and few characters instead of all of GB2312, whose subset takes seconds."""
    monkeypatch.setenv("SUBSIDYSIM_CACHE", str(tmp_path))
    monkeypatch.setattr(fonts, "common_characters", lambda: FEW)
    return tmp_path / "fonts"


def texts_in_two_languages() -> Iterator[str]:
    """Of every call and tuple of the simulator that begins with a Chinese and another text, such as tr("表", "Table")."""
    for file in (ROOT / "simulator").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            pair = node.args[:2] if isinstance(node, ast.Call) else node.elts[:2] if isinstance(node, ast.Tuple) else []
            found = ["".join(literals(part)) for part in pair if isinstance(part, ast.Constant | ast.JoinedStr | ast.BinOp)]
            if len(found) == 2 and any("一" <= character <= "龥" for character in found[0]):
                yield from found


def literals(node: ast.AST) -> Iterator[str]:
    """Its texts, those between the braces of an f-string included."""
    yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def characters_of(font: bytes) -> set[str]:
    with TTFont(io.BytesIO(font)) as found:
        return set(map(chr, found.getBestCmap()))


def undrawn(text: str) -> set[str]:
    return {character for character in set(text) - set(NEVER_SEEN) if ord(character) not in drawn_characters()}


def test_no_text_of_the_simulator_has_a_character_that_cannot_be_drawn():
    texts = list(texts_in_two_languages())
    assert len(texts) > 2_000
    assert undrawn("".join([*texts, *UNITS])) == set()


def test_no_scenario_policy_or_population_has_a_character_that_cannot_be_drawn():
    files = sorted((ROOT / "scenarios").rglob("*.yaml"))
    assert {file.name for file in files} >= {"baseline.yaml", "sh-2024-355.yaml", "shanghai.yaml"}
    assert {file.name: found for file in files if (found := undrawn(file.read_text("utf-8")))} == {}


def test_prints_have_every_character_of_texts_in_their_own_font_too():
    with TTFont(font_file(fonts.SERIF_FAMILY), lazy=True) as font:
        serif = font.getBestCmap()
    shipped = set("".join([*texts_in_two_languages(), *(file.read_text("utf-8") for file in (ROOT / "scenarios").rglob("*.yaml"))]))
    assert {character for character in shipped - set(NEVER_SEEN) if ord(character) not in serif} <= set("₂")


@pytest.mark.parametrize(("name", "seen"), [
    ("赟喆犇骉头", "赟喆犇骉头"),  # beyond GB2312, and drawn as themselves
    ("㙍䶮龘", "㙍䶮龘"),
    ("𠮷野家", "〓野家"),
    ("CO₂减排", "CO₂减排"),  # from the fallback
    ("一\t二\u3000三\n四", "一 二\u3000三\n四"),
    ("葛\U000e0100城", "葛城"),  # a variation of a character, which is drawn as the common one
    ("甲\x00乙丙", "甲乙丙"),
])
def test_what_no_font_has_becomes_a_printers_blank(name, seen):
    assert legible(name) == seen


def test_rare_names_are_drawn_without_boxes_and_warnings():
    from matplotlib.figure import Figure

    rare = "赟喆犇骉头㙍䶮龘𠮷CO₂"
    with settings(SIZES["column"]):
        figure = Figure()
        drawn = figure.text(0.1, 0.5, rare)
        with pytest.warns(UserWarning, match="missing from font"):
            figure.savefig(io.BytesIO(), format="png")
        drawn.set_text(legible(rare))
        figure.savefig(io.BytesIO(), format="png")


def test_a_page_whose_text_is_not_known_gets_ascii_and_gb2312():
    common = common_characters()
    assert len([character for character in common if "一" <= character <= "龥"]) == 6_763
    assert common >= set("一级汉字二级鳌㈠①Ⅰ→√−±²…“”·—，。《》〓 aZ0~")
    assert "龘" not in common


def test_a_subset_holds_the_characters_of_the_page_and_no_others():
    text = "2027年拨付17.20±0.04亿元，赟𠮷"
    made = woff2(text)
    assert made[:4] == b"wOF2"
    assert characters_of(made) == set(text) - {"𠮷"}
    assert woff2(text) == made


def test_a_subset_of_a_page_leaves_nothing_in_the_cache(few):
    woff2("亿元")
    assert not few.exists()


def test_the_common_subset_is_made_once(few, monkeypatch):
    made = woff2()
    assert characters_of(made) == FEW
    monkeypatch.setattr(fonts, "_subset", lambda wanted: pytest.fail("made again"))
    assert woff2() == made


@pytest.mark.parametrize("damage", [lambda kept: kept[:-1], lambda kept: b"", lambda kept: kept[:100] + b"?" + kept[101:]])
def test_a_damaged_subset_is_made_again(few, damage):
    made = woff2()
    (file,) = few.iterdir()
    kept = file.read_bytes()
    file.write_bytes(damage(kept))
    assert woff2() == made
    assert file.read_bytes() == kept


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path, few, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("SUBSIDYSIM_CACHE", str(tmp_path / "file"))
    assert characters_of(woff2()) == FEW


def test_a_cache_on_a_full_disk_keeps_no_remains(few, monkeypatch):
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert characters_of(woff2()) == FEW
    assert list(few.iterdir()) == []


def test_several_processes_may_make_the_subset_at_once(few):
    command = [sys.executable, "-c", ANOTHER_PROCESS]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate() for process in processes]
    assert [errors for _, errors in said] == ["", "", ""]
    assert len({digest for digest, _ in said}) == 1
    assert len(list(few.iterdir())) == 1


@pytest.mark.parametrize("family", [fonts.FAMILY, fonts.SERIF_FAMILY])
def test_a_missing_wheel_is_said_with_its_remedy(tongue, family, monkeypatch):
    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    with pytest.raises(SimulatorError, match=rf"{family}.*python3 -m pip install pylopdf-fonts-zh-cn"):
        font_file(family)


def test_the_fallback_is_that_of_matplotlib_and_may_be_absent(monkeypatch):
    import matplotlib as mpl

    assert fallback_file() == Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    assert ord("₂") in drawn_characters() - known_characters()
    assert ord(MISSING) in known_characters()
    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    assert fallback_file() is None


def test_fonts_are_found_without_importing_matplotlib():
    script = "import sys; from simulator.fonts import legible; assert legible('₂') == '₂'; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.strip() == "False"
