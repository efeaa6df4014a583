"""Ledgers with something wrong in a word, a date, a year or a code."""

from collections.abc import Mapping
from datetime import date, datetime

from tests.ledger.bad_amounts import cells
from tests.ledger.books import Book, Case, changed, saved, wrong_cell
from tests.ledger.random_ledgers import credit_code


def dates() -> list[Case]:
    refused = {
        "30 February": "2025-02-30", "month 13": "2025-13-01", "29 February of a common year": "2025-02-29",
        "day or month first": "03/04/2025",
        "day or month first, one digit": "3/4/2025", "two digits for the year": "25-03-01", "two digits with strokes": "25/3/1",
        "no day": "2025-07",
        "a word": "三月初", "not known yet": "待定", "a century late": "2125-03-01", "a century early": "1925-03-01", "day 0": "2025-03-00",
        "the year 0": "0000-00-00", "a range": "2025-03-01至2025-03-05", "day, month, year": "01-03-2025", "letters": "2025-O3-01",
        "April 31": "2025年4月31日",
        "a year alone": "2025", "negative": "-45717", "seven digits": "2025031",
    }
    early = {"year first": "2025/7/1", "points": "2025.7.1", "eight digits": "20250701", "an hour": "2025-07-01 08:30:00",
             "Chinese": "2025年7月1日",
             "Chinese numerals": "二〇二五年七月一日", "a serial number": "45839", "English": "1 Jul 2025",
             "full width": "２０２５-０７-０１"}
    return [
        *cells("drawn_on", 2, refused, ".csv"),
        *cells("drawn_on", 2, early, ".csv", changed()),
        *cells("filed_on", 6, {name: refused[name] for name in ("30 February", "day or month first", "two digits for the year",
        "a word")}, ".csv"),
        *cells("drawn_on", 2, {name: refused[name] for name in ("30 February", "day or month first", "29 February of a common year")},
               ".xlsx"),
        *cells("drawn_on", 2, {"a serial number": 45839}, ".xlsx", changed()),
        *cells("drawn_on", 2, {"an hour": datetime(2025, 7, 1, 8, 30)}, ".xlsx", changed()),
        *cells("drawn_on", 2, {"nought": 0, "a negative number": -5, "true": True, "far off": 4583900, "a century early": date(1925, 7,
        1)}, ".xlsx"),
        *cells("filed_on", 1, {"in another year": "2023-03-01"}, ".csv", changed(filed_on=date(2023, 3, 1))),
    ]


def years() -> list[Case]:
    refused = {"two digits": "25", "a typing error": "2205", "five digits": "20250", "half a year": "2025.5", "negative": "-2025",
               "a word": "去年",
               "a range": "2025-2026", "a century early": "1925", "nought": "0", "two years": "2025、2026", "letters": "2O25"}
    maybe = {"with its character": "2025年", "full width": "２０２５", "a point": "2025.0", "Chinese numerals": "二〇二五",
             "with 度": "2025年度"}
    return [
        *cells("filing_year", 1, refused, ".csv"),
        *cells("filing_year", 1, maybe, ".csv", changed()),
        *cells("filing_year", 1, {"two digits": 25, "true": True, "a date": date(1905, 7, 17), "a serial number": 45717}, ".xlsx"),
        *cells("approved_year", 2, {"before the filing": "2023", "a typing error": "2205", "two digits": "25", "a word": "今年"}, ".csv"),
        *cells("approved_year", 2, {"before the filing": 2024}, ".xlsx"),
        *cells("filing_year", 1, {"long ago": "1999"}, ".csv", changed(filing_year=1999)),
        *cells("filing_year", 1, {"far ahead": "2090"}, ".csv", changed(filing_year=2090)),
    ]


