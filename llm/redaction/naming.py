"""A value beside a name that says "secret": assignments, table cells, markup, sentences; in many languages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from llm.redaction import containers
from llm.redaction.engine import BITS, NUMBER
from llm.redaction.formats import Trigger
from llm.redaction.structures import Found
from llm.redaction.values import classes, is_password, is_placeholder, is_token, is_uuid, made_of_words

# Words for what is typed and for what is kept by machines; "_" stands for a space.
_TYPED = """
passw. kennw.
password passwd passwort passphrase passcode pwd kennwort losungswort contraseña contrasena mot_de_passe mdp senha
palavra-passe wachtwoord hasło hasła hasłem haslo lösenord løsenord passord adgangskode salasana parola heslo jelszó
geslo lozinka лозинка şifre sifre parool slaptažodis пароль пароля паролем паролю парола пароли паролі 密码 密碼 口令 パスワード
パスフレーズ 暗証番号 비밀번호 암호 κωδικός סיסמה कूटशब्द รหัสผ่าน mật_khẩu kata_sandi كلمة_المرور كلمة_السر parolă code_wifi
wifi_code kata_laluan contrasenya
"""
_KEPT = """
secret token credential access_code zugangscode code_d'accès código_de_acceso codice_di_accesso zugangsdaten
geheimnis schlüssel schluessel clave clé chiave chave sleutel nyckel nøgle nøkkel klucz klíč kulcs anahtar
totp ключ токен секрет 密钥 密鑰 秘钥 令牌 凭证 キー トークン シークレット 비밀키 토큰 segreto segredo jeton
"""
# These count only as words of their own, or at the end of a longer name.
_SHORT_WORDS = ("pass", "pw", "psw", "pswd", "key", "pat", "sid", "auth", "jwt", "bearer", "b64", "psk")


def _listed(words: str) -> list[str]:
    return words.split()


def _table(words: str) -> tuple[str, ...]:
    found = [word.replace("_", " ") for word in _listed(words)]
    # Hyperscan and re fold the case of ASCII letters only, so that both agree; other scripts are spelled out.
    plain = [word for word in found if word.isascii()]
    other = [form for word in found if not word.isascii() for form in dict.fromkeys((word, word.capitalize()))]
    return tuple(sorted({*plain, *other}, key=len, reverse=True))


_PASSWORDS = _table(_TYPED)
_KEYS = (*_table(_KEPT), "api_keys", "api-keys", "api keys", "apikeys", "stringdata")
TRIGGERS: tuple[Trigger, ...] = (
    *(Trigger(re.escape(word), len(word), caseless=word.isascii()) for word in (*_PASSWORDS, *_KEYS)),
    *(Trigger(f"{word}[^a-z]", len(word) + 1, caseless=True) for word in _SHORT_WORDS),
)
_LENGTHS = tuple(trigger.length for trigger in TRIGGERS)
_PASSWORD_COUNT, _LONG_WORDS = len(_PASSWORDS), len(_PASSWORDS) + len(_KEYS)
# A value has letters and digits next to each other, or letters with signs between, or long letters of both cases. What follows
# holds in
# every value that the tests below accept; the automaton looks for it, so that a name without such a neighbour costs nothing.
_EDGE = r"(?:^|[\s\"'`=:(|>,*?\[{\x80-\xff])"
_RUN, _NO_DIGIT, _NO_LETTER = r"[^\s\"'`]", r"[^0-9\s\"'`]", r"[^A-Za-z\s\"'`]"
SHORTEST = 6
"""Characters of the shortest value."""


def _first_change(before: str, after: str) -> Iterator[Trigger]:
    """A run of at least ``SHORTEST`` characters where ``after`` comes for the first time."""
    for size in range(1, SHORTEST):
        yield Trigger(f"{_EDGE}{before}{{{size}}}{after}" + _RUN * (SHORTEST - 1 - size), 0)
    yield Trigger(f"{_EDGE}{before}{{{SHORTEST},}}{after}", 0)


MIXED: tuple[Trigger, ...] = (
    *_first_change(_NO_DIGIT, "[0-9]"),
    *_first_change(_NO_LETTER, "[A-Za-z]"),
    Trigger(_EDGE + r"[^A-Za-z\s\"'`]*[A-Z]*[a-z]+[A-Z]+[a-z]+[A-Z]", 0),
    Trigger(r"[A-Za-z][^\sA-Za-z0-9._/\"'`,;:=()<>|&-][A-Za-z]", 3),
)

_SHORT = re.compile(
    r"(?P<password>(?<![a-z])(?:pw|psk|pswd?)(?![a-z])|pass(?![a-z])|(?-i:(?<=[a-z])(?:PW|Pw)(?![A-Za-z])))"
    r"|(?<![a-z])(?:(?:key|pat|sid|jwt|bearer)(?![a-z])|auth(?![a-z0-9_.-]))|(?-i:(?<=[a-z])(?:Key|Pat|Auth|Jwt)(?![a-z]))"
    r"|(?:(?<=api)|(?<=auth)|(?<=access)|(?<=private)|(?<=master)|(?<=license)|(?<=lic)|(?<=app)|(?<=psk)|(?<=secret))key(?![a-z])"
    r"|(?<=[a-z0-9_])b64(?![a-z])",
    re.IGNORECASE | re.ASCII,
)
_RIGHT = re.compile(r"[A-Za-z0-9_-]{0,40}")
# Names that hold a secret word and yet no secret: what is measured, named, hashed or public about one.
_HARMLESS = tuple(
    _listed("""
    public publishable pubkey pk_ hash fingerprint thumbprint checksum foreign partition sortkey sort_key
    cachekey cache_key idempotency i18n csrf_header csrfheader sitekey site_key keyboard monkey turkey keyword keyvault
    key_vault keyring key_ring rowkey row_key hotkey hot_key objectkey object_key documentkey document_key passenger
    passport compass kompass encompass trespass surpass bypass
    tokenize tokenise secretary keyid key_id websocket digest keypair_name keyname key_name
    tokenizer existing dedup amz-credential goog-credential
    """)
)
_LAST_WORD = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+|\d+)\Z")
_HARMLESS_LAST = frozenset(
    _listed("id ids at on in re s ed ing ary less ly len ttl alg min max arn sha day url uri md5 day ref str day yml")
)
_HARMLESS_END = tuple(
    _listed("""
    hash hashes hashed hasher hashers sha1 sha256 digest uris urls file filename path name names length expiry expires
    expired expiration policy policies type types count counts limit limits version algo algorithm prefix suffix size
    field fields hint label format endpoint header headers rotation days hours seconds minutes manager store provider
    reset class column attempts attempt created updated issuer scope scopes fingerprint thumbprint vault ring board word
    words reference enabled required status state usage used budget page form input box service regex pattern rule rules
    index table schema strength validator check checker generator handler mgr realm filter string error exception request response
    client server config
    """)
)


def harmless(name: str, tail: str) -> bool:
    low = name.lower()
    for part in _HARMLESS:
        if part in low:
            return True
    if low.endswith("kid") or ("author" in low and "authoriz" not in low):
        return True
    if not tail:
        return False
    last = _LAST_WORD.search(tail)
    return tail.lower().endswith(_HARMLESS_END) or (last is not None and last[0].lower() in _HARMLESS_LAST)


_HARMLESS_BEFORE = (
    "did:",
    "checksum/",
    "digest/",
    "hash/",
    *(
        word + sign
        for word in _listed("""
        row partition foreign sort cache hot object document public unique composite lookup grouping idempotency answer boarding
        ski
        """)
        for sign in " -"
    ),
)
_HARMLESS_SIGNS = frozenset(word[-4:] for word in _HARMLESS_BEFORE)
# Words for keys that people also use for what opens a door or a network.
_KEYS_OF_DOORS = frozenset(
    _listed("clave clé chiave chave schlüssel schluessel sleutel nyckel nøgle nøkkel klucz klíč ключ zugangscode anahtar")
)
_DOORS = tuple(word.lower() in _KEYS_OF_DOORS for word in (*_PASSWORDS, *_KEYS, *_SHORT_WORDS))
_NETWORK_SIGNS = frozenset(letter + sign for letter in "aA23nNiIkK" for sign in " -")
_OF_NETWORK = re.compile(r"(?i)(?:wpa[23]?|wlan|wi-?fi|network|netzwerk)[ -]\Z", re.ASCII)
"""What people call a key there is a password."""
_CALL = re.compile(r"\((?![\"'])")

_SAID_TO_BE = (
    r"[\"'`*]{0,3}[ \t]{1,3}(?:is|was|ist|lautet|est|es|és|è|é|är|er|je|este|on|jest|adalah|là|είναι|remains|to|set to)\b"
    r"(?:[ \t]{1,2}(?:now|still|currently|jetzt|nun|désormais|maintenant|ahora|adesso|agora|nu|teraz|теперь)\b)?[ \t:]{1,4}"
)
# What stands between a name and its value. All repetitions are bounded.
_ASSIGN = re.compile(
    r"[\"'`\])]{0,3}\s{0,2}:[ \t]{0,2}&?[A-Za-z'<>\[\]?]{2,24}[ \t]{0,4}=[ \t]{0,4}(?=[\"'])|"
    r"[\"'`\])»*]{0,4}[ \t]{0,24}(?:=>|[:?]=|::(?=[ \t])|\|\|=|==?|<-|<<<|>>|:|：|->|→|➜|➔|⇒|—|–)(?:\*\*)?[ \t]{0,24}"
    r"(?:\\?\r?\n[ \t>]{0,16}(?:- )?|[|>][-+]?[ \t]{0,4}\r?\n[ \t]{0,24})?"
    r"(?:[@bBLNnuU](?=[\"'])|(?:[A-Za-z][\w.]{0,40}(?:\(\)\.)?)?(?:decode|[hH]ex|from|Base64String|[bB]ytes)\((?=[\"']))?(?=\S)"
    r"|[\"']?</[A-Za-z]{1,12}>\s{0,16}<[A-Za-z]{1,12}(?: [^<>\n]{0,60})?>\s{0,8}"
    r"|[ \t]{1,3}[a-z]{3,10}[ \t]{0,4}:?=[ \t]{0,4}(?=[\"'`])"
    r"|[\"'`*]{0,3}[ \t]{0,24}\|[ \t]{0,4}[a-z]{2,12}[ \t]{0,4}\|[ \t]{0,24}(?=\S)|,[a-z]{3,12},(?=\S)"
    r"|[\"'`*]{0,3}[ \t]{0,24}\|[ \t]{0,24}(?=\S)|\\[tn](?=\S)| \. (?=\S)|(?<=[A-Z_])\r?\n(?=\S{8,512}$)|'s[ \t]{1,2}"
    r"|[\"']?[ \t]{1,4}--(?:body|value|text|content|secret|secret-string|secret-value|plaintext)[ =][ \t]{0,2}"
    r"|[\"'`*]{0,3}[ \t]{0,3}\([ \t]{0,2}(?:currently|now|today|value|is|aktuell|derzeit|actuellement)?[ \t:=]{0,4}"
    r"|[\"']?>[ \t\n]{0,8}|[\"'][ \t]{1,4}(?:value|Value|content)[ \t]{0,2}=[ \t]{0,2}"
    r"|[\"']?,?[ \t]{0,4}\r?\n[ \t-]{0,24}[\"']?[vV]alue[\"']?[ \t]{0,4}[:=][ \t]{0,4}"
    r"|[\"'],[^{}\n]{0,60}[\"']value[\"'][ \t]{0,4}:[ \t]{0,4}"
    r"|[\"'][ \t]{0,4}\{[^{}\"]{0,200}\bdefault[ \t]{0,6}=[ \t]{0,6}"
    rf"|{_SAID_TO_BE}"
    r"|[为為是は는은][：: ]{0,2}|[\"'`]?(?P<cell>[,;\t])[ \t]{0,4}",
    re.MULTILINE,
)
_FLAG = re.compile(r"[ \t]{1,4}")
_NEAR = re.compile(r"[\"'`]?,?[ \t]{1,4}(?:of[ \t]|was[ \t]|like[ \t]|value[ \t])?(?:\([^()\n]{1,24}\)[ \t])?")
# The part of ``_ASSIGN`` that can stand where a space and a small letter follow: the most frequent neighbours of a name by far.
_WORDS = re.compile(rf"[ \t]{{1,3}}[a-z]{{3,10}}[ \t]{{0,4}}:?=[ \t]{{0,4}}(?=[\"'`])|{_SAID_TO_BE}")
_BLANK, _SMALL = frozenset(" \t"), frozenset("abcdefghijklmnopqrstuvwxyz")
_ASSIGN_OR_NEAR, _AFTER_FLAG, _SPOKEN = (_ASSIGN, _NEAR), (_ASSIGN, _FLAG, _NEAR), (_WORDS, _NEAR)
# A sentence between: it ends with a word or a sign that says what follows, and has no other sentence in it.
_SAYS = re.compile(
    r"(?:(?<![A-Za-z])(?:is|are|was|lautet|ist|est|es|és|è|é|är|er|je|este|jest|adalah|là|είναι|remains|be|to|reads|says|equals|heißt"
    r"|heisst|bleibt|wurde auf|war|était|fue|era|nehmen wir|verwenden wir|benutzen wir|on utilise|usamos|we use|type"
    r"|foi|value|valor|valeur|wert|wartość|значение)"
    r"(?:[ \t]{1,2}(?:now|still|currently|set to|nun|jetzt|derzeit|toujours|désormais|maintenant|ahora|adesso|changed to))?"
    r"[ \t:]{1,3}"
    r"|[为為是は：值는은]|=|->|→|—|(?<=[ \t])\((?=[\"'`«„“])|:(?:[ \t]{0,4}\r?\n)?)[ \t]{0,4}"
    r"(?P<open>(?:\*\*|[\"'`«„“‘「『”]|\\{1,3}[\"']){0,3}[ \u00"
    r"a0\u202f]?)\Z"
)
_LAST_SAID = tuple(
    _listed("""
    is are was lautet ist est es és è é är er je este jest adalah là είναι remains be to reads says equals heißt heisst bleibt auf
    war était fue era foi value valor valeur wert wartość значение now still currently nun jetzt derzeit toujours désormais
    maintenant ahora adesso wir utilise usamos use type 为 為 是 は ： 值
    는 은 = -> → — (
    """)
)
# The ends of these, as the cheapest question that tells them from most other words.
_LAST_SIGNS = frozenset(word for word in _LAST_SAID if len(word) == 1)
_LAST_TWO = frozenset(word for word in _LAST_SAID if len(word) == 2)
_LAST_THREE = frozenset(word[-3:] for word in _LAST_SAID if len(word) >= 3)
_OPENING = " \t\r\n:\"'`*«„“‘「『”\\\u00a0\u202f"
_SAID = re.compile(r"[ \t\"'`*_)\],\u3000-\u9fff](?:[^.\n:;=|\"`<>{}]|\.(?=[A-Za-z0-9])){0,80}")
_OF_VALUE = "".join(map(chr, [*range(33, 127), *range(0xC0, 0x180)])).translate(str.maketrans("", "", "\"'`<>|"))
SENTENCE = 100
"""Characters of the longest sentence between a name and its value."""
SAYING = 40
"""Characters of the longest words and signs that say that the value follows."""
_REVERSED = re.compile(
    r"(?P<value>[^\s\"'`<>|，。；、」』”»“]{8,128})[\"'`”“»]?[ \t]{1,2}(?:[–—-][ \t])?(?:that's|that[ \t]is|das[ \t]ist|c'est"
    r"|as|als|comme|como|come|jako|как|som|is|ist|est|es|"
    r"é|è|är|je|este|when[ \t](?:asked|prompted)[ \t]for)[ \t]{1,2}"
    r"(?:(?!not|no|nicht)[^\W\d_]{1,10}[ \t-]{1,2}){0,4}\Z"
)
_INTO = (" (", " into ", " as ", " in ", " for ", " als ", " comme ", " como ")
_BEFORE_NAME = frozenset(" (\"'`")
_SAID_BEFORE = frozenset(_listed("that's c'est as als comme como come jako как som is ist est es é è är je este asked prompted"))
_IN_ONE = re.compile(r"\S*")
_OPEN = re.compile(r"(?:\*\*|[\"'`«„“‘「『”]|\\{1,3}[\"']|[&]r?l?quot;){0,3}[ \u00a0\u202f]?")
_CLOSING = {'"': '"', "'": "'", "`": "`", "«": "»", "„": "“”", "“": "”“", "‘": "’", "「": "」", "『": "』", "”": "”"}
_PLAIN = re.compile(r"[^\s\"'`<>|”»“„«\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]+")
_PAIR = re.compile(r"(?!base64:|vault:v\d|SHA\d+:)[A-Za-z_][\w.-]{1,60}[=:](?=[^=:\s])")
# A connection string, a query or a row goes on after its value.
_NEXT_PAIR = re.compile(r"[;&](?=[A-Za-z.][\w .%-]{0,40}=|[ \t}]|$)|\\[nrt]|,|&(?:amp|quot|lt|gt|#\d+);|;$|\\u0026")
LONGEST = 4096
JUDGED = 128
"""Characters of a value that are looked at to judge it; what follows without a break goes with it."""
REACH = 200
"""How far behind a name its value may show what it is made of."""


def _value(text: str, start: int) -> tuple[int, int, bool] | None:
    """The value that begins at ``start``: (start, end, was it quoted)."""
    opening = None if text[start : start + 1].isalnum() else _OPEN.match(text, start)
    signs = opening[0].replace("\\", "").strip() if opening else ""
    begin = opening.end() if opening and signs else start
    if not signs or signs[-1] not in _CLOSING:
        if (pair := _PAIR.match(text, begin, begin + JUDGED)) and made_of_words(pair[0]):
            # The word for a secret stands before a name of its own: "the token NAME=value".
            begin = pair.end()
        end = _plain_end(text, begin, JUDGED)
        if text.startswith("(", begin) and text.find(")", begin, end) < 0:
            begin += 1
        return (begin, end, False) if end - begin >= 4 else None
    ends = [at for sign in _CLOSING[signs[-1]] if (at := text.find(sign, begin, begin + LONGEST)) >= 0]
    end = min(ends, default=-1)
    if end < 0 or text.find("\n", begin, end) >= 0:
        end = _plain_end(text, begin, JUDGED)
        return (begin, end, False) if end - begin >= 8 else None
    while end > begin and text[end - 1] in " \u00a0\u202f\\":
        end -= 1
    return (begin, end, True) if end > begin else None


def _plain_end(text: str, begin: int, limit: int) -> int:
    """Where a value without quotation marks ends: not with the punctuation of the sentence around it."""
    found = _PLAIN.match(text, begin, begin + limit)
    if found is None:
        return begin
    value = found[0]
    if value.isalnum():
        return found.end()
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


_OF_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"


_LEFT_LETTERS = frozenset(_OF_NAME)
_RIGHT_LETTERS = _LEFT_LETTERS - {"."}


def name(text: str, start: int, end: int) -> tuple[int, int]:
    left, right = start, end
    if text[start - 1 : start] in _LEFT_LETTERS:
        before = text[start - 40 if start > 40 else 0 : start]
        left += len(before.rstrip(_OF_NAME)) - len(before)
    if text[end : end + 1] in _RIGHT_LETTERS and (more := _RIGHT.match(text, end)):
        right = more.end()
    return left, right


def spelled(text: str, start: int, word: int) -> tuple[int, str] | None:
    """Where the word of ``TRIGGERS`` that begins at ``start`` ends, and its group; None where it is part of another word."""
    if word < _LONG_WORDS:
        return start + _LENGTHS[word], "password" if word < _PASSWORD_COUNT else "key"
    if hit := _SHORT.match(text, start):
        return hit.end(), "short password" if hit["password"] is not None else "short key"
    return None


def is_for_password(word: int) -> bool:
    """Is the word of ``TRIGGERS`` one for what people type?"""
    return word < _PASSWORD_COUNT or (
        word >= _LONG_WORDS and _SHORT_WORDS[word - _LONG_WORDS] in ("pass", "pw", "psw", "pswd", "psk")
    )


def _plain_word(value: str) -> bool:
    """Letters of one case only: the most frequent neighbour of a secret word, and never a secret."""
    return value.isalpha() and (value.islower() or value.isupper() or value.istitle())


def is_assigned(value: str, *, password: bool) -> bool:
    """A secret, where it is known to be the value of a name."""
    if _PGPASS.match(value):
        return False  # Its last part is found by its own rule.
    if password:
        constant = _CONSTANT.fullmatch(value) is not None and made_of_words(value)
        about = _ABOUT.search(value) is not None and _NAME_LIKE.fullmatch(value) is not None
        return not constant and not about and (is_password(value, real=True) or is_token(value, real=True))
    if _IDENTIFIER.fullmatch(value) and made_of_words(value):
        return False
    if is_token(value, shortest=16, real=True):
        return True
    return value.isalnum() and is_token(value, shortest=12, real=True) and sum(letter.isdigit() for letter in value) >= 2


def _vendor_made(value: str) -> bool:
    """The primary key of a vendor's account, not of a table: those are numbers, words and UUIDs."""
    return len(value) >= 40 and all(classes(value)[:3])


_ABOUT = re.compile(r"(?i)passw(?:or)?d|token|secret|credential", re.ASCII)
_NAME_LIKE = re.compile(r"[A-Za-z_$][A-Za-z_]*\d{0,2}[:?.]?")
_PGPASS = re.compile(r"(?:[\w.*-]{1,120}:)?(?:\d{2,5}|\*):[\w*-]{1,64}:[\w.*-]{1,64}:", re.ASCII)
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+){1,8}|[a-z][a-z0-9]*(?:_[a-z0-9]+){2,8}")
_WORDS_AND_NUMBER = re.compile(r"[^\W\d_A-Z]{3,20}(?:[._-][^\W\d_A-Z]{3,20}){1,4}[._-]\d{2,6}")
"""What people make when a password has to be long: "copper.otter.417"."""
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:[_.-][a-z0-9]+){1,8}|[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+){1,8}")


