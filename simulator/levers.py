"""Levers: the numbers of a scenario that a planner may move, their names, and the values that they are to take."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.changes import with_values
from simulator.compose import bare, is_leaf, value_at
from simulator.drivers import BY_CLASS, SCALARS
from simulator.errors import SimulatorError
from simulator.language import language, tr
from simulator.scenario import Scenario
from simulator.units import UNITS, parse_quantity, unit_of, written_in
from simulator.yamlfile import Path_

NO_LIMIT = ("无", "none", "null")
MOST_VALUES = 1000
_NUMBERS = ("rate", "cap", "threshold", "fixed_asset_share", "term")
_SIZES = {"small": ("小企业", "small firms"), "medium": ("中型企业", "medium firms"), "large": ("大企业", "large firms")}
_TITLES = {
    "drivers.demand": ("投资景气", "investment climate"), "drivers.lpr.cut": ("LPR每次下调幅度", "one cut of the LPR"),
    "drivers.lpr.probability": ("LPR半年内下调的概率", "probability of a cut in half a year"),
    "drivers.lpr.floor": ("LPR下限", "floor of the LPR"),
    "behaviour.discount_rate": ("企业的年折现率", "discount rate of firms"),
    "behaviour.approval_lag": ("从申报到立项的时间", "time to approval"),
    "behaviour.build_time": ("建设期", "building time"), "behaviour.lateness": ("推迟项目晚完成的时间", "lateness of late projects"),
    "behaviour.acceptance_cut": ("验收核减", "cut at acceptance"), "behaviour.energy_noise": ("项目节能量的离散", "dispersion of savings"),
    "behaviour.approval_size_correlation": ("立项与规模的相关", "correlation of approval with size"),
    "behaviour.central.share": ("享受中央贴息的贷款占比", "share of loans with central relief"),
    "behaviour.central.years": ("中央贴息年数", "years of central relief"),
    "city.base": ("2023年全市设备投资", "equipment investment of the city in 2023"),
    "energy.electricity_share": ("节能量中电力占比", "electricity in savings"), "energy.calorific": ("当量值折标系数", "calorific factor"),
    "energy.equivalent": ("等价值折标系数", "equivalent factor"),
}
_RANGE = re.compile(r"\s*(?P<low>[^.,:]*(?:\.\d[^.,:]*)?)\.\.(?P<high>[^,:]*?)\s*(?::\s*(?P<rest>.+?))?\s*")


@dataclass(frozen=True)
class Lever:
    """A number of a scenario that may be moved."""

    name: str
    """upgrade_lease.rate, first_of_kind.quota, smart_factory.benchmark, appropriation.industrial_development.2026 ..."""
    title: str
    path: Path_
    """In the composed scenario; of an appropriation in one year, that of the whole appropriation."""
    written: Any
    """Its value there, as a file writes it; None: no limit."""
    year: int | None = None
    whole: bool = False
    """It counts something, and has no unit in a file."""

    def put(self, scenario: Scenario, value: float | str | None) -> dict[Path_, Any]:
        """What to write into the scenario: a value in a unit as text, or None for no limit."""
        stated: Any = None if value is None or value in NO_LIMIT else value
        if self.whole and stated is not None:
            number = parse_quantity(_written(self.name, str(stated))).value
            if number != int(number):
                raise SimulatorError(tr(f"{self.name} 应为整数，得到 {value}", f"{self.name} must be a whole number, got {value}"))
            stated = int(number)
        if self.year is None:
            return {self.path: stated}
        known = bare(value_at(scenario.content, self.path))
        first, horizon = scenario.model.years.filing[0], scenario.model.years.horizon
        by_year = dict(known) if isinstance(known, dict) else dict.fromkeys(range(first, horizon + 1), known)
        return {self.path: {**by_year, self.year: stated}}


@dataclass(frozen=True)
class Values:
    """A lever and the values that it is to take, as text in their unit: None for no limit."""

    lever: Lever
    texts: tuple[str | None, ...]

    @property
    def numbers(self) -> list[float]:
        """In the inside unit; infinite for no limit."""
        return [float("inf") if text is None else float(parse_quantity(text).value) for text in self.texts]


@dataclass(frozen=True)
class Range:
    """A lever between two values, continuous or in steps, all in the unit in which the lower was written."""

    lever: Lever
    low: float
    high: float
    unit: str
    step: float = 0.0
    """Of the values that may be chosen; 0: any."""

    def text(self, value: float) -> str:
        """A number in the inside unit as a file writes it."""
        return written_in(self.unit, round(float(value), 12) if abs(value) < 1 else float(value))

    def rounded(self, value: float, fineness: float, *, up: bool) -> float:
        """A value that reads well, at most so much further up or down, in a power of ten of the unit; or the next step."""
        unit = float(UNITS[self.unit][1])
        step, start = (self.step, self.low) if self.step else (unit * 10.0 ** math.floor(math.log10(max(fineness / unit, 1e-9))), 0.0)
        steps = (value - start) / step
        found = start + (math.ceil(steps - 1e-9) if up else math.floor(steps + 1e-9)) * step
        return float(min(max(found, self.low), self.high))

    def stepped(self, value: float) -> float:
        """The nearest value that may be chosen."""
        within = min(max(value, self.low), self.high)
        if not self.step:
            return float(within)
        most = int((self.high - self.low) / self.step + 1e-9)  # the upper end itself only where steps reach it
        return float(min(self.low + min(round((within - self.low) / self.step), most) * self.step, self.high))


def levers(scenario: Scenario) -> Iterator[Lever]:
    """Every number of the rule book and the appropriations, then single numbers of the other assumptions."""
    lang = language()
    for key, rule in scenario.model.policy.instruments.items():
        at: Path_ = ("policy", "instruments", key)
        for field in (name for name in _NUMBERS if getattr(rule, name) is not None):
            title = {"rate": tr("支持比例", "rate"), "cap": tr("上限", "cap"), "threshold": tr("门槛", "threshold"),
                     "fixed_asset_share": tr("固定资产占比", "share of fixed assets"), "term": tr("贴息年数", "loan-years")}[field]
            yield _lever(scenario, f"{key}.{field}", f"{getattr(rule.short, lang)} {title}", (*at, field), whole=field == "term")
        if rule.quota:
            yield _lever(scenario, f"{key}.quota", f"{getattr(rule.short, lang)} {tr('名额', 'quota')}", (*at, "quota", "count"),
                         whole=True)
        for tier, given in (rule.tiers or {}).items():
            yield _lever(scenario, f"{key}.{tier}", f"{getattr(rule.short, lang)} {given.title}", (*at, "tiers", tier, "amount"))
    for fund in scenario.model.appropriation:
        at = ("appropriation", fund)
        title = str(scenario.model.policy.funds[fund].title)
        yield _lever(scenario, f"appropriation.{fund}", f"{title} {tr('年度预算', 'appropriation')}", (*at, "amount"))
        yield _lever(scenario, f"appropriation.{fund}.wait_years", f"{title} {tr('等候年数', 'years of waiting')}", (*at, "wait_years"),
                     whole=True)
    for group in ("drivers", "behaviour", "city", "energy"):
        for path, value in _numbers(scenario.content[group], (group,)):
            name, node = ".".join(map(str, path)), value_at(scenario.content, path)
            note = node.get("note") if isinstance(node, dict) else None
            if name != "city.base_year":
                yield Lever(name, _title_of(name, note), path, value, whole=name.endswith(".years"))


def find_lever(scenario: Scenario, name: str) -> Lever:
    """The lever of this name; an appropriation may name a year: appropriation.industrial_development.2026.

    Raises
    ------
    SimulatorError
        With the nearest name.
    """
    known = {lever.name: lever for lever in levers(scenario)}
    if name in known:
        return known[name]
    if len(known_as := [each for each in known if each.endswith(f".{name}")]) == 1:
        return known[known_as[0]]
    head, _, year = name.rpartition(".")
    if head in known and known[head].path[::2] == ("appropriation", "amount") and re.fullmatch(r"[0-9]{1,4}", year):
        first, horizon = scenario.model.years.filing[0], scenario.model.years.horizon
        if first <= int(year) <= horizon:
            whole = known[head]
            written = whole.written.get(int(year)) if isinstance(whole.written, dict) else whole.written
            return Lever(name, f"{whole.title} {year}", whole.path, written, int(year))
        raise SimulatorError(tr(f"{name}：年份应在 {first} 至 {horizon} 之间", f"{name}: the year must lie from {first} to {horizon}"))
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = tr(f"；是否指 {'、'.join(near)}？", f"; did you mean {', '.join(near)}?") if near else ""
    raise SimulatorError(tr(f"没有可调的数 {name}", f"no such lever: {name}") + hint
                         + tr(f"（subsidysim list levers {scenario.name} 列出全部）", f" (see subsidysim list levers {scenario.name})"))


def read_values(scenario: Scenario, text: str, points: int = 9) -> Values:
    """`upgrade_lease.rate=5%..15%:11` or `upgrade_lease.cap=1000万元,2000万元,无`; nine points where no number is said."""
    lever, given = _split(scenario, text)
    if (match := _RANGE.fullmatch(given)) is None:
        values = Values(lever, tuple(None if part.strip() in NO_LIMIT else _written(text, part) for part in re.split("[,，、]", given)))
        if len(set(values.numbers)) != len(values.numbers):
            raise SimulatorError(tr(f"{text}：取值重复", f"{text}: a value stands twice"))
        return values
    low, high, unit = _ends(text, match)
    count = points if match["rest"] is None else int(match["rest"]) if re.fullmatch(r"[0-9]{1,9}", match["rest"]) else 0
    if not 2 <= count <= MOST_VALUES:
        raise SimulatorError(tr(f"{text}：冒号后写取值的个数（2 至 {MOST_VALUES}）",
                                f"{text}: behind the colon stands the number of values (2 to {MOST_VALUES})"))
    numbers = [low + (high - low) * i / (count - 1) for i in range(count)]
    if lever.whole and any(number != int(number) for number in numbers):
        raise SimulatorError(tr(f"{text}：{lever.name} 应为整数，请改取值个数",
                                f"{text}: {lever.name} takes whole numbers: ask for other values"))
    return Values(lever, tuple(written_in(unit, number) for number in numbers))


def read_range(scenario: Scenario, text: str) -> Range:
    """`upgrade_lease.rate=5%..15%`, or in steps: `upgrade_lease.rate=5%..15%:1%`."""
    lever, given = _split(scenario, text)
    if (match := _RANGE.fullmatch(given)) is None:
        raise SimulatorError(tr(f"{text}：应写作 名称=最小..最大[:步长]，例如 upgrade_lease.rate=5%..15%:1%",
                                f"{text}: write name=least..most[:step], for example upgrade_lease.rate=5%..15%:1%"))
    low, high, unit = _ends(text, match)
    step = Decimal(1) if lever.whole else Decimal(0)
    if match["rest"] is not None:
        step = parse_quantity(_written(text, match["rest"])).value
        if step <= 0 or parse_quantity(match["rest"]).dimension != parse_quantity(match["high"]).dimension:
            raise SimulatorError(tr(f"{text}：步长应大于 0，单位与取值一致",
                                    f"{text}: the step must be above 0 and in the unit of the values"))
    if lever.whole and any(number != int(number) for number in (low, high, step)):
        raise SimulatorError(tr(f"{text}：{lever.name} 应为整数", f"{text}: {lever.name} takes whole numbers"))
    return Range(lever, float(low), float(high), unit, float(step))


def with_levers(scenario: Scenario, settings: Sequence[tuple[Lever, str | None]], name: str) -> Scenario:
    """The scenario with its levers at these values, written with their units.

    Raises
    ------
    SimulatorError
        For a value that cannot be, and for two levers of which one would undo the other, such as an appropriation and one of its years.
    """
    taken: dict[Path_, Lever] = {}
    for lever, _ in settings:
        other = taken.setdefault(lever.path, lever)
        if other is not lever and (other.year is None or other.year == lever.year or lever.year is None):
            raise SimulatorError(tr(f"{other.name} 和 {lever.name} 说的是同一个数，不能同时调",
                                    f"{other.name} and {lever.name} are one number: they cannot both be moved"))
    moved = scenario.renamed(name)
    for lever, value in settings:  # one after the other: two years of one appropriation are one value of the scenario
        moved = with_values(moved, lever.put(moved, value))
    return moved


def _title_of(name: str, note: str | None) -> str:
    """What a driver or an assumption is called; of what a file of one's own adds what it notes, in Chinese."""
    head, _, size = name.removeprefix("drivers.").partition(".")
    if described := SCALARS.get(head) or BY_CLASS.get(head):
        return tr(described[1], described[2]) + (f" {tr(*_SIZES[size])}" if size else "")
    return tr(*_TITLES[name]) if name in _TITLES else note if note and language() == "zh" else name


