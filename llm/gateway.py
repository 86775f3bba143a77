"""The one way to a model: redact, ask the purse, call, check, repair once, account.

    render -> redact -> fit -> claim (purse, ledger) -> vendor -> redact -> check -> [repair once] -> settle (ledger, purse,
    answer)

The ledger row and the claim on the key are committed before anything is sent and ended in one transaction, so a crash leaves rows
that say what was in flight, and nobody pays twice. No database connection is held while a vendor answers. Failed attempts are
booked like good ones: they are paid too.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.conf import settings
from pydantic import BaseModel, ValidationError

from ground import clock
from ground.connections import release_connections
from ground.errors import NotConfigured
from llm import exchanges, fitting, keys, observing, pricing, prompting, schemas, tiers
from llm.adapters import offline
from llm.adapters.base import Adapter, Reply, Request, Turn
from llm.calls import Call
from llm.errors import (
    AnswerCutOff,
    Faulty,
    ModelBusy,
    ModelRefused,
    OutOfTime,
    RedactionFailed,
    Rejected,
    Stopped,
    StreamBroken,
    TooLong,
    Usage,
    VendorOut,
)
from llm.exchanges import Answered, Claimed, Held, Question
from llm.loop import Stop
from llm.models import ModelCall
from llm.prompting import Rendered
from llm.purse import Purse
from llm.redaction.payload import clean_json
from llm.redaction.replacing import Redaction
from llm.redaction.streaming import Scanner
from llm.redaction_keys import redaction_for
from llm.talking import Place, Talk
from llm.warming import Prefix

__all__ = ["PROVIDERS", "Stop", "ask", "release_connections"]

I = TypeVar("I", bound=BaseModel)  # noqa: E741
O = TypeVar("O", bound=BaseModel)  # noqa: E741

PROVIDERS = ("offline", "anthropic", "openai", "scripted")
LONGEST_PAYLOAD = 8_000_000
"""Characters. Longer material is refused before the search for secrets, which would take too long to be sure."""
THINKING_ROOM = pricing.THINKING_ROOM
MOST_LIGHTER = 4
"""How often material that does not fit is made lighter before we say so."""
MOST_FAULTS = 30
LOOK_SECONDS = 0.25
"""Between two looks at a question that somebody else asks."""

OUTCOMES: tuple[tuple[type[Exception], ModelCall.Outcome], ...] = (
    (Stopped, ModelCall.Outcome.CANCELLED),
    (StreamBroken, ModelCall.Outcome.BROKEN),
    (ModelBusy, ModelCall.Outcome.BUSY),
    (OutOfTime, ModelCall.Outcome.LATE),
    (AnswerCutOff, ModelCall.Outcome.CUT_OFF),
    (ModelRefused, ModelCall.Outcome.REFUSED),
    (TooLong, ModelCall.Outcome.TOO_LONG),
    (RedactionFailed, ModelCall.Outcome.UNSEARCHED),
    (Rejected, ModelCall.Outcome.REJECTED),
    (Faulty, ModelCall.Outcome.FAULTY),
)
"""By kind of failure, the narrower first; everything else is ours."""
UNHEARD = {ModelCall.Outcome.BROKEN, ModelCall.Outcome.LATE, ModelCall.Outcome.CANCELLED}
"""Ends after which a vendor may bill what it never reported."""


@dataclass(frozen=True)
class _Asking(Generic[I, O]):
    """What is the same for every vendor that may be asked."""

    call: Call[I, O]
    data: I
    purse: Purse
    key: str
    part: str
    stop: Stop


def ask(
    call: Call[I, O],
    data: I,
    *,
    purse: Purse,
    provider: str | None = None,
    key: str = "",
    part: str = "",
    stop: Stop | None = None,
) -> O:
    """The checked answer of a model, or of the rule-based agent, to ``call`` with ``data``.

    ``provider`` is one of ``PROVIDERS``, by default the vendor of the owner's own key, else ``settings.LLM_PROVIDER``. With a
    ``key`` the call is idempotent: the same key with the same prompt gives the stored answer and costs nothing, also when two
    workers ask at once. ``part`` names the step in the ledger. ``stop`` ends the call from another thread.

    Raises ``OutOfCredit`` before anything is sent, ``Stopped``, ``ModelFailed`` or one of its kinds when there is no good answer,
    ``BadPrompt`` for a fault in our files, ``NotConfigured`` for a missing key.
    """
    provider = provider or keys.provider_for(purse.workspace_id).provider
    if provider not in PROVIDERS:
        raise NotConfigured(
            f"There is no model provider {provider!r}. LLM_PROVIDER is one of {', '.join(PROVIDERS)}.", permanent=True
        )
    asking = _Asking(call, data, purse, key, part, stop or Stop())
    asking.stop.check()
    if provider == "offline":
        return _ask_agent(asking)
    if provider == "scripted":
        return _ask_vendor(asking, _Vendor("scripted", "", own=False))
    return _ask_models(asking, provider)


# --- the rule-based agents --------------------------------------------------------------------------------------------------


def _ask_agent(asking: _Asking[I, O]) -> O:
    """Nothing leaves and nothing is paid, but the purse is asked, the answer checked and the ledger kept as for a model."""
    call, data = asking.call, asking.data
    question = Question(asking.purse, asking.key, _digest("offline", call.name, call.version, data.model_dump_json()))
    claimed = _claim(asking, question, provider="offline", estimate_usd=Decimal(0))
    if not isinstance(claimed, Claimed):
        return claimed
    claimed.entry.attempts = 1
    try:
        output = offline.answer(call, data)
        faults = call.check(data, output) if call.check else []
        if faults:
            raise Faulty(f"The rule-based agent of {call.name} gave an answer with faults: {_listed(faults)}")
    except Exception as error:
        exchanges.settle(claimed, question, _outcome(error), secrets={})
        raise
    exchanges.settle(claimed, question, ModelCall.Outcome.ANSWERED, output=output.model_dump(mode="json"), secrets={})
    return output


# --- models -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Vendor:
    """Whom we ask, and with which key. The key is never kept beyond the call."""

    provider: str
    secret: str
    own: bool
    instead_of: str = ""

    def __repr__(self) -> str:
        return f"_Vendor({self.provider}, own={self.own})"

    @property
    def adapter(self) -> Adapter:
        if self.provider == "anthropic":
            from llm.adapters.anthropic import AnthropicAdapter

            return AnthropicAdapter(self.secret)
        if self.provider == "openai":
            from llm.adapters.openai import OpenAIAdapter

            return OpenAIAdapter(self.secret)
        from llm.adapters.scripted import ScriptedAdapter

        return ScriptedAdapter()

    @property
    def lane(self) -> str:
        """Vendor, address and key, without the key."""
        address = {"anthropic": settings.ANTHROPIC_BASE_URL, "openai": settings.OPENAI_BASE_URL}.get(self.provider, "")
        return f"{self.provider} {address} {_digest(self.secret)[:16]}"


def _ask_models(asking: _Asking[I, O], provider: str) -> O:
    """One vendor, and the other one if the owner allows it and the first cannot answer."""
    workspace = asking.purse.workspace_id
    own = keys.own_of(workspace)
    wanted = tiers.provider_of(asking.call, provider, own=asking.purse.own_key, configured=keys.usable(workspace, own))
    found = keys.credential(workspace, wanted, own_only=asking.purse.own_key, own=own)
    first = _Vendor(found.provider, found.secret, found.own)
    try:
        return _ask_vendor(asking, first)
    except (ModelBusy, OutOfTime, VendorOut) as failure:
        other = None if first.own else keys.failover(workspace, first.provider)
        if other is None:
            raise
        try:
            return _ask_vendor(asking, _Vendor(other.provider, other.secret, other.own, instead_of=first.provider))
        except (ModelBusy, OutOfTime, VendorOut):
            # The first one's own failure says what to do: wait, or mend the key.
            raise failure from None


@dataclass(frozen=True)
class _Prepared(Generic[I]):
    """What is sent, without secrets, and the input the model sees in it."""

    data: I
    request: Request
    prefixes: tuple[Prefix, ...]
    dropped: int

    @property
    def characters(self) -> int:
        return len(self.request.system) + len(self.request.material)


def _prepare(asking: _Asking[I, O], data: I, vendor: _Vendor, redaction: Redaction, dropped: int = 0) -> _Prepared[I]:
    """Render what is sent and search it once more. Raises ``RedactionFailed``."""
    call = asking.call
    model = tiers.model_for(call, vendor.provider)
    facts = pricing.of(model)
    # The title lets a compatible server, such as the one in the tests, know the call by its schema.
    schema = {"title": call.schema_title or call.name, **schemas.strict(call.output)}
    rendered = prompting.render(prompting.load(call), data, call)
    rendered = Rendered(
        _clean(rendered.system, redaction),
        tuple(replace(block, text=_clean(block.text, redaction)) for block in rendered.blocks),
    )
    prefixes = tuple(
        Prefix(f"{vendor.lane} {model} {prefix.sha256}", prefix.characters // 4) for prefix in rendered.prefixes(schema)
    )
    cacheable = rendered.is_shared and prefixes[-1].tokens >= facts.cache_minimum
    request = Request(
        call=call.name,
        model=model,
        system=rendered.system,
        blocks=rendered.blocks,
        schema=schema,
        max_tokens=call.max_tokens + THINKING_ROOM,
        mark=cacheable,
        pays_for_writes=facts.price is not None and facts.price.cache_write > facts.price.input,
        cache_key=_digest(prefixes[0].key)[:32] if cacheable else "",
    )
    return _Prepared(data, request, prefixes if cacheable else (), dropped)


def _fitted(call: Call[I, Any], data: I, model: str) -> tuple[I, int]:
    """``data`` without what the model's window cannot hold, and how many passages were dropped. Raises ``TooLong``."""
    window, dropped = pricing.of(model).context_tokens, 0
    for _ in range(MOST_LIGHTER + 1):
        rendered = prompting.render(prompting.load(call), data, call)
        if window is None or _tokens(rendered) + call.max_tokens + THINKING_ROOM <= window:
            return data, dropped
        data, more = _lighter(call, data)
        dropped += more
    raise TooLong


