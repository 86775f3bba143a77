"""The words of mails and SMS, from ``templates/notices``: one text per kind, from which the plain and the HTML form are laid out.

A text holds a subject on its first line and blocks between empty lines: paragraphs, "# headings", lists of "- points", and one
"[label](/path)" as the button. Nothing anybody typed is in it, with two exceptions: what an operator wrote to be sent, and for
the operator the address of who signed up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone

from accounts import zones
from accounts.models import MailOut, User
from accounts.notices import Notice
from accounts.rules.names import one_line

LONGEST_SUBJECT = 150
_BUTTON = re.compile(r"\[([^\[\]]+)\]\((.*)\)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One piece of a letter: ``kind`` is paragraph, heading, list or button."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


def letter(notice: Notice, user: User | None, about: dict[str, Any], mail_out: MailOut | None) -> Letter:
    """The mail of one notice. The subject is one line whatever went into it, so it cannot begin another header."""
    context = {"about": about, "mail_out": mail_out, "person": _signed_up(about) if notice.to == "operator" else None}
    with timezone.override(zones.zone(user) if user is not None else None):
        written = _plain(f"notices/{notice.kind}.txt", {**context, "contact": settings.CONTACT_EMAIL})
    first, _, rest = written.lstrip().partition("\n")
    subject = one_line(first)[:LONGEST_SUBJECT]
    layout = {
        "subject": subject,
        "blocks": _blocks(rest),
        "notice": notice,
        "site": settings.SITE_URL,
        "contact": settings.CONTACT_EMAIL,
        "settings_address": f"{settings.SITE_URL}/settings/notifications/",
    }
    return Letter(subject, _tidy(_plain("notices/layout.txt", layout)), render_to_string("notices/layout.html", layout))


def sms(notice: Notice, about: dict[str, Any]) -> str:
    """The SMS of one notice: one line and one address."""
    line = one_line(_plain(f"notices/{notice.kind}.sms.txt", {"about": about}))
    return f"{line} {settings.SITE_URL}{_path(about)}"


def _plain(name: str, context: dict[str, Any]) -> str:
    """A template of plain text: nothing in it is HTML, so nothing is escaped."""
    template: Any = get_template(name)
    return str(template.template.render(Context(context, autoescape=False)))


def _signed_up(about: dict[str, Any]) -> User | None:
    return User.objects.filter(pk=about["user"]).first() if about.get("user") else None


def _path(about: dict[str, Any]) -> str:
    path = str(about.get("path", "/"))
    return path if re.fullmatch(r"/(?!/)[A-Za-z0-9_/#?=&.-]*", path) else "/"


def _blocks(text: str) -> list[Block]:
    found = (_block(piece.strip()) for piece in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    return [block for block in found if block is not None]


def _block(piece: str) -> Block | None:
    if not piece:
        return None
    if piece.startswith("# "):
        return Block("heading", one_line(piece[2:]))
    if button := _BUTTON.fullmatch(piece):
        return Block("button", button[1], address=f"{settings.SITE_URL}{_path({'path': button[2]})}")
    lines = piece.split("\n")
    if all(line.startswith("- ") for line in lines):
        return Block("list", items=tuple(one_line(line[2:]) for line in lines))
    return Block("paragraph", one_line(piece))


def _tidy(text: str) -> str:
    """No more than one empty line in a row."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
