"""More places that show a secret by where it stands, as ``structures``: command lines, pairs of user and password, codes."""

from __future__ import annotations

import re

from llm.redaction.formats import Trigger
from llm.redaction.structures import Rule, is_credential, is_mixed, is_random, is_strong_password, rule
from llm.redaction.values import is_password, is_placeholder, is_uuid, made_of_words

_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_PORTS = re.compile(r"[\d.:-]+(?:/\w+)?|\S{0,60}:\d{2,5}(?:/\w{3})?|\d+[a-z]{1,2}")
_WORDS_AND_NUMBER = re.compile(r"[a-z]{3,20}(?:[._-][a-z]{3,20}){1,4}[._-]\d{2,6}[!?%$#]?")


def _is_flag_value(value: str) -> bool:
    """A password; no port, path or size."""
    return is_password(value) and "/" not in value and _PORTS.fullmatch(value) is None


def _is_of_pair(value: str) -> bool:
    strong = is_strong_password(value) and (not value.isalnum() or sum(map(str.isdigit, value)) >= 2)
    return strong or _WORDS_AND_NUMBER.fullmatch(value) is not None


def _is_of_network(value: str) -> bool:
    """No model of a router and no name of a method."""
    return is_strong_password(value) and (_WILD.search(value) is not None or not made_of_words(value))


_WILD = re.compile(r"[!?#$%&*@+=^~]")
_YEAR = re.compile(r"(?:19|20)\d\d")


def _is_code(value: str) -> bool:
    return len(set(value)) > 1 and not value.startswith("1234") and _YEAR.fullmatch(value) is None


def _is_setup_key(value: str) -> bool:
    """Groups of base32, not words in capitals."""
    return sum(letter.isdigit() for letter in value) >= 3 and not is_placeholder(value)


def _is_key_or_password(value: str) -> bool:
    return is_random(value) or is_password(value, strict=True)


_END = r"(?=[\s,;)\"'`]|[.](?:\s|$)|$)"
_USER = r"[A-Za-z][\w.@\\+-]{1,60}"
_CODE = (
    r"(?:'s)?[\"'`*]{0,3}(?: is| ist| lautet| est| es| è| é|:|=)(?: now| jetzt)?:?\s{0,3}[\"'`*„“«]{0,3}(\d{4,8}|\d{3}"
    r"[ -]\d{3})(?![\d%-]|[.,]\d)"
)
_CONTEXT = (
    *(
        "vpn",
        "ssh",
        "ftp",
        "rdp",
        "nas",
        "erp",
        "crm",
        "login",
        "logon",
        "log in",
        "sign in",
        "access",
        "acces",
        "zugang",
        "portal",
    ),
    *("account", "konto", "creds", "credential", "grafana", "jenkins", "gitlab", "admin", "test user", "testuser", "benutzer"),
)

