"""Seal every stored credential anew with the newest key of the ring."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from ground import vault
from ground.errors import SpecStepError


class Command(BaseCommand):
    help = "Seals every stored credential anew with the newest key. With --new-key: prints a fresh key and changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="print a key for SPECSTEP_VAULT_KEYS and stop")

    def handle(self, *args: Any, new_key: bool = False, **options: Any) -> None:
        if new_key:
            self.stdout.write(vault.new_key())
            return
        try:
            for sealed in vault.declared():
                self.stdout.write(f"{sealed.model}.{sealed.field}: {rotate(sealed)} sealed anew")
        except SpecStepError as error:
            raise CommandError(f"{error} Nothing of that field was changed.") from error


def rotate(sealed: vault.SealedField) -> int:
    """Seal one field of all rows anew, in one transaction. The number of values that changed."""
    model = apps.get_model(sealed.model)
    changed = 0
    with transaction.atomic():
        for row in model._default_manager.exclude(**{sealed.field: ""}).only("pk", sealed.field).iterator():
            before = getattr(row, sealed.field)
            after = vault.reseal(before, purpose=sealed.purpose, row=row.pk)
            # Conditional, so that a value somebody stores meanwhile is not overwritten with the old one.
            if after != before:
                changed += model._default_manager.filter(pk=row.pk, **{sealed.field: before}).update(**{sealed.field: after})
    return changed
