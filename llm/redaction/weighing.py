"""Weigh what speaks for a secret and what against it, where no rule knows the place.

A word for a secret, or one of the words that only hint at one, stands near a run of letters and digits. What the run is made
of, what stands between and around the two, and the kind of the word are features. Each has a weight, their sum decides (logistic
regression), learned from texts with and without secrets by ``script/weigh_redaction.py``. The weights lie in ``weights.json``.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from llm.redaction import naming, values
from llm.redaction.engine import BITS, NUMBER
from llm.redaction.features import LISTS, Word, of_between, of_place, of_value, of_word
from llm.redaction.formats import Trigger
from llm.redaction.structures import Found

AHEAD, BACK = 56, 48
"""Characters between a word and a run behind it, or before it."""
FAR = 90
"""The same with room for a name that is longer than its word, and for the run."""
NEXT = 24
"""The same where a value looks like an id."""
MOST = 2
"""Words before a run that are looked at, the nearest ones."""
SHORTEST, LONGEST = 6, 400

HINTS: tuple[tuple[str, str], ...] = (
    *(
        (group, form)
        for group in ("login", "code", "call")
        for hint in (listed.replace("_", " ") for listed in LISTS["hints"][group].split())
        for form in dict.fromkeys((hint, hint if hint.isascii() else hint.capitalize()))
    ),
    *(("flag", flag) for flag in LISTS["hints"]["flag"]),
)
"""Words that only hint at a secret, each with its group."""
TRIGGERS: tuple[Trigger, ...] = tuple(
    Trigger(re.escape(word), len(word), caseless=word.isascii() and group != "flag") for group, word in HINTS
)
_HINT_GROUPS = tuple(group for group, _ in HINTS)
_HINT_LENGTHS = tuple(trigger.length for trigger in TRIGGERS)
_NAMES = len(naming.TRIGGERS)
_LATER = frozenset(
    [
        *(number for number in range(_NAMES) if naming.is_for_password(number)),
        *(_NAMES + number for number, group in enumerate(_HINT_GROUPS) if group == "login"),
    ]
)
"""Words that a value is said before, by their numbers: "X as the password"."""


def word(text: str, event: int, known: dict[tuple[str, int], bool]) -> Word | None:
    """The word at a place of the engine; None where its name says that no secret stands there.

    ``known``: what was answered before, by the name and where in it the word ends.
    """
    start, number = event >> BITS, event & NUMBER
    if number >= _NAMES:
        end, group = start + _HINT_LENGTHS[number - _NAMES], _HINT_GROUPS[number - _NAMES]
        if group in ("flag", "call"):
            return Word(start, start, end, end, group)
        left, right = naming.name(text, start, end)
        if text[end:right] == "s" and text[start:end].lower() == "account":
            return None  # The name of a logger, a table, a folder; a login is of one account.
        if right - left > end - start and text[end:right] != "s" and _is_harmless(text[left:right], end - left, known):
            return None
        return Word(left, start, end, right, group)
    spelled = naming.spelled(text, start, number)
    if spelled is None:
        return None
    end, group = spelled
    left, right = naming.name(text, start, end)
    if right - left > end - start and text[end:right] != "s" and _is_harmless(text[left:right], end - left, known):
        return None
    if naming.other_key(text, left):
        return None
    if group == "short key" and "primary" in text[left - 8 if left > 8 else 0 : right].lower():
        return None
    return Word(left, start, end, right, group)


def _is_harmless(name: str, end: int, known: dict[tuple[str, int], bool]) -> bool:
    if (answer := known.get((name, end))) is None:
        answer = known[name, end] = naming.harmless(name, name[end:])
    return answer


_DIGITS_OF_HEX = re.compile("(?:0x)?[0-9a-f-]+|[0-9A-F-]+")
_DIGIT = re.compile(r"\d")
_STOPS = frozenset(" \t\r\n\f\v\"'`<>|\u00a0\u202f\u3000，。；、：「」『』”“»«„‚‘’（）")
_STOP = re.compile(f"[{''.join(sorted(_STOPS))}]")
_LEAD = re.compile(
    r"(?!vault:v|SHA\d+:|ENC[\[(]|arn:|urn:|sha\d+:)(?:[A-Za-z_%$&?.-][\w.%$&?-]{0,40}?(?:=>|:=|==?|:|%3[dD]|\()|[A-Za-z][\w.@\\-]{0,30}[/,%](?=\S*\d))(?=[^\s/=])"
)
"""What stands before the value in one run with it: "key=", "user:", "user/"."""
_CUT = re.compile(
    r"@(?=[A-Za-z][\w-]*\.[\w.-]*(?:[:/\s]|$)|\[|[A-Za-z][\w.-]*:\d|tcp\(|\d+(?:\.\d+){3}|[A-Z]{3,}\d?$)"
    r"|[;&](?=[A-Za-z][\w.-]*=)|,(?=[\w.-]+=)|\\[nrt](?=\W|[A-Z])|;$|&(?:amp|quot|lt|gt);|\{enter"
)
"""Where a value in a run ends: the host behind it, the next pair, an escape."""
_OPENING = {")": "(", "]": "[", "}": "{"}


def value(text: str, place: int) -> tuple[int, int]:
    """Where the value in the unbroken run around ``place`` begins and ends; an empty place where that is an address or a time."""
    start, low = place, place - 100 if place > 100 else 0
    while start > low and text[start - 1] not in _STOPS:
        start -= 1
    stop = _STOP.search(text, place, place + LONGEST)
    end = stop.start() if stop else min(len(text), place + LONGEST)
    run = text[start:end]
    if run.isalnum():
        return start, end
    if "://" in run or (run[:2] == "20" and run[4:5] == "-" and run[7:8] == "-"):
        return end, end
    if _PARTED.search(run):
        start = _behind_name(text, start, end)
        if cut := _CUT.search(text, start, end):
            end = cut.start()
    if text[start - 1 : start] in _QUOTES and text[start - 1 : start] == text[end : end + 1]:
        return start, end
    return _trimmed(text, start, end)


_PARTED = re.compile(r"[=:/,%(@;&\\{]")


def _behind_name(text: str, start: int, end: int) -> int:
    """Where the value of a pair begins, or that of the last of several."""
    for _ in range(3):
        lead = _LEAD.match(text, start, end)
        if lead is None or end - lead.end() < SHORTEST:
            break
        if lead[0][-1] in "=:" and naming.harmless(lead[0][:-1], lead[0][:-1]):
            return end  # "requestId=": its own name says what it is.
        if not (lead[0][-1] in "=(" or lead[0][:-1].isalpha() or values.made_of_words(lead[0])):
            break
        start = lead.end()
    return start


_QUOTES = frozenset("\"'`")


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the punctuation of the sentence around it."""
    while start < end and text[start] in "([{,;:=*>@_" and not (text[start] == "{" and text.find("}", start, end) > 0):
        start += 1
    while start < end:
        last = text[end - 1]
        if last in ".,;:\\" or (last in _OPENING and text.count(_OPENING[last], start, end) < text.count(last, start, end)):
            end -= 1
        elif text.endswith("**", start, end):
            end -= 2
        else:
            break
    return start, end


