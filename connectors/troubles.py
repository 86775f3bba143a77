"""What can go wrong with a folder, each with a sentence for its owner."""

from __future__ import annotations

from ground.errors import SpecStepError


class FolderTrouble(SpecStepError):
    """A provider could not be asked, or said no; the sentence says what to do.

    ``permanent``: trying again cannot help until somebody changes something. ``wait``: seconds until it is worth another try.
    """

    detail = "The folder could not be read."

    def __init__(self, detail: str = "", *, permanent: bool = False, wait: float | None = None) -> None:
        super().__init__(detail, permanent=permanent)
        self.wait = wait


class AccessEnded(FolderTrouble):
    """The provider lets us in no more: it was taken back there, or has run out."""

    detail = "The provider lets SpecStep in no more. Authorise the folder again in Settings, Integrations."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, permanent=True)


class Stopped(FolderTrouble):
    """The folder was disconnected, or the reading called off, while it was at work."""

    detail = "The folder was disconnected, so nothing more was read."


class NotThere(FolderTrouble):
    """This one item is gone, forbidden or not what was expected. The others can still be read."""

    detail = "It is not in the folder any more."


class TooLarge(NotThere):
    detail = "It is larger than what can be read."
