from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.storage import Storage
from django.test import Client
from pytest_django import Settings

from ground import clock, pulse
from ground.models import Pulse
from specstep.celery import JOBS, NIGHTLY, NIGHTLY_LATE, OFTEN_LATE
from tests.schedule import run

HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)


def ready(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_the_process_answers(client: Client) -> None:
    assert client.get("/healthz").json() == {"process": "ok"}


@pytest.mark.django_db
def test_it_is_ready_while_the_schedule_runs_and_not_after_two_silent_minutes(client: Client) -> None:
    assert ready(client)[0] == 503
    run()
    assert client.get("/readyz").json() == {"database": "ok", "broker": "ok", "schedule": "ok", "jobs": "ok", "deletions": "ok"}
    with clock.moved(dt.timedelta(seconds=119)):
        assert client.get("/readyz").status_code == 200
    with clock.moved(dt.timedelta(seconds=121)):
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["schedule"].startswith("silent for 12")


@pytest.mark.django_db
@pytest.mark.promise("S-157")
def test_each_job_without_success_for_too_long_turns_the_page_red_by_its_name_until_it_is_done(client: Client) -> None:
    run()
    for job in sorted(set(JOBS) - {"specstep.pulse"}):
        last = Pulse.objects.get(name=job).at
        due = last + (NIGHTLY_LATE if job in NIGHTLY else OFTEN_LATE)
        Pulse.objects.exclude(name=job).update(at=due)
        with clock.frozen(due):
            assert ready(client)[0] == 200, job
        with clock.frozen(due + SECOND):
            status, said = ready(client)
            assert (status, said["schedule"]) == (503, "ok")
            assert said["jobs"] == f"{job} is overdue since {due:%Y-%m-%d %H:%M} UTC, last done {last:%Y-%m-%d %H:%M} UTC"
            pulse.beat(job)
            assert ready(client)[0] == 200, job


@pytest.mark.django_db
@pytest.mark.promise("S-157")
def test_when_the_schedule_stops_the_page_turns_red_and_green_again_when_it_goes_on(client: Client) -> None:
    run()
    assert ready(client)[0] == 200
    with clock.moved(27 * HOUR):
        status, said = ready(client)
        assert status == 503
        assert said["schedule"].startswith("silent for 972")
        assert said["jobs"].count("is overdue since") == len(JOBS)
        run()
        assert ready(client)[0] == 200


@pytest.mark.django_db
def test_a_job_that_fails_is_overdue_although_the_schedule_runs(client: Client, settings: Settings) -> None:
    pulse.began("schedule began")
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "tests.specstep.test_health.Away"}}
    with clock.moved(NIGHTLY_LATE + SECOND):
        run(*(job for job in JOBS if job != "generation.reconcile"))
        with pytest.raises(ConnectionError):
            run("generation.reconcile")
        status, said = ready(client)
        assert (status, said["schedule"]) == (503, "ok")
        assert said["jobs"].startswith("generation.reconcile is overdue since")
        assert said["jobs"].endswith("never done")


class Away(Storage):
    """A file store that does not answer."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        if path == "packages":
            raise ConnectionError("it does not answer")
        return [], []
