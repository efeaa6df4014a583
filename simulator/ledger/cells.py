"""What one cell says, exactly: money in 分, shares in 1e-8, dates as ordinals; or what is wrong with it and what would be right."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from operator import mul
from typing import Any

from simulator.language import tr
from simulator.ledger.columns import MISSING, MONEY_UNITS, PER_FEN, PER_ONE, Column
from simulator.ledger.names import spelled

Parser = Callable[[Any], Any]

BLANK = " \t\r\n\u3000\xa0\ufeff\u200b\u200c\u200d\u2060"  # also those of no width, which come with text from web pages
NOTHING = {"", "-", "--", "—", "——", "－", "/", "／", "无"}  # how a clerk leaves a number out
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})"
                   r"(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|"
                   r"([0-9]{2})([0-9]{2}))(?:[ T]00:00(?::00)?)?")
_ERRORS = re.compile(r"#(REF|DIV/0|N/A|NAME\?|VALUE|NUM|NULL|SPILL|CALC)[!?]?", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_MOST_FEN = 10**15  # 十万亿元
_LONGEST = 500
_MOST_DIGITS = 30
_ROUNDED_CODE = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)  # what a spreadsheet shows of a long number
_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: without I, O, S, V, Z
_CODE_PLACES = {character: place for place, character in enumerate(_CODE_CHARACTERS)}
_CODE_WEIGHTS = [3**place % 31 for place in range(17)]
_SEPARATORS = re.compile(r"[、;；,，\n]")


class CellFault(ValueError):
    """What is wrong with a cell, and the remedy."""

    def __init__(self, problem: str, remedy: str = ""):
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def parser_of(column: Column, unit: str, instruments: Mapping[str, str], tiers: Mapping[str, tuple[str, ...]]) -> Parser:
    """The function that reads this column's cells; `unit` as its head states it, `instruments` by every spelling."""
    match column.kind:
        case "money":
            return money_in(unit)
        case "share":
            return share_in(unit, column.most, 0.5 if column.id == "loan_rate" else 1.000001)
        case "points":
            return points_up_to(column.most)
        case "choice":
            return one_of(tiers if column.id == "tier" else column.choices)
        case "instruments":
            return instruments_among(instruments)
        case "number":
            return number_up_to(column.most, 10**4 if unit == "万吨标煤" else 1)
        case "years":
            return years_up_to(1 if column.id == "loan_years" else 0, int(column.most))
    return {"year": calendar_year, "date": day, "uscc": credit_code, "code": code, "text": text}[column.kind]


def _said(value: Any) -> Any:
    """The cell without blanks around a text; a formula or an error value is no value."""
    if type(value) is not str:
        if type(value) is float and not math.isfinite(value):
            raise CellFault(tr("不是有限的数", "is no finite number"), tr("改为数值", "put a value"))
        return value
    said = value.strip(BLANK)
    if said[:1] in "=#" and said:
        if said[0] == "=":
            raise CellFault(tr("是公式，不是值", "is a formula, not a value"), tr("复制后选择性粘贴为数值", "copy, then paste as values"))
        if _ERRORS.fullmatch(said):
            raise CellFault(tr("是公式的错误值", "is the error of a formula"), tr("改为数值", "put a value"))
    return said


def decimal_text(value: Any) -> str:
    """A number as plain digits, "" if there is none: text as written, a float as a spreadsheet shows it (15 digits)."""
    said = _said(value)
    if type(said) is str:
        if _PLAIN.fullmatch(said):
            if len(said) > _MOST_DIGITS:
                raise CellFault(tr("数字太长", "has too many digits"), tr("核对这个数", "check the number"))
            return said
        if said in NOTHING:
            return ""
        if _GROUPED.fullmatch(said):
            return said.replace(",", "")
        raise _not_a_number(said)
    if said is None:
        return ""
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        raise CellFault(tr("应为数字", "must be a number"), tr("单元格格式改为“常规”或“数值”", "format the cell as a number"))
    if said < 0:
        raise _negative()
    shown = str(said) if isinstance(said, int) else format(said, ".15g")
    return shown if _PLAIN.fullmatch(shown) else _expanded(shown)


