"""Outlay and induced investment over two levers, with the design as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.amounts import in_language
from simulator.charts.grid import Column, Grid
from simulator.charts.marks import ALERT, INK, MAIN, PALE
from simulator.charts.wrapping import wrap
from simulator.evidence import Evidence, NotShown
from simulator.fonts import legible
from simulator.language import tr
from simulator.statements import Number, Statement, number, quoted, state, unit_name, unit_size
from simulator.units import parse_quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("两项调节的热力图", "Heat map of two levers")
METRICS = {"outlay": ("拨付合计", "outlay"), "induced_investment": ("带动投资", "induced investment")}
_ALIKE = 1e-9  # relative difference of two settings that are the same number
_DARK = 0.7  # of the way from pale to dark: text on it is white


def data(evidence: Evidence) -> xr.Dataset:
    """outlay and induced_investment (row, column, part) [CNY] over two levers, and their differences from the design as it stands.

    The cells' names are the settings as they are written. change_of_... (row, column, part) is the paired difference, less_... the
    same with the other sign, base_... (part) the design as it stands; present (row, column), the cell next to it. Coordinates
    row_value and column_value: the settings as numbers. attrs: row_title, column_title, in the language; exact, whether the cell
    is the design itself; rates, whether both levers are; draws.
    """
    return of_sweep(evidence.sweep)


def of_sweep(found: xr.Dataset) -> xr.Dataset:
    """The same from a sweep of two levers."""
    if found["unchanged"].ndim != 2:
        raise NotShown(tr("热力图需要两个调节项", "a heat map needs two levers"))
    row, column = map(str, found["unchanged"].dims)
    names = {"row": row, "column": column}
    texts = {dim: [in_language(str(text)) for text in found[f"text_of_{lever}"].values] for dim, lever in names.items()}
    table = xr.Dataset(coords={**texts, **{f"{dim}_value": (dim, found[lever].values) for dim, lever in names.items()},
                               "part": ["value", "error"]})
    dims, flip = ("row", "column", "part"), np.array([-1.0, 1.0])  # an error has no sign
    for name, (zh, en) in METRICS.items():
        value, change = (found[of].sel(metric=name).transpose(row, column, "part").values for of in ("value", "difference"))
        table[name] = dims, value, {"units": "CNY", "long_name": f"{zh} {en}"}
        table[f"change_of_{name}"] = dims, change, {"units": "CNY", "long_name": f"{zh}与现行之差 change of {en}"}
        table[f"less_{name}"] = dims, change * flip, {"units": "CNY", "long_name": f"{zh}比现行少 {en} less by"}
        table[f"base_{name}"] = "part", found["base"].sel(metric=name).values, {"units": "CNY", "long_name": f"现行{zh} {en} as it stands"}
    place, exact = _present(found, row, column)
    table["present"] = ("row", "column"), place, {"units": "1", "long_name": "最接近现行取值 nearest to the design as it stands"}
    titles = {f"{dim}_title": str(found[lever].attrs["long_name"]) for dim, lever in names.items()}
    rates = int(all(lever.endswith(".rate") for lever in names.values()))
    table = table.assign_attrs(**titles, exact=exact, rates=rates, draws=int(found.attrs["draws"]))
    named = [[_settings(table, {"row": of_row, "column": of_column}) for of_column in texts["column"]] for of_row in texts["row"]]
    table["settings"] = ("row", "column"), named, {"long_name": "取值 settings"}
    return table


def finding(table: xr.Dataset) -> Statement:
    """What the cheapest settings save, and what investment that costs."""
    place = np.unravel_index(int(np.argmin(table["outlay"].sel(part="value").values)), table["present"].shape)
    cell = {"row": str(table["row"].values[place[0]]), "column": str(table["column"].values[place[1]])}
    saved, lost, gained = (number(table, name, "money", **cell)
                           for name in ("less_outlay", "less_induced_investment", "change_of_induced_investment"))
    if not saved.value > 2.0 * _error(saved):
        return state("在这些取值中，没有比现行设计拨付更少的", "None of these settings pays less than the design as it stands")
    if lost.value > 2.0 * _error(lost):
        effect = state("带动投资少{lost}亿元", "induced investment by {lost}", lost=lost)
    elif gained.value > 2.0 * _error(gained):
        effect = state("带动投资多{gained}亿元", "raises induced investment by {gained}", gained=gained)
    else:
        effect = state("带动投资看不出变化", "leaves induced investment as it is, within its error")
    joint = tr("，", " and ") if lost.value > 2.0 * _error(lost) else tr("，", "; it ")
    return state("{settings}，可少拨{saved}亿元{joint}{effect}", "{settings} cuts outlay by CNY {saved} bn{joint}{effect}",
                 settings=quoted(table, "settings", **cell), saved=saved, joint=joint, effect=effect)


def note(table: xr.Dataset) -> str:
    """What the frame is."""
    exact = tr("框为现行设计", "Frame: the design as it stands")
    nearest = tr("框为最接近现行设计的取值", "Frame: nearest to the design as it stands")
    return (exact if table.attrs["exact"] else nearest) + tr("；颜色越深越多；", "; darker is more; ") + _of_draws(table)


def _of_draws(table: xr.Dataset) -> str:
    return tr(f"{table.attrs['draws']}次抽样的均值", f"means of {table.attrs['draws']} draws")


def grid(table: xr.Dataset) -> Grid:
    """Every pair of settings with outlay and induced investment."""
    rows, columns = ([str(text) for text in table[dim].values] for dim in ("row", "column"))
    cells = [{"row": row, "column": column} for row in rows for column in columns]

    def of(variable: str, form: str) -> list[str | Number]:
        return [number(table, variable, form, **cell) for cell in cells]

    made = [Column(str(table.attrs["row_title"]), [cell["row"] for cell in cells]),
            Column(str(table.attrs["column_title"]), [cell["column"] for cell in cells])]
    for name, title in METRICS.items():
        made.append(Column(tr(*title), of(name, "money±"), unit_name("money")))
        made.append(Column(tr(f"{title[0]}：与现行之差", f"{title[1]}: change"), of(f"change_of_{name}", "money+±"), unit_name("money")))
    return Grid(tr("两项调节下的拨付和带动投资", "Outlay and induced investment over two levers"), made, _of_draws(table))


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """Two maps side by side; cells with their numbers where they are large enough."""
    panels = sheet.panels(share_rows=True)
    for axes, name in zip(panels, METRICS, strict=True):
        _map(sheet, axes, table, name)
        axes.set_xlabel(legible(str(table.attrs["column_title"])), fontsize=sheet.small, color=INK)
    title = wrap(legible(str(table.attrs["row_title"])), 14.0)
    panels[0].set_ylabel("\n".join(title), fontsize=sheet.small, color=INK)


def _map(sheet: Sheet, axes: Axes, table: xr.Dataset, name: str) -> None:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    values = table[name].sel(part="value").values / unit_size("money")
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    share = (values - low) / ((high - low) or 1.0)
    axes.imshow(share, cmap=LinearSegmentedColormap.from_list("one hue", [PALE, MAIN]), vmin=0.0, vmax=1.0, aspect="auto", origin="lower")
    n_row, n_column = values.shape
    if n_column <= (6 if sheet.narrow else 9) and n_row <= 12:
        for i, j in np.ndindex(values.shape):
            text = _cell(float(values[i, j]), high)
            axes.text(j, i, text, ha="center", va="center", fontsize=sheet.small, color="white" if share[i, j] > _DARK else INK)
    for i, j in np.argwhere(table["present"].values):
        axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1.0, 1.0, fill=False, edgecolor="white", linewidth=sheet.font * 0.42, zorder=3))
        axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1.0, 1.0, fill=False, edgecolor=ALERT, linewidth=sheet.font * 0.22, zorder=4))
    for axis, dim, most in ((axes.xaxis, "column", 6 if sheet.narrow else 10), (axes.yaxis, "row", 12)):
        step = -(-table.sizes[dim] // most)
        places = range(0, table.sizes[dim], step)
        axis.set_ticks(places, [legible(str(table[dim].values[k])) for k in places], fontsize=sheet.small, color=INK)
    axes.set_title(tr(f"{METRICS[name][0]}（{unit_name('money')}）", f"{METRICS[name][1].capitalize()} ({unit_name('money')})"),
                   fontsize=sheet.small, color=INK)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _cell(value: float, highest: float) -> str:
    """Three digits of the largest are enough for a map."""
    whole = len(f"{abs(highest):.0f}") if abs(highest) >= 1.0 else 0
    text = f"{value:.{max(3 - whole, 0)}f}"
    return text.replace("-", "−") if any(digit in text for digit in "123456789") else text.lstrip("-")


def _present(found: xr.Dataset, row: str, column: str) -> tuple[np.ndarray, int]:
    """bool[row, column], the one cell nearest to what is written in the scenario, and whether it is the design itself."""
    same = found["unchanged"].transpose(row, column).values
    away = _away(found, row)[:, None] + _away(found, column)[None, :]
    chosen = np.zeros(same.shape, bool)
    chosen.flat[int(np.argmin(np.where(same if same.any() else True, away, np.inf)))] = True
    return chosen, int(same.any())


def _away(found: xr.Dataset, lever: str) -> np.ndarray:
    """How far each setting is from the written one, as a share of their extent; no limit is farther than any number."""
    values, now = found[lever].values, _written(found, lever)
    finite = values[np.isfinite(values)]
    if np.isnan(now) or not finite.size:
        return np.zeros(len(values))
    beyond = max(float(finite.max()), now if np.isfinite(now) else 0.0) + 1e6 * ((float(np.ptp(finite))) or 1.0)
    known = np.where(np.isfinite(values), values, beyond)
    return np.asarray(np.abs(known - (now if np.isfinite(now) else beyond)) / (float(np.ptp(finite)) or 1.0))


def _written(found: xr.Dataset, lever: str) -> float:
    """The setting of the scenario as a number: inf for no limit, nan where one number does not tell."""
    written = found[lever].attrs["written"]
    if written == "None":
        return float("inf")
    try:
        return float(parse_quantity(written).value)
    except ValueError:
        return float("nan")


def _settings(table: xr.Dataset, cell: dict[str, str]) -> str:
    """Halving both rates, or the settings in words."""
    if table.attrs["rates"] and _is_half(table, cell):
        return tr("两项比例都减半", "Halving both rates")
    told = [f"{table.attrs[f'{dim}_title']}{tr('', ' ')}{text}" for dim, text in cell.items()]
    return tr("、", ", ").join(told)


def _is_half(table: xr.Dataset, cell: dict[str, str]) -> bool:
    """Whether both settings of the cell are half of those as they stand, of a design that is on the map."""
    if not table.attrs["exact"]:
        return False
    present = [int(k) for k in np.argwhere(table["present"].values)[0]]
    pairs = [(float(table[f"{dim}_value"].sel({dim: cell[dim]})), float(table[f"{dim}_value"][k]))
             for dim, k in zip(("row", "column"), present, strict=True)]
    return all(abs(own - 0.5 * now) <= _ALIKE * abs(now) for own, now in pairs)


def _error(cell: Number) -> float:
    return cell.error if np.isfinite(cell.error) else 0.0
