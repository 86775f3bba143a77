from __future__ import annotations

from generation.rules import graph, patience

NODES = graph.graph(written=["docs/vision.md"], rendered=["docs/vision.md", "docs/glossary.md"])


def test_every_step_needs_only_steps_before_it() -> None:
    seen: set[str] = set()
    for node in NODES:
        assert seen.issuperset(node.needs)
        seen.add(node.key)
    assert len(seen) == len(NODES)


def test_only_a_written_document_waits_for_its_prose() -> None:
    needs = {node.key: node.needs for node in NODES}
    assert needs["render:docs/vision.md"] == ("assemble", "prose:docs/vision.md")
    assert needs["render:docs/glossary.md"] == ("assemble",)


def test_a_step_is_ready_when_all_its_needs_are_done() -> None:
    assert graph.ready({"a": [], "b": ["a"], "c": ["a", "b"]}, {"a"}) == ["a", "b"]


def test_the_wait_grows_and_ends_at_five_minutes() -> None:
    assert [patience.wait_before(tries) for tries in range(1, 8)] == [2, 6, 18, 54, 162, 300, 300]
