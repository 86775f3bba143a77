"""The one way to a model: redact, ask the purse, call, check, repair once, account.

    render -> redact -> purse -> ledger (asked) -> adapter -> check -> [repair once] -> ledger (answered or failed) -> purse

The ledger row is written before anything is sent and again at the end, so a crash leaves a row that says what was in flight. No
database connection is held while a vendor answers. Failed attempts are booked like good ones: they are paid too.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from django.conf import settings
from django.db import connections, transaction
from pydantic import BaseModel, ValidationError

from ground import clock
from ground.errors import NotConfigured, SpecStepError
from llm import pricing, prompting, schemas
from llm.adapters import offline
from llm.adapters.base import Adapter, Reply, Request, Turn
from llm.calls import Call
from llm.errors import ModelBusy, ModelFailed, OutOfTime, RedactionFailed, Usage
from llm.models import Exchange, ModelCall, RedactionCount
from llm.purse import Purse
from llm.redaction.replacing import Redaction

I = TypeVar("I", bound=BaseModel)  # noqa: E741
O = TypeVar("O", bound=BaseModel)  # noqa: E741

PROVIDERS = ("offline", "anthropic", "openai", "scripted")
ATTEMPTS = 5
"""Most often one message is sent after temporary failures."""
LONGEST_WAIT = 30.0
"""Seconds. A vendor that asks for more is not waited for here: the call fails as busy and says how long."""
LONGEST_PAYLOAD = 8_000_000
"""Characters. Longer material is refused before the search for secrets, which would take too long to be sure."""
THINKING_ROOM = 16_000
"""Tokens beside the answer's own limit: both vendors count a model's thinking as output."""
MOST_FAULTS = 30
def ask(call: Call[I, O], data: I, *, purse: Purse, provider: str | None = None, key: str = "", part: str = "") -> O:
    """The checked answer of a model, or of the rule-based agent, to ``call`` with ``data``.

    ``provider`` is one of ``PROVIDERS``, by default ``settings.LLM_PROVIDER``. With a ``key`` the call is idempotent: the same
    key with the same prompt gives the stored answer and costs nothing. Raises ``OutOfCredit`` before anything is sent,
    ``ModelFailed`` or one of its kinds when there is no good answer, ``BadPrompt`` for a fault in our files, ``NotConfigured``
    for a missing key.
    """
    provider = provider or settings.LLM_PROVIDER
    if provider not in PROVIDERS:
        raise NotConfigured(
            f"There is no model provider {provider!r}. LLM_PROVIDER is one of {', '.join(PROVIDERS)}.", permanent=True
        )
    if provider == "offline":
        return _ask_agent(call, data, purse=purse, key=key, part=part)
    return _ask_model(call, data, purse=purse, provider=provider, key=key, part=part)


def _ask_agent(call: Call[I, O], data: I, *, purse: Purse, key: str, part: str) -> O:
    """Nothing leaves and nothing is paid, but the purse is asked, the answer checked and the ledger kept as for a model."""
    digest = _digest("offline", call.name, call.version, data.model_dump_json())
    stored = _stored(call, purse, key, digest)
    if stored is not None:
        return stored
    purse.authorize(call=call.name, estimate_usd=Decimal(0))
    entry = _open(call, purse, key, part, provider="offline", model="", digest=digest)
    try:
        output = offline.answer(call, data)
        faults = call.check(data, output) if call.check else []
        if faults:
            raise ModelFailed(f"The rule-based agent of {call.name} gave an answer with faults: {_listed(faults)}")
    except Exception as error:
        _close(
            entry,
            trouble=str(error) if isinstance(error, SpecStepError) else f"The rule-based agent of {call.name} broke.",
            attempts=1,
        )
        raise
    _close(entry, output=output, attempts=1)
    return output


def _ask_model(call: Call[I, O], data: I, *, purse: Purse, provider: str, key: str, part: str) -> O:
    model = settings.LLM_MODELS.get((provider, call.tier), provider)
    redaction = Redaction()
    prompt = prompting.load(call)
    # The model sees the input without secrets, and the checks compare with what it saw.
    sent = call.input.model_validate(_clean(data.model_dump(mode="json"), redaction))
    rendered = prompting.render(prompt, sent)
    # The title lets a compatible server, such as the one in the tests, know the call by its schema.
    schema = {"title": call.name, **schemas.strict(call.output)}
    system, user = _clean(rendered.system, redaction), _clean(rendered.user, redaction)
    digest = _digest(provider, model, call.name, call.version, system, user, schema)
    stored = _stored(call, purse, key, digest)
    if stored is not None:
        return stored

    adapter = _adapter(provider)
    estimate = pricing.estimate_usd(model, characters=len(system) + len(user), tokens_out=call.max_tokens)
    purse.authorize(call=call.name, estimate_usd=estimate)
    entry = _open(call, purse, key, part, provider=provider, model=model, digest=digest)
    request = Request(
        call=call.name,
        model=model,
        system=system,
        turns=(Turn("user", user),),
        schema=schema,
        max_tokens=call.max_tokens + THINKING_ROOM,
        deadline=time.monotonic() + call.deadline_seconds,
    )
    talk = _Talk(adapter)
    try:
        output = talk.checked(call, sent, request, redaction)
    except Exception as error:
        trouble = (
            str(error) if isinstance(error, SpecStepError) else "The call broke for a reason we did not foresee. It is reported."
        )
        _settle(entry, talk, purse, redaction, trouble=trouble)
        raise
    _settle(entry, talk, purse, redaction, output=output)
    return output


class _Talk:
    """The attempts of one call and what they cost together."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.attempts = 0
        self.repaired = False
        self.usage = Usage()
        self.model = ""
        self.request_id = ""

    def checked(self, call: Call[I, O], data: I, request: Request, redaction: Redaction) -> O:
        """A good answer, after one repair turn at most."""
        reply = self.patient(request)
        output, faults = _read(call, data, reply.text)
        if output is not None:
            return output
        self.repaired = True
        wish = (
            "Your answer has these faults:\n"
            + "\n".join(f"- {fault}" for fault in faults[:MOST_FAULTS])
            + "\n\nSend the whole answer again with the faults mended and the rest unchanged."
        )
        turns = (
            *request.turns,
            Turn("assistant", _clean(reply.text, redaction) or "(empty)"),
            Turn("user", _clean(wish, redaction)),
        )
        reply = self.patient(replace(request, turns=turns))
        output, faults = _read(call, data, reply.text)
        if output is None:
            raise ModelFailed(
                f"The model's answer to {call.name} had faults, also after it was asked to mend them: {_listed(faults)}"
            )
        return output

    def patient(self, request: Request) -> Reply:
        """One message, sent again after temporary failures until an attempt succeeds or time, attempts or patience end."""
        for attempt in range(1, ATTEMPTS + 1):
            request.seconds_left()
            self.attempts += 1
            if self.adapter.outside:
                release_connections()
            try:
                reply = self.adapter.answer(request)
            except ModelFailed as failure:
                self.usage += failure.usage
                self.request_id = failure.request_id or self.request_id
                if failure.permanent or isinstance(failure, OutOfTime) or attempt == ATTEMPTS:
                    raise
                self._wait(failure, attempt, request)
                continue
            self.usage += reply.usage
            self.model, self.request_id = reply.model or self.model, reply.request_id or self.request_id
            return reply
        raise AssertionError("unreachable")

    def _wait(self, failure: ModelFailed, attempt: int, request: Request) -> None:
        # Jitter spreads the calls of many workers that were refused at the same moment.
        pause = settings.LLM_FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311  # not for secrecy
        pause = max(pause, failure.retry_after or 0.0)
        if pause > LONGEST_WAIT:
            raise ModelBusy(
                f"The model vendor asks us to wait {pause:.0f} seconds. Try again after that; nothing that was written is lost.",
                request_id=self.request_id,
                retry_after=pause,
            ) from failure
        if pause >= request.seconds_left():
            # Waiting would outlast the call: its own failure says more than "out of time".
            raise failure
        time.sleep(pause)


