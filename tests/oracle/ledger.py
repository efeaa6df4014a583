"""What each row of a ledger is paid, exact to the 分: written from the clauses and the statement of the ledger alone.

A project is a mapping by the English column ids: amounts in 元 as Decimal, shares and rates as fractions, `central_points`
in percentage points, dates as `date`, `instrument` a tuple of keys, whatever is empty left out. The amounts that run on
assumptions (software users, open challenge, smart factory) are not here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import floor

from .clauses import CLAUSES, ZERO, Money
from .programme import grant_instalments

READINGS = {
    "exclusivity": ("one_per_project", "loan_and_lease", "stack"),
    "cap_period_17": ("lifetime", "year"),
    "interest_base": ("net_of_central", "contract"),
    "threshold_inclusive": ("inclusive", "strict"),
    "major_threshold": ("5亿", "2亿", "10亿"),
    "first_of_kind_scope": ("product", "contract"),
    "energy_centre_base": ("investment", "equipment"),
    "grant_payout": ("half_half", "on_acceptance"),
}
DEFAULTS = {name: allowed[0] for name, allowed in READINGS.items()}

WAN, YI = Decimal(10_000), Decimal(100_000_000)
AT_ONCE, TWO_TRANCHES, ON_ACCEPTANCE = "at_once", "two_tranches", "on_acceptance"
# Base, share, cap, when it is paid.
GRANTS = {
    "material_certification": ("certification_contract", Decimal("0.30"), 100 * WAN, AT_ONCE),
    "upgrade_lease": ("lease_equipment", Decimal("0.05"), 2000 * WAN, TWO_TRANCHES),
    "major_project": ("investment", Decimal("0.10"), 1 * YI, TWO_TRANCHES),
    "software_rnd": ("incremental_investment", Decimal("0.30"), 1 * YI, TWO_TRANCHES),
    "energy_management_centre": ("investment", Decimal("0.20"), 1000 * WAN, ON_ACCEPTANCE),
    "first_of_kind": ("contract", Decimal("0.30"), 2000 * WAN, AT_ONCE),
    "catalogue_lease": ("lease_equipment", Decimal("0.30"), 500 * WAN, TWO_TRANCHES),
    "catalogue_breakthrough": ("contract", Decimal("0.30"), 2000 * WAN, AT_ONCE),
    "scenario_demonstration": ("investment", Decimal("0.20"), 800 * WAN, ON_ACCEPTANCE),
}
LOANS = {"upgrade_loan_interest": 2000 * WAN, "catalogue_loan_interest": 500 * WAN}
BY_PRODUCT = ("material_certification", "first_of_kind", "catalogue_breakthrough")
PLACES = 10  # 每年支持10项左右新材料应用认证项目
ORDER = tuple(CLAUSES)


@dataclass(frozen=True)
class Award:
    """One instrument of one project: by year in which it accrues and is paid, and the limit that decided."""

    project: str
    instrument: str
    binding: str
    accrued: dict[int, Money] = field(default_factory=dict)
    paid: dict[int, Money] = field(default_factory=dict)
    in_package: bool = False
    cut: Fraction = Fraction(0)  # what was taken off the unrounded grant, or off interest that central relief had paid

    @property
    def entitlement(self) -> Money:
        return sum(self.accrued.values(), ZERO)


def fen(amount: Fraction) -> Money:
    """Round an exact amount half-up to the 分."""
    return Decimal(floor(amount * 100 + Fraction(1, 2))).scaleb(-2)


# --- the loan -----------------------------------------------------------------------------------------


def balance(loan: Mapping, anniversaries: int) -> Fraction:
    """The balance after so many anniversaries of the drawdown; instalments are not rounded."""
    principal, term = Fraction(loan["loan_principal"]), int(loan["loan_years"])
    if anniversaries >= term:
        return Fraction(0)
    if loan["repayment"] == "到期还本":
        return principal
    growth = 1 + Fraction(loan["loan_rate"])
    if loan["repayment"] == "等额本金" or growth == 1:
        return principal * (term - anniversaries) / term
    if loan["repayment"] == "等额本息":
        return principal * (growth**term - growth**anniversaries) / (growth**term - 1)
    raise ValueError(f"unknown repayment {loan['repayment']!r}")


def anniversary(drawn: date, years: int) -> date:
    """The same day so many years on; 29 February falls on the 28th in common years."""
    if (drawn.month, drawn.day) == (2, 29):
        return date(drawn.year + years, 3, 1) - timedelta(days=1)
    return drawn.replace(year=drawn.year + years)


def days_by_year(begins: date, ends: date) -> Iterator[tuple[int, int]]:
    """Calendar years and the days of each in [begins, ends)."""
    for year in range(begins.year, ends.year + 1):
        days = (min(ends, date(year + 1, 1, 1)) - max(begins, date(year, 1, 1))).days
        if days:
            yield year, days


def yearly_charge(loan: Mapping, rate: Fraction, loan_years: int) -> dict[int, Money]:
    """`rate` on the balance over the first `loan_years`, by year, rounded to 分 for each year."""
    charge = defaultdict(Fraction)
    for k in range(min(loan_years, int(loan["loan_years"]))):
        owed = balance(loan, k)
        if drawn := loan.get("drawn_on"):
            for year, days in days_by_year(anniversary(drawn, k), anniversary(drawn, k + 1)):
                charge[year] += owed * rate * days / 360
        else:
            charge[first_year(loan) + k] += owed * rate
    return {year: fen(amount) for year, amount in charge.items()}


def interest_and_relief(loan: Mapping) -> dict[int, tuple[Money, Money]]:
    """Contract interest of three loan-years and what central relief takes off it, by year."""
    interest = yearly_charge(loan, Fraction(loan["loan_rate"]), 3)
    points = Fraction(loan.get("central_points", Decimal(0))) / 100
    relief = yearly_charge(loan, points, int(loan.get("central_years", 2)))
    return {year: (charged, min(relief.get(year, ZERO), charged)) for year, charged in interest.items()}


# --- one instrument of one project ------------------------------------------------------------------------


def first_year(project: Mapping) -> int:
    """The year of approval, or of filing where there is none yet."""
    return project.get("approved_year") or project["filing_year"]


def tested_investment(project: Mapping) -> Money:
    """核定投资, else 项目总投资."""
    return project["approved_investment"] if "approved_investment" in project else project["investment"]


def below_threshold(key: str, project: Mapping, readings: Mapping) -> bool:
    if key in ("upgrade_loan_interest", "upgrade_lease"):
        threshold = 2000 * WAN
    elif key == "major_project":
        threshold = {"2亿": 2, "5亿": 5, "10亿": 10}[readings["major_threshold"]] * YI
    else:
        return False
    tested = tested_investment(project)
    return tested < threshold or (tested == threshold and readings["threshold_inclusive"] == "strict")


def subsidise_interest(key: str, project: Mapping, readings: Mapping) -> tuple[dict[int, Money], str, Fraction]:
    """Awards by year, the limit that decided, and what the share would have paid beyond the interest borne."""
    cap = LOANS[key]
    anew = key == "catalogue_loan_interest" and readings["cap_period_17"] == "year"
    left, awards, limits, beyond = cap, {}, [], Fraction(0)
    for year, (charged, relieved) in sorted(interest_and_relief(project).items()):
        base = charged if readings["interest_base"] == "contract" else charged - relieved
        share = min(fen(Fraction(base) / 2), charged - relieved)
        beyond += max(Fraction(0), Fraction(fen(Fraction(base) / 2) - (charged - relieved)))
        left = cap if anew else left
        awards[year] = min(share, left)
        if share > left:
            limits.append("cap" if left == cap else "headroom")
        left -= awards[year]
    if limits:
        return awards, limits[0], beyond
    return awards, "rate" if any(awards.values()) else "none", beyond


def grant_base(key: str, project: Mapping, readings: Mapping) -> Money:
    column = GRANTS[key][0]
    if column != "investment":
        return project[column]
    if key == "energy_management_centre" and readings["energy_centre_base"] == "equipment":
        base = project["equipment"]
    else:
        base = tested_investment(project)
    return min(base, project.get("accepted_investment", base))


def instrument_alone(key: str, project: Mapping, readings: Mapping, left: Money | None = None) -> Award:
    """The award of one instrument; `left` is what earlier contracts of the product left of the cap."""
    name = project["project"]
    if project.get("status") == "终止":
        return Award(name, key, "none")
    if below_threshold(key, project, readings):
        return Award(name, key, "threshold")
    if key in LOANS:
        accrued, binding, beyond = subsidise_interest(key, project, readings)
        return schedule(Award(name, key, binding, {y: a for y, a in accrued.items() if a}, cut=beyond), readings, first_year(project))
    _, rate, cap, _ = GRANTS[key]
    left = cap if left is None else left
    exact = Fraction(grant_base(key, project, readings)) * Fraction(rate)
    share = fen(exact)
    amount = min(share, left)
    binding = ("cap" if left == cap else "headroom") if share > left else "rate" if share else "none"
    accrued = {first_year(project): amount} if amount else {}
    return schedule(Award(name, key, binding, accrued, cut=max(exact - Fraction(amount), Fraction(0))), readings, first_year(project))


def schedule(award: Award, readings: Mapping, approved: int) -> Award:
    """When the accrued amounts are paid: never before the year of approval."""
    paid = defaultdict(lambda: ZERO)
    payout = GRANTS[award.instrument][3] if award.instrument in GRANTS else ON_ACCEPTANCE
    if payout == TWO_TRANCHES and readings["grant_payout"] == "on_acceptance":
        payout = ON_ACCEPTANCE
    for year, amount in award.accrued.items():
        first, rest = {AT_ONCE: (amount, ZERO), ON_ACCEPTANCE: (ZERO, amount)}.get(payout) or grant_instalments(amount)
        paid[max(year, approved)] += first
        paid[max(year + 1, approved)] += rest
    return replace(award, paid={year: amount for year, amount in sorted(paid.items()) if amount})


# --- the whole ledger ---------------------------------------------------------------------------------------


def price(projects: Sequence[Mapping], readings: Mapping = DEFAULTS) -> list[Award]:
    """Every instrument of every project, in the order of the rows and of the clauses."""
    for name, allowed in READINGS.items():
        if readings[name] not in allowed:
            raise ValueError(f"{name}: {readings[name]!r} is none of {allowed}")
    left = defaultdict(lambda: None)
    awards = {}
    for row, project in sorted(enumerate(projects), key=by_filing):
        for key in project["instrument"]:
            product = project.get("product")
            shared = key in BY_PRODUCT and product is not None
            if key == "first_of_kind" and readings["first_of_kind_scope"] == "contract":
                shared = False
            award = instrument_alone(key, project, readings, left[key, product] if shared else None)
            if shared:
                before = GRANTS[key][2] if left[key, product] is None else left[key, product]
                left[key, product] = before - award.entitlement
            awards[row, key] = award
    wait_for_a_place(projects, awards, readings)
    priced = []
    for row, project in enumerate(projects):
        own = {key: awards[row, key] for key in ORDER if key in project["instrument"]}
        chosen = package({key: award.entitlement for key, award in own.items()}, readings)
        priced += [replace(award, in_package=key in chosen) for key, award in own.items()]
    return priced


def by_filing(numbered: tuple[int, Mapping]) -> tuple:
    """Approved projects are facts and come first; then by year and day of filing, then as the rows stand."""
    row, project = numbered
    status = project.get("status")
    approved = status in ("立项", "验收", "拨付", "终止") or (not status and "approved_year" in project)
    return not approved, project["filing_year"], project.get("filed_on", date.max), row


def wait_for_a_place(projects: Sequence[Mapping], awards: dict, readings: Mapping) -> None:
    """Beyond ten certifications a year the others are paid a year later: the best scores first, approved ones always."""
    key = "material_certification"
    by_year = defaultdict(list)
    for row, project in enumerate(projects):
        if key in project["instrument"] and awards[row, key].entitlement:
            by_year[first_year(project)].append(row)
    for year, rows in by_year.items():
        waiting = [row for row in rows if "approved_year" not in projects[row]]
        waiting.sort(key=lambda row: (-projects[row]["score"], projects[row].get("filed_on", date.max), row))
        places = max(0, PLACES - (len(rows) - len(waiting)))
        for row in waiting[places:]:
            moved = replace(awards[row, key], binding="quota", accrued={year + 1: awards[row, key].entitlement})
            awards[row, key] = schedule(moved, readings, year + 1)


def package(totals: Mapping[str, Money], readings: Mapping) -> frozenset[str]:
    """The admissible subset that pays most: every subset is tried, small ones and early clauses first."""
    keys = sorted((key for key, total in totals.items() if total > 0), key=ORDER.index)
    subsets = [frozenset(some) for size in range(len(keys) + 1) for some in combinations(keys, size)]
    admissible = [some for some in subsets if admits(some, readings["exclusivity"])]
    return max(admissible, key=lambda some: sum((totals[key] for key in some), ZERO))  # the first of the largest


def admits(some: frozenset[str], exclusivity: str) -> bool:
    """Whether these may be paid together."""
    if len(some) <= 1:
        return True
    if exclusivity == "loan_and_lease":
        return any(some == {f"{clause}_loan_interest", f"{clause}_lease"} for clause in ("upgrade", "catalogue"))
    alternatives = ({"first_of_kind", "catalogue_breakthrough"}, set(LOANS))
    return exclusivity == "stack" and not any(both <= some for both in alternatives)
