"""Secrets below a common name, in rows of SQL, in pairs and in command lines; and what looks like them."""

from __future__ import annotations

import random
import string
import time

import pytest

from llm.redaction import find_secrets
from tests.llm.redaction.templates import Maker, fill

WITH = {
    "columns of an INSERT": "INSERT INTO t (id, name, api_key, on) VALUES (7, 'depot', '«an32»', 1), (8, 'shop', '«an32»', 1);",
    "a row over several lines": "insert into t (name, passwd)\nvalues\n  ('‹user›', '«'Heron4'+an6»'),\n  ('x', '«'Zeb7'+an6»');",
    "columns of the table": "CREATE TABLE t (\n  id int,\n  password text\n);\nINSERT INTO t VALUES (1, '«'Aq7'+an9»');",
    "a dump of PostgreSQL": "COPY app (id, secret_key, on) FROM stdin;\n1\t«an40»\tt\n2\t«an40»\tf\n\\.\n",
    "a mapping": "api_keys = {\n    'depot': '«an32»',\n    'shop': '«an32»',\n}\n",
    "a section": '[secrets]\nshop = "«an32»"\nmail = "«an32»"\n',
    "entries that are indented": "credentials:\n  - host: ‹host›\n    login: ‹user›\n    secret: «'Violet10'+an4»\n",
    "a list": "API_KEYS=«an32»,«an32»\n",
    "a pair with a system": "VPN: ‹!=tms› / «'Ratatouille'+d2+'x'»",
    "user and password flags": "psexec \\\\‹ip› -u ‹!=wms› -p «'Lizard'+d2+'Kirsche'» cmd",
    "a code for a network": "WIFI:T:WPA;S:Depot;P:«an12»;;",
    "a static key of OpenVPN": "-----BEGIN OpenVPN Static key V1-----\n«hex32»\n-----END OpenVPN Static key V1-----",
    "a key block in a comment": "# -----BEGIN PRIVATE KEY-----\n# «b6448»\n# -----END PRIVATE KEY-----",
    "codes in a table": "| # | Backup code | used |\n|---|---|---|\n| 1 | «d4+' '+d4» | no |\n| 2 | «d4+' '+d4» | no |",
    "codes below their name": "Recovery codes\n«low4+'7-'+low5»\n«low4+'3-'+low5»\n",
    "a token over two lines": "Databricks token:\n«'dapi'+hex14+'7\na4'+hex15»\n",
    "a code that is sent": "Your verification code is «'48'+d4».",
    "a link to set a password": "https://‹host›/reset/«'aB3'+an29»",
    "a UUID of an application's login": "vault write auth/approle/login role_id=‹uuid› secret_id=«uuid»",
    "encrypted web token": "«'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..'+b64u16+'.'+b64u40+'.'+b64u22»",
    "a setup key in groups": "Enter this key: «'K2R7 '+b324+' M3Q4 '+b324+' '+b324+' 5T6W'»",
    "a table's second row": "| System | Password |\n|---|---|\n| ERP | «'Piano-Anchor-'+d2» |\n| NAS | «'egnu7p+'+an6» |",
    "a column whose head has several words": "User name,Secret access key,Console link\n‹user›,«an40»,https://‹host›\n",
    "the same in a table": "| Rete | Chiave WPA2 |\n|---|---|\n| Nord | «'Aq#7'+an9» |\n| Sud | «'zR-'+an12» |\n",
    "words as an assigned passphrase": "BORG_PASSPHRASE='«'urchin nectar glacier hazel segel'»'",
    "codes for an emergency": "Notfallcodes für ‹user›: «low4+'-'+low4+'-'+low4», «low4+'-'+low4+'-'+low4».",
    "a safe for keys": "Schlüsseltresor Nord: Code «'48'+d4», Ersatzschlüssel Nr. 562",
    "a sentence in Norwegian": "Passordet til demoen er «'Birke_'+d4+'x'», brukernavn ‹user›.",
    "a full stop at the end of an element": "<Password><Value>«'Montagne'+d4+'.'»</Value></Password>",
}
WITHOUT = {
    "a hash in a row": "INSERT INTO users (id, password_hash) VALUES (1, '$2b$12$‹an53›');",
    "columns that only name tokens": "COPY audit (id, token_id, actor) FROM stdin;\n1\ttok55a\tanna\n",
    "tokens of a design": "tokens:\n  colorPrimary: Blue500Strong\n  spacingLarge: Space24Px\n",
    "names of secrets": "secrets:\n  - name: DB_PASSWORD\n    key: db/Password2\n",
    "a schema": "password: {type: string, format: password, minLength: 12}",
    "a policy": "passwords:\n  minLength: 12\n  rotation: Every90Days\n",
    "a package": '"node_modules/kompass": {\n  "integrity": "sha512-‹b6464›"\n}',
    "ports": "docker run --user node -p 127.0.0.1:5432:5432/tcp postgres:15",
    "choices": "Access: read / Write2Only",
    "a model of a router": "WLAN: FritzBox7590, Kanal 11",
    "a code that is no secret": "The zip code for the depot is 78315.",
    "length of a code": "Verification code length: 6 digits.",
    "a public key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA‹an30›/‹an13› deploy@laptop",
    "a publishable key": "Stripe('pk_live_‹an90›')",
    "a checksum of a secret": "checksum/secret: ‹hex64›",
    "a pinned action": "env:\n  NPM_TOKEN: ${{ secrets.NPM_TOKEN }}\nuses: actions/checkout@‹hex40›",
    "a logger called accounts": "‹ts› INFO accounts: rows=412 batch=A17Bx9 file=Konten2026.csv",
    "another line of it": "accounts: celery task Reconcile2Ledger[‹uuid›] succeeded",
    "a path of a resource": 'password = var.db_password\nkms_key_id = "arn:aws:kms:eu-west-1:‹d12›:key/‹uuid›"',
    "columns that speak of keys": "name,public key id,password last changed\nanna,17,2026-03-01\nben,18,2026-04-02\n",
    "a sentence as an assigned passphrase": "passphrase_hint='enter the phrase from your card'",
    "a room for keys": "Schlüsselkasten im Flur: Artikel 167149",
    "a public key with letters of a name in it": (
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nvxYv‹an20›pwDha6wRFdzQ4je1jMDKzUmf0J\nAmd12bNU‹an44›\n"
        "7YuPsVNK‹an30›==\n=U2sg\n-----END PGP PUBLIC KEY BLOCK-----"
    ),
    "a column of references": "id,reference,amount\n1,RE-2026-A17x,12.50\n2,RE-2026-B19z,80.00",
    "a name of a user that is encoded": "username: cG9ydGFs",
    "an IBAN": "IBAN DE89 3704 0044 0532 0130 00",
}


