from __future__ import annotations

import datetime as dt

import jsonschema
import pytest

from delivery import events
from delivery.rules import schedule, sentences

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)


def test_the_eight_attempts_take_a_little_over_a_day() -> None:
    waits = [schedule.wait_after(tries, chance=0.5) for tries in range(1, schedule.ATTEMPTS)]
    assert waits == list(schedule.WAITS)
    assert sum(schedule.WAITS) / 3600 == pytest.approx(27.6, abs=0.05)
    assert schedule.wait_after(schedule.ATTEMPTS, chance=0.5) is None


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 240), (0.5, 300), (0.999999, 360)])
def test_a_wait_is_a_fifth_shorter_to_a_fifth_longer(chance: float, wait: float) -> None:
    assert schedule.wait_after(2, chance=chance) == pytest.approx(wait, abs=0.01)


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "120", 120), (503, " 7 ", 7), (503, "Fri, 20 Nov 2026 10:02:00 GMT", 120),
        (429, "Fri, 20 Nov 2026 09:00:00 GMT", 0),
        (429, "99999999999999999999", schedule.LONGEST_WISH), (429, "-5", 0), (429, "soon", 0), (429, "", 0), (429, "²", 0),
        (500, "120", 0), (200, "120", 0), (None, "", 0),
    ],
)  # fmt: skip
def test_an_endpoint_may_ask_us_to_wait(status: int | None, header: str, seconds: float) -> None:
    assert schedule.wished_wait(status, header, now=NOW) == seconds


def test_five_days_of_failures_are_enough() -> None:
    assert not schedule.is_given_up(None, now=NOW)
    assert not schedule.is_given_up(NOW - dt.timedelta(days=5) + dt.timedelta(seconds=1), now=NOW)
    assert schedule.is_given_up(NOW - dt.timedelta(days=5), now=NOW)


def test_every_status_has_a_sentence() -> None:
    for status in range(100, 600):
        assert sentences.of_status(status).startswith(("Taken", "It answered"))
        assert str(status) in sentences.of_status(status)


@pytest.mark.parametrize("kind", [*events.titles(), events.TEST])
def test_every_event_has_a_schema_of_its_own(kind: str) -> None:
    schema = events.schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["type"] == {"const": kind}
    assert set(schema["properties"]) == {"type", "timestamp", "data"}
    data = schema["properties"]["data"]
    assert data["additionalProperties"] is False
    assert all(name.endswith("_id") or name in ("state", "sha256") for name in data["properties"]), "ids, digest, state (N-26)"


def test_there_is_no_schema_of_anything_else() -> None:
    with pytest.raises(KeyError):
        events.schema("../events")
    files = {path.name.removesuffix(".schema.json") for path in (events.HERE / "schemas").glob("*.json")}
    assert files == {*events.titles(), events.TEST}
