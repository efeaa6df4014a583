"""Values with their ground: what a document says, what is a fact elsewhere, and what we assume."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import model_validator

from simulator.language import language
from simulator.schema.distributions import Frozen

V = TypeVar("V")
Basis = Literal["document", "fact", "computed", "assumption"]
BASIS_TITLES = {
    "document": {"zh": "文件", "en": "document"},
    "fact": {"zh": "事实", "en": "fact"},
    "computed": {"zh": "推算", "en": "computed"},
    "assumption": {"zh": "假设", "en": "assumption"},
}


class Text(Frozen):
    """A text in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en


class Valued(Frozen, Generic[V]):
    """A value with its ground; written bare, it is an assumption."""

    value: V
    basis: Basis = "assumption"
    """document: the policy says so; fact: a source says so; computed: follows from facts; assumption: ours."""
    quote: str | None = None
    """Verbatim text of the document, where the instrument's own quote does not contain the value."""
    note: str | None = None
    """Why this value, in one sentence."""
    source: str | None = None
    """Where a fact was found."""

    @model_validator(mode="before")
    @classmethod
    def _bare_value(cls, written: Any) -> Any:
        if isinstance(written, dict) and "value" in written and "weight" not in written:
            return written
        return {"value": written}


SizeClass = Literal["small", "medium", "large"]
SIZE_CLASSES: tuple[SizeClass, ...] = ("small", "medium", "large")
