"""What programs and tools read and do, asked without HTTP: typed values out of the rows, by the flows of the pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import AuditEvent
from api.nouns import coverage, deliveries, facts, interviews, packages, questions, references, requirements, runs, search, usage
from api.nouns.asking import NotFound
from delivery.models import Channel
from generation.models import Package
from ground.errors import BadInput, Conflict
from interviews.models import Fact, Interview
from tests.api.conftest import Asker
from tests.packages import SAID, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def package(by_alice: Asker) -> Package:
    return written(by_alice.user)


def begun(caller: Asker) -> interviews.InterviewDetail:
    return interviews.begin(caller, interviews.NewInterview(title="Front desk"))


def test_an_interview_goes_from_its_first_question_to_its_end(by_alice: Asker) -> None:
    made = begun(by_alice)
    assert (made.status, made.topics.open > 40) == ("question", True)
    assert made.question is not None
    said = questions.answer(by_alice, made.id, questions.NewAnswer(question=made.question.id, text=SAID, client_id="once"))
    again = questions.answer(by_alice, made.id, questions.NewAnswer(question=made.question.id, text=SAID, client_id="once"))
    assert said == again
    assert questions.following(by_alice, made.id).status == "reading"
    with pytest.raises(Conflict):
        questions.answer(by_alice, made.id, questions.NewAnswer(question=made.question.id, text="Twice."))
    assert interviews.close(by_alice, made.id).status == "closed"
    assert interviews.read(by_alice, made.id).assumptions
    assert questions.following(by_alice, made.id).question is None
    assert interviews.reopen(by_alice, made.id).state == "reading"


def test_what_was_noted_can_be_read_corrected_and_covered(by_alice: Asker, package: Package) -> None:
    interview = package.project
    noted = facts.listed(by_alice, interview).items
    assert [one.label for one in noted] == ["F-001", "F-002", "F-003", "F-004"]
    assert all(one.quote in SAID and one.source == "A-000" for one in noted)
    new = facts.correct(by_alice, noted[0].id, facts.Correction(text="Patients book by phone."))
    assert (new.quote, facts.read(by_alice, noted[0].id).superseded_by) == ("Patients book by phone", new.label)
    turns = questions.turns(by_alice, interview).items
    assert turns[0].answers[0].text == SAID
    assert {one.state for one in coverage.read(by_alice, interview).topics} >= {"assumed"}
    assert coverage.anchor(by_alice, interview).is_signed is False
    assert coverage.sign(by_alice, interview).signed_by == str(by_alice.user)


def test_a_reference_is_attached_as_text(by_alice: Asker) -> None:
    made = begun(by_alice)
    held = references.attach_text(by_alice, made.id, references.NewReference(name="hours.md", text="# Hours\nFrom 8 to 18.\n"))
    assert references.listed(by_alice, made.id).items[0].id == held.id
    assert "From 8 to 18." in references.read(by_alice, held.id).text
    Interview.objects.filter(pk=made.id).update(state=Interview.State.CLOSED)
    with pytest.raises(BadInput, match="closed"):
        references.attach_text(by_alice, made.id, references.NewReference(name="hours.md", text="x"))


def test_a_run_is_started_with_the_key_as_the_means(by_alice: Asker, package: Package) -> None:
    assert runs.estimate(by_alice, package.project).is_free
    made = runs.start(by_alice, package.project)
    assert (made.number, made.state, made.steps) == (2, "waiting", 31)
    assert runs.cancel(by_alice, made.id).state == "cancelled"
    assert runs.retry(by_alice, made.id).state == "waiting"
    event = AuditEvent.objects.get(action=AuditEvent.Action.RUN_STARTED, about=made.id)
    assert (event.actor, event.means) == (by_alice.user, AuditEvent.Means.KEY)
    assert [one.number for one in runs.listed(by_alice, interview=package.project).items] == [2, 1]
    assert runs.receipt(by_alice, package.run_id).calls == []


def test_a_package_says_what_is_incomplete_and_is_read_by_document(by_alice: Asker, package: Package) -> None:
    read = packages.read(by_alice, package.pk)
    assert (read.is_complete, len(read.assumptions), read.counts.requirements) == (False, 46, 3)
    listed = packages.documents(by_alice, package.pk)
    assert listed.items[0].path == "BRIEF.md"
    assert packages.document(by_alice, package.pk, "docs/vision.md").text.startswith("# ")
    with pytest.raises(NotFound):
        packages.document(by_alice, package.pk, "../etc/passwd")
    card = packages.scorecard(by_alice, package.pk)
    assert (card.grade, card.documents[0].total > 0) == (package.grade, True)
    assert packages.archive(by_alice, package.pk).content.read(2) == b"PK"


def test_a_requirement_is_followed_both_ways(by_alice: Asker, package: Package) -> None:
    first = requirements.listed(by_alice, package.pk).items[0]
    followed = requirements.trace(by_alice, package.pk, first.id)
    assert (followed.said[0].quote, followed.said[0].id) == ("It must never lose a booking", "A-000")
    assert "Given" in followed.tests[0].text
    assert followed.stories[0].title != followed.stories[0].id
    reached = requirements.impact_of(by_alice, package.pk, "F-004")
    assert first.id in {one.id for one in reached.follows}
    assert {one.id for one in reached.rests_on} == {"A-000"}
    assert {one.type for one in reached.follows} >= {"requirement", "test", "story"}


def test_words_are_found_in_requirements_and_documents(by_alice: Asker, package: Package) -> None:
    found = search.search(by_alice, "Lose BOOKING")
    assert found.items[0].kind == "requirement"
    assert all("lose" in hit.text.lower() for hit in found.items)
    assert search.search(by_alice, "lose booking", package=package.pk, limit=1).more
    assert search.search(by_alice, "100% _ \\").items == []
    with pytest.raises(BadInput):
        search.search(by_alice, "  ")


def test_usage_and_limits(by_alice: Asker, package: Package) -> None:
    assert usage.read(by_alice).total.calls == 0
    assert usage.set_limits(by_alice, usage.NewLimits(month_usd="12.50")).month_usd == "12.50"
    assert usage.limits(by_alice).run_usd is None
    assert usage.read(by_alice).limits[0].left_usd == "12.50"


def test_nothing_of_another_account_is_there(by_alice: Asker, by_charlie: Asker, package: Package) -> None:
    channel = Channel.objects.create(workspace=by_alice.workspace, kind="git", name="Ours", place={})
    fact = Fact.objects.filter(interview=package.project).first()
    assert fact is not None
    calls: list[Callable[[], Any]] = [
        lambda: interviews.read(by_charlie, package.project),
        lambda: questions.turns(by_charlie, package.project),
        lambda: facts.read(by_charlie, fact.pk),
        lambda: coverage.anchor(by_charlie, package.project),
        lambda: runs.read(by_charlie, package.run_id),
        lambda: packages.read(by_charlie, package.pk),
        lambda: requirements.listed(by_charlie, package.pk),
        lambda: search.search(by_charlie, "booking", package=package.pk),
        lambda: deliveries.channel(by_charlie, channel.pk),
        lambda: deliveries.deliver(by_alice, uuid.uuid4(), deliveries.NewDelivery(channel=channel.pk)),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert search.search(by_charlie, "booking").items == []
    assert packages.listed(by_charlie).items == []
