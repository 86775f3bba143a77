"""Secrets that show by where they stand: key blocks, URLs, headers, command lines, webhooks. Parsers, not patterns for values.

Every pattern starts at a literal and has bounded repetitions, so that the time stays linear on hostile text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator

from llm.redaction.values import PUBLISHED, is_password, is_placeholder, is_token

Found = tuple[int, int, str]

_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d: [\w-]{1,40}")
_PEM_FILLER = re.compile(r"(?:\\[nr]|[\s\"'`,+>\[|])+")
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/=:,.\-\s\"'`>|]|\\[nr])*")
_PEM_FIRST = re.compile(r"[A-Za-z0-9+/=]{16}|[A-Za-z][A-Za-z-]{2,30}: ")
"""A line of base64, or a header such as "Proc-Type: 4,ENCRYPTED"."""
_PEM_EDGE = " \t\r\n\"'`,+>[|"
_ESCAPED = ("\\n", "\\r")
LONGEST_PEM = 32_000


def private_keys(text: str) -> Iterator[Found]:
    """The bodies of private key blocks: indented, quoted, with escaped line ends, or cut off before their end."""
    begin = _PEM_BEGIN.search(text)
    while begin is not None:
        start = begin.end()
        filler = _PEM_FILLER.match(text, start, start + 200)
        if filler:
            start = filler.end()
        end = _pem_end(text, start)
        while end > start and (text[end - 1] in _PEM_EDGE or text[end - 2 : end] in _ESCAPED):
            end -= 2 if text[end - 2 : end] in _ESCAPED else 1
        if end - start >= 24 and _PEM_FIRST.match(text, start, end):
            yield start, end, "private-key"
        begin = _PEM_BEGIN.search(text, max(end, begin.end()))


def _pem_end(text: str, start: int) -> int:
    next_line = text.find("-----", start, start + LONGEST_PEM)
    if next_line >= 0 and text.startswith("-----END", next_line):
        return next_line
    # Cut off: everything that can be part of a key block belongs to it, up to the first blank line.
    body = _PEM_BODY.match(text, start, next_line if next_line >= 0 else start + LONGEST_PEM)
    end = body.end() if body else start
    blank = text.find("\n\n", start, end)
    return blank if blank >= 0 else end


_JWT = re.compile(r"(?<![A-Za-z0-9_-])e(?:yJ|wog)[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{4,16000}(?:\.[A-Za-z0-9_-]{0,16000}){0,3}")


def web_tokens(text: str) -> Iterator[Found]:
    """JSON web tokens (RFC 7519) whose header can be read."""
    for found in _JWT.finditer(text):
        header = found[0].split(".", 1)[0]
        try:
            read = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        except (ValueError, binascii.Error):
            continue
        if isinstance(read, dict) and "alg" in read and found[0].count(".") >= 2 and found[0].rsplit(".", 1)[1] not in PUBLISHED:
            yield found.start(), found.end(), "jwt"


_USERINFO = re.compile(r"(?:[^\s:/?#@\"'<>`]{0,128}):([^\s\"'<>`/]{1,256})@(?=[\w\[])")
_LOCAL_SAMPLE = re.compile(r"(?:localhost|127\.0\.0\.1|db|host|example\.(?:com|org|net))\b")


def urls(text: str) -> Iterator[Found]:
    """The password in ``scheme://user:password@host``."""
    at = text.find("://")
    while at >= 0:
        found = _USERINFO.match(text, at + 3)
        if found and not is_placeholder(found[1]):
            word = found[1].isalpha() and found[1].islower()
            if not (word and _LOCAL_SAMPLE.match(text, found.end())):
                yield found.start(1), found.end(1), "url-password"
        at = text.find("://", at + 3)


