"""Versions of policies: which text is in force, and how a new one comes into force (S-001, S-006, P1-002)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.flows import mailing
from accounts.models import MailOut, PolicyVersion, User
from accounts.policies import shipped
from accounts.rules import wording
from ground import clock
from ground.errors import BadInput, Conflict

DOCUMENTS = {document.value: str(document.label) for document in PolicyVersion.Document}


@dataclass(frozen=True)
class Version:
    """A version as pages show it, whether it came as a file or from the console."""

    document: str
    dated: dt.date
    effective_at: dt.datetime
    material: bool
    summary: str
    text: str
    in_force: bool
    """Its time has come, and everybody was told where that was needed."""
    row: PolicyVersion | None = None

    @property
    def title(self) -> str:
        return DOCUMENTS[self.document]


def versions(document: str) -> list[Version]:
    """Every version there is, the oldest first; those to come are at the end. Raises ``KeyError`` for an unknown document."""
    DOCUMENTS[document]
    first = shipped(document)[0]
    begin = dt.datetime.combine(first.dated, dt.time(), tzinfo=dt.UTC)
    found = [Version(document, first.dated, begin, material=False, summary="The first version.", text=first.text, in_force=True)]
    rows = PolicyVersion.objects.filter(document=document).select_related("mail_out").order_by("effective_at")
    return found + [_version(row) for row in rows]


def in_force(document: str) -> Version:
    """The version that binds now. A material one whose letters are not all out is not it, however late it is (S-006)."""
    return [version for version in versions(document) if version.in_force][-1]


def announced(document: str) -> list[Version]:
    """Versions that are to come, or that wait for their letters."""
    return [version for version in versions(document) if not version.in_force]


def values() -> dict[str, str]:
    """What stands for the marks of a text (``accounts.rules.wording.VALUES``)."""
    return {
        "operator": settings.OPERATOR_NAME,
        "operator_form": settings.OPERATOR_FORM,
        "operator_site": settings.OPERATOR_SITE,
        "host": settings.SERVICE_HOST,
        "contact": settings.CONTACT_EMAIL,
        "privacy_email": settings.PRIVACY_EMAIL,
        "security_email": settings.SECURITY_EMAIL,
        "dpa_email": settings.DPA_EMAIL,
        "region": f"the region {settings.AZURE_REGION}" if settings.AZURE_REGION else "regions in the United States",
    }


def publish(
    document: str, *, text: str, summary: str, actor: User, material: bool, letter: MailOut | None = None
) -> PolicyVersion:
    """Put a version on its way.

    A material change needs its letter: it is sent at once where it is still a draft, names the time of effect, and the version
    comes into force then if every letter is out. Any other change is in force from now, under today's date.

    Raises ``BadInput`` for a text that cannot be published, a material change without a letter, and a letter that leaves less
    than 30 days; ``Conflict`` where the day is taken by another version or the letter by another change.
    """
    if found := wording.faults(text, document=document):
        raise BadInput(" ".join(found))
    if not summary.strip():
        raise BadInput("Say in one sentence what changes: people read it in the list of versions.")
    if text.strip() == in_force(document).text.strip():
        raise BadInput("This is the text that is in force already. Change it, then publish it.")
    if material and letter is None:
        raise BadInput("A material change needs its letter: without one it cannot take effect. Write a policy letter first.")
    with transaction.atomic():
        effective_at = mailing.announce(letter, actor=actor) if material and letter else clock.now()
        day = effective_at.astimezone(dt.UTC).date()
        if day in {version.dated for version in versions(document)}:
            raise Conflict(f"There is a version of {day:%d %B %Y} already. Its date is its name, so take another day.")
        row = PolicyVersion(
            document=document,
            dated=day,
            effective_at=effective_at,
            material=material,
            summary=summary.strip(),
            text=text.replace("\r\n", "\n"),
            mail_out=letter if material else None,
        )
        _save(row)
        audit.record(
            None,
            audit.Action.OPERATOR_PUBLISHED,
            actor=actor,
            means=audit.Means.OPERATOR,
            about=row.pk,
            label=f"{DOCUMENTS[document]}, {day}"[:40],
        )
    return row


def withdraw(pk: uuid.UUID, *, actor: User) -> None:
    """Take back a version that is not in force. Its letter stays as it was sent. Raises ``Conflict`` once it is in force."""
    with transaction.atomic():
        row = PolicyVersion.objects.select_for_update(of=("self",)).select_related("mail_out").get(pk=pk)
        if _version(row).in_force:
            raise Conflict("This version is in force. Publish another one to replace it.")
        audit.record(
            None,
            audit.Action.OPERATOR_PUBLISHED,
            actor=actor,
            means=audit.Means.OPERATOR,
            about=row.pk,
            label=f"Withdrawn: {DOCUMENTS[row.document]}, {row.dated}"[:40],
        )
        row.delete()


def _save(row: PolicyVersion) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            f"There is a version of {row.dated:%d %B %Y} already. Its date is its name, so take another day."
        ) from error


def _version(row: PolicyVersion) -> Version:
    told = mailing.may_take_effect(row.mail_out) if row.material else True
    return Version(
        document=row.document,
        dated=row.dated,
        effective_at=row.effective_at,
        material=row.material,
        summary=row.summary,
        text=row.text,
        in_force=row.effective_at <= clock.now() and told,
        row=row,
    )
