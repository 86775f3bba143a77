"""Telling people: the rows stand in the transaction of what they tell of, and are sent after it."""

from __future__ import annotations

from accounts.models import Choice, MailOut, Message, User
from accounts.models.notices import Channel
from accounts.notices import register


def tell(user: User | None, kind: str, *, about: dict[str, str] | None = None, mail_out: MailOut | None = None) -> list[Message]:
    """Write the messages of one notice: by email where it is essential, else by what the person chose; perhaps none.

    ``user`` None: to the operator. ``about`` holds ids and words of ours that the text is made from, nothing anybody wrote.
    Raises ``KeyError`` for a kind that is not in the register.
    """
    notice = register()[kind]
    if notice.essential or notice.to == "operator":
        channels = {Channel.EMAIL.value}
    else:
        channels = set(Choice.objects.filter(user=user, kind=kind).values_list("channel", flat=True))
    return [
        Message.objects.create(user=user, kind=kind, channel=channel, about=about or {}, mail_out=mail_out)
        for channel in sorted(channels)
    ]
