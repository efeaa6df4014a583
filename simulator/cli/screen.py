"""One screen for one scenario, and one table for several: figures from `report`, in the chosen language."""

from __future__ import annotations

from typing import Any

from simulator.cli.common import console, money, number, share, table
from simulator.cli.precision_text import precision_text
from simulator.language import language, tr
from simulator.units import WAN, YI


def show_scenario(figures: dict[str, Any], folder: str | None) -> None:
    """Print everything a bureau asks first about one scenario."""
    out = console()
    lang = language()
    out.print(f"{figures['title'][lang]} ({figures['scenario']}) · {figures['policy']} · "
              + tr(f"{figures['draws']:,} 次抽样 · 种子 {figures['seed']}", f"{figures['draws']:,} draws · seed {figures['seed']}"))
    out.print(figures["question"][lang])
    out.print()
    out.print(_outlay(figures))
    if figures["known"]:
        out.print(_known(figures["known"]))
    out.print(_leverage(figures))
    out.print()
    out.print(_targets(figures))
    out.print(_instruments(figures))
    if said := precision_text([figures]):
        out.print(said)
    out.print(_footnotes(figures, folder))


def show_comparison(reports: list[dict[str, Any]], differences: dict[str, Any], folder: str | None) -> None:
    """Print several scenarios side by side, and their paired differences from the first."""
    out = console()
    lang = language()
    rows = [[f["title"][lang], money(f["outlay_total"]["mean"]), money(f["outlay_total"]["p95"]), money(f["outlay_tail"]["mean"]),
             number(f["leverage_gross"]), number(f["leverage_net"]), share(f["deadweight_share"])] for f in reports]
    last = reports[0]["last_filing_year"]
    out.print(table(tr("情景比较（亿元）", "Scenarios (100 million CNY)"),
                    [tr("情景", "scenario"), tr("拨付合计", "outlay"), "P95", tr(f"{last}后", f"after {last}"),
                     tr("撬动(毛)", "gross"), tr("撬动(净)", "net"), tr("无谓补贴", "deadweight")], rows))
    goals = reports[0]["goals"]
    joint = [[f["title"][lang], *(share(f["joint"].get(name)) for name in (*goals, "budget", "joint"))] for f in reports]
    out.print(table(tr("达到目标的概率", "Probability of reaching the targets"),
                    [tr("情景", "scenario"), *goals.values(), tr("不超预算", "in budget"), tr("同时", "joint")], joint))
    first = reports[0]["title"][lang]
    rows = []
    for report in reports[1:]:
        diff = differences[report["scenario"]]
        rows.append([report["title"][lang], money(diff["outlay"]), money(diff["supported_investment"]),
                     money(diff["induced_investment"]), money(diff["energy_saving"], WAN), money(diff["overrun"])])
    out.print(table(tr(f"与“{first}”之差（同一批抽样配对；亿元，节能为万吨标煤）",
                       f"Paired difference from {first} (100 million CNY; 10 kt ce)"),
                    [tr("情景", "scenario"), tr("拨付", "outlay"), tr("受支持投资", "supported"), tr("带动新增", "induced"),
                     tr("节能", "energy"), tr("超支", "overrun")], rows))
    if reports[0]["known"]:
        out.print(_known(reports[0]["known"]))
    if said := precision_text(reports):
        out.print(said)
    if folder:
        out.print(tr(f"结果已存入 {folder}", f"Saved in {folder}"))


def _outlay(figures: dict[str, Any]) -> Any:
    funds = figures["appropriation"]
    columns = [tr("年份", "year"), tr("均值", "mean"), "P5", "P50", "P95", "CVaR95"]
    columns += [tr("超预算概率", "P(over budget)")] if funds else []
    rows = []
    for year, row in figures["outlay_by_year"].items():
        over = [by_year[year]["probability_over"] for by_year in funds.values() if year in by_year]
        rows.append([str(year), *_row(row), *([share(over[0]) if over else "—"] if funds else [])])
    rows.append([tr("合计", "total"), *_row(figures["outlay_total"]), *([""] if funds else [])])
    last = figures["last_filing_year"]
    rows.append([tr(f"其中{last}年以后", f"after {last}"), *_row(figures["outlay_tail"]), *([""] if funds else [])])
    return table(tr("市级财政拨付（亿元，±为蒙特卡洛标准误）", "Municipal outlay (100 million CNY, ± Monte Carlo standard error)"),
                 columns, rows, last_is_total=2)


def _known(known: dict[str, Any]) -> Any:
    """What is fact, what is owed, and what is forecast."""
    def cells(row: dict[str, Any]) -> list[str]:
        return [_exact(row["paid"]), _exact(row["owed"]), money(row["forecast"])]

    rows = [[str(year), *cells(row)] for year, row in known["by_year"].items()]
    if known["owed_later"]:
        rows.append([tr(f"{max(known['by_year'])}年以后", f"after {max(known['by_year'])}"), "", _exact(known["owed_later"]), "—"])
    rows.append([tr("合计", "total"), *cells(known | {"owed": known["owed"] + known["owed_later"]})])
    return table(tr(f"其中：台账 {known['rows']:,} 项，截至 {known['as_of']}（亿元）",
                    f"Of it: a ledger of {known['rows']:,} as of {known['as_of']} (100 million CNY)"),
                 [tr("年份", "year"), tr("已拨付", "paid"), tr("应付（已立项）", "owed (approved)"), tr("预测（均值）", "forecast (mean)")],
                 rows, last_is_total=1)


