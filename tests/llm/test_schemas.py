"""Strict schemas: closed, complete, and only with what both vendors accept."""

from __future__ import annotations

from typing import Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from llm import schemas
from llm.calls import Call, registered
from llm.schemas import OpenShape
from tests.llm.clerk.calls import SORT, Letter, Sorted
from tests.samples import sample
from tests.wire_stub import check_strict


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Branch(Shape):
    name: str = Field(default="x", min_length=2, max_length=9, description="What it is called.")
    parts: list[Branch] = Field(default_factory=list, max_length=3)
    kind: Literal["a", "b"] | None = None
    ratio: float = Field(default=0.5, ge=0, le=1)


def test_objects_are_closed_and_every_field_is_required() -> None:
    schema = schemas.strict(Sorted)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["tray", "urgency", "quotes", "reply"]
    assert schema["$defs"]["Quote"]["additionalProperties"] is False
    assert schema["properties"]["quotes"] == {"type": "array", "items": {"$ref": "#/$defs/Quote"}}


def test_limits_move_into_words_because_the_grammars_do_not_take_them() -> None:
    urgency = schemas.strict(Sorted)["properties"]["urgency"]
    assert urgency == {"type": "integer", "description": "at least 1; at most 5."}
    assert (
        schemas.strict(Branch)["properties"]["name"]["description"]
        == "What it is called; at least 2 characters; at most 9 characters."
    )


def test_a_model_that_holds_itself_has_an_object_at_the_root() -> None:
    schema = schemas.strict(Branch)
    assert schema["type"] == "object"
    assert schema["properties"]["parts"]["items"] == {"$ref": "#/$defs/Branch"}


@pytest.mark.parametrize(
    "annotation",
    [dict[str, str], dict[str, Any], Any, tuple[int, str], list[Any]],
    ids=["pairs", "dictionary", "any", "tuple", "list"],
)
def test_an_open_shape_is_refused_with_its_place(annotation: Any) -> None:
    model: type[BaseModel] = create_model("Open", inner=(annotation, ...))
    with pytest.raises(OpenShape, match=r"Open\.inner"):
        schemas.strict(model)


def test_the_input_of_a_call_may_be_open_but_not_its_output() -> None:
    with pytest.raises(OpenShape, match=r"Letter\.notes"):
        schemas.strict(Letter)


@pytest.mark.parametrize("call", [SORT, *registered()], ids=lambda call: call.name)
def test_every_output_can_be_asked_for_strictly(call: Call[Any, Any]) -> None:
    schema = schemas.strict(call.output)
    check_strict(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(sample(call.output).model_dump(mode="json"), schema)
