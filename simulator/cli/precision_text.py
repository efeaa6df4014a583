"""What a run to a precision asked, reached and used, in the chosen language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.language import language, tr


def precision_text(reports: Sequence[dict[str, Any]]) -> str:
    """One sentence on the run, then every watched error by scenario; empty where the number of draws was given."""
    said = reports[0]["precision"]
    if said is None:
        return ""
    errors = {report["title"][language()]: report["precision"]["errors"] for report in reports}
    lines = [_outcome(said, _worst(errors))]
    for title, each in errors.items():
        head = f"{title} · " if len(errors) > 1 else ""
        head += tr("标准误占其值（不足合计 1% 的年份不计）：", "standard error over figure (years below 1% of the total do not count): ")
        lines.append(head + tr("，", ", ").join(f"{_name(name)} {_share(x)}" for name, x in each.items()))
    return "\n".join(lines)


def _outcome(said: dict[str, Any], worst: tuple[str, float | None]) -> str:
    asked, draws, rounds = _share(said["asked"]), f"{said['rounds'][-1]:,}", len(said["rounds"])
    used = tr(f"{draws} 次抽样（{rounds} 轮）", f"{draws} draws ({rounds} round{'s' if rounds > 1 else ''})")
    if said["reached"]:
        return tr(f"精度：达到要求的 {asked}（连续两轮），用了 {used}",
                  f"Precision: the {asked} asked for is reached, twice running, with {used}")
    limit = tr("内存只够", "memory allows no more than") if said["stopped_by"] == "memory" else tr("上限为", "the ceiling is")
    name, error = worst
    if error is not None and error <= said["asked"]:
        return tr(f"精度：要求 {asked}，最后一轮为 {_share(error)}（{name}），但{limit} {used}，没有再一轮来确认；请提高 --draws",
                  f"Precision: {asked} was asked for and the last round shows {_share(error)} ({name}), but {limit} {used}: no further "
                  "round could confirm it; allow more --draws")
    return tr(f"精度：没有达到要求的 {asked}，只到 {_share(error)}（{name}）：{limit} {used}；请提高 --draws 或放宽 --precision",
              f"Precision: {asked} was asked for, {_share(error)} is reached ({name}): {limit} {used}; allow more --draws or a coarser "
              "--precision")


def _worst(errors: dict[str, dict[str, float | None]]) -> tuple[str, float | None]:
    found = [(name if len(errors) == 1 else f"{title} {name}", x) for title, each in errors.items()
             for name, x in ((_name(key), x) for key, x in each.items())]
    unknown = [each for each in found if each[1] is None]
    return unknown[0] if unknown else max(found, key=lambda each: each[1] or 0.0)


def _name(path: str) -> str:
    if path.startswith("outlay_by_year."):
        return path.split(".")[1]
    return {"outlay_total.mean": tr("合计均值", "total mean"), "outlay_total.p95": tr("合计P95", "total P95")}[path]


def _share(x: float | None) -> str:
    return tr("未知", "unknown") if x is None else f"{100 * x:.2g}%"
