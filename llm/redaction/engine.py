"""One pass over a text that says where a rule may match. Two engines, the same answers.

``Automaton`` runs all triggers in one hyperscan database. ``Scan`` asks ``re`` for the same triggers where no wheel of
hyperscan exists: slower, and without a further dependency that would need a wheel as well. A trigger only says "look here": the
rules confirm with their own patterns, which both engines share, so they find the same secrets.
"""

from __future__ import annotations

import codecs
import importlib
import operator
import re
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from llm.redaction.formats import Trigger

Event = tuple[int, int]
"""The number of a trigger and the place behind its last character."""

_BY_PLACE = operator.itemgetter(1)


class Engine(Protocol):
    """Finds triggers."""

    def events(self, text: str) -> list[Event]:
        """Every place where a trigger ends, by place."""


class Automaton:
    """All triggers in one automaton. Safe to use from several threads: each has its own scratch space.

    The automaton reads one byte per character, so that its places are places in the text: letters that triggers name have bytes
    of their own, every other character beyond ASCII is a question mark.
    """

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        # By name: the wheel is missing on some platforms, and it brings no types.
        hyperscan: Any = importlib.import_module("hyperscan")
        named = sorted({sign for trigger in triggers for sign in trigger.pattern if not sign.isascii()})
        if len(named) > 128:
            raise ValueError(f"The triggers name {len(named)} characters beyond ASCII; 128 have a byte.")
        self._letters: Any = codecs.charmap_build("".join([*map(chr, range(128)), *named]).ljust(256, "\ufffe"))
        self._base = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_MULTILINE
        self._base.compile(
            expressions=[self._bytes(_behind(trigger)) for trigger in triggers],
            ids=list(range(len(triggers))),
            elements=len(triggers),
            flags=[flags | (hyperscan.HS_FLAG_CASELESS if trigger.caseless else 0) for trigger in triggers],
        )
        self._scratch = hyperscan.Scratch
        self._threads = threading.local()

    def _bytes(self, text: str) -> bytes:
        return text.encode() if text.isascii() else codecs.charmap_encode(text, "replace", self._letters)[0]

    def events(self, text: str) -> list[Event]:
        """Every place where a trigger ends, by place."""
        scratch = getattr(self._threads, "scratch", None)
        if scratch is None:
            scratch = self._threads.scratch = self._scratch(self._base)
        found: list[Event] = []
        self._base.scan(self._bytes(text), _note, context=found, scratch=scratch)
        return found


def _behind(trigger: Trigger) -> str:
    return f"(?:^|[^{trigger.not_after}]){trigger.pattern}" if trigger.not_after else trigger.pattern


def _note(number: int, _start: int, end: int, _flags: int, found: list[Event]) -> None:
    found.append((number, end))


_Gate = tuple[re.Pattern[str], list[tuple[int, re.Pattern[str]]]]
"""All triggers of a first letter in one pattern, and each alone."""


class Scan:
    """The same with ``re``: at every letter that a trigger may begin with, the triggers of that letter are asked."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        flags = re.DOTALL | re.MULTILINE | re.ASCII
        self._groups: list[tuple[re.Pattern[str], dict[str, _Gate]]] = []
        for caseless, not_after in sorted({(trigger.caseless, trigger.not_after) for trigger in triggers if trigger.length}):
            fold = flags | (re.IGNORECASE if caseless else 0)
            by_letter: dict[str, list[int]] = {}
            for number, trigger in enumerate(triggers):
                if trigger.length and (trigger.caseless, trigger.not_after) == (caseless, not_after):
                    for letter in _first_letters(trigger):
                        by_letter.setdefault(letter, []).append(number)
            gates = {
                letter: (
                    re.compile("|".join(triggers[number].pattern for number in numbers), fold),
                    [(number, re.compile(triggers[number].pattern, fold)) for number in numbers],
                )
                for letter, numbers in by_letter.items()
            }
            behind = f"(?<![{not_after}])" if not_after else ""
            self._groups.append((re.compile(f"{behind}[{re.escape(''.join(gates))}]", flags), gates))
        # One end for each start, as the automaton has it: the next may begin within the last.
        self._open = [
            (number, re.compile(f"(?=({_for_characters(trigger)}))", flags))
            for number, trigger in enumerate(triggers)
            if not trigger.length
        ]

    def events(self, text: str) -> list[Event]:
        """Every place where a trigger ends, by place."""
        found: list[Event] = []
        for starts, gates in self._groups:
            for start in starts.finditer(text):
                at = start.start()
                gate, single = gates[start[0]]
                if gate.match(text, at):
                    found += [(number, hit.end()) for number, pattern in single if (hit := pattern.match(text, at))]
        for number, pattern in self._open:
            found += [(number, hit.end(1)) for hit in pattern.finditer(text)]
        return sorted(found, key=_BY_PLACE)


def _for_characters(trigger: Trigger) -> str:
    """What is any byte beyond ASCII for the automaton is any such character for ``re``."""
    return trigger.pattern.replace(r"\x80-\xff", r"\x80-\U0010ffff")


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
