"""Sub-processors: who is on the list, who is to join it, and what people say against that (PR-053 to PR-055)."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection, transaction

from accounts import audit
from accounts.flows import mailing
from accounts.models import MailOut, Objection, SubProcessor, User
from ground import clock, companies, egress, guarding
from ground.errors import BadInput, Conflict

ALWAYS, IF_USED, IF_NAMED, NOT_HERE = "always", "if you use it", "if you name it", "not set up here"


@dataclass(frozen=True)
class Entry:
    """One line of the list: what one company does for the service."""

    company: str
    does: str
    data: str
    country: str
    policy: str
    when: str


def entries() -> list[Entry]:
    """The list as it is in force: every declared party, and every entry that was made active; by company."""
    active = list(SubProcessor.objects.exclude(activated_at=None))
    left = {row.replaces for row in active if row.replaces}
    found = [_of_party(party) for party in egress.declared() if not party.joined_later]
    found = [entry for entry in found if entry.company not in left]
    found += [
        Entry(row.company, row.does, row.data, row.country, row.policy, ALWAYS) for row in active if row.company not in left
    ]
    return sorted(found, key=lambda entry: (entry.company.casefold(), entry.does))


def to_come() -> list[SubProcessor]:
    """Changes that were announced and are not active yet, the soonest first."""
    return list(SubProcessor.objects.filter(activated_at=None).select_related("mail_out").order_by("mail_out__effective_at"))


def parties_to_join() -> list[str]:
    """Declared parties that joined later and have no entry yet: code that is there and may not call."""
    known = set(SubProcessor.objects.values_list("party", flat=True))
    return [party.name for party in egress.declared() if party.joined_later and party.name not in known]


def announce(row: SubProcessor, *, letter: MailOut, actor: User) -> SubProcessor:
    """Store the change and tell everybody of it by this letter, at least 30 days before.

    Raises ``BadInput`` for a letter that leaves less time and for a party that nobody declared, ``Conflict`` for a letter that
    tells of another change.
    """
    if row.party and row.party not in {party.name for party in egress.declared() if party.joined_later}:
        raise BadInput("There is no such party that waits for its entry. Leave the field empty where we call no address.")
    if row.replaces and row.replaces not in {entry.company for entry in entries()}:
        raise BadInput(f"{row.replaces} is not on the list, so nothing can replace it. Write the name as it stands there.")
    with transaction.atomic():
        locked = MailOut.objects.select_for_update().get(pk=letter.pk)
        if SubProcessor.objects.filter(mail_out=locked).exists():
            raise Conflict("This letter tells of another change already. Write one of its own.")
        mailing.announce(locked, actor=actor)
        row.mail_out = locked
        row.save(force_insert=True)
        _note(row, "Announced", actor)
    return row


def why_not_yet(row: SubProcessor) -> str:
    """What keeps the change from being made active, as a sentence; empty when nothing does."""
    if row.activated_at:
        return "It is active already."
    if not mailing.may_take_effect(row.mail_out):
        return "Not everybody was told 30 days ahead yet, or the day has not come."
    waiting = row.objections.filter(seen_at=None).count()
    if waiting:
        return f"{waiting} objection{'s' if waiting > 1 else ''} not read yet. Read {'them' if waiting > 1 else 'it'} first."
    return ""


def activate(pk: uuid.UUID, *, actor: User) -> SubProcessor:
    """Put the change on the list; calls to its party are let through from now on. Raises ``Conflict`` with the reason."""
    with transaction.atomic():
        row = SubProcessor.objects.select_for_update(of=("self",)).select_related("mail_out").get(pk=pk)
        if why := why_not_yet(row):
            raise Conflict(f"{row.company} was not made active. {why}")
        row.activated_at = clock.now()
        row.save(update_fields=["activated_at"])
        _note(row, "Active", actor)
    return row


def withdraw(pk: uuid.UUID, *, actor: User) -> None:
    """Give the change up, with what was said against it. Raises ``Conflict`` once it is active."""
    with transaction.atomic():
        row = SubProcessor.objects.select_for_update(of=("self",)).get(pk=pk)
        if row.activated_at:
            raise Conflict(f"{row.company} is active. Announce another company in its place.")
        _note(row, "Given up", actor)
        row.delete()


def object_to(row: SubProcessor, *, user: User, words: str) -> Objection:
    """Store what this person says against the change; a second time replaces the first, and is unread again.

    Raises ``BadInput`` for no words, ``Conflict`` once the change is active or given up.
    """
    cleaned = guarding.cleaned(user.workspace.pk, words.strip())[:5000]
    if not cleaned:
        raise BadInput("Say what you object to; one sentence is enough.")
    with transaction.atomic():
        locked = SubProcessor.objects.select_for_update().filter(pk=row.pk).first()
        if locked is None or locked.activated_at:
            raise Conflict("This change is not open any more, so nothing was stored. Write to us instead.")
        objection, made = Objection.objects.update_or_create(
            sub_processor=locked, user=user, defaults={"words": cleaned, "seen_at": None}
        )
        if made:
            audit.record(
                user.workspace,
                audit.Action.OBJECTION_MADE,
                actor=user,
                means=audit.Means.SESSION,
                about=locked.pk,
                label=locked.company[:40],
            )
    return objection


def read(row: SubProcessor) -> list[Objection]:
    """All objections to a change, read by an operator from now on."""
    found = list(row.objections.select_related("user"))
    row.objections.filter(pk__in=[objection.pk for objection in found], seen_at=None).update(seen_at=clock.now())
    return found


def is_active(party: str) -> bool:
    """Whether a party that joined later may be called: for ``ground.egress.gate``. Also within an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _has_active_entry(party)
    # Django lets no database be asked in the thread of a loop. Only calls to parties that joined later come here.
    with ThreadPoolExecutor(max_workers=1) as aside:
        return aside.submit(_has_active_entry, party, last=True).result()


def _has_active_entry(party: str, *, last: bool = False) -> bool:
    try:
        return SubProcessor.objects.filter(party=party).exclude(activated_at=None).exists()
    finally:
        if last:
            connection.close()


def _of_party(party: egress.Party) -> Entry:
    company = companies.behind(party.name)
    does, product = ", ".join(party.purposes), party.name.partition(" (")[0]
    said = f"{does[:1].upper()}{does[1:]}" + (f" ({product})" if product != company.name else "")
    return Entry(company.name, said, party.data, party.country, company.policy, _when(party))


def _when(party: egress.Party) -> str:
    if party.hosts is None:
        return IF_NAMED
    if party.called and not any(party.hosts()):
        return NOT_HERE
    return IF_USED if party.optional else ALWAYS


def _note(row: SubProcessor, what: str, actor: User) -> None:
    audit.record(
        None,
        audit.Action.OPERATOR_PUBLISHED,
        actor=actor,
        means=audit.Means.OPERATOR,
        about=row.pk,
        label=f"{what}: {row.company}"[:40],
    )