def _lever(scenario: Scenario, name: str, title: str, path: Path_, whole: bool = False) -> Lever:
    return Lever(name, title, path, bare(value_at(scenario.content, path)), whole=whole)


def _numbers(node: Any, path: Path_) -> Iterator[tuple[Path_, Any]]:
    """Single numbers below a node; of what has a distribution, the distribution."""
    if not isinstance(node, dict):
        if _is_number(node):
            yield path, node
    elif "value" in node:
        inner = node["value"]
        if _is_number(inner) or (isinstance(inner, dict) and len(inner) == 1 and path[-1] not in ("published", "points", "shift")):
            yield path, inner
    elif is_leaf(node):
        yield from _numbers({"value": node}, path)
    else:
        for key, inner in node.items():
            yield from _numbers(inner, (*path, key))


def _is_number(node: Any) -> bool:
    try:
        parse_quantity(node)
    except ValueError:
        return False
    return True


def _split(scenario: Scenario, text: str) -> tuple[Lever, str]:
    name, sign, given = text.partition("=")
    if not sign or not given.strip():
        raise SimulatorError(tr(f"应写作 名称=取值，例如 upgrade_lease.rate=5%..15%；得到 {text}",
                                f"write name=values, for example upgrade_lease.rate=5%..15%; got {text}"))
    return find_lever(scenario, name.strip()), given.strip()


def _written(whole: str, part: str) -> str:
    """An amount as it was written; SimulatorError where it is none."""
    try:
        parse_quantity(part.strip())
    except ValueError as error:
        raise SimulatorError(f"{whole}: {error}") from None
    return part.strip()


def _ends(text: str, match: re.Match[str]) -> tuple[Decimal, Decimal, str]:
    """Both ends in the inside unit, and the unit of the lower; a bare lower end has that of the upper (30..70%)."""
    high = _written(text, match["high"])
    bare = parse_quantity(_written(text, match["low"])).dimension == "number" and unit_of(high) != ""
    low = match["low"].strip() + (unit_of(high) if bare else "")
    one, other = parse_quantity(low), parse_quantity(high)
    if one.dimension != other.dimension:
        raise SimulatorError(tr(f"{text}：两端的单位不一致", f"{text}: its two ends have different units"))
    if one.value >= other.value:
        raise SimulatorError(tr(f"{text}：后一个数应大于前一个", f"{text}: the second number must be above the first"))
    unit = unit_of(low) if UNITS[unit_of(low)][1] >= UNITS[unit_of(high)][1] or one.value else unit_of(high)
    return one.value, other.value, unit
