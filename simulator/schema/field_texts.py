"""What stands below the fields of a model in its source, as their descriptions in the JSON Schema."""

from __future__ import annotations

import ast
import inspect
import textwrap


def field_texts(model: type) -> dict[str, str]:
    """Field -> text, of a model and those that it builds on."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if owner.__module__.startswith(__package__) and "[" not in owner.__name__:  # a generic with its argument has no source
            found |= _texts_of_class(owner)
    return found


def _texts_of_class(owner: type) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {field.target.id: inspect.cleandoc(text.value.value)
            for field, text in zip(body.body, body.body[1:], strict=False)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)}
