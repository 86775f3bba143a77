"""Shapes of secrets that a set made by somebody else showed to be missing, and beside each the text that must stay."""

from __future__ import annotations

import random
import string

import pytest

from llm.redaction import find_secrets

LETTERS = string.ascii_letters + string.digits
KINDS = {
    "adyen": "AQE{M90}-{M43}=-{M20}",
    "mollie": "live_{M30}",
    "eks": "k8s-aws-v1.{M200}",
    "inngest": "signkey-prod-{H64}",
    "convex": "prod:happy-otter-123|{M120}",
    "tinybird": "p.eyJ{M80}.{M43}",
    "clojars": "CLOJARS_{H60}",
    "aiven": "AVNS_{M18}",
    "swarm": "SWMTKN-1-{H50}-{H25}",
    "bitbucket": "BBDC-{M44}",
    "defined": "dnkey-{H26}-{H52}",
    "woocommerce": "cs_{H40}",
}
TAKEN = {
    "a key in base64 that begins with a slash": 'aws_secret_access_key := "«/{M39}»"',
    "a primary key that a vendor made": "COSMOS_PRIMARY_KEY=«{M86}==»",
    "the value of a flag behind the name": 'gh secret set NOVU_SECRET_KEY --body "«{H32}»"',
    "a key with its coding before it": "docker run -e APP_KEY=«base64:{M43}=» app",
    "a word for a key that opens a door": "La clave del servidor es «Sorrel-Quarry-92»",
    "a network key in a sentence": "Our WLAN key is «Sorrel-Quarry-92» and guests get it on paper.",
    "words and a number": "The password for the drop: «copper.otter.417»",
    "words and a number, in front of the word": "Please use «copper.otter.417» as password for now.",
    "Swedish": "Lösenordet är «Sorrel558!».",
    "Czech": "Heslo k databázi je «Sorrel@1905».",
    "Romanian": "Parola este «1Sorrel?60».",
    "Indonesian": "Kata sandi adalah «Sorrel-Tarn-60».",
    "Greek": "Ο κωδικός είναι «Sorrel-Tarn-60».",
    "letters with marks": "Das Passwort für den Rechner ist «1Brücke*89».",
    "a number glued to mixed letters": "sshpass -p '«4xkzMkskwIuDEx»' ssh ops@host",
    "a name and a year": 'wpa_passphrase="«Onyx_2006»"',
    "signs that are no code": "SECRET_KEY: «i9(v9bg7#f*rhui2ldl7n%e8^k$^f447sd9%-$e(-7fr!)uob»",
    "a shared folder": "net use Z: \\\\srv\\share «Sorrel8606!» /user:DOM\\ana",
    "a login in code": "smtp.login('ops@mail.test', '«Sorrel_1982»')",
    "credentials in code": 'new NetworkCredential("ops", "«copper.otter.417»")',
    "a community": "snmp-server community «JDxya5cRLkCw» RO",
    "a list of properties": "<key>MISTRAL_API_KEY</key>\n<string>«{M32}»</string>",
    "cells of a table in HTML": "<tr><td>MISTRAL_API_KEY</td><td>«{H32}»</td></tr>",
    "a block of YAML": "SESSION_SECRET: |\n  «{M32}»\n",
    "a folded block of YAML": "SESSION_SECRET: >-\n  «{M32}»\n",
    "Ruby, if not set": "ENV['MISTRAL_API_KEY'] ||= '«{M32}»'",
    "make, if not set": "MISTRAL_API_KEY?=«{M32}»",
    "an assignment of R": 'RESTIC_PASSWORD <- "«sorrel.copper.325»"',
    "a string of the shell": 'wrangler secret put SB_ACCESS_TOKEN <<< "«{M40}»"',
    "a verbatim string": 'var storageKey = @"«{M86}==»";',
    "a bold name": "**HCLOUD_TOKEN:** `«{M64}»`",
    "an arrow": "DD_APP_KEY ➜ «{H40}»",
    "the value before the name": "ansible-vault encrypt_string '«{M24}»' --name 'source_token'",
    "when asked": "Enter «Mistral1547!» when prompted for the password.",
    "any words between": "They gave me «Girasol-Quarry-57» as the wifi password.",
    "an adverb": "Das Admin-Kennwort ist jetzt «1Quarry*39».",
    "an adverb in French": "Le mot de passe admin est désormais «1Tarn*91».",
    "what we use": "Für MINIO_ROOT_PASSWORD nehmen wir «Quarry@1907» bis März.",
    "a network's key": "WPA2 key = «Larch8380!»",
    "Serbian": "Лозинка: «Quarry4583!»",
    "a dialogue": 'expect "Password:"\nsend "«QGcc3H1afF9a»\\r"',
    "a client of HTTP": "http --auth ops:«nO1Bhb+sQrGgy» GET shop.test",
    "Redis": "masterauth «cv5dDH0Gwj9a»",
    "a function's address": "https://shop.test/api/run?code=«{M54}==»",
    "Fernet": "Fernet(b'«{M43}=»')",
    "a name alone on the line above": "MISTRAL_API_KEY\n«{M32}»",
    "an entry of a list": "APP_KEY:\n  - «{M40}»",
    "a pair of Lisp": "(HCLOUD_TOKEN . «{M64}»)",
    "an escaped tab": "HCLOUD_TOKEN\\t«{M64}»",
    "JSON with more between": '{"name":"AUTH_TOKEN","valueFrom":null,"value":"«{H32}»"}',
    "a further column": "| `MYSQL_ROOT_PASSWORD` | secret | `«Gir#K9zqCQbK7»` |",
    "a name in brackets behind it": "«{H40}» (WANDB_API_KEY)",
    "into": "we put «{M40}» into AWS_SECRET_ACCESS_KEY on Monday",
    "a genitive": "I think the password's «Falke@1982»",
    "two arrows": "new password >> «Falke@1982»",
    "a network's key in German": "WLAN-Schlüssel: «Larch-Larch-46»",
    "a network's code": "Le code wifi est «Pelican7750!»",
    "a door's key": "Clave: «Onyx@1926»",
    "Arabic": "كلمة السر: «Pelican5586!»",
    "a salt of a site": "define('NONCE_SALT', '«{M64}»');",
    "the bind of a directory": "ldap.bind.credentials=«Quarry-Tarn74»",
    "a name of two capitals": "bindPW: «Onyx_2006!»",
    "a code of authorization": "GET /callback?code=«{M40}»&state=af0ifjsldkj HTTP/1.1",
    "a user and a percent sign": "smbclient //files.test/scan -U 'scan%«Sorrel8606!»' -c ls",
    "the last of three": 'new ClientSecretCredential(tenantId, clientId, "«{M40}»");',
    "Ruby without brackets": "req.basic_auth 'ops', '«Falke@1982»'",
    "a linked server": "EXEC sp_addlinkedsrvlogin 'ERP', 'false', NULL, 'ops', '«Onyx@1926»'",
    "a string of wide letters": "CREATE LOGIN ops WITH PASSWORD = N'«Larch8380!»', CHECK_POLICY = ON;",
    "bytes": "password = b'«Larch8380!»'",
    "a form filled in by a test": "page.getByLabel('Password').fill('«Gir#K9zqCQbK7»')",
    "a form filled in by another": 'driver.find_element(By.ID, "password").send_keys("«Gir#K9zqCQbK7»")',
    "a key that is read from hex": 'byte[] hmacKey = Hex.decode("«{H64}»");',
    "a key that is read from base64": 'var signingKey = Convert.FromBase64String("«{M43}=»");',
    "a host in the sentence": "Hasło do serwera files.shop.test to «Onyx_2006!», login ops.",
    "brackets and quotation marks": 'The API key of the partner ("«{M40}»") came by mail.',
    "a login with a slash": "One shared login for the till: cashier / «Gir7K9zqCQbK». That must end.",
    "words that dice chose": 'RESTORE_PASSPHRASE="«larch-pelican-quarry-sorrel»"',
}
STAY = (
    "COSMOS_PRIMARY_KEY=order_line_id",
    "primary_key: 6f1c2a5e-8a34-4b0c-9c1e-0f4c2b7a9d11",
    "primary key: 65f1c2a58a344b0c9c1e0f4c",
    "Primary key is Created-At-2 of the table.",
    'secret_path = "/Users/ana/Projects/Shop2026/SecretStoreBackups/Production"',
    "gh secret list --env production2",
    "La clave primaria es pedido_linea_2024.",
    "The password rule is in section 4.2.17 of the policy.",
    "The password check is in shop.accounts.validators of release 12.",
    "Token: see team-retro-24 for the notes.",
    "Lösenordet är minst 12 tecken långt.",
    "Heslo je povinné a má 12 znaků.",
    "Parola este obligatorie, minimum 10 caractere.",
    "password: 24h, then 30min of grace",
    'client.login("username", "password")',
    "def test_live_orders_are_listed_in_the_order_of_arrival(): ...",
    "PWD=/var/www/html/releases/20260412T1030",
    "key: 2026-Q2/EMEA/NPS",
    "PASS tests/test_login2.py::test_password_reset[en-GB]",
    "sid=S-1-5-21-3623811015-3361044348-30300820-1013",
    '<PasswordInput v-model="form.password2" :rules="passwordRules2" />',
    "GPG key 0x9F2A1C4B8D3E5F60 (fingerprint 3AA5 C343 71A2)",
    "<th>Password</th><th>Required</th>",
    "password: |\n  at least 12 characters",
    "Token: >-\n  a signed value, RS256",
    "For the password we use bcrypt, cost 12.",
    "If asked for a password, type the one of section 4.2.",
    "Enter your name when prompted for the password policy of 2026.",
    "La clave del producto es PRD-2026-0412.",
    "password;varchar;60",
    "The build 2026.04.12-rc1 (API_TOKEN is not needed) is out.",
    "We put 4096 into MAX_TOKENS and Table-4.2-B into API_KEY_HELP.",
    "DB_PASSWORD\nSeeTheVaultEntry2026 of the team",
    "test_ThisNameIsExactlyThirtyLettersX",
    "VITE_PUBLISHABLE_KEY=pk_test_{M30}",
    "cs_test_{M40} is a checkout session",
    "db_password: ENC[AES256_GCM,data:{M32},iv:{M43}=,tag:{M22}==,type:str]",
    "spring.datasource.password={cipher}{H64}",
    "token: vault:v1:{M60}",
    "twilio:\n  account_sid: AC{H32}\n  auth_token: ${TWILIO_AUTH_TOKEN}",
    'if (password !== again) throw new Error("PasswordMismatch42");',
    "client = SecretClient(vault_url, getSecret('projects/shop/secrets/db/versions/3'))",
    "page.getByLabel('Password').fill('')\nawait page.click('#sign-in-button-2')",
    "passphrase: read-from-the-vault",
    'passphrase: "your-long-secret-phrase"',
    "GET /products?code=SPRING-2026-SALE&state=open",
    "The user account: input / output of 4kB blocks",
    "PASSWORD_SALT = settings.PASSWORD_SALT_FOR_2026",
)


