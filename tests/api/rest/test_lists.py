"""Lists: cut by a cursor that neither skips nor repeats, and read in few statements."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from api.nouns import asking, interviews
from ground.errors import BadInput
from interviews.models import Interview, Question, TopicState
from interviews.rules.topics import TOPICS
from tests.api.conftest import Asker
from tests.api.rest.conftest import Program

pytestmark = pytest.mark.django_db


def pages(caller: Asker, limit: int, between: Iterator[int]) -> list[str]:
    """All titles, page by page, while others are added in between."""
    titles: list[str] = []
    cursor = None
    while True:
        page = interviews.listed(caller, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        titles += [item.title for item in page.items]
        if page.next is None:
            return titles
        cursor = page.next
        for _ in range(next(between, 0)):
            Interview.objects.create(workspace=caller.workspace, title="came later")


@bounded(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 12), limit=st.integers(1, 7), between=st.lists(st.integers(0, 3), max_size=6))
def test_every_row_comes_once_and_in_order_whatever_is_added_meanwhile(
    by_alice: Asker, count: int, limit: int, between: list[int]
) -> None:
    Interview.objects.all().delete()
    for number in range(count):
        Interview.objects.create(workspace=by_alice.workspace, title=str(number))
    assert pages(by_alice, limit, iter(between)) == [str(number) for number in reversed(range(count))]


@bounded(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(min_size=1, max_size=30))
def test_a_cursor_that_is_none_of_ours_is_refused_or_harmless(by_alice: Asker, cursor: str) -> None:
    with contextlib.suppress(BadInput):
        assert interviews.listed(by_alice, cursor=cursor).items == []


def test_a_cursor_of_another_account_shows_nothing_of_it(by_alice: Asker, by_charlie: Asker) -> None:
    for number in range(3):
        Interview.objects.create(workspace=by_alice.workspace, title=f"hers {number}")
        Interview.objects.create(workspace=by_charlie.workspace, title=f"his {number}")
    cursor = interviews.listed(by_alice, limit=1).next
    assert {item.title[:3] for item in interviews.listed(by_charlie, cursor=cursor).items} == {"his"}
    with pytest.raises(BadInput):
        interviews.listed(by_alice, limit=asking.MOST + 1)


def test_a_list_of_fifty_is_read_in_six_statements(program: Program, settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    fill(program.user, 50)
    program.get("/interviews?limit=1")  # the first call of a day notes the day
    for place in ("/interviews", "/runs", "/packages", "/deliveries", "/channels", "/webhooks"):
        with CaptureQueriesContext(connection) as asked:
            answer = program.get(place)
        assert answer.status_code == 200
        assert len(asked) <= 6, [query["sql"] for query in asked]
    assert len(program.get("/interviews").json()["items"]) == 50


def fill(owner: User, count: int) -> None:
    made = [Interview(workspace=owner.workspace, title=f"Desk {number}") for number in range(count)]
    Interview.objects.bulk_create(made)
    TopicState.objects.bulk_create(TopicState(interview=one, topic=topic.id) for one in made for topic in TOPICS)
    for one in made[:10]:
        Question.objects.create(interview=one, label="Q-000", topic="V1", text="?", why="", asked_at=one.created_at)
