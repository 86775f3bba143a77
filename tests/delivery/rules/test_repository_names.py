"""Paths under one folder, branches of our own, and words that call nobody."""

from __future__ import annotations

import pytest

from delivery.contract import Shipment
from delivery.rules import repository_names as names
from delivery.rules.changes import guesses


def shipment(title: str = "Marina", summary: str = "") -> Shipment:
    return Shipment("p", 3, title, {"a.md": b"a"}, "d", summary)


@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("Harbour booking", "specstep/harbour-booking"),
        ("  Über-Café & Söhne!  ", "specstep/uber-cafe-sohne"),
        ("日本語", "specstep/package"),
        ("../../main", "specstep/main"),
        ("x" * 200, "specstep/" + "x" * 60),
    ],
)
def test_a_branch_is_named_after_its_project(title: str, branch: str) -> None:
    assert names.branch_for(title) == branch
    assert names.clean_branch(branch) == branch


def test_names_are_counted_on() -> None:
    assert names.next_branch("specstep/a") == "specstep/a-2"
    assert names.next_branch("specstep/a-9") == "specstep/a-10"
    assert names.is_numbered("specstep/a-10", "specstep/a")
    assert not names.is_numbered("specstep/ab", "specstep/a")


@pytest.mark.parametrize("folder", ["docs/specstep", "/docs/specstep/", "a b/ü"])
def test_a_folder_is_taken_without_slashes_at_its_ends(folder: str) -> None:
    assert names.clean_folder(folder) == folder.strip("/")


@pytest.mark.parametrize(
    "path", ["../a", "a/./b", "a\\b", "a\nb", ".GIT/x", "git~1", "a/.gitattributes", "x.", "a:b", "x /y", '"']
)
def test_a_path_that_means_something_else_somewhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"path|git itself"):
        names.path_under("docs", path)


@pytest.mark.parametrize("base", ["main", "release/1.2", "ünstable", "refs/heads/main"])
def test_a_base_branch_is_taken_as_git_would(base: str) -> None:
    assert names.clean_base(base) == base.removeprefix("refs/heads/")


@pytest.mark.parametrize("base", ["", "-x", "a..b", "a b", "a~1", "x.lock", "a//b", '"', "@{u}", "a/", "x\x00"])
def test_what_is_no_branch_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="no name of a branch"):
        names.clean_base(base)


def test_words_call_nobody_and_close_nothing() -> None:
    assert names.harmless("Fixes #12, thanks @lena and !7") == "Fixes #\u200b12, thanks @\u200blena and !\u200b7"
    kept = "# Title\n[a](#anchor) mail me@x.org `@x` C# &#39;"
    assert names.harmless(kept) == kept


def test_a_title_is_one_line_that_every_forge_takes() -> None:
    title = names.request_title(shipment("Two\nlines " + "x" * 400))
    assert title.startswith("Two lines xxx")
    assert title.endswith(": package 3")
    assert len(title) == names.TITLE_LIMIT


def test_a_long_summary_is_cut_at_the_end_of_a_line() -> None:
    body = names.request_body(shipment(summary="\n".join(f"- line {number}" for number in range(2000))), 4000)
    assert len(body) <= 4000
    assert "The rest is in the files." in body
    assert all(line.split()[-1].isdigit() for line in body.splitlines() if line.startswith("- line"))


def test_a_commit_is_found_again_by_its_content_and_place() -> None:
    key = names.content_key("docs", "d")
    message = names.commit_message(shipment(), key)
    assert names.carries(message, key)
    assert "SpecStep-Package: p\nSpecStep-Content: " in message
    assert not names.carries(message, names.content_key("other", "d"))
    assert not names.carries(f"Revert “{names.TRAILER}{key}”", key)


def test_guesses_begin_with_what_is_remembered() -> None:
    known = frozenset({"a", "b", "c"})
    assert guesses(["a"], known) == [known, known - {"b"}, known - {"c"}, frozenset({"a"}), frozenset()]
    assert guesses(["a", "b"], frozenset()) == [frozenset(), frozenset({"a", "b"})]