def _size(data: BaseModel) -> int:
    return len(data.model_dump_json())


def _lighter(call: Call[I, Any], data: I) -> tuple[I, int]:
    lighter = call.lighten(data) if call.lighten else None
    if lighter is None:
        raise TooLong
    return lighter


def _tokens(rendered: Rendered) -> int:
    return fitting.estimate_tokens(rendered.system) + sum(fitting.estimate_tokens(block.text) for block in rendered.blocks)


def _ask_vendor(asking: _Asking[I, O], vendor: _Vendor) -> O:
    call = asking.call
    redaction, model, dropped = redaction_for(asking.purse.workspace_id), tiers.model_for(call, vendor.provider), 0
    data = asking.data
    if _size(data) > LONGEST_PAYLOAD:
        # Too long to be searched whole: what does not fit anyway goes first.
        data, dropped = _fitted(call, data, model)
        if _size(data) > LONGEST_PAYLOAD:
            raise RedactionFailed(
                f"The material has more than {LONGEST_PAYLOAD:,} characters, too many to search for secrets. Nothing was sent. "
                "Remove some of it."
            )
    # Searched whole before passages are dropped: one may hold the name of a secret whose value stays. The model sees the input
    # without secrets, and the checks compare with what it saw.
    seen = call.input.model_validate(_clean(data.model_dump(mode="json"), redaction))
    seen, more = _fitted(call, seen, model)
    dropped += more
    prepared = _prepare(asking, seen, vendor, redaction, dropped)
    request = prepared.request
    question = Question(
        asking.purse,
        asking.key,
        # Not of the vendor that stands in: its answer is the answer to the same question.
        _digest(
            vendor.instead_of or vendor.provider,
            call.name,
            call.version,
            prompting.load(call).sha256,
            seen.model_dump_json(),
            request.schema,
        ),
    )
    estimate = pricing.estimate_usd(request.model, characters=prepared.characters, tokens_out=call.max_tokens)
    claimed = _claim(
        asking,
        question,
        provider=vendor.provider,
        model=request.model,
        estimate_usd=Decimal(0) if vendor.provider == "scripted" else estimate,
        own=vendor.own,
        instead_of=vendor.instead_of,
    )
    if not isinstance(claimed, Claimed):
        return claimed
    place = Place(vendor.adapter, vendor.lane, asking.purse.workspace_id, prepared.prefixes, call.deadline_seconds, asking.stop)
    talk = Talk(place, redaction)
    repaired = False
    beating = exchanges.heart.holding(claimed.exchange_id or uuid.uuid4(), lost=asking.stop.set)
    with observing.call(call, vendor.provider, request.model) as seen_by, beating:
        try:
            output, repaired, prepared = _checked(asking, vendor, talk, claimed, prepared)
        except Exception as error:
            _settle(claimed, question, talk, prepared, _outcome(error))
            seen_by.ended(claimed.entry)
            raise
        outcome = ModelCall.Outcome.REPAIRED if repaired else ModelCall.Outcome.ANSWERED
        _settle(claimed, question, talk, prepared, outcome, output)
        seen_by.ended(claimed.entry)
    talk.discard()
    return output


