"""A delivery into a repository of every kind, told by the repository itself."""

from __future__ import annotations

import pytest

from delivery.contract import PRODUCT_ADDRESS, PRODUCT_NAME
from tests.peers.bench import PACKAGE, THEIRS, Bench, shipment
from tests.peers.bitbucket import BOT as BITBUCKET_BOT
from tests.peers.gitlab import BOT as GITLAB_BOT

PRODUCT = f"{PRODUCT_NAME} <{PRODUCT_ADDRESS}>"
COMMITTERS = {"gitlab": "{} <{}>".format(*GITLAB_BOT), "bitbucket": "{} <{}>".format(*BITBUCKET_BOT)}
"""Where the forge lets nobody choose the committer it is the credential's own name."""


@pytest.mark.promise("S-054")
def test_the_files_are_on_a_branch_of_ours_and_nowhere_else(bench: Bench) -> None:
    receipt = bench.send(shipment())
    store = bench.store
    assert receipt.branch == "specstep/harbour-booking"
    assert store.heads() == {"main": bench.main, receipt.branch: receipt.commit}
    assert store.changed(bench.main, receipt.commit) == {f"docs/specstep/{path}" for path in PACKAGE}
    assert bench.written(receipt) == PACKAGE
    assert receipt.files == 3
    assert not receipt.unchanged


def test_it_is_one_commit_of_the_product_on_top_of_the_base(bench: Bench) -> None:
    receipt = bench.send(shipment())
    commit = bench.store.commit_at(receipt.commit)
    assert commit.parents == (bench.main,)
    assert commit.author == PRODUCT
    assert commit.committer == COMMITTERS.get(bench.name, PRODUCT)
    assert commit.message.startswith("Harbour booking: package 1\n\nWritten by SpecStep.")


def test_files_of_the_repository_stay_as_they_are(bench: Bench) -> None:
    files = bench.store.files(bench.send(shipment()).branch)
    assert {path: files[path] for path in THEIRS} == bench.store.files("main")


def test_a_request_says_what_is_in_it(forge: Bench) -> None:
    receipt = forge.send(shipment())
    [pull] = forge.peer.pulls
    assert (pull.source, pull.target, pull.state) == (receipt.branch, "main", "open")
    assert pull.title == "Harbour booking: package 1"
    assert "Three documents. Scores: 4 of 5." in pull.body
    assert receipt.where in (
        "Pull request 1 in harbour/booking",
        "Merge request 1 in harbour/booking",
        "Pull request 1 in Sea side/booking",
    )
    assert receipt.address.startswith("http")
    assert receipt.facts["request"] == "1"


def test_the_next_package_is_one_more_commit_in_the_same_request(bench: Bench) -> None:
    first = bench.send(shipment())
    files = {**PACKAGE, "README.md": b"# Second\n", "new/plan.md": b"Plan\n"}
    del files["trace.json"]
    second = bench.send(shipment(files, number=2), first)
    assert second.branch == first.branch
    assert bench.store.commit_at(second.commit).parents == (first.commit,)
    assert bench.store.count(bench.main, first.branch) == 2
    assert bench.written(second) == files
    if bench.has_requests:
        assert [pull.title for pull in bench.peer.pulls] == ["Harbour booking: package 2"]


def test_the_same_content_is_not_committed_twice(bench: Bench) -> None:
    first = bench.send(shipment())
    again = bench.send(shipment(number=2), first)
    assert again.unchanged
    assert (again.branch, again.commit) == (first.branch, first.commit)
    assert bench.store.head(first.branch) == first.commit
    if bench.has_requests:
        assert [pull.title for pull in bench.peer.pulls] == ["Harbour booking: package 2"]


def test_a_lost_receipt_leads_to_no_second_commit(bench: Bench) -> None:
    first = bench.send(shipment())
    again = bench.send(shipment(), None)
    assert again.commit == first.commit
    assert len(bench.peer.pulls) == (1 if bench.has_requests else 0)


def test_only_what_we_once_wrote_is_removed(bench: Bench) -> None:
    first = bench.send(shipment())
    bench.store.write(first.branch, {"docs/specstep/notes.md": b"Theirs\n", "docs/specstep/trace.json": None})
    kept = {"README.md": b"# Only this\n"}
    second = bench.send(shipment(kept, number=2), first)
    assert second.branch == first.branch
    assert bench.written(second) == {**kept, "notes.md": b"Theirs\n"}


def test_a_rival_commit_is_kept_and_ours_lands_on_top(bench: Bench) -> None:
    first = bench.send(shipment())
    rival = bench.store.write(first.branch, {"src/rival.py": b"pass\n"})
    second = bench.send(shipment({**PACKAGE, "README.md": b"# 2\n"}, number=2), first)
    assert bench.store.commit_at(second.commit).parents == (rival,)
    assert "src/rival.py" in bench.store.files(second.branch)


