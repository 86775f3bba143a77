"""Synthetic texts with and without secrets, made when the tests run, so that no file holds anything that looks like a key.

A secret is marked by «...» in the template; the marks are taken away and become the expected spans.
"""

from __future__ import annotations

import base64
import json
import random
import string
from dataclasses import dataclass

MIXED = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


@dataclass(frozen=True)
class Item:
    name: str
    text: str
    spans: tuple[tuple[int, int], ...]


def _item(name: str, marked: str) -> Item:
    text, spans, start = "", [], -1
    for letter in marked:
        if letter == "«":
            start = len(text)
        elif letter == "»":
            spans.append((start, len(text)))
        else:
            text += letter
    return Item(name, text, tuple(spans))


def with_secrets(seed: int = 7) -> list[Item]:
    """Sixty and more texts, each with at least one secret."""
    dice = random.Random(seed)

    def some(length: int, letters: str = MIXED) -> str:
        # One of each class first, so that no sample is accidentally plain.
        picked = [dice.choice(letters) for _ in range(length)]
        if letters == MIXED:
            picked[length // 2 : length // 2 + 3] = ["7", "q", "Z"]
        return "".join(picked)

    def pem(lines: int = 6) -> str:
        return "\n".join(some(64) for _ in range(lines))

    def jwt() -> str:
        parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": some(12), "exp": dice.randrange(10**9)}]
        coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join([*coded, some(43)])

    def password() -> str:
        words = ["Lantern", "Copperpot", "Thistle", "Marigold", "Foxglove", "Tundra"]
        first, second = dice.choice(words), dice.choice(words).lower()
        return f"{first}{dice.choice('-_.+')}{second}{dice.randrange(100, 999)}{dice.choice('!?*%')}"

    formats = {
        "github": "gh" + "p_" + some(36),
        "github fine": "github" + "_pat_" + some(22) + "_" + some(59),
        "gitlab": "gl" + "pat-" + some(20),
        "aws id": "AK" + "IA" + some(16, string.ascii_uppercase + "234567"),
        "slack": "xo" + "xb-" + some(12, string.digits) + "-" + some(24),
        "stripe": "sk" + "_live_" + some(24),
        "openai": "sk-" + "proj-" + some(60),
        "anthropic": "sk-" + "ant-api03-" + some(90),
        "google": "AI" + "za" + some(35),
        "npm": "np" + "m_" + some(36),
        "sendgrid": "S" + "G." + some(22) + "." + some(43),
        "digitalocean": "do" + "p_v1_" + some(64, HEX),
        "huggingface": "h" + "f_" + some(34, string.ascii_letters),
        "grafana": "gl" + "sa_" + some(32) + "_" + some(8, HEX),
        "telegram": some(10, "123456789") + ":A" + "A" + some(33),
    }
    places = [
        "We call the service with «{}», Jana has the account.",
        "Bitte tauschen: „«{}»“ (läuft Freitag ab).",
        "- step 3: paste «{}» into the form\n- step 4: done",
    ]
    items = [
        _item(f"{name} in place {number}", place.format(token))
        for name, token in formats.items()
        for number, place in enumerate(places)
    ]
    lines = {
        "env": f"MAIL_HOST=smtp.local\nMAIL_PASSWORD=«{password()}»\nMAIL_PORT=25",
        "yaml": f"db:\n  user: app\n  password: «{password()}»\n  port: 5432",
        "json": f'{{"clientSecret": "«{some(40)}»", "region": "eu"}}',
        "toml": f'[billing]\napi_key = "«{some(32)}»"\ntimeout = 3',
        "xml element": f"<user>sync</user><password>«{password()}»</password>",
        "xml attribute": f'<add key="ApiToken" value="«{some(36)}»" />',
        "table": f"| what | value |\n|---|---|\n| signing key | «{some(44)}» |",
        "java": f'private static final String AUTH_TOKEN = "«{some(40)}»";',
        "python": f"client = connect(host, password='«{password()}»')",
        "ruby": f":secret_key_base => '«{some(64, HEX)}»',",
        "terraform": f'variable "admin_password" {{\n  type = string\n  default = "«{password()}»"\n}}',
        "postgres url": f"postgres://reports:«{password()}»@db7.internal.example.net:5432/reports",
        "redis url": f"cache at rediss://:«{some(24)}»@cache.local:6380/0 for sessions",
        "amqp url": f"amqp://worker:«{some(18)}»@queue.local/vhost",
        "ado": f"Server=sql1;Database=erp;User Id=erp;Password=«{password()}»;Encrypt=true",
        "jdbc": f"jdbc:mysql://db/app?user=app&password=«{some(16)}»&useSSL=true",
        "storage": f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=«{some(86)}==»;EndpointSuffix=x",
        "bearer": f"curl -H 'Authorization: Bearer «{some(40)}»' https://api.local/v1",
        "basic": f"Authorization: Basic «{base64.b64encode(f'ops:{some(12)}'.encode()).decode()}»\nAccept: */*",
        "api header": f"X-Api-Key: «{some(32)}»\r\nHost: api.local",
        "curl user": f"curl -u ops:«{password()}» https://intranet.example/",
        "cookie": f"Cookie: lang=de; sessionid=«{some(32, string.ascii_lowercase + string.digits)}»; dark=1",
        "sshpass": f"sshpass -p '«{password()}»' ssh ops@10.0.0.4",
        "mysql": f"mysql -h db -u root -p«{some(14)}» shop < dump.sql",
        "netrc": f"machine git.local login bot password «{some(20)}»",
        "jwt": f"The header was «{jwt()}» when it failed.",
        "webhook": "https://hooks.slack" + f".com/services/T{some(9, HEX).upper()}/B{some(9, HEX).upper()}/«{some(24)}»",
        "signature": f"https://acme.blob.local/in.pdf?sv=2024-01-01&se=2026-01-01&sig=«{some(43)}%3D»",
        "otpauth": f"otpauth://totp/Acme:jo?secret=«{some(32, string.ascii_uppercase + '234567')}»&issuer=Acme",
        "rsa": f"-----BEGIN RSA PRIVATE KEY-----\n«{pem()}»\n-----END RSA PRIVATE KEY-----",
        "pem in json": '"key": "-----BEGIN PRIVATE KEY-----\\n«' + pem(3).replace("\n", "\\n") + '»\\n-----END PRIVATE KEY-----"',
        "pem cut off": f"-----BEGIN EC PRIVATE KEY-----\n«{pem(2)}»\n\nand then the mail ended.",
        "prose": f"Log in as jana and the password is «{password()}», please change it.",
        "prose german": f"Das Kennwort für die Kasse lautet «{password()}» seit Mai.",
        "prose french": f"Le mot de passe est «{password()}», à changer.",
        "prose spanish": f"La contraseña es «{password()}» y vale para todos.",
        "docker": '{"auths": {"r.local": {"auth": "«' + base64.b64encode(f"ci:{some(20)}".encode()).decode() + '»"}}}',
        "wrapped": f"config: «{base64.b64encode(('DB_PASSWORD=' + password() + chr(10) + 'DB_USER=app').encode()).decode()}»",
        "zero width": f"use «{formats['gitlab'][:12]}\u200b{formats['gitlab'][12:]}» today",
        "two in one": f"old key «{formats['stripe']}», new key «{formats['npm']}»",
    }
    return items + [_item(name, text) for name, text in lines.items()]


def without_secrets(seed: int = 8) -> list[Item]:
    """Texts that talk about secrets, or look random, and hold none."""
    dice = random.Random(seed)
    sha, uuid = (
        "".join(dice.choice(HEX) for _ in range(40)),
        "-".join("".join(dice.choice(HEX) for _ in range(size)) for size in (8, 4, 4, 4, 12)),
    )
    texts = {
        "rule": "A password has at least 12 characters and is checked against a list of known ones.",
        "story": "As a clerk I want to reset my password so that I can work again after the holidays.",
        "expiry": "The reset token expires after 30 minutes and can be used once.",
        "placeholder": "API_KEY=your-api-key-here\nDB_PASSWORD=changeme\nTOKEN=<token>",
        "variable": 'password: ${DB_PASSWORD}\ntoken: "{{ vault.token }}"\nsecret: $SECRET',
        "stars": "password: ********\napi key: xxxxxxxxxxxxxxxx",
        "code": "token = await provider.getAccessToken(refreshToken)\nif not check_password(user, raw): raise Denied",
        "environment": 'SECRET_KEY = os.environ["SECRET_KEY"]\napiKey: process.env.API_KEY',
        "schema": "password_hash VARCHAR(255), reset_token_expires_at TIMESTAMPTZ, api_key_id UUID",
        "type": "class Login(BaseModel):\n    password: SecretStr\n    token: str | None = None",
        "commit": f"Fixed in {sha}, see also {sha[:7]}.",
        "digest": f"sha256: {sha}{sha[:24]}  package.zip",
        "row": f"customer_id: {uuid}\norder_id: {uuid}",
        "sample url": "postgres://user:password@localhost:5432/app",
        "sample key": "AWS documents " + "AKIA" + "IOSFODNN7EXAMPLE as a sample.",
        "link": "https://docs.example.com/security/password-policy?utm_source=mail&utm_campaign=spring-2026#tokens",
        "key people": "The secret of the project is that key people stay; a token gift is not enough.",
        "colour": "--key-colour: #7c6cfa; --token-shadow: #43ecd15c;",
        "public": "-----BEGIN PUBLIC KEY-----\n" + "MIIB" + "QUJD" * 15 + "\n-----END PUBLIC KEY-----",
        "already clean": "The password is [[SECRET:password:1]] and [person-1] knows it.",
        "numbers": "Invoice 2026-114477, IBAN on page 3, call +49 30 3296912.",
        "path": "secret: prod/intake/database (in the key vault), key file /etc/tls/server.key",
        "pattern": "Keys begin with sk_live_ or sk_test_; the pattern is `gh" + "p_[A-Za-z0-9]{36}`.",
        "diagram": "Client->>API: POST /token (client_id, client_secret)\nAPI-->>Client: access_token, expires_in=900",
        "japanese": "パスワードは12文字以上で、数字と記号を含みます。",
    }
    return [Item(name, text, ()) for name, text in texts.items()]