def _checked(
    asking: _Asking[I, O], vendor: _Vendor, talk: Talk, claimed: Claimed, prepared: _Prepared[I]
) -> tuple[O, bool, _Prepared[I]]:
    """A good answer after one repair turn at most, and what was sent for it in the end."""
    note = functools.partial(exchanges.note_response, claimed)
    response_id, call = claimed.response_id, asking.call
    for lighter in range(MOST_LIGHTER + 1):
        try:
            reply = talk.ask(prepared.request, note_response=note, response_id=response_id)
            break
        except TooLong:
            if lighter == MOST_LIGHTER:
                raise
            data, dropped = _lighter(call, prepared.data)
            prepared, response_id = _prepare(asking, data, vendor, talk.redaction, prepared.dropped + dropped), ""
    text = _safe(reply, talk.redaction)
    output, faults = _read(call, prepared.data, text)
    if output is not None:
        return output, False, prepared
    wish = (
        "Your answer has these faults:\n"
        + "\n".join(f"- {fault}" for fault in faults[:MOST_FAULTS])
        + "\n\nSend the whole answer again with the faults mended and the rest unchanged."
    )
    turns = (Turn("assistant", text or "(empty)"), Turn("user", _clean(wish, talk.redaction)))
    talk.discard()
    reply = talk.ask(replace(prepared.request, turns=turns), note_response=note)
    output, faults = _read(call, prepared.data, _safe(reply, talk.redaction))
    if output is None:
        raise Faulty(f"The model's answer to {call.name} had faults, also after it was asked to mend them: {_listed(faults)}")
    return output, True, prepared


