"""Find people named with a title, phone numbers and e-mail addresses: precise rather than greedy.

A bare first name or surname is not taken: it cannot be told from the name of a product, a place or a role without guessing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Personal = Literal["person", "phone", "email"]


@dataclass(frozen=True)
class Span:
    """A stretch of text that names or reaches a person."""

    start: int
    end: int
    """Exclusive, in characters."""
    kind: Personal


_TITLE = (
    r"(?:Prof(?:essor)?\.?|Dr\.?|Doctor|Mrs\.?|Mr\.?|Ms\.?|Miss|Mx\.?|Sir|Dame|Herrn?|Frau|Fräulein|Mme\.?|Mlle\.?|Monsieur|Madame"
    r"|Señor(?:a|ita)?|Sra\.|Signor(?:e|a)?|Dott\.(?:ssa)?|Ing\.|Dipl\.-Ing\.|Pan[ií]?)"
)
# Titles may follow each other ("Prof. Dr. Weber"); every repetition is bounded, so the time stays linear.
_TITLES = re.compile(rf"(?<![\w.-]){_TITLE}(?:[ \u00a0]{_TITLE}){{0,3}}(?=[ \u00a0])")
_PARTICLE = r"(?:von|van|de|der|den|del|della|di|da|du|la|le|ten|ter|zu|zur|al|el|bin|ibn)"
_NAME = re.compile(
    rf"[ \u00a0]((?:{_PARTICLE}[ \u00a0]){{0,3}}[^\W\d_a-zß-ÿ][\w'’]{{1,30}}(?:-[^\W\d_][\w'’]{{1,30}}){{0,2}})(?![\w@])"
)
_INITIAL = re.compile(r"[ \u00a0][A-Z]\.(?=[ \u00a0][^\W\d_a-zß-ÿ])")
_NOT_A_NAME = frozenset(
    re.findall(
        r"\w+",
        """
        The This That These Those It He She They We You I And But Or If When Where While Because So Then There Here What Who
        Why How In On At For From With By To Of As An Our My Your His Her Its Their Is Are Was Were Has Have Had Do Does Did
        Will Would Can Could Shall Should May Must Not No Yes Please Also Only Every Each All Some Any Most Both Just Maybe
        Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September
        October November December Der Die Das Und Oder Aber Wenn Ein Eine Er Sie Es Wir Ihr Ich Le Les Une Et Ou Mais Il Elle
        Nous Vous El Los Las Y Pero Office Excel Word Teams Windows Outlook Azure
        """,
    )
)


def _people(text: str) -> list[Span]:
    spans = []
    for titles in _TITLES.finditer(text):
        end = titles.end()
        while initial := _INITIAL.match(text, end):
            end = initial.end()
        first = _NAME.match(text, end)
        if first is None or first[1].split()[-1] in _NOT_A_NAME:
            continue
        end = first.end()
        second = _NAME.match(text, end)
        if second is not None and second[1].split()[-1] not in _NOT_A_NAME:
            end = second.end()
        # A genitive belongs to the sentence, not to the name: "Dr. Brandt's list" keeps its "'s".
        for ending in ("'s", "’s"):
            if text.endswith(ending, 0, end):
                end -= 2
        spans.append(Span(titles.start(), end, "person"))
    return spans


_NUMBER = re.compile(r"(?<![\w.,/+:#-])(?:\+|\()?\d[\d \u00a0()/.\-]{4,22}\d(?!\w|[.,:/-]\d)")
_CALLED = re.compile(
    r"(?i)\b(?:tel|telephone|phone|mobile|cell|call|ring|dial|fax|whatsapp|telefon|handy|mobil|anrufen|téléphone|portable|móvil)\b"
)
_AMERICAN = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}")
_MOBILE = re.compile(r"01[5-7]\d{8,9}|07\d{9}|06\d{8}")


def _is_phone(found: str, before: str) -> bool:
    digits = "".join(letter for letter in found if letter.isdigit())
    if not 7 <= len(digits) <= 15 or _DATE.fullmatch(found.strip()):
        return False
    if found.startswith("+"):
        return digits[0] != "0" and len(digits) >= 8
    if _AMERICAN.fullmatch(found) or _MOBILE.fullmatch(found):
        return True
    if digits[0] == "0" and digits[1] != "0" and len(digits) >= 8 and "." not in found:
        # A national number: an area code of three digits or more and one to three groups, or five pairs as in France.
        # Decimals, versions and dates have dots or shorter groups.
        groups = re.findall(r"\d+", found)
        if (len(groups[0]) >= 3 and 2 <= len(groups) <= 4) or (len(groups) == 5 and all(len(group) == 2 for group in groups)):
            return True
    return _CALLED.search(before) is not None


def _phones(text: str) -> list[Span]:
    return [
        Span(found.start(), found.end(), "phone")
        for found in _NUMBER.finditer(text)
        if _is_phone(found[0], text[max(0, found.start() - 30) : found.start()])
    ]


_LOCAL = re.compile(r"[\w.%+'-]")
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")


def _emails(text: str) -> list[Span]:
    spans = []
    at = text.find("@")
    while at >= 0:
        start = at
        while start > 0 and at - start < 64 and _LOCAL.match(text[start - 1]):
            start -= 1
        while start < at and text[start] in ".'-":
            start += 1
        host = _HOST.match(text, at + 1)
        # "https://user:password@host" is a matter for the secret finder, not an address.
        in_a_url = text[max(0, start - 1) : start] == ":" or text[max(0, start - 3) : start] == "://"
        if host is not None and start < at and (not in_a_url or text[max(0, start - 7) : start] == "mailto:"):
            spans.append(Span(start, host.end(), "email"))
        at = text.find("@", at + 1)
    return spans


def find_personal(text: str) -> list[Span]:
    """The people, phone numbers and e-mail addresses in ``text``, in order, without overlaps. Linear in its length."""
    spans: list[Span] = []
    for span in sorted([*_emails(text), *_people(text), *_phones(text)], key=lambda span: (span.start, -span.end)):
        if not spans or span.start >= spans[-1].end:
            spans.append(span)
    return spans
