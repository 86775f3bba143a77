"""One pass over a text that says where a rule may match. Two engines, the same answers.

``Automaton`` runs all triggers in one hyperscan database over the UTF-8 bytes. ``Scan`` asks ``re`` for the same triggers where no wheel of
hyperscan exists: slower, and without a further dependency that would need a wheel as well. A trigger only says "look here": the rules
confirm with their own patterns, which both engines share, so they find the same secrets.
"""

from __future__ import annotations

import importlib
import re
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from llm.redaction.formats import Trigger

Event = tuple[int, int]
"""The number of a trigger and the character behind its last one."""


class Engine(Protocol):
    """Finds triggers."""

    def events(self, text: str) -> list[Event]:
        """Every place where a trigger ends, by place."""


class Automaton:
    """All triggers in one automaton. Safe to use from several threads: each has its own scratch space."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        # By name: the wheel is missing on some platforms, and it brings no types.
        self._hyperscan: Any = importlib.import_module("hyperscan")
        self._base = self._hyperscan.Database(mode=self._hyperscan.HS_MODE_BLOCK)
        flags = self._hyperscan.HS_FLAG_DOTALL | self._hyperscan.HS_FLAG_MULTILINE
        self._base.compile(
            expressions=[trigger.pattern.encode() for trigger in triggers],
            ids=list(range(len(triggers))),
            elements=len(triggers),
            flags=[flags | (self._hyperscan.HS_FLAG_CASELESS if trigger.caseless else 0) for trigger in triggers],
        )
        self._threads = threading.local()

    def events(self, text: str) -> list[Event]:
        """Every place where a trigger ends, by place."""
        scratch = getattr(self._threads, "scratch", None)
        if scratch is None:
            scratch = self._threads.scratch = self._hyperscan.Scratch(self._base)
        found: list[Event] = []
        data = text.encode("utf-8", "surrogatepass")
        self._base.scan(data, _note, context=found, scratch=scratch)
        return found if len(data) == len(text) else _in_characters(data, found)


def _note(number: int, _start: int, end: int, _flags: int, found: list[Event]) -> None:
    found.append((number, end))


def _in_characters(data: bytes, found: list[Event]) -> list[Event]:
    """Places in bytes as places in characters. Hyperscan reports by end, so that one pass is enough."""
    made, at, characters = [], 0, 0
    for number, end in sorted(found, key=lambda event: event[1]):
        # Bytes that go on a character are not counted; a trigger may end within one.
        if end > at:
            characters += len(data[at:end].translate(None, _FURTHER_BYTES))
            at = end
        made.append((number, characters))
    return made


_FURTHER_BYTES = bytes(byte for byte in range(256) if byte & 0xC0 == 0x80)


class Scan:
    """The same with ``re``: one alternation of everything says where a trigger begins, then those of that first letter are asked."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        compiled = [
            re.compile(trigger.pattern, re.DOTALL | re.MULTILINE | re.ASCII | (re.IGNORECASE if trigger.caseless else 0))
            for trigger in triggers
        ]
        self._starts: list[tuple[re.Pattern[str], dict[str, list[tuple[int, re.Pattern[str]]]]]] = []
        for caseless, flags in ((False, re.ASCII), (True, re.ASCII | re.IGNORECASE)):
            fixed = [number for number, trigger in enumerate(triggers) if trigger.length and trigger.caseless == caseless]
            letters: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
            for number in fixed:
                for letter in _first_letters(triggers[number]):
                    letters.setdefault(letter, []).append((number, compiled[number]))
            alternatives = "|".join(sorted({triggers[number].pattern for number in fixed}))
            self._starts.append((re.compile(f"(?={alternatives})", flags), letters))
        self._open = [(number, compiled[number]) for number, trigger in enumerate(triggers) if not trigger.length]

    def events(self, text: str) -> list[Event]:
        """Every place where a trigger ends, by place."""
        found: list[Event] = []
        for starts, letters in self._starts:
            for start in starts.finditer(text):
                at = start.start()
                for number, pattern in letters.get(text[at], ()):
                    if hit := pattern.match(text, at):
                        found.append((number, hit.end()))
        for number, pattern in self._open:
            found += [(number, hit.end()) for hit in pattern.finditer(text)]
        return sorted(found, key=lambda event: event[1])


def _first_letters(trigger: Trigger) -> list[str]:
    """What a trigger of fixed length can begin with."""
    first = re.match(r"\[[^\]]+\]|\\?.", trigger.pattern, re.DOTALL)
    one = re.compile(first[0] if first else ".", re.ASCII | (re.IGNORECASE if trigger.caseless else 0))
    letter = trigger.pattern[0]
    return [sign for sign in {*map(chr, range(128)), letter, letter.upper(), letter.lower()} if one.fullmatch(sign)]


def best(triggers: Sequence[Trigger]) -> Engine:
    """The automaton, or ``re`` where hyperscan has no wheel."""
    try:
        return Automaton(triggers)
    except ModuleNotFoundError:
        return Scan(triggers)
