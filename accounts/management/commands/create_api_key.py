"""Make an API key without a browser."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.forms import ValidationError

from accounts import audit
from accounts.flows import keying
from accounts.models import User
from ground.errors import SpecStepError


class Command(BaseCommand):
    help = "Makes an API key for the account of EMAIL, which is created if there is none. Prints the key, once, alone on stdout."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="Command line", help="what the list in Settings calls it")
        parser.add_argument("--days", type=int, default=None, help="it expires after so many days; without, when it is revoked")

    def handle(self, *args: Any, email: str, name: str, days: int | None, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no email address.") from None
        try:
            with transaction.atomic():
                user = User.objects.with_address(email) or self._created(email)
                if not user.is_active:
                    raise CommandError(f"The account of {email} is suspended or being deleted. It gets no keys.")
                made = keying.make(user, name=name, days=days)
        except SpecStepError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(made.raw)

    def _created(self, email: str) -> User:
        user = User.objects.create_user(email)
        audit.record(user.workspace, audit.Action.ACCOUNT_CREATED, actor=None)
        return user
