"""Secrets that show by where they stand: key blocks, URLs, headers, command lines, webhooks. Parsers, not patterns for values.

Every pattern starts at a literal and has bounded repetitions, so that the time stays linear on hostile text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from llm.redaction.formats import Trigger
from llm.redaction.values import PUBLISHED, classes, is_password, is_placeholder, is_token, made_of_words

Found = tuple[int, int, str]

PEM_TRIGGERS = (
    Trigger("PRIVATE KEY", 11),
    Trigger("Private-Lines: ", 15),
    Trigger("Static key V1", 13),
    Trigger("tls-crypt-v2 ", 13),
)
JWT_TRIGGERS = (Trigger("eyJ[A-Za-z0-9_-]{12}", 15), Trigger("ewog[A-Za-z0-9_-]{12}", 16))
URL_TRIGGERS = (Trigger(r"://[^\s:/?#@\"'<>`]*:[^\s\"'<>`/]*@", 0),)
LOGIN_TRIGGERS = (Trigger(r"[\w.-]:[^\s\"'<>`/:@]{6,64}@(?:[A-Za-z0-9-]+\.[A-Za-z0-9]|\[|tcp\()", 0),)
COOKIE_TRIGGERS = (Trigger("cookie", 6, caseless=True),)

_PEM_BEGIN = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|-----BEGIN OpenVPN (?:Static key V1|tls-crypt-v2 (?:client"
    r"|server) key)-----|Private-Lines: \d{1,3}"
)
_PEM_FILLER = re.compile(r"(?:\\[nr]|[\s\"'`,+>\[|#*;])+")
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/=:,.\-\s\"'`>|#*;]|\\[nr])*")
_PEM_FIRST = re.compile(r"[A-Za-z0-9+/=]{16}|[A-Za-z][A-Za-z-]{2,30}: ")
"""A line of base64, or a header such as "Proc-Type: 4,ENCRYPTED"."""
_PEM_EDGE = " \t\r\n\"'`,+>[|#*;"
_ESCAPED = ("\\n", "\\r")
LONGEST_PEM = 32_000


def private_key(text: str, near: int) -> Found | None:
    """The body of a private key block whose first line ends about ``near``: indented, quoted, escaped, or cut of"
    "f before its end."""
    begin = _PEM_BEGIN.search(text, max(0, near - 80), near + 60)
    if begin is None:
        return None
    start = begin.end()
    filler = _PEM_FILLER.match(text, start, start + 200)
    if filler:
        start = filler.end()
    end = _pem_end(text, start)
    while end > start and (text[end - 1] in _PEM_EDGE or text[end - 2 : end] in _ESCAPED):
        end -= 2 if text[end - 2 : end] in _ESCAPED else 1
    if end - start >= 24 and _PEM_FIRST.match(text, start, end):
        return start, end, "private-key"
    return None


def _pem_end(text: str, start: int) -> int:
    next_line = text.find("-----", start, start + LONGEST_PEM)
    if next_line >= 0 and text.startswith("-----END", next_line):
        return next_line
    # Cut off: everything that can be part of a key block belongs to it, up to the first blank line.
    body = _PEM_BODY.match(text, start, next_line if next_line >= 0 else start + LONGEST_PEM)
    end = body.end() if body else start
    blank = text.find("\n\n", start, end)
    return blank if blank >= 0 else end


_JWT = re.compile(
    r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))e(?:yJ|wog)[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{0,16000}(?:\.[A-Za-z0-9_-]{0,16000}){0,3}"
)


def web_token(text: str, start: int) -> Found | None:
    """A JSON web token (RFC 7519) that begins at ``start`` and whose header can be read."""
    found = _JWT.match(text, start)
    if found is None or found[0].count(".") < 2 or len(found[0]) < 60 or found[0].rsplit(".", 1)[1] in PUBLISHED:
        return None
    header = found[0].split(".", 1)[0]
    try:
        read = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, binascii.Error):
        return None
    if isinstance(read, dict) and "alg" in read:
        return found.start(), found.end(), "jwt"
    return None


_USERINFO = re.compile(r"(?:[^\s:/?#@\"'<>`]{0,128}):([^\s\"'<>`/]{1,256})@(?=[\w\[])")
_LOGIN_PARTS = re.compile(r"[A-Za-z][\w.\\/-]{0,40}:([^/:@]{6,128})")
_LOCAL_SAMPLE = re.compile(r"(?:localhost|127\.0\.0\.1|db|host|example\.(?:com|org|net))\b")


