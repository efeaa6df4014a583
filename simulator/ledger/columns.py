"""The columns of a ledger: heads, kinds, bounds and meaning, in the one place that reader, template, sample and workbook share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from simulator.language import tr
from simulator.schema import Instrument
from simulator.units import WAN, YI

Kind = Literal["code", "text", "uscc", "money", "share", "points", "year", "years", "date", "number", "choice", "instruments"]

MISSING = np.iinfo(np.int64).min  # of whole-number columns: nothing stands in the cell
PER_FEN = 100  # 分 to the 元
PER_ONE = 10**8  # shares and rates are kept in units of 1e-8

MONEY_UNITS = {"元": 1, "万元": 10**4, "亿元": 10**8}


@dataclass(frozen=True)
class Column:
    """One column: its id, what a bureau calls it, and what may stand in it."""

    id: str
    head: str
    kind: Kind
    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Value -> spellings, the official one first."""
    usual: tuple[float, float] = (0.0, np.inf)
    """Median of the column in 元, outside of which it looks 10,000 times off; a single cell ten times beyond."""
    most: float = np.inf
    """Largest value: of a share or rate, of points, years or scores."""

    @property
    def title(self) -> str:
        """The head in the language, without unit."""
        return tr(self.head, self.id)

    @property
    def explanation(self) -> str:
        """What belongs into the column."""
        return tr(self.zh, self.en)

    @property
    def full_head(self) -> str:
        """The Chinese head with the unit that a template proposes."""
        unit = {"money": "（万元）", "points": "（百分点）", "years": "（年）"}.get(self.kind, "")
        return self.head + ("（吨标煤）" if self.id == "energy_saving" else unit)


SIZES = {"small": ("小型", "小型企业", "小", "微型", "小微", "small"), "medium": ("中型", "中型企业", "中", "medium"),
         "large": ("大型", "大型企业", "大", "large")}
REPAYMENTS = {"bullet": ("到期还本", "到期一次还本", "bullet"), "equal_principal": ("等额本金", "equal_principal"),
              "equal_payment": ("等额本息", "equal_payment")}
STATUSES = {"planned": ("拟申报", "planned"), "filed": ("申报", "已申报", "filed"), "approved": ("立项", "已立项", "approved"),
            "accepted": ("验收", "已验收", "accepted"), "paid": ("拨付", "已拨付", "paid"),
            "terminated": ("终止", "已终止", "terminated")}

