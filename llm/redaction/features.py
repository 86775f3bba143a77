"""What speaks for a run of letters and digits being a secret, or against it: features, each a short text with a weight.

Four views: the value, its place in the line, the word for a secret beside it, and what stands between the two. No feature holds a
piece of the value. The lists of words are in ``words.toml``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from llm.redaction import values


class Word(NamedTuple):
    """A word for a secret, or a hint at one, and the name that it is part of."""

    left: int
    start: int
    end: int
    right: int
    group: str


LISTS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def _listed(name: str) -> frozenset[str]:
    return frozenset(LISTS["between"][name].split())


_FORM = {
    code: "a" if chr(code).islower() else "A" if chr(code).isupper() else "0" for code in range(0x250) if chr(code).isalnum()
}
_DIGIT = re.compile(r"\d")
_SHAPES = {
    "path": r"(?:~|\.{0,2})/[\w.-]+/\S*",
    "iban": r"[A-Z]{2}\d{2}(?:[A-Z]{4})?\d{8,26}",
    "numbers": r"(?:[A-Z]{1,12}|\d{1,10}|[A-Z]\d{1,2})(?:[-/_.:,](?:[A-Z]{1,12}|\d{1,10}|[A-Z]\d{1,2})){2,16}",
    "address": r"0x[0-9A-Fa-f]{1,40}",
    "uuid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "object": (
        r"(?:acct|asst|cart|ch|cus|evt|file|img|in|msg|ord|org|pi|pm|po|price|prod|proj|req|run|seti|src|step|sub|thread|txn|user|usr"
        r"|wrkspc|ws)_[A-Za-z0-9]{6,40}"
    ),
    "hex": r"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)",
    "algorithm": (
        r"(?:AES|SHA|HMAC|PBKDF2?|RSA|TLS|ECDH|ECDSA|HS|RS|ES|PS|MD|Ed|X|aes|sha|hmac|rsa|ed|x)[-_]?\d{1,5}(?:[-_/][A-Za-z0-9]+)*"
        r"|(?:[A-Z0-9]+[-_])+(?:SHA|AES|GCM|CBC|RSA|HMAC)[-_]?\d{0,4}(?:[-_][A-Z0-9]+)*"
    ),
    "call": r"[^\s\"']*\)\.[A-Za-z_]\w*\(.*",
    "pgpass": r"(?:[\w.*-]+:)?(?:\d{2,5}|\*):[\w*-]+:[\w.*-]+:\S+",
    "pinned": r"[\w./-]+@[0-9a-f]{40}",
    "row": r"[^,\s]*(?:,[^,\s]*){3,}|[^;\s]*(?:;[^;\s]*){2,}",
    "file": (
        r"[\w./@-]+\.(?:zip|pdf|t?gz|tar|json|ya?ml|txt|md|py|[jt]sx?|html?|png|jpe?g|svg|csv|xml|log|conf|cfg|ini|sh|pem|crt|key|lock"
        r"|whl|jar|exe|dll|so|go|rs|java|cs|rb|php|sql|docx?|xlsx?)"
    ),
    "standard": (
        r"(?:NIST|ISO|IEC|RFC|DIN|EN|BIO|NBR|PCI|CWE|CVE|GB|TS|SP|REQ|ADR|US|ORD|AUTH|TK)(?:[-/ ]?[A-Z]{1,3})?[-/]?\d[\w.:/-]*"
    ),
    "itself": r"[A-Za-z_-]*(?i:passw(?:or)?[dt]|token|secret|login|passwort)[A-Za-z_-]*\d{0,3}[:?.]?",
    "date": r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?|\d\d:\d\d.*",
    "version": r"v?\d+(?:[.-]\w+)+|[A-Za-z]+\d\.\d+\+?|\d[\d.,]*%?",
    "combination": r"(?:Ctrl|Strg|Alt|Shift|Cmd|Meta|Win|Fn)\+\S+|FRITZ!Box\S*",
    "host": r"(?:[\w-]+\.)+[\w-]+:\d+|[A-Z]+/\d+|\d{1,3}(?:\.\d{1,3}){3}(?:/\S*)?",
    "numbered": r"[A-Za-z]{2,}\d{1,3}|\d{1,4}[A-Za-z]{1,12}",
    "reference": r"[A-Z]{1,8}-?\d{1,10}[A-Za-z]?|[A-Z0-9]{1,6}(?:-[A-Z0-9]{1,6}){1,4}",
    "titled": r"[A-Z][a-z]+-\d{1,5}",
    "camel": r"[a-z]+\d?(?:[A-Z][a-z]+\d?)+",
    "pascal": r"(?:[A-Z]+[a-z]{2,}\d{0,3}){2,}",
    "snake": r"[a-z0-9]+(?:_[a-z0-9]+)+|[A-Z0-9]+(?:_[A-Z0-9]+)+",
    "id": r"[a-z]{2,12}_[A-Za-z0-9]{8,40}",
    "kebab": r"[a-z0-9]+(?:-[a-z0-9]+)+",
    "mail": r"[\w.+-]+@[\w-]+\.[\w.-]+",
    "dotted": r"[A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*)+\(?",
}
_SHAPE = re.compile("(?:" + "|".join(f"(?P<{shape}>{pattern})" for shape, pattern in _SHAPES.items()) + ")$", re.ASCII)
_LETTERS = frozenset("aA0")
_NEVER = frozenset(
    (
        *(
            "address",
            "algorithm",
            "camel",
            "date",
            "dotted",
            "file",
            "host",
            "iban",
            "itself",
            "mail",
            "numbered",
            "numbers",
            "object",
        ),
        *("call", "combination", "path", "pgpass", "pinned", "row", "standard", "uuid", "version"),
    )
)


def of_value(value: str) -> list[str] | None:
    """What a value is made of; None where it can be no secret."""
    shape = _SHAPE.match(value)
    if (shape is not None and shape.lastgroup in _NEVER) or "://" in value or values.is_placeholder(value):
        return None
    form = value.translate(_FORM)
    lower, upper = "a" in form, "A" in form
    if not (lower or upper):
        return None
    size, sign, digits, variety = len(value), not value.isalnum(), form.count("0"), len(set(value))
    kinds = f"{'a' if lower else ''}{'A' if upper else ''}{'#' if sign else ''}"
    kind, words = shape.lastgroup if shape else "none", "words" if values.made_of_words(value) else "no words"
    of = [
        f"length {_LENGTHS[size] if size < 64 else 64}",
        f"digits {digits if digits < 6 else 6}",
        f"shape {kind} {kinds}",
        f"variety {variety // 3 if variety < 30 else 10}",
        f"first {form[0]}",
        f"last {form[-1]}",
        f"{words} {kinds}",
        f"{words} {kind}",
    ]
    if sign:
        of += [f"has {one}" for one in sorted({*form} - _LETTERS)[:6] if one.isascii()]
        if _MACHINES.search(value):
            of.append("of machines")
    if values.is_code(value):
        of.append("code")
    return of


_MACHINES = re.compile(
    r"(?i)(?<![a-z0-9])(?:prod|dev|stage|staging|db|svc|app|api|(?:eu|us|ap|v|rc|web|node|env)-?\d{0,2}|tls|shop|file|secret|policy|service)(?![a-z0-9])"
)


_LENGTHS = [0] * 64
for _top in (64, 40, 32, 24, 20, 16, 14, 12, 10, 9, 8, 7):
    _LENGTHS[:_top] = [_top] * _top

_SPACED = str.maketrans(dict.fromkeys("\"'`*«»„“”‘’‚_()[]{}<>.,;:!?=|/\\-–—→\n\t\r", " "))
_MARKS = str.maketrans(dict.fromkeys("\"'`*«»„“‘_ \t", ""))
_SAYS, _CHANGES, _AGAINST, _PUBLIC = map(_listed, ("says", "changes", "against", "public"))
_SAID_FIRST, _NAMED = _listed("said_first"), _listed("named")
_SAID_EAST = re.compile("[是为為は은는了成만入]")
_OTHER_NAMES = re.compile(r"(?i)pass|secret|token|key|kennwort|credential|login|user", re.ASCII)
_SIGN = re.compile(r"=>|:=|->|-->|→|➜|[=:：|,;\t/(>]|\.\.\.|…")
_FLAGGED = re.compile(r"(?:^|\s)(?:-[uUhHl]\b|--user|--host|/u(?:ser)?:|-u\S)|@|/v:|\\\\")


def _spoken(said: str) -> list[str]:
    """What its words are for, whatever language they are of."""
    words = said.lower().translate(_SPACED).split()
    of = [f"words {len(words) if len(words) < 7 else 7}"]
    says = [at for at, one in enumerate(words) if one in _SAYS]
    if says or (not said.isascii() and _SAID_EAST.search(said)):
        of.append("says")
        if not says or says[-1] >= len(words) - 2:
            of.append("says last")
    if any(one[:size] in _CHANGES for one in words for size in (3, 4, 5, 6)):
        of.append("changes")
    against = sum(one in _AGAINST for one in words)
    if against:
        of.append(f"against {against if against < 3 else 3}")
    if not _PUBLIC.isdisjoint(words):
        of.append("public")
    if not _SAID_FIRST.isdisjoint(words):
        of.append("said first")
    return of


def of_between(text: str, first: int, last: int) -> list[str]:
    """What stands between a word and a run."""
    said = text[first:last]
    bare = said.translate(_MARKS)
    far = (last - first) // 12
    of = [f"far {far if far < 8 else 8}"]
    if not bare:
        return [*of, "nothing between", "quote between" if said.strip() else "space between"]
    sign = _SIGN.search(bare)
    of += [
        f"first sign {sign[0] if sign else ''}",
        f"ending {bare[-1] if not bare[-1].isalnum() else 'letter'}",
    ]
    if len(bare) <= 2:
        of.append(f"only {bare}")
    else:
        of += _spoken(said)
        if _OTHER_NAMES.search(bare):
            of.append("other name between")
        if ". " in said or "? " in said or "! " in said:
            of.append("sentence ends")
        if _DIGIT.search(bare):
            of.append("digits between")
        if "(" in bare and ")" not in bare:
            of.append("open bracket")
    lines = said.count("\n")
    if lines:
        of.append(f"lines {lines if lines < 3 else 3}")
        if "\n\n" in said:
            of.append("blank line")
    return of


def of_place(text: str, start: int, end: int) -> list[str]:
    """What stands right before and right behind a run, and in its line."""
    before, after = text[start - 1 : start], text[end : end + 1]
    of = [f"before {before if not before.isalnum() else 'letter'}", f"after {after if not after.isalnum() else 'letter'}"]
    begin, stop = text.rfind("\n", start - 120 if start > 120 else 0, start) + 1, text.find("\n", end, end + 120)
    begin, stop = max(begin, start - 120), stop if stop >= 0 else min(len(text), end + 120)
    rest = text[end:stop].strip(" \t\"'`.,;)\r")
    head = text[begin:start].strip(" \t\"'`-*")
    if not rest:
        of.append("ends line" if head else "alone on line")
    elif not head:
        of.append("begins line")
    of.append("own " + _own(text[begin if begin > start - 60 else start - 60 : start]))
    if _FLAGGED.search(text, begin, stop):
        of.append("flags")
    words = (head + " " + rest).lower().translate(_SPACED).split()
    against = sum(one in _AGAINST for one in words)
    if against:
        of.append(f"line against {against if against < 4 else 4}")
    if not _PUBLIC.isdisjoint(words):
        of.append("line public")
    return of


_OWN = re.compile(r"([A-Za-z][\w.-]{0,40})[\"'`]?\]?[ \t]{0,4}(?:[:=]|:=|=>|->)[ \t]{0,4}[\"'`]{0,3}\Z", re.ASCII)
_LAST = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)\d*\Z")


_OF_USER = re.compile(
    r"(?i)(?:user|login)[_-]?(?:name|id)\Z|benutzername\Z|site[_-]?key\Z|public[_-]?key\Z|publishable", re.ASCII
)


def _own(before: str) -> str:
    """What kind of name stands right before a run, with only a sign between."""
    name = _OWN.search(before)
    if name is None:
        return "none"
    if _OF_USER.search(name[1]):
        return "harmless"
    if _OTHER_NAMES.search(name[1]):
        return "secret"
    last = _LAST.search(name[1])
    return "harmless" if last and last[0].lower() in _NAMED else "other"


def of_word(text: str, word: Word) -> list[str]:
    """How a word is written, and what stands at its sides."""
    left, _, end, right, _ = word
    before, after = text[left - 1 : left], text[right : right + 1]
    of = [
        f"word after {after if not after.isalnum() else 'letter'}",
        f"word before {before if not before.isalnum() else 'letter'}",
    ]
    if right > end:
        of.append("goes on")
    return of
