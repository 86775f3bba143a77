"""Grant or take a role in the operator console."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.flows.granting import set_role
from accounts.models import OperatorRole, User
from ground.errors import SpecStepError


class Command(BaseCommand):
    help = "Gives a person a role in the operator console, or takes it away. The first owner is made this way."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--grant", metavar="ROLE", choices=OperatorRole.Role.values, help="support, billing, security or owner"
        )
        which.add_argument("--take", metavar="ROLE", choices=OperatorRole.Role.values, help="the role to take away")

    def handle(self, *args: Any, email: str, grant: str | None, take: str | None, **options: Any) -> None:
        user = User.objects.with_address(email)
        if user is None:
            raise CommandError(f"There is no account with the address {email}. The person signs in once first.")
        role = grant or take or ""
        try:
            changed = set_role(user, role, granted=grant is not None, actor=None)
        except SpecStepError as error:
            raise CommandError(str(error)) from None
        state = f"has the role {role}" if grant else f"does not have the role {role}"
        self.stdout.write(f"{user.email} {state}{'' if changed else ' already; nothing was changed'}.")
