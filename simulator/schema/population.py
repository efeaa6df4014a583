"""The population file: streams of potential projects, each with its count, sizes and attributes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulator.language import tr
from simulator.schema.distributions import (
    Distribution,
    Frozen,
    Money,
    Number,
    Positive,
    Share,
    SignedShare,
)
from simulator.schema.values import SizeClass, Text, Valued

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Months = Annotated[list[Weight], Field(min_length=12, max_length=12)]


class NegativeBinomial(Frozen):
    """A Poisson count whose mean varies from year to year by a gamma factor with this shape."""

    mean: Positive
    dispersion: Positive


class Count(Frozen):
    """Number of projects a filing year: exactly one of negative_binomial, poisson, fixed."""

    negative_binomial: NegativeBinomial | None = None
    poisson: Positive | None = None
    fixed: Annotated[int, Field(ge=0)] | None = None
    at_least: Annotated[int, Field(ge=0)] = 0
    """A count below this is raised to it (不少于)."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Count:
        stated = [n for n in ("negative_binomial", "poisson", "fixed") if getattr(self, n) is not None]
        if len(stated) != 1:
            raise ValueError(tr("写明 negative_binomial、poisson、fixed 之一", "state one of negative_binomial, poisson, fixed"))
        return self


class Finance(Frozen):
    """Shares of projects by how they are paid for; they add up to one."""

    loan: Share
    lease: Share
    loan_and_lease: Share
    own: Share

    @model_validator(mode="after")
    def _adds_up(self) -> Finance:
        total = self.loan + self.lease + self.loan_and_lease + self.own
        if abs(total - 1) > 1e-9:
            raise ValueError(tr(f"融资方式合计应为 100%，得到 {total:.2%}", f"the shares add up to {total:.2%}, not 100%"))
        return self


class Stream(Frozen):
    """Projects of one kind: slots whose size is drawn afresh in every draw."""

    title: Text
    files_for: list[str]
    """Instruments that a project of this stream applies to, where it meets their conditions."""
    count: Valued[Count]
    filing_months: Valued[Months] | None = None
    """Twelve weights, January first: when in the year projects come in, evenly within a month; none: evenly over the year."""
    count_of: Literal["potential_projects", "applications"]
    """potential_projects may or may not invest and file; applications have filed, so they invest."""
    size: Valued[Distribution[Money]]
    """Total investment of a potential project, or the contract value where the clause looks at a contract."""
    size_by_sector: Valued[dict[str, Positive]] | None = None
    """Multiplies the planned size, and all amounts with it, of the projects of a sector; a sector that is not named: 1."""
    size_class: Valued[dict[SizeClass, Weight]]
    """Shares of small, medium and large enterprises."""
    size_class_correlation: Valued[SignedShare] = Field(0, validate_default=True)
    """Rank correlation (Gaussian copula) of the size of the enterprise with the size of the project."""
    p0: Valued[Distribution[Share]] = Field(1, validate_default=True)
    """Probability that the project goes ahead with no support at all."""
    approval: Valued[Share] | None = None
    """Approval probability of its own; none: the driver approval_level."""
    outcome: Literal["at_risk", "executed"] = "at_risk"
    """executed: the contract has been performed when it is filed, so nothing is partial, late or cancelled."""
    equipment_share: Valued[Distribution[Share]] = Field(1, validate_default=True)
    renewal_share: Valued[Distribution[Share]] = Field(0, validate_default=True)
    fixed_asset_share: Valued[Distribution[Share]] = Field(1, validate_default=True)
    finance: Valued[Finance] | None = None
    loan_to_investment: Valued[Distribution[Share]] | None = None
    loan_size_elasticity: Valued[Number] = Field(0, validate_default=True)
    """Slope of ln(debt share) in the normal score of size: larger projects borrow a larger share."""
    loan_term: Valued[Distribution[Number]] | None = None
    loan_grace: Valued[Number] = Field(1, validate_default=True)
    loan_spread: Valued[Distribution[SignedShare]] | None = None
    """Over the one-year LPR."""
    lease_to_equipment: Valued[Distribution[Share]] | None = None
    contracts: Valued[Distribution[Number]] = Field(1, validate_default=True)
    """Equal contracts that make up a product's contract value."""
    energy_purpose: Valued[Distribution[Share]] = Field(0, validate_default=True)
    """Share of the investment whose purpose is saving energy."""
    build_factor: Valued[Distribution[Number]] = Field(1, validate_default=True)
    """Multiplies building time."""
    overrun: Valued[Distribution[Number]] | None = None
    """Realised over planned cost."""
    score: Valued[Distribution[Number]] = Field({"triangular": [40, 70, 100]}, validate_default=True)
    part: str | None = None
    """`instrument.part` of a counted target or floor, such as first_of_kind.equipment."""
    tier: str | None = None
    """Tier of a tiered award."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Stream:
        if not any(self.size_class.value.values()):
            raise ValueError(tr("企业规模占比不能全为 0", "the shares of enterprise sizes must not all be 0"))
        if self.finance is not None:
            for name in ("loan_to_investment", "loan_term", "loan_spread", "lease_to_equipment"):
                if getattr(self, name) is None:
                    raise ValueError(tr(f"写明融资方式时须写明 {name}", f"{name} is needed beside finance"))
        if self.size_class_correlation.value and (self.count.value.at_least or self.count.value.fixed is not None):
            raise ValueError(tr("规模相关只用于 poisson 或 negative_binomial 计数",
                                "a size correlation needs a poisson or negative_binomial count without at_least"))
        return self


class Population(Frozen):
    """Who could apply: a synthetic frame of potential projects, deterministic by its seed."""

    id: str
    title: Text
    seed: Annotated[int, Field(ge=0, lt=2**64)]
    programme_start: Valued[Share]
    """Moment of the first filing year (0..1) from which applications come in."""
    sectors: Valued[dict[str, Weight]]
    districts: Valued[dict[str, Weight]]
    english: dict[str, str] = Field(default_factory=dict)
    """English names of sectors and districts, for English screens."""
    enterprises: Valued[Annotated[int, Field(gt=0)]]
    """Number of industrial enterprises above the statistical threshold."""
    streams: dict[str, Stream]

    @model_validator(mode="after")
    def _streams_fit(self) -> Population:
        for key, stream in self.streams.items():
            sized = stream.size_by_sector.value if stream.size_by_sector else {}
            if strange := "、".join(name for name in sized if name not in self.sectors.value):
                raise ValueError(tr(f"streams.{key}.size_by_sector 中有 sectors 没有的行业：{strange}",
                                    f"streams.{key}.size_by_sector names what is no sector: {strange}"))
            months = stream.filing_months.value if stream.filing_months else [1.0]
            if not any(months[int(self.programme_start.value * len(months)):]):
                raise ValueError(tr(f"streams.{key}.filing_months 在 programme_start 以后的月份不能全为 0",
                                    f"streams.{key}.filing_months must not all be 0 from programme_start on"))
        return self
