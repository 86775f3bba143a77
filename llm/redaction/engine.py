"""One pass over a text that says where a rule may match. Two engines, the same answers.

``Automaton`` runs all triggers in one hyperscan database. ``Scan`` asks ``re`` for the same triggers where no wheel of
hyperscan exists: slower, and without a further dependency that would need a wheel as well. A trigger only says "look here": the
rules confirm with their own patterns, which both engines share, so they find the same secrets.
"""

from __future__ import annotations

import codecs
import importlib
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from llm.redaction.formats import Trigger

BITS = 11
NUMBER = (1 << BITS) - 1
"""A place and the number of a trigger are kept as one whole number, ``place << BITS | number``: small, and in order by place."""


class Events(NamedTuple):
    """Where triggers of rules and names stand."""

    rules: list[int]
    """Where each ends, and its number among the rules; by place."""
    names: list[int]
    """Where each begins, and its number among the names; by place."""
    read: Any
    """The text as the engine reads it."""


class _Order:
    """Which triggers are rules and which are names: these come behind those."""

    def __init__(self, rules: Sequence[Trigger], names: Sequence[Trigger]) -> None:
        if len(rules) + len(names) > NUMBER:
            raise ValueError(f"There are {len(rules) + len(names)} triggers; {NUMBER} have a number.")
        self._first = len(rules)
        self._back = [0] * len(rules) + [(name.length << BITS) + len(rules) for name in names]

    def events(self, found: list[int], read: Any) -> Events:
        """Told apart."""
        first, back = self._first, self._back
        names = sorted([event - back[event & NUMBER] for event in found if event & NUMBER >= first])
        return Events([event for event in found if event & NUMBER < first], names, read)


class Engine(Protocol):
    """Finds triggers. Runs of mixed letters are the most and say nothing alone: they are asked for when names were seen."""

    def events(self, text: str) -> Events:
        """Every place where a trigger of a rule or a name ends."""

    def runs(self, events: Events) -> list[int]:
        """Every place where a run ends, in order; which trigger it was says nothing."""


class Automaton:
    """All triggers in two automata. Safe to use from several threads: each has its own scratch space.

    The automata read one byte per character, so that their places are places in the text: letters that triggers name have bytes
    of their own, every other character beyond ASCII is a question mark. One automaton for all is slower than the two.
    """

    def __init__(self, rules: Sequence[Trigger], names: Sequence[Trigger], runs: Sequence[Trigger]) -> None:
        # By name: the wheel is missing on some platforms, and it brings no types.
        self._hyperscan: Any = importlib.import_module("hyperscan")
        named = sorted({sign for trigger in (*rules, *names, *runs) for sign in trigger.pattern if not sign.isascii()})
        if len(named) > 128:
            raise ValueError(f"The triggers name {len(named)} characters beyond ASCII; 128 have a byte.")
        self._letters: Any = codecs.charmap_build("".join([*map(chr, range(128)), *named]).ljust(256, "\ufffe"))
        self._base, self._base_of_runs = self._compiled([*rules, *names]), self._compiled(runs)
        self._order = _Order(rules, names)
        self._threads = threading.local()

    def _compiled(self, triggers: Sequence[Trigger]) -> Any:
        base = self._hyperscan.Database(mode=self._hyperscan.HS_MODE_BLOCK)
        flags = self._hyperscan.HS_FLAG_DOTALL | self._hyperscan.HS_FLAG_MULTILINE
        base.compile(
            expressions=[self._bytes(_behind(trigger)) for trigger in triggers],
            ids=list(range(len(triggers))),
            elements=len(triggers),
            flags=[flags | (self._hyperscan.HS_FLAG_CASELESS if trigger.caseless else 0) for trigger in triggers],
        )
        return base

    def _bytes(self, text: str) -> bytes:
        return text.encode() if text.isascii() else codecs.charmap_encode(text, "replace", self._letters)[0]

    def _scratch(self) -> tuple[Any, Any]:
        """This thread's space for each automaton."""
        spaces: tuple[Any, Any] | None = getattr(self._threads, "spaces", None)
        if spaces is None:
            spaces = self._hyperscan.Scratch(self._base), self._hyperscan.Scratch(self._base_of_runs)
            self._threads.spaces = spaces
        return spaces

    def events(self, text: str) -> Events:
        """Every place where a trigger of a rule or a name ends."""
        found: list[int] = []
        read = self._bytes(text)
        self._base.scan(read, _note, context=found.append, scratch=self._scratch()[0])
        return self._order.events(found, read)

    def runs(self, events: Events) -> list[int]:
        """Every place where a run ends, in order; which trigger it was says nothing."""
        found: list[int] = []
        self._base_of_runs.scan(events.read, _note_end, context=found.append, scratch=self._scratch()[1])
        return found