def _expanded(shown: str) -> str:
    """Digits of 1e+16 and the like; not-a-number and infinity are refused."""
    number = Decimal(shown)
    if not number.is_finite():
        raise CellFault(tr("应为数字", "must be a number"))
    return format(number, "f")


def _without(said: Any, *units: str) -> Any:
    """A text without the unit behind its number; a unit alone is no number."""
    if type(said) is str:
        for unit in units:
            if said.endswith(unit):
                if said == unit:
                    raise _not_a_number(said)
                return said.removesuffix(unit).rstrip(BLANK)
    return said


def _negative() -> CellFault:
    return CellFault(tr("不能为负数", "must not be negative"), tr("退款另行登记，不在本列冲减", "book refunds elsewhere"))


def _not_a_number(said: str) -> CellFault:
    plain = unicodedata.normalize("NFKC", said)
    if re.fullmatch(r"[-−(（]\s*[0-9][0-9,.]*\s*[)）]?", plain):
        return _negative()
    if plain != said and _PLAIN.fullmatch(plain.replace(",", "")):
        return CellFault(tr("含全角字符", "has full-width characters"),
                         tr(f"写作 {plain.replace(',', '')}", f"write {plain.replace(',', '')}"))
    if re.fullmatch(r"[0-9][0-9,.]*\s*[^0-9.,]+", plain):
        return CellFault(tr("数字后有文字", "has text behind the number"),
                         tr("只写数字，单位写在表头", "write the number only; the unit stands in the head"))
    if re.fullmatch(r"[0-9.]+[eE][+-]?[0-9]+", plain):
        return CellFault(tr("是科学计数法，可能已丢失数位", "is in scientific notation and may have lost digits"),
                         tr("写出全部数字", "write out all digits"))
    if "," in plain:
        return CellFault(tr("千位分隔符的位置不对", "has thousands separators in wrong places"), tr("去掉逗号", "leave the commas out"))
    return CellFault(tr("应为数字", "must be a number"), tr("没有就留空", "leave the cell empty if there is none"))


def _scaled(digits: str, places: int) -> int:
    """digits x 10^places as a whole number; ValueError where something finer is left."""
    whole, _, part = digits.partition(".")
    if len(part) > places:
        if part[places:].strip("0"):
            raise ValueError
        part = part[:places]
    return int(whole + part.ljust(places, "0"))


def money_in(unit: str) -> Parser:
    """Amounts in this unit, as int 分."""
    places = len(str(MONEY_UNITS[unit] * PER_FEN)) - 1

    def read(value: Any) -> int:
        digits = decimal_text(value)
        if not digits:
            return MISSING
        try:
            amount = _scaled(digits, places)
        except ValueError:
            raise CellFault(tr("比 1 分还细", "is finer than 1 分 (0.01元)"), tr("四舍五入到分", "round to the 分")) from None
        if amount > _MOST_FEN:
            raise CellFault(tr("大得不可能", "is impossibly large"),
                            tr(f"表头单位是{unit}，核对单位", f"the head says {unit}: check the unit"))
        return amount

    return read


def share_in(unit: str, most: float, least_percent: float) -> Parser:
    """Shares and rates, in 1e-8: 50% or 0.5; in a column headed （%） 50. What could be either is refused."""
    limit = round(most * PER_ONE)
    shown_limit = f"{100 * most:g}%"

    def read(value: Any) -> int:
        said = _said(value)
        percent = type(said) is str and said[-1:] == "%"
        digits = decimal_text(_without(said, "%"))
        if not digits:
            return MISSING
        in_percent = percent or unit == "%"
        if not percent and unit == "%" and 0 < float(digits) < least_percent:
            raise CellFault(tr(f"表头是（%），{digits} 是 {digits}% 还是 {float(digits):.2%}？",
                               f"{digits} under a head in %: {digits}% or {float(digits):.2%}?"),
                            tr("在单元格里写出 %；单元格已是百分比格式的，去掉表头的（%）",
                               "write the % sign in the cell; where the cell is formatted in %, take it out of the head"))
        try:
            found = _scaled(digits, 6 if in_percent else 8)
        except ValueError:
            raise CellFault(tr("小数位太多", "has too many decimals"),
                            tr("百分数最多 6 位小数", "at most 6 decimals of a per cent")) from None
        if found > limit:
            raise CellFault(tr(f"超过 {shown_limit}", f"is above {shown_limit}"),
                            "" if in_percent else tr(f"百分数写作 {digits}%", f"a percentage is written {digits}%"))
        if least_percent < 1 and 0 < found < PER_ONE // 1000:
            raise CellFault(tr("年利率低于 0.1%", "a yearly rate below 0.1%"), tr("年利率写作 3.45%", "write a yearly rate as 3.45%"))
        return found

    return read


