"""Every model that leads to a person is declared (design: one register drives export, deletion and retention)."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models

from ground import register


def leads_to_a_user(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    if model is get_user_model():
        return True
    targets = {
        field.related_model
        for field in model._meta.get_fields()
        if field.many_to_one or (field.one_to_one and not field.auto_created)
    }
    return any(
        isinstance(target, type) and target not in seen and leads_to_a_user(target, seen | {model})
        for target in targets
        if target
    )


def test_every_model_with_a_path_to_a_user_is_declared() -> None:
    personal = {model._meta.label for model in apps.get_models(include_auto_created=True) if leads_to_a_user(model)}
    auto = {label for label in personal if apps.get_model(label)._meta.auto_created}
    declared = register.declared_models()
    missing = {
        label
        for label in personal - declared
        if not (label in auto and apps.get_model(label)._meta.auto_created._meta.label in declared)
    }
    assert not missing


def test_every_declared_model_exists() -> None:
    known = {model._meta.label for model in apps.get_models()}
    assert register.declared_models() <= known
