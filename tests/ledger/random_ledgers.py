"""Random projects, crowded at caps and thresholds, and the books in which a bureau may hand them in.

A project is what tests.oracle.ledger prices. Amounts are drawn as whole 分 and shares as whole basis points.
"""

import csv
import random
from calendar import isleap
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook

from tests.oracle.ledger import BY_PRODUCT, GRANTS, LOANS, ORDER, READINGS

WAN = 1_000_000  # 分
YI = 10_000 * WAN
UNITS = {"元": 0, "万元": 4, "亿元": 8}

HEADS = {
    "project": "项目编号", "title": "项目名称", "enterprise": "企业名称", "uscc": "统一社会信用代码", "sector": "行业",
    "district": "所属区", "size": "企业规模", "instrument": "申报专项", "filing_year": "申报年度", "filed_on": "申报日期",
    "score": "评分", "investment": "项目总投资", "approved_investment": "核定投资", "equipment": "设备投资",
    "renewal_share": "更新设备占比", "incremental_investment": "新增投资", "loan_principal": "贷款本金", "loan_rate": "贷款利率",
    "loan_years": "贷款期限", "repayment": "还本方式", "drawn_on": "提款日期", "central_points": "中央贴息点数",
    "central_years": "中央贴息年数", "lease_equipment": "融资租赁设备投资额", "contract": "合同金额", "product": "产品编号",
    "certification_contract": "认证检测合同金额", "software_sales": "软件销售金额", "tier": "智能工厂等级", "energy_saving": "年节能量",
    "status": "状态", "approved_year": "立项年度", "paid": "已拨付", "accepted_investment": "验收认定投资",
}
AMOUNTS = (
    "investment", "approved_investment", "equipment", "incremental_investment", "loan_principal", "lease_equipment", "contract",
    "certification_contract", "software_sales", "paid", "accepted_investment",
)
SHARES = ("renewal_share", "loan_rate")
TITLES = {
    "material_certification": "新材料应用认证补助", "upgrade_loan_interest": "技改贷款贴息", "upgrade_lease": "技改融资租赁补贴",
    "major_project": "特别重大项目投资补助", "software_rnd": "基础软件和工业软件重大研发项目支持",
    "energy_management_centre": "企业能源管理中心补助", "first_of_kind": "“三首”产品支持",
    "catalogue_loan_interest": "创新产品购置贷款贴息", "catalogue_lease": "创新产品融资租赁支持",
    "catalogue_breakthrough": "创新性特别强产品支持", "scenario_demonstration": "应用场景标杆示范奖励",
}
STREAMS = (
    ("upgrade_loan_interest", "upgrade_lease", "major_project"),
    ("catalogue_loan_interest", "catalogue_lease"),
    ("first_of_kind", "catalogue_breakthrough"),
    ("first_of_kind",),
    ("catalogue_breakthrough",),
    ("energy_management_centre", "scenario_demonstration", "software_rnd"),
    tuple(key for key in ORDER if key in GRANTS or key in LOANS),
)
DISTRICTS = ("浦东新区", "嘉定区", "闵行区", "松江区", "奉贤区", "金山区", "宝山区", "青浦区", "徐汇区", "崇明区")
SECTORS = ("电子与集成电路", "汽车", "石化化工", "装备", "钢铁与材料", "生物医药", "其他")


# --- projects -------------------------------------------------------------------------------------------


def random_projects(n: int, seed: int) -> list[dict]:
    """Draw `n` projects that a careful clerk would accept; the same seed gives the same ones."""
    rng = random.Random(seed)
    certified = dict.fromkeys(range(2024, 2031), 0)
    return [as_decimals(random_project(rng, number, certified)) for number in range(1, n + 1)]