def _mentioned(value: str, *, password: bool, key: bool) -> bool:
    if _IDENTIFIER.fullmatch(value) and made_of_words(value) and not (password and _WORDS_AND_NUMBER.fullmatch(value)):
        return False
    if is_token(value, shortest=24, real=True):
        return True
    if password or key:
        kinds = classes(value)
        return (sum(kinds) >= 3 if password else all(kinds[:3])) and is_password(value, strict=True, real=True)
    return is_token(value, shortest=20, real=True)


def is_mentioned(value: str) -> bool:
    """A secret, where what stands around it says that it is one for a password or a token."""
    return _mentioned(value, password=True, key=True)


_PATH_LIKE = re.compile(r"\.{0,2}/|[\w.-]{1,20}/[A-Z]?[a-z]+\d?(?:/|$)", re.ASCII)


def _entry_of(name: str, *, password: bool) -> Callable[[str, str], bool]:
    """Whether a value counts as an entry of a container of that name."""

    def counts(own: str, value: str) -> bool:
        if " " in value or is_placeholder(value) or (own and harmless(own, own)) or _PATH_LIKE.match(value):
            return False
        if "token" in name.lower():  # Tokens of a design or of a language have names and numbers.
            return is_uuid(value) or is_token(value, shortest=20, real=True)
        return is_uuid(value) or is_mentioned(value) or (password and is_assigned(value, password=True))

    return counts


