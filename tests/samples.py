"""A sample of any pydantic model, for tests that need some instance of every shape."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def sample(model: type[M]) -> M:
    """An instance of ``model``: every text is a word, every list has one item, every choice is the first."""
    return model.model_validate({name: _value(field.annotation) for name, field in model.model_fields.items()})


def _value(annotation: Any) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return parts[0]
    if origin in (Union, types.UnionType):
        return _value(next(part for part in parts if part is not type(None)))
    if origin is Annotated:
        return _value(parts[0])
    if origin in (list, tuple, set, frozenset):
        return [_value(parts[0])] if parts and parts[0] is not Any else []
    if origin is dict or annotation in (dict, Any):
        return {}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return sample(annotation).model_dump()
    return {str: "word", int: 1, float: 0.5, bool: True}.get(annotation, "word")