class Weighed(NamedTuple):
    """A run beside a word, and its features."""

    start: int
    end: int
    group: str
    alone: list[str]
    """Features of the value and its place."""
    together: list[str]
    """Features of the word and what is between; each also counts by the group of the word."""


def weighed(text: str, events: Sequence[int], mixed: Sequence[int], found: Sequence[Found] = ()) -> Iterator[Weighed]:
    """The runs that no rule has found, beside each of the words near them.

    ``events``: the words, ``mixed``: where runs end, both as the engine has them.
    """
    near: _Near | None = None
    known: dict[str, list[str] | None] = {}
    beyond = -1
    for place in _within_reach(text, events, mixed, sorted([(start, end) for start, end, _ in found])):
        if place <= beyond:
            continue
        near = near or _Near(text, events, found)
        start, end = value(text, place - 1)
        beyond = max(end, place)
        sides = near.sides(start, end) if _may_be_one(text, start, end, near) else []
        if not sides:
            continue
        said = text[start:end]
        of = known[said] if said in known else known.setdefault(said, of_value(said))
        sides = [side for side in sides if _fits(text, side, start, of[2])] if of is not None else []
        around = of_place(text, start, end) if sides else [HARMLESS]
        if of is None or HARMLESS in around:
            continue
        for one, first, last in sides:
            side = "behind" if last == start else "before"
            yield Weighed(start, end, f"{one.group} {side}", of + around, of_word(text, one) + of_between(text, first, last))


def _may_be_one(text: str, start: int, end: int, near: _Near) -> bool:
    """Is it long enough, with a digit, not a placeholder, and no id that stands alone?"""
    if not SHORTEST <= end - start <= LONGEST or not _DIGIT.search(text, start, end) or text.startswith("[[", max(0, start - 2)):
        return False
    return not _DIGITS_OF_HEX.fullmatch(text, start, end) or (text.find("-", start, end) < 0 and near.right_before(start))


def _fits(text: str, side: tuple[Word, int, int], start: int, shape: str) -> bool:
    """May a value of that shape belong to the word?"""
    if shape.startswith(LIKE_IDS):
        return _leads_to(text, side, start) and (side[2] == start or shape.startswith("shape hex"))
    return not shape.startswith(LIKE_NAMES) or "password" in side[0].group or _leads_to(text, side, start)