def points_up_to(most: float) -> Parser:
    """Percentage points (1.5), as a share in 1e-8; a fraction is refused."""
    def read(value: Any) -> int:
        digits = decimal_text(_without(_said(value), "个百分点", "百分点", "%"))
        if not digits:
            return MISSING
        points = float(digits)
        if points > most or 0 < points < 0.1:
            raise CellFault(tr(f"应为 0.1 至 {most:g} 个百分点", f"must be 0.1 to {most:g} percentage points"),
                            tr("1.5个百分点写作 1.5", "one and a half percentage points are written 1.5"))
        try:
            return _scaled(digits, 6)
        except ValueError:
            raise CellFault(tr("小数位太多", "has too many decimals")) from None

    return read


def years_up_to(least: int, most: int) -> Parser:
    """Whole years."""
    def read(value: Any) -> int:
        digits = decimal_text(_without(_said(value), "年"))
        if not digits:
            return MISSING
        number = float(digits)
        if not number.is_integer() or not least <= number <= most:
            raise CellFault(tr(f"应为 {least} 至 {most} 的整年数", f"must be whole years, {least} to {most}"),
                            tr("按年填写，不按月", "in years, not months"))
        return int(number)

    return read


def number_up_to(most: float, factor: int) -> Parser:
    """A plain number from 0."""
    def read(value: Any) -> float:
        digits = decimal_text(value)
        if not digits:
            return float("nan")
        number = float(digits) * factor
        if number > most:
            raise CellFault(tr(f"超过 {most:g}", f"is above {most:g}"))
        return number

    return read


def calendar_year(value: Any) -> int:
    """A year of four digits."""
    digits = decimal_text(_without(_said(value), "年度", "年"))
    if not digits:
        return MISSING
    if not re.fullmatch(r"[0-9]{4}(\.0+)?", digits) or not _FIRST_YEAR <= float(digits) <= _LAST_YEAR:
        raise CellFault(tr(f"应为 {_FIRST_YEAR} 至 {_LAST_YEAR} 的四位年份", f"must be a year, {_FIRST_YEAR} to {_LAST_YEAR}"))
    return int(float(digits))


def day(value: Any) -> int:
    """A date as its ordinal."""
    said = _said(value)
    if isinstance(said, datetime):
        said = said.date()
    if isinstance(said, (int, float)) and not isinstance(said, bool) and said == int(said) and 20000101 <= said <= 20991231:
        said = str(int(said))
    if isinstance(said, date):
        found = said
    elif said is None or (isinstance(said, str) and said in NOTHING):
        return MISSING
    else:
        match = _DATE.fullmatch(said) if isinstance(said, str) else None
        if match is None:
            raise CellFault(tr("不是明确的日期", "is no unambiguous date"), tr("写作 2026-03-15", "write 2026-03-15"))
        year, month, of_month = (int(part) for part in match.groups() if part is not None)
        try:
            found = date(year, month, of_month)
        except ValueError:
            raise CellFault(tr("没有这一天", "there is no such day")) from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise CellFault(tr(f"应在 {_FIRST_YEAR} 至 {_LAST_YEAR} 年之间", f"must lie in {_FIRST_YEAR} to {_LAST_YEAR}"))
    return found.toordinal()


def text(value: Any) -> str:
    """A text; a number is taken as it is shown."""
    said = _said(value)
    if said is None:
        return ""
    shown = said if isinstance(said, str) else str(int(said)) if isinstance(said, float) and said == int(said) else str(said)
    if len(shown) > _LONGEST:
        raise CellFault(tr(f"长于 {_LONGEST} 字", f"is longer than {_LONGEST} characters"))
    if not shown.isprintable() and any(unicodedata.category(c) == "Cc" and c not in "\t\r\n" for c in shown):
        raise CellFault(tr("含控制字符", "has control characters"))
    return shown


