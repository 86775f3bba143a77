"""A value beside a name that says "secret": assignments, table cells, markup, sentences; in several languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llm.redaction.structures import Found
from llm.redaction.values import classes, is_password, is_placeholder, is_token

_PASSWORDS = (
    r"pass(?:word|wd|wort|phrase|code)|pwd|kennwort|losungswort|contrase(?:ñ|n)a|mot de passe|\bmdp\b|senha|wachtwoord|hasło|lösenord|løsenord|adgangskode"
    r"|salasana|\bparola\b|\bpass\b|пароль|密码|密碼|口令|パスワード|비밀번호|şifre|heslo"
)
_KEYS = (
    r"secret|token|credential|api[-_ ]?key|(?:access|private|encryption|signing|auth|account|master|storage|shared|service|app(?:lication)?|sdk|license|deploy|ssh|age|hmac)[-_ ]?key"
    r"|geheimnis|zugangsschlüssel|schlüssel|\bclave\b|\bclé\b|\bchiave\b|\bchave\b|\bsleutel\b|\bnyckel\b|\bnøgle\b|ключ|токен|секрет|密钥|密鑰|令牌|キー|トークン|비밀키"
    r"|(?<=[_-])key\b|\bkey\b|(?<=[a-z])Key\b|(?<=_)pat\b|(?<=_)sid\b|_auth\b|\b\w{0,12}b64\b"
)
_NAMES = re.compile(rf"(?P<password>{_PASSWORDS})|(?P<key>{_KEYS})", re.IGNORECASE)
_LEFT = re.compile(r"[\w.-]")
_RIGHT = re.compile(r"[A-Za-z0-9_-]{0,40}")
_HARMLESS_TAIL = re.compile(
    r"(?i)(?:hash|digest|[_-]?ids?|[_-]?u[rl][ilr]|file(?:name)?|path|name|len(?:gth)?|ttl|expir\w*|expires?(?:_at|_in)?|policy|type|count|limit|version|alg\w*|prefix|suffix|size"
    r"|min|max|field|hint|label|format|arn|endpoint|header|rotation|days|hours|seconds|minutes|manager|store|provider|reset|class|column|attempts?|s|ed|ing|izer|ise\w*|ize\w*|ary|less|ly)$"
)
_HARMLESS = re.compile(
    r"(?i)public|publishable|pk_|hash|fingerprint|checksum|primary|foreign|partition|sort_?key|cache_?key|idempotency|i18n|csrf_?header|site_?key|keyboard|monkey|turkey|keyword|key_?vault|key_?ring"
)

_ASSIGN = re.compile(
    r"[\"'`\])»]{0,3}[ \t]{0,24}(?:=>|:=|==?|:|：|->|→|=)[ \t]{0,24}(?:\\?\r?\n[ \t>]{0,16})?(?=\S)"
    r"|[\"'`*]{0,3}[ \t]{0,24}\|[ \t]{0,24}(?=\S)"
    r"|[\"'`*]{0,3}[ \t]{0,3}\([ \t]{0,2}(?:currently|now|today|value|is|aktuell|derzeit|actuellement)?[ \t:=]{0,4}"
    r"|[\"']?>[ \t\n]{0,8}|[\"'][ \t]{1,4}(?:value|Value|content)[ \t]{0,2}=[ \t]{0,2}"
    r"|[\"'][ \t]{0,4}\{[^{}\"]{0,200}\bdefault[ \t]{0,6}=[ \t]{0,6}"
    r"|[\"'`*]{0,3}[ \t]{1,3}(?:is|was|ist|lautet|est|es|è|é|er|on|jest|remains|to)\b[ \t:]{1,4}|[为為是は][：: ]{0,2}|[\"'],[ \t]{0,4}"
)
_NEAR = re.compile(r"[\"'`]?,?[ \t]{1,4}(?:of[ \t]|was[ \t]|like[ \t])?")
_SENTENCE = re.compile(
    r"(?=[ \t\"'`*_)\]\u3000-\u9fff])[^.\n:;=|\"'`<>{}]{1,80}?(?:\b(?:is|are|was|lautet|ist|est|es|è|é|jest|remains)\b[ \t]{0,2}(?:now|still|currently|set to|nun|derzeit|toujours)?[ \t:]{0,3}|[为為是は：]|->|→|:)[ \t]{0,4}(?=\S)"
)
_OPEN = re.compile(r"(?:[\"'`«„“‘「『*]|\\\"){0,3}[ \u00a0\u202f]?")
_CLOSING = {'"': '"', "'": "'", "`": "`", "«": "»", "„": "“", "“": "”", "‘": "’", "「": "」", "『": "』"}
_PLAIN = re.compile(r"[^\s\"'`<>|，。；、」』”»“]{4,512}")
LONGEST = 512


def _value(text: str, start: int) -> tuple[int, int, bool] | None:
    """The value that begins at ``start``: (start, end, was it quoted)."""
    opening = _OPEN.match(text, start)
    signs = opening[0].replace("\\", "").strip() if opening else ""
    begin = opening.end() if opening and signs else start
    if signs and signs[-1] in _CLOSING:
        close = _CLOSING[signs[-1]]
        end = text.find(close, begin, begin + LONGEST)
        if end < 0 or "\n" in text[begin:end]:
            return None
        while end > begin and text[end - 1] in " \u00a0\u202f\\":
            end -= 1
        return (begin, end, True) if end > begin else None
    found = _PLAIN.match(text, begin)
    if found is None:
        return None
    value = found[0]
    # A connection string or a query goes on after its password.
    for sign in (";", "&"):
        cut = re.search(rf"{sign}(?=[A-Za-z][\w .%-]{{0,40}}=|[ \t}}]|$)", value)
        if cut:
            value = value[: cut.start()]
    while value and (
        value[-1] in ".,;:" or (value[-1] in ")]}" and _unopened(value)) or value.endswith("**") or value.endswith("\\")
    ):
        value = value[:-2] if value.endswith("**") else value[:-1]
    return (begin, begin + len(value), False) if value else None


def _unopened(value: str) -> bool:
    opening = {")": "(", "]": "[", "}": "{"}[value[-1]]
    return value.count(opening) < value.count(value[-1]) and value[-1] not in value[:-1]


def _name(text: str, start: int, end: int) -> tuple[int, int]:
    left = start
    while left > 0 and start - left < 40 and _LEFT.match(text[left - 1]):
        left -= 1
    right = _RIGHT.match(text, end)
    return left, right.end() if right else end


def _is_secret(value: str, *, password: bool, quoted: bool) -> bool:
    if " " in value:
        return False
    if password:
        return is_password(value) or is_token(value)
    return is_token(value, shortest=16) or (
        not quoted and all(classes(value)[:3]) and is_password(value, strict=True) and is_token(value, shortest=12)
    )


def named_values(text: str) -> Iterator[Found]:
    """Values whose name or sentence says that they are secret."""
    beyond = 0
    for hit in _NAMES.finditer(text):
        if hit.start() < beyond:
            continue
        password = hit["password"] is not None
        left, right = _name(text, hit.start(), hit.end())
        name, tail = text[left:right], text[hit.end() : right]
        if _HARMLESS.search(name) or (tail and _HARMLESS_TAIL.search(tail)):
            continue
        for bridge, near in (
            (_ASSIGN.match(text, right), False),
            (_NEAR.match(text, right), True),
            (_SENTENCE.match(text, right), True),
        ):
            if bridge is None:
                continue
            place = _value(text, bridge.end())
            if place is None:
                continue
            start, end, quoted = place
            value = text[start:end]
            if is_placeholder(value) or " " in value:
                continue
            if near:
                good = (
                    is_password(value, strict=True) and sum(classes(value)) >= 3
                    if password or hit[0].lower() == "key"
                    else is_token(value, shortest=20)
                )
                good = good or is_token(value, shortest=24)
            else:
                good = _is_secret(value, password=password, quoted=quoted)
            if good:
                beyond = end
                yield start, end, "password" if password else "named-secret"
                break
