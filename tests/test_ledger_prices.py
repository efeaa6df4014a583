"""The prices of whole ledgers through the command, against an exact oracle that knows the clauses only."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.cli import main
from tests.ledger import random_ledgers
from tests.oracle import clauses
from tests.oracle.ledger import DEFAULTS, GRANTS, LOANS, READINGS, WAN, YI, Award, price

WORKED_EXAMPLES = Path(__file__).parent / "clauses" / "worked_examples.json"
EXPECTED = {example["id"]: example["expected"] for example in json.loads(WORKED_EXAMPLES.read_text(encoding="utf-8"))}
ALTERNATIVES = [(name, choice) for name, choices in READINGS.items() for choice in choices[1:]]


@pytest.fixture
def priced(tmp_path, capsys, monkeypatch):
    """Hand projects to the command as a ledger: the object that it prints."""
    def price_book(projects: Sequence[Mapping], readings: Mapping | None = None, suffix: str = ".csv", seed: int = 0,
                   encoding: str = "utf-8-sig"):
        monkeypatch.setattr("simulator.language._current", "zh")
        rng = random.Random(seed)
        lines = random_ledgers.titled(*random_ledgers.book(projects, rng), lines_above=rng.randrange(3))
        path = tmp_path / f"台账{suffix}"
        if suffix == ".csv":
            random_ledgers.write_csv(path, lines, encoding)
        else:
            random_ledgers.write_xlsx(path, lines)
        changed = [f"{name}={choice}" for name, choice in (readings or {}).items() if choice != DEFAULTS[name]]
        try:
            main(["price", str(path), "--json", "--yes", *(part for one in changed for part in ("--reading", one))])
        except SystemExit as ended:
            code = ended.code
        else:
            code = 0
        printed = capsys.readouterr()
        assert not code, printed.err
        return json.loads(printed.out)

    return price_book


def by_row(rows: Sequence[Mapping]) -> dict[tuple[str, str], dict]:
    """What the command printed, to be compared: years with nothing in them left out."""
    assert len({(row["project"], row["instrument"]) for row in rows}) == len(rows)
    return {(row["project"], row["instrument"]): row | {
        "accrued": {year: amount for year, amount in row["accrued"].items() if Decimal(amount)},
        "paid": {year: amount for year, amount in row["paid"].items() if Decimal(amount)},
    } for row in rows}


def as_printed(award: Award) -> dict:
    """An award of the oracle as the command is to print it."""
    return {
        "project": award.project,
        "instrument": award.instrument,
        "entitlement": f"{award.entitlement:.2f}",
        "binding": award.binding,
        "accrued": {str(year): f"{amount:.2f}" for year, amount in award.accrued.items()},
        "paid": {str(year): f"{amount:.2f}" for year, amount in award.paid.items()},
        "in_package": award.in_package,
    }


def assert_prices(answer: Mapping, awards: Sequence[Award]) -> None:
    """Row by row, to the 分; the sums of either side are those of the other."""
    expected = {(award.project, award.instrument): as_printed(award) for award in awards}
    found = by_row(answer["rows"])
    assert found.keys() == expected.keys()
    for award in awards:  # a cut of less than half a 分, or of interest that is not borne: what decided has tests of its own below
        printed = found[award.project, award.instrument]["binding"]
        if award.cut and award.binding in ("rate", "none") and printed in ("cap", "headroom", "rate"):
            expected[award.project, award.instrument]["binding"] = printed
    wrong = {at: (found[at], want) for at, want in expected.items() if any(found[at].get(name) != want[name] for name in want)}
    assert not wrong, "\n".join([f"{len(wrong)} of {len(expected)} differ", *(
        f"{at}\n   printed {got}\n   oracle  {want}" for at, (got, want) in list(wrong.items())[:5])])
    assert_total(answer, sum((award.entitlement for award in awards if award.in_package), Decimal(0)))
    for row in found.values():
        assert sum(map(Decimal, row["accrued"].values())) == sum(map(Decimal, row["paid"].values())) == Decimal(row["entitlement"])


def assert_total(answer: Mapping, package: Decimal) -> None:
    """The total is what the packages pay, as an amount or as the entitlement among totals by column."""
    total = answer["total"]
    assert (total if isinstance(total, str) else total["entitlement"]) == f"{package:.2f}"


# --- random ledgers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "encoding", "seed"), [
    (".csv", "utf-8-sig", 1), (".csv", "utf-8", 2), (".csv", "gb18030", 3), (".xlsx", "", 4), (".xlsx", "", 5)])
def test_every_row_of_a_random_ledger_is_priced_to_the_fen(priced, suffix, encoding, seed):
    projects = random_ledgers.random_projects(1500 if suffix == ".csv" else 400, seed)
    assert_prices(priced(projects, suffix=suffix, seed=seed, encoding=encoding), price(projects))


@pytest.mark.parametrize(("name", "choice"), ALTERNATIVES)
def test_every_row_is_priced_to_the_fen_under_each_other_reading(priced, name, choice):
    readings = DEFAULTS | {name: choice}
    projects = random_ledgers.random_projects(500, seed=sum(map(ord, name + choice)))
    assert_prices(priced(projects, readings), price(projects, readings))


@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_priced_to_the_fen_under_readings_drawn_together(priced, seed):
    readings = random_ledgers.random_readings(random.Random(seed))
    projects = random_ledgers.random_projects(500, 100 + seed)
    assert_prices(priced(projects, readings, seed=seed), price(projects, readings))


def test_the_random_ledgers_reach_every_limit_often():
    counted = Counter(award.binding for award in price(random_ledgers.random_projects(2000, 1)))
    assert min(counted[limit] for limit in ("rate", "cap", "threshold", "headroom", "none")) >= 100
    assert counted["quota"] >= 5


def test_the_order_of_the_rows_does_not_change_what_a_project_without_a_shared_cap_is_paid(priced):
    projects = [project for project in random_ledgers.random_projects(300, 9)
                if "product" not in project and "material_certification" not in project["instrument"]]
    forwards, backwards = priced(projects)["rows"], priced(projects[::-1])["rows"]
    assert by_row(forwards) == by_row(backwards)


def test_certifications_beyond_ten_a_year_are_paid_a_year_later(priced):
    rng = random.Random(25)
    projects = [{
        "project": f"R{number}", "instrument": ("material_certification",), "filing_year": 2024 + number % 2 * 2,
        "filed_on": date(2024 + number % 2 * 2, rng.randint(1, 12), 15), "score": Decimal(rng.choice((70, 80, 90))),
        "certification_contract": rng.randint(10, 500) * WAN, **({"approved_year": 2026, "status": "立项"} if number % 13 == 5 else {}),
    } for number in range(34)]
    awards = price(projects)
    assert Counter(award.binding for award in awards)["quota"] == 14
    assert_prices(priced(projects), awards)


def test_certifications_approved_already_all_keep_their_year(priced):
    projects = [{
        "project": f"R{number}", "instrument": ("material_certification",), "filing_year": 2025, "score": Decimal(60 + number),
        "certification_contract": (100 + number) * WAN, "status": "立项" if number < 12 else "申报",
        **({"approved_year": 2025} if number < 12 else {}),
    } for number in range(15)]
    awards = price(projects)
    assert [award.accrued.popitem()[0] for award in price(projects)] == [2025] * 12 + [2026] * 3
    assert_prices(priced(projects), awards)


# --- the oracle of a ledger against the oracle of the clauses -----------------------------------------------


def test_the_oracle_of_ledgers_agrees_with_the_oracle_of_the_clauses():
    compared = Counter()
    for project in random_ledgers.random_projects(4000, 77):
        if (project.get("status") == "终止" or {"drawn_on", "product", "accepted_investment"} & set(project)
                or project.get("repayment") == "等额本息"):
            continue
        tested = project.get("approved_investment", project["investment"])
        for award in price([project]):
            base = project.get(GRANTS.get(award.instrument, ("investment",))[0], tested)
            case = {
                "instruments": (award.instrument,), "investment": base if award.instrument == "software_rnd" else tested,
                "fixed_asset_share": Decimal(1), "equipment": project["equipment"], "phi": Decimal(1), "contracts": (base,),
                "lease_equipment": base, "loan_principal": project.get("loan_principal"), "loan_grace": 0,
                "loan_rates": (project.get("loan_rate"),) * 3, "loan_term": project.get("loan_years"),
                "repayment": "bullet" if project.get("repayment") == "到期还本" else "equal_principal",
                "central_points": project.get("central_points", Decimal(0)) / 100, "central_years": project.get("central_years", 2),
            }
            assert award.entitlement == sum(clauses.entitlements(case, clauses.DEFAULT_READINGS)[award.instrument]), project
            compared[award.instrument] += 1
    assert set(compared) == {*GRANTS, *LOANS}


# --- the worked examples -------------------------------------------------------------------------------------


def project(identifier: str, *instruments: str, **columns: object) -> dict:
    return {"project": identifier, "instrument": instruments, "filing_year": 2025, **columns}


def loan(principal: Decimal, rate: str, years: int = 3, repayment: str = "到期还本", **columns: object) -> dict:
    return {"loan_principal": principal, "loan_rate": Decimal(rate), "loan_years": years, "repayment": repayment, **columns}


def amounts(row: Mapping) -> list[str]:
    return [amount for _, amount in sorted(row["accrued"].items())]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_worked_examples_of_loans_come_out_of_a_ledger(priced, suffix):
    key = "upgrade_loan_interest"
    projects = [
        project("WE01", key, investment=5000 * WAN, **loan(3000 * WAN, "0.0345", 5)),
        project("WE02", key, investment=2 * YI, **loan(Decimal("1.2") * YI, "0.0360", 4, "等额本金")),
        project("WE04", key, investment=8 * YI, **loan(5 * YI, "0.0310")),
        project("WE08A", key, investment=Decimal("19999999.99"), **loan(1200 * WAN, "0.0335")),
        project("WE08B", key, investment=2000 * WAN, **loan(1200 * WAN, "0.0335")),
        project("WE27", key, investment=2 * YI, **loan(1 * YI, "0.03", drawn_on=date(2025, 7, 1))),
        project("WE27-simple", key, investment=2 * YI, **loan(1 * YI, "0.03")),
    ]
    rows = {row["project"]: row for row in priced(projects, suffix=suffix)["rows"]}
    for name in ("WE01", "WE02", "WE04"):
        expected = EXPECTED[name]
        assert rows[name]["accrued"] == dict(zip(("2025", "2026", "2027"), (expected[f"y{k}"] for k in (1, 2, 3)), strict=True))
        assert rows[name]["paid"] == dict(zip(("2026", "2027", "2028"), (expected[f"y{k}"] for k in (1, 2, 3)), strict=True))
        assert rows[name]["entitlement"] == expected["total"]
    assert rows["WE01"]["binding"] == "rate" and rows["WE04"]["binding"] == "headroom"
    assert (rows["WE08A"]["entitlement"], rows["WE08A"]["binding"]) == (EXPECTED["WE08"]["A_total"], "threshold")
    assert rows["WE08B"]["entitlement"] == EXPECTED["WE08"]["B_total_default"]
    assert rows["WE27"]["accrued"] == {year: EXPECTED["WE27"][f"y{year}"] for year in ("2025", "2026", "2027", "2028")}
    assert rows["WE27"]["entitlement"] == EXPECTED["WE27"]["total"]
    assert rows["WE27"]["paid"]["2029"] == EXPECTED["WE27"]["paid_after_2027"]
    assert rows["WE27-simple"]["entitlement"] == EXPECTED["WE27"]["simple_total"]


def test_the_threshold_of_we08_read_strictly_leaves_nothing(priced):
    exactly = project("B", "upgrade_loan_interest", investment=2000 * WAN, **loan(1200 * WAN, "0.0335"))
    (row,) = priced([exactly], {"threshold_inclusive": "strict"})["rows"]
    assert (row["entitlement"], row["binding"]) == (EXPECTED["WE08"]["B_total_strict"], "threshold")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_worked_examples_of_grants_come_out_of_a_ledger(priced, suffix):
    equipment = {"minus1": 4 * YI - 1, "at": 4 * YI, "plus1": 4 * YI + 1, "six": 6 * YI}
    whole = {"p999": Decimal("9.99") * YI, "p10": 10 * YI, "p12": 12 * YI}
    projects = [
        project("WE09", "upgrade_lease", investment=8000 * WAN, lease_equipment=8000 * WAN),
        *(project(name, "upgrade_lease", investment=10 * YI, lease_equipment=leased) for name, leased in equipment.items()),
        *(project(name, "major_project", investment=invested) for name, invested in whole.items()),
        project("just_under", "first_of_kind", contract=Decimal("6666.66") * WAN),
        project("just_over", "first_of_kind", contract=Decimal("6666.67") * WAN),
    ]
    rows = {row["project"]: row for row in priced(projects, suffix=suffix)["rows"]}
    assert rows["WE09"]["entitlement"] == EXPECTED["WE09"]["pay"]
    assert {name: rows[name]["entitlement"] for name in equipment} == EXPECTED["WE10"]
    assert {name: rows[name]["entitlement"] for name in whole} == {name: EXPECTED["WE11"][name] for name in whole}
    assert rows["p12"]["paid"] == {"2025": EXPECTED["WE11"]["p12_approval"], "2026": EXPECTED["WE11"]["p12_acceptance"]}
    for name in ("just_under", "just_over"):
        assert rows[name]["entitlement"] == EXPECTED["WE19"][name]
    assert (rows["just_under"]["binding"], rows["just_over"]["binding"]) == ("rate", "cap")


@pytest.mark.parametrize(("exclusivity", "name"), [
    ("one_per_project", "default_best_of"), ("loan_and_lease", "altA"), ("stack", "altB_stack")])
def test_the_three_instruments_of_we13_are_packed_by_the_reading(priced, exclusivity, name):
    keys = ("upgrade_loan_interest", "upgrade_lease", "major_project")
    one = project("P", *keys, investment=6 * YI, lease_equipment=2 * YI, **loan(3 * YI, "0.0330"))
    answer = priced([one], {"exclusivity": exclusivity})
    found = {row["instrument"]: row for row in answer["rows"]}
    assert [found[key]["entitlement"] for key in keys] == [EXPECTED["WE13"][short] for short in ("loan", "lease", "major")]
    assert_total(answer, Decimal(EXPECTED["WE13"][name]))
    assert sum(Decimal(row["entitlement"]) for row in answer["rows"] if row["in_package"]) == Decimal(EXPECTED["WE13"][name])


@pytest.mark.parametrize(("base", "name"), [("net_of_central", "default_city"), ("contract", "alt_city")])
def test_central_relief_of_we15_counts_by_the_reading(priced, base, name):
    relieved = loan(2 * YI, "0.0350", central_points=Decimal("1.5"))
    (row,) = priced([project("P", "upgrade_loan_interest", investment=5 * YI, **relieved)], {"interest_base": base})["rows"]
    assert row["entitlement"] == EXPECTED["WE15"][name]


@pytest.mark.parametrize(("period", "name"), [("lifetime", "default"), ("year", "alt")])
def test_the_500_wan_of_we17_are_capped_by_the_reading(priced, period, name):
    principals = {"A": Decimal("1.2") * YI, "B": 4 * YI}
    projects = [project(which, "catalogue_loan_interest", **loan(principal, "0.0350")) for which, principal in principals.items()]
    for row in priced(projects, {"cap_period_17": period})["rows"]:
        which = row["project"]
        assert row["entitlement"] == EXPECTED["WE17"][f"{which}_{name}"]
        if period == "lifetime":
            some = [amount for amount in EXPECTED["WE17"][f"{which}_y"].split(",") if Decimal(amount)]
            assert [amount for amount in amounts(row) if Decimal(amount)] == some


@pytest.mark.parametrize(("scope", "name"), [("product", "per_product"), ("contract", "per_contract_alt")])
def test_three_contracts_of_one_product_of_we19_share_the_cap_by_the_reading(priced, scope, name):
    projects = [project(f"P{size}", "first_of_kind", contract=size * WAN, product="CP-1", filed_on=date(2025, size // 1000, 1))
                for size in (2000, 3000, 4000)]
    answer = priced(projects, {"first_of_kind_scope": scope})
    assert_total(answer, Decimal(EXPECTED["WE19"][name]))
    last = answer["rows"][-1]
    assert (last["binding"], last["entitlement"]) == (("headroom", "5000000.00") if scope == "product" else ("rate", "12000000.00"))


def test_the_eleventh_and_twelfth_certification_of_we25_wait_a_year(priced):
    contracts = (120, 150, 180, 200, 240, 260, 300, 320, 340, 500, 90, 60)
    projects = [project(f"R{place}", "material_certification", certification_contract=contract * WAN, score=Decimal(99 - place))
                for place, contract in enumerate(contracts)]
    rows = priced(projects)["rows"]
    funded, deferred = [[row for row in rows if year in row["accrued"]] for year in ("2025", "2026")]
    assert (len(funded), len(deferred)) == (EXPECTED["WE25"]["n_funded"], EXPECTED["WE25"]["n_deferred"])
    assert sum(Decimal(row["entitlement"]) for row in funded) == Decimal(EXPECTED["WE25"]["funded"])
    assert sum(Decimal(row["entitlement"]) for row in deferred) == Decimal(EXPECTED["WE25"]["deferred"])
    assert {row["binding"] for row in deferred} == {"quota"}

# --- rulings: each by itself, for they are easily read otherwise -----------------------------------------------


def row_of(answer, name, instrument):
    """One printed row."""
    return next(row for row in answer["rows"] if (row["project"], row["instrument"]) == (name, instrument))


def test_a_contract_uses_up_the_cap_of_its_product_only_where_its_project_takes_that_support(priced):
    """A is paid for its research instead, so 三首 pays nothing for its contract, and B finds the cap untouched."""
    first = project("A", "first_of_kind", "software_rnd", contract=5000 * WAN, incremental_investment=2 * YI, product="CP-1",
                    filed_on=date(2025, 1, 1))
    second = project("B", "first_of_kind", contract=5000 * WAN, product="CP-1", filed_on=date(2025, 2, 1))
    answer = priced([first, second])
    assert not row_of(answer, "A", "first_of_kind")["in_package"]
    assert row_of(answer, "B", "first_of_kind")["entitlement"] == "15000000.00"


def test_one_product_is_supported_by_clause_16_or_17_also_where_two_rows_file_for_them(priced):
    """同一产品第十六条与第十七条择一 (the rule book): 2000万 by either; the earlier clause between equals."""
    first = project("A", "catalogue_breakthrough", contract=7000 * WAN, product="CP-1", filed_on=date(2025, 1, 1))
    second = project("B", "first_of_kind", contract=7000 * WAN, product="CP-1", filed_on=date(2025, 2, 1))
    answer = priced([first, second])
    assert [row["entitlement"] for row in answer["rows"]] == ["20000000.00"] * 2
    assert [row["in_package"] for row in answer["rows"]] == [False, True]
    assert answer["total"] == "20000000.00"


def test_a_certification_takes_a_place_of_the_ten_only_where_its_project_takes_that_support(priced):
    projects = [project(f"R{place}", "material_certification", "software_rnd", certification_contract=100 * WAN,
                        incremental_investment=1 * YI, score=Decimal(90)) for place in range(10)]
    projects.append(project("R10", "material_certification", certification_contract=100 * WAN, score=Decimal(80)))
    assert row_of(priced(projects), "R10", "material_certification")["accrued"] == {"2025": "300000.00"}


def test_the_first_tranche_is_half_of_what_was_approved_and_acceptance_cuts_the_rest(priced):
    """立项后先行拨付50%，剩余支持资金根据验收结果再行拨付: 5000万 of 1亿 at approval, then what is missing to 6000万."""
    one = project("A", "major_project", investment=10 * YI, approved_investment=10 * YI, accepted_investment=6 * YI, approved_year=2025,
                  status="验收")
    assert row_of(priced([one]), "A", "major_project")["paid"] == {"2025": "50000000.00", "2026": "10000000.00"}


def test_a_tranche_is_never_more_than_the_grant(priced):
    one = project("A", "major_project", investment=10 * YI, approved_investment=10 * YI, accepted_investment=2 * YI, approved_year=2025,
                  status="验收")
    (row,) = priced([one])["rows"]
    assert row["entitlement"] == "20000000.00"
    assert all(Decimal(amount) >= 0 for amount in row["paid"].values()) and sum(map(Decimal, row["paid"].values())) == 2000 * WAN


@pytest.mark.parametrize(("contract", "limit"), [
    ("66666666.64", "rate"), ("66666666.66", "rate"), ("66666666.67", "rate"), ("66666666.68", "rate"), ("66666666.69", "cap")])
def test_the_cap_decides_where_it_takes_off_a_fen_of_the_rounded_share(priced, contract, limit):
    """A year's share is rounded to 分 and then the cap applied: a share that is rounded to the cap is not cut by it."""
    (row,) = priced([project("A", "first_of_kind", contract=Decimal(contract))])["rows"]
    assert row["binding"] == limit


