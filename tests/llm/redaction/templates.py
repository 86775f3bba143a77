"""Sets of texts that were written before anybody looked at how the finder does on them, as templates without values.

A file holds texts with a line ``===`` between them. ``«kind»`` is a secret, ``‹kind›`` company of it, ``‹!kind›`` company that
may be taken or not. A kind is a method of ``Maker``, letters with a length (``an24``, ``hex40``, see ``ALPHABETS``), or pieces of
these and of fixed text, joined with ``+``. ``«B64(...)»`` and ``«HEX(...)»`` encode a template in which ``⟨kind⟩`` is filled.
``x2`` on the first line asks for two draws. Values are made when the tests run: no file holds what looks like a key.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
import uuid
from pathlib import Path

from tests.llm.redaction.heldout import Item

TEXTS = Path(__file__).parent / "texts"
LETTERS = string.ascii_letters + string.digits
ALPHABETS = {
    "an": LETTERS,
    "low": string.ascii_lowercase + string.digits,
    "up": string.ascii_uppercase + string.digits,
    "let": string.ascii_letters,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "b64u": LETTERS + "-_",
    "d": string.digits,
    "b32": string.ascii_uppercase + "234567",
}
WORDS = [
    *("basalt", "heron", "tulip", "anchor", "piano", "glacier", "magnet", "violet", "kettle", "radish", "comet", "lizard"),
    *("parsley", "ladder", "trumpet", "walrus", "saturn", "mustard", "bridge", "cactus"),
]
FOREIGN = [
    *("Fenster", "Apfelbaum", "Fahrrad", "Schmetterling", "Montagne", "Fromage", "Girasole", "Tomate", "Ratatouille"),
    *("Krokodil", "Zebra", "Fluss", "Nordwind", "Kirsche"),
]
NAMES = ["Amelie", "Bruno", "Carla", "Dieter", "Elodie", "Farid", "Greta", "Hasan", "Ingrid", "Jonas"]
USERS = ["svc_export", "l.brandt", "wms", "readonly", "kiosk", "olga", "billing-bot", "sa", "tmsapp", "intern"]
HOSTS = ["erp", "files", "mx", "stage2", "warehouse", "ldap", "bi"]


class Maker:
    """Random values and company from one seed."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)

    def some(self, letters: str, size: int) -> str:
        while True:
            made = "".join(self.dice.choices(letters, k=size))
            mixed = re.search(r"\d", made) and re.search("[A-Za-z]", made)
            if mixed or size < 8 or letters not in (LETTERS, ALPHABETS["low"], ALPHABETS["up"]):
                return made

    def pw(self) -> str:
        """A password as people make them."""
        dice, one, other = self.dice, self.dice.choice(WORDS), self.dice.choice(FOREIGN)
        low, up, digits = string.ascii_lowercase, ALPHABETS["up"], string.digits
        leet = one.capitalize().replace("a", "@", 1).replace("e", "3").replace("i", "1").replace("s", "$")
        forms = [
            lambda: other + str(dice.randrange(1950, 2027)) + dice.choice("!?#$*."),
            lambda: dice.choice(NAMES) + dice.choice("_-.@#") + str(dice.randrange(10, 9999)),
            lambda: leet + str(dice.randrange(10, 999)) + dice.choice("!#?"),
            lambda: self.some(LETTERS + "!#%&*+?@^_-=", 12) + self.some(digits, 2) + dice.choice("xYz"),
            lambda: "-".join(word.capitalize() for word in dice.sample(WORDS, 3)) + str(dice.randrange(1, 99)),
            lambda: dice.choice("!#$%") + one + str(dice.randrange(100, 9999)) + other[:3],
            lambda: self.some(up, 4) + "-" + self.some(up, 4) + "-" + str(dice.randrange(10, 99)) + self.some(low, 2),
            lambda: other.lower() + str(dice.randrange(10, 99)) + one.upper(),
            lambda: self.some(LETTERS, dice.randrange(10, 18)),
            lambda: one + "_" + dice.choice(WORDS) + "_" + str(dice.randrange(10, 99)) + dice.choice("!%"),
            lambda: (
                dice.choice(["Welcome", "Passw0rd", "Start", "Admin", "Sommer", "Letmein"])
                + dice.choice("@#_!")
                + str(dice.randrange(2019, 2027))
                + dice.choice("!$x")
            ),
            lambda: (
                dice.choice(string.ascii_uppercase)
                + self.some(ALPHABETS["low"], 7)
                + dice.choice("!$%&")
                + str(dice.randrange(10, 99))
            ),
            lambda: one.capitalize() + other + str(dice.randrange(1, 99)),
            lambda: other + dice.choice("-_.") + str(dice.randrange(100, 99999)) + dice.choice(["", "!", "?"]),
            lambda: (
                other.replace("o", "0").replace("e", "3").replace("l", "1") + dice.choice("!#$") + str(dice.randrange(10, 99))
            ),
            lambda: self.some(LETTERS, 6) + dice.choice("-_!#%+") + self.some(LETTERS, 6),
            lambda: str(dice.randrange(10, 99)) + one.capitalize() + dice.choice("!?&*") + other.lower(),
            lambda: one + str(dice.randrange(1000, 9999)) + dice.choice(["", "!", "$$", "#x"]),
            lambda: ".".join([one, dice.choice(WORDS), str(dice.randrange(10, 999))]),
            lambda: self.some(low, 5) + dice.choice("-_") + self.some(ALPHABETS["low"], 5) + "-" + self.some(up, 5) + "3",
        ]
        return dice.choice(forms)()

    def spw(self) -> str:
        """The same without signs that end a word of a shell or an address."""
        while True:
            made = self.pw()
            if not re.search(r"[!#$%&/()=?*@^]", made):
                return made

    def b64(self, size: int) -> str:
        return base64.b64encode(self.dice.randbytes(size)).decode()

    def dice_words(self) -> str:
        return self.dice.choice("-.").join(self.dice.sample(WORDS, self.dice.choice((4, 5))))

    def phrase(self) -> str:
        return " ".join(self.dice.sample(WORDS, self.dice.choice((4, 5, 6))))

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def jwt(self) -> str:
        parts = (
            {"alg": self.dice.choice(["HS256", "RS256", "ES256"]), "typ": "JWT", "kid": self.some(ALPHABETS["hex"], 8)},
            {"sub": self.some(LETTERS, 9), "exp": self.dice.randrange(17 * 10**8, 18 * 10**8), "scope": "orders"},
        )
        coded = [
            base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=") for part in parts
        ]
        return ".".join([*coded, self.some(ALPHABETS["b64u"], self.dice.choice((43, 86, 342)))])

    def pem(self) -> str:
        body = self.b64(self.dice.choice((118, 230, 610)))
        return "\n".join(body[at : at + 64] for at in range(0, len(body), 64))

    def user(self) -> str:
        return self.dice.choice(USERS)

    def host(self) -> str:
        return f"{self.dice.choice(HOSTS)}.{self.w()}{self.dice.choice(['.lan', '.example.org', '.co', '.it', '.internal'])}"

    def ip(self) -> str:
        return "10.{}.{}.{}".format(*(self.dice.randrange(1, 250) for _ in range(3)))

    def w(self) -> str:
        return self.dice.choice(WORDS)

    def name(self) -> str:
        return self.dice.choice(NAMES)

    def n(self) -> str:
        return str(self.dice.randrange(2, 900))

    def date(self) -> str:
        return f"2026-{self.dice.randrange(1, 13):02}-{self.dice.randrange(1, 29):02}"

    def ts(self) -> str:
        return f"{self.date()}T{self.dice.randrange(24):02}:{self.dice.randrange(60):02}:{self.dice.randrange(60):02}Z"

    def make(self, kind: str) -> str:
        """What a hole asks for."""
        if kind.startswith(("B64(", "HEX(")):
            inner = fill("", kind[4:-1].replace("⟨", "‹").replace("⟩", "›"), self).text.encode()
            return base64.b64encode(inner).decode() if kind.startswith("B64") else inner.hex()
        if kind.startswith("="):
            return kind[1:]
        if "'" in kind or "+" in kind:
            pieces = re.findall(r"'[^']*'|[^+']+", kind)
            return "".join(piece[1:-1] if piece.startswith("'") else self.make(piece) for piece in pieces)
        if sized := re.fullmatch(r"(an|low|up|let|hex|HEX|b64u|b32|d|b64)(\d+)", kind):
            size = int(sized[2])
            return self.b64(size) if sized[1] == "b64" else self.some(ALPHABETS[sized[1]], size)
        made: str = getattr(self, kind)()
        return made


HOLE = re.compile(r"«([^«»]+)»|‹(!?)([^‹›]+)›")


def fill(name: str, template: str, make: Maker) -> Item:
    """A template with values and company in its holes."""
    spans: list[tuple[int, int]] = []
    ignore: list[tuple[int, int]] = []
    text = ""
    past = 0
    for hole in HOLE.finditer(template):
        text += template[past : hole.start()]
        value = make.make(hole[1] or hole[3])
        place = len(text), len(text) + len(value)
        if hole[1]:
            spans.append(place)
        elif hole[2]:
            ignore.append(place)
        text += value
        past = hole.end()
    return Item(name, text + template[past:], tuple(spans), tuple(ignore))


def texts(which: str, seed: str = "") -> list[Item]:
    """The texts of a file, filled; ``which`` is its name without the ending."""
    made = []
    blocks = re.split(r"^===.*\n", (TEXTS / f"{which}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for number, block in enumerate(block.strip("\n") for block in blocks if block.strip()):
        draws, template = (2, block.removeprefix("x2\n")) if block.startswith("x2\n") else (1, block)
        made += [fill(f"{which} {number}", template, Maker(f"{which}/{seed}/{number}/{draw}")) for draw in range(draws)]
    return made
