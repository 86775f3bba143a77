"""What a process says about itself holds no secret: every line is searched when it is finished, tracebacks included.

``configure`` is Django's ``LOGGING_CONFIG``: every process that loads the settings has it, whoever starts it. Celery and uvicorn
write through the same handlers (``specstep.celery``, ``LOGGING``), and what nobody caught goes the same way.
"""

from __future__ import annotations

import logging
import logging.config
import re
import resource
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from llm.redaction import redact

LONGEST = 64 * 1024
"""Characters of one record that are written; the rest is cut off."""
BEYOND = 8 * 1024
"""Characters behind the cut that are searched too, so that a secret on the cut is seen whole."""
SHORTEST = 8
"""Characters. A shorter value of a setting would take ordinary words out of the lines."""
OWN = (
    "SECRET_KEY",
    "VAULT_KEYS",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "AZURE_STORAGE_CONNECTION_STRING",
    "ACS_ACCESS_KEY",
    "ACS_HOOK_SECRET",
    "TWILIO_AUTH_TOKEN",
    "STRIPE_SECRET_KEY",
    "METRICS_TOKEN",
)
"""Settings whose values no line may hold, whatever form they have."""

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
log = logging.getLogger(__name__)


class Redacting(logging.Formatter):
    """A formatter whose lines hold no secret. Fails closed: what cannot be formatted or searched is not written.

    The level and the name of the logger are always written, so that nobody looks for a line that is not there.
    """

    def __init__(self, *arguments: Any, clean: Callable[[str], str] | None = None, **options: Any) -> None:
        """``clean`` gives a text back without its secrets; by default ``cleaned``."""
        super().__init__(*arguments, **options)
        self._clean = clean or cleaned

    def format(self, record: logging.LogRecord) -> str:
        try:
            return _as_one(self._clean(super().format(record)))
        except Exception as error:  # noqa: BLE001  # fails closed, whatever it is
            # Not even the error's own words: they may quote the text. logging would print the arguments themselves.
            dropped = f"{type(error).__name__} while the line was searched for secrets; its text is not written."
            return f"{self.formatTime(record)} {record.levelname} {record.name} {dropped}"


def _as_one(text: str) -> str:
    """What was said by others cannot look like a line of its own: lines after the first are set in, other controls are blanks."""
    return "\n  ".join(_CONTROLS.sub(" ", line) for line in re.split(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", text))


def cleaned(text: str) -> str:
    """``text`` without the secrets of the settings and without what looks like one, cut to ``LONGEST`` characters."""
    for value in _own():
        text = text.replace(value, "[[SECRET:setting]]")
    clean, _ = redact(text[: LONGEST + BEYOND])
    return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]} … cut here"


def configure(config: dict[str, Any]) -> None:
    """Set up logging as ``LOGGING`` says, and send there what nobody caught. What a dying process held is not written to disk."""
    logging.config.dictConfig(config)
    # Where a line cannot be written, logging would print its arguments as they are.
    logging.raiseExceptions = False
    # A core dump holds the memory of the process, and with it every key that was just in use.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _own() -> list[str]:
    """The secrets of the settings, longest first."""
    values = {str(getattr(settings, name)) for name in OWN}
    values |= {entry.partition(":")[2] for entry in settings.VAULT_KEYS.split(",")}
    values |= {part.partition("=")[2] for part in settings.AZURE_STORAGE_CONNECTION_STRING.split(";") if "Key=" in part}
    values |= {secret for _, secret in (*settings.SIGN_IN_APPS.values(), settings.ONEDRIVE_APP, settings.GOOGLE_DRIVE_APP)}
    values |= set(settings.STRIPE_WEBHOOK_SECRETS)
    values |= {str(database.get("PASSWORD", "")) for database in settings.DATABASES.values()}
    password = urlsplit(settings.REDIS_URL).password or ""
    values |= {password, unquote(password)}
    return sorted((value for value in values if len(value) >= SHORTEST), key=len, reverse=True)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("The process stopped: nobody caught this.", exc_info=(kind, error, trace))


def _uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_type is SystemExit or hook.exc_value is None:
        return
    name = hook.thread.name if hook.thread else "?"
    log.critical("Thread %s stopped: nobody caught this.", name, exc_info=(hook.exc_type, hook.exc_value, hook.exc_traceback))
