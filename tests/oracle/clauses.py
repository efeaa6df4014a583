"""What each clause of 沪经信技〔2024〕355号 pays one project, exact to the 分, each clause on its own."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

Money = Decimal
Yearly = tuple[Decimal, ...]

FEN = Decimal("0.01")
ZERO = Decimal("0.00")

# Where a clause can be read in more than one way; the first of each is the default.
ALTERNATIVES = {
    "exclusivity": ("one_per_project", "loan_and_lease", "stack"),
    "cap_period_17": ("lifetime", "year"),
    "interest_base": ("net_of_central", "contract"),
    "threshold_inclusive": (True, False),
    "major_threshold": (Decimal(500_000_000), Decimal(200_000_000), Decimal(1_000_000_000)),
    "first_of_kind_scope": ("product", "contract"),
    "energy_centre_base": ("investment", "equipment"),
}
DEFAULT_READINGS = {name: allowed[0] for name, allowed in ALTERNATIVES.items()}


def to_fen(amount: Decimal) -> Money:
    """Round half-up to the 分."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def check_readings(readings: Mapping) -> None:
    """A misspelt reading must not pass for its alternative."""
    for name, allowed in ALTERNATIVES.items():
        if readings[name] not in allowed:
            raise ValueError(f"{name}: {readings[name]!r} is none of {allowed}")


# --- the loan -----------------------------------------------------------------------------------------


def instalments_owed(term: int, grace: int, repayment: str, year: int) -> tuple[int, int]:
    """Return (still owed, in all): the instalments of principal at the start of loan-year `year`, from 1.

    `bullet` 到期还本 repays everything at the end of the term, and so does a grace that leaves no year
    to repay in. `equal_principal` repays at the end of each year after the grace years.
    """
    if repayment not in ("bullet", "equal_principal"):
        raise ValueError(f"unknown repayment {repayment!r}")
    if year > term:
        return 0, 1
    if repayment == "bullet" or grace >= term:
        return 1, 1
    return term - grace - max(0, year - 1 - grace), term - grace


def yearly_charge(case: Mapping, year: int, rate: Decimal) -> Money:
    """`rate` on the balance at the start of the year; divided last, so that an exact half 分 stays one."""
    owed, of = instalments_owed(
        case["loan_term"], case["loan_grace"], case.get("repayment", "equal_principal"), year
    )
    return to_fen(case["loan_principal"] * owed * rate / of)


def loan_years(case: Mapping) -> tuple[Yearly, Yearly]:
    """Contract interest and central 贴息 of the first three loan-years.

    The central relief is so many points on the balance for `central_years`, and never more than the interest.
    """
    interest, relief = [], []
    for year, rate in enumerate(case["loan_rates"], start=1):
        points = case["central_points"] if year <= case["central_years"] else Decimal(0)
        interest.append(yearly_charge(case, year, rate))
        relief.append(min(yearly_charge(case, year, points), interest[-1]))
    return tuple(interest), tuple(relief)


# --- the clauses --------------------------------------------------------------------------------------


def clause_5_certification(contracts: Money, phi: Decimal) -> Money:
    """支持比例不超过认证委托合同及检测委托合同金额的30%，单个产品支持金额最高100万元"""
    return min(to_fen(contracts * Decimal("0.30") * phi), Decimal("1000000.00"))


def clause_7_loan(investment: Money, interest: Yearly, central: Yearly, readings: Mapping) -> Yearly:
    """对投资2000万元以上符合条件的技改项目…连续三年每年给予贷款利息50%，累计最高2000万元的支持"""
    if investment < Decimal(20_000_000):
        return tuple(ZERO for _ in interest)
    if investment == Decimal(20_000_000) and not readings["threshold_inclusive"]:
        return tuple(ZERO for _ in interest)
    still_payable = Decimal("20000000.00")
    paid = []
    for charged, relieved in zip(interest, central, strict=True):
        base = charged if readings["interest_base"] == "contract" else charged - relieved
        award = min(to_fen(base * Decimal("0.50")), charged - relieved, still_payable)
        still_payable -= award
        paid.append(award)
    return tuple(paid)


