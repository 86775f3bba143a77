"""What a change reaches."""

from __future__ import annotations

from generation.rules import impact

TRACED = {
    "nodes": [{"id": label, "type": kind} for label, kind in (("A-1", "answer"), ("F-1", "fact"), ("REQ-1", "requirement"))],
    "links": [
        {"from": "A-1", "to": "F-1", "kind": "states"},
        {"from": "F-1", "to": "REQ-1", "kind": "grounds"},
        {"from": "REQ-1", "to": "TC-1", "kind": "verified_by"},
        {"from": "REQ-2", "to": "TC-1", "kind": "verified_by"},
        {"from": "TC-1", "to": "F-1", "kind": "grounds"},
    ],
}


def test_what_follows_is_told_the_nearest_first_with_the_way_there() -> None:
    assert [(one.id, one.via, one.steps) for one in impact.follows(TRACED, "A-1")] == [
        ("F-1", "A-1", 1),
        ("REQ-1", "F-1", 2),
        ("TC-1", "REQ-1", 3),
    ]


def test_what_it_rests_on_goes_back_and_a_circle_ends() -> None:
    assert [one.id for one in impact.rests_on(TRACED, "TC-1")] == ["REQ-1", "REQ-2", "F-1", "A-1"]
    assert impact.follows(TRACED, "nothing") == []
