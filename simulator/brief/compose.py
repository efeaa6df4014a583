"""A brief from a run: title, sections in their order, and what `verify` needs to compute it again."""

from __future__ import annotations

from simulator.brief.document import FORMAT, Brief
from simulator.brief.sections import answer, effects, glossary, ground, method, money, readings, scenarios
from simulator.brief.told import Told
from simulator.charts import Tables
from simulator.language import language, tr
from simulator.provenance import program_hash

SECTIONS = (answer, money, effects, ground, readings, scenarios, method, glossary)


def compose_brief(tables: Tables) -> Brief:
    """The brief of the scenario that the tables tell, in the language."""
    told = Told(tables)
    for section in SECTIONS:
        section.tell(told)
    evidence = tables.evidence
    model = evidence.scenario.model
    title = tr(f"《{model.policy.title}》财政支出与成效测算", f"{model.policy.title}: what it will cost, and what it will bring")
    number = model.policy.number or model.policy.id
    ledger = tr(f" · 台账截至 {evidence.results.attrs['as_of']}", f" · ledger as of {evidence.results.attrs['as_of']}"
                ) if evidence.with_ledger else ""
    subtitle = tr(f"{number} · {model.title}情景{ledger} · 运行 {evidence.name}",
                  f"{number} · scenario {model.title}{ledger} · run {evidence.name}")
    origin = {"format": FORMAT, "program": program_hash(), "run": evidence.name,
              "seal": str(evidence.run.manifest["seal"]), "scenario": evidence.scenario.name, "lang": language(),
              "levers": list(evidence.levers) if evidence.levers else None}
    return Brief(title, subtitle, tuple(told.blocks), origin)