def _exact(amount: float) -> str:
    return f"{amount / YI:,.4f}"


def _row(distribution: dict[str, Any]) -> list[str]:
    return [money(distribution[name]) for name in ("mean", "p5", "p50", "p95", "cvar95")]


def _leverage(figures: dict[str, Any]) -> str:
    gross, net, idle = number(figures["leverage_gross"]), number(figures["leverage_net"]), share(figures["deadweight_share"])
    return tr(f"撬动倍数：毛 {gross}（受支持投资÷拨付），净 {net}（带动新增÷拨付）；无谓补贴占拨付 {idle}",
              f"Leverage: gross {gross} (supported investment ÷ outlay), net {net} (induced ÷ outlay); deadweight {idle} of outlay")


def _targets(figures: dict[str, Any]) -> Any:
    rows = []
    for target in figures["targets"]:
        if not target["modelled"] or target["treatment"] == "physical":
            continue
        indicator, clause = target["indicator"][language()], f"({target['clause']})"
        if target["result"]:
            rows.append([target["id"], indicator, clause, target["goal"], _result(target["result"]), share(target["probability"])])
        goals = target["goal"].split(" / ")
        for (name, part), goal in zip(target["parts"].items(), goals, strict=False):
            rows.append([target["id"], f"{indicator}: {name}" if language() == "en" else _PARTS.get(name, name), clause,
                         f"≥{goal}", number(part["result"]), share(part["probability"])])
    both = [figures["goals"][name] for name in ("investment", "energy") if name in figures["goals"]]
    together = " + ".join([*([tr("不超预算", "in budget")] if "budget" in figures["joint"] else []), *both]) + tr(" 同时", " together")
    rows.append(["", together, "", "", "", share(figures["joint"]["joint"])])
    return table(tr("目标", "Targets"), ["", tr("指标", "indicator"), tr("条", "clause"), tr("目标", "goal"),
                                         tr("预期", "expected"), tr("达到概率", "probability")], rows, left=3, last_is_total=1)


_PARTS = {"equipment": "首台套装备", "software": "首版次软件", "material": "首批次新材料"}


def _result(figure: dict[str, Any]) -> str:
    if figure["unit"] == "share":
        return share(figure)
    scale, unit = {"money": (YI, tr("亿元", " 10^8 CNY")), "energy": (WAN, tr("万吨标煤", " 10^4 tce"))}.get(figure["unit"], (1.0, ""))
    return f"{money(figure, scale)}{unit}"


def _instruments(figures: dict[str, Any]) -> Any:
    rows = []
    for instrument in figures["instruments"].values():
        title = instrument["title" if language() == "zh" else "short"][language()] + (" *" if instrument["assumed_amount"] else "")
        rows.append([f"({instrument['clause']})", title, number(instrument["applications"]), number(instrument["awards"]),
                     *(money(instrument["outlay"][name]) for name in ("mean", "p95"))])
    rows.append(["", tr("文件有金额的条款小计", "clauses with amounts"), "", "", money(figures["outlay_priced"]), ""])
    rows.append(["", tr("金额属假设的条款小计 *", "assumed amounts *"), "", "", money(figures["outlay_assumed"]), ""])
    return table(tr("各政策工具（拨付为亿元）", "Instruments (outlay in 100 million CNY)"),
                 [tr("条", "clause"), tr("工具", "instrument"), tr("申报", "applications"), tr("获支持", "supported"),
                  tr("拨付均值", "mean outlay"), "P95"], rows, left=2, last_is_total=2)


def _footnotes(figures: dict[str, Any], folder: str | None) -> str:
    name = figures["scenario"]
    energy = figures["energy"]
    lines = [
        tr("* 文件未给金额，数额全是假设。申报量、规模、立项率、弹性等也是假设。",
           "* The document names no amount: assumed. Applications, sizes, approval and elasticity are assumptions too."),
        tr(f"节能量中受支持项目 {money(energy['energy_saving_supported'], WAN)}、"
           f"带动新增 {money(energy['energy_saving_induced'], WAN)} 万吨标煤；"
           f"区级配套 {money(figures['district_outlay'])} 亿元另计。",
           f"Of the saving, supported projects {money(energy['energy_saving_supported'], WAN)} and induced ones "
           f"{money(energy['energy_saving_induced'], WAN)} (10 kt ce); district match {money(figures['district_outlay'])}, not included."),
        tr(f"追溯：条款和数值 subsidysim list instruments {name}；假设 subsidysim list assumptions {name}；"
           f"单个项目 subsidysim explain {name}；口径 subsidysim readings {name}",
           f"Trace: subsidysim list instruments {name}; list assumptions {name}; explain {name}; readings {name}"),
    ]
    if folder:
        lines.append(tr(f"结果已存入 {folder}", f"Saved in {folder}"))
    return "\n".join(lines)
