"""Whole payloads: every string is cleaned, and nothing gets out when the finder fails."""

from __future__ import annotations

import time

import pytest

from llm.errors import RedactionFailed
from llm.redaction.finding import Secret, find_secrets
from llm.redaction.payload import DEEPEST, clean_json
from llm.redaction.replacing import Redaction

TOKEN = "gl" + "pat-" + "Zx9Kq2Lm4Np6Rs8Tv1Wy"


class Broken:
    """A finder that works twice and then fails, as a faulty rule would."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, text: str) -> list[Secret]:
        self.calls += 1
        if self.calls > 2:
            raise ValueError(f"no rule fits {text}")
        return find_secrets(text)


def _slow(text: str) -> list[Secret]:
    time.sleep(0.02)
    return []


def test_every_string_is_cleaned_keys_included() -> None:
    redaction = Redaction(b"k")
    clean = clean_json({TOKEN: [f"a {TOKEN}", {"b": (TOKEN, 1, None, True, 2.5)}]}, redaction)
    place = redaction.placeholder("gitlab-token", TOKEN)
    assert clean == {place: [f"a {place}", {"b": [place, 1, None, True, 2.5]}]}
    assert redaction.counts == {"gitlab-token": 3}


def test_a_broken_finder_lets_nothing_out() -> None:
    with pytest.raises(RedactionFailed) as failure:
        clean_json(["one", "two", TOKEN, "four"], Redaction(find=Broken()))
    assert TOKEN not in str(failure.value)
    assert "nothing was sent" in str(failure.value)


def test_time_that_is_used_up_lets_nothing_out() -> None:
    with pytest.raises(RedactionFailed, match="nothing was sent"):
        clean_json(["one", "two", "three"], Redaction(find=_slow), seconds=0.03)
    assert clean_json(["one", "two", "three"], Redaction(find=_slow), seconds=30) == ["one", "two", "three"]


def test_what_cannot_be_searched_is_refused() -> None:
    nested: list[object] = []
    for _ in range(DEEPEST + 1):
        nested = [nested]
    for data in (nested, {"file": b"bytes"}, [object()]):
        with pytest.raises(RedactionFailed):
            clean_json(data, Redaction())
