"""Ledgers with something wrong in the heads: units, twins, typing errors, what is not there."""

from decimal import Decimal

from tests.ledger.books import FIRST, HEAD, Book, Case, changed, missing_column, saved, wrong_head
from tests.ledger.random_ledgers import AMOUNTS, HEADS


def without_unit() -> list[Case]:
    """The unit of an amount is in its head: none is an error, whatever the title says."""
    kept = [column for column in AMOUNTS if column in Book().columns]
    cases = [wrong_head(f"no unit: {column}", column, HEADS[column]) for column in kept]

    def no_units(book: Book) -> None:
        for column in kept:
            book.rehead(column, HEADS[column])

    def unit_in_title(book: Book) -> None:
        no_units(book)
        book.lines[0][0] = "申报汇总表（单位：万元）"

    return [
        *cases,
        Case("no unit at all", saved(no_units), ".xlsx", tuple(HEADS[column] for column in kept)),
        Case("no unit at all, csv", saved(no_units), ".csv", tuple(HEADS[column] for column in kept)),
        Case("unit in the title only", saved(unit_in_title), ".xlsx", ("项目总投资",), changed()),
        Case("unit in a column of its own", saved(lambda book: (no_units(book), book.add("单位", ["万元"] * 7))), ".xlsx", ("项目总投资",)),
    ]


def strange_units() -> list[Case]:
    heads = {
        "two units": "项目总投资（万元）（元）", "either unit": "项目总投资（元/万元）", "units with a comma": "项目总投资（万元，元）",
        "million": "项目总投资（百万元）", "thousand": "项目总投资（千元）", "ten million": "项目总投资（千万元）",
        "dollars": "项目总投资（万美元）",
        "US dollars": "项目总投资（USD）", "Hong Kong dollars": "项目总投资（万港元）", "per cent for money": "项目总投资（%）",
        "empty brackets": "项目总投资（）", "a question": "项目总投资（万元？）", "euro": "项目总投资（万欧元）",
        "tonnes": "项目总投资（吨）",
    }
    cases = [wrong_head(f"strange unit: {name}", "investment", head) for name, head in heads.items()]
    lenient = {"a blank inside": "项目总投资（万 元）", "old characters": "项目总投资（萬元）", "RMB": "项目总投资（人民币万元）",
               "wan alone": "项目总投资（万）", "an open bracket": "项目总投资（万元", "words": "项目总投资（单位：万元）",
               "bare": "项目总投资万元", "half inside": "项目总投资（万）元"}
    cases += [wrong_head(f"lenient unit: {name}", "investment", head, truth=changed()) for name, head in lenient.items()]

    def title_contradicts(book: Book) -> None:
        book.lines[0][0] = "申报汇总表（金额单位：元）"

    return [*cases, Case("the title says another unit than the heads", saved(title_contradicts), truth=changed())]


def twins() -> list[Case]:
    """Two heads for one column: which of them counts nobody can know."""
    def again(head: str, column: str, factor: int = 1) -> Case:
        def change(book: Book) -> None:
            values = [line[book.at(column)] for line in book.lines[FIRST:]]
            book.add(head, [value * factor if value is not None and factor != 1 else value for value in values])

        return Case(f"two heads: {head} x{factor}", saved(change), ".xlsx", (HEADS[column],))

    return [
        again("项目总投资（万元）", "investment"), again("项目总投资（万元）", "investment", 2),
        again("项目总投资（元）", "investment", 10_000),
        again("investment（万元）", "investment"), again(" 项目总投资 (万元)", "investment", 2), again("项目总投资（亿元）", "investment"),
        again("项目编号", "project"), again("贷款利率", "loan_rate"), again("贷款利率（%）", "loan_rate"), again("申报专项", "instrument"),
        again("状态", "status"), again("提款日期", "drawn_on"), again("loan_principal（万元）", "loan_principal", 2),
        again("申报年度", "filing_year"),
        again("立项年度", "approved_year"), again("核定投资(万元)", "approved_investment", 2), again("project", "project"),
    ]