def clause_7_lease(investment: Money, lease_equipment: Money, phi: Decimal, readings: Mapping) -> Money:
    """对投资2000万元以上符合条件的技改项目…给予不超过融资租赁合同设备投资额5%，最高2000万元的补贴"""
    if investment < Decimal(20_000_000):
        return ZERO
    if investment == Decimal(20_000_000) and not readings["threshold_inclusive"]:
        return ZERO
    return min(to_fen(lease_equipment * Decimal("0.05") * phi), Decimal("20000000.00"))


def clause_7_major(investment: Money, fixed_asset_share: Decimal, readings: Mapping) -> Money:
    """对特别重大项目给予核定项目投资10%，最高1亿元的支持

    The clause does not say what 特别重大 is: the threshold is a reading. The fixed-asset share
    must be above 60% (项目固定资产投资比例应高于60%, the 2026 notice), so exactly 60% is not enough.
    """
    if investment < readings["major_threshold"] or fixed_asset_share <= Decimal("0.60"):
        return ZERO
    if investment == readings["major_threshold"] and not readings["threshold_inclusive"]:
        return ZERO
    return min(to_fen(investment * Decimal("0.10")), Decimal("100000000.00"))


def clause_10_research(new_investment: Money, phi: Decimal) -> Money:
    """支持比例最高为项目新增投资的30%，支持金额原则上不高于1亿元"""
    return min(to_fen(new_investment * Decimal("0.30") * phi), Decimal("100000000.00"))


def clause_10_users(purchases: Money, user_rate: Decimal) -> Money:
    """对采购使用本市重点软件产品的用户单位，按照软件销售金额予以一定补贴

    Rate and the cap of 200万元 are assumptions; 一定补贴 is no ceiling, so the intensity does not enter.
    """
    return min(to_fen(purchases * user_rate), Decimal("2000000.00"))


def clause_11_challenge(tier_amount: Money) -> Money:
    """开展元宇宙应用场景“揭榜挂帅”，力争到2027年年均向社会开放20个应用场景 (no amount stated: it is given)"""
    return to_fen(tier_amount)


def clause_12_factory(tier_amount: Money) -> Money:
    """对智能工厂能级和产值规模提升明显的项目进行阶梯奖励 (no tiers stated: the amount is given)"""
    return to_fen(tier_amount)


def clause_13_energy_centre(investment: Money, equipment: Money, readings: Mapping) -> Money:
    """对符合条件的项目给予核定项目投资20%，最高1000万元的支持"""
    base = equipment if readings["energy_centre_base"] == "equipment" else investment
    return min(to_fen(base * Decimal("0.20")), Decimal("10000000.00"))


def clause_16_first_of_kind(contracts: Sequence[Money], phi: Decimal, readings: Mapping) -> Money:
    """对符合条件的，给予不超过创新产品合同金额30%，最高2000万元的支持"""
    cap = Decimal("20000000.00")
    if readings["first_of_kind_scope"] == "contract":
        return sum((min(to_fen(one * Decimal("0.30") * phi), cap) for one in contracts), ZERO)
    return min(to_fen(sum(contracts, ZERO) * Decimal("0.30") * phi), cap)


def clause_17_loan(interest: Yearly, central: Yearly, readings: Mapping) -> Yearly:
    """对符合条件的银行贷款项目，连续三年每年给予贷款利息50%，最高500万元的支持"""
    already_paid = ZERO
    awards = []
    for charged, relieved in zip(interest, central, strict=True):
        borne = charged - relieved
        award = to_fen(charged / 2) if readings["interest_base"] == "contract" else to_fen(borne / 2)
        if readings["cap_period_17"] == "year":
            award = min(award, borne, Decimal("5000000.00"))
        else:
            award = min(award, borne, Decimal("5000000.00") - already_paid)
        already_paid += award
        awards.append(award)
    return tuple(awards)