def _filled(template: str) -> str:
    dice = random.Random(template)
    for letter, alphabet in (("M", LETTERS), ("H", "0123456789abcdef")):
        while (at := template.find("{" + letter)) >= 0:
            end = template.index("}", at)
            size = int(template[at + 2 : end])
            # One of each class, so that no value is plain by accident.
            value = "".join([*("7aZ" if letter == "M" else "7a"), *dice.choices(alphabet, k=size)])[:size]
            template = template[:at] + value + template[end + 1 :]
    return template


def _left(marked: str) -> str:
    """What of the marked value is not covered, white space apart."""
    start, end = marked.index("«"), marked.index("»") - 1
    text = marked.replace("«", "").replace("»", "")
    covered = {at for secret in find_secrets(text) for at in range(secret.start, secret.end)}
    return "".join(text[at] for at in range(start, end) if at not in covered and not text[at].isspace())


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_shows_what_it_is_without_a_name(kind: str) -> None:
    assert _left(f"noted on Tuesday: «{_filled(KINDS[kind])}», ask Priya") == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_may_stand_behind_the_escape_of_a_line_end(kind: str) -> None:
    assert _left(f'{{"log": "begun\\n«{_filled(KINDS[kind])}»\\nended"}}') == ""
    assert _left(f"noted\\t«{_filled(KINDS[kind])}»\\r\\n") == ""


@pytest.mark.parametrize("place", TAKEN)
def test_its_place_says_that_it_is_secret(place: str) -> None:
    assert _left(_filled(TAKEN[place])) == ""


@pytest.mark.parametrize("text", STAY)
def test_what_looks_alike_stays(text: str) -> None:
    assert find_secrets(_filled(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        'mapboxgl.accessToken = "pk.' + 'eyJ1IjoiZGVwb3QiLCJhIjoiY2x4MSJ9.VG5qyLAYnNPaFtPbUxmBeX";',
        (
            "The jwt.io token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
            ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
            "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c is a sample."
        ),
    ],
    ids=["Mapbox's public token", "the sample of jwt.io in a sentence"],
)
def test_what_is_published_survives_beside_a_name_too(text: str) -> None:
    assert find_secrets(text) == []
