"""Is this value a secret? Asked where a name or a sentence says that one should stand here."""

from __future__ import annotations

import math
import re
from collections import Counter

PUBLISHED = frozenset(
    {
        # Sample values that vendors print in their documentation. They are public and must survive.
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ASIA" + "IOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
        # The token on the first page of jwt.io, by its signature.
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    }
)

# What a stand-in begins with, or is altogether.
_STAND_IN = re.compile(
    r"""(?ix)
    (?-i:pk_(?:live|test)_|pk\.eyJ|phc_|sb_publishable_|pub-|pub_|G-|UA-|GTM-|ssh-|age1|AAAA[BCE]3N|AAAAE2V|your[A-Z_]|AC[0-9a-f]{32}$|(?:set|get|use|is|on|handle)[A-Z][a-z]+[A-Z0-9]?[A-Za-z]{0,20}\d?$)
    | \[?(?:person|phone|email)-\d+
    | changeme\d{0,3}(?![A-Za-z0-9])
    | \*[0-9A-F]{40}$ | Ag[A-D][A-Za-z0-9+/]{100,} | [<{\[(].*[>}\])]$ | \$\( | %[A-Z_]+%$ | <[^>]*$ | @[A-Za-z.]+\(
    | \$(?!\w{0,40}\d\d)[A-Za-z_]\w*(?:$|[^\w!?%*#&])
    | (?:process\.env|os\.environ|os\.getenv|env|getenv|secrets|vault|ref\+|vars?|var\.|local\.|data\.|module\.|config|settings
        |self|this|ssm|aws:|file:|secretsmanager|projects/|op:)(?:[.:(\[/]|$)
    | arn:[a-z] | ENC[(\[] | vault:v\d+: | \{cipher\} | \{(?:S?SHA\d*|CRYPT|PBKDF2|ARGON2)[^}]*\}
    | \$(?:\d|2[abxy]|y|apr1|argon2[a-z]*|scrypt|pbkdf2[\w-]*)\$ | (?:pbkdf2|bcrypt|argon2|scrypt|sha\d*|md5)[_a-z0-9]*\$
    | SHA\d+: | SHA(?:256|384|512)-
    | (?:none|null|nil|true|false|yes|no|required|optional|string|str|text|secret|password|passwort|passwd|pass|token|apikey
        |api_key|key|user|username|admin|root|test|foo|bar|foobar|hunter2|undefined|unset|empty|todo|tbd|n/?a|hidden|masked
        |encrypted|varchar|bearer|basic|default|value|mypassword|postgres|mysql|guest|letmein)$
    | (?:abc|123|test|foo|demo|sample|fake|mock)[-_]?(?:abc|123|def|456|key|token|secret|password|pass|bar)?[0-9]{0,4}$
    """
)
# What shows a stand-in wherever it stands; all in lower case.
_STAND_IN_SIGNS = (
    "[[secret:",
    "xxxx",
    "***",
    "...",
    "…",
    "•••",
    "${",
    "{{",
    "%(",
    "[a-z",
    "[0-9",
    "\\d",
    "(?",
    "1234567",
    "abcdef",
    "abc123def",
    "deadbeef",
)
_STAND_IN_LETTERS = tuple(sign for sign in _STAND_IN_SIGNS if sign.isalnum())
_STAND_IN_WORDS = re.compile(
    r"(?:^|[-_. <])(?:your|my|example|sample|placeholder|redacted|removed|censored|dummy|here|change[-_]?(?:me|thi"
    r"s|it))(?:$|[-_. >])"
)
_COUNT_OF = re.compile(r"\{\d+,?\d*\}")
_UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX = re.compile(r"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
_FIELD = re.compile(
    r"[a-z_]{3,60}=\w{0,8}|[a-z_]\w{1,24}=\w{1,8}|(?:\w{1,20}_)?passw(?:or)?d_?\d{1,2}|\d:[A-Z0-9]+(?:,\d:[A-Z0-9]+)*"
)
_CALL = re.compile(r"[A-Za-z_][\w.-]{0,80}[(\[{]|[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,6}$|[A-Za-z_]\w{0,60}(?:::|->)")
_TYPE = re.compile(
    r"[A-Za-z_(][\w.]{0,80}(?:Key|Token|Secret|Password|Type|Error|Exception|Credentials?|Provider|Service|Request|Response|Client|Config"
    r"|Handler|Manager|Store|Field|Input|Form|Page|Event|Param|Params|Options|Info|Data)s?[)\]]?"
)
_FUNCTION = re.compile(r"[a-z_][a-z0-9_.]{2,60}\([\w.)]")
_LETTERS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_DIGIT = re.compile(r"\d")
_PATH = re.compile(
    r"[a-z]{3,20}/[a-z]{3,20}(?:/|$)|[a-z]{3,20}(?:/[a-z][a-z0-9_.-]{1,40}){1,6}/?$|(?:[\w-][\w.-]{0,60}/){1,8}[\w-]{1,60}\.[a-z]{1,5}(?:::|:\d|$)|(?:[0-9A-Fa-f]{2}:){5,31}[0-9A-Fa-f]{2}$"
)
"""Words with slashes between, and the pairs of a fingerprint."""
_BASE64 = re.compile(r"/[A-Za-z0-9+/]{29,}={0,2}")
_NUMBERED = re.compile(r"(?:[A-Z]{1,12}|\d{1,10}|[A-Z]\d{1,2})(?:[-/_.:](?:[A-Z]{1,12}|\d{1,10}|[A-Z]\d{1,2})){2,16}")
"""Capitals and numbers with signs between: a reference, a quarter, a security identifier."""
_ANCHOR = re.compile(r"#[\w/.-]*")
_WILD = re.compile(r"[#%^&!$@~?*+]")
_VOWEL = re.compile(r"[aeiouyAEIOUYäöüéèáíóú]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?|v?\d+(?:\.\d+){1,3}\S{0,8}")
_COUNTED = re.compile(
    r"0x[0-9A-Fa-f]{1,40}|[<>=~≥≤]*\d+[-–]?(?:[A-Za-z]{1,5}|[A-Z]?[a-z]+|[A-Z]+)(?:[-/][A-Za-z]+)*"
    r"|(?:[A-Z]{1,5}|[a-z]{1,5})[-_]\d{1,5}|[A-Z][a-z]{1,4}-\d{1,5}|\d+[.,]?\d*%?"
)


_ODD = re.compile(
    r"q(?!u|$)|j(?![aeiouys])|[^aeiouyln]x(?!$)|x[bdfgjklmnqrsvwxz]|v[bcdfgjklmnpqtvwxz]|w[bcdfgjkmpqtvwxz]|z[bcdfgjkmnpqrstvx]"
    r"|[bcdfgjkpqtv][jqx]|[bcdfgjkpqv]z|k[bcdgjpqvxz]|g[bcdfjkpqtvwxz]|f[bdgjkmqvwxz]|p[gjqvxz]|h[bcdfghjkpqvxz]|[bcdfghjklmnpqrstvwxz]{5}"
)
"""Neighbours that words hardly ever have, in the languages of code."""
_BETWEEN = re.compile(r"(?<=[A-Za-z])\d+(?=[A-Za-z])")


def entropy(value: str) -> float:
    """Bits per character (Shannon)."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())


def classes(value: str) -> tuple[bool, bool, bool, bool]:
    """Has it lower case, upper case, digits, other signs?"""
    return value != value.upper(), value != value.lower(), _DIGIT.search(value) is not None, not value.isalnum()


def is_published(value: str) -> bool:
    """One of the samples that vendors print, or a web token that ends in the signature of one."""
    return value in PUBLISHED or value.rpartition(".")[2] in PUBLISHED


def is_placeholder(value: str) -> bool:
    """A stand-in, a variable, a published sample: not a secret."""
    if is_published(value) or (len(set(value[:9])) <= 2 and len(set(value)) <= 2) or _STAND_IN.match(value):
        return True
    low = value.lower()
    if value.isalnum():
        # No sign stands apart a word within; a word alone is asked for above, or is short.
        for sign in _STAND_IN_LETTERS:
            if sign in low:
                return True
        return value.endswith(("EXAMPLE", "EXAMPLEKEY")) or (len(low) <= 11 and _STAND_IN_WORDS.search(low) is not None)
    for sign in _STAND_IN_SIGNS:
        if sign in low:
            return True
    return (
        _STAND_IN_WORDS.search(low) is not None
        or value.endswith(("EXAMPLE", "EXAMPLEKEY"))
        or ("{" in value and _COUNT_OF.search(value) is not None)
    )


def made_of_words(value: str) -> bool:
    """Words or an identifier: "refresh-token", "getAccessToken". Random letters break into pieces that no word looks like."""
    if len(_BETWEEN.findall(value)) >= 3:
        return False
    letters, good = 0, 0
    for part in _LETTERS.findall(value):
        letters += len(part)
        if len(part) >= 3 and _VOWEL.search(part) and not _ODD.search(part.lower()):
            good += len(part)
    return letters > 0 and good >= 0.7 * letters


def is_code(value: str) -> bool:
    """A call, a path of attributes, a keyword argument, the name of a field: the words of a program."""
    if _FIELD.fullmatch(value) or _TYPE.fullmatch(value):
        return True
    if len(set(_WILD.findall(value))) >= 3 and _DIGIT.search(value):
        return False  # "i9(v9bg7#f*r!" calls nothing.
    call = _CALL.match(value)
    if call is not None and "(" not in call[0] and len(_DIGIT.findall(value)) >= 3 and value != value.lower():
        return False  # "Copper.Otter4471" is nobody's attribute.
    if _FUNCTION.match(value):
        return True
    return call is not None and (len(call[0]) <= 3 or made_of_words(call[0]))


def is_uuid(value: str) -> bool:
    """A UUID as it is usually written."""
    return _UUID.fullmatch(value) is not None


def _is_random_piece(piece: str) -> bool:
    return len(piece) >= 10 and all(classes(piece)[:3]) and not made_of_words(piece)


def is_token(value: str, *, shortest: int = 16, real: bool = False) -> bool:
    """A random token as machines make them: long, mixed, not made of words. ``real``: it is known to be no placeholder."""
    if len(value) < shortest or (not real and is_placeholder(value)):
        return False
    if value.isalnum():
        if _HEX.fullmatch(value):
            # What is short behind "0x" is a number or an address; a key of that form has 64 digits.
            odd = value.isdigit() or (value.startswith("0x") and len(value) <= 42)
            return not odd and (len(set(value)) >= 10 or entropy(value) >= 2.5)
        if len(value) >= 16 and len(set(value)) >= 12 and len(_BETWEEN.findall(value)) >= 3:
            return True  # What follows says the same of such a value; most keys are like it.
    if is_code(value) or _DATE.fullmatch(value) or _PATH.match(value) or _NUMBERED.fullmatch(value):
        return False
    if _UUID.fullmatch(value):
        return True
    lower, upper, digit, _ = classes(value)
    if not (digit and (lower or upper)) and not (lower and upper):
        return False
    # One key in 64 that is written in base64 begins with a slash.
    base64 = lower and upper and digit and _BASE64.fullmatch(value) and any(map(_is_random_piece, value.split("/")))
    if not base64 and (value.startswith(("/", "./", "../", "http://", "https://")) or "://" in value or _ANCHOR.fullmatch(value)):
        return False
    # Twelve different characters in a token of usual length are enough; counting them is cheaper.
    return (len(set(value)) >= 12 or entropy(value) >= 3.0) and not made_of_words(value)


def is_password(value: str, *, strict: bool = False, real: bool = False) -> bool:
    """A password as people choose them: mixed characters.

    ``strict`` is for places where only a sentence points at it, ``real`` says that it is known to be no placeholder.
    """
    if (
        not (8 if strict else 6) <= len(value) <= 256
        or (not real and is_placeholder(value))
        or _DATE.fullmatch(value)
        or _COUNTED.fullmatch(value)
        or _PATH.match(value)
    ):
        return False
    if is_code(value) or value.startswith(("/", "./", "http://", "https://", "--", "#{")) or "://" in value:
        return False
    lower, upper, digit, sign = classes(value)
    if strict:
        return (digit and (lower or upper) and (sign or (lower and upper))) or is_token(value, shortest=12, real=True)
    if digit and (lower or upper):
        return True
    return (lower and upper and sign and not made_of_words(value)) or (
        lower and upper and not made_of_words(value) and len(value) >= 10
    )
