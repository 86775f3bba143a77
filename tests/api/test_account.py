"""The door of programs: who is let in, who is not, how often, and in which words."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.flows import keying
from accounts.models import User
from accounts.rules import keys
from api import authenticating
from tests.plugins.servers import free_port

pytestmark = pytest.mark.django_db
PLACE = "/api/v1/account"


@pytest.fixture(autouse=True)
def _strangers_begin_anew() -> Iterator[None]:
    authenticating._strangers.cache_clear()
    yield
    authenticating._strangers.cache_clear()


@pytest.fixture
def made(alice: User) -> keying.Made:
    return keying.make(alice, name="Nightly sync")


def ask(raw: str, **headers: str) -> dict[str, object]:
    answer = Client().get(PLACE, headers={"Authorization": f"Bearer {raw}"} | headers)
    assert answer.headers["Content-Type"].startswith("application/")
    return {"status": answer.status_code, "headers": answer.headers, **answer.json()}


def changed(raw: str, at: int) -> str:
    return raw[:at] + ("x" if raw[at] != "x" else "y") + raw[at + 1 :]


def other_tail(raw: str) -> str:
    """The same prefix and ticket, another secret, and a right checksum: only the digest can tell."""
    body = raw[:14] + raw[14:42][::-1]
    return body + keys.checksum(body)


@pytest.mark.promise("S-090")
def test_the_right_key_is_told_whose_it_is_and_any_other_is_not(alice: User, made: keying.Made) -> None:
    told = ask(made.raw)
    assert told["status"] == 200
    assert told["id"] == str(alice.pk)
    assert told["display_name"] == "Alice Moreau"
    assert told["workspace"] == str(alice.workspace.pk)
    assert told["key"] == {"name": "Nightly sync"}
    for at in (0, 3, 7, 8, 13, 14, 27, 41, 42, 47):
        assert ask(changed(made.raw, at))["status"] == 401, at
    assert ask(other_tail(made.raw))["status"] == 401
    assert ask(made.raw)["status"] == 200
    keying.revoke(made.row, actor=alice)
    told = ask(made.raw)
    assert (told["status"], told["type"]) == (401, "urn:specstep:problem:invalid-key")


def test_refusals_are_problem_details_with_a_challenge(made: keying.Made) -> None:
    answer = Client().get(PLACE, headers={"Authorization": f"Bearer {other_tail(made.raw)}"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="SpecStep", error="invalid_token"'
    assert "no-store" in answer.headers["Cache-Control"]
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail"}
    assert body["status"] == 401
    assert "Make a new one in Settings" in body["detail"]
    nobody = Client().get(PLACE)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, 'Bearer realm="SpecStep"')
    assert nobody.json()["type"] == "urn:specstep:problem:no-key"


def test_a_key_is_taken_as_a_bearer_token_only(as_alice: Client, made: keying.Made) -> None:
    basic = base64.b64encode(f"alice:{made.raw}".encode()).decode()
    for header in (f"Basic {basic}", f"Basic {made.raw}", made.raw, f"Token {made.raw}", "Bearer", "Bearer "):
        assert Client().get(PLACE, headers={"Authorization": header}).status_code == 401, header
    assert Client().get(PLACE, headers={"X-Api-Key": made.raw}).status_code == 401
    assert as_alice.get(PLACE).status_code == 401, "a cookie counts for nothing"
    assert Client().get(PLACE, headers={"Authorization": f"bearer {made.raw}"}).status_code == 200


@pytest.mark.parametrize("where", ["?key={}", "?access_token={}", "?a=1&x%20y={}", "?{}"])
def test_a_key_in_an_address_is_refused_also_beside_a_right_header(made: keying.Made, where: str) -> None:
    answer = Client().get(PLACE + where.format(made.raw), headers={"Authorization": f"Bearer {made.raw}"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:specstep:problem:key-in-address"
    assert "Revoke this one" in answer.json()["detail"]


def test_a_suspended_account_is_refused_at_the_next_call(alice: User, made: keying.Made) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    told = ask(made.raw)
    assert (told["status"], told["type"]) == (401, "urn:specstep:problem:account-suspended")
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert ask(made.raw)["status"] == 200


def test_a_suspended_key_says_so_to_its_holder_only(made: keying.Made) -> None:
    keying.suspend(made.row, because="pattern")
    assert ask(made.raw)["type"] == "urn:specstep:problem:key-suspended"
    assert ask(other_tail(made.raw))["type"] == "urn:specstep:problem:invalid-key"


def test_other_methods_are_not_offered(made: keying.Made) -> None:
    answer = Client().post(PLACE, headers={"Authorization": f"Bearer {made.raw}"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.json()["type"] == "urn:specstep:problem:method-not-allowed"


# --- how often --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["database", "redis"])
def test_a_burst_over_the_limit_is_told_when_to_come_back_and_another_key_is_not_touched(
    alice: User, made: keying.Made, settings: Settings, store: str, request: pytest.FixtureRequest
) -> None:
    if store == "redis":
        settings.REDIS_URL = request.getfixturevalue("redis_url")
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    settings.API_CALLS, settings.API_CALLS_SECONDS = 3, 600
    told = [ask(made.raw) for _ in range(4)]
    assert [one["status"] for one in told] == [200, 200, 200, 429]
    assert [one["headers"]["RateLimit-Remaining"] for one in told] == ["2", "1", "0", "0"]  # type: ignore[index]
    last = told[-1]["headers"]
    assert last["RateLimit-Limit"] == "3"  # type: ignore[index]
    assert 0 < int(last["Retry-After"]) <= 200  # type: ignore[index]
    assert 0 < int(last["RateLimit-Reset"]) <= 600  # type: ignore[index]
    assert told[-1]["type"] == "urn:specstep:problem:too-many-calls"
    assert "Retry-After" not in told[0]["headers"]  # type: ignore[operator]
    assert ask(keying.make(alice, name="Another").raw)["status"] == 200


def test_strangers_are_slowed_down_and_do_not_slow_down_the_owner(made: keying.Made, settings: Settings) -> None:
    settings.API_STRANGER_CALLS, settings.API_STRANGER_SECONDS = 2, 600
    told = [ask("ss_nothing") for _ in range(3)]
    assert [one["status"] for one in told] == [401, 401, 429]
    assert told[-1]["headers"]["Retry-After"]  # type: ignore[index]
    assert ask(made.raw)["status"] == 200, "from the same address"


def test_without_redis_the_owner_is_let_in_and_the_log_says_it_once(
    made: keying.Made, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticating, "_warned_at", 0.0)
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    with caplog.at_level(logging.WARNING):
        told = [ask(made.raw) for _ in range(2)]
        assert ask(other_tail(made.raw))["status"] == 401
    assert [one["status"] for one in told] == [200, 200]
    assert "RateLimit-Limit" not in told[0]["headers"]  # type: ignore[operator]
    assert caplog.text.count("the rate limit of API keys is not kept") == 1
    assert made.raw[8:] not in caplog.text
