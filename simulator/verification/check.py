"""Each number of a brief three ways: as it stands now, as it was made, and as the run gives it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import xarray as xr

from simulator.charts import Tables, name_of
from simulator.errors import SimulatorError
from simulator.language import language, set_language, tr
from simulator.statements import find_number, read_address
from simulator.verification.found import Found, plain
from simulator.verification.wording import Wording, compare_lines, differing

Kind = Literal["altered", "unsupported", "gone", "unknown"]


@dataclass(frozen=True)
class Finding:
    """A number that is not what it should be."""

    kind: Kind
    """Altered since it was made; as it was made, but not what the run gives; no longer marked; nowhere in the run."""
    id: str
    place: str
    """The heading below which it stood when it was made."""
    now: str | None
    made: str
    right: str | None
    """What the run gives; None where it gives nothing."""
    of: str
    """What it is a number of; its address, where the run has none there; the line, of a number that is not marked."""


@dataclass(frozen=True)
class Report:
    """What came of a check."""

    numbers: int
    """In the inventory."""
    findings: tuple[Finding, ...]
    wording: Wording | None = None
    """How what stands around the numbers differs from what was written; None where that is not known."""
    remarks: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether every number is what the run gives."""
        return not self.findings


def check(found: Found, tables: Mapping[str, xr.Dataset], anew: Found | None = None) -> Report:
    """Compare every number of the inventory, wherever it stands, with the run; and marks that the inventory does not know.

    Parameters
    ----------
    anew : Found, optional
        The brief as the same program writes it anew: a number that the file's inventory has not, or has at another address, was
        tampered with; and what stands around the marks is compared.
    """
    numbers = found.inventory["numbers"]
    findings = [] if anew is None else list(_tampered(numbers, anew.inventory["numbers"]))
    for entry in numbers:
        now: list[str | None] = [*found.texts.get(entry["id"], ())] or [None]
        with speaking(found.inventory["lang"]):
            right = _computed(tables, entry["of"])
        of = entry["of"] if right is None else describe(entry["of"], tables)
        findings += [Finding(kind, entry["id"], entry["in"], text, entry["text"], right, of)
                     for text in now if (kind := _judged(text, entry["text"], right))]
    known = {entry["id"] for entry in numbers}
    findings += [Finding("unknown", name, "", text, "", None, tr("清单中没有的数字", "a number that the inventory does not have"))
                 for name, texts in found.texts.items() if name not in known for text in texts]
    wording = compare_lines(found.lines, anew.lines) if anew is not None and found.texts else None
    if wording is not None:
        place = tr("改动或调换了数字的行", "Lines whose numbers were altered or changed places")
        findings += [Finding("altered", "", place, now, right, right, line)
                     for line, written in wording.renumbered for now, right in [differing(line, written)]]
    return Report(len(numbers), tuple(findings), wording)


def _tampered(numbers: Sequence[Mapping[str, str]], expected: Sequence[Mapping[str, str]]) -> Iterator[Finding]:
    """Entries that are not, once each, what the brief was written with."""
    listed: dict[str, list[str]] = {}
    for entry in numbers:
        listed.setdefault(entry["id"], []).append(entry["of"])
    for entry in expected:
        if listed.pop(entry["id"], []) != [entry["of"]]:
            yield Finding("unsupported", entry["id"], entry["in"], None, "", entry["text"],
                          tr("清单被改动：此处应有这个数字", "the inventory was altered: this number belongs here"))
    for name in listed:
        yield Finding("unknown", name, "", None, "", None, tr("清单中多出的数字", "a number that the inventory should not have"))


def _judged(now: str | None, made: str, right: str | None) -> Kind | None:
    """What is wrong with a number; None if it is what the run gives."""
    if right is None:
        return "unknown"
    if now is None:
        return "gone"
    if plain(now) == plain(right):
        return None
    return "unsupported" if plain(now) == plain(made) else "altered"


def _computed(tables: Mapping[str, xr.Dataset], address: str) -> str | None:
    """The number as it is printed in the language; None where the run has no such number."""
    try:
        return find_number(tables, address).text
    except (KeyError, ValueError, TypeError, IndexError, SimulatorError):
        return None


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """In another language for a while."""
    before = language()
    set_language(lang)
    try:
        yield
    finally:
        set_language(before)


def describe(address: str, tables: Mapping[str, xr.Dataset]) -> str:
    """What an address means, in the language: 分年拨付：拨付合计（均值）."""
    try:
        kind, variable, where, _ = read_address(address)
        long_name = str(tables[kind][variable].attrs.get("long_name", variable))
        name = name_of(kind)
    except (KeyError, ValueError, TypeError, IndexError, SimulatorError):
        return address
    chinese, _, english = long_name.partition(" ")
    chosen = tr("、", ", ").join(_key(dim, key, tables) for dim, key in where.items())
    return name + tr("：", ": ") + tr(chinese, english or chinese) + (tr(f"（{chosen}）", f" ({chosen})") if chosen else "")


def _key(dim: str, key: str, tables: Mapping[str, Any]) -> str:
    """A key of a selection as a reader knows it."""
    if key == "mean":
        return tr("均值", "mean")
    if dim == "instrument" and isinstance(tables, Tables) and key in tables.evidence.scenario.model.policy.instruments:
        return tables.evidence.short(key)
    return key.upper() if dim == "statistic" else key
