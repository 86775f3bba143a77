"""The secret finder: what it must find, what it must leave alone, and that hostile text does not slow it down."""

from __future__ import annotations

import json
import time

import pytest

from llm.redaction import find_secrets, redact
from tests.llm.redaction.corpus import Item, with_secrets, without_secrets


def test_the_corpus_is_worth_its_name() -> None:
    assert len(with_secrets()) >= 60
    assert len(without_secrets()) >= 20


@pytest.mark.parametrize("item", with_secrets(), ids=lambda item: item.name)
def test_it_covers_every_character_of_a_secret(item: Item) -> None:
    found = find_secrets(item.text)
    for start, end in item.spans:
        left = [at for at in range(start, end) if not any(secret.start <= at < secret.end for secret in found)]
        assert not left, f"{len(left)} characters of the secret stay"
    for secret in found:
        assert any(secret.start < end and start < secret.end for start, end in item.spans), "something else was taken"


@pytest.mark.parametrize("item", without_secrets(), ids=lambda item: item.name)
def test_it_leaves_ordinary_text_alone(item: Item) -> None:
    assert redact(item.text) == (item.text, {})


@pytest.mark.parametrize("seed", range(3))
def test_it_does_not_depend_on_the_luck_of_one_draw(seed: int) -> None:
    items = with_secrets(seed=100 + seed)
    found = sum(
        all(any(secret.start <= start and end <= secret.end for secret in find_secrets(item.text)) for start, end in item.spans)
        for item in items
    )
    assert found / len(items) >= 0.95


@pytest.mark.parametrize("item", with_secrets()[::3], ids=lambda item: item.name)
def test_cleaning_twice_changes_nothing_more(item: Item) -> None:
    once, counts = redact(item.text)
    assert sum(counts.values()) >= 1
    assert redact(once) == (once, {})


def test_a_secret_in_json_stays_json() -> None:
    data = {"note": 'He said: "the password is Thistle-lamp731!" and left.', "n": 1}
    clean, counts = redact(json.dumps(data))
    assert "Thistle" not in clean
    assert json.loads(clean)["n"] == 1
    assert sum(counts.values()) == 1


HOSTILE = [
    *(
        "a",
        "password:",
        "password = ",
        "token",
        "secret_",
        "key key ",
        "eyJ",
        "eyJhbGciOi.",
        "://a:b",
        "https://user:",
        "=",
        "/a",
    ),
    *("-----BEGIN PRIVATE KEY-----\n", "Authorization: Bearer ", "curl -u ", "mysql ", "Cookie: a=b; ", "otpauth://a?", "-xoxb-"),
    *(
        "password is ",
        '"auth":"',
        "abc:123:",
        " \n  aaaaaaaa",
        "**a**`b` `c`",
        "a@",
        "IQoJb3JpZ2lu+",
        'password": {',
        "\\n",
        "Dr. ",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_in_proportion_on_hostile_text(piece: str) -> None:
    """Eight times the text takes about eight times as long; a quadratic search would take sixty-four times."""

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = 1e9
        for _ in range(2):
            start = time.process_time()
            find_secrets(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(64_000) <= 24 * seconds(8_000) + 0.05


@pytest.mark.parametrize("piece", ["a", "password:", "://a:b", "eyJ", "-----BEGIN PRIVATE KEY-----\n"])
def test_a_megabyte_of_hostile_text_ends(piece: str) -> None:
    start = time.process_time()
    find_secrets(piece * (1_000_000 // len(piece)))
    assert time.process_time() - start < 30


def test_a_published_sample_stays_also_where_a_second_reading_would_end_in_it() -> None:
    sample = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    for filled in range(150, 300, 10):
        text = f"The token is in /a%20b there. {'word ' * (filled // 5)}Read {sample} on the page."
        assert not [place for place in find_secrets(text) if place.kind == "jwt"]