def clause_17_lease(lease_equipment: Money, phi: Decimal) -> Money:
    """对符合条件的融资租赁项目，给予不超过设备投资额30%，最高500万元的支持"""
    return min(to_fen(lease_equipment * Decimal("0.30") * phi), Decimal("5000000.00"))


def clause_17_breakthrough(contracts: Money, phi: Decimal) -> Money:
    """对创新性特别强的产品给予不超过市场合同金额30%，最高2000万元的支持"""
    return min(to_fen(contracts * Decimal("0.30") * phi), Decimal("20000000.00"))


def clause_18_demonstration(investment: Money, phi: Decimal) -> Money:
    """对标杆性示范项目按照规定给予不超过20%，最高800万元奖励 (base not stated: the approved investment)"""
    return min(to_fen(investment * Decimal("0.20") * phi), Decimal("8000000.00"))


# --- one project --------------------------------------------------------------------------------------

# In the order of the clauses. A loan pays by loan-year, everything else once.
CLAUSES = {
    "material_certification": lambda c, r: (clause_5_certification(sum(c["contracts"], ZERO), c["phi"]),),
    "upgrade_loan_interest": lambda c, r: clause_7_loan(c["investment"], *loan_years(c), r),
    "upgrade_lease": lambda c, r: (clause_7_lease(c["investment"], c["lease_equipment"], c["phi"], r),),
    "major_project": lambda c, r: (clause_7_major(c["investment"], c["fixed_asset_share"], r),),
    "software_rnd": lambda c, r: (clause_10_research(c["investment"], c["phi"]),),
    "software_purchase": lambda c, r: (clause_10_users(sum(c["contracts"], ZERO), c["user_rate"]),),
    "open_challenge": lambda c, r: (clause_11_challenge(c["tier_amount"]),),
    "smart_factory": lambda c, r: (clause_12_factory(c["tier_amount"]),),
    "energy_management_centre": lambda c, r: (clause_13_energy_centre(c["investment"], c["equipment"], r),),
    "first_of_kind": lambda c, r: (clause_16_first_of_kind(c["contracts"], c["phi"], r),),
    "catalogue_loan_interest": lambda c, r: clause_17_loan(*loan_years(c), r),
    "catalogue_lease": lambda c, r: (clause_17_lease(c["lease_equipment"], c["phi"]),),
    "catalogue_breakthrough": lambda c, r: (clause_17_breakthrough(sum(c["contracts"], ZERO), c["phi"]),),
    "scenario_demonstration": lambda c, r: (clause_18_demonstration(c["investment"], c["phi"]),),
}


def entitlements(case: Mapping, readings: Mapping) -> dict[str, Yearly]:
    """What each instrument filed for pays on its own: three loan-years for a loan, one amount for a grant."""
    check_readings(readings)
    return {key: CLAUSES[key](case, readings) for key in case["instruments"]}


def package(entitled: Mapping[str, Yearly], readings: Mapping) -> frozenset[str]:
    """The instruments one project is paid: those of the largest total that the reading of 不重复 admits.

    What pays nothing is in no package. Between equals a single instrument goes before a pair,
    and the earlier clause before the later.
    """
    check_readings(readings)
    totals = {key: sum(entitled[key], ZERO) for key in CLAUSES if key in entitled}
    totals = {key: total for key, total in totals.items() if total > 0}
    if "first_of_kind" in totals and "catalogue_breakthrough" in totals:  # alternatives for one product
        if totals["catalogue_breakthrough"] > totals["first_of_kind"]:
            del totals["first_of_kind"]
        else:
            del totals["catalogue_breakthrough"]
    if not totals or readings["exclusivity"] == "stack":
        return frozenset(totals)
    largest = max(totals, key=totals.__getitem__)
    best, paid = frozenset([largest]), totals[largest]
    if readings["exclusivity"] == "loan_and_lease":
        for clause in ("upgrade", "catalogue"):
            loan, lease = f"{clause}_loan_interest", f"{clause}_lease"
            if totals.get(loan, ZERO) + totals.get(lease, ZERO) > paid:
                best, paid = frozenset([loan, lease]), totals[loan] + totals[lease]
    return best