def code(value: Any) -> str:
    """An identifier; a number of more digits than a spreadsheet keeps is refused."""
    said = _said(value)
    if isinstance(said, (bool, date)) or (isinstance(said, float) and said != int(said)):
        raise CellFault(tr("应为文本编号", "must be an id, as text"))
    if isinstance(said, (int, float)) and abs(said) >= 1e15:
        raise CellFault(tr("存成了数字，末几位已经失真", "is stored as a number, whose last digits are lost"),
                        tr("设为文本格式后重新填写", "format as text and type it again"))
    shown = text(said).removeprefix("'")
    if _ROUNDED_CODE.fullmatch(shown):
        raise CellFault(tr("是科学计数法，末几位已经失真", "is in scientific notation, whose last digits are lost"),
                        tr("设为文本格式后重新填写", "format as text and type it again"))
    return "" if shown in NOTHING else shown


def credit_code(value: Any) -> str:
    """统一社会信用代码 with its check character (GB 32100)."""
    said = _said(value)
    if said is None or said == "":
        return ""
    if not isinstance(said, str):
        raise CellFault(tr("存成了数字，末几位已经失真", "is stored as a number, whose last digits are lost"),
                        tr("设为文本格式后重新填写", "format as text and type it again"))
    said = said.removeprefix("'").upper()
    if len(said) != 18 or not _CODE_PLACES.keys() >= set(said):
        raise CellFault(tr("应为18位数字和大写字母（不含 I、O、S、V、Z）", "must be 18 digits and capitals (no I, O, S, V, Z)"))
    if said[17] != check_character(said[:17]):
        raise CellFault(tr("校验位不对", "the check character is wrong"), tr("与营业执照核对", "compare the business licence"))
    return said


def check_character(first17: str) -> str:
    """The 18th character that GB 32100 gives to the first 17."""
    total = sum(map(mul, map(_CODE_PLACES.__getitem__, first17), _CODE_WEIGHTS))
    return _CODE_CHARACTERS[-total % 31]


def one_of(choices: Mapping[str, Iterable[str]]) -> Parser:
    """One of a few words, by any of its spellings; "" for an empty cell."""
    known = {spelling.casefold(): value for value, spellings in choices.items() for spelling in (value, *spellings)}
    official = [next(iter(spellings), value) for value, spellings in choices.items()]

    def read(value: Any) -> str:
        said = _said(value)
        if said is None or said == "":
            return ""
        found = known.get(str(said).casefold())
        if found is None:
            raise CellFault(tr("不在可选之列", "is none of the choices"), tr("应为 " + "、".join(official), "one of " + ", ".join(choices)))
        return found

    return read


def instruments_among(known: Mapping[str, str]) -> Parser:
    """Instruments by key or title, joined by ;, in the order of the clauses; `known` maps `spelled` names to keys."""
    order = list(dict.fromkeys(known.values()))
    read_before: dict[Any, str] = {}

    def read(value: Any) -> str:
        if value in read_before:
            return read_before[value]
        said = _said(value)
        if said is None or said == "":
            raise CellFault(tr("缺少申报专项", "no instrument is given"))
        found = []
        for name in _SEPARATORS.split(str(said)):
            if not spelled(name):
                continue
            if spelled(name) not in known:
                near = difflib.get_close_matches(spelled(name), known, n=1, cutoff=0.5)
                raise CellFault(tr(f"没有专项“{name.strip(BLANK)}”", f"no such instrument: {name.strip(BLANK)}"),
                                tr(f"是否指 {near[0]}？", f"did you mean {near[0]}?") if near
                                else tr("名称见 subsidysim list instruments", "see subsidysim list instruments"))
            found.append(known[spelled(name)])
        if not found:
            raise CellFault(tr("缺少申报专项", "no instrument is given"))
        if len(set(found)) != len(found):
            raise CellFault(tr("同一专项写了两次", "names an instrument twice"))
        read_before[value] = ";".join(sorted(found, key=order.index))
        return read_before[value]

    return read
