"""The page of a run: how far it is, what needs its owner, and the ways to stop it and to go on."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from generation.flows import cancelling, recording, running, starting
from generation.models import Run, Step
from generation.views import run_fragment
from ground import clock, stream
from interviews.models import Interview


@pytest.fixture
def interview(alice: User) -> Interview:
    return Interview.objects.create(workspace=alice.workspace, title="Desk", state=Interview.State.CLOSED)


@pytest.fixture
def run(interview: Interview) -> Run:
    return starting.start(interview, provider="offline")


def fail(run: Run, key: str) -> None:
    step = run.steps.get(key=key)
    claimed = running.claim(step.pk)
    assert claimed
    running.give_up(claimed, "The vendor did not take the key. Put in a valid one.")


def html(client: Client, run: Run) -> str:
    return client.get(run.get_absolute_url()).content.decode()


def test_starting_leads_to_the_run(as_alice: Client, interview: Interview) -> None:
    response = as_alice.post(reverse("generation:start", args=[interview.pk]))
    assert (response.status_code, response.headers["Location"]) == (303, interview.runs.get().get_absolute_url())


def test_an_open_interview_is_not_written_and_the_reason_is_said(as_alice: Client, interview: Interview) -> None:
    Interview.objects.update(state=Interview.State.OPEN)
    response = as_alice.post(reverse("generation:start", args=[interview.pk]), follow=True)
    assert not interview.runs.exists()
    assert "The interview is still open." in response.content.decode()


def test_every_step_has_a_bar_in_its_lane(as_alice: Client, run: Run) -> None:
    page = html(as_alice, run)
    for lane in ("Read", "Decide", "Write", "Check and hand over"):
        assert f">{lane}</h2>" in page
    # Each document is one card for its words and its setting: 31 steps are 24 cards.
    assert page.count("<progress") == page.count('<article class="step') == 24
    assert "of 24 done" in page


def test_half_a_document_is_half_a_bar(as_alice: Client, run: Run) -> None:
    run.steps.filter(key="prose:docs/vision.md").update(state=Step.State.DONE, progress=100)
    place = run.steps.get(key="prose:docs/vision.md").position
    card = html(as_alice, run).split(f'id="step-{place}"')[1].split("</article>")[0]
    assert 'value="50"' in card
    assert 'aria-label="Working"' in card


def test_drafting_offline_costs_nothing_and_is_said_so(as_alice: Client, run: Run) -> None:
    assert "no model is asked" in html(as_alice, run)


def test_the_page_renews_itself_without_script_only_while_it_runs(as_alice: Client, run: Run) -> None:
    assert '<meta http-equiv="refresh"' in html(as_alice, run)
    assert "<live-stream" in html(as_alice, run)
    cancelling.cancel(run)
    assert '<meta http-equiv="refresh"' not in html(as_alice, run)
    assert "<live-stream" not in html(as_alice, run)


def test_a_run_that_nobody_takes_up_says_so(as_alice: Client, run: Run) -> None:
    assert "callout--half late" in html(as_alice, run)
    with clock.moved(dt.timedelta(minutes=2)):
        assert "callout--half late" not in html(as_alice, run)
        assert "Nobody has taken this up yet." in html(as_alice, run)


def test_stopping_keeps_what_is_done_and_can_be_taken_up_again(as_alice: Client, run: Run) -> None:
    assert as_alice.post(reverse("generation:stop", args=[run.pk])).status_code == 303
    page = html(as_alice, run)
    assert "You stopped this run" in page
    assert reverse("generation:retry", args=[run.pk]) in page
    assert as_alice.post(reverse("generation:retry", args=[run.pk])).status_code == 303
    run.refresh_from_db()
    assert run.state == Run.State.WAITING


def test_a_failure_is_told_with_its_sentence_and_a_way_on(as_alice: Client, run: Run) -> None:
    fail(run, "freeze")
    page = html(as_alice, run)
    assert "“Freeze the answers” did not work." in page
    assert "The vendor did not take the key. Put in a valid one." in page
    assert "Try again from here" in page


def test_stopping_twice_is_told_instead_of_done(as_alice: Client, run: Run) -> None:
    cancelling.cancel(run)
    response = as_alice.post(
        reverse("generation:stop", args=[run.pk]), headers={"referer": "http://testserver/packages/"}, follow=True
    )
    assert "already over" in response.content.decode()


def test_nothing_is_changed_by_a_link(as_alice: Client, run: Run) -> None:
    doors = [reverse(f"generation:{name}", args=[run.pk]) for name in ("stop", "retry")]
    doors.append(reverse("generation:start", args=[run.interview_id]))
    assert [as_alice.get(door).status_code for door in doors] == [405, 405, 405]
    run.refresh_from_db()
    assert run.state == Run.State.WAITING


def test_somebody_else_neither_sees_nor_stops_it(client: Client, charlie: User, run: Run) -> None:
    client.force_login(charlie)
    assert client.get(run.get_absolute_url()).status_code == 404
    for name in ("stop", "retry"):
        assert client.post(reverse(f"generation:{name}", args=[run.pk])).status_code == 404
    assert client.post(reverse("generation:start", args=[run.interview_id])).status_code == 404
    run.refresh_from_db()
    assert run.state == Run.State.WAITING


def test_a_visitor_is_asked_to_sign_in(client: Client, run: Run) -> None:
    assert client.get(run.get_absolute_url()).headers["Location"].startswith("/sign-in/")


def test_each_kind_of_event_renews_its_part(rf: RequestFactory, alice: User, run: Run) -> None:
    request = rf.get("/")
    request.user = alice
    fail(run, "freeze")
    parts = {entry.kind: run_fragment(request, run.pk, entry) for entry in stream.after(run.stream)}
    assert 'data-live="step-0"' in parts["step"]
    assert 'data-live="news-1"' in parts["news"]
    assert 'data-live="title"' in parts["over"]
    assert 'data-live="outcome"' in parts["over"]
    assert "did not work" in parts["over"]


def test_news_of_a_step_bear_its_name(as_alice: Client, run: Run) -> None:
    stream.append(run.stream, "news", step="render:docs/vision.md", text="1,316 words")
    recording.meter(run)
    assert "The vision: 1,316 words" in html(as_alice, run)


def test_the_owner_reads_how_many_secrets_of_which_kind_stand_as_placeholders(as_alice: Client, run: Run) -> None:
    assert "placeholder" not in html(as_alice, run)
    token = "gh" + "p_" + "q7W2e9R4t1Y6u3I8o5P0a7S2d9F4g1H6j3K8"
    Interview.objects.update(title=f"Desk {token}")
    cancelling.cancel(run)
    again = starting.start(Interview.objects.get(), provider="offline")
    page = html(as_alice, again)
    assert "1 secret stands as a placeholder in what this is written from (1 github token)." in page
    assert token not in json.dumps(again.evidence)
