"""What goes beyond one clause and one project: calendars, quotas, appropriations, energy, depreciation."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from .clauses import FEN, ZERO, Money, to_fen


def calendar_year_interest(principal: Money, rate: Decimal, first: date, last: date) -> dict[int, Money]:
    """Interest by calendar year, actual days over 360, the first and the last day both counted."""
    interest = {}
    for year in range(first.year, last.year + 1):
        begins, ends = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        interest[year] = to_fen(principal * rate * ((ends - begins).days + 1) / 360)
    return interest


def grant_instalments(award: Money) -> tuple[Money, Money]:
    """立项后先行拨付50%支持资金,剩余支持资金根据验收结果再行拨付 (the notice of 2026)"""
    at_approval = to_fen(award * Decimal("0.50"))
    return at_approval, award - at_approval


def within_quota(awards_by_score: Sequence[Money], places: int) -> tuple[list[Money], list[Money]]:
    """Funded and deferred: the best `places` are funded, the others wait in the project library."""
    return list(awards_by_score[:places]), list(awards_by_score[places:])


def queue_whole(appropriation: Money, awards: Sequence[Money]) -> list[Money]:
    """Pay in order while whole awards fit; from the first that does not, nobody overtakes."""
    paid = []
    left = appropriation
    for award in awards:
        if award > left:
            left = ZERO
        paid.append(min(award, left))
        left -= paid[-1]
    return paid


def queue_partial(appropriation: Money, awards: Sequence[Money]) -> list[Money]:
    """Pay in order; the first award that does not fit is paid what is left."""
    paid = []
    for award in awards:
        paid.append(min(award, appropriation - sum(paid, ZERO)))
    return paid


def pro_rata(appropriation: Money, awards: Sequence[Money]) -> list[Money]:
    """Cut all awards alike, spending the appropriation to the 分.

    Every share is rounded down, then the missing 分 go one each to the largest remainders, the earlier first.
    """
    demand = sum(awards, ZERO)
    if demand <= appropriation:
        return list(awards)
    exact = [award * appropriation / demand for award in awards]
    paid = [share.quantize(FEN, rounding=ROUND_FLOOR) for share in exact]
    by_remainder = sorted(range(len(awards)), key=lambda index: paid[index] - exact[index])
    missing = int((appropriation - sum(paid, ZERO)) / FEN)
    for index in by_remainder[:missing]:
        paid[index] += FEN
    return paid


def coal_equivalent(kilowatt_hours: Decimal, kgce_per_kilowatt_hour: Decimal) -> Decimal:
    """Tonnes of coal equivalent 吨标煤: 0.1229 kgce/kWh is 当量值, 0.302 the assumed 等价值."""
    return (kilowatt_hours * kgce_per_kilowatt_hour / 1000).quantize(Decimal("0.01"))


def grid_carbon(kilowatt_hours: Decimal) -> Decimal:
    """Tonnes of CO2 at the Shanghai grid factor of 2022, 0.5849 kg/kWh."""
    return (kilowatt_hours * Decimal("0.5849") / 1000).quantize(Decimal("0.01"))


def one_off_deduction(cost: Money, tax_rate: Decimal, years: int, discount: Decimal) -> dict[str, Decimal]:
    """Present value of deducting equipment at once, not in a straight line; tax is saved at year's end."""
    at_once = to_fen(cost * tax_rate / (1 + discount))
    yearly = cost * tax_rate / years
    straight_line = to_fen(sum((yearly / (1 + discount) ** year for year in range(1, years + 1)), ZERO))
    gain = at_once - straight_line
    return {
        "pv_expense": at_once,
        "pv_sl": straight_line,
        "gain": gain,
        "gain_share": (gain / cost).quantize(Decimal("0.000001")),
    }
