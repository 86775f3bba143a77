"""Find secrets: formats, structures, named values, encoded blobs, and tokens that formatting has split."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from llm.redaction import encoded, inserts, naming, places, repeats, structures, views, weighing
from llm.redaction.engine import BITS, NUMBER, Engine, Events, best
from llm.redaction.formats import FORMATS, Format, Trigger
from llm.redaction.structures import Found, Rule
from llm.redaction.values import is_placeholder, is_published, is_token


class Secret(NamedTuple):
    """A stretch of text that must not leave."""

    start: int
    end: int
    """Exclusive, in characters."""
    kind: str
    """Lower case letters, digits and hyphens: "github-token", "password". Never the value."""


PLACEHOLDER = re.compile(r"\[\[SECRET:[a-z0-9-]{1,40}:(?:[A-Z2-7]{8}|\d{1,9})\]\]")
"""What stands in the place of a secret that was taken out before, also in the older form with a number. It stays."""
SHORTEST_REST = 8
"""Characters beside a placeholder that are still taken out; fewer are quotation marks and the like."""
DEEPEST = 2
"""How often a decoded text is searched for encoded texts in turn."""

_ONLY_RULES = DEEPEST + 1
"""The depth of a reading in which pieces are joined: what stands beside them there does not stand there in the text."""

_Job = int | Format | Rule
_SURE = len(naming.TRIGGERS)
"""Words with a higher number only hint at a secret."""


class Search:
    """The rules in an engine. Build it once: compiling takes a moment. Safe to use from several threads."""

    def __init__(self, engine: Callable[[Sequence[Trigger], Sequence[Trigger], Sequence[Trigger]], Engine] = best) -> None:
        jobs: list[tuple[_Job, tuple[Trigger, ...]]] = [(one, one.triggers) for one in FORMATS]
        jobs += [(rule, rule.triggers) for rule in (*structures.RULES, *places.RULES)]
        jobs += _SIGHTS
        triggers = [trigger for _, these in jobs for trigger in these]
        self._jobs = [job for job, these in jobs for _ in these]
        self._lengths = [trigger.length + trigger.before for trigger in triggers]
        self.engine = engine(triggers, (*naming.TRIGGERS, *weighing.TRIGGERS), naming.MIXED)

    def find(self, text: str) -> list[Secret]:
        """The secrets in ``text``, in order, without overlaps. Linear in the length of the text; nothing is stored or logged."""
        plan = repeats.plan(text)
        return [Secret(*place) for place in (plan.find(self.as_it_stands) if plan else self.as_it_stands(text))]

    def as_it_stands(self, text: str) -> list[Found]:
        """The same, also what a text says again searched again."""
        found, marked = self._search(text, 0)
        if not text.isascii():
            found += self._folded(text)
        if not found:
            return []
        found = [_with_last_sign(text, place) for place in found]
        if marked:
            found = list(_around_placeholders(text, found))
        return _merged(text, found)

    def _search(self, text: str, depth: int) -> tuple[list[Found], bool]:
        events = self.engine.events(text)
        if not events.rules and not events.names:
            return [], False  # Mixed runs alone say nothing.
        runs = self.engine.runs(events) if events.names else []
        settled: set[int] = set()
        found, sights = self._read(text, events, runs, settled)
        if depth < DEEPEST:
            found += self._decoded(text, sights, depth)
        if depth == 0 and (splits := _outside(_blocks(text, sights[_BLOCK]), sights[_SPLIT])):
            found += _without_stretches(text, self._viewed(text, views.joined(text, splits), _ONLY_RULES), found)
        if (
            sights[_ESCAPE]
            and depth < DEEPEST
            and (events.names or sights[_BLOB] or len(events.rules) > 1 or runs or self.engine.runs(events))
        ):
            found += self._viewed(text, views.unescaped(text, sights[_ESCAPE]))
        if runs and depth < _ONLY_RULES:
            known = found
            if sights[_MARK]:
                known = [*known, *((hole.start(), hole.end(), "") for hole in PLACEHOLDER.finditer(text))]
            if sights[_BLOCK]:
                known = [*known, *((start, end, "") for start, end in _blocks(text, sights[_BLOCK]))]
            words = [event for event in events.names if event >> BITS not in settled]
            found += weighing.secrets(text, words, runs, known) if words else ()
        return found, bool(sights[_MARK])

    def _read(self, text: str, events: Events, runs: Sequence[int], settled: set[int]) -> tuple[list[Found], list[list[int]]]:
        """What stands in the text as it is, and where something else may."""
        found: list[Found] = []
        sights: list[list[int]] = [[] for _ in range(_KINDS_OF_SIGHTS)]
        jobs, lengths = self._jobs, self._lengths
        done: dict[int, int] = {}
        for event in events.rules:
            number, end = event & NUMBER, event >> BITS
            job = jobs[number]
            if isinstance(job, int):
                sights[job].append(end - lengths[number] if job in _FROM_START else end)
                continue
            start = end - lengths[number]
            past = done.get(id(job), -1)
            # A match may begin before its trigger; it does not begin within the last match.
            if end > past and (start >= past or job.triggers[0].before):
                start = max(start, past)
                place = _format(text, job, start, end) if isinstance(job, Format) else _rule(text, job, start)
                if place is not None:
                    done[id(job)] = place[1]
                    found.append(place)
        if runs:
            names = [event for event in events.names if event & NUMBER < _SURE]
            if public := [block for block in _blocks(text, sights[_BLOCK]) if _PUBLIC.match(text, block[0])]:
                # Three letters of base64 are no name.
                outside = set(_outside(public, [event >> BITS for event in names]))
                settled |= {event >> BITS for event in names} - outside
                names = [event for event in names if event >> BITS in outside]
            found += naming.named_values(text, names, runs, settled)
        found += _parsed(text, sights)
        return found, sights

    def _decoded(self, text: str, sights: list[list[int]], depth: int) -> Iterator[Found]:
        """Encoded text that holds a secret is taken whole."""
        for sight, decode in ((_BLOB, encoded.base64_text), (_HEX, encoded.hex_text)):
            beyond = 0
            for start in sights[sight]:
                if start < beyond:
                    continue
                blob = decode(text, start)
                if blob is None:
                    # Not asked again at every place of the same run.
                    beyond = start + 64
                    continue
                beyond = blob[1]
                if self._search(blob[2], depth + 1)[0]:
                    yield blob[0], blob[1], "encoded-secret"

    def _folded(self, text: str) -> Iterator[Found]:
        """Tokens with letters of another script that look the same, which only their format gives away."""
        for start, end, kind in self._viewed(text, views.folded(text)):
            if kind not in _BY_NAME and not text[start:end].isascii():
                yield start, end, kind

    def _viewed(self, text: str, readings: Iterable[views.View], depth: int = DEEPEST) -> Iterator[Found]:
        for view in readings:
            for start, end, kind in self._search(view.text, depth)[0]:
                if is_published(view.text[start:end]) or (place := view.place(start, end)) is None:
                    continue
                first, last = place
                # The marks around the first and the last piece belong to what is taken out, or they would stand there alone.
                for mark in ("`", "**"):
                    around = text.endswith(mark, 0, first) and text.startswith(mark, last)
                    if around or text.count(mark, first, last) % 2:
                        first -= len(mark) if text.endswith(mark, 0, first) else 0
                        last += len(mark) if text.startswith(mark, last) else 0
                yield first, last, kind


_SPLIT, _ESCAPE, _PEM, _JWT, _URL, _COOKIE, _BLOB, _HEX, _MARK, _BLOCK, _CODES, _LOGIN, _ROWS = range(13)
_KINDS_OF_SIGHTS = 13
_SIGHTS: tuple[tuple[int, tuple[Trigger, ...]], ...] = (
    (_SPLIT, views.SPLITS),
    (_ESCAPE, views.ESCAPES),
    (_PEM, structures.PEM_TRIGGERS),
    (_JWT, structures.JWT_TRIGGERS),
    (_URL, structures.URL_TRIGGERS),
    (_COOKIE, structures.COOKIE_TRIGGERS),
    (_LOGIN, structures.LOGIN_TRIGGERS),
    (_BLOB, encoded.BASE64_TRIGGERS),
    (_HEX, encoded.HEX_TRIGGERS),
    (_MARK, (Trigger(r"\[\[SECRET:", 9),)),
    (_CODES, structures.CODES_TRIGGERS),
    (_ROWS, inserts.TRIGGERS),
    (_BLOCK, (Trigger("-----BEGIN ", 11),)),
)
_BY_NAME = frozenset({"password", "named-secret"})
_FROM_START = frozenset({_JWT, _COOKIE, _BLOB, _HEX})


def _parsed(text: str, sights: list[list[int]]) -> Iterator[Found]:
    """What parsers find where the automaton saw their beginnings."""
    for start in sights[_JWT]:
        if (place := structures.web_token(text, start)) is not None:
            yield place
    for start in sights[_COOKIE]:
        yield from structures.cookies(text, start)
    for end in sights[_CODES]:
        yield from structures.recovery_codes(text, end)
    for end in sights[_ROWS]:
        yield from inserts.row_values(text, end)
    for end in sights[_LOGIN]:
        if (place := structures.login_password(text, end)) is not None:
            yield place
    beyond = 0
    for end in sights[_PEM]:
        if end >= beyond and (place := structures.private_key(text, end)) is not None:
            beyond = place[1]
            yield place
    for end in sights[_URL]:
        slashes = text.rfind("://", max(0, end - 500), end)
        if slashes >= 0 and (place := structures.url_password(text, slashes + 3)) is not None:
            yield place


def _format(text: str, rule: Format, start: int, end: int) -> Found | None:
    if start < 0 or rule.triggers[0].before:
        hit = rule.pattern.search(text, max(0, start), end + LONGEST_TAIL)
    else:
        hit = rule.pattern.match(text, start)
    if hit is None or is_placeholder(hit[0]) or (rule.random and not _looks_random(hit[0])):
        return None
    return hit.start(), hit.end(), rule.kind


def _looks_random(token: str) -> bool:
    """Digits among letters, not words with hyphens between."""
    body = re.split(r"[_-]", token)[-1] if token.count("-") + token.count("_") <= 3 else token
    return any(letter.isdigit() for letter in body) and any(letter.isalpha() for letter in body) and is_token(token)


LONGEST_TAIL = 200
"""Characters behind the trigger of a format that begins with its random part; more than any such format has."""


def _rule(text: str, rule: Rule, start: int) -> Found | None:
    if rule.triggers[0].before:
        hit = rule.pattern.search(text, max(0, start), max(0, start) + LONGEST_TAIL)
    else:
        hit = rule.pattern.match(text, text.rfind("\n", max(0, start - 400), start) + 1 if rule.from_line else start)
    if hit is None:
        return None
    group = hit.lastindex or 0
    if not rule.holds(hit[group]):
        return None
    return hit.start(0 if rule.whole else group), hit.end(0 if rule.whole else group), rule.kind


def _blocks(text: str, begins: list[int]) -> list[tuple[int, int]]:
    """PEM blocks: a certificate holds no secret, and a private key is found as a whole."""
    blocks = []
    for begin in begins:
        end = text.find("-----END", begin, begin + structures.LONGEST_PEM)
        if end >= 0 and text.find("-----BEGIN", begin, end) < 0:
            blocks.append((begin, end + _END_LINE))
    return blocks


_PUBLIC = re.compile(r"(?:-----BEGIN )?[A-Z0-9 ]{0,20}(?:PUBLIC KEY|CERTIFICATE)(?: BLOCK)?-----")
_END_LINE = 40
"""Characters of the last line of a PEM block, and of what a trigger reads behind it."""


def _outside(blocks: list[tuple[int, int]], places: list[int]) -> list[int]:
    """The places that lie in none of the blocks: their lines need not be joined."""
    if not blocks or not places:
        return places
    starts = [start for start, _ in blocks]
    return [place for place in places if (at := bisect_right(starts, place) - 1) < 0 or blocks[at][1] <= place]


def _without_stretches(text: str, joined: Iterable[Found], found: list[Found]) -> list[Found]:
    """A token that was found whole is not stretched over a line break into a word that only follows it."""
    taken = sorted(found)
    starts = [start for start, _, _ in taken]
    kept = []
    for place in joined:
        before = taken[bisect_right(starts, place[1] - 1) - 1] if taken else (0, 0, "")
        apart = before[1] <= place[0] or place[1] <= before[0]
        rest = text[before[1] : place[1]].strip("> \t\r\n\\=")
        if apart or "\n" not in text[place[0] : place[1]] or is_token(rest, shortest=8):
            kept.append(place)
    return kept


def _with_last_sign(text: str, place: Found) -> Found:
    """With the full stop at the end of a line of settings, or of an element: no sentence ends there.

    Behind a password at the end of any line it may be its last sign. Nobody can tell, so it goes with it.
    """
    start, end, kind = place
    if text[end : end + 1] == "." and text[end + 1 : end + 2] == "<" and text[start - 1 : start] == ">":
        return start, end + 1, kind  # The whole of an element.
    if (
        text[end : end + 1] == "."
        and text[end + 1 : end + 2] in ("", "\n", "\r")
        and (text[start - 1 : start] == "=" or kind.endswith("password"))
    ):
        return start, end + 1, kind
    return place


def _around_placeholders(text: str, found: list[Found]) -> Iterator[Found]:
    """Without what an earlier cleaning left: the name beside a placeholder still says that a secret stands there."""
    taken = [(place.start(), place.end()) for place in PLACEHOLDER.finditer(text)]
    starts = [start for start, _ in taken]
    for start, end, kind in found:
        whole = True
        for hole_start, hole_end in taken[max(0, bisect_right(starts, start) - 1) :]:
            if hole_start >= end:
                break
            if hole_start < start < hole_end:
                # Pointed at by a word inside the placeholder, which is no word of the text.
                whole, start = False, end
            elif hole_end > start:
                whole = False
                if hole_start - start >= SHORTEST_REST:
                    yield start, hole_start, kind
                start = hole_end
        if whole or end - start >= SHORTEST_REST:
            yield start, end, kind


def _merged(text: str, found: list[Found]) -> list[Found]:
    secrets: list[Found] = []
    for start, end, kind in sorted(found, key=lambda place: (place[0], -place[1], place[2])):
        if is_published(text[start:end]):
            continue
        if secrets and start < secrets[-1][1]:
            if end > secrets[-1][1]:
                secrets[-1] = secrets[-1][0], end, secrets[-1][2]
            continue
        secrets.append((start, end, kind))
    return secrets


@cache
def search() -> Search:
    """The search of this process, compiled when it is first asked for."""
    return Search()


def find_secrets(text: str) -> list[Secret]:
    """The secrets in ``text``, in order, without overlaps. Linear in the length of the text; nothing is stored or logged."""
    return search().find(text)
