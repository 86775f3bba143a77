"""What a refusal means, and how long the other side asks us to wait."""

from __future__ import annotations

import datetime as dt

import pytest

from delivery.rules.forge_answers import LONGEST_WAIT, Words, failure, wait_of

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
WORDS = Words("GitHub", "harbour/booking", "Contents: write")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"retry-after": "Mon, 30 Nov 2026 12:01:30 GMT"}, 90),
        ({"Retry-After": "Mon, 30 Nov 2026 11:00:00 GMT"}, 1),
        ({"Retry-After": "999999"}, LONGEST_WAIT),
        ({"Retry-After": "soon"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "99"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_of(headers, NOW) == seconds


@pytest.mark.parametrize("status", [203, 302, 400, 401, 403, 404, 413, 422])
def test_a_refusal_that_only_its_owner_can_mend_is_permanent(status: int) -> None:
    error = failure(WORDS, status, now=NOW)
    assert error.permanent
    assert error.wait is None


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert not failure(WORDS, status, now=NOW).permanent


def test_each_refusal_has_a_sentence_of_its_own() -> None:
    said = [str(failure(WORDS, status, now=NOW)) for status in (301, 401, 403, 404, 409, 413, 422, 429, 500)]
    said += [str(failure(WORDS, 403, message=text, now=NOW)) for text in ("Repository was archived", "protected branch")]
    assert len(set(said)) == len(said)
    assert all(sentence.endswith(".") for sentence in said)