def url_password(text: str, start: int) -> Found | None:
    """The password in ``scheme://user:password@host``; ``start`` is behind the two slashes."""
    found = _USERINFO.match(text, start)
    if found is None or is_placeholder(found[1]):
        return None
    if found[1].isalpha() and found[1].islower() and _LOCAL_SAMPLE.match(text, found.end()):
        return None
    return found.start(1), found.end(1), "url-password"


def login_password(text: str, end: int) -> Found | None:
    """The password in ``user:password@host`` without a scheme; ``end`` is behind the first letters of the host."""
    at = text.rfind("@", end - 70 if end > 70 else 0, end)
    head = text[at - 180 if at > 180 else 0 : at]
    run = head[max(head.rfind(sign) for sign in " \t\n\"'<>`(=,") + 1 :]
    found = None if "//" in run else _LOGIN_PARTS.fullmatch(run)
    if found is None or not is_password(found[1]):
        return None
    return at - len(found[1]), at, "login-password"


@dataclass(frozen=True)
class Rule:
    """A secret that shows by where it stands. The value is the first group that took part in the match."""

    kind: str
    pattern: re.Pattern[str]
    triggers: tuple[Trigger, ...]
    holds: Callable[[str], bool]
    """Does this value count? Asked after the pattern fits."""
    whole: bool = False
    """Is it the whole match that must not leave? The group is then only what is judged."""
    from_line: bool = False
    """The match begins where the line of the trigger begins, else where the trigger does."""


def rule(
    kind: str,
    pattern: str,
    *words: str,
    holds: Callable[[str], bool] | None = None,
    caseless: bool = False,
    triggers: tuple[Trigger, ...] = (),
    whole: bool = False,
    from_line: bool = False,
) -> Rule:
    """``words``: fixed texts, one of which stands at the beginning of every match."""
    flags = re.ASCII | re.MULTILINE | (re.IGNORECASE if caseless else 0)
    triggers += tuple(Trigger(re.escape(word), len(word), caseless=caseless) for word in words)
    return Rule(kind, re.compile(pattern, flags), triggers, holds or is_real, whole, from_line)


def is_real(value: str) -> bool:
    """No stand-in."""
    return not is_placeholder(value)


