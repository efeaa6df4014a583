"""What has to be said beside the figures, lest they be misread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.cli.layout import say
from simulator.language import tr
from simulator.metrics import Metric
from simulator.scenario import Scenario
from simulator.summary import ENOUGH_FOR_TAILS


def say_what_lacks(metrics: Sequence[Metric], shown: Sequence[bool], draws: int) -> None:
    """Tails are not shown where there are few draws: a reader who misses them is told why."""
    missing = [each.title for each, there in zip(metrics, shown, strict=True) if each.tail and not there]
    if missing and draws < ENOUGH_FOR_TAILS:
        say(tr(f"抽样少于 {ENOUGH_FOR_TAILS:,} 次，不给{'、'.join(missing)}；要看请加 --draws 2048",
               f"Under {ENOUGH_FOR_TAILS:,} draws there is no {', no '.join(missing)}: ask for --draws 2048"))


def about_appropriations(levers: Sequence[str], scenario: Scenario) -> Iterator[str]:
    """What has to be known before an appropriation is moved: whether it does anything, and whether enterprises reckon with it."""
    funds = dict.fromkeys(name.split(".")[1] for name in levers if name.startswith("appropriation."))
    idle = [fund for fund in funds if scenario.model.appropriation[fund].enforce == "none"]
    for fund in idle:
        yield tr(f"提醒：{fund} 的预算只作比较（enforce: none），不影响拨付",
                 f"Note: the appropriation of {fund} is a yardstick only (enforce: none) and changes no outlay")
    if len(funds) > len(idle) and not scenario.model.behaviour.reckons_with_queue.value:
        yield tr("提醒：这个情景里企业不考虑预算够不够，预算再少带动的投资也不减；"
                 "要让它随预算变，请在情景里写 behaviour: {reckons_with_queue: true}",
                 "Note: in this scenario enterprises do not reckon with the budget, so it induces as much however small it is; "
                 "to change that, write behaviour: {reckons_with_queue: true} into the scenario")
