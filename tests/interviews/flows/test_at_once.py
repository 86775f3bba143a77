"""Four people or workers at the same moment: one question, one answer, each fact noted once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    environment = os.environ | {
        "SPECSTEP_DATA_DIR": str(tmp_path_factory.mktemp("var")),
        "DJANGO_SETTINGS_MODULE": "specstep.settings",
        "LLM_PROVIDER": "offline",
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.interviews.at_once"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_replies_at_once_put_one_question_and_note_each_fact_once(outcome: dict[str, Any]) -> None:
    assert outcome["replies raised"] == []
    assert outcome["questions"] == 2
    assert outcome["facts"] == outcome["different facts"] >= 2


def test_answers_at_once_to_one_question_keep_one_and_say_so_to_the_others(outcome: dict[str, Any]) -> None:
    assert outcome["answers"] == 1
    assert outcome["answers raised"] == ["Conflict"] * 3


def test_the_same_answer_sent_often_at_once_is_one_row_and_no_error(outcome: dict[str, Any]) -> None:
    assert outcome["repeats"] == 1
    assert outcome["repeats raised"] == []
