"""API keys: what is stored, what is shown and how often, and when they end."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts import audit
from accounts.flows import authenticating, keying, retracing
from accounts.models import ApiKey, AuditEvent, User
from accounts.rules import keys
from accounts.tasks import sweep
from ground import clock
from ground.errors import BadInput, Conflict
from llm.redaction import find_secrets
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db
PAGE = "/settings/api-keys/"


def token_of(page: str) -> str:
    """The one-time token of the form on the page."""
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    return found[1]


def shown_in(page: str) -> list[str]:
    return re.findall(r"ss_[0-9A-Za-z]{20,}", page)


@pytest.fixture
def send(as_alice: Client) -> Callable[..., str]:
    """Opens the page, fills in the form and sends it; gives back what was sent, and the page."""

    def sent(**fields: str) -> str:
        once = token_of(as_alice.get(PAGE).content.decode())
        return as_alice.post(PAGE, {"name": "Nightly sync", "once": once} | fields).content.decode()

    return sent


# --- the form of a key ------------------------------------------------------------------------------------------------


def test_a_key_has_the_form_that_is_documented(alice: User) -> None:
    raw = keying.make(alice, name="Sync").raw
    assert re.fullmatch(r"ss_[0-9A-Za-z]{45}", raw)
    assert keys.is_whole(raw)
    assert keys.RANDOM * 5.954 >= 160
    assert not keys.is_whole(raw[:-1])
    assert not keys.is_whole(raw[:20] + ("x" if raw[20] != "x" else "y") + raw[21:])


def test_no_two_keys_share_anything_but_the_lead_in(alice: User) -> None:
    made = [keying.make(alice, name="Sync").raw for _ in range(20)]
    for part in (slice(3, 8), slice(8, 14), slice(14, 42)):
        assert len({raw[part] for raw in made}) == 20


@given(st.text(alphabet=keys.ALPHABET, min_size=42, max_size=42))
def test_the_checksum_tells_a_key_from_a_word(letters: str) -> None:
    body = keys.LEAD_IN + letters[3:]
    assert keys.is_whole(body + keys.checksum(body))
    assert not keys.is_whole(body + keys.base62(int(keys.checksum(body) == "000000"), 6))


@pytest.mark.parametrize(
    "around", ["Authorization: Bearer {}", "see «{}».", '{{"key": "{}"}}', "https://x.example/?key={}&a=b", "{}"]
)
def test_our_own_finder_knows_our_own_keys(alice: User, around: str) -> None:
    raw = keying.make(alice, name="Sync").raw
    text = around.format(raw)
    assert [text[found.start : found.end] for found in find_secrets(text)] == [raw]


# --- what is stored ---------------------------------------------------------------------------------------------------


@pytest.mark.promise("S-087")
def test_stored_are_a_salted_digest_and_the_first_eight_characters(alice: User) -> None:
    made = [keying.make(alice, name=f"Key {number}") for number in range(2)]
    text = dump()
    salts = set()
    for one in made:
        row = ApiKey.objects.get(pk=one.row.pk)
        salt = bytes(row.salt)
        assert len(salt) == 16
        assert row.digest == hashlib.sha256(salt + one.raw.encode()).hexdigest()
        assert row.prefix == one.raw[:8]
        assert row.digest in text
        assert salt.hex() in text
        assert hashlib.sha256(one.raw.encode()).hexdigest() not in text
        assert one.raw[8:16] not in text
        salts.add(salt)
    assert len(salts) == 2


@pytest.mark.promise("S-091", "S-110")
def test_revoking_deletes_digest_salt_and_prefix_and_leaves_two_events_without_them(alice: User) -> None:
    made = keying.make(alice, name="Nightly sync", actor=alice)
    row = made.row
    assert row.digest in dump()
    keying.revoke(row, actor=alice)
    keying.revoke(row, actor=alice)
    text = dump()
    assert not ApiKey.objects.exists()
    assert not [part for part in (row.digest, bytes(row.salt).hex(), row.prefix, made.raw[8:16]) if part in text]
    told = AuditEvent.objects.order_by("at").values_list("action", "about", "label", "actor", "means")
    assert list(told) == [
        ("api_key.created", row.pk, "Nightly sync", alice.pk, "session"),
        ("api_key.revoked", row.pk, "Nightly sync", alice.pk, "session"),
    ]


@pytest.mark.promise("S-110")
def test_an_expired_key_is_refused_at_once_and_goes_with_the_sweep(alice: User) -> None:
    made = keying.make(alice, name="Short", days=7)
    lasting = keying.make(alice, name="Lasting")
    with clock.moved(dt.timedelta(days=7, seconds=-5)):
        assert authenticating.authenticate(made.raw) == made.row
        sweep()
        assert ApiKey.objects.count() == 2
    with clock.moved(dt.timedelta(days=7, seconds=5)):
        with pytest.raises(authenticating.Expired):
            authenticating.authenticate(made.raw)
        sweep()
        sweep()
    assert list(ApiKey.objects.all()) == [lasting.row]
    events = AuditEvent.objects.filter(action=audit.Action.API_KEY_EXPIRED)
    assert [(event.about, event.actor, event.means) for event in events] == [(made.row.pk, None, "system")]


def test_a_key_is_found_among_others_with_the_same_prefix(alice: User, charlie: User) -> None:
    first, second = keying.make(alice, name="One"), keying.make(charlie, name="Two")
    ApiKey.objects.filter(pk=second.row.pk).update(prefix=first.row.prefix)
    assert authenticating.authenticate(first.raw).pk == first.row.pk
    salt = b"0" * 16
    twin = first.raw[:14] + first.raw[14:42][::-1]
    twin += keys.checksum(twin)
    ApiKey.objects.filter(pk=second.row.pk).update(salt=salt, digest=keying.digest(salt, twin))
    assert authenticating.authenticate(twin).pk == second.row.pk
    assert authenticating.authenticate(first.raw).pk == first.row.pk


# --- shown once -------------------------------------------------------------------------------------------------------


@pytest.mark.promise("S-088")
def test_the_answer_to_the_form_shows_the_key_and_nothing_else_ever_does(
    as_alice: Client, alice: User, mailoutbox: list[object]
) -> None:
    form = {"name": "Nightly sync", "days": "30", "once": token_of(as_alice.get(PAGE).content.decode())}
    answer = as_alice.post(PAGE, form)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    (raw,) = set(shown_in(answer.content.decode()))
    assert authenticating.authenticate(raw).name == "Nightly sync"

    again = as_alice.post(PAGE, form)  # reload, or the back button and once more
    assert again.status_code == 409
    assert "made its key already" in again.content.decode()
    assert ApiKey.objects.count() == 1
    row = ApiKey.objects.get()
    seen = [
        again.content,
        *(as_alice.get(place).content for place in (PAGE, "/settings/activity/", "/interviews/", "/settings/")),
    ]
    seen += [as_alice.post("/settings/activity/export/", {"form": form}).content for form in ("csv", "json")]
    seen += [retracing.export(alice, "json").encode(), str(mailoutbox).encode(), dump().encode()]
    keying.suspend(row, because="failures")
    seen += [as_alice.get(PAGE).content, dump().encode()]
    for text in seen:
        assert not [raw[at : at + 8] for at in range(1, len(raw) - 8) if raw[at : at + 8].encode() in text]

    as_alice.post(f"{PAGE}{row.pk}/revoke/")
    late = as_alice.post(PAGE, form)
    assert late.status_code == 409
    assert not shown_in(late.content.decode())
    assert not ApiKey.objects.exists(), "the form is used up also where its key is revoked"


def test_the_example_calls_where_the_service_says_it_is(as_alice: Client, settings: Settings) -> None:
    """And not where a request says it is: the key would be sent there."""
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://specs.example", ["*"]
    page = as_alice.get(PAGE, headers={"host": "elsewhere.example"}).content.decode()
    assert "https://specs.example/api/v1/account" in page
    assert "elsewhere.example" not in page


def test_a_form_of_somebody_else_or_without_its_token_makes_no_key(as_alice: Client, charlie: User) -> None:
    other = Client()
    other.force_login(charlie)
    foreign = token_of(other.get(PAGE).content.decode())
    mine = token_of(as_alice.get(PAGE).content.decode())
    for once in (foreign, "", mine[:-2], "x:y:z"):
        page = as_alice.post(PAGE, {"name": "Sync", "once": once})
        assert page.status_code == 409
        assert "too old or not yours" in page.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Give the key a name"),
        ("x" * 61, "at most 60"),
        ("=cmd|' /C calc'!A0", "Begin the name with a letter"),
        ("a\x00b", "Null characters"),
        ("<b>bold</b>", "Begin the name with a letter"),
        ("ss_" + "k29aa9fQ2mT7xKd1VbR8wZc3LhN6yQ1", "A word of the name is too long"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_a_sentence(send: Callable[..., str], name: str, said: str) -> None:
    page = send(name=name)
    assert said in page
    assert not ApiKey.objects.exists()
    if name.startswith("ss_"):
        assert name not in page, "a key in the wrong field is not shown again"


def test_a_life_that_is_not_offered_is_refused(send: Callable[..., str]) -> None:
    assert "Choose one of the times" in send(days="5000")
    assert not ApiKey.objects.exists()


def test_an_account_has_so_many_keys_and_no_more(alice: User, settings: Settings) -> None:
    settings.API_KEYS_AT_MOST = 2
    kept = [keying.make(alice, name=f"Key {number}") for number in range(2)]
    with pytest.raises(Conflict, match="2 keys, which is the most"):
        keying.make(alice, name="One more")
    keying.revoke(kept[0].row, actor=alice)
    assert keying.make(alice, name="One more")


def test_the_keys_of_others_are_neither_seen_nor_touched(as_alice: Client, charlie: User) -> None:
    row = keying.make(charlie, name="Charlies own").row
    keying.suspend(row, because="pattern")
    assert "Charlies own" not in as_alice.get(PAGE).content.decode()
    for verb in ("revoke", "resume"):
        assert as_alice.post(f"{PAGE}{row.pk}/{verb}/").status_code == 404
        assert as_alice.get(f"{PAGE}{row.pk}/{verb}/").status_code == 405
    row.refresh_from_db()
    assert row.suspended_at


# --- without a browser ------------------------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_api_key", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_key_alone_and_makes_the_account_where_there_is_none() -> None:
    said = command("dana@example.org", "--name", "Build machine", "--days", "30")
    assert re.fullmatch(r"ss_\w{45}\n", said)
    row = authenticating.authenticate(said.strip())
    assert (row.name, row.made_by.email) == ("Build machine", "dana@example.org")
    assert row.expires_at
    events = AuditEvent.objects.order_by("at")
    assert [(event.action, event.actor, event.means) for event in events] == [
        ("account.created", None, "system"),
        ("api_key.created", None, "system"),
    ]
    command("dana@example.org")
    assert User.objects.count() == 1
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no address",), "no email address"),
        (("dana@example.org", "--days", "0"), "lives from 1 to 3650 days"),
        (("dana@example.org", "--name", "!"), "Begin the name"),
    ],
)
def test_the_command_says_what_is_wrong_and_leaves_nothing(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        command(*arguments)
    assert not User.objects.exists()


def test_a_suspended_account_gets_no_key(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(CommandError, match="gets no keys"):
        command("alice@example.org")
    with pytest.raises(BadInput):
        keying.make(alice, name="")
