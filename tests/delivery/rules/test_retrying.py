"""The schedule of tries."""

from __future__ import annotations

import pytest

from delivery.rules.retrying import LONGEST_WAIT, SCHEDULE, wait_after


def test_seven_tries_in_about_twenty_hours_and_then_none() -> None:
    waits = [wait_after(tries) for tries in range(1, len(SCHEDULE) + 1)]
    assert waits == [30.0, 300.0, 1800.0, 7200.0, 18000.0, 43200.0, None]


def test_the_wait_varies_by_a_fifth() -> None:
    assert (wait_after(1, chance=0), wait_after(1, chance=1)) == pytest.approx((24, 36))


def test_a_longer_wait_that_was_asked_for_is_kept_up_to_a_day() -> None:
    assert wait_after(1, asked=90) == 90
    assert wait_after(1, asked=1) == 30
    assert wait_after(1, asked=10**9) == LONGEST_WAIT
    assert wait_after(len(SCHEDULE), asked=5) is None