@pytest.mark.parametrize(("points", "entitlement", "limit"), [("3.0", "1350000.00", "rate"), ("3.45", "0.00", "none")])
def test_where_central_relief_leaves_little_of_the_interest_no_cap_and_no_head_room_decided(priced, points, entitlement, limit):
    relieved = loan(1 * YI, "0.0345", years=3, central_points=Decimal(points), central_years=3)
    (row,) = priced([project("A", "upgrade_loan_interest", investment=2 * YI, **relieved)], {"interest_base": "contract"})["rows"]
    assert (row["entitlement"], row["binding"]) == (entitlement, limit)


def test_no_year_has_more_than_ten_certifications_and_those_that_wait_come_first(priced):
    """其余转入下一年, and there first (WE25: 次年优先): what overflows twice waits twice."""
    projects = [project(f"R{place}", "material_certification", certification_contract=100 * WAN, score=Decimal(70 - place))
                for place in range(23)]
    projects += [project(f"S{place}", "material_certification", certification_contract=100 * WAN, score=Decimal(99 - place))
                 | {"filing_year": 2026} for place in range(4)]
    rows = priced(projects)["rows"]
    assert Counter(year for row in rows for year in row["accrued"]) == {"2025": 10, "2026": 10, "2027": 7}
    assert {row["project"] for row in rows if "2026" in row["accrued"]} == {f"R{place}" for place in range(10, 20)}


def test_central_relief_of_a_day_is_not_more_than_the_interest_of_that_day(priced):
    """Five points on a loan at 3.45%: nothing is left of the first loan-year, and nothing taken off the second."""
    relieved = loan(1000 * WAN, "0.0345", drawn_on=date(2025, 7, 1), central_points=Decimal(5), central_years=1)
    (row,) = priced([project("A", "catalogue_loan_interest", **relieved)])["rows"]
    assert amounts(row)[-3:] == ["88166.67", "174895.84", "87208.34"]
