"""One root for every failure we expect; each carries a sentence a person can act on."""


class SpecStepError(Exception):
    """Root of all anticipated failures.

    ``str(error)`` is the sentence shown to the person; a subclass may set ``detail`` as its default sentence. Unanticipated
    failures are not wrapped: they crash loudly and reach the error tracker.
    """

    detail = "Something went wrong on our side. Trying again often helps."

    def __init__(self, detail: str = "", *, permanent: bool = False) -> None:
        super().__init__(detail or self.detail)
        self.permanent = permanent
        """True when trying again cannot help."""


class BadInput(SpecStepError):
    """What a person or program sent cannot be used; the sentence says what to change."""

    detail = "This could not be read. Check it and send it again."


class Conflict(SpecStepError):
    """The row is in another state than the request assumes."""

    detail = "This has changed in the meantime. Reload the page to see how it stands now."


class NotConfigured(SpecStepError):
    """A setting that this needs is missing; the sentence names it."""

    detail = "A setting is missing."