# --- claims and ends --------------------------------------------------------------------------------------------------------


def _claim(
    asking: _Asking[I, O],
    question: Question,
    *,
    provider: str,
    estimate_usd: Decimal | None,
    model: str = "",
    own: bool = False,
    instead_of: str = "",
) -> Claimed | O:
    """The right to ask, or the answer. Waits while somebody else asks the same."""
    call, purse = asking.call, asking.purse

    def entry() -> ModelCall:
        return ModelCall(
            workspace_id=purse.workspace_id,
            call=call.name,
            version=call.version,
            tier=call.tier,
            subject=purse.subject,
            part=asking.part,
            provider=provider,
            model=model,
            own_key=own,
            instead_of=instead_of,
            started_at=clock.now(),
        )

    until = time.monotonic() + call.deadline_seconds
    while True:
        found = exchanges.claim(question, open_entry=entry, estimate_usd=estimate_usd)
        if isinstance(found, Claimed):
            return found
        if isinstance(found, Answered):
            try:
                return call.output.model_validate(found.output)
            except ValidationError:
                # The shape has changed since without a new version of the call: ask again.
                exchanges.forget(question)
                continue
        assert isinstance(found, Held)
        if time.monotonic() > until:
            raise ModelBusy("Another worker asks the same question and has no answer yet. Try again in a few minutes.")
        release_connections()
        asking.stop.wait(LOOK_SECONDS)


def _settle(
    claimed: Claimed, question: Question, talk: Talk, prepared: _Prepared[Any], outcome: ModelCall.Outcome, output: Any = None
) -> None:
    entry = claimed.entry
    if talk.model:
        entry.model = talk.model[:80]
    entry.attempts, entry.dropped = talk.attempts, prepared.dropped
    entry.tokens_in, entry.tokens_out = talk.usage.tokens_in, talk.usage.tokens_out
    entry.tokens_cached, entry.tokens_cache_written = talk.usage.tokens_cached, talk.usage.tokens_cache_written
    entry.cost_usd = _cost(entry, talk, prepared.request.model, outcome)
    answer = None if output is None else output.model_dump(mode="json")
    exchanges.settle(claimed, question, outcome, output=answer, secrets=dict(talk.redaction.counts), kept=talk.kept)


def _cost(entry: ModelCall, talk: Talk, model: str, outcome: ModelCall.Outcome) -> Decimal | None:
    """What the call cost; None where nobody said so: an unpriced model, or a vendor that was not heard to the end."""
    if entry.provider == "scripted" or not talk.attempts:
        return Decimal(0)
    if talk.usage == Usage():
        return None if outcome in UNHEARD else Decimal(0)
    return pricing.cost_usd(model, talk.usage)


def _outcome(error: Exception) -> ModelCall.Outcome:
    return next((outcome for kind, outcome in OUTCOMES if isinstance(error, kind)), ModelCall.Outcome.OURS)


# --- redaction --------------------------------------------------------------------------------------------------------------


def _clean(data: Any, redaction: Redaction) -> Any:
    """``data`` with every string in it cleaned, keys included. Fails closed: what cannot be searched is not sent."""
    return clean_json(data, redaction, seconds=settings.LLM_SEARCH_SECONDS)


def _safe(reply: Reply, redaction: Redaction) -> str:
    """The answer without secrets: an echo becomes its placeholder, an invention is taken out like any other."""
    scanner = Scanner(redaction)
    return scanner.feed(reply.text) + scanner.finish()


# --- answers ----------------------------------------------------------------------------------------------------------------

_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.DOTALL)
"""Some compatible servers wrap the JSON in a code fence; that is no reason to pay for a repair."""


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


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
