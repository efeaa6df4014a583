"""Charts, one a file: `data` is a table with units and errors, `finding` its title, `grid` what a reader may copy, `draw` the ink.

A new chart is one new module here and its name in KINDS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from simulator.errors import NotShown
from simulator.language import tr
from simulator.outfile import written_whole

if TYPE_CHECKING:  # `--help` names the kinds, and waits for none of these
    import xarray as xr

    from simulator.charts.grid import Grid
    from simulator.charts.sheet import Sheet
    from simulator.evidence import Evidence
    from simulator.statements import Statement

KINDS = ("outlay", "exceedance", "instruments", "commitments", "leverage", "investment", "energy", "attainment", "scenarios", "readings",
         "tornado", "heat_map", "pareto", "districts")
TABLES = (*KINDS, "targets", "grounds", "known", "run")  # the last ones are not drawn
SIZES = ("column", "page", "slide")
FORMATS = ("svg", "png", "pdf")


class Chart(Protocol):
    """What a module of a chart has."""

    NAME: tuple[str, str]
    """Its name in Chinese and English."""

    @staticmethod
    def data(evidence: Evidence) -> xr.Dataset:
        """The table behind the chart: every variable with units and long_name, errors along `part`. NotShown where there is none."""

    @staticmethod
    def finding(table: xr.Dataset) -> Statement:
        """What it shows, in one sentence: the title."""

    @staticmethod
    def note(table: xr.Dataset) -> str:
        """How to read it; may be empty."""

    @staticmethod
    def grid(table: xr.Dataset) -> Grid:
        """The same as a table for readers."""

    @staticmethod
    def draw(sheet: Sheet, table: xr.Dataset) -> None:
        """The ink."""


def chart(kind: str) -> Chart:
    """The module of a kind."""
    return cast(Chart, import_module(f"simulator.charts.{kind}"))


def name_of(kind: str) -> str:
    """In the language."""
    return tr(*chart(kind).NAME)


class Tables(Mapping[str, "xr.Dataset"]):
    """The tables behind the charts of one run, by kind; each is computed when it is first asked for.

    Raises
    ------
    NotShown
        On asking for one that this run cannot have, saying why.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._found: dict[str, xr.Dataset | NotShown] = {}

    def __getitem__(self, kind: str) -> xr.Dataset:
        if kind not in TABLES:
            raise KeyError(kind)
        if kind not in self._found:
            try:
                self._found[kind] = chart(kind).data(self.evidence).assign_attrs(kind=kind)
            except NotShown as reason:
                self._found[kind] = reason
        found = self._found[kind]
        if isinstance(found, NotShown):
            raise found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def get_shown(self, kind: str) -> xr.Dataset | None:
        """The table, or None where this run cannot have it."""
        try:
            return self[kind]
        except NotShown:
            return None


def source_line(evidence: Evidence) -> str:
    """What the figures of a chart come from: the run, its scenario, its draws."""
    title, n = str(evidence.scenario.model.title), evidence.results.sizes["draw"]
    seed = evidence.scenario.model.seed
    beyond = tr("台账以外的", " beyond the ledger") if evidence.with_ledger else ""
    return tr(f"来源：subsidysim 运行 {evidence.name}（{title}，{n:,}次抽样，种子{seed}）。{beyond}申报、规模、行为等为假设",
              f"Source: subsidysim run {evidence.name} ({title}, {n:,} draws, seed {seed}). "
              f"Applications, sizes and behaviour{beyond} are assumed")


def draw_chart(kind: str, tables: Tables, files: Sequence[Path], size: str = "page", *, headline: bool = True) -> None:
    """Draw one chart and write it to these files, by their suffixes: svg, png, pdf. The same chart gives the same bytes.

    Parameters
    ----------
    headline : bool
        Whether the finding stands above; a brief has it in the caption instead.

    Raises
    ------
    NotShown
        If the run cannot have this chart.
    StorageError
        If a file cannot be written; none is left half-written.
    """
    from simulator.charts.sheet import SIZES as PAPERS
    from simulator.charts.sheet import Sheet, settings

    table, module = tables[kind], chart(kind)
    with settings(PAPERS[size]):
        title = module.finding(table).text if headline else ""
        sheet = Sheet(PAPERS[size], title, source_line(tables.evidence), module.note(table))
        module.draw(sheet, table)
        for file in files:
            with written_whole(file) as aside:
                sheet.save(aside)
