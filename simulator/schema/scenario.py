"""The scenario file: what is asked, and every assumption that the documents leave open."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulator.language import tr
from simulator.schema.distributions import (
    CoalFactor,
    Distribution,
    Duration,
    Frozen,
    Hours,
    Intensity,
    Money,
    Number,
    Power,
    Share,
    SignedShare,
)
from simulator.schema.policy import Policy
from simulator.schema.population import Population
from simulator.schema.values import SizeClass, Text, Valued

CalendarYear = Annotated[int, Field(ge=2000, le=2100)]
ShareDriver = Valued[Distribution[Share]]
NumberDriver = Valued[Distribution[Number]]


class Years(Frozen):
    """Filing years (first, last) and the last year of the cash horizon."""

    filing: tuple[CalendarYear, CalendarYear]
    horizon: CalendarYear

    @model_validator(mode="after")
    def _in_order(self) -> Years:
        if not self.filing[0] <= self.filing[1] < self.horizon:
            raise ValueError(tr("年份应依次为首个申报年、末个申报年、现金期末", "years must ascend: first filing, last filing, horizon"))
        return self


class LoanPrimeRate(Frozen):
    """One-year LPR: published annual means, then random cuts each half-year, plus a shift that a scenario asks for."""

    published: Valued[dict[CalendarYear, Share]]
    cut: Valued[Share]
    """Size of one cut."""
    probability: Valued[Share]
    """Of a cut in a half-year."""
    floor: Valued[Share]
    shift: Valued[dict[CalendarYear, SignedShare]] = Field({}, validate_default=True)
    """Added to the path; a year that is not named takes the shift of the year before."""


Weight = Annotated[float, Field(ge=0.01, allow_inf_nan=False)]  # smaller Dirichlet weights underflow


class Outcomes(Frozen):
    """Dirichlet weights of how approved projects end."""

    complete: Weight
    partial: Weight
    late: Weight
    cancelled: Weight


class Drivers(Frozen):
    """What all projects of a draw share."""

    award_intensity: ShareDriver
    """Paid share of a ceiling rate (不超过)."""
    approval_level: ShareDriver
    elasticity: NumberDriver
    """User-cost elasticity of investment."""
    cost_index: NumberDriver
    delay: NumberDriver
    """Multiplies the times to approval and of building."""
    clawback: ShareDriver
    """Probability that what is owed back is recovered."""
    filing: dict[SizeClass, ShareDriver]
    """Share of investing projects that apply, by enterprise size."""
    additional: dict[SizeClass, ShareDriver]
    """Share of supported projects that are additional, under the reading response=participation."""
    outcome: Valued[Outcomes]
    demand: NumberDriver
    """Investment climate of a filing year, 1 = normal; one a filing year."""
    lpr: LoanPrimeRate
    city_growth: Valued[dict[CalendarYear, Distribution[SignedShare]]]
    """Growth of the city's industrial equipment investment over the year before."""
    city_renewal_share: ShareDriver
    pull_forward: ShareDriver
    """Share of induced investment that is missing again in the two following years."""
    energy_purpose_share: ShareDriver
    """Share of the city's equipment investment whose purpose is saving energy."""
    intensity_energy: Valued[Distribution[Intensity]]
    intensity_other: Valued[Distribution[Intensity]]
    realisation: ShareDriver
    """Measured over claimed saving."""
    decay: ShareDriver
    """Of savings a year."""
    district_match: NumberDriver
    """District support per unit of municipal support; reported beside it, never added to it."""


class Correlation(Frozen):
    """Correlation of the normal scores of drivers: of all pairs among one group, or between two groups."""

    id: str
    among: list[str] | None = None
    between: tuple[str, str] | None = None
    value: Valued[SignedShare]

    @model_validator(mode="after")
    def _one_way(self) -> Correlation:
        if (self.among is None) == (self.between is None):
            raise ValueError(tr("写明 among 或 between 之一", "state either among or between"))
        return self


