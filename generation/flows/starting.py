"""A run begins: the ledger is frozen and every step is a row before any worker is asked."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from billing.flows import metering
from generation.flows import estimating, recording
from generation.flows.freezing import evidence_of, sha256_of
from generation.models import Run, Step
from generation.rules import graph
from generation.rules.contracts import written_documents
from generation.signals import run_started
from ground import clock, crashpoints, stream
from ground.errors import Conflict
from ground.rows import new_id
from interviews.models import Interview
from llm.keys import provider_for


def start(
    interview: Interview, *, provider: str | None = None, actor: User | None = None, means: audit.Means | None = None
) -> Run:
    """Freeze the interview and start writing its package. ``actor`` is who starts it, None for the command line.

    Raises ``Conflict`` when the interview is still open or a run of it is under way, ``QuotaReached`` when the plan holds no more
    generations, ``OutOfCredit`` when a limit leaves less than the run needs at the least. No model is asked then.
    """
    if interview.is_open:
        raise Conflict("The interview is still open. Stop it first, so that what is written cannot change under it.")
    with transaction.atomic():
        # The interview's row is locked, so that two starts at the same moment come one after the other.
        Interview.objects.select_for_update().get(pk=interview.pk)
        if interview.runs.filter(state__in=[Run.State.WAITING, Run.State.RUNNING]).exists():
            raise Conflict("A package of this interview is being written already. Its page shows how far it is.")
        run_id = new_id()
        metering.take(interview.workspace, run_id, stored_bytes=estimating.stored_bytes(interview.workspace_id))
        evidence = evidence_of(interview)
        writer = provider_for(interview.workspace_id)
        provider = provider or writer.provider
        estimating.admit(interview, evidence=evidence, provider=provider)
        run = Run.objects.create(
            pk=run_id,
            workspace_id=interview.workspace_id,
            interview=interview,
            number=(interview.runs.aggregate(last=Max("number"))["last"] or 0) + 1,
            profile=interview.profile,
            provider=provider,
            own_key=writer.own and provider != "offline",
            evidence=evidence.model_dump(mode="json"),
            evidence_sha256=sha256_of(evidence),
            frozen_at=clock.now(),
        )
        nodes = graph.graph(written=written_documents(), rendered=list(graph.NAMES))
        Step.objects.bulk_create(
            Step(
                run=run,
                key=node.key,
                kind=node.kind,
                lane=node.lane,
                title=node.title,
                position=place,
                needs=list(node.needs),
            )
            for place, node in enumerate(nodes)
        )
        audit.record(run.workspace, audit.Action.RUN_STARTED, actor=actor, means=means, about=run.pk)
        stream.append(run.stream, "news", step="", text="Writing has begun.")
        recording.make_ready(run)
        run_started.send(sender=Run, run=run)
        crashpoints.reached("start.before-commit")
    return run


def retry(run: Run) -> Run:
    """Try the failed and cancelled steps again; what is done stays done.

    A run that was given back to the plan when it failed counts again. Raises ``Conflict`` when the run did not fail and was not
    cancelled, or another one is under way, ``QuotaReached`` when the plan holds no more.
    """
    with transaction.atomic():
        interview = Interview.objects.select_for_update().filter(pk=run.project, deleted_at=None).first()
        if interview is None:
            raise Conflict("The interview of this run was deleted, so the run cannot go on.")
        locked = recording.locked(run.pk)
        if locked is None or locked.state not in {Run.State.FAILED, Run.State.CANCELLED}:
            raise Conflict("This run has not stopped. Reload the page to see how it stands.")
        if interview.runs.filter(state__in=[Run.State.WAITING, Run.State.RUNNING]).exists():
            raise Conflict("Another package of this interview is being written. Wait for it or stop it first.")
        metering.take_again(locked.workspace, locked.pk, stored_bytes=estimating.stored_bytes(locked.workspace_id))
        locked.steps.exclude(state=Step.State.DONE).update(
            state=Step.State.WAITING,
            tries=0,
            lease_until=None,
            owner="",
            not_before=None,
            parked_since=None,
            trouble="",
            finished_at=None,
        )
        locked.state, locked.finished_at, locked.trouble = Run.State.WAITING, None, ""
        locked.save(update_fields=["state", "finished_at", "trouble"])
        stream.append(locked.stream, "news", step="", text="Writing goes on.")
        recording.make_ready(locked)
        recording.meter(locked)
    run.refresh_from_db()
    return run