def _covered(text: str) -> set[int]:
    return {at for secret in find_secrets(text) for at in range(secret.start, secret.end)}


@pytest.mark.parametrize("place", WITH)
@pytest.mark.parametrize("seed", ["one", "two"])
def test_every_secret_of_a_place_is_found_and_its_company_stays(place: str, seed: str) -> None:
    item = fill(place, WITH[place], Maker(f"{place}/{seed}"))
    covered = _covered(item.text)
    for start, end in item.spans:
        assert {at for at in range(start, end) if not item.text[at].isspace()} <= covered
    allowed = {at for span in (*item.spans, *item.ignore) for at in range(*span)}
    assert len(covered - allowed) <= sum(item.text[at] in ". \n#" for at in covered - allowed)


@pytest.mark.parametrize("place", WITHOUT)
@pytest.mark.parametrize("seed", ["one", "two"])
def test_what_looks_like_one_of_them_stays(place: str, seed: str) -> None:
    assert find_secrets(fill(place, WITHOUT[place], Maker(f"{place}/{seed}")).text) == []


def test_many_rows_and_entries_are_read_in_linear_time() -> None:
    dice = random.Random(5)
    row = "({}, '{}')"
    rows = ", ".join(row.format(n, "".join(dice.choices(string.ascii_letters + string.digits, k=20))) for n in range(4000))
    assert len(find_secrets(f"INSERT INTO t (id, token) VALUES {rows};")) >= 60


def test_many_public_keys_are_passed_over_in_linear_time() -> None:
    key = (
        "-----BEGIN PUBLIC KEY-----\nvxYvpwDha6wRFdzQ4je1jMDKzUmf0J\nAmd12bNUKxBwXMWHWv1Jo1riujbQlYtx\n-----END PUBLIC KEY-----\n"
    )
    named = "The password for the till is in the safe, number 12.\n"

    def seconds(size: int) -> float:
        begun = time.process_time()
        assert find_secrets("".join(f"{number} {key}{named}" for number in range(size))) == []
        return time.process_time() - begun

    seconds(100)
    assert seconds(4000) < 40 * max(seconds(400), 0.01)
