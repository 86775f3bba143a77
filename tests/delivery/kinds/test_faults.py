"""What goes wrong at the other side: each its own sentence, nothing written twice, nothing lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from delivery.contract import DeliveryFailed
from ground import clock
from tests.peers.bench import COMMIT, PACKAGE, REQUESTS, Bench, shipment
from tests.peers.github import GitHub
from tests.peers.peer import Fault

Build = Callable[[str], Bench]


def refusal(bench: Bench, base: str = "main") -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        bench.send(shipment(), base=base)
    return caught.value


def untouched(bench: Bench) -> bool:
    return bench.store.heads() == {"main": bench.main} and not bench.peer.pulls


def test_it_waits_as_long_as_it_is_asked_to(bench: Bench) -> None:
    bench.peer.faults.append(Fault(status=429, headers={"Retry-After": "17"}))
    error = refusal(bench)
    assert (error.wait, error.permanent) == (17, False)
    assert "asks us to slow down. We try again in 17 seconds." in str(error)
    assert untouched(bench)
    assert bench.written(bench.send(shipment())) == PACKAGE


def test_a_limit_in_the_middle_of_writing_loses_nothing(bench: Bench) -> None:
    bench.peer.faults.append(Fault(on=COMMIT[bench.name], status=429, headers={"Retry-After": "600"}))
    assert refusal(bench).wait == (60 if bench.name == "git" else 600)  # git does not tell what the answer's headers said
    assert untouched(bench)
    receipt = bench.send(shipment())
    assert bench.store.count(bench.main, receipt.branch) == 1


def test_a_fault_of_theirs_is_tried_again(bench: Bench) -> None:
    bench.peer.faults.append(Fault(on=COMMIT[bench.name], status=502))
    error = refusal(bench)
    assert not error.permanent
    assert "(status 502)" in str(error)
    assert bench.written(bench.send(shipment())) == PACKAGE


def test_an_answer_that_breaks_off_after_the_commit_is_found_again(bench: Bench) -> None:
    bench.peer.faults.append(Fault(on=COMMIT[bench.name], cut=True))
    error = refusal(bench)
    assert not error.permanent
    assert "broke off" in str(error)
    head = bench.store.head("specstep/harbour-booking")
    receipt = bench.send(shipment())
    assert (receipt.commit, receipt.branch) == (head, "specstep/harbour-booking")
    assert bench.store.count(bench.main, receipt.branch) == 1


def test_killed_between_commit_and_request_it_is_finished_without_a_second_commit(forge: Bench) -> None:
    forge.peer.faults.append(Fault(on=f"POST {_requests_path(forge)}", status=503))
    assert not refusal(forge).permanent
    head = forge.store.head("specstep/harbour-booking")
    assert head
    assert not forge.peer.pulls
    receipt = forge.send(shipment())
    assert receipt.commit == head
    assert len(forge.peer.pulls) == 1


def test_killed_so_at_the_second_package_too(forge: Bench) -> None:
    first = forge.send(shipment())
    forge.peer.faults.append(Fault(on=f"/{REQUESTS[forge.name][1:]}/1", status=500))
    files = {**PACKAGE, "more.md": b"more"}
    with pytest.raises(DeliveryFailed):
        forge.send(shipment(files, number=2), first)
    again = forge.send(shipment(files, number=2), first)
    assert forge.store.count(forge.main, first.branch) == 2
    assert forge.peer.pulls[0].title == "Harbour booking: package 2"
    assert again.commit == forge.store.head(first.branch)


def test_an_expired_credential_asks_for_a_new_one(bench: Bench) -> None:
    bench.peer.token = "another"
    with pytest.raises(DeliveryFailed, match="did not accept the credential: it has expired") as caught:
        bench.send(shipment(), token="expired")
    assert caught.value.permanent
    assert untouched(bench)


def test_a_missing_repository_says_so(bench: Bench) -> None:
    bench.peer.faults.append(Fault(status=404))
    error = refusal(bench)
    assert error.permanent
    assert "was not found" in str(error)


def test_a_missing_permission_names_what_is_needed(bench: Bench) -> None:
    bench.peer.faults.append(Fault(on=COMMIT[bench.name], status=403))
    error = refusal(bench)
    assert error.permanent
    assert "does not let the credential do this" in str(error)
    assert "It needs" in str(error)


@pytest.mark.parametrize("name", ["github", "gitlab", "bitbucket"])
def test_who_may_only_read_is_told_before_anything_is_sent(build: Build, name: str) -> None:
    bench = build(name)
    bench.peer.may_write = False
    assert "may read harbour/booking but not write to it" in str(refusal(bench))
    assert bench.peer.writes() == []


@pytest.mark.parametrize("name", ["github", "gitlab", "azure_devops", "git"])
def test_an_archived_repository_says_so(build: Build, name: str) -> None:
    bench = build(name)  # Bitbucket Cloud has no archive
    bench.peer.is_archived = True
    error = refusal(bench)
    assert error.permanent
    assert bench.name == "git" or "is archived" in str(error)
    assert untouched(bench)


def test_an_empty_repository_asks_for_a_first_commit(bench: Bench) -> None:
    bench.store.delete("main")
    error = refusal(bench)
    assert error.permanent
    assert "is empty, so there is no branch to start from" in str(error)


def test_a_wrong_base_branch_is_named(bench: Bench) -> None:
    error = refusal(bench, base="trunk")
    assert error.permanent
    assert "has no branch trunk" in str(error)
    assert untouched(bench)


PROTECTED = {
    "github": (422, {"message": "Repository rule violations found", "errors": []}),
    "gitlab": (400, {"message": "You are not allowed to push into this branch: protected"}),
    "azure_devops": (403, {"message": "TF402455: the branch is protected", "typeKey": "GitRefLocked"}),
    "bitbucket": (403, {"type": "error", "error": {"message": "Branch is protected by a restriction"}}),
}


def test_a_protected_branch_says_what_to_allow(forge: Bench) -> None:
    status, body = PROTECTED[forge.name]
    forge.peer.faults.append(Fault(on=COMMIT[forge.name], status=status, body=body))
    error = refusal(forge)
    assert error.permanent
    assert "Let the credential create and update branches that begin with specstep/" in str(error)


def test_a_secondary_limit_of_github_waits_and_is_no_missing_permission(build: Build) -> None:
    bench = build("github")
    limited = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    bench.peer.faults.append(Fault(on="/git/trees", status=403, body=limited, headers={"Retry-After": "90"}))
    error = refusal(bench)
    assert (error.wait, error.permanent) == (90, False)
    reset = int(clock.now().timestamp()) + 1800
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    bench.peer.faults.append(Fault(status=403, body={"message": "API rate limit exceeded"}, headers=spent))
    assert refusal(bench).wait == pytest.approx(1800, abs=5)


def test_a_rival_commit_between_our_look_and_our_write_is_kept(bench: Bench) -> None:
    first = bench.send(shipment())
    rivals: list[str] = []
    act = lambda: rivals.append(bench.store.write(first.branch, {"rival.py": b"pass\n"}))  # noqa: E731
    bench.peer.faults.append(Fault(on=_update_of(bench), act=act))
    second = bench.send(shipment({**PACKAGE, "README.md": b"# 2\n"}, number=2), first)
    assert bench.store.commit_at(second.commit).parents == (rivals[0],)
    assert "rival.py" in bench.store.files(second.branch)
    assert bench.store.count(bench.main, second.branch) == 3


@pytest.mark.parametrize("name", ["github", "azure_devops", "bitbucket", "git"])
def test_after_three_rival_commits_it_says_so(build: Build, name: str) -> None:
    bench = build(name)  # GitLab puts our commit on whatever is newest, so nobody is in the way there
    first = bench.send(shipment())
    for number in range(3):
        act = lambda number=number: bench.store.write(first.branch, {f"rival{number}.py": b"pass\n"})  # noqa: E731
        bench.peer.faults.append(Fault(on=_update_of(bench), act=act))
    with pytest.raises(DeliveryFailed, match="Others write to our branch") as caught:
        bench.send(shipment({"README.md": b"# 2\n"}, number=2), first)
    assert not caught.value.permanent
    assert bench.store.count(bench.main, first.branch) == 4


def test_a_branch_made_by_somebody_at_the_same_moment_is_left_alone(bench: Bench) -> None:
    def rival() -> None:
        bench.store.branch("specstep/harbour-booking", bench.main)
        bench.store.write("specstep/harbour-booking", {"x": b"x"})

    bench.peer.faults.append(Fault(on=COMMIT[bench.name], act=rival))
    receipt = bench.send(shipment())
    assert receipt.branch == "specstep/harbour-booking-2"
    assert bench.store.files("specstep/harbour-booking").keys() & set(PACKAGE) == {"README.md"}


def test_a_request_that_somebody_opened_at_the_same_moment_is_used(forge: Bench) -> None:
    act = lambda: forge.peer.add_pull("specstep/harbour-booking", "main", "By hand", "")  # noqa: E731
    forge.peer.faults.append(Fault(on=f"POST {_requests_path(forge)}", act=act))
    receipt = forge.send(shipment())
    assert receipt.facts["request"] == "1"
    assert [pull.title for pull in forge.peer.pulls] == ["Harbour booking: package 1"]


@pytest.mark.promise("S-054")
def test_only_branches_of_our_own_can_be_named(bench: Bench) -> None:
    for branch in ["main", "feature/x", "specstep/../main", "specstep/", "refs/heads/main", "specstep/a.lock"]:
        with pytest.raises(ValidationError, match="branches of its own only"):
            bench.place(branch=branch)


@pytest.mark.promise("S-054")
def test_a_default_branch_that_looks_like_ours_is_refused(bench: Bench) -> None:
    bench.store.branch("specstep/harbour-booking", bench.main)
    bench.store.git("symbolic-ref", "HEAD", "refs/heads/specstep/harbour-booking")
    with pytest.raises(ValidationError, match="are the same"):
        bench.place(base="specstep/x", branch="specstep/x")
    assert "never writes there" in str(refusal(bench, base="specstep/harbour-booking"))
    assert bench.store.head("specstep/harbour-booking") == bench.main


def test_no_other_folder_can_be_named(bench: Bench) -> None:
    for folder in ["", "/", "..", "docs/../..", ".github/workflows", ".git", "a//b", "docs\\x", "a\nb", ".GitHub/Workflows/x"]:
        with pytest.raises(ValidationError):
            bench.place(folder=folder)


def test_no_file_leaves_the_folder(bench: Bench) -> None:
    for path in ["../x.md", "a/../../x.md", "/etc/x", ".git/config", "a/.gitmodules", "x\0y", "a/", ".github/workflows/x.yml"]:
        with pytest.raises(DeliveryFailed) as caught:
            bench.send(shipment({path: b"x"}))
        assert caught.value.permanent
    assert bench.peer.log == []


def test_an_address_that_answers_nothing_useful_says_so(bench: Bench) -> None:
    bench.peer.faults.append(Fault(status=200, body=b"<html>Welcome</html>"))
    error = refusal(bench)
    assert "not understand" in str(error) or "does not answer like a git server" in str(error)
    assert untouched(bench)


def test_a_closed_port_says_so(bench: Bench) -> None:
    bench.peer.close()
    error = refusal(bench)
    assert not error.permanent
    assert "could not be reached" in str(error)


def test_nothing_of_the_forge_comes_with_its_refusals(bench: Bench) -> None:
    for status in (400, 403, 409, 422, 500):
        bench.peer.faults.append(Fault(status=status, body={"message": "CANARY-SOURCE-5b1f is wrong"}))
        assert "CANARY" not in str(refusal(bench))


def _requests_path(bench: Bench) -> str:
    prefix = {"github": "/repos/harbour/booking", "gitlab": "/api/v4/projects/harbour/booking"}
    prefix |= {
        "azure_devops": "/harbour/Sea side/_apis/git/repositories/booking",
        "bitbucket": "/2.0/repositories/harbour/booking",
    }
    return prefix[bench.name] + REQUESTS[bench.name]


def _update_of(bench: Bench) -> str:
    return "PATCH /repos/harbour/booking/git/refs" if isinstance(bench.peer, GitHub) else COMMIT[bench.name]
