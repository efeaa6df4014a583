"""The first sheet, which lists what is there and what is not, and the last one, which says how to read it and where it is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from simulator.charts import name_of
from simulator.evidence import Evidence
from simulator.export.chosen import Shown
from simulator.export.fields import error_head
from simulator.language import tr
from simulator.spreadsheet import Book, joined, lines_of
from simulator.statements import unit_name

_WIDTHS = (22, 106)
_LINE = 14.0  # points


def contents_name() -> str:
    """Of the first sheet."""
    return tr("目录", "contents")


def notes_name() -> str:
    """Of the last sheet."""
    return tr("说明", "notes")


def write_contents(book: Book, evidence: Evidence, shown: Sequence[Shown], left_out: Mapping[str, str]) -> None:
    """Write the sheet: the scenario and its run, each sheet with its finding, and what cannot be shown, with the reason."""
    sheet = book.sheet(contents_name(), _WIDTHS)
    book.title(sheet, str(evidence.scenario.model.title),
               tr("各图背后的表；能用 Excel 作图的，表下附图", "The tables behind the charts, with a native chart where there can be one"))
    row = 2
    for pair in _facts(evidence):
        row = _pair(book, sheet, row, pair)
    row = _heads(book, sheet, row + 1, (tr("工作表", "sheet"), tr("结论", "finding")))
    for each in shown:
        row = _pair(book, sheet, row, (each.name, each.finding), link=each.name)
    row = _pair(book, sheet, row, (notes_name(), tr("单位、标准误、假设、用语、出处", "units, errors, assumptions, terms, origin")),
                link=notes_name())
    if left_out:
        row = _heads(book, sheet, row + 1, (tr("没有给出", "not shown"), tr("原因", "reason")))
        for kind, reason in left_out.items():
            row = _pair(book, sheet, row, (name_of(kind), reason))


def write_notes(book: Book, evidence: Evidence, shown: Sequence[Shown]) -> None:
    """Write the sheet: units, errors, assumptions, terms, and the origin of every figure."""
    sheet = book.sheet(notes_name(), _WIDTHS)
    book.title(sheet, tr("说明", "Notes"), "")
    row = 2
    for title, pairs in ((tr("读法", "How to read"), _reading()), (tr("假设", "Assumptions"), _assumptions(evidence)),
                         (tr("用语", "Terms"), _terms()), (tr("出处", "Origin"), _origin(evidence))):
        book.text(sheet, row, 0, title, "section")
        row += 1
        for pair in pairs:
            row = _pair(book, sheet, row, pair)
        row += 1


def _facts(evidence: Evidence) -> Iterator[tuple[str, str]]:
    yield tr("运行", "run"), evidence.name
    yield tr("情景", "scenario"), evidence.scenario.name
    yield tr("政策", "policy"), str(evidence.scenario.model.policy.title)
    yield tr("抽样", "draws"), f"{evidence.results.sizes['draw']:,}"
    yield tr("种子", "seed"), str(evidence.scenario.model.seed)


def _reading() -> Iterator[tuple[str, str]]:
    yield tr("单位", "units"), tr(
        f"金额为{unit_name('money')}，能源为{unit_name('energy')}，比例和概率以百分数显示；表头注明单位。",
        f"Money in {unit_name('money')}, energy in {unit_name('energy')}, shares and probabilities in percent; heads name the units.")
    yield tr("数字", "numbers"), tr(
        "单元格保存完整精度，显示的位数以标准误为限；要更多位数，改单元格格式即可，但多出的位数没有意义。",
        "Cells hold full precision and show the digits that the standard error supports; further digits mean nothing.")
    yield error_head(), tr(
        "蒙特卡罗标准误，表中以±表示：同样的设定换一组抽样，结果大约会差这么多。它不是不确定性本身；不确定性看分位数。空白为没有抽样误差，或抽样不足以给出。",
        "Monte Carlo standard error (±): how much the figure would move with other draws of the same setting. It is not the "
        "uncertainty of the figure, which quantiles tell. Empty where there is none, or where the draws do not tell.")
    yield tr("合计", "totals"), tr(
        "合计行由各次抽样的合计算出，不是各行分位数之和：分位数不能相加。",
        "Totals are computed from the totals of the draws; quantiles of the rows do not add up to them.")


def _assumptions(evidence: Evidence) -> Iterator[tuple[str, str]]:
    rules = evidence.scenario.model.policy.instruments
    titles = [str(rules[key].title) for key in evidence.assumed]
    yield tr("申报与行为", "applications"), tr(
        "谁申报、规模多大、贷款多少、投资是否因补贴而增加，都是假设，不在文件中；subsidysim list assumptions 列出全部取值和依据。",
        "Who applies, how large, with what loans, and what is invested because of the subsidy is assumed; "
        "subsidysim list assumptions shows every value and its ground.")
    if titles:
        yield tr("带 * 的金额", "amounts with *"), tr(
            f"文件没有给出金额，比例或金额全是假设：{joined(titles)}。",
            f"The document names no amount, it is assumed: {joined(titles)}.")


def _terms() -> Iterator[tuple[str, str]]:
    yield tr("抽样", "draw"), tr("按各项假设的分布模拟一遍整个政策期。",
                               "The whole policy simulated once, with values from the assumed distributions.")
    yield tr("均值", "mean"), tr("各次抽样的平均。", "The average of all draws.")
    yield "P5、P50、P95" if joined(["", ""]) == "、" else "P5, P50, P95", tr(
        "分位数：有百分之五、五十、九十五的抽样不超过它。", "Quantiles: the share of draws, in percent, that do not exceed it.")
    yield "CVaR95", tr("最高的百分之五的抽样的平均。", "The average of the highest twentieth of the draws.")
    yield tr("拨付", "outlay"), tr("当年实际付出的财政资金，含计划期后付的尾款。",
                                 "Money that is paid in the year, the tail after the plan included.")
    yield tr("配对", "paired"), tr("比较时各情景用同一批抽样，差异因此不受抽样左右。",
                                 "Scenarios that are compared meet the same draws: their difference owes nothing to luck.")


def _origin(evidence: Evidence) -> Iterator[tuple[str, str]]:
    manifest = evidence.run.manifest
    yield from _facts(evidence)
    yield tr("封印", "seal"), str(manifest["seal"])
    yield tr("程序", "program"), f"subsidysim {_version()}"
    yield tr("计算内核", "kernels"), str(manifest["kernels"])
    yield tr("运行所用版本", "versions of the run"), joined([str(each) for each in manifest["versions"]])


def _version() -> str:
    try:
        return version("subsidysim")
    except PackageNotFoundError:
        return tr("（未安装，从源码运行）", "(not installed, run from its sources)")


def _heads(book: Book, sheet: Any, row: int, texts: Sequence[str]) -> int:
    book.texts(sheet, row, texts, "head")
    return row + 1


def _pair(book: Book, sheet: Any, row: int, pair: tuple[str, str], link: str = "") -> int:
    """A label and a text, as high as they need, the label perhaps leading to a sheet; the row below."""
    sheet.set_row(row, _LINE * max(lines_of(text, width) for text, width in zip(pair, _WIDTHS, strict=True)) + 4)
    if link:
        sheet.write_url(row, 0, f"internal:'{link}'!A1", book.style("link"), pair[0])
    else:
        book.text(sheet, row, 0, pair[0], "wrapped")
    book.text(sheet, row, 1, pair[1], "wrapped")
    return row + 1
