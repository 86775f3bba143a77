"""Whose account it is."""

from __future__ import annotations

import uuid

from pydantic import Field

from api.nouns.asking import Caller
from api.nouns.shapes import Shape


class Account(Shape):
    """The account that a key or tool acts for."""

    id: uuid.UUID
    display_name: str = Field(examples=["Ada"])
    workspace: uuid.UUID


def read(caller: Caller) -> Account:
    """Whose account it is."""
    return Account(id=caller.user.pk, display_name=caller.user.display_name, workspace=caller.workspace.pk)