RULES: tuple[Rule, ...] = (
    rule(
        "command-password",
        r"[ \t](?:-[uUnl]|--?user(?:name)?|--?login|/u(?:ser)?:|-D)[ =:]?[\"']?[^\s\"'-][^\s\"']{0,64}[\"']?(?:"
        r"[ \t]{1,4}[^\s|;&]{1,80}){0,4}?"
        r"[ \t]{1,4}(?:-pw|-[pPw]|--?pass(?:word|wd)?|/p(?:ass(?:word)?)?:)[ =]?[\"']?([^\s\"'|;&]{6,128})",
        *(" -u", " -U", " -n ", " -l ", " /u", " --user", " -user", " --login", " -D "),
        holds=_is_flag_value,
    ),
    rule(
        "password",
        rf"(?:log(?:ged)?[ -]?(?:in|on)|sign(?:ed)?[ -]?in|connect(?:ed)?|authenticate|einlogg\w{{1,3}}"
        rf"|anmeld\w{{1,3}})\b(?:[ ]\S{{1,80}}){{0,6}}?"
        rf"[ ](?:as|mit|als|with|using)[ ](?:user |benutzer )?[\"'`]?{_USER}[\"'`]?(?:[ ]?[/,|:]|[ ](?:with|and|und|mit"
        rf"|using)(?: (?:the )?password)?)"
        rf"[ ]?[\"'`]?([^\s\"'`<>|,;]{{8,64}}?){_END}",
        *("log in", "logged in", "login", "log-in", "log on", "sign in", "connect", "authenticate", "einlogg", "anmeld"),
        caseless=True,
        holds=_is_of_pair,
    ),
    rule(
        "password",
        rf"(?i:[^\n]{{0,120}}?(?:{'|'.join(map(re.escape, _CONTEXT))}))[^\n]{{0,100}}?[ :|(>–—=][\"'`]?{_USER}[\"'`]? "
        rf"[/–—] [\"'`]?([^\s\"'`<>|,;/]{{7,64}}?){_END}",
        triggers=(Trigger(r" / [^\s/]{7}", 10), Trigger(r" – [^\s/]{7}", 10), Trigger(r" — [^\s/]{7}", 10)),
        from_line=True,
        holds=_is_of_pair,
    ),
    rule(
        "password",
        r"(?<![A-Za-z0-9+/])[pP]/[wW][:= ]{1,3}[\"'`]?([^\s\"'`<>|,;]{6,64})",
        triggers=(Trigger("p/w[:= ]", 4, caseless=True),),
        holds=is_password,
    ),
    rule(
        "password",
        rf"^(?:[-*•>] )?{_USER} / ([^\s\"'`<>|,;/]{{8,64}}?){_END}(?! /)",
        triggers=(Trigger(r"[\w] / [^\s/]{8}", 12),),
        holds=lambda value: is_strong_password(value) and not value.isalnum(),
        from_line=True,
    ),
    rule(
        "password",
        r"\b(?:U/P|user/pass(?:word)?|login/pass(?:word)?|usr/pwd|user/pw)[\"']?\s?[:=]?\s?\S{1,60} ?/ ?([^\s/]{6,64})",
        "u/p",
        "user/p",
        "login/p",
        "usr/p",
        caseless=True,
        holds=is_password,
    ),
    rule(
        "password",
        r"(?<![\w./-])u(?:sr)?[:=] ?[^\s,;]{2,40}(?:[,;/|]? | ?[,;/|] ?|\r?\n)p(?:w|s)?[:=] ?([^\s,;]{6,64})",
        "u: ",
        "u:",
        "u=",
        "usr:",
        "usr=",
        caseless=True,
        holds=is_password,
    ),
    rule(
        "password",
        r"(?:wi-?fi|wlan)(?:[ -][\w-]{1,20}){0,2}[\"']?\s?[:=]\s?[\"'`]?([^\s\"'`<>|,;]{8,63})",
        "wifi",
        "wi-fi",
        "wlan",
        caseless=True,
        holds=_is_of_network,
    ),
    rule("password", r"WIFI:(?:[TSHtsh]:[^;\n]{0,64};){0,3}P:((?:[^;\\\n]|\\.){4,64});", "WIFI:"),
    rule("password", r"keyMaterial\"?[=:>]\s?[\"']?([^\s<\"']{8,64})", "keyMaterial", holds=is_password),
    rule(
        "command-password",
        r" /v \"?\w{0,30}(?:Password|Passwd|Pwd|Secret|Token|ApiKey)\"?(?: /t \w{1,20})? /d [\"']?([^\s\"']{6,256})",
        " /v ",
        caseless=True,
        holds=is_password,
    ),
    rule(
        "command-password",
        r"(?:[ ](?:auth|login|init|register|configure|join|connect)\b[^\n|;]{0,80}? -(?:t|k)[ =])[\"']?([^\s\"']{16,512})",
        *(f" {word} " for word in ("auth", "login", "init", "register", "configure", "join", "connect")),
        holds=is_random,
    ),
    rule(
        "database-password",
        r"(?:sqlplus|sqlcl|expdp|impdp|sqlldr|rman)\b[^\n/]{0,80}?[ =\"'][\w$#.]{1,30}/[\"']?([^\s@\"'/]{4,64})",
        "sqlplus",
        "sqlcl",
        "expdp",
        "impdp",
        "sqlldr",
        "rman ",
        holds=is_password,
    ),
    rule(
        "command-password",
        r"rabbitmqctl\b[^\n|;]{0,60}? (?:add_user|change_password|authenticate_user) \S{1,60} [\"']?([^\s\"']{6,128})",
        "rabbitmqctl",
        holds=is_password,
    ),
    rule(
        "database-password",
        r"(?:acl setuser|ACL SETUSER|^user) \S{1,60} [^\n>]{0,120}?>([^\s\"']{6,128})",
        triggers=(Trigger(" on [^\\n>]{0,20}>", 0, 80), Trigger(" >[^\\s>=]{6}", 8, 80)),
        holds=is_password,
    ),
    rule("command-password", r"rootpw (?:--plaintext )?([^\s-]\S{5,127})", "rootpw ", holds=is_password),
    rule(
        "command-password",
        r"(?:echo|printf)(?: -\w{1,3}){0,2} [\"'][^\"'\n]{0,80}?\\n([^\"'\n\\]{6,64})(?:\\n)?[\"'] ?\| ?(?:sudo )?"
        r"(?:passwd|smbpasswd|su|kinit)",
        "echo ",
        "printf ",
        holds=is_password,
    ),
    rule(
        "command-password",
        r"(?:secret|password|key) [07] ([^\s\"']{6,64})",
        *(f"{word} {number} " for word in ("secret", "password", "key") for number in "07"),
        holds=is_password,
    ),
    rule("password", r"ascii-text [\"']?([^\s\"';]{6,128})", "ascii-text ", holds=is_password),
    rule(
        "password",
        r"(?:ldap_bind|simple_bind(?:_s)?|getConnection|mysqli?_connect|new mysqli|new PDO|pymysql\.connect"
        r"|psycopg2?\.connect|oracledb\.connect|\.login|\.authenticate|\.signIn|open_session)"
        r"\s?\([^()\n]{0,200}?[, (][rbu]?[\"'][^\"'\n]{1,80}[\"'],\s{0,3}[rbu]?[\"']([^\"'\n]{6,128})[\"']",
        *(
            "ldap_bind",
            "simple_bind",
            "getConnection",
            "mysql_connect",
            "mysqli_connect",
            "new mysqli",
            "new PDO",
            "pymysql.connect",
        ),
        *("psycopg.connect", "psycopg2.connect", "oracledb.connect", ".login", ".authenticate", ".signIn", "open_session"),
        holds=is_password,
    ),
    rule(
        "password",
        r"(?:connect|create_?connection|login)\s?\(\s{0,8}[\"'][^\"'\n]{1,200}[\"'],\s{0,8}[\"'][^\"'\n]{1,80}[\"'],\s{0,8}[\"']([^\"'\n]{6,128})[\"']",
        "connect(",
        "connection(",
        "login(",
        triggers=(Trigger("connect \\(", 9),),
        caseless=True,
        holds=is_password,
    ),
    rule(
        "named-secret",
        r"[?&](?:appid|app_id|hapikey|authkey|auth_key|user_key|client_key|zws-id|wskey|uuid_key)=([0-9a-fA-F]{32,64})(?![\w-])",
        *(
            f"{sign}{word}="
            for sign in "?&"
            for word in ("appid", "app_id", "hapikey", "authkey", "auth_key", "user_key", "client_key")
        ),
        holds=is_random,
    ),
    rule(
        "named-secret",
        r"(?:klucz|clave|clé|chiave|chave|schlüssel|sleutel|nyckel|ключ|klíč|cheie|kulcs|key|token)(?: de(?: la| l"
        r"['’])?| d['’]| do| dell['’]|-)?[ -]?API\b[^\w\n]{0,4}(?:(?:is|est|es|è|é|to|jest|ist|lautet) )?[\"'`«„“]?("
        r"[\w.~+/=-]{20,256})",
        *(
            f"{word}{middle}api"
            for word in ("klucz", "clave", "chiave", "chave", "sleutel", "nyckel", "key", "token")
            for middle in (" ", " de ", " do ", "-")
        ),
        *("clé API", "clé d'API", "Clé API", "Clé d'API", "ключ API", "Ключ API", "klíč API", "cheie API"),
        caseless=True,
        holds=is_random,
    ),
    rule(
        "pin",
        r"(?:alarm|kluis|deur|poort|kassa|toegangs|tür|tor|tresor|keypad|pin|zugangs)-?code[\"']?(?: is| ist| lautet|:"
        r"|=)? (\d{4,8})(?![\d%-]|[.,]\d)",
        *(
            f"{word}{sign}code"
            for word in ("alarm", "kluis", "deur", "poort", "kassa", "toegangs", "tor", "tresor", "keypad", "zugangs")
            for sign in ("", "-")
        ),
        caseless=True,
        holds=_is_code,
    ),
    rule("secret-key", r"require\([\"'][\w@/.-]{1,40}[\"']\)\([\"']([^\"'\n]{16,256})[\"']", "require(", holds=is_random),
    rule(
        "one-time-code",
        r"(?:verification|confirmation|security|log-?in|sign-?in|one-time|authentication|2fa|mfa|bestätigungs"
        r"|sicherheits|anmelde|sms|einmal)[ -]?(?:pass)?code" + _CODE,
        *(
            "verification code",
            "confirmation code",
            "security code",
            "login code",
            "sign-in code",
            "one-time code",
            "one-time passcode",
        ),
        *("authentication code", "2fa code", "mfa code", "sicherheitscode", "anmeldecode", "sms-code", "sms code", "einmalcode"),
        caseless=True,
        holds=_is_code,
        triggers=(Trigger("estätigungscode", 15, 1),),
    ),
    rule(
        "one-time-code",
        r"(?:code de (?:vérification|sécurité|confirmation)|código de (?:verificación|seguridad)|codice di (?:verifica"
        r"|sicurezza)|verificatiecode|kod weryfikacyjny)" + _CODE,
        *("code de v", "code de s", "code de c", "digo de v", "digo de s", "codice di ", "verificatiecode", "kod wer"),
        caseless=True,
        holds=_is_code,
    ),
    rule(
        "one-time-code",
        r"(?<![\w.-])(?:G-)?(\d{4,8}) (?:is|ist|est) (?:your|ihr|dein|votre) [^\n.]{0,40}?(?:code|otp|tan)\b",
        triggers=tuple(
            Trigger(f" {said} ", len(said) + 2, 12) for said in ("is your", "ist ihr", "ist Ihr", "ist dein", "est votre")
        ),
        holds=_is_code,
    ),
    rule(
        "one-time-code",
        r"\b(?:OTP|one-time password|passcode|TAN)(?: for [^\n.:]{1,40}?)?(?: is|:|=)?\s{1,2}(\d{4,8})(?![\d%:-]|[.,]\d"
        r"| ?(?:digits|characters|attempts|users))",
        "OTP",
        "one-time password",
        "passcode",
        "TAN",
        holds=_is_code,
    ),
    rule(
        "pin",
        r"(?:code|pin|combination)(?: (?:for|to|of|at|für|zum|zur))(?: the| den| die| das)? [^\n.:;=]{0,24}?(?:safe"
        r"|door|gate|alarm|key ?box|lock ?box|lock|entrance|garage|vault|tresor|tür|tor|cabinet|locker)[^\n.:;=\d]{0,24}?"
        r"(?: is| ist| lautet|:|=)\s{0,2}[\"'*]{0,2}(\d{4,8})(?![\d%-]|[.,]\d)",
        "code for",
        "code to",
        "code of",
        "code at",
        "code f",
        "code z",
        "combination ",
        "pin for",
        caseless=True,
        holds=_is_code,
    ),
    rule(
        "pin",
        r"(?:(?:key ?box|lock ?box|door|gate|safe|alarm|garage|vault|locker)(?:[ -]code|code)\b[^\n.:;=\d]{0,40}?(?: is|:"
        r"|=)\s{0,2}|(?:key ?safe|key ?box|lock ?box|schlüssel(?:tresor|kasten|safe|box))\b[^\n:;=]{0,40}[:,]? code:? )"
        r"(\d{4,8})(?![\d%-]|[.,]\d)",
        *(
            "key safe",
            "keysafe",
            "schlüsseltresor",
            "schlüsselkasten",
            "schlüsselsafe",
            "schlüsselbox",
            "key box",
            "keybox",
            "lock box",
            "lockbox",
            "door code",
            "gate code",
            "safe code",
            "alarm code",
            "garage code",
            "vault code",
            "locker code",
        ),
        caseless=True,
        holds=_is_code,
    ),
    rule(
        "totp-seed",
        r"(?<![A-Za-z0-9] )(?<![A-Za-z0-9])((?:[A-Z2-7]{4} ){5,15}[A-Z2-7]{4}|(?:[a-z2-7]{4} ){7,15}[a-z2-7]{4})(?![A-Za-z0-9])",
        triggers=(
            Trigger("[A-Z2-7]{4} [A-Z2-7]{4} [A-Z2-7]{4} [A-Z2-7]{4} ", 20),
            Trigger("[a-z2-7]{4} [a-z2-7]{4} [a-z2-7]{4} [a-z2-7]{4} ", 20),
        ),
        holds=_is_setup_key,
    ),
    rule(
        "totp-seed",
        r"(?:set-?up|manual(?: entry)?|secret|einrichtungs|configuration)[ -]?(?:key|code|schlüssel)[\"'`]?"
        r"[^\n:=A-Z2-7]{0,30}[:= ]\s{0,3}[\"'`]?([A-Z2-7]{16,64}|(?:[A-Z2-7]{4} ){3,15}[A-Z2-7]{4})(?![A-Za-z0-9])",
        *("setup key", "set-up key", "setup code", "manual entry", "manual key", "secret key", "einrichtungs"),
        caseless=True,
        holds=lambda value: value.isupper() and _is_setup_key(value),
    ),
    rule(
        "session-cookie",
        r"(?:session|sess|sid|token|auth|remember_me|remember)=([^;\s\"'<>&]{16,2000});[ ]?(?:path|httponly|secure"
        r"|expires|domain|max-age|samesite)\b",
        *("session=", "sess=", "sid=", "token=", "auth=", "remember_me=", "remember="),
        caseless=True,
        holds=is_random,
    ),
    rule(
        "link-token",
        r"[?&](?:code|invite|invitation|ticket|magic|otp|confirm|confirmation|activation|activate|reset|verify|auth|share|t|k|sid|key)=([\w.~%-]{20,512})",
        *(
            f"{sign}{word}"
            for sign in "?&"
            for word in (
                "code=",
                "invit",
                "ticket=",
                "magic=",
                "otp=",
                "confirm",
                "activat",
                "reset=",
                "verify=",
                "auth=",
                "share=",
                "t=",
                "k=",
                "sid=",
                "key=",
            )
        ),
        holds=is_mixed,
    ),
    rule(
        "link-token",
        r"/(?:reset|invite|invitation|invitations|magic|magic-link|verify|confirm|activate|password-reset|reset-password|set-password|passwort|onboard|unlock|accept)(?:/[a-z]{2,12})?/([\w~-]{20,200})(?![\w-])",
        *(
            f"/{word}"
            for word in (
                "reset",
                "invit",
                "magic",
                "verify/",
                "confirm/",
                "activate/",
                "password-reset/",
                "set-password/",
                "passwort/",
                "onboard/",
                "unlock/",
                "accept/",
            )
        ),
        holds=is_mixed,
    ),
    rule("named-secret", r"code_verifier[\"']?\s?[=:]\s?[\"']?([\w.~-]{43,128})", "code_verifier"),
    rule(
        "encryption-key",
        r"(?:KEK|DEK|CMK|MEK|ZMK|LMK|BDK|IPEK|TMK)[\"']?\s?[:=]\s?[\"']?([0-9A-Fa-f]{32,64}|[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9])",
        *(
            f"{word}{sign}"
            for word in ("KEK", "DEK", "CMK", "MEK", "ZMK", "LMK", "BDK", "IPEK", "TMK")
            for sign in (":", "=", '"', " ")
        ),
        holds=is_random,
    ),
    rule("encryption-key", r"encrypt(?:ion)?[\"']?\s?[:=]\s?[\"']([A-Za-z0-9+/]{22,86}={1,2})[\"']", "encrypt", holds=is_random),
    rule(
        "named-secret",
        r"(?:hash|password|passwd|auth|security|cookie)[._-]?salt[\"'\]]{0,3}\s{0,3}(?:=>|[:=])\s{0,3}[\"']?([^\s\"',;]{12,256})",
        *(
            "hash_salt",
            "hash-salt",
            "hashsalt",
            "password_salt",
            "passwordsalt",
            "passwd_salt",
            "auth_salt",
            "security_salt",
            "security.salt",
            "cookie_salt",
        ),
        caseless=True,
        holds=is_random,
    ),
    rule(
        "named-secret",
        rf"secret[_-]?id[\"']?(?:\s{{0,2}}[:=]\s{{0,2}}|\s)[\"']?({_UUID})",
        "secret_id",
        "secret-id",
        "secretid",
        caseless=True,
        holds=is_uuid,
    ),
    rule("named-secret", rf"(?<![A-Za-z])HEC\w{{0,8}}[\"']?\s?[:=]\s?[\"']?({_UUID})", "HEC", holds=is_uuid),
    rule(
        "named-secret",
        r"(?:-oauth|-token|bearer)\"\s?:\s?\{\s{0,20}\"[\w./-]{1,80}\"\s?:\s?\"([^\"\n]{16,256})\"",
        '-oauth"',
        '-token"',
        'bearer"',
        holds=is_random,
    ),
    rule(
        "registry-token", r"BUNDLE_[A-Z0-9_]{3,80}=[\"']?(?:[^\s:\"']{1,60}:)?([^\s\"']{12,128})", "BUNDLE_", holds=is_credential
    ),
)