def random_project(rng: random.Random, number: int, certified: dict[int, int]) -> dict:
    """Draw one project in 分 and basis points."""
    stream = rng.choice((*STREAMS, STREAMS[0]))
    keys = tuple(key for key in stream if rng.randrange(2)) or (rng.choice(stream),)
    project = random_history(rng) | {
        "project": f"{rng.choice(('JG', '技改-', '沪'))}{number:05d}",
        "title": f"第{number}号改造项目",
        "enterprise": f"上海某某{number}有限公司",
        "uscc": credit_code(number),
        "sector": rng.choice(SECTORS),
        "district": rng.choice(DISTRICTS),
        "size": rng.choice(("大型", "中型", "小型")),
        "score": rng.randint(500, 1000),
        "renewal_share": rng.randint(0, 10_000),
    }
    year = project.get("approved_year", project["filing_year"])
    if "material_certification" in keys:  # by itself; and nobody is asked to wait twice
        keys = ("material_certification",) if year % 2 == 0 and certified[year] < 18 else ("software_rnd",)
    certified[year] += "material_certification" in keys
    project["instrument"] = keys
    project |= random_amounts(rng, keys)
    if not rng.randrange(4):
        project["approved_investment"] = project["investment"] * rng.randint(6000, 10_000) // 10_000
    if rng.randrange(4):
        put_on_edge(project, rng.choice(keys), rng)
    keep_whole(project)
    base = project.get("approved_investment", project["investment"])
    if project.get("status") in ("验收", "拨付") and not {"software_rnd", "major_project"} & set(keys) and rng.randrange(2):
        project["accepted_investment"] = max(base * rng.randint(7000, 10_000) // 10_000, project["equipment"])
    if len(keys) == 1 and keys[0] in BY_PRODUCT and rng.randrange(4):  # a product of one instrument only
        project["product"] = f"{keys[0][0].upper()}{rng.randint(1, 1 + number // 12):04d}"
        project.setdefault("filed_on", date(project["filing_year"], 6, 30))
    return project


def random_history(rng: random.Random) -> dict:
    """Draw when it was filed and how far it has come."""
    filing_year = rng.randint(2024, 2027)
    project = {"filing_year": filing_year, "status": rng.choice(("拟申报", "申报", "立项", "验收", "拨付", "终止"))}
    if rng.randrange(5):
        project["filed_on"] = date(filing_year, 1, 1) + timedelta(rng.randrange(365))
    if project["status"] in ("立项", "验收", "拨付"):
        project["approved_year"] = filing_year + rng.choice((0, 0, 1))
    elif project["status"] == "终止" and rng.randrange(2):
        project["approved_year"] = filing_year
    elif rng.randrange(3) == 0:
        del project["status"]
    return project


def random_amounts(rng: random.Random, keys: Sequence[str]) -> dict:
    """Draw the amounts that the instruments need, and at times others."""
    investment = random_amount(rng, 3000 * WAN)
    amounts = {"investment": investment, "equipment": investment * rng.randint(1000, 10_000) // 10_000}
    if set(keys) & set(LOANS) or not rng.randrange(8):
        amounts |= random_loan(rng, investment)
    for key in keys:
        if key in GRANTS and GRANTS[key][0] != "investment":
            amounts[GRANTS[key][0]] = random_amount(rng, 1200 * WAN)
    return amounts


def random_loan(rng: random.Random, investment: int) -> dict:
    loan = {
        "loan_principal": investment * rng.randint(1000, 8000) // 10_000,
        "loan_rate": rng.choice((0, 310, 345, rng.randint(200, 600), rng.randint(200, 600))),
        "loan_years": rng.randint(1, 10),
        "repayment": rng.choice(("到期还本", "等额本金", "等额本息")),
    }
    if rng.randrange(2):
        loan["drawn_on"] = random_drawdown(rng)
    if not rng.randrange(3):
        most = loan["loan_rate"] if "drawn_on" in loan else 600
        loan["central_points"] = min(rng.choice((50, 100, 150, 500)), most)
        if rng.randrange(2):
            loan["central_years"] = rng.randint(1, 3)
    return loan


def random_drawdown(rng: random.Random) -> date:
    """Draw a day, at times the one that is missing in other years or months."""
    year = rng.randint(2024, 2027)
    special = [date(2024, 2, 29), date(year, 1, 1), date(year, 12, 31), date(year, 2, 28), date(year, 3, 1), date(year, 1, 31)]
    return rng.choice((*special, *(date(year, 1, 1) + timedelta(rng.randrange(365 + isleap(year))) for _ in range(6))))


def random_amount(rng: random.Random, median: int) -> int:
    """Draw a heavy-tailed amount, at times a round one. [分]"""
    amount = max(50 * WAN, min(int(median * rng.lognormvariate(0, 1.4)), 60 * YI))
    return amount // WAN * WAN if not rng.randrange(4) else amount


def put_on_edge(project: dict, key: str, rng: random.Random) -> None:
    """Move one amount to where a threshold or a cap begins to bind, give or take a 分."""
    nudge = rng.choice((-1, 0, 1))
    if key in ("upgrade_loan_interest", "upgrade_lease", "major_project") and rng.randrange(2):
        edge = rng.choice((2 * YI, 5 * YI, 10 * YI)) if key == "major_project" else 2000 * WAN
        tested = "approved_investment" if "approved_investment" in project else "investment"
        project[tested] = edge + nudge
        if tested == "investment":
            for part in ("equipment", "loan_principal", "lease_equipment"):
                if part in project:
                    project[part] = min(project[part], project["investment"])
    elif key in LOANS:
        if rate := project["loan_rate"]:
            years = rng.randint(1, 3)
            project["loan_principal"] = (int(LOANS[key] * 100) + nudge) * 20_000 // (rate * years) + rng.choice((-1, 0, 1))
    else:
        column, share, cap, _ = GRANTS[key]
        project[column] = int((int(cap * 100) + nudge) / share) + rng.choice((-1, 0, 1))


def keep_whole(project: dict) -> None:
    """No part is larger than the whole."""
    parts = ("equipment", "loan_principal", "lease_equipment", "incremental_investment", "approved_investment")
    project["investment"] = max(project["investment"], *(project.get(part, 0) for part in parts))


def as_decimals(project: dict) -> dict:
    """Turn 分 into yuan, basis points into fractions and a score of tenths into points."""
    return project | {
        **{column: Decimal(project[column]).scaleb(-2) for column in AMOUNTS if column in project},
        **{column: Decimal(project[column]).scaleb(-4) for column in SHARES if column in project},
        **{column: Decimal(project[column]).scaleb(-2) for column in ("central_points",) if column in project},
        "score": Decimal(project["score"]).scaleb(-1),
    }


def credit_code(number: int) -> str:
    """A 统一社会信用代码 with right check characters: GB 11714 for the organisation, GB 32100 for the whole."""
    organisation = f"{number:08d}"
    rest = -sum(int(digit) * weight for digit, weight in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    first = f"91310000{organisation}{'X' if rest == 10 else rest}"
    return first + credit_check(first)


def credit_check(first: str) -> str:
    """The 18th character of GB 32100."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return letters[-sum(letters.index(letter) * 3**place for place, letter in enumerate(first)) % 31]


def random_readings(rng: random.Random) -> dict[str, str]:
    return {name: rng.choice(allowed) for name, allowed in READINGS.items()}


# --- books ----------------------------------------------------------------------------------------------


def in_unit(amount: Decimal, unit: str) -> Decimal:
    return amount.scaleb(-UNITS[unit]) if amount else Decimal(0)


def plain(number: Decimal) -> str:
    """Digits without an exponent and without noughts at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def book(projects: Sequence[Mapping], rng: random.Random, columns: Sequence[str] | None = None) -> tuple[list[str], list[list]]:
    """Heads in any order with any units and the rows below, in the words of a bureau; None is an empty cell."""
    columns = list(columns or (column for column in HEADS if any(column in project for project in projects)))
    rng.shuffle(columns)
    units = {column: rng.choice(tuple(UNITS)) for column in columns if column in AMOUNTS}
    heads = [head(column, units.get(column), rng) for column in columns]
    return heads, [[entry(project, column, units.get(column), rng) for column in columns] for project in projects]


def head(column: str, unit: str | None, rng: random.Random) -> str:
    if unit is None:
        return HEADS[column]
    return f"{HEADS[column]}{rng.choice((f'（{unit}）', f'({unit})', f'（{unit}）'))}"


def entry(project: Mapping, column: str, unit: str | None, rng: random.Random) -> str | int | Decimal | date | None:
    """One cell: text, a number, a date; a share is text with its %."""
    value = project.get(column)
    if value is None:
        return None
    if column == "instrument":
        names = [key if rng.randrange(3) == 0 else TITLES[key] for key in value]
        return rng.choice(("、", ";", "；", "、")).join(names)
    if unit is not None:
        return in_unit(value, unit)
    if column in SHARES:
        return f"{plain(value * 100)}%"
    return value


def total_row(heads: Sequence[str], rows: Sequence[Sequence]) -> list:
    """A 合计 row: the word below 项目编号, sums below the amounts."""
    total = [sum((row[at] for row in rows if row[at] is not None), Decimal(0)) if "元" in name else None for at, name in enumerate(heads)]
    total[list(heads).index(HEADS["project"])] = "合计"
    return total


def write_csv(path: Path, lines: Sequence[Sequence], encoding: str = "utf-8-sig") -> None:
    with open(path, "w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([["" if cell is None else as_text(cell) for cell in line] for line in lines])


def as_text(cell: object) -> str:
    return plain(cell) if isinstance(cell, Decimal) else str(cell)


def write_xlsx(path: Path, lines: Sequence[Sequence], sheet: str = "申报项目") -> None:
    """Amounts as numbers, shares as numbers shown in per cent, dates as dates."""
    workbook = Workbook()
    page = workbook.active
    page.title = sheet
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            if isinstance(value, str) and value.endswith("%") and value[0].isdigit():
                page.cell(row, column, float(Decimal(value[:-1]).scaleb(-2))).number_format = "0.00%"
            elif isinstance(value, Decimal):
                page.cell(row, column, float(value))
            elif value is not None:
                page.cell(row, column, value)
    workbook.save(path)


def titled(heads: Sequence[str], rows: Sequence[Sequence], lines_above: int = 2) -> list[list]:
    """Title rows above, a 合计 row below."""
    above = [["2024—2027年工业领域设备更新项目申报汇总表"], ["填报单位：市经济信息化委"]][:lines_above]
    return [*(line + [None] * (len(heads) - 1) for line in above), list(heads), *rows, total_row(heads, rows)]