_NAMES = re.compile("|".join(map(re.escape, sorted({*_PASSWORDS, *_KEYS}, key=len, reverse=True))), re.IGNORECASE)


def of_secret(name: str) -> str | None:
    """The kind of secret that a name alone says: "smtp_pass" is for a password. None where it says nothing or the contrary."""
    for found in (_NAMES.search(name), _SHORT.search(name)):
        if found is None:
            continue
        if harmless(name, name[found.end() :].removesuffix("s") and name[found.end() :]):
            continue
        password = found[0].lower() in _PASSWORD_WORDS or found.groupdict().get("password") is not None
        return "password" if password else "named-secret"
    return None


_PASSWORD_WORDS = frozenset(word.lower() for word in _PASSWORDS)


def named_values(text: str, names: Sequence[int], mixed: Sequence[int], settled: set[int]) -> Iterator[Found]:
    """Values whose name or sentence says that they are secret.

    ``names``: where a word of ``TRIGGERS`` begins, and its number there, as the engine has it. ``mixed``: where one of ``MIXED``
    ends, in order. ``settled`` is told where the words stand that need no further look.
    """
    beyond, known = 0, _Known({}, {}, {})
    for start, word, at in _worth_a_look(text, names, mixed):
        if start < beyond:
            settled.add(start)
            continue
        if word < _LONG_WORDS:
            end, password = start + _LENGTHS[word], word < _PASSWORD_COUNT
        elif hit := _SHORT.match(text, start):
            end, password = hit.end(), hit["password"] is not None
        else:
            continue
        left, right = name(text, start, end)
        beyond = end
        if (
            word < _LONG_WORDS
            and text[right : right + 1] in _OPENERS
            and text[end:right] in _PLURALS
            and not _says_no(text, (left, end), end, known)
        ):
            held = [*containers.entries(text, left, right, _entry_of(text[left:right], password=password))]
            if held:
                yield from ((*place, "password" if password else "named-secret") for place in held)
                settled.add(start)
                beyond = held[-1][1]
                continue
        if _says_no(text, (left, right), end, known):
            beyond = right
            if text[end:right] != "s":
                settled.add(start)
            continue
        password = password or _of_network(text, left, start)
        place = _of_name(text, (start, end), (left, right), mixed, at, known, password=password, door=_DOORS[word])
        kind = "password" if password else "named-secret"
        if place is not None:
            beyond = max(right, place[1])
            settled.add(start)
            yield *place, kind
        if (place is None or text.startswith((" |", "|"), right)) and (
            text[right : right + 1] in _COLUMN_SIGNS or text.startswith((" |", "**"), right) or _HEAD.match(text, right)
        ):
            for first, last in _column(text, left, right, password=password):
                yield first, last, kind