def credit_codes() -> list[Case]:
    """GB 32100: 18 characters without I, O, S, V, Z; the last one checks the others."""
    right = credit_code(1)
    refused = {
        "a wrong check character": right[:-1] + ("A" if right[-1] != "A" else "B"), "a digit changed": right[:9] + "7" + right[10:],
        "17 characters": right[:-1], "19 characters": right + "0", "the letter O for a nought": right.replace("0", "O", 1),
        "the letter I for a one": right.replace("1", "I", 1), "two digits changed round": right[:2] + "01" + right[4:],
        "an old registration number": "310101000123456", "words": "正在办理", "a hyphen": right[:8] + "-" + right[8:-1],
        "one more blank": right[:8] + "  " + right[8:-1],
        "as Excel shows it": "9.131E+17", "all nines": "9" * 18, "letters of Cyrillic": right.replace("1", "І", 1),
    }
    maybe = {"small letters": credit_code(3).lower(), "blanks around": f" {right} ", "blanks between": f"{right[:4]} {right[4:]}",
             "full width": "".join(chr(ord(letter) + 0xFEE0) for letter in right)}
    return [
        *cells("uscc", 1, refused, ".csv"),
        *cells("uscc", 1, maybe, ".csv", changed()),
        *cells("uscc", 1, {"a number that lost its digits": 9.13100000000000e17, "a number": 913100000000000019}, ".xlsx"),
    ]


def identities() -> list[Case]:
    """No two rows are one project, however they are typed."""
    twins = {"again": "JG-001", "with blanks": " JG-001 ", "in small letters": "jg-001", "in full width": "ＪＧ－００１",
             "with a hidden blank": "JG-001\u200b",
             "with a blank that does not break": "JG-001\u00a0"}
    cases = [wrong_cell(f"twice the same project: {name} ({suffix})", 6, "project", value, f".{suffix}")
             for name, value in twins.items() for suffix in ("csv", "xlsx")]
    cases = [Case(each.name, each.write, each.suffix, (*each.says[:1],
        "JG-001")) if "in full" not in each.name and "small" not in each.name else
             Case(each.name, each.write, each.suffix, each.says[:1]) for each in cases]

    def twice(book: Book) -> None:
        book.lines.append(list(book.lines[book.line(2)]))

    def other_instrument(book: Book) -> None:
        twice(book)
        book.lines[-1][book.at("instrument")] = "技改融资租赁补贴"

    def named(value: object) -> tuple[dict, ...]:
        return changed(1, project=str(value))

    empty = [wrong_cell(f"no project ({suffix[1:]})", 5, "project", value, suffix)
             for suffix, value in ((".csv", None), (".xlsx", None), (".csv", "  "))]
    empty.append(wrong_cell("a hidden blank for a project", 5, "project", "\u200b", ".csv"))
    return [
        *cases,
        *(Case(f"{each.name} {number}", each.write, each.suffix, each.says[:1]) for number, each in enumerate(empty)),
        Case("a whole row twice", saved(twice), ".xlsx", ("JG-002",)), Case("a whole row twice, csv", saved(twice), ".csv", ("JG-002",)),
        Case("one project on two rows for two instruments", saved(other_instrument), ".xlsx", ("JG-002",)),
        wrong_cell("a number for a project", 1, "project", 20250001, truth=named("20250001")),
        wrong_cell("true for a project", 1, "project", True, truth=named("TRUE")),
        wrong_cell("a fraction for a project", 1, "project", 2025.5, truth=named("2025.5")),
        wrong_cell("a formula for a project", 1, "project", "=CONCATENATE(\"JG\",1)"),
        wrong_cell("a command for a project", 1, "project", "=cmd|'/C calc'!A0", ".csv", named("=cmd|'/C calc'!A0")),
        wrong_cell("two lines for a project", 1, "project", "JG\n001", ".csv", named("JG\n001")),
    ]


