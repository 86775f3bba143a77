"""After a restore of the database: delete again what had been deleted since the backup was made."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.flows import redeleting


class Command(BaseCommand):
    help = (
        "Run this after every restore of the database, before web and workers start: deletes again the accounts, packages and "
        "interviews that had been deleted since the backup was made. Running it twice deletes nothing more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pretend", action="store_true", help="only say how many there are")

    def handle(self, *args: Any, pretend: bool, **options: Any) -> None:
        done = redeleting.redelete(pretend=pretend)
        verb = "would be deleted" if pretend else "were deleted again"
        self.stdout.write(f"{done.accounts} accounts and {done.items} packages and interviews {verb}.")
        if done.failed:
            raise CommandError(f"{done.failed} of them could not be deleted; the log says why. Mend that and run it again.")
