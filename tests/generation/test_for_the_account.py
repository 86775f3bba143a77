"""Agents write the documentation of a finished interview, and two accounts at once keep apart (S-026, N-59)."""

from __future__ import annotations

import io
import threading
import zipfile
from fnmatch import fnmatch

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from accounts.models import User
from billing.purses import UnmeteredPurse
from generation.flows import ringing, running, starting
from generation.models import Package, Run, Step
from ground import agents
from interviews.flows import answering, closing, opening

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promise("S-026")]
SAID = "{0} book online. The desk sends a reminder 24 hours before. Nobody sees the data of another one of the {0}."
WORDS = {"alice": "Kingfishers", "charlie": "Woodpeckers"}


def begun(owner: User, word: str) -> Run:
    """A finished interview of this owner, and its run that nobody has worked on yet."""
    interview = opening.open_interview(workspace=owner.workspace, title=f"Desk of the {word}")
    answering.store_answer(interview.questions.get(), text=SAID.format(word))
    answering.reply_now(interview, purse=UnmeteredPurse(owner.workspace.pk), provider="offline")
    closing.close(interview, because="Enough.")
    interview.refresh_from_db()
    with ringing.silence():
        return starting.start(interview, provider="offline", actor=owner)


def states(run: Run) -> tuple[str, set[str]]:
    return Run.objects.get(pk=run.pk).state, set(Step.objects.filter(run=run).values_list("state", flat=True))


def files_of(run: Run) -> dict[str, str]:
    """The package, without the folder that all of it lies in."""
    with default_storage.open(Package.objects.get(run=run).blob) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        return {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}


def test_two_accounts_at_once_each_get_a_package_of_their_own(alice: User, charlie: User) -> None:
    runs = {"alice": begun(alice, WORDS["alice"]), "charlie": begun(charlie, WORDS["charlie"])}
    assert {states(run)[0] for run in runs.values()} == {"waiting"}
    seen: dict[str, list[str]] = {name: ["waiting"] for name in runs}
    gate = threading.Barrier(2)

    def work(name: str) -> None:
        """As a worker does it: one step after the other, beside the worker of the other account."""
        try:
            gate.wait(timeout=60)
            while ready := Step.objects.filter(run=runs[name], state=Step.State.READY).order_by("position").first():
                running.work(str(ready.pk))
                seen[name].append(states(runs[name])[0])
        finally:
            connections.close_all()

    with ringing.silence():
        threads = [threading.Thread(target=work, args=(name,)) for name in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
    for name, run in runs.items():
        moves = [state for place, state in enumerate(seen[name]) if place == 0 or state != seen[name][place - 1]]
        assert moves == ["waiting", "running", "done"]
        assert states(run) == ("done", {"done"})
        files = files_of(run)
        mine, other = WORDS[name], WORDS["charlie" if name == "alice" else "alice"]
        assert any(mine.lower() in text.lower() for text in files.values())
        assert not [path for path, text in files.items() if other.lower() in text.lower()]
        left = {agent.key for agent in agents.agents() if any(fnmatch(path, one) for path in files for one in agent.leaves)}
        assert left == {agent.key for agent in agents.agents()}, "each agent of the register left something"
        deciding = {agent.key for agent in agents.working_in("decide")}
        assert deciding <= set(Step.objects.filter(run=run).values_list("key", flat=True))
    assert Package.objects.visible_to(alice).get().run == runs["alice"]
    assert not Package.objects.visible_to(charlie).filter(run=runs["alice"]).exists()
