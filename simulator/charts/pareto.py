"""What outlay buys: outlay against induced investment over the settings of two levers, and the settings that none beats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.amounts import in_language
from simulator.charts.grid import Column, Grid
from simulator.charts.marks import ALERT, INK, LIGHT, MAIN, grid_lines, label_end, spread
from simulator.evidence import Evidence, NotShown
from simulator.language import tr
from simulator.statements import Number, Quoted, Statement, number, quoted, state, unit_name, unit_size
from simulator.tuning.dominance import non_dominated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("拨付与带动投资的前沿", "Pareto front")
METRICS = {"outlay": ("拨付合计", "outlay"), "induced_investment": ("带动投资", "induced investment")}
_SURE = 2.0  # errors that a difference must exceed to be told
_MATERIAL = 1e-3  # of the figure of the design as it stands: less is not worth telling
_BETWEEN = 2  # labels between both ends of the front


def data(evidence: Evidence) -> xr.Dataset:
    """Each setting of the sweep as a point: outlay, induced_investment (point, part) [CNY], changes from the design as it stands.

    change_of_... and less_..., with the other sign, (point, part) are paired; base_... (part) is the design as it stands;
    on_front (point), whether no other point pays less and induces more. Coordinate settings (point): the levers as written.
    attrs: levers, their titles in the language; draws.
    """
    found = evidence.sweep
    levers = [str(dim) for dim in found["unchanged"].dims]
    stacked = found[["value", "difference"]].transpose(*levers, "metric", "part")
    texts = np.meshgrid(*(found[f"text_of_{lever}"].values.astype(str) for lever in levers), indexing="ij")
    settings = np.stack([each.reshape(-1) for each in texts], axis=1)
    n = len(settings)
    return _table(settings, [str(found[lever].attrs["long_name"]) for lever in levers], found,
                  *(stacked[name].values.reshape(n, found.sizes["metric"], 2) for name in ("value", "difference")))


def from_tuning(found: xr.Dataset) -> xr.Dataset:
    """The same from a tuning for several goals: its solutions are the points, on the draws on which they were found.

    Raises
    ------
    NotShown
        If it found nothing.
    """
    if not found.sizes.get("solution"):
        raise NotShown(tr("调参没有得到可行解", "the tuning found nothing feasible"))
    order = ("solution", "metric", "part")
    texts = found["text"].transpose("solution", "lever").values
    short = np.array([[re.sub(r"\d+\.\d+", lambda digits: f"{float(digits[0]):.3g}", str(text)) for text in row] for row in texts])
    return _table(short, [str(lever) for lever in found["lever"].values], found,
                  found["value"].transpose(*order).values, found["difference"].transpose(*order).values)


def _table(settings: np.ndarray, levers: list[str], found: xr.Dataset, values: np.ndarray, changes: np.ndarray) -> xr.Dataset:
    """str[point, lever], and float64[point, metric, part] of values and of differences from the design as it stands."""
    texts = ["/".join(in_language(str(text)) for text in row) for row in settings]
    table = xr.Dataset(coords={"point": [f"p{i}" for i in range(len(texts))], "settings": ("point", texts), "part": ["value", "error"]})
    flip = np.array([-1.0, 1.0])  # an error has no sign
    for name, (zh, en) in METRICS.items():
        j = [str(metric) for metric in found["metric"].values].index(name)
        table[name] = ("point", "part"), values[:, j], {"units": "CNY", "long_name": f"{zh} {en}"}
        table[f"change_of_{name}"] = ("point", "part"), changes[:, j], {"units": "CNY", "long_name": f"{zh}与现行之差 change of {en}"}
        table[f"less_{name}"] = ("point", "part"), changes[:, j] * flip, {"units": "CNY", "long_name": f"{zh}比现行少 {en} less by"}
        table[f"base_{name}"] = "part", found["base"].sel(metric=name).values, {"units": "CNY", "long_name": f"现行{zh} {en} as it stands"}
    goals = np.stack([table["outlay"].sel(part="value").values, -table["induced_investment"].sel(part="value").values], axis=1)
    table["on_front"] = "point", non_dominated(goals), {"units": "1", "long_name": "没有拨付更少而带动更多的取值 beaten by none"}
    return table.assign_attrs(levers=tr("、", ", ").join(levers), draws=int(found.attrs["draws"]))


def finding(table: xr.Dataset) -> Statement:
    """Whether a setting beats the design as it stands beyond the errors, and what the nearest of them, or the next cheaper, would do."""
    if (better := _better(table)) is not None:
        return _beaten(table, better)
    if _no_worse(table).any():
        return state("现行设计与前沿几乎没有差距", "The present design is next to the front")
    if (cheaper := _next_cheaper(table)) is None:
        return state("现行设计在前沿上：没有哪组取值拨付更少而带动投资更多",
                     "The present design is on the front: no settings pay less and induce more")
    less, lost = (number(table, name, "money", point=cheaper) for name in ("less_outlay", "less_induced_investment"))
    return state("现行设计在前沿上：取{settings}少拨{less}亿元，但少带动{lost}亿元",
                 "On the front: {settings} would pay CNY {less} bn less, but induce CNY {lost} bn less",
                 settings=_settings(table, cheaper), less=less, lost=lost)


def _beaten(table: xr.Dataset, by: str) -> Statement:
    less, more = (number(table, name, "money", point=by) for name in ("less_outlay", "change_of_induced_investment"))
    place = table["point"].values.tolist().index(by)
    cheaper, more_induced = (bool(told[place]) for told in _told(table, 1.0))
    settings = _settings(table, by)
    if cheaper and more_induced:
        return state("现行设计不在前沿上：取{settings}少拨{less}亿元，多带动{more}亿元",
                     "Not on the front: {settings} pays CNY {less} bn less and induces CNY {more} bn more",
                     settings=settings, less=less, more=more)
    if cheaper:
        return state("现行设计不在前沿上：取{settings}少拨{less}亿元，带动投资不减",
                     "Not on the front: {settings} pays CNY {less} bn less and induces no less", settings=settings, less=less)
    return state("现行设计不在前沿上：取{settings}拨付不增，多带动{more}亿元",
                 "Not on the front: {settings} pays no more and induces CNY {more} bn more", settings=settings, more=more)


def note(table: xr.Dataset) -> str:
    """What a point, the line and the labels are."""
    levers, draws = table.attrs["levers"], table.attrs["draws"]
    return tr(f"点为一组取值（{levers}），连线为前沿，菱形为现行设计；须线为与现行之差的标准误（{draws}次抽样），小于点的不显",
              f"Points: settings ({levers}); line: the front; diamond: the present design; "
              f"whiskers, hidden where within a point: standard errors of differences from it ({draws} draws)")


def grid(table: xr.Dataset) -> Grid:
    """Every point by its outlay; then the design as it stands."""
    order = np.argsort(table["outlay"].sel(part="value").values, kind="stable")
    points = [str(table["point"].values[i]) for i in order]
    marks: list[str | Number] = [tr("是", "yes") if bool(table["on_front"].sel(point=point)) else "" for point in points]
    columns = [Column(table.attrs["levers"], [*(_settings(table, point) for point in points), tr("现行设计", "present")])]
    for name, title in METRICS.items():
        cells: list[str | Number] = [number(table, name, "money±", point=point) for point in points]
        columns.append(Column(tr(*title), [*cells, number(table, f"base_{name}", "money±")], unit_name("money"), plotted=True))
    columns.append(Column(tr("在前沿上", "on the front"), [*marks, "" if _better(table) else tr("是", "yes")]))
    return Grid(tr("各组取值的拨付与带动投资", "Outlay and induced investment by settings"), columns,
                tr(f"{table.attrs['draws']}次抽样的均值", f"means of {table.attrs['draws']} draws"), totals=1,
                native="scatter")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """All points pale, the front dark and connected, the design as it stands as a diamond."""
    axes = sheet.axes()
    x, y = (table[name].sel(part="value").values / unit_size("money") for name in METRICS)
    front = np.flatnonzero(table["on_front"].values)
    front = front[np.argsort(x[front], kind="stable")]
    axes.plot(x, y, linestyle="none", marker="o", color=LIGHT, markersize=sheet.font * 0.45)
    axes.plot(x[front], y[front], color=MAIN, marker="o", linewidth=sheet.font / 8)
    x_error, y_error = (table[f"change_of_{name}"].sel(part="error").values[front] / unit_size("money") for name in METRICS)
    axes.errorbar(x[front], y[front], y_error, x_error, fmt="none", ecolor=INK, elinewidth=sheet.font / 12, zorder=1)
    base = [float(table[f"base_{name}"].sel(part="value")) / unit_size("money") for name in METRICS]
    axes.plot(*([each] for each in base), marker="D", color=ALERT, markeredgecolor="white", markersize=sheet.font * 0.85, linestyle="none",
              zorder=5)
    axes.margins(0.06, 0.12)
    _labels(sheet, axes, table, front, base)
    axes.set_xlabel(tr(f"拨付合计（{unit_name('money')}）", f"Outlay ({unit_name('money')})"))
    axes.set_ylabel(tr(f"带动投资（{unit_name('money')}）", f"Induced investment ({unit_name('money')})"))
    axes.tick_params(axis="both", colors=INK)
    grid_lines(axes)


def _labels(sheet: Sheet, axes: Axes, table: xr.Dataset, front: np.ndarray, base: list[float]) -> None:
    """The settings of both ends of the front and of a few points between, on its upper left; the present design on the other side."""
    x, y = (table[name].sel(part="value").values / unit_size("money") for name in METRICS)
    first, *others = front[np.unique(np.linspace(0, len(front) - 1, _BETWEEN + 2).round().astype(int))]
    low, high = axes.get_ylim()
    point = (high - low) / (0.5 * sheet.size.height / 2.54 * 72)  # about a typographic point, in data
    heights = spread([float(y[k]) for k in others], 1.6 * sheet.font * point)
    for k, height in zip(others, heights, strict=True):
        label_end(axes, x[k], y[k], str(table["settings"].values[k]), colour=MAIN, size=sheet.small, align="right",
                  offset=(-sheet.font * 0.4, sheet.font * 0.3 + (height - y[k]) / point), vertical="bottom")
    label_end(axes, x[first], y[first], str(table["settings"].values[first]), colour=MAIN, size=sheet.small,
              offset=(sheet.font * 0.6, -sheet.font * 0.2), vertical="top")
    label_end(axes, base[0], base[1], tr("现行设计", "present design"), colour=ALERT, size=sheet.small,
              offset=(sheet.font * 0.7, -sheet.font * 0.5), vertical="top")


def _settings(table: xr.Dataset, point: str) -> Quoted:
    return quoted(table, "settings", point=point)


def _better(table: xr.Dataset) -> str | None:
    """The nearest point that pays no more and induces no less than the design as it stands, one of them beyond the errors."""
    saved, won = _changes(table)
    better = _no_worse(table) & np.logical_or(*_told(table, 1.0))
    if not better.any():
        return None
    away = np.hypot(*(each[0] / (float(np.ptp(each[0])) or 1.0) for each in (saved, won)))
    return str(table["point"].values[int(np.argmin(np.where(better, away, np.inf)))])


def _next_cheaper(table: xr.Dataset) -> str | None:
    """The dearest point of the front that pays less and induces less than the design as it stands, both beyond the errors."""
    (saved, _), _ = _changes(table)
    cheaper = table["on_front"].values & _told(table, 1.0)[0] & _told(table, -1.0)[1]
    return str(table["point"].values[int(np.argmin(np.where(cheaper, saved, np.inf)))]) if cheaper.any() else None


def _no_worse(table: xr.Dataset) -> np.ndarray:
    (saved, _), (won, _) = _changes(table)
    return np.asarray((saved >= 0.0) & (won >= 0.0) & ((saved > 0.0) | (won > 0.0)))


def _told(table: xr.Dataset, sign: float) -> tuple[np.ndarray, np.ndarray]:
    """bool[point] each: whether what is saved, and what is induced besides, times the sign, is beyond its errors and worth telling."""
    least = [_MATERIAL * abs(float(table[f"base_{name}"].sel(part="value"))) for name in METRICS]
    saved, won = (sign * value > np.maximum(_SURE * error, low) for (value, error), low in zip(_changes(table), least, strict=True))
    return saved, won


def _changes(table: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """float64[part, point] each: what is saved, and what is induced besides."""
    saved, won = (np.nan_to_num(table[name].values).T for name in ("less_outlay", "change_of_induced_investment"))
    return saved, won
