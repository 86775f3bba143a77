from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from ground import clock, pulse


def test_the_process_answers(client: Client) -> None:
    assert client.get("/healthz").json() == {"process": "ok"}


@pytest.mark.django_db
def test_it_is_ready_while_the_schedule_runs_and_not_after_two_silent_minutes(client: Client) -> None:
    assert client.get("/readyz").status_code == 503
    pulse.beat("schedule")
    assert client.get("/readyz").json() == {"database": "ok", "broker": "ok", "schedule": "ok"}
    with clock.moved(dt.timedelta(seconds=119)):
        assert client.get("/readyz").status_code == 200
    with clock.moved(dt.timedelta(seconds=121)):
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["schedule"].startswith("silent for 12")
