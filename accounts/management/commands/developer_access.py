"""Grant or take the right to bring own model keys."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.flows.granting import set_developer_access
from accounts.models import User


class Command(BaseCommand):
    help = "Grants a person the right to bring own model keys, or takes it away. Keys that are there stay until they are revoked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--grant", action="store_true", dest="granted", help="let this person bring own model keys")
        which.add_argument("--take", action="store_false", dest="granted", help="no new own keys from now on")

    def handle(self, *args: Any, email: str, granted: bool, **options: Any) -> None:
        user = User.objects.with_address(email)
        if user is None:
            raise CommandError(f"There is no account with the address {email}.")
        changed = set_developer_access(user, granted=granted, actor=None)
        state = "has developer access" if granted else "has no developer access"
        self.stdout.write(f"{user.email} {state}{'' if changed else ' already; nothing was changed'}.")
