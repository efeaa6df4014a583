"""What it brings: leverage gross and net, the city's investment, energy, and how likely the targets are."""

from __future__ import annotations

from simulator.brief.told import Told
from simulator.charts import chart


def tell(told: Told) -> None:
    """Leverage, then targets."""
    told.section("带来多少", "What it brings")
    told.part("投资：毛、净并列", "Investment, gross and net")
    told.text("毛撬动倍数是受支持投资与拨付之比，包含没有补助也会做的投资；净撬动倍数只计补助带动的新增投资。两者要一起看，只报毛倍数会高估政策作用。",
              "Gross leverage is supported investment over outlay, with all that would have been invested anyway; net leverage counts only "
              "what support induces. They belong together: gross leverage alone overstates what the policy does.")
    if bool(told.tables["leverage"]["flattered"]):
        told.text("本情景有预算约束，而企业决定投资时只看立项率、不看资金够不够：未获安排的项目所带动的投资照计，净倍数因此偏高。",
                  "Money is short in this scenario, while enterprises decide by approval alone: what unfunded projects induced counts all "
                  "the same, and net leverage is flattering.")
    told.figure("leverage")
    told.figure("investment")
    told.part("节能", "Energy")
    told.text("文件的节能目标是全市口径，受支持项目的部分和补助带动的部分在图中单独标出；“累计节能量”有几种读法，逐一列出。",
              "The energy target is the city's; the parts of supported and of induced projects are shown within it, under every reading of "
              "what is cumulated.")
    told.figure("energy")
    told.part("文件目标", "The document's targets")
    targets = told.shown("targets")
    if targets is not None:
        told.table(chart("targets").grid(targets), (0.1, 0.32, 0.19, 0.24, 0.15))
    told.figure("attainment")
