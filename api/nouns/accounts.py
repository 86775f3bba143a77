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


class Key(Shape):
    """The key of a call. Nothing of its value."""

    name: str = Field(examples=["Build machine"])


class KeyedAccount(Account):
    """The account, and the key that was used."""

    key: Key


def read(caller: Caller) -> Account:
    """Whose account it is."""
    return Account(id=caller.user.pk, display_name=caller.user.display_name, workspace=caller.workspace.pk)


def read_with_key(caller: Caller, name: str) -> KeyedAccount:
    """Whose account it is, and the name of the key."""
    return KeyedAccount(**read(caller).model_dump(), key=Key(name=name))