def _is_login(value: str) -> bool:
    """Base64 of ``user:password``."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (ValueError, binascii.Error):
        return False


def is_credential(value: str) -> bool:
    """A token or a strong password."""
    return (
        not is_placeholder(value)
        and not value.startswith(("AWS4-", "GOOG4-", "SCRAM-"))
        and (is_token(value, shortest=16) or is_password(value, strict=True))
    )


def is_random(value: str) -> bool:
    """A token of 16 characters or more."""
    return is_token(value, shortest=16)


def is_mixed(value: str) -> bool:
    """A token of letters of both cases and digits."""
    return all(classes(value)[:3]) and is_token(value)


def is_strong_password(value: str) -> bool:
    """Both cases and digits, as a sentence would have to show it."""
    return is_password(value, strict=True) and all(classes(value)[:3])


def _is_strong_password_or_token(value: str) -> bool:
    return is_token(value, shortest=12) or is_strong_password(value)


def _is_random_behind_its_prefix(value: str) -> bool:
    """Of one case, too: the prefix says that it is a token."""
    return is_token(value, shortest=28) and not value.isalpha()


def _is_signature(value: str) -> bool:
    return not is_placeholder(value) and any(letter.isdigit() for letter in value) and not made_of_words(value)


_CARDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|(?:5018|5020|5038|6304|6759|676[1-3])\d{8,15}"
)
"""How numbers of payment cards begin, and how long they are (ISO/IEC 7812, the ranges of the networks)."""
_GROUPED = re.compile(r"\d+|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5}")


def _is_card(value: str) -> bool:
    """A number in one piece or grouped as on a card, of a range in use, with the right last digit (ISO/IEC 7812-1, annex B)."""
    digits = re.sub("[ -]", "", value)
    if _GROUPED.fullmatch(value) is None or _CARDS.fullmatch(digits) is None or len(set(digits)) == 1:
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _is_path_free_password(value: str) -> bool:
    return is_password(value) and "/" not in value


_ABOUT_ITSELF = re.compile(
    r"your|secret|pass(?:word|phrase)?|phrase|change|this|here|with|from|must|have|file|path|name|value|type|input|default|none|long|some"
    r"|random|example|sample|dummy|test|vault|config|settings|never|empty|required|optional|prompt|field|the|and|for|not|are|was|you|can|that"
    r"|when|only|once|least|most|four|five|six|words|word|characters|letters|should|shall|will|may|used|uses|user|users|stored|written|know|lost"
)


def _is_dice_words(value: str) -> bool:
    """Words that dice chose: none of them speaks of the passphrase itself."""
    words = re.split("[-. ]", value)
    return len(set(words)) == len(words) and not any(map(_ABOUT_ITSELF.fullmatch, words)) and not is_placeholder(value)


_QUOTED = r"(?:'([^'\n]{3,128})'|\"([^\"\n]{3,128})\"|([^\s'\"|;-][^\s'\"|;]{3,127}))"

RULES: tuple[Rule, ...] = (
    rule(
        "mollie-key",
        r"(?:live|test)_(?:(?<![\w-](?:live|test)_)|(?<=\\[nrt](?:live|test)_))([A-Za-z0-9]{30,36})(?![\w-])",
        triggers=(Trigger("live_[A-Za-z0-9]{30}", 35), Trigger("test_[A-Za-z0-9]{30}", 35)),
        holds=is_mixed,
        whole=True,
    ),
    rule(
        "secret-token",
        r"(?<![A-Za-z0-9_%./=-])(?!(?:pk|phc|cs|pub|seti|sub|file|img|asset|meeting)_)[a-z]{2,8}_([A-Za-z0-9]{32,120})(?![A-Za-z0-9_%-])",
        triggers=(Trigger("_[A-Za-z0-9]{28}", 29, 8),),
        holds=is_mixed,
        whole=True,
    ),
    rule(
        "secret-token",
        r"(?<![\w%./=-])(?!(?:pk|pub|public|publishable|phc)[_-])(?:[a-z][a-z0-9]{0,11}[_-]){0,3}(?:api|key|tkn|token|secret|live|pat|app|server|personal|service|uut)"
        r"(?:[_-][a-z0-9]{1,6}){0,2}[_-](?=[a-z0-9_-]{0,80}?\d)([A-Za-z0-9]{28,200})(?![\w%-])",
        triggers=tuple(
            Trigger(rf"{word}[_-][A-Za-z0-9]{{20}}", len(word) + 21, 44)
            for word in ("api", "key", "tkn", "token", "secret", "live", "pat", "app", "server", "personal", "service", "uut")
        ),
        holds=_is_random_behind_its_prefix,
        whole=True,
    ),
    rule(
        "url-password",
        r"[?&](?:p|pw|pwd|pass|passwd)=([^&\s\"'<>#]{6,128})",
        *(f"{sign}{word}=" for sign in "?&" for word in ("p", "pw", "pwd", "pass", "passwd")),
        holds=_is_strong_password_or_token,
    ),
    rule(
        "command-password",
        r"auth ?= ?\(\s{0,4}[\"'][^\"'\n]{0,64}[\"'],\s{0,4}[\"']([^\"'\n]{8,128})[\"']",
        "auth=(",
        "auth = (",
        holds=is_credential,
    ),
    rule(
        "password",
        r"(?:app|smtp|email_host|mail)[ _-]password[\"']?(?: is|:| =|=)\s{0,3}[\"']?([a-z]{4}(?: [a-z]{4}){3})(?![a-z ])",
        *(f"{word}{sign}password" for word in ("app", "smtp", "email_host", "mail") for sign in " _-"),
        caseless=True,
    ),
    rule(
        "password",
        r"(?<![\w/.-])(?:admin|root|administrator|user|demo|guest)(?::| / )([^\s\"'`<>|,;/]{8,64})",
        *(f"{word}{sign}" for word in ("admin", "root", "administrator", "user", "demo", "guest") for sign in (":", " / ")),
        holds=is_strong_password,
    ),
    rule(
        "command-password",
        r"echo (?:-n )?[\"']?([^\s\"'|]{8,2000})[\"']? ?\| ?(?:sudo )?"
        r"(?:docker|podman|helm|nerdctl|oras|crane|az|gh|-S|kinit|su|cryptsetup|passwd|openssl|gpg|ssh-add|mount) ",
        "echo ",
        holds=is_credential,
    ),
    rule(
        "webhook",
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Z0-9]{6,16}/[A-Z0-9]{6,16}/([A-Za-z0-9]{16,64})",
        "hooks.slack",
    ),
    rule("webhook", r"discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/\d{10,20}/([\w-]{40,100})", "discord"),
    rule("webhook", r"/IncomingWebhook/([0-9a-f]{32})", "/IncomingWebhook/"),
    rule("webhook", r"hooks\.zapier\.com/hooks/catch/\d{3,12}/(\w{5,40})", "hooks.zapier"),
    rule("webhook", r"hook\.[a-z0-9]{2,5}\.make\.com/([a-z0-9]{24,40})", "hook."),
    rule("webhook", r"hook\.[a-z0-9]{2,5}\.integromat\.com/([a-z0-9]{24,40})", "hook."),
    rule("webhook", r"maker\.ifttt\.com/trigger/[\w-]{1,60}/(?:json/)?with/key/([\w-]{16,60})", "maker.ifttt"),
    rule("webhook", r"/webhook(?:-test)?/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?!@)", "/webhook"),
    rule("webhook", r"/hooks/([a-z0-9]{26}|[A-Za-z0-9]{16,24}/[A-Za-z0-9]{30,60})(?![A-Za-z0-9])", "/hooks/", holds=is_random),
    rule("telegram-token", r"/bot(\d{8,10}:[\w-]{33,37})", "/bot"),
    rule("recovery-key", r"(?<![\d-])(\d{6}(?:-\d{6}){7})(?![\d-])", triggers=(Trigger(r"\d{6}-\d{6}-\d{6}-", 21),)),
    rule(
        "license-key",
        r"(?:licen[cs]e|product|activation|serial|lizenz|recovery|wiederherstellungs)[ -]?(?:key|code|schlüssel|number)?[\"'`]?"
        r"(?: is| ist| lautet|:|=)\s{0,3}[\"'`]?((?=[A-Z0-9-]{0,40}[A-Z])[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){3,6})(?![A-Z0-9-])",
        *("license", "licence", "product", "activation", "serial", "lizenz", "recovery", "wiederherstellungs"),
        caseless=True,
        holds=lambda value: value.isupper() and not is_placeholder(value),
    ),
    rule("webhook", r"events\.pagerduty\.com/(?:integration|generic/[\d-]{1,10})/([0-9a-f]{32})", "events.pagerduty"),
    rule("calendar-link", r"/private-([0-9a-f]{32})/", "/private-"),
    rule("feed-token", r"(?:feed_token|rss_token|private_token)=([\w-]{16,100})", "feed_token=", "rss_token=", "private_token="),
    rule(
        "signature",
        r"(?<![A-Za-z])(?:sig|signature|hmac)=([^&\s\"'<>`)\]]{20,1200})",
        "sig=",
        "signature=",
        "hmac=",
        holds=_is_signature,
        caseless=True,
    ),
    rule(
        "authorization",
        r"Authorization[\"']?(?:\s{0,4}[:=,]\s{0,4}[\"'`]?| [\"'])"
        r"(?:(?:Bearer|Basic|Token|ApiKey|Api-Key|Key|Digest|NTLM|Negotiate|Splunk|GenieKey|SSWS|Klaviyo-API-Key|D"
        r"eepL-Auth-Key|PRIVATE-TOKEN)[ \t]{1,4})?"
        r"(?:token=)?([^\s\"'`,;<>&]{8,4000})",
        "authorization",
        caseless=True,
        holds=is_credential,
    ),
    rule(
        "authorization",
        r"(?:Bearer|SSWS|GenieKey|ApiKey|Splunk)[ \t]{1,4}[\"'`]?([A-Za-z0-9._~+/=-]{16,4000})",
        "bearer ",
        "ssws ",
        "geniekey ",
        "apikey ",
        "splunk ",
        caseless=True,
        holds=is_credential,
    ),
    rule(
        "netrc-password",
        r"\blogin\s{1,8}\S{1,64}\s{1,12}password\s{1,8}(\S{4,128})",
        triggers=(Trigger(r"login[ \t\r\n\f\v]", 6),),
    ),
    rule(
        "pgpass-password",
        r"^[\w.*-]{1,120}:(?:\d{2,5}|\*):[\w*-]{1,64}:[\w*.-]{1,64}:(\S{6,128})$",
        holds=_is_path_free_password,
        from_line=True,
        triggers=(Trigger(":[0-9]{4}:", 6), Trigger(r":\*:", 3)),
    ),
    rule(
        "command-password",
        r"(?:\s-u|--user|--proxy-user)[ =]{0,2}[\"']?[^\s:'\"]{1,64}:([^\s'\"]{3,128})",
        " -u",
        "\n-u",
        "\t-u",
        "--user",
        "--proxy-user",
        holds=is_password,
    ),
    rule("command-password", r"sshpass\s{1,3}-p\s{0,2}" + _QUOTED, "sshpass", holds=is_password),
    rule(
        "command-password",
        r"(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n|;]{0,120}?\s-p(?:'([^'\n]{4,128})'|([^\s'\"]{4,128}))",
        "mysql",
        "mariadb",
        holds=is_password,
    ),
    rule(
        "command-password",
        r"(?:login|redis-cli|ldapsearch|ldapmodify|ldapadd|net user|7z|zip|smbclient|sqlcmd|bcp|htpasswd|winexe|ke"
        r"ytool|openssl|gpg|mongosh?|cqlsh)\b"
        r"[^\n|;]{0,160}?\s(?:-p|-P|-a(?=[ =])|-w|-pw|-storepass|-keypass|--passphrase|--pass)[ =]?" + _QUOTED,
        "redis-cli",
        "ldap",
        "7z",
        "sqlcmd",
        "bcp ",
        "keytool",
        "openssl",
        "gpg",
        "mongo",
        "cqlsh",
        triggers=(Trigger("login[^A-Za-z0-9_]", 6), Trigger("zip[^A-Za-z0-9_]", 4)),
        holds=is_password,
    ),
    rule(
        "command-password",
        r"net use [^\n]{0,40}?\\\\\S{1,120}(?: /user:\S{1,64})? ([^\s/*]\S{5,127})",
        "net use ",
        holds=is_password,
    ),
    rule(
        "command-password",
        r"(?:https?|xh)(?: -\w| --\w{1,12}){0,3} (?:--auth|-a)[ =][\"']?[^\s:'\"]{1,64}:([^\s'\"]{6,128})",
        "http -",
        "https -",
        "xh -",
        holds=is_password,
    ),
    rule("command-password", r"send (?:-- )?\"([^\"\n\\]{6,64})\\[rn]\"", 'send "', 'send -- "', holds=is_credential),
    rule(
        "database-password",
        r"(?:masterauth|requirepass) [\"']?([^\s'\"]{6,128})",
        "masterauth ",
        "requirepass ",
        holds=is_password,
    ),
    rule("fernet-key", r"Fernet\(b?[\"']([A-Za-z0-9_-]{43}=)", "Fernet("),
    rule("function-key", r"[?&]code=([A-Za-z0-9_-]{52,56}(?:==|%3D%3D))", "?code=", "&code="),
    rule("webhook", r"/hook/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", "/hook/"),
    rule(
        "named-secret",
        r"encrypt_string(?: --\S{1,40}){0,3} (?:'([^'\n]{6,2000})'|\"([^\"\n]{6,2000})\")",
        "encrypt_string",
    ),
    rule("command-password", r"snmp-server community (\S{6,64}) ", "snmp-server community ", holds=is_password),
    rule(
        "password",
        r"(?:NetworkCredential|PasswordCredentials?|PasswordAuthentication|AuthProvider|BasicAuth|basicAuth|basic_auth|\.login)\("
        r"\s{0,4}[\"'][^\"'\n]{1,64}[\"'],\s{0,4}[\"']([^\"'\n]{6,128})[\"']",
        "NetworkCredential(",
        "PasswordCredential",
        "PasswordAuthentication(",
        "AuthProvider(",
        "BasicAuth(",
        "basicAuth(",
        "basic_auth(",
        ".login(",
        holds=is_password,
    ),
    rule("command-password", r"net user [\w.-]{1,40} (\S{6,128})", "net user", holds=is_password),
    rule("command-password", r"htpasswd(?: -\w{1,4}){1,4} \S{1,80} \S{1,60} (\S{6,128})", "htpasswd", holds=is_password),
    rule("command-password", r"-(?:pass(?:in|out)?|passwd)[ =](?:pass:)(\S{4,128})", "-pass", holds=is_password),
    rule(
        "command-password",
        r"echo [\"']?[\w.-]{1,40}:([^\s'\"|]{6,128})[\"']? ?\| ?(?:sudo )?chpasswd",
        "echo ",
        holds=is_password,
    ),
    rule(
        "command-password",
        r"ConvertTo-SecureString\s{1,4}(?:-String\s{1,4})?(?:'([^'\n]{6,128})'|\"([^\"\n]{6,128})\")",
        "ConvertTo-SecureString",
        holds=is_password,
    ),
    rule(
        "database-password",
        r"identified by (?:values )?['\"]([^'\"\n]{4,128})['\"]",
        "identified by",
        caseless=True,
        holds=is_password,
    ),
    rule("database-password", r"jdbc:oracle:thin:[^\s/@]{1,64}/([^\s@\"']{4,128})@", "jdbc:oracle", holds=is_password),
    rule("registry-auth", r"\"auth\"\s{0,4}:\s{0,4}\"([A-Za-z0-9+/]{12,1000}={0,2})\"", '"auth"', holds=_is_login),
    rule("totp-seed", r"otpauth://[^\s\"'<>]{1,300}?[?&]secret=([A-Z2-7a-z]{12,128}=*)", "otpauth://"),
    rule(
        "totp-seed",
        r"(?:totp|otp|2fa|mfa|authenticator)[\w -]{0,24}(?:secret|seed|key|code)?[\"'`]{0,2}(?: is|:|=| ist| est| "
        r"es)\s{0,3}[\"'`]?([A-Z2-7]{16,64}|[A-Z2-7]{4}(?: [A-Z2-7]{4}){3,7})(?![A-Za-z0-9])",
        "totp",
        "otp",
        "2fa",
        "mfa",
        "authenticator",
        caseless=True,
        holds=lambda value: value.isupper() and not is_placeholder(value),
    ),
    rule(
        "jwk-private-part",
        r"\"(?:d|p|q|dp|dq|qi|k)\"\s{0,4}:\s{0,4}\"([A-Za-z0-9_-]{32,1400})\"",
        '"d"',
        '"p"',
        '"q"',
        '"dp"',
        '"dq"',
        '"qi"',
        '"k"',
        holds=is_random,
    ),
    rule(
        "session-cookie",
        r"(?:PHPSESSID|JSESSIONID|ASPSESSIONID\w{0,8}|ASP\.NET_SessionId|laravel_session|_gitlab_session|connect\.sid|sessionid|_session_id|li_at|CFID|CFTOKEN)"
        r"[\"']?\s{0,2}[=:]\s{0,2}[\"']?([^\s;,\"'<>&]{16,2000})",
        "phpsessid",
        "jsessionid",
        "sessionid",
        "aspsessionid",
        "asp.net_sessionid",
        "laravel_session",
        "_gitlab_session",
        "connect.sid",
        "_session_id",
        "li_at",
        "cfid",
        "cftoken",
        caseless=True,
        holds=is_random,
    ),
    rule(
        "url-password",
        r"://([A-Za-z0-9_-]{20,200})@(?!o\d+\.ingest\.)",
        holds=is_random,
        triggers=(Trigger("://[A-Za-z0-9_-]{20}", 23),),
    ),
    rule(
        "pin",
        r"(?<![A-Za-z0-9_])(?:PIN|PUK|(?<![a-z]-)(?:Pin|pin)"
        r"|(?:[Dd]oor|[Aa]larm|[Gg]ate|[Gg]arage|[Uu]nlock|[Ee]ntry|[Ss]afe|[Oo]ne-time|[Ll]ock|[Kk]eypad)[ -][Cc]ode"
        r"|(?:Tür|Zugangs|Alarm|Tor|Tresor|Safe|Schließfach|Einmal)-?[Cc]ode|[Cc]ode (?:d'entrée|porte|d'alarme))"
        r"(?:[- ]?[Cc]ode|-Nummer| number)?[\"'`]?(?: (?:for|of|für|fuer|zum|zur|"
        r"der|des|vom|von|della|pour|para|la|to|du|de|del|per|voor|do)\b[^\n.:;=]{1,40}?)?"
        r"(?: (?:is|ist|lautet|est|es|è|é|to)(?: now)?:?|[:=]|(?= \d{4,8}\b))\s{0,3}[\"'`*„“«]{0,3}(\d{4,8})(?![\d"
        r".,%-]*\d|[ \t]*(?:digits|characters|attempts|Zeichen|Stellen|chiffres))",
        triggers=(
            *(Trigger(word + "[- Cc\"'`:=]", 4) for word in ("PIN", "Pin", "pin", "PUK")),
            *(
                Trigger(f"{word[0]}{word[1:]}[ -]code", len(word) + 5, caseless=True)
                for word in ("door", "alarm", "gate", "garage", "unlock", "entry", "safe", "one-time", "lock", "keypad")
            ),
            *(
                Trigger(word, len(word), caseless=word.isascii())
                for word in (
                    "Türcode",
                    "Türc",
                    "Zugangscode",
                    "Alarmcode",
                    "Torcode",
                    "Safecode",
                    "Tresorcode",
                    "Einmalcode",
                    "code porte",
                    "code d'entrée",
                )
            ),
        ),
        holds=lambda value: len(set(value)) > 1 and not value.startswith("1234"),
    ),
    rule(
        "seed-phrase",
        r"(?:phrase|seed|[ _-]words|mnemonic)[\"'`]?(?: ?\([^()\n]{1,80}\)| (?:for|of|für|de|du|del) "
        r"[^\n:=]{1,60})?\s{0,3}(?:is|are|lautet|ist|[:=])\s{0,3}[\"'`„“«]{0,2}"
        r"((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})",
        "phrase",
        "seed",
        " words",
        "-words",
        "_words",
        "mnemonic",
        caseless=True,
    ),
    rule(
        "payment-card",
        r"(?<![\w.,+/#-])([2-6]\d{3}(?:[ -]?\d){9,15})(?![\w+/=-]|[.,]\d)",
        triggers=(Trigger(r"[2-6]\d{7}", 8), Trigger(r"[2-6]\d{3}[ -]\d{4}", 9)),
        holds=_is_card,
    ),
    rule(
        "authorization-code",
        r"[?&]code=([^&\s\"'<>]{20,512})(?=&(?:state|session_state|scope|iss)=)",
        "?code=",
        "&code=",
        holds=is_random,
    ),
    rule(
        "named-secret",
        r"_SALT[\"']?\s{0,4}[:=,]\s{0,8}[\"']?([^\s\"']{16,256})",
        "_SALT",
        holds=is_random,
    ),
    rule(
        "password",
        r"(?:bind|security)[._-]?credentials?[\"']?\s{0,3}[:=]\s{0,3}[\"']?([^\s\"',;]{6,128})",
        *(f"{word}{sign}credential" for word in ("bind", "security") for sign in ("", ".", "_", "-")),
        caseless=True,
        holds=is_password,
    ),
    rule(
        "command-password",
        r"(?:smbclient|rpcclient|smbmap|winexe|smbget|wmic)\b[^\n|;]{0,120}?"
        r"\s(?:-U|--user)[ =]?[\"']?[^\s'\"%]{1,64}%([^\s'\"]{4,128})",
        "smbclient",
        "rpcclient",
        "smbmap",
        "winexe",
        "smbget",
        "wmic",
        holds=is_password,
    ),
    rule(
        "named-secret",
        r"(?:Credentials?|Secret|ApiKey|AuthToken)\([^()\n]{0,160}?[\"']([^\"'\n]{16,256})[\"']\s{0,4}\)",
        "Credential(",
        "Credentials(",
        "Secret(",
        "ApiKey(",
        "AuthToken(",
        holds=is_mixed,
    ),
    rule(
        "password",
        r"(?:basic_auth|http_basic|authenticate) [\"'][^\"'\n]{1,64}[\"'],\s{0,4}[\"']([^\"'\n]{6,128})[\"']",
        "basic_auth ",
        "http_basic ",
        "authenticate ",
        holds=is_password,
    ),
    rule(
        "database-password",
        r"sp_(?:addlinkedsrvlogin|addlogin|password)\b[^\n;]{0,200}?,\s{0,4}N?'([^'\n]{6,128})'\s{0,4}(?:;|$)",
        "sp_add",
        "sp_password",
        holds=is_password,
    ),
    rule(
        "password",
        r"(?:password|passwort|passwd|pwd|kennwort)[\"']\s{0,2}\)(?:\.\w{1,20}\(\)){0,2}\."
        r"(?:fill|type|send_keys|sendkeys|setvalue|set_value|set|val|presssequentially|press_sequentially)\([\"']([^\"'\n]{6,128})[\"']",
        *(f"{word}{sign}" for word in ("password", "passwort", "passwd", "pwd", "kennwort") for sign in "\"'"),
        caseless=True,
        holds=is_password,
    ),
    rule(
        "password",
        r"(?:login|logon|account|zugang|zugangsdaten|credentials?|user|benutzer|acceso)\b[^\n:=/]{0,40}[:=] ?[\w.@-]{2,40} ?/ ?"
        r"([^\s\"'`<>|,;/]{7,64}[^\s\"'`<>|,;/.):!?])",
        triggers=tuple(
            Trigger(f"{word}[^A-Za-z0-9_]", len(word) + 1, caseless=True)
            for word in (
                "login",
                "logon",
                "account",
                "zugang",
                "zugangsdaten",
                "credential",
                "credentials",
                "user",
                "benutzer",
                "acceso",
            )
        ),
        caseless=True,
        holds=is_strong_password,
    ),
    rule(
        "password",
        r"passphrase\b[\"'`]?[^\n:=\"']{0,40}[:=]\s{0,3}[\"'`]?([a-z]{4,9}(?:[-.][a-z]{4,9}){3,7})(?![\w.-]*[\w-])",
        "passphrase",
        caseless=True,
        holds=_is_dice_words,
    ),
    rule(
        "password",
        r"(?:pass[ -]?phrase|Kennsatz)\b[\"'`]?"
        r"(?:\s{0,3}[:=]\s{0,3}[\"']([a-z]{3,9}(?: [a-z]{3,9}){3,7})[\"']"
        r"|[^\n:=\"'“„«]{0,60}[\"'“„«]([a-z]{3,9}(?: [a-z]{3,9}){3,7})[\"'”“»]"
        r"|[^\n:=]{0,40}[:=] ?([a-z]{3,9}(?: [a-z]{3,9}){3,7})[ \t.]{0,3}$)",
        "passphrase",
        "pass phrase",
        "pass-phrase",
        "kennsatz",
        caseless=True,
        holds=_is_dice_words,
    ),
)

CODES_TRIGGERS = tuple(
    Trigger(re.escape(words), len(words), caseless=words.isascii())
    for words in (
        "recovery code",
        "backup code",
        "scratch code",
        "wiederherstellungscode",
        "backup-code",
        "recovery-code",
        "codes de secours",
        "recovery_code",
        "backup_code",
        "códigos de recuperación",
        "codici di recupero",
        "herstelcode",
        "notfallcode",
        "notfall-code",
        "emergency code",
        "reservekod",
        "códigos de respaldo",
        "códigos de emergencia",
        "codici di emergenza",
        "codes de récupération",
        "noodcode",
        "kody zapasowe",
    )
)
_CODES_SIGNS = re.compile(
    r"[^\n:=]{0,100}[:=]\s{0,8}|s?[\"'`]? (?:is |are |ist |lautet )?(?=\d{6})|s?[^\n:=]{0,60}\r?\n(?=[-*•\d.) \t]{0,6}"
    r"[A-Za-z0-9]{4,6}-[A-Za-z0-9]{4,6}\s)"
)
_CODE = re.compile(
    r"(?:[\s,;|/\[\"'`*•-]|\d{1,2}[.)] ){0,8}((?=[a-z-]{0,8}[0-9])[A-Za-z0-9]{4,6}(?:-[A-Za-z0-9]{4,6}){1,3}"
    r"|[a-z0-9]{4}(?:-[a-z0-9]{4}){2,3}|[a-z0-9]{5}(?:-[a-z0-9]{5}){2,3}|\d{4}"
    r" \d{4}|\d{6,10}|(?=[a-z]{0,8}\d)[a-z0-9]{8,16})(?![A-Za-z0-9-])"
)
MOST_CODES = 20
_CODES_COLUMN = re.compile(r"s?[ \t*`]{0,4}\|[^\n]{0,200}\r?\n[ \t]{0,8}\|[-| :]{3,200}\r?\n")
_CODE_OF_CELL = re.compile(r"[ \t*`]{0,4}((?=[A-Za-z -]{0,24}[0-9])[A-Za-z0-9]{4,16}(?:[- ][A-Za-z0-9]{4,6}){0,3})[ \t*`]{0,4}\Z")


def _codes_of_column(text: str, start: int, at: int) -> Iterator[Found]:
    """The codes in the column of a table whose name ends at ``start``; ``at``: where its rows begin."""
    number = text.count("|", text.rfind("\n", 0, start) + 1, start)
    for _ in range(MOST_CODES):
        stop = text.find("\n", at, at + 400)
        cells = text[at : stop if stop >= 0 else at + 400].split("|")
        code = _CODE_OF_CELL.match(cells[number]) if number < len(cells) - 1 else None
        if code is None:
            return
        begin = at + sum(len(cell) + 1 for cell in cells[:number]) + code.start(1)
        yield begin, begin + len(code[1]), "recovery-code"
        if stop < 0:
            return
        at = stop + 1


def recovery_codes(text: str, start: int) -> Iterator[Found]:
    """The codes in a list of recovery codes; ``start`` is behind the words that say so."""
    if table := _CODES_COLUMN.match(text, start):
        yield from _codes_of_column(text, start, table.end())
        return
    signs = _CODES_SIGNS.match(text, start)
    at = signs.end() if signs else -1
    for _ in range(MOST_CODES if signs else 0):
        code = _CODE.match(text, at)
        if code is None or is_placeholder(code[1]):
            return
        yield code.start(1), code.end(1), "recovery-code"
        at = code.end(1)


_COOKIE = re.compile(r"Cookie[\"']?\s{0,3}[:=]\s{0,3}([^\n]{1,4000})", re.IGNORECASE)
_COOKIE_PAIR = re.compile(r"([\w.-]{1,60})=([^;\s\"']{8,2000})")
_SESSION = re.compile(r"(?i)sess|logged_?in|login|sid$|auth|token|jwt|csrf|xsrf|remember|\.sid|ticket")


def cookies(text: str, start: int) -> Iterator[Found]:
    """The session ids in a header of cookies whose name begins at ``start``."""
    line = _COOKIE.match(text, start)
    if line is None:
        return
    for pair in _COOKIE_PAIR.finditer(text, line.start(1), line.end(1)):
        if _SESSION.search(pair[1]) and not is_placeholder(pair[2]) and any(letter.isdigit() for letter in pair[2]):
            yield pair.start(2), pair.end(2), "session-cookie"