def misspelt() -> list[Case]:
    """A head close to a known one: left out, it would change what is paid."""
    needed = {
        "project": "项目编好", "instrument": "申报专顶", "filing_year": "申报年庋", "investment": "项目总投姿（万元）",
        "loan_principal": "贷款本全（万元）", "loan_rate": "贷款利串", "loan_years": "贷款期线", "repayment": "还本方武",
        "lease_equipment": "融资租赁设备投姿额（万元）", "contract": "合同全额（万元）",
        "certification_contract": "认证检测合同全额（万元）",
        "incremental_investment": "新增投姿（万元）",
    }
    optional = {
        "approved_investment": "核定投姿（万元）", "drawn_on": "提款日斯", "central_points": "中央贴息点教",
        "accepted_investment": "验收认定投姿（万元）",
        "approved_year": "立项年庋", "status": "状志", "product": "产品编好", "central_years": "中央贴息年教", "paid": "己拨付（万元）",
        "score": "评份",
    }
    english = {"approved_investment": "approved_investmnt（万元）", "drawn_on": "drawn on date", "status": "Statuss", "product": "prodct"}
    synonyms = {
        "approved_investment": "核定投资额（万元）", "drawn_on": "提款时间", "central_points": "中央贴息百分点",
        "approved_year": "立项年份",
        "product": "产品编码", "accepted_investment": "验收投资（万元）", "loan_rate": "利率", "loan_years": "贷款年限",
        "status": "项目状态",
        "investment": "总投资（万元）", "project": "编号", "enterprise": "申报单位", "certification_contract": "认证合同金额（万元）",
    }
    return [
        *(wrong_head(f"misspelt: {column}", column, head) for column, head in needed.items()),
        *(wrong_head(f"misspelt, not needed: {column}", column, head) for column, head in optional.items()),
        *(wrong_head(f"misspelt English: {column}", column, head) for column, head in english.items()),
        *(wrong_head(f"another word: {column}", column, head, truth=changed()) for column, head in synonyms.items()),
    ]


def missing() -> list[Case]:
    """The message says which instrument needs what."""
    loan = ("upgrade_loan_interest",)

    def no_heads(book: Book) -> None:
        del book.lines[HEAD]

    def headless(column: str, where: str) -> Case:
        def change(book: Book) -> None:
            book.rehead(column, None)

        return Case(f"no head above data: {column}", saved(change), ".xlsx", ((where, HEADS[column]),))

    def numbered(book: Book) -> None:
        book.lines[HEAD] = [str(number) for number in range(1, len(book.columns) + 1)]

    return [
        missing_column("project"), missing_column("instrument"),
        missing_column("loan_principal", *loan), missing_column("loan_rate", *loan), missing_column("loan_years", *loan),
        missing_column("repayment", *loan), missing_column("investment", "energy_management_centre"),
        missing_column("lease_equipment", "upgrade_lease"), missing_column("contract", "first_of_kind"),
        missing_column("certification_contract", "material_certification"), missing_column("incremental_investment", "software_rnd"),
        Case("without filing_year", saved(lambda book: book.drop("filing_year")), ".xlsx", ("申报年度",), changed()),
        Case("without the heads", saved(no_heads)), Case("without the heads, csv", saved(no_heads), ".csv"),
        Case("numbers for heads", saved(numbered)),
        headless("loan_principal", "Q2"), headless("drawn_on", "U2"), headless("approved_investment", "M2"), headless("project", "A2"),
    ]


def a_head_of_per_cent() -> list[Case]:
    """3.45 below 贷款利率（%） is right; a fraction below it is not."""
    def fractions(book: Book) -> None:
        book.rehead("loan_rate", "贷款利率（%）")
        book.put(1, "loan_rate", Decimal("0.0345"))
        book.put(2, "loan_rate", Decimal("0.032"))

    def thousandths(book: Book) -> None:
        book.rehead("loan_rate", "贷款利率（‰）")
        book.put(1, "loan_rate", Decimal("34.5"))
        book.put(2, "loan_rate", Decimal("32"))

    def points(book: Book) -> None:
        book.rehead("loan_rate", "贷款利率（bp）")
        book.put(1, "loan_rate", 345)
        book.put(2, "loan_rate", 320)

    def months(book: Book) -> None:
        book.rehead("loan_years", "贷款期限（月）")
        book.put(1, "loan_years", 60)
        book.put(2, "loan_years", 60)

    return [
        Case("fractions below a head of per cent", saved(fractions), ".xlsx", (("R3", "R4"), "0.03")),
        Case("fractions below a head of per cent, csv", saved(fractions), ".csv", (("R3", "R4", "#3", "#4"), "0.03")),
        Case("per mille", saved(thousandths), ".xlsx", (), changed()),
        Case("basis points", saved(points), ".xlsx", (), changed()),
        Case("months for years", saved(months), ".xlsx", ("贷款期限",), changed()),
        wrong_head("unit on a rate", "loan_rate", "贷款利率（万元）"),
        wrong_head("unit on a year", "filing_year", "申报年度（万元）", truth=changed()),
        wrong_head("per cent on the years", "loan_years", "贷款期限（%）"),
        wrong_head("a wrong unit on the approved investment only", "approved_investment", "核定投资（亿元）"),
        wrong_head("a wrong unit on the loan only", "loan_principal", "贷款本金（元）"),
    ]


CASES = [*without_unit(), *strange_units(), *twins(), *misspelt(), *missing(), *a_head_of_per_cent()]