def vocabulary() -> list[Case]:
    def by_column(column: str, who: int, refused: Mapping[str, str], maybe: Mapping[str, str]) -> list[Case]:
        return [*cells(column, who, refused, ".csv"), *cells(column, who, maybe, ".csv", changed())]

    instruments = {
        "unknown": "技改贷款贴现", "ambiguous loan": "贷款贴息", "ambiguous lease": "融资租赁", "a clause": "第七条",
        "half a key": "upgrade_loan",
        "any": "全部", "one known, one not": "技改贷款贴息、技改奖励", "innovation": "创新产品", "a code": "C7", "a number": "7",
        "a dash": "—",
    }
    maybe_instruments = {
        "a separator at the end": "技改贷款贴息、", "twice the same": "技改贷款贴息、技改贷款贴息", "blanks around": " 技改贷款贴息 ",
        "the short title": "技改贴息",
        "the number of the facts": "C7-LOAN", "capital letters": "UPGRADE_LOAN_INTEREST",
        "the English title": "Upgrade loan interest subsidy",
    }
    statuses = {"unknown": "在建", "two": "立项、验收", "a question": "立项?", "a number": "3", "English": "pending", "close": "立顶"}
    repayments = {"unknown": "按月付息", "ambiguous": "等额", "another": "先息后本", "a word": "其他", "two": "到期还本、等额本金",
                  "close": "等额本全"}
    maybe_repayments = {"other words": "到期一次还本", "blanks": " 到期还本 ", "English": "bullet"}
    several = cells("instrument", 2, {"a comma": "技改贷款贴息,技改融资租赁补贴", "a full-width comma": "技改贷款贴息，技改融资租赁补贴",
                                      "a stroke": "技改贷款贴息/技改融资租赁补贴", "two lines": "技改贷款贴息\n技改融资租赁补贴",
                                      "and": "技改贷款贴息和技改融资租赁补贴",
                                      "a plus": "技改贷款贴息+技改融资租赁补贴"}, ".csv", changed())
    first = cells("instrument", 5, {"straight quotes": "\"三首\"产品支持", "no quotes": "三首产品支持"}, ".csv", changed())
    factory = {"unknown": "灯塔工厂", "a number": "5", "empty": None}

    def smart(tier: str | None):
        def change(book: Book) -> None:
            book.put(5, "instrument", "智能工厂阶梯奖励")
            book.add("智能工厂等级", [None] * 4 + [tier, None, None])

        return saved(change)

    return [
        *by_column("instrument", 1, instruments, maybe_instruments), *several, *first,
        *by_column("status", 2, statuses, {"blanks": " 立项 ", "in the past": "已立项"}),
        *by_column("repayment", 1, repayments, maybe_repayments),
        *by_column("size", 1, {}, {"unknown": "超大型", "a number": "3", "short": "中"}),
        *by_column("district", 1, {}, {"short": "浦东", "elsewhere": "北京市朝阳区"}),
        *by_column("sector", 1, {}, {"unknown": "金融业", "a number": "35"}),
        *(Case(f"tier: {name}", smart(tier), ".xlsx", ("AF7",)) for name, tier in factory.items()),
    ]


def contradictions() -> list[Case]:
    """What one row says twice must agree."""
    cases = []
    for status in ("立项", "验收", "拨付"):
        for suffix in (".csv", ".xlsx"):
            case = wrong_cell(f"{status} without the year of approval ({suffix[1:]})", 2, "approved_year", None, suffix)

            def write(path, status=status):
                book = Book()
                book.put(2, "status", status)
                book.put(2, "approved_year", None)
                book.save(path)

            # 立项年度, else 申报年度: it may be read so
            cases.append(Case(case.name, write, suffix, (("AC4", "AB4", "#4"), "立项年度"), changed(2, status=status, approved_year=None)))
    return [
        *cases,
        wrong_cell("only filed, yet with a year of approval", 2, "status", "申报", truth=changed(2, status="申报")),
        wrong_cell("only filed, yet paid", 3, "status", "申报", truth=changed(3, status="申报")),
        wrong_cell("accepted without being so", 2, "accepted_investment", 7000, truth=changed(2, accepted_investment=70_000_000)),
        wrong_cell("central years without points", 1, "central_years", 2, truth=changed()),
        wrong_cell("a drawdown before the policy", 2, "drawn_on", date(2015, 7, 1), truth=changed(2, drawn_on=date(2015, 7, 1))),
        wrong_cell("a drawdown far ahead", 2, "drawn_on", date(2035, 7, 1), truth=changed(2, drawn_on=date(2035, 7, 1))),
        wrong_cell("a product without a contract", 4, "product", "CP-9", truth=changed()),
    ]


CASES = [*dates(), *years(), *credit_codes(), *identities(), *vocabulary(), *contradictions()]
