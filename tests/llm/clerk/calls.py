"""The call of the clerk: sort a letter into trays, with a quote."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from llm.calls import Call


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Letter(Shape):
    sender: str
    text: str
    depth: Literal["quick", "thorough"] = "quick"
    lines: int = 1
    notes: dict[str, str] = Field(default_factory=dict)


class Quote(Shape):
    words: str = Field(min_length=1, description="Copied from the letter.")


class Sorted(Shape):
    tray: Literal["bills", "complaints", "other"]
    urgency: int = Field(ge=1, le=5)
    quotes: list[Quote]
    reply: str | None = None


def agent(letter: Letter) -> Sorted:
    return Sorted(
        tray="complaints" if "angry" in letter.text else "other",
        urgency=2,
        quotes=[Quote(words=letter.text.split(".")[0])],
        reply=None,
    )


def check(letter: Letter, answer: Sorted) -> list[str]:
    return [f"The quote “{quote.words}” is not in the letter." for quote in answer.quotes if quote.words not in letter.text]


SORT = Call(name="clerk.sort", version=3, input=Letter, output=Sorted, offline=agent, check=check, deadline_seconds=8.0)
