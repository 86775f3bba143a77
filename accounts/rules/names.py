"""What a person typed as a name or a phone number, without what nobody can see.

A name is shown as it was written, in any script. It is no proof of who somebody is: Unicode has letters that look alike, and no
filter knows them all. So nothing recognises a person by a name, no mail or SMS holds one, and where another person than its owner
sees it (the operator's console) the address stands beside it.
"""

from __future__ import annotations

import re
import unicodedata

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's general categories of controls, format characters (overrides of direction, joiners), surrogates, unassigned."""
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code) for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(first, last + 1)
}
"""Letters and marks of other categories that draw nothing (Unicode: Default_Ignorable_Code_Point, and the empty Braille cell)."""
MARKS_ON_A_LETTER = 4
_PHONE = re.compile(r"[0-9+()./ #*,-]+(?: ?(?:ext\.?|x) ?[0-9]{1,8})?", re.IGNORECASE)


def one_line(text: str) -> str:
    """``text`` in NFC on one line: no control, no direction override, nothing invisible; single spaces."""
    seen = "".join(
        " " if sign.isspace() else sign
        for sign in unicodedata.normalize("NFC", text)
        if sign.isspace() or (unicodedata.category(sign) not in HIDDEN and sign not in BLANK)
    )
    return " ".join(_without_towers(seen).split())


def has_letters(name: str) -> bool:
    """Whether there is anything to read in it."""
    return any(unicodedata.category(sign)[0] in "LN" for sign in name)


def phone(text: str) -> str | None:
    """A phone number as it was written, with usual digits and signs; None when it is none. Empty stays empty."""
    written = one_line(unicodedata.normalize("NFKC", text)).replace("\u2013", "-").replace("\u2010", "-")
    if not written:
        return ""
    return written if _PHONE.fullmatch(written) and sum(sign.isdigit() for sign in written) >= 3 else None


def _without_towers(text: str) -> str:
    """Accents piled up without end leave their line; more than four on one letter are dropped."""
    kept, marks = [], 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign) == "Mn" else 0
        if marks <= MARKS_ON_A_LETTER:
            kept.append(sign)
    return "".join(kept)
