"""A corpus made when the tests run: kinds of secrets times places to find them, split, wrapped, quoted; texts without any.

``part("A")`` is what the rules may be tuned on. ``part("B")`` has another seed, kinds and places that A never shows, and is
only looked at as a number. Both are written by the authors of the rules, so their figures flatter; a corpus of somebody else
is the real test.

The marks STX and ETX stand around a secret in a template and become the expected span.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from tests.llm.redaction.heldout_kinds import NAMED_KINDS, PREFIXED_KINDS
from tests.llm.redaction.heldout_places import BARE, BARE_B, PASSWORDS, PASSWORDS_B, PLACES, PLACES_B, SPECIAL, SPECIAL_B
from tests.llm.redaction.heldout_plain import PLAIN, PLAIN_B

Part = Literal["A", "B"]
OPEN, CLOSE = "\x02", "\x03"

LETTERS = {
    "M": string.ascii_letters + string.digits,
    "L": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "H": "0123456789abcdef",
    "X": "0123456789ABCDEF",
    "D": string.digits,
    "B": string.ascii_letters + string.digits + "+/",
    "W": string.ascii_letters + string.digits + "-_",
    "a": string.ascii_letters,
    "l": string.ascii_lowercase,
    "T": string.ascii_uppercase + "234567",
}
_WORDS = [
    *("Lantern", "Copper", "Thistle", "Marigold", "Foxglove", "Tundra", "Harbour", "Velvet"),
    *("Pepper", "Walnut", "Saffron", "Meadow", "Cobalt", "Juniper", "Otter", "Nectar"),
]
_HOSTS = [
    "db7.intern.test",
    "api.acme.test",
    "queue.corp.local",
    "git.shop.test",
    "mail.kontor.test",
    "10.4.7.21",
    "sso.clinic.example",
]
_USERS = ["app", "svc_orders", "backup", "reports", "jana.k", "etl", "ci-bot"]


@dataclass(frozen=True)
class Item:
    name: str
    text: str
    spans: tuple[tuple[int, int], ...] = ()
    ignore: tuple[tuple[int, int], ...] = field(default=())


def item(name: str, marked: str) -> Item:
    text: list[str] = []
    spans: list[tuple[int, int]] = []
    start = -1
    for letter in marked:
        if letter == OPEN:
            start = len(text)
        elif letter == CLOSE:
            spans.append((start, len(text)))
        else:
            text.append(letter)
    return Item(name, "".join(text), tuple(spans))


class Maker:
    """Random values from one seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def some(self, kind: str, length: int) -> str:
        if kind == "G":
            return "-".join(self.some("H", size) for size in (8, 4, 4, 4, 12))
        made = [self.dice.choice(LETTERS[kind]) for _ in range(length)]
        if kind in "MBW" and length >= 12:
            # A first and last letter that no program would cut off, and one of each class within.
            made[0], made[-1] = self.dice.choice(string.ascii_letters), self.dice.choice(string.ascii_letters)
            made[4], made[6], made[9] = self.dice.choice(string.digits), "q", "Z"
        return "".join(made)

    def value(self, recipe: str) -> str:
        return re.sub(r"<([A-Za-z])(\d*)>", lambda part: self.some(part[1], int(part[2] or 0)), recipe)

    def password(self) -> str:
        one, two = self.dice.sample(_WORDS, 2)
        number, sign = self.dice.randrange(10, 9999), self.dice.choice("!#*%?$^")
        leet = one.replace("e", "3").replace("o", "0").replace("a", "4")
        forms = [
            f"{one}-{two}-{number}{sign}",
            f"{leet}.{two.lower()}{number}{sign}",
            f"{leet}_{two.lower()}{number}",
            f"{one}{two}{number}",
            f"{sign}{one.lower()}{number}{two}",
            self.some("M", 14),
            self.some("M", 9) + sign + self.some("M", 5),
            self.some("M", 3) + "&" + self.some("M", 5) + "^" + self.some("M", 4),
        ]
        return self.dice.choice(forms)

    def fill(self, template: str, name: str = "SERVICE_TOKEN", value: str = "") -> str:
        """``{v}`` the value with its marks, ``{N}``, ``{n}``, ``{c}``, ``{k}`` the name in four spellings, and random company."""
        words = name.lower().split("_")
        company: dict[str, Callable[[], str]] = {
            "v": lambda: f"{OPEN}{value}{CLOSE}",
            "p": lambda: f"{OPEN}{self.password()}{CLOSE}",
            "q": lambda: f"{OPEN}{self.some('M', 20)}{CLOSE}",
            "N": lambda: name,
            "n": lambda: name.lower(),
            "c": lambda: words[0] + "".join(word.title() for word in words[1:]),
            "P": lambda: "".join(word.title() for word in words),
            "k": lambda: "-".join(words),
            "S": lambda: words[0].title(),
            "h": lambda: self.dice.choice(_HOSTS),
            "u": lambda: self.dice.choice(_USERS),
            "x": lambda: self.some("H", 40),
            "y": lambda: self.some("H", 64),
            "e": lambda: self.some("H", 32),
            "z": lambda: self.some("H", 7),
            "g": lambda: self.some("G", 0),
            "d": lambda: str(self.dice.randrange(100, 9999)),
            "m": lambda: self.some("M", 22),
            "b": lambda: self.some("B", 43) + "=",
            "i": lambda: "".join(self.some("B", 76) + "\n" for _ in range(6)),
        }
        filled = re.sub(r"\{([a-zA-Z])\}", lambda hole: company[hole[1]]() if hole[1] in company else hole[0], template)
        return re.sub(r"\{([a-zA-Z]):([^{}]+)\}", lambda hole: self._more(hole[1], hole[2]), filled)

    def _more(self, what: str, recipe: str) -> str:
        value = self.value(recipe)
        return f"{OPEN}{value}{CLOSE}" if what == "s" else value


