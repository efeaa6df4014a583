"""The paper that a chart is drawn on: size, font, colours, the finding on top and the source below; files that repeat byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simulator.charts.marks import FAINT, INK, MUTED
from simulator.charts.wrapping import wrap
from simulator.fonts import FAMILY, font_file, legible

CM = 1 / 2.54
_SALT = "subsidysim"
_METADATA: dict[str, dict[str, Any]] = {  # no dates: the same chart is the same bytes
    ".svg": {"Date": None, "Creator": _SALT}, ".png": {"Software": _SALT},
    ".pdf": {"CreationDate": None, "Producer": _SALT, "Creator": _SALT}}
_FALLBACK = "DejaVu Sans"  # for signs such as ₂; it comes with matplotlib


@dataclass(frozen=True)
class Size:
    """A format of paper."""

    width: float
    """cm"""
    height: float
    """cm"""
    font: float
    """Points."""
    dpi: int


SIZES = {"column": Size(8.0, 6.6, 6.2, 600), "page": Size(15.6, 9.2, 8.5, 300), "slide": Size(25.4, 14.3, 13.5, 200)}


def _settings(size: Size) -> dict[Any, Any]:
    font = size.font
    return {
        "font.family": [FAMILY, _FALLBACK], "font.size": font, "axes.titlesize": font, "axes.labelsize": font * 0.95,
        "xtick.labelsize": font * 0.95, "ytick.labelsize": font * 0.95, "legend.fontsize": font * 0.95, "axes.unicode_minus": True,
        "text.color": INK, "axes.labelcolor": MUTED, "xtick.color": MUTED, "ytick.color": MUTED, "axes.edgecolor": MUTED,
        "axes.linewidth": font / 14, "xtick.major.width": font / 14, "ytick.major.width": 0.0, "xtick.major.size": font * 0.35,
        "ytick.major.size": 0.0, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False,
        "grid.color": FAINT, "grid.linewidth": font / 16, "axes.axisbelow": True, "lines.linewidth": font / 5.5,
        "lines.markersize": font * 0.55, "hatch.linewidth": font / 12, "patch.linewidth": font / 14,
        "svg.fonttype": "path", "svg.hashsalt": _SALT, "pdf.fonttype": 3, "figure.dpi": 100, "savefig.dpi": size.dpi,
        "text.parse_math": False, "axes.xmargin": 0.02, "figure.facecolor": "white", "savefig.facecolor": "white",
    }


@contextmanager
def settings(size: Size) -> Iterator[None]:
    """Settings of matplotlib within which a chart is drawn and saved; those of the caller are left alone."""
    _register()
    with mpl.rc_context():
        mpl.rcdefaults()
        for name, value in _settings(size).items():
            mpl.rcParams[name] = value
        yield


def _register() -> None:
    """Make the font known to matplotlib, by its path: no font of the system is used."""
    file = str(font_file())
    if all(entry.fname != file for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(file)


class Sheet:
    """A figure with its headline, panels and source line; use it within `settings`."""

    def __init__(self, size: Size, headline: str, source: str, note: str = "") -> None:
        self.size = size
        self.figure = Figure(figsize=(size.width * CM, size.height * CM), layout="constrained")
        FigureCanvasAgg(self.figure)
        self._headline(headline)
        self._foot(source, note)

    @property
    def narrow(self) -> bool:
        """Whether it is a column: panels stand below each other, and labels are short."""
        return self.size.width < 10

    @property
    def font(self) -> float:
        """Size of ordinary text in points."""
        return self.size.font

    @property
    def small(self) -> float:
        """Size of labels within a chart in points."""
        return self.size.font * 0.92

    def axes(self) -> Axes:
        """The only panel."""
        return self.figure.add_subplot()

    def panels(self, widths: tuple[float, ...] = (1, 1), *, share_rows: bool = False,
               heights: tuple[float, ...] | None = None) -> list[Axes]:
        """Panels side by side, or below each other on a narrow sheet; with `share_rows` always side by side, with one vertical axis.

        `heights` of the panels where they stand below each other.
        """
        if self.narrow and not share_rows:
            made = self.figure.subplots(len(widths), 1, height_ratios=heights or widths)
        else:
            made = self.figure.subplots(1, len(widths), width_ratios=widths, sharey=share_rows)
        return list(made)

    def save(self, file: Path) -> None:
        """Write svg, png or pdf, by the file's name; the same chart is the same bytes."""
        self.figure.savefig(file, metadata=_METADATA[file.suffix.lower()])

    def _headline(self, text: str) -> None:
        """The finding, in lines that fit."""
        size = self.font * 1.22
        lines = wrap(legible(text), self._ems(size))
        self.figure.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=size, color=INK, linespacing=1.25)

    def _foot(self, source: str, note: str) -> None:
        size = self.font * 0.8
        lines = [line for text in (note, source) if text for line in wrap(legible(text), self._ems(size))]
        self.figure.supxlabel("\n".join(lines), x=0.012, ha="left", fontsize=size, color=MUTED, linespacing=1.3)

    def _ems(self, size: float) -> float:
        """How many Chinese characters of this size fit side by side."""
        return self.size.width / 2.54 * 72 * 0.945 / size
