"""A real package, written offline from one answer."""

from __future__ import annotations

from accounts.models import User
from billing.purses import UnmeteredPurse
from generation.flows import running, starting
from generation.models import Package
from interviews.flows import answering, closing, opening

SAID = (
    "Patients book online. The Desk sends a reminder 24 hours before. Nobody sees the data of another patient. "
    "It must never lose a booking."
)


def written(owner: User) -> Package:
    """Interview, run and package of ``owner``, without a model and in about three seconds."""
    interview = opening.open_interview(workspace=owner.workspace, title="Desk: “day & night”")
    answering.store_answer(interview.questions.get(), text=SAID)
    answering.reply_now(interview, purse=UnmeteredPurse(owner.workspace.pk), provider="offline")
    closing.close(interview, because="Enough.")
    interview.refresh_from_db()
    run = running.drive(starting.start(interview, provider="offline"))
    return Package.objects.get(run=run)