COLUMNS: dict[str, Column] = {column.id: column for column in (
    Column("project", "项目编号", "code", "唯一编号；文本", "unique id; text", ("项目代码", "编号", "project id")),
    Column("title", "项目名称", "text", "", "name of the project"),
    Column("enterprise", "企业名称", "text", "", "name of the enterprise", ("申报单位", "申报企业", "单位名称")),
    Column("uscc", "统一社会信用代码", "uscc", "18位，文本格式，末位校验", "18 characters, as text; the last one checks the others",
           ("社会信用代码", "信用代码")),
    Column("sector", "行业", "text", "所属行业", "industry", ("所属行业",)),
    Column("district", "所属区", "text", "", "district", ("区", "区县", "所在区")),
    Column("size", "企业规模", "choice", "小型、中型、大型", "small, medium, large", (), SIZES),
    Column("instruments", "申报专项", "instruments", "政策工具名称，几项用“、”或“;”隔开", "instruments filed for, separated by 、 or ;",
           ("申报方向", "支持方式", "instrument")),
    Column("filing_year", "申报年度", "year", "四位年份", "calendar year", ("申报年份", "年度")),
    Column("filed_on", "申报日期", "date", "如 2026-03-15", "such as 2026-03-15", ("申报时间",)),
    Column("score", "评分", "number", "0 至 100", "0 to 100", ("得分", "评审得分"), most=100.0),
    Column("investment", "项目总投资", "money", "计划总投资", "planned total investment",
           ("总投资", "总投资额", "项目总投资额", "投资总额", "计划总投资"),
           usual=(20 * WAN, 200 * YI)),
    Column("approved_investment", "核定投资", "money", "立项时核定的总投资；门槛和基数以它为准",
           "approved total investment: threshold and base go by it",
           ("核定总投资", "核定项目投资"), usual=(20 * WAN, 200 * YI)),
    Column("equipment", "设备投资", "money", "其中设备投资", "of it, equipment", ("设备投资额",), usual=(2 * WAN, 200 * YI)),
    Column("renewal_share", "更新设备占比", "share", "设备投资中更新的占比，如 50%",
           "share of the equipment that replaces old, such as 50%", most=1.0),
    Column("fixed_asset_share", "固定资产投资占比", "share", "特别重大项目须高于60%；不填视为符合",
           "must exceed 60% for major projects; empty: met", most=1.0),
    Column("incremental_investment", "新增投资", "money", "软件研发项目的新增投资", "new investment of a software project",
           ("项目新增投资",),
           usual=(10 * WAN, 200 * YI)),
    Column("loan_principal", "贷款本金", "money", "合同本金", "principal", ("贷款金额", "贷款额", "贷款总额"),
           usual=(10 * WAN, 100 * YI)),
    Column("loan_rate", "贷款利率", "share", "合同年利率，如 3.45%", "yearly rate, such as 3.45%",
           ("年利率", "合同利率", "贷款年利率", "利率"), most=0.24),
    Column("loan_years", "贷款期限", "years", "整年", "whole years", ("贷款年限", "贷款期"), most=50),
    Column("repayment", "还本方式", "choice", "到期还本、等额本金、等额本息", "bullet, equal_principal, equal_payment", ("还款方式",),
           REPAYMENTS),
    Column("drawn_on", "提款日期", "date", "填写后按实际天数÷360计息；不填按年计息",
           "if given, interest by actual days / 360, else by the year",
           ("提款时间", "放款日期", "放款时间", "首次提款日期", "drawdown date")),
    Column("central_points", "中央贴息点数", "points", "百分点，如 1.5；不填为没有", "percentage points, such as 1.5; empty: none",
           ("中央贴息百分点", "中央贴息"), most=5.0),
    Column("central_years", "中央贴息年数", "years", "不填为2年", "empty: 2", most=10),
    Column("lease_equipment", "融资租赁设备投资额", "money", "融资租赁合同的设备投资额", "equipment under the lease",
           ("融资租赁合同设备投资额", "租赁设备投资额"), usual=(2 * WAN, 100 * YI)),
    Column("contract", "合同金额", "money", "“三首”或特强创新产品的合同金额；同一产品多个合同各写一行，产品编号相同",
           "contract of a first-of-kind product; several contracts of a product: a row each, with the same product",
           ("产品合同金额", "销售合同金额", "合同额"), usual=(1 * WAN, 100 * YI)),
    Column("product", "产品编号", "code", "同一产品各行相同，合用一个上限", "the same in all rows of a product, which share one cap",
           ("产品代码",)),
    Column("certification_contract", "认证检测合同金额", "money", "认证和检测委托合同金额", "certification and testing contracts",
           ("认证委托合同及检测委托合同金额", "认证合同金额"), usual=(0.2 * WAN, 5 * YI)),
    Column("software_sales", "软件销售金额", "money", "采购的软件金额", "software bought", usual=(0.1 * WAN, 50 * YI)),
    Column("tier", "智能工厂等级", "choice", "示范、标杆", "demonstration, benchmark",
           ("智能工厂能级",)),  # its choices come from the rule book
    Column("energy_saving", "年节能量", "number", "吨标煤", "tce a year", most=1e8),
    Column("status", "状态", "choice", "拟申报、申报、立项、验收、拨付（已付清）、终止",
           "planned, filed, approved, accepted, paid (in full), terminated",
           ("项目状态",), STATUSES),
    Column("approved_year", "立项年度", "year", "四位年份", "year of approval", ("立项年份",)),
    Column("paid", "已拨付", "money", "累计已拨付市级资金", "paid so far by the city",
           ("已拨付金额", "累计已拨付", "已拨付资金", "已拨资金"), usual=(100.0, 10 * YI)),
    Column("accepted_investment", "验收认定投资", "money", "验收认定的投资；高于核定的不追加",
           "investment accepted at the end; more than approved adds nothing",
           ("验收投资", "验收认定总投资"), usual=(20 * WAN, 200 * YI)),
)}

# What the base of a clause is read from. The investment is the approved one where it is given.
OF_BASE: dict[str, tuple[str, ...]] = {
    "loan_interest": ("loan_principal", "loan_rate", "loan_years", "repayment"),
    "investment": ("investment",), "equipment": ("equipment",), "incremental_investment": ("incremental_investment",),
    "lease_equipment": ("lease_equipment",), "contract": ("contract",), "certification_contract": ("certification_contract",),
    "software_sales": ("software_sales",), "tier": ("tier",),
}
INSTEAD = {"investment": "approved_investment", "filing_year": "filed_on"}  # either of the two will do


def exact_sum(values: np.ndarray) -> int:
    """Sum of a column of whole numbers, missing ones left out; beyond what 64 bits hold as well."""
    given = values[values != MISSING]
    return int((given >> 31).sum()) * 2**31 + int((given & (2**31 - 1)).sum())


def needed(rule: Instrument) -> tuple[str, ...]:
    """The columns without which this instrument cannot be priced."""
    of_base = OF_BASE[rule.base.value]
    if rule.base.value == "tier" and len(rule.tiers or {}) < 2:
        of_base = ()
    threshold = rule.threshold is not None and rule.threshold.value
    return of_base + (("investment",) if threshold and "investment" not in of_base else ())