def _kinds(kinds: dict[str, str], which: Part) -> dict[str, str]:
    """Three of ten kinds are kept for B; the choice hangs on the name alone."""
    return {name: recipe for name, recipe in kinds.items() if (zlib.crc32(name.encode()) % 10 < 3) == (which == "B")}


def _split(make: Maker, value: str) -> list[tuple[str, str]]:
    """``value`` broken up as people and programs do; the marks go from its first to its last character."""
    at = make.dice.randrange(max(6, len(value) // 3), max(7, 2 * len(value) // 3))
    one, two = value[:at], value[at:]

    def broken(sign: str) -> str:
        return f"{OPEN}{one}{sign}{two}{CLOSE}"

    return [
        ("zero width", f"Use {broken(make.dice.choice(chr(0x200B) + chr(0x2060) + chr(0xFEFF) + chr(0xAD)))} for now."),
        ("bold start", f"The key is {OPEN}**{one}**{two}{CLOSE}, keep it."),
        ("two code spans", f"First half {OPEN}`{one}` `{two}`{CLOSE} as sent by mail."),
        ("soft break", f"The sync uses {broken(chr(10) + '  ')}\nand stops at night."),
        ("quoted mail", f"> we use\n> {broken(chr(10) + '> ')}\n> since May"),
        ("js plus", f'const token = "{broken(chr(34) + " + " + chr(34))}";'),
        ("java plus", f'String t = "{broken(chr(34) + chr(10) + "        + " + chr(34))}";'),
        ("python adjacent", f'TOKEN = (\n    "{broken(chr(34) + chr(10) + "    " + chr(34))}"\n)'),
        ("php dot", f"$token = '{broken(chr(39) + ' . ' + chr(39))}';"),
        ("shell continuation", f'export TOKEN="{broken(chr(92) + chr(10))}"'),
        ("quoted printable", f"Token: {broken('=' + chr(10))}\nRegards"),
        ("vb", f'token = "{broken(chr(34) + " & _" + chr(10) + "    " + chr(34))}"'),
        ("lua", f'local token = "{broken(chr(34) + " .. " + chr(34))}"'),
        ("html break", f"<p>{broken('<wbr>')}</p>"),
        ("sql", f"SELECT '{broken(chr(39) + ' || ' + chr(39))}' AS t;"),
    ]


def _wrapped(make: Maker, name: str, value: str) -> list[tuple[str, str]]:
    inner = make.dice.choice(
        [
            f"{name}={value}\nUSER=app\n",
            json.dumps({"user": "app", "client_secret": value}),
            f"{name.lower()}: {value}\nhost: db\n",
        ]
    )
    plain = base64.b64encode(inner.encode()).decode()
    safe = base64.urlsafe_b64encode(inner.encode()).decode().rstrip("=")
    nested = base64.b64encode(plain.encode()).decode()
    lines = "\n".join(plain[at : at + 40] for at in range(0, len(plain), 40))
    return [
        ("base64", f"The pipeline variable is {OPEN}{plain}{CLOSE} for now."),
        ("base64 in yaml", f"data:\n  config: {OPEN}{plain}{CLOSE}\n"),
        ("base64 url", f"https://{make.dice.choice(_HOSTS)}/import?blob={OPEN}{safe}{CLOSE}"),
        ("base64 twice", f"payload: {OPEN}{nested}{CLOSE}"),
        ("base64 lines", f"begin\n{OPEN}{lines}{CLOSE}\nend"),
        ("hex", f"dump: {OPEN}{inner.encode().hex()}{CLOSE}"),
    ]


def _escaped(make: Maker, name: str, value: str) -> list[tuple[str, str]]:
    password = make.password()
    in_json = json.dumps(json.dumps({"note": 1, name.lower(): "@@", "ok": True}))
    percent = quote(f'{{"{name.lower()}":"@@"}}', safe="@")
    unicode = "".join(f"\\u{ord(sign):04x}" if at % 3 == 0 else sign for at, sign in enumerate(value))
    return [
        ("json in json", in_json.replace("@@", f"{OPEN}{value}{CLOSE}")),
        ("percent", f"GET /x?config={percent.replace('@@', OPEN + quote(value, safe='') + CLOSE)} HTTP/1.1"),
        ("json unicode", f'{{"{name.lower()}": "{OPEN}{unicode}{CLOSE}"}}'),
        ("xml entity", f"&lt;{name.lower()}&gt;{OPEN}{value}{CLOSE}&lt;/{name.lower()}&gt;"),
        ("html quotes", f'<div data-config="{{&quot;{name.lower()}&quot;:&quot;{OPEN}{value}{CLOSE}&quot;}}">'),
        ("json slashes", f'"url": "https:\\/\\/app:{OPEN}{make.some("M", 18)}{CLOSE}@{make.dice.choice(_HOSTS)}\\/v1"'),
        ("percent url", f"DATABASE=postgres%3A%2F%2Fapp%3A{OPEN}{quote(password, safe='')}{CLOSE}%40db%2Fapp"),
        ("newline escapes", f'"log": "start\\n{name}={OPEN}{value}{CLOSE}\\nUSER=app\\n"'),
    ]


def _fitting(places: dict[str, str], value: str) -> list[tuple[str, str]]:
    """Without the places where the value would end the string it stands in."""
    return [(name, place) for name, place in places.items() if not ("|" in value and "|" in place)]


def with_secrets(which: Part, seed: int = 0) -> list[Item]:
    """Every kind of the part in some of its places."""
    make = Maker((7 if which == "A" else 1009) + seed)
    places, bare = (PLACES, BARE) if which == "A" else (PLACES_B, BARE_B)
    passwords, special = (PASSWORDS, SPECIAL) if which == "A" else (PASSWORDS_B, SPECIAL_B)
    made: list[tuple[str, str]] = []
    for kind, recipe in _kinds(PREFIXED_KINDS, which).items():
        name = kind.upper().replace("-", "_") + make.dice.choice(("_TOKEN", "_API_KEY", "_SECRET", "_KEY"))
        value = make.value(recipe)
        for where in ({**places, **bare}, bare):
            place, template = make.dice.choice(_fitting(where, value))
            made.append((f"{kind} / {place}", make.fill(template, name, value)))
        if re.fullmatch(r"[\w.-]{20,}", value):
            how, text = make.dice.choice(_split(make, value))
            made.append((f"{kind} / split / {how}", text))
        how, text = make.dice.choice(_wrapped(make, name, value) + _escaped(make, name, value))
        made.append((f"{kind} / {how}", text))
    for name, recipe in _kinds(NAMED_KINDS, which).items():
        for _ in range(3):
            value = make.value(recipe)
            place, template = make.dice.choice(_fitting(places, value))
            made.append((f"{name} / {place}", make.fill(template, name, value)))
        if len(value) >= 20:
            how, text = make.dice.choice(_wrapped(make, name, value) + _escaped(make, name, value))
            made.append((f"{name} / {how}", text))
    for place, template in passwords.items():
        made += [(f"password / {place}", make.fill(template)) for _ in range(3)]
    for place, template in special.items():
        made += [(f"special / {place}", make.fill(template)) for _ in range(2)]
    # The same thing said on the way: judged texts are rarely one line long.
    around = ["", "", "Reviewed in the workshop.\n", "Owner: platform team.\n\n"]
    return [
        item(name, make.dice.choice(around) + text + make.dice.choice(("", "\n", "\nStatus: draft.", "\nSee the annex.\n")))
        for name, text in made
    ]


def without_secrets(which: Part, seed: int = 0) -> list[Item]:
    """Texts that talk about secrets or look random, several draws each."""
    make = Maker((11 if which == "A" else 2003) + seed)
    tails = ("", "\nStatus: draft.", "\nSee the annex.\n", "\n\nAgreed on Tuesday.")
    return [
        item(f"plain {number}", make.fill(template) + make.dice.choice(tails))
        for number, template in enumerate(PLAIN if which == "A" else PLAIN_B)
        for _ in range(3)
    ]


def part(which: Part, seed: int = 0) -> list[Item]:
    return with_secrets(which, seed) + without_secrets(which, seed)
