from __future__ import annotations

import datetime as dt

import pytest

from ground import clock, register, rows, stream


@pytest.mark.django_db
def test_a_stream_counts_from_one_and_reads_on_from_a_place() -> None:
    for word in ("a", "b", "c"):
        stream.append("run:1", "news", word=word)
    stream.append("run:2", "news", word="other")
    assert [entry.payload["word"] for entry in stream.after("run:1", 1)] == ["b", "c"]
    assert stream.last_sequence("run:1") == 3
    assert stream.last_sequence("run:9") == 0


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [rows.new_id() for _ in range(1000)]
    assert sorted(made) == made
    assert {identity.version for identity in made} == {7}


def test_tests_move_the_clock() -> None:
    at = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
    with clock.frozen(at):
        assert clock.now() == at
        with clock.moved(dt.timedelta(days=2)):
            assert clock.today() == dt.date(2026, 11, 22)
        assert clock.now() == at
    assert clock.now() != at


def test_a_name_in_the_register_means_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "_declared", {})
    first = register.DataClass("A", "p", "contract", ("x.Y",), "k", "e", "e")
    register.declare(first)
    register.declare(first)
    with pytest.raises(ValueError, match="another declaration"):
        register.declare(register.DataClass("A", "other", "contract", ("x.Y",), "k", "e", "e"))
    assert register.declared_models() == {"x.Y"}
