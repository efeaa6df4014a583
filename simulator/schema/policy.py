"""A rule book: one policy document as instruments, readings and targets, each with its clause and quote."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from simulator.language import tr
from simulator.schema.distributions import Distribution, Frozen, Money, Share
from simulator.schema.values import Text, Valued

Shape = Literal["capped_share", "interest_subsidy", "tiered_award"]
Base = Literal["loan_interest", "investment", "equipment", "incremental_investment", "lease_equipment", "contract",
               "certification_contract", "software_sales", "tier"]
OF_CONTRACTS = ("contract", "certification_contract", "software_sales")
Payout = Literal["in_arrears", "two_tranches", "on_acceptance", "at_once"]
LoanYears = Annotated[int, Field(ge=1, le=3)]


class Fund(Frozen):
    """A special fund that instruments are paid from."""

    title: Text
    basis: Literal["document", "fact", "assumption"]
    note: str | None = None
    source: str | None = None


class Tier(Frozen):
    """One tier of a tiered award."""

    title: Text
    amount: Valued[Distribution[Money]]


class Quota(Frozen):
    """How many awards a year."""

    count: Valued[Annotated[int, Field(ge=0)]]
    kind: Literal["hard", "about", "floor"]
    """hard and about ration; a floor (不少于) rations nothing and is reported against."""
    per: Literal["year"] = "year"
    parts: dict[str, int] | None = None
    note: str | None = None


class Instrument(Frozen):
    """One funded clause of the programme."""

    title: Text
    short: Text
    """A short title for tables: at most 6 Chinese characters."""
    also: list[str] = []
    """Other names by which a ledger may call it."""
    clause: str
    """Article number in the document."""
    quote: str
    """Verbatim text of the clause."""
    priced: bool = True
    """false: the document gives no amount; the instrument runs on assumed amounts and is always marked."""
    shape: Shape
    base: Valued[Base]
    rate: Valued[Distribution[Share]] | None = None
    rate_is: Valued[Literal["flat", "ceiling"]] | None = None
    """ceiling (不超过/最高): pays rate x award intensity; flat: pays the rate."""
    cap: Valued[Money | None]
    cap_scope: Valued[Literal["project", "product", "contract"]]
    cap_period: Valued[Literal["lifetime", "year"]]
    term: Valued[LoanYears] | None = None
    """Loan-years that are supported."""
    threshold: Valued[Money | None] | None = None
    """Of approved total investment."""
    threshold_inclusive: Valued[bool] | None = None
    threshold_wording: str | None = None
    fixed_asset_share: Valued[Share] | None = None
    """The share of fixed assets in the investment must lie above this."""
    quota: Quota | None = None
    payout: Valued[Payout]
    fund: Valued[str]
    exclusion_group: Valued[str]
    """Instruments of one group exclude each other for one project, by the reading `exclusivity`."""
    combinable: bool = False
    """Loan and lease: may be combined under the reading loan_and_lease."""
    stackable: Valued[bool] = Field(True, validate_default=True)
    """false: even under the reading stack, only one such instrument for one product."""
    beneficiary: Valued[Text]
    tiers: dict[str, Tier] | None = None

    @model_validator(mode="after")
    def _shape_has_its_parameters(self) -> Instrument:
        needs = {
            "capped_share": ("rate", "rate_is"),
            "interest_subsidy": ("rate", "rate_is", "term"),
            "tiered_award": ("tiers",),
        }[self.shape]
        missing = [name for name in needs if getattr(self, name) is None]
        if missing:
            raise ValueError(tr(f"公式 {self.shape} 缺少 {'、'.join(missing)}", f"{self.shape} needs {', '.join(missing)}"))
        if (self.shape == "interest_subsidy") != (self.base.value == "loan_interest"):
            raise ValueError(tr("贴息公式的基数应为 loan_interest", "an interest subsidy has the base loan_interest"))
        if (self.shape == "tiered_award") != (self.base.value == "tier"):
            raise ValueError(tr("阶梯奖励的基数应为 tier", "a tiered award has the base tier"))
        if (self.shape == "interest_subsidy") != (self.payout.value == "in_arrears"):
            raise ValueError(tr("贴息在次年拨付（in_arrears）", "interest is paid in_arrears, other support is not"))
        if self.cap_scope.value == "contract" and self.base.value not in OF_CONTRACTS:
            base = self.base.value
            raise ValueError(tr(f"按合同计的上限（cap_scope: contract）只用于合同金额，基数为 {base} 的写 project 或 product",
                                f"a cap for each contract (cap_scope: contract) is one on contracts; of {base} write project or product"))
        if self.tiers is not None and not 1 <= len(self.tiers) <= 4:
            raise ValueError(tr("阶梯应为 1 至 4 档", "between one and four tiers"))
        return self


class Choice(Frozen):
    """One way to read a clause."""

    title: Text
    set: dict[str, Any] | None = None
    """Instrument values under this reading: `instrument.field: value`; None: a switch of the model."""


class Reading(Frozen):
    """An ambiguous clause as a declared switch."""

    clause: str | None
    """None: an ambiguity of the model, not of a clause."""
    question: Text
    default: str
    ground: Text
    source: str | None = None
    choices: dict[str, Choice]

    @model_validator(mode="after")
    def _default_is_a_choice(self) -> Reading:
        if self.default not in self.choices:
            raise ValueError(tr(f"默认口径 {self.default!r} 不在选项中", f"the default {self.default!r} is no choice"))
        return self


class Goal(Frozen):
    """What a target asks for; numbers with their unit as the document writes them."""

    at_least: str | None = None
    above: str | None = None
    about: str | None = None
    at_most: str | None = None
    qualitative: str | None = None
    parts: dict[str, str] | None = None

    def __str__(self) -> str:
        if self.parts:
            return " / ".join(self.parts.values())
        signs = {"at_least": "≥", "above": ">", "about": "≈", "at_most": "≤", "qualitative": ""}
        return next(signs[name] + str(getattr(self, name)) for name in signs if getattr(self, name) is not None)


class Target(Frozen):
    """A result that the document promises."""

    id: str
    clause: str
    indicator: Text
    quote: str
    goal: Goal
    by: int | str | None = None
    treatment: Literal["simulated", "counted", "physical", "tracked"]
    """tracked: no instrument drives it; it is listed, and no progress is ever invented for it."""


class Measure(Frozen):
    """A qualitative measure and what the model makes of it."""

    id: str
    clause: str
    title: Text
    quote: str
    treatment: str


class Mention(Frozen):
    """A number of the document that is neither a value nor a target, and why it is not."""

    quote: str
    why: str


class Policy(Frozen):
    """One policy document."""

    id: str
    title: Text
    number: str | None = None
    issued: str | None = None
    text: str
    """File name of the stored copy of the document that every quote is checked against."""
    funds: dict[str, Fund] = {}
    instruments: dict[str, Instrument] = {}
    readings: dict[str, Reading] = {}
    targets: list[Target] = []
    measures: list[Measure] = []
    mentions: list[Mention] = []
