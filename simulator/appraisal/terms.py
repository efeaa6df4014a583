"""The rule book as the pricing of ledgers reads it: clauses with exact values, and readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from simulator.pricing import Clause, clause_of
from simulator.scenario import Scenario
from simulator.schema import Instrument
from simulator.units import round_to_fen

_FINEST_RATE = Decimal("0.000001")


@dataclass(frozen=True)
class Terms:
    """Clauses by key, and the readings that concern what a project is paid."""

    clauses: Mapping[str, Clause]
    net_of_central: bool
    half_half: bool
    exclusivity: str

    @cached_property
    def codes(self) -> dict[str, int]:
        """Place of each clause."""
        return {key: code for code, key in enumerate(self.clauses)}


def terms_of(scenario: Scenario) -> Terms:
    """The clauses of a scenario's rule book under its readings; ceilings are paid in full, open amounts at their medians."""
    model = scenario.model
    clauses = {key: clause_of(key, rule, _assumed(rule)) for key, rule in model.policy.instruments.items()}
    return Terms(clauses, model.readings.interest_base == "net_of_central", model.readings.grant_payout == "half_half",
                 model.readings.exclusivity)


def _assumed(rule: Instrument) -> dict[str, Decimal]:
    """Medians of what a document leaves open, to the 分 or to 0.0001%."""
    values = {tier: round_to_fen(Decimal(repr(given.amount.value.median()))) for tier, given in (rule.tiers or {}).items()}
    return values | ({"rate": Decimal(repr(rule.rate.value.median())).quantize(_FINEST_RATE)} if rule.rate is not None else {})
