"""Send one mail or SMS, to see whether the settings are right."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.carriers import choosing
from accounts.carriers.envelope import NotSent, Sms
from accounts.flows import sending
from accounts.rules import numbers
from ground import clock


class Command(BaseCommand):
    help = "Sends a test mail or a test SMS by the carriers of the settings. Nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mail", metavar="ADDRESS", help="send a mail there")
        parser.add_argument("--sms", metavar="NUMBER", help="send an SMS there; with + and the country code")

    def handle(self, *args: Any, mail: str | None, sms: str | None, **options: Any) -> None:
        if not mail and not sms:
            raise CommandError("Say where to: --mail ADDRESS, --sms NUMBER, or both.")
        try:
            number = numbers.e164(sms) if sms else ""
            if mail:
                sending.send_once("carrier.test", to=mail)
                self.stdout.write(f"The carrier {settings.MAIL_PROVIDER} took the mail.")
            if number:
                choosing.send_sms(Sms(uuid.uuid4(), number, "SpecStep: a test of the settings.", clock.now(), report=False))
                self.stdout.write(f"The carrier {settings.SMS_PROVIDER} took the SMS.")
        except (NotSent, numbers.NoNumber) as error:
            raise CommandError(str(error)) from error
