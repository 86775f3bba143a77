from __future__ import annotations

import pytest

from billing.purses import UnmeteredPurse
from ground.errors import BadInput
from interviews.flows import closing
from interviews.flows.referencing import MAX_BYTES, MAX_COUNT, add_reference
from interviews.models import Interview
from tests.interviews.conftest import Say

PAPER = b"# How we lend\n\nTools must come back within 14 days.\n"


def test_it_keeps_text_name_kind_and_size(interview: Interview) -> None:
    reference = add_reference(interview, name="paper.md", data=PAPER)
    assert (reference.label, reference.name, reference.media_type, reference.size) == (
        "S-01",
        "paper.md",
        "text/markdown",
        len(PAPER),
    )
    assert reference.text == PAPER.decode()
    assert len(reference.sha256) == 64


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/paper.md", "paper.md"),
        (r"C:\docs\paper.txt", "paper.txt"),
        ("pa\x00per\n.md", "paper.md"),
        ("Größe 🙂.md", "Größe 🙂.md"),
    ],
)
def test_a_path_in_the_name_is_dropped(interview: Interview, name: str, kept: str) -> None:
    assert add_reference(interview, name=name, data=PAPER).name == kept


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("paper.pdf", b"%PDF-1.7", "damaged or not what it claims to be"),
        ("paper", b"MZ\x90\x00\x03", "of a kind that cannot be read"),
        ("paper.md", b"x" * (MAX_BYTES + 1), "26 MB; 25 MB fit"),
        ("paper.md", b"caf\xe9", "in an encoding we do not know"),
        ("paper.txt", b"words\x00more", "of a kind that cannot be read"),
        ("paper.txt", b"  \n ", "is empty"),
        ("paper.txt", b"", "is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(interview: Interview, name: str, data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        add_reference(interview, name=name, data=data)
    assert not interview.references.exists()


def test_the_same_document_is_attached_once(interview: Interview) -> None:
    add_reference(interview, name="paper.md", data=PAPER)
    with pytest.raises(BadInput, match=r"attached already, as paper\.md"):
        add_reference(interview, name="copy.md", data=PAPER)
    assert [row.name for row in interview.references.all()] == ["paper.md"]


def test_only_so_many_documents_fit(interview: Interview) -> None:
    for place in range(MAX_COUNT):
        add_reference(interview, name=f"{place}.txt", data=f"line {place}".encode())
    with pytest.raises(BadInput, match="no more fit"):
        add_reference(interview, name="more.txt", data=b"one more")


def test_a_closed_interview_takes_no_document(interview: Interview, say: Say) -> None:
    say("We lend tools to neighbours.")
    closing.close(interview, because="Done.")
    interview.refresh_from_db()
    with pytest.raises(BadInput, match="closed"):
        add_reference(interview, name="paper.md", data=PAPER)


def test_secrets_in_a_document_are_not_stored(interview: Interview) -> None:
    secret = "sk-" + "ant-api03-" + "Zq7" * 20
    reference = add_reference(interview, name="notes.txt", data=f"The key is {secret} for now.".encode())
    assert secret not in reference.text


def test_a_byte_order_mark_and_foreign_line_ends_are_taken_off(interview: Interview) -> None:
    assert add_reference(interview, name="a.txt", data=b"\xef\xbb\xbfone\r\ntwo\rthree").text == "one\ntwo\nthree"


def test_its_facts_are_noted_with_the_next_reply_and_marked_as_read(
    interview: Interview, say: Say, purse: UnmeteredPurse
) -> None:
    reference = add_reference(interview, name="paper.md", data=PAPER)
    say("We lend tools to neighbours.")
    reference.refresh_from_db()
    assert reference.read_at is not None
    [fact] = [fact for fact in interview.facts.filter(origin="document") if fact.value == 14]
    assert (fact.source, fact.quote, fact.unit) == ("S-01", "Tools must come back within 14 days", "days")
    assert fact.confirmed_by is None
    assert fact.quote in reference.text


def test_an_interview_without_a_document_is_asked_nothing_about_documents(interview: Interview, say: Say) -> None:
    say("We lend tools to neighbours.")
    while interview.questions.filter(state="open").exists() and interview.questions.count() < 12:
        say("About 14 of them, in the yard.")
    assert not interview.questions.filter(text__icontains="document").exists()
    closing.close(interview, because="Done.")
    interview.refresh_from_db()
    assert interview.state == "closed"