def _within_reach(text: str, events: Sequence[int], mixed: Sequence[int], taken: Sequence[tuple[int, int]]) -> list[int]:
    """The ends of runs that were not found yet and that have a word near them, with nothing found and no blank line between."""
    starts = [start for start, _ in taken]
    near: set[int] = set()
    at, size, find = 0, len(mixed), text.find
    for number, event in enumerate(events, 1):
        place = event >> BITS
        if event & NUMBER in _LATER:
            low = place - BACK - 16
            held = bisect_left(starts, place)
            if held:
                low = max(low, taken[held - 1][1] + 1)
            if (blank := text.rfind("\n\n", max(0, low), place)) >= 0:
                low = blank
            near.update(mixed[bisect_right(mixed, low) : bisect_left(mixed, place)])
        until = place + FAR
        if number < len(events) and events[number] >> BITS < until:
            until = events[number] >> BITS
        while at < size and mixed[at] < place:
            at += 1
        if at == size or mixed[at] > until:
            continue
        if starts and (held := bisect_left(starts, place)) < len(starts) and starts[held] < until:
            until = starts[held]
        if (blank := find("\n\n", place, until)) >= 0:
            until = blank
        last = bisect_right(mixed, until, at)
        near.update(mixed[at:last])
        at = last
    return [place for place in sorted(near) if _DIGIT.search(text, place - 20 if place > 20 else 0, place + 20)]


def _leads_to(text: str, side: tuple[Word, int, int], start: int) -> bool:
    """Does a word stand right before the run that looks like an id, with a sign or a quotation mark between?"""
    _, first, last = side
    between = text[first:last]
    if last != start or last - first > NEXT:
        return between == " ("
    return _LEADING.search(between) is not None or ("\n" not in between and between.isspace())


_LEADING = re.compile(r"[:=>→,(][\s\"'`*]*\Z|[\"'`«„“‘「]\s?\Z|(?:\b(?:is|ist|est|es|now|to|lautet)|[是为は：])[\s\"'`*]*\Z")


class _Near:
    """The words of a text and what was found in it already."""

    def __init__(self, text: str, events: Sequence[int], found: Sequence[Found]) -> None:
        self._text, self._events = text, events
        self._taken = sorted([(start, end) for start, end, _ in found])
        self._starts = [start for start, _ in self._taken]
        self._places = [event >> BITS for event in events]
        self._words: dict[int, Word | None] = {}
        self._harmless: dict[tuple[str, int], bool] = {}

    def right_before(self, start: int) -> bool:
        """Is a word so near that even what looks like an id may be its value?"""
        at = bisect_left(self._places, start)
        return at > 0 and start - self._places[at - 1] <= NEXT + 40

    def sides(self, start: int, end: int) -> list[tuple[Word, int, int]]:
        """The words near a run, each with the place between: the nearest ones before it, the nearest one behind it."""
        _text, events, sides = self._text, self._events, list[tuple[Word, int, int]]()
        middle = bisect_left(self._places, start)
        for number in range(middle - 1, max(-1, middle - 1 - MOST), -1):
            if self._places[number] < start - FAR:
                break
            one = self._word(events[number])
            if one is not None and one.right <= start <= one.right + AHEAD and self._free(one, one.right, start):
                sides.append((one, one.right, start))
        for event in events[middle : middle + 2]:
            if event & NUMBER not in _LATER:
                continue
            one = self._word(event)
            if one is not None and end <= one.left <= end + BACK:
                if self._free(one, end, one.left):
                    sides.append((one, end, one.left))
                break
        return sides

    def _word(self, event: int) -> Word | None:
        return (
            self._words[event] if event in self._words else self._words.setdefault(event, word(self._text, event, self._harmless))
        )

    def _free(self, one: Word, first: int, last: int) -> bool:
        """Is no blank line and nothing that was found between the word and the run, and is the word no part of such a thing?"""
        if self._text.find("\n\n", first, last) >= 0:
            return False
        at = bisect_left(self._starts, first)
        return at == bisect_left(self._starts, last) and (at == 0 or self._taken[at - 1][1] <= one.left)


HARMLESS = "own harmless"
"""Its own name says that it is an id, a hash, a host."""
LIKE_IDS = ("shape hex", "shape id")
"""What many ids look like needs the word for a secret right before it."""
LIKE_NAMES = ("shape kebab", "shape reference", "shape snake", "shape pascal")
"""What many names look like needs the same, or a word for a password."""


@cache
def weights() -> tuple[float, dict[str, float], dict[str, dict[str, float]]]:
    """How much must speak for a secret; the weights of a value and its place; by group, those of the word and what is between."""
    read = json.loads((Path(__file__).parent / "weights.json").read_text())
    return read["least"], read["alone"], read["together"]


def secrets(text: str, events: Sequence[int], mixed: Sequence[int], found: Sequence[Found]) -> Iterator[Found]:
    """The runs for which enough speaks."""
    least, alone, together = weights()
    for one in weighed(text, events, mixed, found):
        beside = together[one.group]
        if (
            sum([alone.get(of, 0.0) for of in one.alone]) + sum([beside.get(of, 0.0) for of in one.together]) + beside[""]
            >= least
        ):
            yield (
                one.start,
                one.end,
                "password" if one.group.startswith(("password", "short password", "login")) else "named-secret",
            )
