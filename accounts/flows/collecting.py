"""The rows of one person in every class of personal data, and the columns of them that may be handed out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP

from accounts.models import User
from ground import register, vault
from ground.register import DataClass

Column: TypeAlias = "models.Field[Any, Any]"

ROWS_AT_ONCE = 25
"""Few: a run carries its whole ledger, and a step its result."""
NEVER = ("password", "token", "secret", "salt", "digest", "sealed", "session_key", "session_data", "code")
"""Names of fields that are not handed out, whatever their class declares."""
FREE_TEXT = (models.CharField, models.TextField, models.JSONField)


def rows(label: str, data: DataClass, user: User) -> models.QuerySet[models.Model]:
    """The rows of this model that are ``user``'s."""
    model = apps.get_model(label)
    found: models.QuerySet[models.Model] = model._default_manager.none()
    if data.owner_path:
        path = _path(label, data.owner_path, first=label == data.models[0])
        found = model._default_manager.filter(**{path: user.pk})
    return found


def pages(label: str, data: DataClass, user: User, *, columns: tuple[Column, ...] = ()) -> Iterator[list[models.Model]]:
    """The rows by key, a page at a time: no cursor stays open while the reader is slow. Reads ``columns`` only, if named."""
    found, last = rows(label, data, user).order_by("pk"), None
    if columns:
        found = found.only(*(column.name for column in columns))
    while page := list((found if last is None else found.filter(pk__gt=last))[:ROWS_AT_ONCE]):
        yield page
        last = page[-1].pk


@cache
def shown(label: str) -> tuple[Column, ...]:
    """The columns that may be handed out: nothing declared secret, sealed, binary, or named like a secret."""
    model = apps.get_model(label)
    declared = {name for data in register.declared() for name in data.secret}
    sealed = {f"{field.model}.{field.field}" for field in vault.declared()}
    return tuple(
        field
        for field in model._meta.concrete_fields
        if f"{label}.{field.name}" not in declared | sealed
        and not isinstance(field, models.BinaryField)
        and field.name not in NEVER
    )


def described(label: str, data: DataClass) -> tuple[Column, ...]:
    """Those of ``shown`` that describe a row without its content: of a class with content no free text but what it names."""
    columns = shown(label)
    if not data.content:
        return columns
    return tuple(
        column
        for column in columns
        if column.choices or not isinstance(column, FREE_TEXT) or f"{label}.{column.name}" in data.metadata
    )


@cache
def _path(label: str, declared: str, *, first: bool) -> str:
    """The way from the model to its user. The declared way is the first model's; others have their own to the same person."""
    model = apps.get_model(label)
    if first and _leads(model, declared):
        return declared
    if hasattr(model, "workspace_path"):
        return f"{model.workspace_path}__owner"
    for path in ("workspace__owner", "owner", "user", declared):
        if _leads(model, path):
            return path
    return _searched(model)


def _leads(model: type[models.Model], path: str) -> bool:
    """Whether this way exists and ends at a user."""
    at: type[models.Model] = model
    for name in path.split(LOOKUP_SEP):
        if name == "pk":
            continue
        try:
            target = at._meta.get_field(name).related_model
        except FieldDoesNotExist:
            return False
        if not isinstance(target, type):
            return False
        at = target
    return at is User


def _searched(model: type[models.Model]) -> str:
    """The shortest way over foreign keys."""
    waiting: list[tuple[type[models.Model], str]] = [(model, "")]
    for at, way in waiting:
        for field in at._meta.concrete_fields:
            target = field.related_model
            if isinstance(target, type):
                path = f"{way}{field.name}"
                if target is User:
                    return path
                if path.count(LOOKUP_SEP) < 4:
                    waiting.append((target, f"{path}{LOOKUP_SEP}"))
    raise LookupError(f"{model._meta.label} does not lead to a person.")
