"""A program on a database of its own (SQLite in a file, as on a laptop): several threads do the same thing at one moment."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable

import django

django.setup()

from django.db import connections, transaction  # noqa: E402

from accounts.models import User  # noqa: E402
from billing.purses import UnmeteredPurse  # noqa: E402
from ground.errors import SpecStepError  # noqa: E402
from interviews.flows import answering, opening  # noqa: E402
from interviews.models import Interview, Question  # noqa: E402
from tests.migrated import migrate  # noqa: E402


def at_once(job: Callable[[int], object], *, times: int = 4) -> list[str]:
    """Run ``job`` in threads that start together; the names of what they raised."""
    gate = threading.Barrier(times)
    raised: list[str] = []

    def run(place: int) -> None:
        gate.wait(timeout=10)
        try:
            job(place)
        except SpecStepError as error:
            raised.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


def begun(owner: User, title: str) -> tuple[Interview, Question]:
    interview = opening.open_interview(workspace=owner.workspace, title=title)
    return interview, interview.questions.get()


def main() -> dict[str, object]:
    migrate()
    owner = User.objects.create_user("dana@example.org", "Dana Lind")
    purse = UnmeteredPurse(owner.workspace.pk)

    replied, question = begun(owner, "Replies")
    with transaction.atomic():
        answering.store_answer(question, text="We lend 40 tools to neighbours. They get lost.")
    replies = at_once(lambda place: answering.reply_now(Interview.objects.get(pk=replied.pk), purse=purse))
    facts = [fact.quote for fact in replied.facts.all()]

    answered, open_one = begun(owner, "Answers")
    answers = at_once(lambda place: answering.answer(Question.objects.get(pk=open_one.pk), text=f"Answer {place}."))

    twice, same = begun(owner, "Twice")
    repeats = at_once(lambda place: answering.answer(Question.objects.get(pk=same.pk), text="We lend.", client_id="one"))

    return {
        "replies raised": replies,
        "questions": replied.questions.count(),
        "facts": len(facts),
        "different facts": len(set(facts)),
        "answers raised": answers,
        "answers": answered.answers.count(),
        "repeats raised": repeats,
        "repeats": twice.answers.count(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