@pytest.mark.promise("S-054")
def test_a_foreign_branch_of_our_name_stays_as_it_is(bench: Bench) -> None:
    bench.store.branch("specstep/harbour-booking", bench.main)
    foreign = bench.store.write("specstep/harbour-booking", {"x.md": b"x"})
    receipt = bench.send(shipment())
    assert receipt.branch == "specstep/harbour-booking-2"
    assert bench.store.head("specstep/harbour-booking") == foreign
    assert bench.store.commit_at(receipt.commit).parents == (bench.main,)


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_after_a_finished_request_comes_a_new_branch_and_a_new_request(forge: Bench, state: str) -> None:
    first = forge.send(shipment())
    forge.peer.finish(forge.peer.pulls[0], state)
    base = forge.store.head("main")
    files = {"README.md": b"# 2\n", "more.md": b"more\n"}
    second = forge.send(shipment(files, number=2), first)
    assert second.branch == "specstep/harbour-booking-2"
    assert forge.store.head(first.branch) == first.commit
    assert forge.store.commit_at(second.commit).parents == (base,)
    assert forge.written(second) == files
    assert [pull.state for pull in forge.peer.pulls] == [state, "open"]
    assert forge.store.head("main") == base


def test_a_merged_and_deleted_branch_is_made_anew_from_the_base(forge: Bench) -> None:
    first = forge.send(shipment())
    forge.peer.finish(forge.peer.pulls[0], "merged")
    forge.store.delete(first.branch)
    files = {"README.md": b"# 2\n"}
    second = forge.send(shipment(files, number=2), first)
    assert second.branch == first.branch
    assert forge.written(second) == files
    third = forge.send(shipment({**files, "b.md": b"b"}, number=3), second)
    assert third.branch == first.branch
    assert [pull.state for pull in forge.peer.pulls] == ["merged", "open"]


def test_what_was_merged_is_not_sent_again(forge: Bench) -> None:
    first = forge.send(shipment())
    forge.peer.finish(forge.peer.pulls[0], "merged")
    again = forge.send(shipment(number=2), first)
    assert again.unchanged
    assert len(forge.peer.pulls) == 1
    forge.store.delete(first.branch)
    again = forge.send(shipment(number=3), first)
    assert again.unchanged
    assert forge.store.heads().keys() == {"main"}


def test_files_that_stand_on_the_base_already_are_changed_there(bench: Bench) -> None:
    bench.store.write("main", {f"docs/specstep/{path}": b"old\n" for path in PACKAGE})
    receipt = bench.send(shipment())
    assert bench.written(receipt) == PACKAGE


def test_the_receipt_of_another_repository_is_no_memory_of_this_one(bench: Bench) -> None:
    elsewhere = bench.send(shipment())
    elsewhere.facts["repository"] = "somewhere/else"
    bench.store.delete(elsewhere.branch)
    bench.peer.pulls.clear()
    files = {"README.md": b"# Here\n"}
    assert bench.written(bench.send(shipment(files, number=2), elsewhere)) == files


def test_a_changed_title_of_the_project_keeps_its_branch(bench: Bench) -> None:
    first = bench.send(shipment())
    second = bench.send(shipment({"a.md": b"a"}, number=2, title="Marina"), first)
    assert second.branch == first.branch


def test_a_branch_of_ones_own_choice_and_another_folder(bench: Bench) -> None:
    receipt = bench.send(shipment(), branch="specstep/docs", folder="product/spec")
    assert receipt.branch == "specstep/docs"
    assert bench.written(receipt, "product/spec") == PACKAGE


def test_large_unicode_and_oddly_named_files_arrive_byte_for_byte(bench: Bench) -> None:
    files = {
        "große datei (1).md": ("Zeile – ✓\n" * 80_000).encode(),
        "message": b"not the message\n",
        "branch": b"not the branch\n",
        "日本/仕様.md": "要件\n".encode(),
        "crlf.md": b"a\r\nb\r\n\r\n--x\r\n",
        "empty.md": b"",
        "no newline": b"x",
        "picture.png": b"\x89PNG\x00\xff\xfe",
    }
    assert bench.written(bench.send(shipment(files))) == files


CALLS = {"github": 12, "gitlab": 5, "azure_devops": 5, "bitbucket": 5, "git": 12}


def test_two_hundred_files_cost_no_more_calls_than_one(bench: Bench) -> None:
    first = bench.send(shipment({f"stories/{number:03}.md": b"one\n" for number in range(200)}))
    assert len(bench.peer.log) <= CALLS[bench.name]
    assert len(bench.written(first)) == 200 or bench.store.count(bench.main, first.branch) == 1
    bench.peer.log.clear()
    bench.send(shipment({f"stories/{number:03}.md": b"two\n" for number in range(200)}, number=2), first)
    assert len(bench.peer.log) <= CALLS[bench.name] + (4 if bench.name == "git" else 0)


def test_checking_writes_nothing_and_says_what_it_found(bench: Bench) -> None:
    found = bench.check()
    assert bench.peer.writes() == []
    assert found[1] == "Base branch main found."
    assert any("write" in sentence for sentence in found)
    if bench.has_requests:
        assert "request" in found[-1]
    assert bench.store.heads() == {"main": bench.main}


def test_it_says_where_it_goes(bench: Bench) -> None:
    said = bench.kind.describe(bench.place())
    assert "booking" in said
    assert said.endswith("folder docs/specstep.")
    assert bench.kind.credential_label
