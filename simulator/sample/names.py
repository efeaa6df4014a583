"""Enterprises that do not exist: names, codes and places for the rows of a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.ledger.cells import check_character
from simulator.scenario import Scenario
from simulator.schema.population import Stream
from simulator.schema.values import SIZE_CLASSES

_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_THIRD = ("", *"衡启岚朔澄砺翎曜榕溯")
_TRADES = {
    "电子与集成电路": ("微电子", "半导体材料", "光电器件", "封装测试", "传感器"),
    "汽车": ("汽车零部件", "动力总成", "车身模具", "汽车电子"),
    "石化化工": ("精细化工", "高分子材料", "涂料", "化工新材料"),
    "装备": ("精密机械", "智能装备", "数控机床", "工业机器人", "流体设备"),
    "钢铁与材料": ("特种钢", "有色金属", "复合材料"),
    "生物医药": ("生物制药", "医疗器械", "制剂科技"),
}
_OTHER_TRADES = ("实业", "轻工制品", "食品科技", "纺织科技")
_FORMS = ("有限公司", "股份有限公司")
_WORKS = {
    "technical_upgrade": ("生产线智能化改造", "关键工序设备更新", "车间数字化升级", "节能降碳技术改造", "产能提升技术改造"),
    "energy_management_centre": ("企业能源管理中心建设",),
    "first_of_kind_equipment": ("首台套装备推广",),
    "first_of_kind_software": ("首版次软件推广",),
    "first_of_kind_material": ("首批次新材料推广",),
    "catalogue_breakthrough": ("特别创新产品示范应用",),
    "catalogue_purchase": ("目录内创新产品购置",),
    "software_rnd": ("工业软件重大研发", "基础软件重大研发"),
    "software_users": ("重点工业软件采购",),
    "smart_factory_demonstration": ("示范性智能工厂建设",),
    "smart_factory_benchmark": ("标杆性智能工厂建设",),
    "material_certification": ("新材料应用认证",),
    "scenario_demonstration": ("智能制造应用场景示范",),
    "open_challenge": ("元宇宙应用场景揭榜",),
}
_SYNTHETIC = "91310000XX"  # organisation codes of no register


@dataclass(frozen=True)
class Enterprises:
    """A pool of enterprises; the rows of a sample share them."""

    name: np.ndarray
    uscc: np.ndarray
    sector: np.ndarray
    district: np.ndarray
    of_size: dict[str, np.ndarray]
    """Places of the small, medium and large ones."""


def found_enterprises(scenario: Scenario, n: int, rng: np.random.Generator) -> Enterprises:
    """`n` enterprises by the population's sectors and districts, at least one of each size."""
    population = scenario.model.population
    sector, district = (_weighted(weights, rng.random(n)) for weights in (population.sectors.value, population.districts.value))
    names, seen = np.empty(n, object), set()
    for i, trade in enumerate(sector.tolist()):
        while True:
            name = _name(trade, rng)
            if name not in seen:
                break
        seen.add(name)
        names[i] = name
    codes = [f"{_SYNTHETIC}{number:06d}0" for number in rng.choice(999_999, n, replace=False) + 1]
    sizes = np.where(np.arange(n) < 3, np.arange(n), rng.choice(3, n, p=(0.6, 0.26, 0.14)))
    return Enterprises(names, np.array([code + check_character(code) for code in codes], object), sector, district,
                       {name: np.flatnonzero(sizes == number) for number, name in enumerate(SIZE_CLASSES)})


def title_of(stream: str, kind: Stream, number: int) -> str:
    """What a project is called; always marked as synthetic."""
    works = _WORKS.get(stream, (str(kind.title.zh),))
    return f"{works[number % len(works)]}项目（合成）"


def _name(sector: str, rng: np.random.Generator) -> str:
    trades = _TRADES.get(sector, _OTHER_TRADES)
    stem, branch, third, trade, form = (int(rng.integers(len(each))) for each in (_STEMS, _BRANCHES, _THIRD, trades, (1, 1, 1, 1)))
    return f"上海{_STEMS[stem]}{_BRANCHES[branch]}{_THIRD[third]}{trades[trade]}{_FORMS[form == 3]}"


def _weighted(weights: dict[str, float], u: np.ndarray) -> np.ndarray:
    edges = np.cumsum(list(weights.values()))
    return np.array(list(weights), object)[np.minimum(np.searchsorted(edges / edges[-1], u, side="right"), len(weights) - 1)]