_RULES: list[tuple[str, re.Pattern[str]]] = [
    (
        "webhook",
        re.compile(
            r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Z0-9]{6,16}/[A-Z0-9]{6,16}/([A-Za-z0-9]{16,64})"
            r"|discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/\d{10,20}/([\w-]{40,100})"
            r"|/IncomingWebhook/([0-9a-f]{32})|hooks\.zapier\.com/hooks/catch/\d{3,12}/(\w{5,40})"
            r"|hook\.[a-z0-9]{2,5}\.make\.com/([a-z0-9]{24,40})|maker\.ifttt\.com/trigger/[\w-]{1,60}/(?:json/)?with/key/([\w-]{16,60})"
        ),
    ),
    (
        "signature",
        re.compile(
            r"[?&;](?:sig|signature|X-Amz-Signature|X-Goog-Signature|x-oss-signature|Policy-Signature)=([^&\s\"'<>`)\]]{20,800})",
            re.IGNORECASE,
        ),
    ),
    (
        "authorization",
        re.compile(
            r"Authorization[\"']?\s{0,4}[:=,]\s{0,4}[\"'`]?"
            r"(?:(?:Bearer|Basic|Token|ApiKey|Api-Key|Key|Digest|NTLM|Negotiate|Splunk|GenieKey|SSWS)[ \t]{1,4})?"
            r"([^\s\"'`,;<>]{8,4000})",
            re.IGNORECASE,
        ),
    ),
    ("bearer", re.compile(r"\b[Bb]earer[ \t]{1,4}[\"'`]?([A-Za-z0-9._~+/=-]{16,4000})")),
    ("netrc-password", re.compile(r"\blogin\s{1,8}\S{1,64}\s{1,12}password\s{1,8}(\S{4,128})")),
    ("pgpass-password", re.compile(r"^[\w.*-]{1,120}:(?:\d{2,5}|\*):[\w*-]{1,64}:[\w*.-]{1,64}:(\S{6,128})$", re.MULTILINE)),
    ("command-password", re.compile(r"(?:\s-u|--user|--proxy-user)[ =]{1,2}[\"']?[^\s:'\"]{1,64}:([^\s'\"]{3,128})")),
    ("command-password", re.compile(r"\bsshpass\s{1,3}-p\s{0,2}(?:'([^'\n]{3,128})'|\"([^\"\n]{3,128})\"|([^\s'\"]{3,128}))")),
    (
        "command-password",
        re.compile(r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;]{0,120}?\s-p(?:'([^'\n]{4,128})'|([^\s'\"]{4,128}))"),
    ),
    (
        "command-password",
        re.compile(
            r"\b(?:(?:docker|podman|helm|az|oc)[ \t][^\n|;]{0,40}?login|7z|zip|redis-cli)\b[^\n|;]{0,120}?\s(?:-p|-P|-a)[ ]?"
            r"(?:'([^'\n]{4,128})'|([^\s'\"-][^\s'\"]{5,128}))"
        ),
    ),
    ("registry-auth", re.compile(r"\"auth\"\s{0,4}:\s{0,4}\"([A-Za-z0-9+/]{12,1000}={0,2})\"")),
    ("totp-seed", re.compile(r"otpauth://[^\s\"'<>]{1,300}?[?&]secret=([A-Z2-7a-z]{12,128}=*)")),
]

_COOKIE = re.compile(r"(?:\b|\")(?:Set-)?Cookie[\"']?\s{0,3}[:=]\s{0,3}([^\n]{1,4000})", re.IGNORECASE)
_COOKIE_PAIR = re.compile(r"([\w.-]{1,60})=([^;\s\"']{8,2000})")
_SESSION = re.compile(r"(?i)sess|sid$|auth|token|jwt|csrf|xsrf|remember|\.sid|ticket")


def _cookies(text: str) -> Iterator[Found]:
    for line in _COOKIE.finditer(text):
        for pair in _COOKIE_PAIR.finditer(text, line.start(1), line.end(1)):
            if _SESSION.search(pair[1]) and not is_placeholder(pair[2]) and any(letter.isdigit() for letter in pair[2]):
                yield pair.start(2), pair.end(2), "session-cookie"


def _holds(kind: str, value: str) -> bool:
    if is_placeholder(value):
        return False
    if kind == "registry-auth":
        try:
            return b":" in base64.b64decode(value, validate=True)
        except (ValueError, binascii.Error):
            return False
    if kind in {"bearer", "authorization"}:
        return is_token(value, shortest=16) or is_password(value, strict=True)
    if kind == "command-password":
        return is_password(value)
    if kind == "pgpass-password":
        return is_password(value) and "/" not in value
    return True


def places(text: str) -> Iterator[Found]:
    """Headers, command lines, webhooks, cookies and the like."""
    for kind, pattern in _RULES:
        for found in pattern.finditer(text):
            for group, value in enumerate(found.groups(), start=1):
                if value and _holds(kind, value):
                    yield found.start(group), found.end(group), kind
    yield from _cookies(text)
