"""A laptop: mails and SMS are printed where the server runs. Nothing leaves the machine."""

from __future__ import annotations

import sys

from django.core.mail import EmailMultiAlternatives

from accounts.carriers.envelope import Handed, Mail, Sms

NAME = "console"


def send_mail(mail: Mail) -> Handed:
    message = EmailMultiAlternatives(
        mail.subject, mail.text, to=[mail.to], reply_to=[mail.reply_to], headers={"Auto-Submitted": "auto-generated"}
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()
    return Handed(NAME, str(mail.id))


def send_sms(sms: Sms) -> Handed:
    # Not a line of the log: on a laptop the terminal is the telephone.
    sys.stdout.write(f"\nSMS to {sms.to}\n{sms.text}\n\n")
    sys.stdout.flush()
    return Handed(NAME, "")
