"""The stages of the kernel, and the kernel without its last ones. This page follows kernels/futures.py."""

import ast
from collections.abc import Iterable
from types import ModuleType
from typing import NamedTuple

from tests.benchmarks.variations import Change, source, variation


class Stage(NamedTuple):
    """A part of the kernel, and the functions that `futures` calls for it; the first stage is what is left without all others."""

    name: str
    calls: tuple[str, ...]


STAGES = (
    Stage("existence, candidates", ()),
    Stage("luck", ("draw_luck", "draw_building_time")),
    Stage("gather", ("gather",)),
    Stage("offers", ("date_approval", "date_end", "offer_packages")),
    Stage("value, response, decisions", ("value_packages", "respond", "apply")),
    Stage("control", ("subtract_expected", "add_control")),
    Stage("outcome", ("draw_luck_of_applicants", "realise")),
    Stage("awards", ("award_applicants", "repeat_awards")),
    Stage("rationing, settlement", ("line_up", "ration", "step_back", "settle")),
)
IN_VECTORS = ("offers", "value, response, decisions", "outcome")  # plain loops over lanes; elsewhere rows are looked up one by one
LAST_WITH_WORDS = 6  # after the outcome nothing is drawn


def up_to(place: int) -> ModuleType:
    """`futures` without everything after this stage."""
    return variation(f"up_to_{place}", left_out_after(place))


def left_out_after(place: int) -> list[Change]:
    """The changes for that."""
    names = [name for stage in STAGES[place + 1:] for name in stage.calls]
    return [Change("futures.py", text := source("futures.py"), without(text, names))]


def without(text: str, names: Iterable[str]) -> str:
    """A source without the calls of these functions, which must all be there: what would be assigned is zero."""
    left = _Without(set(names))
    changed = ast.unparse(left.visit(ast.parse(text)))
    if wrong := sorted(name for name in left.names if name not in left.found):
        raise ValueError(f"kernels/futures.py has changed, the benchmark must follow: not called: {', '.join(wrong)}")
    return changed


class _Without(ast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self.names, self.found = names, list[str]()

    def _calls(self, node: ast.AST) -> bool:
        called = [each.func.id for each in ast.walk(node)
                  if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in self.names]
        self.found += called
        return bool(called)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """A call for its own sake."""
        return ast.Pass() if self._calls(node) else node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """A call whose result is kept."""
        return ast.Assign(node.targets, ast.Constant(0), lineno=node.lineno) if self._calls(node) else node