def _says_no(text: str, name: tuple[int, int], end: int, known: _Known) -> bool:
    """Does the name with a word for a secret that stops at ``end``, or what is around it, say that no secret stands there?"""
    left, right = name
    whole = text[left:right], end - left
    if (answer := known.harmless.get(whole)) is None:
        answer = known.harmless[whole] = harmless(whole[0], text[end:right])
    return answer or other_key(text, left) or _CALL.match(text, right) is not None


class _Known(NamedTuple):
    """What was answered before in the same text, which most often says the same again. Gone with the search: it keeps nothing."""

    harmless: dict[tuple[str, int], bool]
    """By the name, and where in it the word for a secret ends."""
    placeholders: dict[str, bool]
    assigned: dict[tuple[str, bool], bool]

    def is_placeholder(self, value: str) -> bool:
        """A stand-in or a variable."""
        if (answer := self.placeholders.get(value)) is None:
            answer = self.placeholders[value] = is_placeholder(value)
        return answer

    def is_assigned(self, value: str, *, password: bool) -> bool:
        """A secret, where it is known to be the value of a name."""
        if (answer := self.assigned.get((value, password))) is None:
            answer = self.assigned[value, password] = is_assigned(value, password=password)
        return answer


def _worth_a_look(text: str, names: Sequence[int], mixed: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The names with a mixed run near enough to be the value: where, which word, and the first of ``mixed`` that ends behind.

    Every word for a secret in prose comes by here and most go no further, so that nothing is called that can be seen at once.
    """
    at, size, dead, find, rfind = 0, len(mixed), 0, text.find, text.rfind
    for name in names:
        start, word = name >> BITS, name & NUMBER
        # What keeps a name from the run behind it keeps those from it that stand between: up to ``dead``.
        if start >= dead:
            while at < size and mixed[at] <= start:
                at += 1
            end = mixed[at] if at < size else len(text) + REACH
            if end > start + REACH:
                dead = end - REACH
            elif (line := find("\n", start, end)) < 0:
                yield start, word, at
                continue
            elif (blank := rfind("\n\n", line, end)) >= 0:
                dead = blank
            elif text[line - 1] not in _MAY_BE_OPEN and (space := rfind(" ", start, line)) >= 0:
                if _is_of_columns(text, start, line):
                    yield start, word, at
                    continue
                dead = space
            elif _goes_on(text, start, line, end):
                yield start, word, at
                continue
        # Most often the run stands behind its name; some sentences say it first.
        if (
            at
            and mixed[at - 1] > start - REACH
            and (
                (word < _PASSWORD_COUNT and _said_before(text, start))
                or (text[start - 1] == "_" and _before(text, start, password=True) is not None)
            )
        ):
            yield start, word, at


def _is_of_columns(text: str, start: int, line: int) -> bool:
    """Has the next line as many cells as the one that ends at ``line``?"""
    begin, end = text.rfind("\n", max(0, start - 400), start) + 1, text.find("\n", line + 1, line + 4000)
    end = end if end >= 0 else min(len(text), line + 4000)
    return any((cells := text.count(sign, begin, line)) and text.count(sign, line + 1, end) == cells for sign in ",;\t|")


def _of_network(text: str, left: int, start: int) -> bool:
    if text[start - 2 : start] not in _NETWORK_SIGNS:
        return False
    return _OF_NETWORK.search(text, max(0, left - 12), start) is not None


def other_key(text: str, left: int) -> bool:
    """Does what stands before the name say that it is the key of a table or the like?"""
    if text[left - 4 : left].lower() not in _HARMLESS_SIGNS:
        return False
    return text[max(0, left - 14) : left].lower().endswith(_HARMLESS_BEFORE)


def _of_name(
    text: str,
    word: tuple[int, int],
    name: tuple[int, int],
    mixed: Sequence[int],
    at: int,
    known: _Known,
    *,
    password: bool,
    door: bool,
) -> tuple[int, int] | None:
    """The value beside a name, behind it or before it. ``at``: the first of ``mixed`` that ends behind the word's beginning."""
    start, end = word
    left, right = name
    first = bisect_right(mixed, right, at)
    place = _beside(text, left, right, mixed, first, known, password=password, key=door or end - start == 3, door=door)
    if place is None and text[start - 1 : start] == "_":
        place = _before(text, start, password=password)
    if place is not None and "primary" in text[max(0, left - 8) : right].lower() and not _vendor_made(text[slice(*place)]):
        return None
    if place is not None and right - left == 3 and is_uuid(text[slice(*place)]):
        return None  # "key: " before a UUID: an entry of a list or a row.
    return place


_OPENERS = frozenset(":=[]{ \"'")
_PLURALS = frozenset(("", "s", "es", "en"))
_COLUMN_SIGNS = frozenset("|,;\t\n\r\"'`")
_HEAD = re.compile(r" (?:[\w./-]{1,16} ){0,2}[\w./-]{1,16} ?[|,;\t]")
"""More words of a column's head, behind the one for a secret."""
_NETWORKS = re.compile(r"(?i)wpa|wlan|wi-?fi", re.ASCII)
_ROWS = 40
"""Rows of a table that are read below the name of a column."""
_RULE = re.compile(r"[ \t]{0,8}\|?[ \t]{0,4}:?-{2,200}[-|: \t]{0,400}\n")


def _column(text: str, left: int, right: int, *, password: bool) -> Iterator[tuple[int, int]]:
    """The values below the name of a column, in a table of Markdown or in comma-separated values."""
    begin, end = text.rfind("\n", max(0, left - 400), left) + 1, text.find("\n", right, right + 400)
    if end < 0:
        return
    header = text[begin:end]
    sign = "|" if "|" in header else "," if "," in header else ";" if ";" in header else "\t"
    before, after = text[begin:left].rpartition(sign)[2], text[right:end].partition(sign)[0]
    if (
        sign not in header
        or not (_alone(before, after) or _heads(before + text[left:right] + after))
        or (sign != "|" and not all(cell.strip(" \t\r`\"'") for cell in header.split(sign)))
    ):
        return
    number, count, at = text.count(sign, begin, left), header.count(sign), end + 1
    password = password or _NETWORKS.search(before + after) is not None
    if sign == "|":
        rule = _RULE.match(text, at)
        if rule is not None:
            at = rule.end()
        elif not _is_first_row(text, begin, at):
            return
    for _ in range(_ROWS):
        stop = text.find("\n", at, at + 4000)
        stop = stop if stop >= 0 else min(len(text), at + 4000)
        if text.count(sign, at, stop) != count:
            return
        for _ in range(number):
            at = text.index(sign, at) + 1
        cell = text[at:stop].partition(sign)[0]
        value = cell.strip(" \t\r").removeprefix("**").removesuffix("**").strip("`\"'")
        if (
            value
            and " " not in value
            and not _plain_word(value)
            and not is_placeholder(value)
            and is_assigned(value, password=password)
        ):
            start = at + cell.index(value)
            yield start, start + len(value)
        at = stop + 1


def _is_first_row(text: str, begin: int, behind: int) -> bool:
    """Is the line that begins at ``begin`` the first of those that begin with a bar? They need no line of hyphens below."""
    above = text[text.rfind("\n", 0, max(0, begin - 1)) + 1 : begin]
    return not above.lstrip().startswith("|") and all(text[at : at + 40].lstrip(" \t").startswith("|") for at in (begin, behind))


def _heads(cell: str) -> bool:
    """Is this the head of a column in a few words, and for secrets: "Secret access key", "Chiave WPA2"?"""
    words = cell.strip(" \t`\"'*\r")
    return words.count(" ") < _MOST_WORDS and len(words) < 40 and of_secret(words.replace(" ", "_")) is not None


_MOST_WORDS = 4


def _alone(before: str, after: str) -> bool:
    return not before.strip(" \t`\"'*") and not after.strip(" \t`\"'*\r")


def _goes_on(text: str, start: int, line: int, end: int) -> bool:
    """May what stands at ``end`` belong to the name at ``start``, whose line ends at ``line``: on the next one, or in a short
    block that says "default". No blank line is between."""
    # The value stands on the next line only where this one is left open, or is the head of a column or an entry.
    head = text[start:line]
    if " " in head and head.rstrip()[-1:] not in _LEFT_OPEN:
        return False
    further = text[line:end]
    lines = further.count("\n")
    if lines < 8 and head.rstrip().endswith(_BELOW):
        return True
    return lines == 1 or (lines < 6 and ("default" in further or "|-" in further or "| -" in further))


_LEFT_OPEN = frozenset(":=\\>|,\"'({[*`→—：-+")
_MAY_BE_OPEN = _LEFT_OPEN | {chr(code) for code in range(0x3001) if chr(code).isspace()}
"""What a line that is left open may end with, before spaces are taken off."""


_BELOW = ("s:", "s = {", "s: {", "s={", "s = [", "s: [", "s=[", "s {", "s]", 's": {', 's": [', "S = {", "S = [", "S={", "S=[")
"""How a line ends below which entries of that name stand."""


def _said_before(text: str, start: int) -> bool:
    return not _SAID_BEFORE.isdisjoint(text[start - 30 if start > 30 else 0 : start].split())


def _beside(
    text: str, left: int, at: int, mixed: Sequence[int], first: int, known: _Known, *, password: bool, key: bool, door: bool
) -> tuple[int, int] | None:
    if text.endswith("://", 0, left):
        return None  # The user of an address; its password is found there.
    judged = -1
    for pattern in _bridges(text, left, at):
        bridge = pattern.match(text, at)
        if bridge is None or (place := _shown(text, bridge.end(), mixed, first)) is None:
            continue
        start, end, quoted = place
        if bridge.lastgroup == "cell" and not quoted and (cut := text.find(bridge["cell"], start, end)) > 0:
            end = cut
        value = text[start : min(end, start + JUDGED)]
        if known.is_placeholder(value):
            if pattern is _ASSIGN or pattern is _WORDS:
                return None
            continue
        if pattern is not _NEAR or (quoted and password and text[start - 1] != "`"):
            good = known.is_assigned(value, password=password) or (
                key
                and (door or bridge[0].strip().isalpha())
                and all(classes(value)[:3])
                and _mentioned(value, password=False, key=True)
            )
        else:
            good = _mentioned(value, password=password, key=key)
        if good:
            return start, end if quoted or end - start < JUDGED else _plain_end(text, start, LONGEST)
        judged = start
    return _after_sentence(text, at, mixed, first, judged, password=password, key=key) or (
        _in_front(text, left) if password and _said_before(text, left) else None
    )


def _bridges(text: str, left: int, at: int) -> tuple[re.Pattern[str], ...]:
    """What may stand between the name at ``left``, which ends at ``at``, and its value."""
    sign = text[at : at + 1]
    if sign not in _BLANK:
        return _ASSIGN_OR_NEAR
    if text.endswith(("--", "ENV "), 0, left) or text.startswith("--", left):
        return _AFTER_FLAG
    return _SPOKEN if sign == " " and text[at + 1 : at + 2] in _SMALL else _ASSIGN_OR_NEAR


def _shown(text: str, begin: int, mixed: Sequence[int], first: int) -> tuple[int, int, bool] | None:
    """The value that begins at ``begin``, when it shows letters and digits and is one word."""
    size = len(mixed)
    while first < size and mixed[first] <= begin:
        first += 1
    if first == size:
        return None
    # No value has a space before it shows what it is made of; quotation marks may have one behind them.
    head = mixed[first] - SHORTEST
    if head > begin + 3 and (text.find(" ", begin + 3, head) >= 0 or not _IN_ONE.fullmatch(text, begin + 3, head)):
        return None
    place = _value(text, begin)
    if place is None or mixed[first] > place[1] + SHORTEST:
        return None
    value = text[place[0] : min(place[1], place[0] + JUDGED)]
    return None if " " in value or _plain_word(value) else place


def _after_sentence(
    text: str, at: int, mixed: Sequence[int], first: int, judged: int, *, password: bool, key: bool
) -> tuple[int, int] | None:
    """A value some words behind its name: "the password for the till is X". The one at ``judged`` was found wanting already."""
    said = _SAID.match(text, at) if first < len(mixed) else None
    if said is None:
        return None
    seen, longest = -1, min(SENTENCE, said.end() - at + SAYING)
    for end in mixed[first : first + 4]:
        if end > at + SENTENCE + JUDGED:
            return None
        between = text[at:end].rstrip(_OF_VALUE)
        if len(between) > longest:
            return None
        if len(between) == seen:
            continue
        seen = len(between)
        # The pattern costs more than a look at the last word, which most often is another.
        told = between.rstrip(_OPENING)
        if ":" not in between[len(told) :] and not (
            (told[-1:] in _LAST_SIGNS or told[-2:] in _LAST_TWO or told[-3:] in _LAST_THREE) and told.endswith(_LAST_SAID)
        ):
            continue
        says = _SAYS.search(between, max(0, seen - SAYING))
        if says is None or not _SAID.fullmatch(between, 0, says.start()):
            continue
        place = _shown(text, at + says.start("open"), mixed, first)
        if place is None or place[0] == judged:
            continue
        value = text[place[0] : min(place[1], place[0] + JUDGED)]
        if not is_placeholder(value) and _mentioned(value, password=password, key=key):
            return place[0], place[1] if place[2] or place[1] - place[0] < JUDGED else _plain_end(text, place[0], LONGEST)
    return None


def _before(text: str, start: int, *, password: bool) -> tuple[int, int] | None:
    """A value before the name of a setting: "X (API_TOKEN)", "we put X into API_TOKEN". ``start`` lies within the name."""
    # The name seldom stands behind a sign or a word that leads to it.
    sign = text[start - 40 if start > 40 else 0 : start].rstrip(_OF_NAME)[-1:]
    if sign and sign not in _BEFORE_NAME:
        return None
    low = max(0, start - REACH)
    head = text[low:start].rstrip(_OF_NAME).rstrip("`\"'")
    if not head.endswith(_INTO):
        return None
    told = head[:-2] if head.endswith(" (") else head.rstrip().rpartition(" ")[0]
    told = told.rstrip("`\"'")
    begin = max(told.rfind(sign) for sign in " \t\n`\"'<>|(),") + 1
    value = told[begin:]
    if len(value) < 8 or is_placeholder(value) or not _mentioned(value, password=password, key=False):
        return None
    return low + begin, low + len(told)


def _in_front(text: str, left: int) -> tuple[int, int] | None:
    """A password that is said before it is named: "use X as the password"."""
    start = max(0, left - 180)
    found = next(reversed([*_REVERSED.finditer(text, start, left)]), None)
    if found is None:
        return None
    value = found["value"]
    if not is_placeholder(value) and _mentioned(value, password=True, key=False):
        return found.start("value"), found.end("value")
    return None
