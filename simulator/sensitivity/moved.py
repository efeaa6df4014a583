"""Single numbers that are assumed, and the scenario with each of them lower and higher: for the tornado and for shares of variance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xarray as xr

from simulator.changes import with_values
from simulator.compose import bare, value_at
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.levers import levers
from simulator.provenance import as_text
from simulator.scenario import Scenario
from simulator.schema.distributions import Distribution, Share
from simulator.units import parse_quantity, unit_of, written_in
from simulator.variants import SharedLuck
from simulator.yamlfile import Path_

SPREAD = 0.2  # by which a single assumed number is moved, down and up, where nothing states how uncertain it is
_OF_STREAMS = {
    "count": ("数量", "number"), "size": ("规模", "size"), "p0": ("无补助实施概率", "probability without support"),
    "approval": ("立项率", "approval"), "loan_to_investment": ("贷款占比", "loan share"),
    "equipment_share": ("设备占比", "equipment share"), "lease_to_equipment": ("租赁占比", "leased share"),
}
_SHARES = ("p0", "approval", "loan_to_investment", "equipment_share", "lease_to_equipment")
_MOVED = ("assumption", "computed")  # of what documents and facts state nothing is moved
_ENERGY = ("energy.electricity_share", "energy.equivalent")  # the physical programmes are a cross-check and move no headline
_SCALES = {"negative_binomial": ("mean",), "lognormal": ("median", "mean", "sd", "max"), "pareto": ("min", "max"), "lomax": ("scale",),
           "normal": ("mean", "sd")}  # what of a distribution is in its unit


@dataclass(frozen=True)
class Fixed:
    """A single number that is assumed, and what it would be a fifth lower and higher."""

    name: str
    title: str
    basis: str
    """assumption or computed."""
    path: Path_
    written: Any
    low: Any
    high: Any


@dataclass(frozen=True)
class Moved:
    """Fixed assumptions and the headlines with each of them low, then high."""

    fixed: list[Fixed]
    sets: list[xr.Dataset]
    spread: float
    draws: int
    seed: int

    def pair(self, place: int) -> tuple[xr.Dataset, xr.Dataset]:
        """Low and high."""
        return self.sets[2 * place], self.sets[2 * place + 1]

    def refuse_other_luck(self, scenario: Scenario, draws: int) -> None:
        """What is compared draw by draw must be of the same draws."""
        seed = scenario.model.seed
        if (self.draws, self.seed) != (draws, seed):
            raise SimulatorError(tr(
                f"单个假设按 {self.draws} 次抽样、种子 {self.seed} 算出，这里是 {draws} 次、种子 {seed}，无法逐次比较",
                f"assumptions were moved in {self.draws} draws of seed {self.seed}; here there are {draws} of seed {seed}: they cannot be "
                "compared draw by draw"))

    def texts(self, place: int) -> tuple[str, str]:
        """What the number is then, short."""
        return short_text(self.fixed[place].low), short_text(self.fixed[place].high)


def move_assumptions(scenario: Scenario, *, luck: SharedLuck, spread: float = SPREAD, progress: Callable[[int, int], None] | None = None,
                     ) -> Moved:
    """Simulate the scenario with every fixed assumption down and up by a share of itself, under the luck that is given."""
    draws, fixed = luck.draws or scenario.model.draws, list(fixed_assumptions(scenario, spread))
    variants = [with_values(scenario, {each.path: value}, f"moved.{i}.{side}") for i, each in enumerate(fixed)
                for side, value in (("low", each.low), ("high", each.high))]  # names of streams may be Chinese, of scenarios not
    if not variants:
        return Moved([], [], spread, draws, scenario.model.seed)
    lines = luck.headlines(variants, progress)
    return Moved(fixed, [lines.isel(variant=i) for i in range(len(variants))], spread, draws, scenario.model.seed)


def fixed_assumptions(scenario: Scenario, spread: float = SPREAD) -> Iterator[Fixed]:
    """Single numbers that the scenario and its population assume, moved down and up by a share of themselves.

    Whole numbers stay as they are, and so do shares of 0% and 100% of a stream: they say what it is.
    """
    for lever in levers(scenario):
        among = lever.name.split(".")[0] in ("behaviour", "city") or lever.name in _ENERGY
        if among and not isinstance(lever.written, dict) and not lever.whole:
            yield from _fixed(scenario, lever.name, lever.title, lever.path, lever.written, spread, share=True)
    for key, stream in scenario.content["population"]["streams"].items():
        title = scenario.model.population.streams[key].title
        for field, called in _OF_STREAMS.items():
            written = bare(stream.get(field))
            if written is not None and not (field in _SHARES and _is_whole(written)):
                yield from _fixed(scenario, f"{key}.{field}", f"{title} {tr(*called)}", ("population", "streams", key, field),
                                  written, spread, share=field in _SHARES)


def _fixed(scenario: Scenario, name: str, title: str, path: Path_, written: Any, spread: float, *, share: bool) -> Iterator[Fixed]:
    """One number, if it is assumed and can be moved."""
    basis = _basis_at(scenario, path)
    low, high = (scaled(written, 1.0 + side * spread, share=share) for side in (-1, 1))
    if basis in _MOVED and low is not None and high is not None and low != high:
        yield Fixed(name, title, basis, path, written, low, high)


def scaled(written: Any, factor: float, *, share: bool = False) -> Any:
    """A value or distribution as a file writes it, its scale multiplied; None where it has no scale.

    Shares stay at most 1: what is written with a unit of shares and, where `share`, bare numbers too.
    """
    if isinstance(written, dict):
        return _scaled_distribution(written, factor, share)
    try:
        quantity = parse_quantity(written)
    except ValueError:
        return None
    value = quantity.value * Decimal(repr(factor))
    if quantity.dimension == "share" or (share and quantity.dimension == "number"):
        value = max(min(value, Decimal(1)), Decimal(-1))
    return written_in(unit_of(written), value) if isinstance(written, str) else float(value)


def _scaled_distribution(written: dict[str, Any], factor: float, share: bool) -> Any:
    """All that is in the unit is multiplied; of a beta distribution the mean, with as much weight as before."""
    kind = next((key for key in written if key != "at_least"), "")
    inner = written.get(kind)
    found: Any = None
    if kind in ("poisson", "constant"):
        found = scaled(inner, factor, share=share)
    elif kind in ("triangular", "uniform"):
        found = [scaled(each, factor, share=share) for each in inner or ()]
        if found[0] == found[-1]:  # all of it at 100%
            return found[0]
    elif kind == "beta":
        weight = sum(inner or ())
        mean = min(inner[0] / weight * factor, 0.99) if inner else 0.0
        found = [round(mean * weight, 12), round((1.0 - mean) * weight, 12)]
    elif kind == "discrete":
        found = [{**each, "value": scaled(each["value"], factor, share=share)} for each in inner or ()]
    elif kind == "mixture":
        found = [{**each, "of": scaled(each["of"], factor, share=share)} for each in inner or ()]
        found = None if any(each["of"] is None for each in found) else found
    elif kind in _SCALES and isinstance(inner, dict):
        found = {key: scaled(each, factor, share=share) if key in _SCALES[kind] else each for key, each in inner.items()}
    if found is None or (share and not _is_of_shares({kind: found})):
        return None
    return {**written, kind: found}


def _is_of_shares(written: dict[str, Any]) -> bool:
    """Whether a distribution keeps to 0..1: a normal one may not when it is moved."""
    try:
        Distribution[Share].model_validate(written)
    except ValueError:
        return False
    return True


def _is_whole(written: Any) -> bool:
    """Whether a share is all."""
    try:
        return parse_quantity(written).value == 1
    except ValueError:
        return False


def _basis_at(scenario: Scenario, path: Path_) -> str:
    node = value_at(scenario.content, path)
    return str(node.get("basis", "assumption")) if isinstance(node, dict) else "assumption"


def short_text(written: Any) -> str:
    """A value, or of a distribution the number that its scale goes by."""
    if isinstance(written, float) and written.is_integer():
        return str(int(written))
    if not isinstance(written, dict):
        return as_text(written)
    kind = next(key for key in written if key != "at_least")
    inner = written[kind]
    if kind == "beta":
        return f"{100.0 * inner[0] / sum(inner):.0f}%"
    if kind in ("discrete", "mixture"):  # the part that weighs most
        part = max(inner, key=lambda each: float(each["weight"]))
        return short_text(part["value"] if kind == "discrete" else part["of"])
    if isinstance(inner, dict):
        return short_text(next(inner[key] for key in ("median", "mean", "min", "scale") if inner.get(key) is not None))
    return short_text(inner[len(inner) // 2] if isinstance(inner, list) else inner)