class Appropriation(Frozen):
    """What a fund may spend, and who goes first when it runs out."""

    amount: Valued[Money | dict[CalendarYear, Money | None] | None]
    """null: none stated; one amount for all years; or by year, null or absent: unlimited."""
    enforce: Literal["none", "commitment", "cash"]
    """none: a yardstick only; commitment: charged to the year of approval; cash: must fit every year it pays in."""
    rule: Literal["first_come", "by_score", "pro_rata"]
    partial: bool = False
    wait_years: Annotated[int, Field(ge=0, le=8)]


class Central(Frozen):
    """Central interest relief on equipment loans."""

    share: Valued[Share]
    """Share of loans that qualify."""
    points: Valued[dict[CalendarYear, Share]]
    """Percentage points a year, by year of approval; other years none."""
    years: Valued[Annotated[int, Field(ge=0, le=3)]]


class Behaviour(Frozen):
    """How projects and the administration behave."""

    discount_rate: Valued[Share]
    size_multiplier: Valued[dict[SizeClass, Annotated[float, Field(ge=0, allow_inf_nan=False)]]]
    """Multiplies the elasticity by enterprise size."""
    score_bonus: Valued[dict[SizeClass, float]]
    """Added to the assessors' score by enterprise size."""
    approval_lag: Valued[Duration]
    build_time: Valued[Distribution[Duration]]
    lateness: Valued[Duration]
    partial: Valued[tuple[Share, Share]]
    """A partial project realises a share between these."""
    acceptance_cut: Valued[Distribution[Share]]
    energy_noise: Valued[Distribution[Number]]
    """Dispersion of a project's saving around its intensity, mean 1."""
    approval_size_correlation: Valued[SignedShare]
    reckons_with_queue: Valued[bool] = Field(False, validate_default=True)
    """Of a fund whose appropriation is enforced, projects expect only the share of entitlements that it then funds: a belief that
    comes true. It decides under the reading response=elasticity; the other two do not look at the amount."""
    central: Central


class City(Frozen):
    """The city's equipment investment."""

    base_year: CalendarYear
    base: Valued[Money]


class Energy(Frozen):
    """Conversion and the physical programmes that cross-check the saving."""

    electricity_share: Valued[Share]
    """Of savings, for the coal factor by supply."""
    calorific: Valued[CoalFactor]
    equivalent: Valued[CoalFactor]
    motors: PhysicalProgramme
    computing: PhysicalProgramme
    solar: PhysicalProgramme


class PhysicalProgramme(Frozen):
    """Capacity x hours x load x saving: electricity saved, or supplied, a year."""

    capacity: Valued[Power]
    hours: Valued[Hours]
    load: Valued[Share] = Field(1, validate_default=True)
    saving: Valued[Share]


class Readings(Frozen):
    """Chosen readings of ambiguous clauses; what is not stated takes the rule book's default."""

    exclusivity: Literal["one_per_project", "loan_and_lease", "stack"] = "one_per_project"
    cap_period_17: Literal["lifetime", "year"] = "lifetime"
    interest_base: Literal["net_of_central", "contract"] = "net_of_central"
    threshold_inclusive: Literal["inclusive", "strict"] = "inclusive"
    major_threshold: Literal["5亿", "2亿", "10亿"] = "5亿"
    energy_accounting: Literal["new_capacity", "realised_sum", "run_rate_2027", "engineering"] = "new_capacity"
    energy_base: Literal["renewal", "all"] = "renewal"
    coal_factor: Literal["calorific", "equivalent"] = "calorific"
    grant_payout: Literal["half_half", "on_acceptance"] = "half_half"
    response: Literal["elasticity", "participation", "none"] = "elasticity"
    first_of_kind_scope: Literal["product", "contract"] = "product"
    energy_centre_base: Literal["investment", "equipment"] = "investment"


class ScenarioModel(Frozen):
    """A whole scenario: its own statements merged over those it extends, with its rule book and population."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    title: Text
    question: Text
    years: Years
    draws: Annotated[int, Field(ge=8, le=2**24)]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    readings: Readings = Readings()
    drivers: Drivers
    correlations: list[Correlation] = []
    appropriation: dict[str, Appropriation]
    behaviour: Behaviour
    city: City
    energy: Energy
    policy: Policy
    population: Population
