"""What the shapes have in common: lists that go on by a cursor, ids, times, amounts."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Dollars = Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", description="US dollars as a decimal number.", examples=["0.4213"])]
Label = Annotated[str, Field(description="Public id inside its interview or package.", examples=["Q-001"], max_length=40)]
TopicId = Annotated[str, Field(pattern=r"^[VRA]\d{1,2}$", description="One of the 47 topics.", examples=["R5"])]


WRITTEN = r"^[^\x00]*[^\s\x00-\x1f][^\x00]*$"
"""Holds something to read, and no NUL, which no database keeps."""
ANYTHING = r"^[^\x00]*$"


class Shape(BaseModel):
    """A value that is given out."""

    model_config = ConfigDict(frozen=True)


class Wish(BaseModel):
    """A value that is taken in. What it does not know is refused, so that a mistyped name is not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Listed(Shape, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(
        default=None, description="Cursor of the next page; null at the end.", examples=["AZMkJ8nVc7S3u0vXqk1H2w"]
    )
