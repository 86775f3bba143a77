"""Nothing with a secret in it is stored, whichever way it comes in; its owner is told how many, of which kind, never which."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.serializers import serialize
from django.test import Client
from django.urls import reverse

from accounts.models import User
from ground.errors import BadInput
from interviews.flows import answering, correcting, opening, recording, referencing
from interviews.flows.recalling import open_question
from interviews.models import Answer, Interview
from llm.guarding import NotSearched, guarded
from llm.placeholders import in_words, told
from llm.redaction import Redaction, Secret
from tests.interviews.conftest import Say

SECRET = "sk-" + "ant-api03-" + "Qz7mWv2Kx9Lp4Tn8Rb3Yd6Hf1Gs5Jc0A" * 2 + "-AA"
OTHER = "ghp_" + "q7W2e9R4t1Y6u3I8o5P0a7S2d9F4g1H6j3K8"


def dumped() -> str:
    return "".join(serialize("json", model._default_manager.all()) for model in apps.get_models())


def test_the_title_of_a_project(alice: User) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title=f"Desk with {OTHER}")
    assert interview.title.startswith("Desk with [[SECRET:github")
    assert OTHER not in dumped()


def test_a_title_that_is_all_secrets_is_refused_without_repeating_it(alice: User) -> None:
    with pytest.raises(BadInput, match="holds what looks like secrets") as refused:
        opening.open_interview(workspace=alice.workspace, title=" ".join("AK" + f"IA{place}QZXW7VPLK5TGB2Y" for place in "AEIOU"))
    assert "QZXW7" not in str(refused.value)


def test_the_text_and_the_name_of_a_document(interview: Interview) -> None:
    text = f"# Access\n\nThe desk signs in with {SECRET}.\n\nThe mirror uses {OTHER}, twice: {OTHER}.\n"
    reference = referencing.add_reference(interview, name=f"notes {OTHER}.md", data=text.encode())
    assert "The desk signs in with [[SECRET:" in reference.text
    assert reference.name.endswith(".md")
    assert sum(reference.secrets_removed.values()) == 4
    assert SECRET not in dumped()
    assert OTHER not in dumped()


@pytest.mark.parametrize("name", [f"{OTHER}.pdf", f"{OTHER}.md"])
def test_a_document_that_is_refused_is_not_named_by_its_secret(interview: Interview, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        referencing.add_reference(interview, name=name, data=b"   ")
    assert OTHER not in str(refused.value)


def test_who_decides_and_when(interview: Interview) -> None:
    question = open_question(interview)
    assert question is not None
    answering.decide_later(question, owner="Head of the desk", trigger=f"when {OTHER} ends")
    assert OTHER not in dumped()


def test_a_draft(as_alice: Client, interview: Interview) -> None:
    as_alice.post(reverse("interviews:draft", args=[interview.pk]), {"text": f"The key is {SECRET} and"})
    interview.refresh_from_db()
    assert interview.draft.startswith("The key is [[SECRET:")
    assert interview.draft.endswith(" and")


def test_a_correction(interview: Interview, say: Say) -> None:
    said = say("We take about 240 calls a day over three sites, and the desk books 40 of them.")
    fact = said.facts.first()
    assert fact is not None
    correcting.correct(fact, text=f"It is 250 calls, see {OTHER}.")
    assert OTHER not in dumped()


def test_the_same_secret_has_one_placeholder_in_a_workspace_and_another_elsewhere(
    interview: Interview, charlie: User, say: Say
) -> None:
    answer = say(f"The key is {SECRET}.")
    reference = referencing.add_reference(interview, name="key.md", data=f"The key is {SECRET}.".encode())
    assert answer.text == reference.text
    elsewhere = guarded(charlie.workspace.pk, f"The key is {SECRET}.").text
    assert elsewhere != answer.text
    assert elsewhere[:20] == answer.text[:20]


def test_a_finder_that_fails_keeps_the_text_out_of_the_database(alice: User) -> None:
    def broken(text: str) -> list[Secret]:
        raise RuntimeError(text)

    with pytest.raises(NotSearched, match="not stored") as failed:
        guarded(alice.workspace.pk, f"The key is {SECRET}.", redaction=Redaction(find=broken))
    assert SECRET not in str(failed.value)
    assert failed.value.__cause__ is None


def test_the_owner_is_told_how_many_and_of_which_kind() -> None:
    assert told({}) == ""
    assert told({"password": 1}).startswith("1 secret was taken out before this was stored (1 password).")
    assert told({"password": 1, "github-token": 2}).startswith("3 secrets were taken out before this was stored")
    assert told({"jwt": 1}, of="notes.md").startswith("1 secret was taken out of notes.md before")
    assert in_words({"password": 1, "github-token": 2, "jwt": 0}) == "2 github token, 1 password"


def test_the_page_tells_it_beside_the_answer_and_the_document(as_alice: Client, interview: Interview, say: Say) -> None:
    say(f"We sign in with {OTHER} at the desk.")
    referencing.add_reference(interview, name="access.md", data=f"Use {OTHER} and {SECRET}.".encode())
    page = as_alice.get(interview.get_absolute_url()).content.decode()
    assert "1 secret was taken out before this was stored (1 github" in page
    assert "2 secrets were taken out of access.md before this was stored (1 " in page
    assert OTHER not in page
    assert SECRET not in page


def test_an_answer_without_a_secret_is_stored_as_it_was_said(interview: Interview, say: Say) -> None:
    words = "The password has at least 12 characters; the token of a session ends after 15 minutes."
    answer = say(words)
    assert answer.text == words
    assert answer.secrets_removed == {}
    recording.keep_draft(interview, words)
    interview.refresh_from_db()
    assert interview.draft == words
    assert Answer.objects.count() == 1
