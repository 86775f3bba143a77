"""Search the same text once: a run sends the same evidence in sixteen calls, and each is searched twice.

What is remembered is where secrets stand and of which kind, under a keyed hash of the text: neither a text nor a value.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict

from llm.redaction.finding import Secret, find_secrets
from llm.redaction.replacing import Finder

SHORTEST = 200
"""Characters. A shorter text is searched as quickly as it is looked up."""
MOST = 20_000


class Remembering:
    """A finder that asks ``find`` once for each text, and again for those that were pushed out by newer ones."""

    def __init__(self, find: Finder, *, most: int = MOST) -> None:
        self._find, self._most = find, most
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[Secret, ...]] = OrderedDict()

    def __call__(self, text: str) -> list[Secret]:
        """The secrets of ``text``. What ``find`` raises is not remembered."""
        if len(text) < SHORTEST:
            return self._find(text)
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=20).digest()
        with self._lock:
            known = self._known.get(digest)
            if known is not None:
                self._known.move_to_end(digest)
                return list(known)
        found = self._find(text)
        with self._lock:
            self._known[digest] = tuple(found)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found


find_once = Remembering(find_secrets)
"""For the payloads of model calls."""
