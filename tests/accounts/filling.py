"""A person of whom every table knows something: one row per model that leads to a person, a word in every field that takes one.

New models are filled by themselves. One that cannot be filled fails the test, and wants a line here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from oauth2_provider.models import ResourceJSONField

from accounts import audit
from accounts.models import AuditEvent, DeletionRequest, MailOut, User, Workspace
from api.models import Client as Tool
from generation.models import Package, Run
from ground import clock, stream
from ground.rows import new_id
from interviews.models import Interview
from tests.ground.test_register import leads_to_a_user
from tests.llm.keys.dump import dump

WORD = "Kestrel7"
NOT_FILLED = {User, Workspace, DeletionRequest, AuditEvent}
"""The two that stand already, the one that deletion makes, and the one that has a flow of its own."""


def fill(user: User, word: str = WORD) -> dict[type[models.Model], models.Model]:
    """One row of every personal model, all of them ``user``'s; returns them by model."""
    User.objects.filter(pk=user.pk).update(display_name=word, email=f"{word}@example.org", contact_phone=word, sms_number=word)
    Workspace.objects.filter(owner=user).update(name=word)
    user.refresh_from_db()
    made: dict[type[models.Model], models.Model] = {User: user, Workspace: user.workspace}
    for model in personal():
        _made(model, made, word)
    run, interview, package = (made[model] for model in (Run, Interview, Package))
    name = default_storage.save(f"packages/{run.pk}.zip", ContentFile(word.encode()))
    Package.objects.filter(pk=package.pk).update(blob=name)
    for one in (run, interview):
        stream.append(one.stream, "token", text=word)  # type: ignore[attr-defined]
    # What an operator wrote to all stays, without its recipients.
    MailOut.objects.filter(pk=made[MailOut].pk).update(title="Change of terms", happened="", concerns="", advice="")
    # A tool that registered itself is nobody's.
    nobodys = dict.fromkeys(("name", "redirect_uris", "post_logout_redirect_uris", "allowed_origins"), "")
    Tool.objects.filter(pk=made[Tool].pk).update(client_id=f"tool-{made[Tool].pk}", client_secret="", **nobodys)
    for action in audit.Action:
        audit.record(user.workspace, action, actor=user, subject=user, about=run.pk, label=word)
    return made


def personal() -> list[type[models.Model]]:
    known = [model for model in apps.get_models() if leads_to_a_user(model) and model not in NOT_FILLED]
    return sorted(known, key=lambda model: model._meta.label)


def traces(word: str, *ids: object) -> list[str]:
    """What of these still stands anywhere in the database."""
    text = dump().lower()
    wanted = [word.lower(), word.encode().hex(), *(str(one) for one in ids), *(str(one).replace("-", "") for one in ids)]
    return [one for one in wanted if one in text]


def tables_with(word: str) -> set[str]:
    """The tables of which some row holds ``word``."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(word.lower() in _text(value) for row in cursor.fetchall() for value in row):
                found.add(table)
    return found


def _text(value: object) -> str:
    raw = value.tobytes() if isinstance(value, memoryview) else value
    return (raw.decode("latin-1") if isinstance(raw, bytes) else str(raw)).lower()


def _made(model: type[models.Model], made: dict[type[models.Model], models.Model], word: str) -> models.Model:
    if model not in made:
        values = {
            field.name: _value(field, made, word)
            for field in model._meta.concrete_fields
            if not (field.primary_key and (field.has_default() or isinstance(field, models.AutoField)))
        }
        with transaction.atomic():
            made[model] = model._default_manager.create(**values)
        for many in model._meta.many_to_many:
            getattr(made[model], many.name).add(_made(many.related_model, made, word))
    return made[model]


def _value(field: Any, made: dict[type[models.Model], models.Model], word: str) -> Any:
    if field.is_relation:
        related = field.related_model
        is_optional = field.null and (related is field.model or not leads_to_a_user(related))
        return None if is_optional else _made(related, made, word)
    if field.choices:
        return field.choices[0][0]
    kinds: list[tuple[Any, Any]] = [
        (models.EmailField, f"{word}@example.org"),
        (models.URLField, f"https://{word}.example/"),
        ((models.CharField, models.TextField), word[: field.max_length or None]),
        (models.BinaryField, word.encode()),
        (ResourceJSONField, [word]),
        (models.JSONField, {"said": word}),
        (models.UUIDField, new_id()),
        (models.DateTimeField, clock.now() + dt.timedelta(days=1)),
        (models.DateField, clock.today()),
        (models.BooleanField, False),
        ((models.IntegerField, models.FloatField, models.DecimalField), 1),
    ]
    for kind, value in kinds:
        if isinstance(field, kind):
            return value
    raise NotImplementedError(f"{field} is of a kind that is not filled yet.")


def everything_but(*models_left: type[models.Model]) -> dict[str, int]:
    """How many rows each personal table has."""
    counted: list[type[models.Model]] = [User, *personal()]
    return {model._meta.label: model._default_manager.count() for model in counted if model not in models_left}


__all__ = ["WORD", "MailOut", "everything_but", "fill", "personal", "tables_with", "traces"]