def release_connections() -> None:
    """Give the database connections of this thread back before waiting for somebody outside.

    One inside a transaction is kept: the caller holds it open and knows why (tests do).
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _adapter(provider: str) -> Adapter:
    if provider == "anthropic":
        from llm.adapters.anthropic import AnthropicAdapter

        return AnthropicAdapter()
    if provider == "openai":
        from llm.adapters.openai import OpenAIAdapter

        return OpenAIAdapter()
    from llm.adapters.scripted import ScriptedAdapter

    return ScriptedAdapter()


# --- redaction ------------------------------------------------------------------------------------------------------------


def _clean(data: Any, redaction: Redaction) -> Any:
    """``data`` with every string in it cleaned, keys included. Fails closed: what cannot be searched is not sent."""
    try:
        return _walk(data, redaction)
    except RedactionFailed:
        raise
    except Exception as error:
        raise RedactionFailed from error


def _walk(data: Any, redaction: Redaction) -> Any:
    if isinstance(data, str):
        if len(data) > LONGEST_PAYLOAD:
            raise RedactionFailed(
                f"The material has more than {LONGEST_PAYLOAD:,} characters, too many to search for secrets. Nothing was sent. "
                "Remove some of it."
            )
        return redaction.clean(data)
    if isinstance(data, dict):
        return {redaction.clean(name) if isinstance(name, str) else name: _walk(value, redaction) for name, value in data.items()}
    if isinstance(data, list):
        return [_walk(value, redaction) for value in data]
    return data


_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.DOTALL)
"""Some compatible servers wrap the JSON in a code fence; that is no reason to pay for a repair."""


# --- answers ----------------------------------------------------------------------------------------------------------------


def _read(call: Call[I, O], data: I, text: str) -> tuple[O | None, list[str]]:
    """The output, or the faults that keep the text from being one."""
    try:
        output = call.output.model_validate_json(_FENCED.sub(r"\1", text.strip()))
    except ValidationError as error:
        return None, [_in_words(fault) for fault in error.errors(include_url=False, include_context=False, include_input=False)]
    faults = call.check(data, output) if call.check else []
    return (None, faults) if faults else (output, [])


def _in_words(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])


def _listed(faults: list[str]) -> str:
    rest = len(faults) - 3
    return "; ".join(faults[:3]) + (f"; and {rest} more." if rest > 0 else ".")


# --- ledger -----------------------------------------------------------------------------------------------------------------


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _stored(call: Call[Any, O], purse: Purse, key: str, digest: str) -> O | None:
    """The answer that was paid for under this key and prompt, None when there is none."""
    if not key:
        return None
    found = Exchange.objects.filter(workspace_id=purse.workspace_id, key=key, prompt_sha256=digest).exclude(output=None).first()
    if found is None:
        return None
    try:
        return call.output.model_validate(found.output)
    except ValidationError:
        # The shape has changed since without a new version of the call: ask again.
        return None


def _open(call: Call[Any, Any], purse: Purse, key: str, part: str, *, provider: str, model: str, digest: str) -> ModelCall:
    """The ledger row of a call that is about to be sent, committed."""
    with transaction.atomic():
        entry = ModelCall.objects.create(
            workspace_id=purse.workspace_id,
            call=call.name,
            version=call.version,
            tier=call.tier,
            subject=purse.subject,
            part=part,
            provider=provider,
            model=model,
            started_at=clock.now(),
        )
        if key:
            Exchange.objects.update_or_create(
                workspace_id=purse.workspace_id, key=key, defaults={"prompt_sha256": digest, "output": None, "call": entry}
            )
        return entry


def _settle(
    entry: ModelCall, talk: _Talk, purse: Purse, redaction: Redaction, *, output: BaseModel | None = None, trouble: str = ""
) -> None:
    """Write the end of a model call into the ledger and book its cost."""
    model = talk.model or entry.model
    cost = Decimal(0) if talk.model == "scripted" else pricing.cost_usd(entry.model, talk.usage)
    entry.model = model[:80]
    entry.tokens_in, entry.tokens_out = talk.usage.tokens_in, talk.usage.tokens_out
    entry.tokens_cached, entry.tokens_cache_written = talk.usage.tokens_cached, talk.usage.tokens_cache_written
    entry.cost_usd = cost
    RedactionCount.objects.bulk_create(
        RedactionCount(call=entry, kind=kind, count=count) for kind, count in redaction.counts.items()
    )
    _close(entry, output=output, trouble=trouble, attempts=talk.attempts, repaired=talk.repaired)
    if talk.usage != Usage():
        purse.spend(call=entry.call, cost_usd=cost or Decimal(0))


def _close(
    entry: ModelCall, *, output: BaseModel | None = None, trouble: str = "", attempts: int, repaired: bool = False
) -> None:
    entry.state = ModelCall.State.FAILED if trouble else ModelCall.State.ANSWERED
    good = ModelCall.Outcome.REPAIRED if repaired else ModelCall.Outcome.ANSWERED
    entry.outcome = ModelCall.Outcome.OURS if trouble else good
    entry.attempts, entry.finished_at = attempts, clock.now()
    with transaction.atomic():
        entry.save()
        if output is not None:
            Exchange.objects.filter(call=entry).update(output=output.model_dump(mode="json"))
