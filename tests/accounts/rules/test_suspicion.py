"""The rules that tell a stranger's use of a key from its owner's, by plain values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from accounts.rules.suspicion import Habit, Limits, client_kind, is_out_of_habit

LIMITS = Limits.read(yaml.safe_load((Path(__file__).resolve().parents[3] / "accounts" / "suspicion.yaml").read_text()))
DAILY = dict.fromkeys(range(1, 31), 200)


@pytest.mark.parametrize(
    ("calls", "days_old", "before", "odd"),
    [
        (3999, 60, DAILY, False),
        (4000, 60, DAILY, True),
        (1999, 60, dict.fromkeys(range(1, 8), 3), False),  # a small key may grow
        (2000, 60, dict.fromkeys(range(1, 8), 3), True),
        (90_000, 60, dict.fromkeys(range(1, 7), 3), False),  # six days are no habit yet
        (90_000, 0, {}, False),
        (90_000, 120, dict.fromkeys(range(31, 60), 3), False),  # what was long ago is no habit
        (99, 90, {}, False),
        (100, 90, {}, True),
        (100, 89, {}, False),
        (100, 200, {90: 5}, True),
        (100, 200, {89: 5}, False),
    ],
)
def test_both_sides_of_every_limit(calls: int, days_old: int, before: Mapping[int, int], odd: bool) -> None:
    assert is_out_of_habit(Habit(calls, days_old, before), LIMITS) is odd


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32", "python-requests"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140", "mozilla"),
        ("Mozilla/5.0 (Macintosh) Safari/605", "mozilla"),
        ("", "unnamed"),
        ("\x00\x01", "unnamed"),
        ("a" * 900, "a" * 40),
    ],
)
def test_a_kind_of_client_is_its_name_without_version(said: str, kind: str) -> None:
    assert client_kind(said) == kind


def test_a_file_without_a_number_is_refused() -> None:
    with pytest.raises(TypeError):
        Limits.read({"failures": {"at": 1}, "clients": {}, "rate": {}, "slept": {}, "looked_at_every": 1})
