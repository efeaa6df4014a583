"""Ledgers with something wrong in a number: amounts, rates, shares, terms."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from tests.ledger.books import Book, Case, changed, put, saved, wrong_cell
from tests.ledger.random_ledgers import HEADS
from tests.oracle.ledger import WAN

Truth = Sequence[Mapping] | None


def cells(column: str, who: int, values: Mapping[str, object], suffix: str, truth: Truth = None) -> list[Case]:
    return [wrong_cell(f"{column}: {name} ({suffix[1:]})", who, column, value, suffix, truth) for name, value in values.items()]


def words_for_amounts() -> list[Case]:
    refused = {
        "Chinese numerals": "五千", "about": "约5000", "more or less": "5000左右", "a range": "5000-6000", "one or the other": "5000/6000",
        "commas in the wrong places": "5,0000", "a comma for the point": "5000,50", "points for commas": "5.000.00",
        "two points": "50.00.00",
        "another unit in the cell": "5000元", "yi in the cell": "0.5亿", "a currency": "5000美元", "a minus": "-5000",
        "brackets for a minus": "(5000)",
        "a long minus": "−5000", "full-width brackets": "（5000）", "not known yet": "待定",
        "N/A": "N/A", "nan": "NaN", "infinity": "inf", "beyond all bounds": "1e400", "negative infinity": "-Infinity",
        "next to nothing": "1e-400",
        "hexadecimal": "0x1388", "an underscore": "5_000", "the letter O": "5OOO", "two lines": "5000\n6000", "a sum": "3000+2000",
        "a formula": "=3000+2000", "per cent": "50%", "a question mark": "5000?", "hashes": "########", "a reference lost": "#REF!",
        "division by nought": "#DIV/0!", "true": "TRUE", "a fraction of a fen": "5000.0000001", "a date": "2025-03-01", "null": "NULL",
        "an ideographic full stop": "5000。50", "a comma at the end": "5000,", "a comma before": ",5000", "two commas": "5,,000",
        "a tail of letters": "5000a", "two numbers": "5000 6000", "a plus and a minus": "+-5000", "only a point": ".",
        "superscript": "5000²",
        "a circled digit": "⑤", "a fraction": "5000½", "an e without a power": "5e",
    }
    maybe = {
        "full-width digits": "５０００", "a full-width comma": "5，000", "blanks between": "5 000", "a plus": "+5000",
        "its own unit": "5000万元",
        "its own short unit": "5000万", "a sign of money": "¥5000", "scientific": "5e3", "digits of Arabic": "٥٠٠٠",
        "a hidden blank": "\u200b5000",
        "an apostrophe": "'5000",
    }
    empty = {"nothing": "无", "a dash": "—", "a stroke": "/"}
    good = changed()
    return [
        *cells("investment", 1, refused, ".csv"),
        *(Case(each.name, each.write, each.suffix, each.says[:1])
          for each in (*cells("loan_principal", 1, empty, ".csv"), *cells("contract", 5, empty, ".xlsx"))),
        *cells("investment", 1, empty, ".csv", changed(investment=None)),  # what counts is the approved one
        *cells("investment", 1, maybe, ".csv", good),
        *cells("loan_principal", 1, {name: refused[name] for name in ("about", "a minus", "nan", "a currency")}, ".xlsx"),
        *cells("investment", 1, {"full-width digits": "５０００", "text": "5000", "scientific": "5E3"}, ".xlsx", good),
    ]


def numbers_for_amounts() -> list[Case]:
    refused = {"negative": Decimal(-5000), "enormous": Decimal("1e300"), "a fraction of a fen": Decimal("5000.0000004"), "true": True,
               "false": False, "a date": date(2025, 3, 1), "a formula never computed": "=3000+2000", "a lost reference": "#REF!",
               "not a number": "#N/A", "an error": "#VALUE!"}
    lease = {"negative": Decimal(-1), "true": True, "a formula never computed": "=L4*0.125"}
    zero = {"nought": Decimal(0)}
    small = {"a fen": Decimal("0.000001")}
    return [
        *cells("investment", 1, refused, ".xlsx"),
        *cells("lease_equipment", 2, lease, ".xlsx"),
        *cells("contract", 5, {"negative": Decimal(-2000)}, ".xlsx"),
        *cells("certification_contract", 6, {"negative": Decimal(-200)}, ".csv"),
        *cells("incremental_investment", 7, {"negative": Decimal("-0.000001")}, ".csv"),
        *cells("accepted_investment", 4, {"negative": Decimal(-2800)}, ".xlsx"),
        *cells("paid", 3, {"negative": Decimal(-2750)}, ".xlsx"),
        *cells("contract", 5, zero, ".xlsx", changed(5, contract=Decimal(0))),
        *(Case(each.name, each.write, each.suffix, ("合同金额",), each.truth)
          for each in cells("contract", 5, small, ".xlsx", changed(5, contract=Decimal("0.01")))),
        *cells("accepted_investment", 4, {"nought": Decimal(0)}, ".csv", changed(4, accepted_investment=Decimal(0))),
    ]


def needed_but_empty() -> list[Case]:
    """The row files for an instrument that needs the amount."""
    needs = ((1, "loan_principal"), (1, "loan_rate"), (1, "loan_years"), (1, "repayment"), (2, "lease_equipment"), (4, "investment"),
             (5, "contract"), (6, "certification_contract"), (7, "incremental_investment"), (3, "instrument"))
    cases = []
    for who, column in needs:
        for suffix in (".xlsx", ".csv"):
            cases.append(wrong_cell(f"empty: {column} ({suffix[1:]})", who, column, None, suffix))
    blank = wrong_cell("blanks for the amount", 5, "contract", "   ", ".csv")

    def no_time(book: Book) -> None:
        book.put(1, "filing_year", None)
        book.put(1, "filed_on", None)

    return [
        *(Case(each.name, each.write, each.suffix, each.says[:1]) for each in (*cases, blank)),
        Case("neither the year nor the day of filing", saved(no_time), ".xlsx", ("I3",)),
        Case("the day of filing but not the year", saved(lambda book: book.put(1, "filing_year", None)), ".xlsx", ("I3",), changed()),
    ]


def rates() -> list[Case]:
    """A share must say what it is: 345% is no rate of a loan, and -1% is none either."""
    refused = {
        "three hundred times too large": "345%", "negative": "-3.45%", "no number": "LPR+60bp", "a range": "3.45%-3.65%",
        "twice per cent": "3.45%%",
        "per month": "月2.875‰", "floating": "浮动", "bare, far too large": "345", "a comma": "3,45%", "nan": "nan%",
        "two points": "3.4.5%", "infinite": "inf", "old characters": "叁点肆伍",
    }
    maybe = {"bare per cent": "3.45", "basis points": "345bp", "full-width per cent": "3.45％", "a blank before it": "3.45 %",
             "a fraction": "0.0345",
             "words": "百分之3.45"}
    literal = {"a loan shark": "34.5%"}
    nothing = {"nought": "0%"}
    return [
        *cells("loan_rate", 1, refused, ".csv"),
        *cells("loan_rate", 1, maybe, ".csv", changed()),
        *cells("loan_rate", 1, literal, ".csv", changed(1, loan_rate=Decimal("0.345"))),
        *cells("loan_rate", 1, nothing, ".csv", changed(1, loan_rate=Decimal(0))),
        *cells("loan_rate", 1, {"bare": Decimal("3.45"), "a fraction": Decimal("0.0345")}, ".xlsx", changed()),
        *cells("loan_rate", 1, {"bare, far too large": 345, "true": True, "negative": Decimal("-0.0345"), "a date": date(2025, 3, 4)},
               ".xlsx"),
    ]


def shares_and_points() -> list[Case]:
    shares = {"more than the whole": "160%", "negative": "-10%", "words": "六成", "six times the whole": "6.0", "a ratio": "6:4",
              "a great deal": "6000%"}
    bare = {"bare": "60"}
    points = {"basis points": "150", "negative": "-1.5", "a fraction of a point": "0.015", "words": "一个半点", "a range": "1-1.5",
              "not a number": "nan",
              "far too many": "1500"}
    maybe_points = {"points in words": "1.5个百分点", "with a sign": "1.5%"}
    years = {"negative": "-1", "half a year": "2.5", "words": "两年半", "far too many": "200"}
    return [
        *cells("renewal_share", 4, shares, ".csv"),
        *cells("renewal_share", 4, bare, ".csv", changed()),
        *cells("central_points", 2, points, ".csv"),
        *cells("central_points", 2, maybe_points, ".csv", changed()),
        *cells("central_points", 2, {"fifteen": "15"}, ".csv", changed(2, central_points=Decimal(15))),
        *(Case(each.name, each.write, each.suffix, each.says[:1], each.truth)
          for each in cells("central_points", 2, {"a fraction shown in per cent": "1.50%"}, ".xlsx", changed())),
        *cells("central_points", 2, {"a fraction": Decimal("0.015"), "negative": Decimal("-1.5"), "true": True}, ".xlsx"),
        *cells("central_years", 2, years, ".csv"),
        *cells("score", 6, {"negative": "-86", "words": "优秀", "nan": "NaN"}, ".csv"),
        *cells("score", 6, {"ten times": "860"}, ".csv", changed(6, score=Decimal(860))),
    ]


def terms() -> list[Case]:
    refused = {"nought": "0", "negative": "-5", "half a year": "2.5", "no number": "长期", "far too long": "1000", "a range": "3-5",
               "a date": "2030-07-01"}
    maybe = {"with its unit": "5年", "in words": "五年", "in months": "60个月", "a whole number with a point": "5.0"}
    return [
        *cells("loan_years", 2, refused, ".csv"),
        *cells("loan_years", 2, maybe, ".csv", changed()),
        *cells("loan_years", 2, {"nought": 0, "half a year": Decimal("2.5"), "true": True, "negative": -3, "infinite": "1e999"}, ".xlsx"),
        *cells("loan_years", 2, {"months for years": 60}, ".xlsx"),
    ]


def out_of_proportion() -> list[Case]:
    """10,000 times off, or a part larger than the whole: a person has to look. No --yes is given."""
    def scaled(name: str, columns: Sequence[str], factor: str, unit: str = "万元") -> Case:
        def change(book: Book) -> None:
            for column in columns:
                book.scale(column, Decimal(factor))

        return Case(f"out of proportion: {name}", saved(change, unit), ".xlsx", (("10,000", "10000", "万倍", "1万", "一万"),))

    money = [column for column in Book().columns if column in (
        "investment", "approved_investment", "equipment", "incremental_investment", "loan_principal", "lease_equipment", "contract",
        "certification_contract", "paid", "accepted_investment")]
    single = ((1, "investment"), (1, "loan_principal"), (2, "lease_equipment"), (2, "equipment"), (5, "contract"),
              (6, "certification_contract"),
              (7, "incremental_investment"), (4, "accepted_investment"), (1, "approved_investment"), (3, "paid"))
    return [
        scaled("yuan below heads of wan", money, "10000"), scaled("wan below heads of yuan", money, "0.0001", "元"),
        scaled("wan below heads of yi", money, "10000", "亿元"),
        scaled("the contracts", ["contract"], "10000"), scaled("the loans", ["loan_principal"], "10000"),
        scaled("the investments", ["investment", "approved_investment", "accepted_investment"], "10000"),
        *(Case(f"one row 10,000 times off: {column}", saved(put(who, column, Book().get(who, column) * 10_000)), ".xlsx", (HEADS[column],))
          for who, column in single),
        wrong_cell("equipment a little more than the investment", 4, "equipment", Decimal(3001), truth=changed(4, equipment=3001 * WAN)),
        wrong_cell("a loan larger than the investment", 1, "loan_principal", Decimal(5001), truth=changed(loan_principal=5001 * WAN)),
        Case("paid more than the cap", saved(put(3, "paid", Decimal(11000))), ".xlsx", ("已拨付",)),
        wrong_cell("paid more than is due", 3, "paid", Decimal(5501), truth=changed(3, paid=5501 * WAN)),
        wrong_cell("accepted more than approved", 4, "accepted_investment", Decimal(3200),
                   truth=changed(4, accepted_investment=3200 * WAN)),
        wrong_cell("approved more than invested", 1, "approved_investment", Decimal(5200), truth=changed(approved_investment=5200 * WAN)),
    ]


CASES = [*words_for_amounts(), *numbers_for_amounts(), *needed_but_empty(), *rates(), *shares_and_points(), *terms(), *out_of_proportion()]
