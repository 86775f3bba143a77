"""A list that is asked for straight from an event loop is the one that a thread reads."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from api import straight
from tests.api.nouns.lists_straight import HOW_MANY, tried
from tests.billing.test_many_at_once import told_by


def the_same(told: dict[str, Any]) -> None:
    assert len(told["whole"]) == HOW_MANY - 1, "one is in the Recycle Bin, one is another person's"
    assert told["same"]
    assert told["pages"]
    assert ["limit is 0" in told["refusals"][0], "cursor" in told["refusals"][1]] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_on_a_laptop() -> None:
    told = tried()
    the_same(told)
    assert not told["straight"]


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    told = told_by("tests.api.nouns.lists_straight", folder=tmp_path, DATABASE_URL=postgres_url)
    the_same(told)
    assert told["straight"]


def test_a_value_that_is_not_in_the_statement_is_a_fault() -> None:
    question = straight.Question(lambda pk, other: User.objects.filter(pk=pk).values_list("pk"))
    with pytest.raises(ValueError, match="exactly once"):
        question._put_together({"pk": uuid.uuid4(), "other": "x"})
