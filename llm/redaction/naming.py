"""A value beside a name that says "secret": assignments, table cells, markup, sentences; in several languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llm.redaction.structures import Found
from llm.redaction.values import classes, is_password, is_placeholder, is_token

_PASSWORDS = "|".join(
    [
        r"pass(?:word|wd|wort|phrase|code)|pwd|kennwort|losungswort|contrase(?:ñ|n)a|mot de passe|\bmdp\b|senha|wachtwoord|hasło",
        r"lösenord|løsenord|adgangskode|salasana|\bparola\b|\bpass\b|пароль|密码|密碼|口令|パスワード|비밀번호|şifre|heslo",
    ]
)
_KEYS = "|".join(
    [
        r"secret|token|credential|api[-_ ]?key",
        r"(?:access|private|encryption|signing|auth|account|master|storage|shared|service|app(?:lication)?)[-_ ]?key",
        r"(?:sdk|license|deploy|ssh|age|hmac)[-_ ]?key",
        r"geheimnis|zugangsschlüssel|schlüssel|\bclave\b|\bclé\b|\bchiave\b|\bchave\b|\bsleutel\b|\bnyckel\b|\bnøgle\b",
        r"ключ|токен|секрет|密钥|密鑰|令牌|キー|トークン|비밀키",
        r"(?<=[_-])key\b|\bkey\b|(?<=[a-z])Key\b|(?<=_)pat\b|(?<=_)sid\b|_auth\b|\b\w{0,12}b64\b",
    ]
)
_NAMES = re.compile(rf"(?P<password>{_PASSWORDS})|(?P<key>{_KEYS})", re.IGNORECASE)
_BEFORE_NAME = re.compile(r"(?:.*[^\w.-])?", re.DOTALL)
_RIGHT = re.compile(r"[A-Za-z0-9_-]{0,40}")
# Names that hold a secret word and yet no secret: what is measured, named, hashed or public about one.
_HARMLESS_TAIL = re.compile(
    r"(?i)(?:hash|digest|[_-]?ids?|[_-]?u[rl][ilr]|file(?:name)?|path|name|len(?:gth)?|ttl|expir\w*|expires?(?:_at|_in)?|policy|type"
    r"|count|limit|version|alg\w*|prefix|suffix|size|min|max|field|hint|label|format|arn|endpoint|header|rotation|days|hours|seconds"
    r"|minutes|manager|store|provider|reset|class|column|attempts?|s|ed|ing|izer|ise\w*|ize\w*|ary|less|ly)$"
)
_HARMLESS = re.compile(
    r"(?i)public|publishable|pk_|hash|fingerprint|checksum|primary|foreign|partition|sort_?key|cache_?key|idempotency|i18n|csrf_?header"
    r"|site_?key|keyboard|monkey|turkey|keyword|key_?vault|key_?ring"
)

# What stands between a name and its value. All repetitions are bounded.
_ASSIGN = re.compile(
    r"[\"'`\])»]{0,3}[ \t]{0,24}(?:=>|:=|==?|:|：|->|→)[ \t]{0,24}(?:\\?\r?\n[ \t>]{0,16})?(?=\S)"
    r"|[\"'`*]{0,3}[ \t]{0,24}\|[ \t]{0,24}(?=\S)"
    r"|[\"'`*]{0,3}[ \t]{0,3}\([ \t]{0,2}(?:currently|now|today|value|is|aktuell|derzeit|actuellement)?[ \t:=]{0,4}"
    r"|[\"']?>[ \t\n]{0,8}|[\"'][ \t]{1,4}(?:value|Value|content)[ \t]{0,2}=[ \t]{0,2}"
    r"|[\"'][ \t]{0,4}\{[^{}\"]{0,200}\bdefault[ \t]{0,6}=[ \t]{0,6}"
    r"|[\"'`*]{0,3}[ \t]{1,3}(?:is|was|ist|lautet|est|es|è|é|er|on|jest|remains|to)\b[ \t:]{1,4}"
    r"|[为為是は][：: ]{0,2}|[\"'],[ \t]{0,4}"
)
_NEAR = re.compile(r"[\"'`]?,?[ \t]{1,4}(?:of[ \t]|was[ \t]|like[ \t])?")
_SENTENCE = re.compile(
    r"(?=[ \t\"'`*_)\]\u3000-\u9fff])[^.\n:;=|\"'`<>{}]{1,80}?"
    r"(?:\b(?:is|are|was|lautet|ist|est|es|è|é|jest|remains)\b[ \t]{0,2}"
    r"(?:now|still|currently|set to|nun|derzeit|toujours)?[ \t:]{0,3}"
    r"|[为為是は：]|->|→|:)[ \t]{0,4}(?=\S)"
)
_OPEN = re.compile(r"(?:[\"'`«„“‘「『*]|\\\"){0,3}[ \u00a0\u202f]?")
_CLOSING = {'"': '"', "'": "'", "`": "`", "«": "»", "„": "“", "“": "”", "‘": "’", "「": "」", "『": "』"}
_PLAIN = re.compile(r"[^\s\"'`<>|，。；、」』”»“]+")
# A connection string or a query goes on after its password.
_NEXT_PAIR = re.compile(r"[;&](?=[A-Za-z][\w .%-]{0,40}=|[ \t}]|$)")
LONGEST = 4096
JUDGED = 128
"""Characters of a value that are looked at to judge it; what follows without a break goes with it."""


def _value(text: str, start: int) -> tuple[int, int, bool] | None:
    """The value that begins at ``start``: (start, end, was it quoted)."""
    opening = _OPEN.match(text, start)
    signs = opening[0].replace("\\", "").strip() if opening else ""
    begin = opening.end() if opening and signs else start
    if not signs or signs[-1] not in _CLOSING:
        end = _plain_end(text, begin, JUDGED)
        return (begin, end, False) if end - begin >= 4 else None
    end = text.find(_CLOSING[signs[-1]], begin, begin + LONGEST)
    if end < 0 or text.find("\n", begin, end) >= 0:
        return None
    while end > begin and text[end - 1] in " \u00a0\u202f\\":
        end -= 1
    return (begin, end, True) if end > begin else None


def _plain_end(text: str, begin: int, limit: int) -> int:
    """Where a value without quotation marks ends: not with the punctuation of the sentence around it."""
    found = _PLAIN.match(text, begin, begin + limit)
    if found is None:
        return begin
    value = found[0]
    cut = _NEXT_PAIR.search(value)
    if cut:
        value = value[: cut.start()]
    while value:
        if value.endswith("**"):
            value = value[:-2]
        elif value[-1] in ".,;:\\" or (value[-1] in ")]}" and _unopened(value)):
            value = value[:-1]
        else:
            break
    return begin + len(value)


def _unopened(value: str) -> bool:
    opening = {")": "(", "]": "[", "}": "{"}[value[-1]]
    return value.count(opening) < value.count(value[-1]) and value[-1] not in value[:-1]


def _name(text: str, start: int, end: int) -> tuple[int, int]:
    before, right = _BEFORE_NAME.match(text, max(0, start - 40), start), _RIGHT.match(text, end)
    return before.end() if before else start, right.end() if right else end


def _plain_word(value: str) -> bool:
    """Letters of one case only: the most frequent neighbour of a secret word, and never a secret."""
    return value.isalpha() and (value.islower() or value.isupper() or value.istitle())


def _assigned(value: str, *, password: bool, quoted: bool) -> bool:
    if password:
        return is_password(value) or is_token(value)
    if is_token(value, shortest=16):
        return True
    return not quoted and all(classes(value)[:3]) and is_password(value, strict=True) and is_token(value, shortest=12)


def _mentioned(value: str, *, like_password: bool) -> bool:
    if is_token(value, shortest=24):
        return True
    if like_password:
        return sum(classes(value)) >= 3 and is_password(value, strict=True)
    return is_token(value, shortest=20)


def named_values(text: str) -> Iterator[Found]:
    """Values whose name or sentence says that they are secret."""
    beyond = 0
    for hit in _NAMES.finditer(text):
        if hit.start() < beyond:
            continue
        left, right = _name(text, hit.start(), hit.end())
        tail = text[hit.end() : right]
        if _HARMLESS.search(text, left, right) or (tail and _HARMLESS_TAIL.search(tail)):
            continue
        place = _beside(text, right, password=hit["password"] is not None, key=hit[0].lower() == "key")
        if place is not None:
            beyond = place[1]
            yield *place, "password" if hit["password"] is not None else "named-secret"


def _beside(text: str, at: int, *, password: bool, key: bool) -> tuple[int, int] | None:
    for pattern in (_ASSIGN, _NEAR, _SENTENCE):
        bridge = pattern.match(text, at)
        place = _value(text, bridge.end()) if bridge else None
        if place is None:
            continue
        start, end, quoted = place
        value = text[start : min(end, start + JUDGED)]
        if _plain_word(value) or " " in value or is_placeholder(value):
            continue
        if pattern is _ASSIGN:
            good = _assigned(value, password=password, quoted=quoted)
        else:
            good = _mentioned(value, like_password=password or key)
        if good:
            return start, end if quoted or end - start < JUDGED else _plain_end(text, start, LONGEST)
    return None