def _behind(trigger: Trigger) -> str:
    return rf"(?:^|[^{trigger.not_after}]|\\[nrt]){trigger.pattern}" if trigger.not_after else trigger.pattern


def _note(number: int, _start: int, end: int, _flags: int, append: Callable[[int], None]) -> None:
    append(end << BITS | number)


def _note_end(_number: int, _start: int, end: int, _flags: int, append: Callable[[int], None]) -> None:
    append(end)


_Gate = tuple[re.Pattern[str], list[tuple[int, re.Pattern[str]]]]
"""All triggers of a first letter in one pattern, and each alone."""


class Scan:
    """The same with ``re``."""

    def __init__(self, rules: Sequence[Trigger], names: Sequence[Trigger], runs: Sequence[Trigger]) -> None:
        self._events, self._runs = _ByLetter([*rules, *names]), _ByLetter(runs)
        self._order = _Order(rules, names)

    def events(self, text: str) -> Events:
        """Every place where a trigger of a rule or a name ends."""
        return self._order.events(self._events.found(text), text)

    def runs(self, events: Events) -> list[int]:
        """Every place where a run ends, in order; which trigger it was says nothing."""
        return [event >> BITS for event in self._runs.found(events.read)]


class _ByLetter:
    """At every letter that a trigger may begin with, the triggers of that letter are asked."""

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
            behind = rf"(?:(?<![{not_after}])|(?<=\\[nrt]))" if not_after else ""
            self._groups.append((re.compile(f"{behind}[{re.escape(''.join(gates))}]", flags), gates))
        # One end for each start, as the automaton has it: the next may begin within the last.
        self._open = [
            (number, re.compile(f"(?=({_for_characters(trigger)}))", flags))
            for number, trigger in enumerate(triggers)
            if not trigger.length
        ]

    def found(self, text: str) -> list[int]:
        """Where each trigger ends, and its number; by place."""
        found: list[int] = []
        for starts, gates in self._groups:
            for start in starts.finditer(text):
                at = start.start()
                gate, single = gates[start[0]]
                if gate.match(text, at):
                    found += [hit.end() << BITS | number for number, pattern in single if (hit := pattern.match(text, at))]
        for number, pattern in self._open:
            found += [hit.end(1) << BITS | number for hit in pattern.finditer(text)]
        return sorted(found)


def _for_characters(trigger: Trigger) -> str:
    """What is any byte beyond ASCII for the automaton is any such character for ``re``."""
    return trigger.pattern.replace(r"\x80-\xff", r"\x80-\U0010ffff")


def _first_letters(trigger: Trigger) -> list[str]:
    """What a trigger of fixed length can begin with."""
    first = re.match(r"\[[^\]]+\]|\\?.", trigger.pattern, re.DOTALL)
    one = re.compile(first[0] if first else ".", re.ASCII | (re.IGNORECASE if trigger.caseless else 0))
    letter = trigger.pattern[0]
    return [sign for sign in {*map(chr, range(128)), letter, letter.upper(), letter.lower()} if one.fullmatch(sign)]


def best(rules: Sequence[Trigger], names: Sequence[Trigger], runs: Sequence[Trigger]) -> Engine:
    """The automaton, or ``re`` where hyperscan has no wheel."""
    try:
        return Automaton(rules, names, runs)
    except ModuleNotFoundError:
        return Scan(rules, names, runs)
