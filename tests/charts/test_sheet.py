"""Every chart on its paper: nothing cut, nothing on top of another, nothing boxed, the same bytes again, no font of the system."""

import dataclasses
import itertools
import re
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.text import Text

from simulator.charts import KINDS, Tables, chart, draw_chart, source_line
from simulator.charts.sheet import SIZES, Sheet, settings
from simulator.fonts import font_file
from simulator.language import language, set_language
from simulator.statements import Quoted

LARGEST_OVERLAP = 0.12  # of the smaller of two texts: their boxes hold room for signs above and below the line


@pytest.fixture(scope="module")
def tables_of(quick, capped):
    """The tables of a run in a language: texts within them are of the language in which they were made."""
    found = {}

    def of(run, tongue):
        if (run, tongue) not in found:
            found[run, tongue] = Tables(dataclasses.replace({"quick": quick, "capped": capped}[run]))
        return found[run, tongue]

    return of


def sheet_of(kind, tables, size):
    sheet = Sheet(SIZES[size], chart(kind).finding(tables[kind]).text, source_line(tables.evidence), chart(kind).note(tables[kind]))
    chart(kind).draw(sheet, tables[kind])
    sheet.figure.canvas.draw()
    return sheet


def texts_of(sheet):
    """(text, box in points) of all that is printed."""
    renderer = sheet.figure.canvas.get_renderer()
    per_point = sheet.figure.dpi / 72
    beyond = {label for axes in sheet.figure.axes for axis in (axes.xaxis, axes.yaxis) for label in labels_beyond(axis)}
    for each in sheet.figure.findobj(Text):
        if each.get_visible() and each.get_text().strip() and each not in beyond:
            box = each.get_window_extent(renderer)
            if box.width > 0 and box.height > 0:
                yield each.get_text(), np.array([box.x0, box.y0, box.x1, box.y1]) / per_point


def labels_beyond(axis):
    """Labels of ticks outside of what is seen: matplotlib has them, and does not print them."""
    low, high = sorted(axis.get_view_interval())
    room = 1e-6 * (high - low)
    unseen = [tick for tick in axis.get_major_ticks() if not low - room <= tick.get_loc() <= high + room]
    return [label for tick in unseen for label in (tick.label1, tick.label2)]


def overlap(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / smaller if width > 0 and height > 0 else 0.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "tongue", "run"), [("column", "zh", "quick"), ("column", "en", "quick"), ("page", "zh", "capped")],
                         indirect=["tongue"])
def test_no_text_of_a_chart_is_cut_or_lies_on_another(kind, size, tongue, run, tables_of):
    tables = tables_of(run, tongue)
    with settings(SIZES[size]):
        sheet = sheet_of(kind, tables, size)
        texts = list(texts_of(sheet))
    width, height = np.array([SIZES[size].width, SIZES[size].height]) / 2.54 * 72
    cut = [text for text, box in texts if box[0] < -1 or box[1] < -1 or box[2] > width + 1 or box[3] > height + 1]
    assert cut == []
    over = [(one, other) for (one, a), (other, b) in itertools.combinations(texts, 2) if overlap(a, b) > LARGEST_OVERLAP]
    assert over == []


def test_the_same_chart_is_the_same_bytes_in_every_format(quick, tmp_path):
    files = [[tmp_path / f"{n}.{suffix}" for suffix in ("svg", "png", "pdf")] for n in (1, 2)]
    for those in files:
        draw_chart("outlay", Tables(quick), those, "column")
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_charts_are_drawn_with_the_font_of_the_wheel_only(quick, tmp_path):
    with settings(SIZES["page"]):
        assert font_manager.findfont("Noto Sans SC") == str(font_file())
    draw_chart("outlay", Tables(quick), [tmp_path / "x.svg"])
    svg = (tmp_path / "x.svg").read_text("utf-8")
    assert "<text" not in svg and "font-family" not in svg  # paths only: it looks the same on a desktop without the font


def test_a_name_that_no_font_has_is_drawn_without_a_warning_or_a_box():
    with settings(SIZES["column"]), warnings.catch_warnings():
        warnings.simplefilter("error")
        sheet = Sheet(SIZES["column"], "赟喆𠀀₂区", "来源 𠮷")
        sheet.axes()
        sheet.figure.canvas.draw()
        printed = [each.get_text() for each in sheet.figure.findobj(Text)]
    assert "赟喆〓₂区" in printed


def test_settings_of_the_caller_are_left_alone():
    before = dict(mpl.rcParams)
    with settings(SIZES["slide"]):
        assert mpl.rcParams["font.size"] == SIZES["slide"].font
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("kind", KINDS)
def test_findings_are_sentences_in_both_languages(kind, tables_of):
    before = language()
    try:
        set_language("zh")
        chinese = chart(kind).finding(tables_of("quick", "zh")[kind])
        set_language("en")
        english = chart(kind).finding(tables_of("quick", "en")[kind])
    finally:
        set_language(before)
    assert re.search("[一-鿿]", chinese.text)
    own_words = "".join(str(piece) for piece in english.pieces if not isinstance(piece, Quoted))  # a district keeps its name
    assert not re.search("[一-鿿]", own_words)
    assert any(True for _ in english.numbers) or re.search("no |not |nothing", english.text)
