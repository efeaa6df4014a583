"""Sweeps as tables and heat maps of at most 100 columns, and the diagnosis of caps and thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from simulator.cli.figures import figure, head_of, heading, row_of, spoken
from simulator.cli.layout import say, show_table
from simulator.cli.reminders import about_appropriations, say_what_lacks
from simulator.language import tr
from simulator.levers import find_lever
from simulator.metrics import Metric, read_metric
from simulator.provenance import as_text
from simulator.scenario import Scenario
from simulator.units import WAN, YI, with_error

_MAPPED = ("outlay", "induced_investment", "leverage_net", "joint")
_SHADES = " ░▒▓█"


def show_sweep(found: xr.Dataset, scenario: Scenario, asked: Sequence[str] = ()) -> None:
    """One lever as tables, two as heat maps."""
    levers = [str(dim) for dim in found["value"].dims if dim not in ("metric", "part")]
    say(heading(scenario, found.attrs["draws"]))
    for letter, name in zip(("", "") if len(levers) == 1 else ("A ", "B "), levers, strict=False):
        written = spoken(as_text(find_lever(scenario, name).written))
        say(tr(f"调节 {letter}{name}（{found[name].attrs['long_name']}），现为 {written}",
               f"Lever {letter}{name} ({found[name].attrs['long_name']}), now {written}"))
    if len(levers) == 1:
        _show_line(found, levers[0])
    else:
        _show_maps(found, levers, {read_metric(text).text for text in asked})
    if bool(found["unchanged"].values.all()):
        say(tr(f"警告：这些取值不影响任何项目（{found.attrs['projects']:,} 个中 0 个）",
               f"Warning: these values affect 0 of {found.attrs['projects']:,} projects"))
    for line in about_appropriations(levers, scenario):
        say(line)


def _show_line(found: xr.Dataset, lever: str) -> None:
    metrics = [read_metric(str(name)) for name in found["metric"].values]
    there = np.isfinite(found["value"].values[..., 0]).any(axis=0).tolist()
    some = [j for j, finite in enumerate(there) if finite]
    texts = [spoken(text) for text in found[f"text_of_{lever}"].values.tolist()]
    rows = [[text, *(figure(found["value"].values[i, j], metrics[j].units) for j in some)] for i, text in enumerate(texts)]
    rows.append([tr("现状", "as it is"), *(figure(found["base"].values[j], metrics[j].units) for j in some)])
    show_table("", [lever.rpartition(".")[2], *(head_of(metrics[j]) for j in some)], rows, last_is_total=1)
    say_what_lacks(metrics, there, found.attrs["draws"])
    _show_differences(found, texts, metrics, some)
    for i, condition in enumerate(found["condition"].values):
        crossings = [each for each in found["break_even"].values[i] if np.isfinite(each[0])]
        if crossings:
            shown_at = tr("、", ", ").join(_interval(each, found[f"text_of_{lever}"].values.tolist()) for each in crossings)
            say(tr(f"盈亏平衡点 {condition}：{lever} = {shown_at}（括号内为95%区间）",
                   f"Break-even {condition}: {lever} = {shown_at} (95% interval in brackets)"))
        else:
            held = _holds(found, metrics, str(condition))
            say(tr(f"盈亏平衡点 {condition}：在此范围内没有{held}", f"Break-even {condition}: none in this range{held}"))


def _show_differences(found: xr.Dataset, texts: list[str], metrics: list[Metric], some: list[int]) -> None:
    """What every value changes, paired, and what the extra money brings from one value to the next."""
    steps = ["", *(figure(each, "1") for each in found["margin"].values)]
    moved = [j for j in some if np.nan_to_num(found["difference"].values[:, j, 0]).any()]
    if not moved:
        return
    rows = [[text, *(figure(found["difference"].values[i, j], metrics[j].units, signed=True) for j in moved), steps[i]]
            for i, text in enumerate(texts)]
    show_table(tr("与现状之差（逐次配对）；末列：比上一行每多拨付1元，多带动多少元投资",
                  "Difference from the scenario as it is (paired); last column: induced per further yuan of outlay, from the row above"),
               [tr("取值", "value"), *(head_of(metrics[j]) for j in moved), tr("边际带动", "margin")], rows)


def _interval(edges: np.ndarray, texts: list[str]) -> str:
    """A value with its interval in the unit of the lever."""
    scale, unit = _scale(texts)
    value, low, high = (float(x) / scale for x in edges)
    digits = max(0, int(np.ceil(-np.log10(max(high - low, 1e-12)))) + 1)
    return f"{spoken(f'{value:,.{digits}f}{unit}')} ({spoken(f'{low:,.{digits}f}{unit}')}..{spoken(f'{high:,.{digits}f}{unit}')})"


def _scale(texts: list[str]) -> tuple[float, str]:
    from simulator.units import UNITS, unit_of

    unit = next((unit_of(text) for text in texts if text not in ("无", "none")), "")
    return float(UNITS[unit][1]), unit


def _holds(found: xr.Dataset, metrics: list[Metric], condition: str) -> str:
    from simulator.metrics import read_constraint

    read = read_constraint(condition)
    names = [each.text for each in metrics]
    if read.metric.text not in names:
        return ""
    values = found["value"].values[:, names.index(read.metric.text), 0]
    if not np.isfinite(values).all():
        return ""
    return tr("，处处成立", ": it holds everywhere") if (read.condition.margin(values) >= 0).all() else tr("，处处不成立",
                                                                                                      ": it holds nowhere")


def _show_maps(found: xr.Dataset, levers: list[str], asked: set[str]) -> None:
    down, across = levers if found.sizes[levers[1]] <= found.sizes[levers[0]] else levers[::-1]
    names = [str(name) for name in found["metric"].values]
    rows_of, columns_of = ([spoken(text) for text in found[f"text_of_{name}"].values.tolist()] for name in (down, across))
    letters = dict(zip(levers, "AB", strict=True))
    for name in [each for each in names if each in _MAPPED or each in asked]:
        metric = read_metric(name)
        values = found["value"].sel(metric=name).transpose(down, across, "part").values
        if not np.isfinite(values[..., 0]).any():
            continue
        worst = float(np.nanmax(values[..., 1])) if np.isfinite(values[..., 1]).any() else float("nan")
        shown = values[..., 0] if np.ptp(values[..., 0]) > 2.0 * np.nan_to_num(worst) else np.zeros(1)  # chance is not shaded
        rows = [[text, *(_shaded(cell, shown, metric) for cell in row)] for text, row in zip(rows_of, values[..., 0], strict=True)]
        show_table(f"{row_of(metric)}{tr('；各格标准误不超过', '; standard errors at most')} {_plain(worst, metric)}",
                   [f"{letters[down]} \\ {letters[across]}", *columns_of], rows)
    say(tr("竖为一个调节项的取值，横为另一个的；色块越深，数值越大", "One lever goes down, the other across; the darker, the larger"))


def _shaded(value: float, all_values: np.ndarray, metric: Metric) -> str:
    low, high = float(np.nanmin(all_values)), float(np.nanmax(all_values))
    shade = _SHADES[min(int((value - low) / (high - low) * len(_SHADES)), len(_SHADES) - 1)] if high > low else " "
    return f"{_plain(value, metric)} {shade}"


def _plain(value: float, metric: Metric) -> str:
    """Three digits of a cell: its error stands in the title."""
    if not np.isfinite(value):
        return "—"
    scaled = value / {"CNY": YI, "tce": WAN, "share": 0.01}.get(metric.units, 1.0)
    digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2 if abs(scaled) >= 0.1 or not scaled else 4
    return f"{scaled:,.{digits}f}{'%' if metric.units == 'share' else ''}"


def show_caps(found: xr.Dataset, scenario: Scenario) -> None:
    """Every cap: whom it binds, what it saves, and its price."""
    rules = scenario.model.policy.instruments
    rows = []
    for i, key in enumerate(found["instrument"].values):
        def of(name: str, place: int = i) -> Any:
            return found[name].values[place]

        rows.append([str(rules[str(key)].short), f"{float(found['cap'][i]) / WAN:,.0f}", figure(of("awards"), "1"),
                     figure(of("at_cap"), "1"),
                     figure((of("share_at_cap")[0], float("nan")), "share"),
                     *map(_wan, (of("saved"), of("marginal_outlay"), of("marginal_induced")))])
    show_table(tr(f"上限（{found.attrs['draws']:,} 次抽样；金额为万元）", f"Caps ({found.attrs['draws']:,} draws; money in 10^4 CNY)"),
               [tr("工具", "instrument"), tr("上限", "cap"), tr("立项", "approved"), tr("触顶", "at cap"), tr("触顶占比", "share"),
                tr("上限省下", "saved"), tr("放宽1万元\n多拨付", "one more\noutlay"), tr("放宽1万元\n多带动", "one more\ninduced")], rows)
    say(tr("触顶：上限起决定作用的项目（按合同计上限的为合同数）；省下：取消上限要多拨付的；放宽按一成计，折合每1万元，含企业反应",
           "At cap: projects whose cap decides (contracts, where the cap is of each); saved: what no cap would cost; "
           "one more: of 10 000 CNY on the cap, measured by raising it by a tenth, with the response of firms"))


def _wan(parts: np.ndarray) -> str:
    return with_error(float(parts[0]), float(parts[1]), WAN)


def show_notches(found: xr.Dataset, scenario: Scenario) -> None:
    """Every threshold: who lies beside it, and how large the jump is."""
    if not found.sizes["instrument"]:
        return
    rules = scenario.model.policy.instruments
    rows = [[str(rules[str(key)].short), f"{float(found['threshold'][i]) / WAN:,.0f}", figure(found["below"].values[i], "1"),
             figure(found["above"].values[i], "1"), _wan(found["jump"].values[i]), figure(found["bunching"].values[i], "CNY")]
            for i, key in enumerate(found["instrument"].values)]
    show_table(tr("门槛两侧一成之内的申报（企业反应不计；门槛和跳升为万元，多拨付为亿元）",
                  "Applications within a tenth of a threshold (nobody responds; threshold and jump in 10^4 CNY, outlay in 10^8)"),
               [tr("工具", "instrument"), tr("门槛", "threshold"), tr("略低的", "just below"), tr("略高的", "just above"),
                tr("跨过后多得", "jump"), tr("都凑到门槛\n多拨付", "outlay\nif all bunch")], rows)
    say(tr("略低的项目多报一点投资就能得到全部补助：审核时应留意门槛附近的申报",
           "A project just below gains the whole jump by planning a little larger: look closely at those near a threshold"))
