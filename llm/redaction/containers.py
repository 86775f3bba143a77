"""Secrets that stand together below one name: a section, a mapping or a list that is called "secrets", "tokens", "api_keys".

The name says what its entries are. An entry whose own name says that it is a host, a user or an id stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from llm.redaction.features import LISTS

MOST_ENTRIES, LONGEST_LINE = 60, 4000
_OPENS = re.compile(
    r"(?P<section>\][ \t]{0,4}\r?\n)"
    r"|[\"'`\])]{0,2}[ \t]{0,8}(?:(?::[ \t]{0,4}[\w\[\], <>.]{2,40})?(?:=>|:=|=|:)[ \t]{0,8}(?:[\w.]{1,30}\()?(?P<bracket>[{\[(])"
    r"|(?P<body>\{))"
    r"|[\"']?[ \t]{0,4}:(?P<mapping>[ \t]{0,4}(?:#[^\n]{0,120})?\r?\n)"
    r"|[\"']?[ \t]{0,4}[=:][ \t]{0,4}[\"']?(?P<list>(?=[^\s,;\"'()]{6,200}[,;][ \t]?[^\s,;\"'()]{6,200}))",
)
_ENTRY = re.compile(
    r"(?:(?P<mark>[\"'`]?)(?P<name>[A-Za-z_][\w.@/-]{0,60})(?P=mark)[ \t]{0,12}(?:=>|:=|:|=)[ \t]{0,4})?"
    r"(?P<quote>[\"'`])?(?P<value>(?(quote)[^\"'`\n]{6,2000}|[^\s\"'`,;{}\[\]()]{6,2000}(?<![:=])))(?(quote)(?P=quote))"
)
_SCHEMA = re.compile(r"\A[\s{\"']{0,40}(?:type|\$ref|description|allOf|required)[\"']?\s?:|\btype[\"']?: ?[\"']?string")
"""What follows describes a field, it does not fill it."""
_BETWEEN = re.compile(r"(?:[\s,;{(\[]|- |[bru](?=[\"']))*")
_INDENT = re.compile(r"[ \t]*(?:- )?")
_NAMED = frozenset(LISTS["between"]["named"].split()) - {"mail", "order", "branch", "model", "serial", "project", "stage", "code"}
"""An entry called "mail" among secrets is the secret of the mail server."""
_LAST = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)\d*\Z")
_SIGNS = frozenset(":={")
_KEYS = re.compile(r"(?i)api|access|secret|auth|private|sign|encrypt|service|client")


def entries(text: str, left: int, right: int, counts: Callable[[str, str], bool]) -> Iterator[tuple[int, int]]:
    """The secrets below the name that stands at ``left`` to ``right``."""
    name = text[left:right]
    if text[right : right + 1] == " " and text[right + 1 : right + 2] not in _SIGNS:
        return
    opens = _OPENS.match(text, right)
    if opens is None or (name.lower().endswith(("key", "keys")) and not _KEYS.search(name)):
        return
    if name[-1:] not in "sS" and (opens["list"] is not None or opens["bracket"] == "("):
        return  # "password=x,version=3": the next pair; "token = (": one in pieces, joined elsewhere.
    if opens["section"] is not None and text[left - 1 : left] not in "[.":
        return
    if _SCHEMA.search(text[opens.end() : opens.end() + 200]):
        return
    for start, end, own in _walked(text, left, opens):
        if own and (last := _LAST.search(own)) and last[0].lower() in _NAMED:
            continue
        if counts(own, text[start:end]):
            yield start, end


def _walked(text: str, left: int, opens: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Each entry: where its value begins and ends, and its own name."""
    at, stop = opens.end(), _end(text, left, opens)
    for _ in range(MOST_ENTRIES):
        at = _skipped(text, at, stop)
        entry = _ENTRY.match(text, at, stop)
        if entry is None:
            line = text.find("\n", at, stop)
            if line < 0:
                return
            at = line + 1
            continue
        if entry["name"] or entry["quote"] or not text.startswith((":", "="), entry.end()):
            yield entry.start("value"), entry.end("value"), entry["name"] or ""
        at = entry.end()


def _skipped(text: str, at: int, stop: int) -> int:
    between = _BETWEEN.match(text, at, stop)
    return between.end() if between else at


def _end(text: str, left: int, opens: re.Match[str]) -> int:
    """Where the block ends: at its bracket, at a blank line, at the next section, at a line that is indented less."""
    start = opens.end()
    if opens["list"] is not None:
        line = text.find("\n", start, start + LONGEST_LINE)
        return line if line >= 0 else min(len(text), start + LONGEST_LINE)
    limit = min(len(text), start + LONGEST_LINE)
    if bracket := opens["bracket"] or opens["body"]:
        end = text.find({"{": "}", "[": "]", "(": ")"}[bracket], start, limit)
        return end if end >= 0 else limit
    blank = text.find("\n\n", start, limit)
    limit = blank if blank >= 0 else limit
    if opens["section"] is not None:
        section = text.find("\n[", start, limit)
        return section if section >= 0 else limit
    begin = text.rfind("\n", 0, left) + 1
    indent = _width(text, begin)
    at = start
    while at < limit and _width(text, at) > indent - (text[at + _width(text, at) - 2 : at + _width(text, at)] == "- "):
        line = text.find("\n", at, limit)
        at = line + 1 if line >= 0 else limit
    return at


def _width(text: str, begin: int) -> int:
    found = _INDENT.match(text, begin)
    return found.end() - begin if found else 0
