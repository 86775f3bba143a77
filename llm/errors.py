"""How a model call can fail. Each failure is named, says whether trying again can help, and carries what was paid."""

from __future__ import annotations

from dataclasses import dataclass

from ground.errors import SpecStepError


@dataclass(frozen=True)
class Usage:
    """Tokens of one attempt, as the vendor counts them."""

    tokens_in: int = 0
    """Read at the full price."""
    tokens_out: int = 0
    tokens_cached: int = 0
    """Read from the vendor's prompt cache."""
    tokens_cache_written: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.tokens_cached + other.tokens_cached,
            self.tokens_cache_written + other.tokens_cache_written,
        )


@dataclass(frozen=True)
class Limits:
    """What an answer's headers say about the vendor's limit on requests; None where they are silent."""

    per_minute: float | None = None
    left: float | None = None


class ModelFailed(SpecStepError):
    """A model call did not end in a good answer."""

    detail = "The model did not give a usable answer. Try again; nothing that was written is lost."

    def __init__(
        self,
        detail: str = "",
        *,
        permanent: bool = True,
        usage: Usage | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail, permanent=permanent)
        self.usage = usage or Usage()
        self.silent = False
        """The vendor took the request and said nothing until our patience ended."""
        self.retry_after = retry_after
        """Seconds the vendor asks us to wait, None when it does not say."""


class ModelBusy(ModelFailed):
    """The vendor is overloaded, limits us, or has a fault of its own: trying again later can help."""

    detail = "The model vendor is busy or has a fault. Try again in a few minutes; nothing that was written is lost."

    def __init__(
        self,
        detail: str = "",
        *,
        usage: Usage | None = None,
        retry_after: float | None = None,
        limited: bool = False,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(detail, permanent=False, usage=usage, retry_after=retry_after)
        self.limited = limited
        """The vendor limits us (429), as opposed to having a fault of its own."""
        self.limits = limits or Limits()


class StreamBroken(ModelBusy):
    """The answer stopped without its final event. What came so far is never used."""

    detail = "The model's answer broke off before its end. It was not used; try again."


class OutOfTime(ModelFailed):
    """The total time of the call is used up."""

    detail = "The model did not answer in time. Try again; nothing that was written is lost."

    def __init__(self, detail: str = "", *, usage: Usage | None = None) -> None:
        super().__init__(detail, permanent=False, usage=usage)


class AnswerCutOff(ModelFailed):
    """The answer reached the length limit of the call."""

    detail = "The model's answer was longer than the limit of this call. Shorten the material or raise the limit."


class ModelRefused(ModelFailed):
    """The model or a filter of its vendor declined to answer."""

    detail = "The model declined to answer this. Look for wording in your answers that it may take as harmful."


class TooLong(ModelFailed):
    """The prompt does not fit the model."""

    detail = "The material is longer than the model can read at once. Remove references that are not needed."


class Rejected(ModelFailed):
    """The vendor refused the request: a wrong key, an unknown model, a request it does not understand."""

    detail = "The model vendor refused the request. An operator has to check the key and the model names in the settings."


class RedactionFailed(ModelFailed):
    """The secret finder failed, so nothing was sent."""

    detail = "The search for secrets failed, so nothing was sent to the model. This is a fault of ours; please report it."


class Faulty(ModelFailed):
    """The answer has faults, also after one repair turn."""

    detail = "The model's answer had faults, also after it was asked to mend them."


class Stopped(ModelFailed):
    """The call was stopped because its answer is no longer wanted."""

    detail = "The call was stopped with its run."


class Parked(ModelBusy):
    """There is nothing to do but wait longer than a worker should: the step is put aside until ``retry_after`` seconds are
    over."""

    detail = "The model vendor asks us to wait. This goes on by itself; nothing that was written is lost."


class VendorOut(Rejected):
    """The vendor does not serve us: no credit, or the key is not accepted. Another vendor can help, waiting cannot."""
