"""Django's own ``send_mail`` and libraries that use it: their mails go by the same carrier as ours."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.template.defaultfilters import linebreaks_filter
from django.utils.html import format_html

from accounts.carriers import choosing
from accounts.carriers.envelope import Mail, NotSent
from accounts.rules.names import one_line


class CarrierBackend(BaseEmailBackend):
    """Hands over each mail to each of its addresses alone. Attachments and copies are not carried: nothing of ours has any."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were handed over. Raises ``NotSent`` unless asked to fail silently."""
        handed = 0
        for message in email_messages:
            try:
                for address in message.to:
                    choosing.send_mail(_mail(message, address))
                handed += bool(message.to)
            except NotSent:
                if not self.fail_silently:
                    raise
        return handed


def _mail(message: EmailMessage, address: str) -> Mail:
    text, html = (
        str(message.body),
        [str(content) for content, kind in getattr(message, "alternatives", []) if kind == "text/html"],
    )
    if message.attachments or message.cc or message.bcc:
        raise NotSent("Mails with attachments or copies are not carried.", permanent=True)
    page = html[0] if html else format_html('<div dir="auto">{}</div>', linebreaks_filter(text))
    reply_to = message.reply_to[0] if message.reply_to else settings.CONTACT_EMAIL
    return Mail(uuid.uuid4(), address, one_line(str(message.subject)), text, str(page), reply_to)
