"""What a run will need, before it begins: shown to the owner, and held against the limits."""

from __future__ import annotations

import importlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django.db.models import Sum

from billing.flows import allowing
from billing.flows.allowing import Allowance
from billing.rules import caps
from billing.rules.caps import Cap
from billing.rules.money import dollars
from generation.flows.freezing import evidence_of
from generation.models import Package
from generation.rules import estimating, graph
from generation.rules.content import Evidence
from generation.rules.contracts import written_documents
from generation.rules.estimating import Asked, RunEstimate
from ground import clock
from interviews.models import Interview
from llm import keys, pricing, prompting, schemas, tiers
from llm.calls import Call
from llm.errors import Usage
from llm.purse import OutOfCredit


@dataclass(frozen=True)
class Outlook:
    """The estimate of one run, and the limits it would run under."""

    estimate: RunEstimate
    caps: list[Cap]
    """Per run and per month, with what is left of each now."""
    refused: str
    """Why it may not begin; empty when it may."""
    allowance: Allowance
    """What the plan still holds."""

    @property
    def tightest(self) -> Cap | None:
        """The limit that leaves least."""
        return min(self.caps, key=lambda cap: cap.left, default=None)


def outlook(interview: Interview, *, evidence: Evidence | None = None, provider: str | None = None) -> Outlook:
    """What a run of ``interview`` that began now would need. ``evidence`` is given where it is frozen already.

    ``provider`` is decided as for the run itself where it is not given.
    """
    writer = keys.provider_for(interview.workspace_id)
    vendor = provider or writer.provider
    allowance = allowing.allowance_of(interview.workspace_id, stored_bytes=stored_bytes(interview.workspace_id))
    if vendor == "offline":
        return Outlook(RunEstimate(), [], allowance.refused, allowance)
    seen = evidence if evidence is not None else evidence_of(interview)
    estimate = estimating.estimate(
        _asked(vendor, own=writer.own, configured=keys.usable(interview.workspace_id)),
        evidence=len(json.dumps(seen.model_dump(mode="json"), ensure_ascii=False)),
        facts=len(seen.facts),
        figures=_figures(),
    )
    held = [Cap(one.span, one.owners, one.amount, Decimal(0), Decimal(0)) for one in allowance.run_limits] + allowance.caps
    return Outlook(estimate, held, allowance.refused or _refusal(estimate, held), allowance)


def admit(interview: Interview, *, evidence: Evidence, provider: str) -> None:
    """Return when a run may begin. Raises ``OutOfCredit`` when a limit leaves less than the run needs at the least.

    The number of the plan is not looked at: that was counted already.
    """
    seen = outlook(interview, evidence=evidence, provider=provider)
    if refused := _refusal(seen.estimate, seen.caps):
        raise OutOfCredit(refused, permanent=True)


def stored_bytes(workspace_id: uuid.UUID) -> int:
    """What the packages of a workspace fill."""
    return int(Package.objects.filter(workspace_id=workspace_id).aggregate(all=Sum("size", default=0))["all"])


def _refusal(estimate: RunEstimate, held: list[Cap]) -> str:
    if estimate.is_free:
        return ""
    if estimate.unpriced and (found := caps.refusal(held, None, clock.today())):
        return found.sentence
    short = [cap for cap in held if cap.left < estimate.needed_usd]
    if not short:
        return ""
    cap = min(short, key=lambda one: one.left)
    name = cap.name[0].upper() + cap.name[1:]
    raised = "Raise it under Settings, Usage" if cap.owners else "Ask who runs this service to raise it"
    later = ", or wait for the next month" if cap.span == "month" else ""
    return (
        f"{name} does not reach: {dollars(cap.left)} is left, and this package needs at least {dollars(estimate.needed_usd)}, "
        f"with what is held for a question while it is answered. {raised}{later}. Nothing was begun."
    )


def _asked(provider: str, *, own: bool, configured: set[str]) -> Iterator[Asked]:
    """The model calls of a run, each with the model that answers it."""
    for node in graph.graph(written=written_documents(), rendered=list(graph.NAMES)):
        call = _call(node.key)
        if call is None:
            continue
        vendor = tiers.provider_of(call, provider, own=own, configured=configured)
        model = tiers.model_for(call, vendor)
        yield Asked(
            key=node.key,
            needs=node.needs,
            vendor=vendor,
            model=model,
            instructions=_instructions(call),
            most_out=call.max_tokens + pricing.THINKING_ROOM,
            cost=_cost_of(vendor, model),
            reserve=partial(_reserve, model, call.max_tokens),
            title=_title(node),
        )


def _title(node: graph.Node) -> str:
    document = graph.name(graph.argument(node.key)) if node.kind == "prose" else node.title
    return f"{document[:1].upper()}{document[1:]}"


def _cost_of(vendor: str, model: str) -> estimating.Cost:
    def cost(fresh: int, cached: int, written: int, out: int) -> Decimal | None:
        if vendor == "scripted":
            return Decimal(0)
        return pricing.cost_usd(model, Usage(fresh, out, cached, written))

    return cost


def _reserve(model: str, most_out: int, characters: int) -> Decimal | None:
    return pricing.estimate_usd(model, characters=characters, tokens_out=most_out)


def _call(key: str) -> Call[Any, Any] | None:
    """The call that the step ``key`` asks; None for steps that ask none. Agents are large, so they are imported here."""
    call: Call[Any, Any]
    if key in graph.DECIDING:
        call = getattr(importlib.import_module(f"generation.calls.{key}"), key.upper())
        return call
    kind = key.partition(":")[0]
    if kind == "prose":
        call = importlib.import_module("generation.calls.prose").PROSE
        return call
    if kind == "review":
        call = importlib.import_module("generation.calls.reviews").REVIEWS[graph.argument(key)]
        return call
    return None


def _instructions(call: Call[Any, Any]) -> int:
    """Characters of what is sent beside the material: the prompt, and the shape of the answer."""
    prompt = prompting.load(call)
    return len(prompt.system) + len(prompt.user) + len(json.dumps(schemas.strict(call.output)))


@cache
def _figures() -> estimating.Figures:
    return estimating.read()
