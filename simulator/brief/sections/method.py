"""How it was computed, and what it cannot say."""

from __future__ import annotations

from simulator.brief.told import Told
from simulator.charts.run import grid
from simulator.statements import number, quoted


def tell(told: Told) -> None:
    """Method, limits, and the run itself."""
    told.section("方法与局限", "Method and limits")
    run = told.tables["run"]
    told.text("方法：由{projects}个可能申报的项目出发，在{draws}次抽样中逐项模拟申报、立项、建设和结局，按{policy}逐条计算应补额和上限，"
              "再按年汇总拨付；各项目共有的因素（利率、景气、立项率等）在同一次抽样中相同。",
              "Method: from {projects} projects that could apply, filing, approval, construction and outcome are simulated in {draws} "
              "draws; each clause of {policy} and its caps are applied to every project, and outlay is added up by year. What projects "
              "share (rates, climate, approval) is the same within a draw.",
              projects=number(run, "projects", "count"), draws=number(run, "draws", "count"), policy=quoted(run, "policy"))
    told.text("“±”是蒙特卡洛标准误，即换一批抽样数字大约会动多少，由{scrambles}组互相独立的抽样算出；只写出它支持的位数。它不含假设本身的误差，"
              "后者要换情景、换口径来看，比“±”大得多。",
              "What stands behind ± is the Monte Carlo standard error, from {scrambles} independent sets of draws; only digits that it "
              "supports are written. It does not hold the error of the assumptions, far larger: see other scenarios and readings.",
              scrambles=number(run, "scrambles", "count"))
    if told.evidence.with_ledger:
        told.text("本次从台账出发（{ledger}）：已拨付的是事实，已立项的按条款应付，其余申报由情景的假设产生。",
                  "This run starts from a ledger ({ledger}): what was paid is fact, what was approved is owed as the clauses say, all "
                  "other applications come from the scenario's assumptions.", ledger=quoted(run, "ledger"))
    else:
        told.text("没有公布的申报名单和逐年拨付数，申报项目是合成的，未同实际拨付校准。",
                  "No list of applications and no yearly outlay is published; projects are synthetic and were not calibrated to "
                  "actual payments.")
    told.text("局限：结果说明“在这些假设下会怎样”，不是预测。"
              "补助对投资的影响不含对其他企业、税收和就业的影响。排队和封顶默认不改变企业的投资决定。区级配套另计，不在拨付之内。",
              "Limits: the result says what happens under these assumptions; it is no forecast. Effects on other firms, taxes and jobs "
              "are left out. Queues and caps change no decision to invest unless the scenario says so. District support is apart.")
    if not told.evidence.same_program:
        told.text("注意：另作模拟的各图（情景、口径、敏感性、比例）用的程序与本次运行的版本不同。",
                  "Note: what was simulated anew (scenarios, readings, sensitivity, rates) used another version of the program.")
    told.table(grid(run), (0.32, 0.68))
