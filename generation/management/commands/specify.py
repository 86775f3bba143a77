"""The main job without a browser: an answers file goes through interview and generation and becomes a package."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import slugify

from accounts.models import User
from billing.purses import purse_for
from billing.rules.money import dollars, tokens
from generation import answersfile
from generation.flows import accounting, ringing, running, starting
from generation.models import Package, Run
from ground import clock
from ground.errors import SpecStepError
from ground.models import LogEntry
from interviews.flows import opening, referencing, rehearsing
from interviews.models import Interview, Question, Reference
from llm.placeholders import without_placeholders

ACCOUNT = "specify@localhost.invalid"
PATIENCE = 300.0
"""Seconds a step waits for a vendor that limits us: somebody sits before this command."""
AT_ONCE = 16
"""Steps side by side when a vendor answers; without one they are pure work and one after the other is quickest."""


class Command(BaseCommand):
    help = "Takes an answers file through interview and generation and writes the package to a folder and a zip."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("answers", type=Path, help="answers file (YAML); samples/README.md describes it")
        parser.add_argument("--out", type=Path, required=True, help="folder the package is written into")
        parser.add_argument(
            "--provider", choices=["offline", "anthropic", "openai"], default=None, help="who drafts (default: LLM_PROVIDER)"
        )
        parser.add_argument("--profile", choices=["lean", "standard", "regulated"], default=None, help="instead of the file's")
        parser.add_argument(
            "--at",
            default=None,
            help="the time the package is frozen at, 2026-11-20T10:00:00Z; the same time gives the same bytes",
        )

    def handle(
        self, *args: Any, answers: Path, out: Path, provider: str | None, profile: str | None, at: str | None, **options: Any
    ) -> None:
        try:
            given = answersfile.read(answers)
            frozen = clock.frozen(_time(at)) if at else nullcontext()
            _need_database()
            _need_folder(out)
            with frozen:
                package = self._make(given, provider=provider, profile=profile or given.profile)
        except SpecStepError as error:
            self._refuse(str(error))
        self._hand_over(package, out)

    def _make(self, given: answersfile.AnswersFile, *, provider: str | None, profile: str) -> Package:
        known = User.objects.filter(email=ACCOUNT).first()
        user = known or User.objects.create_user(ACCOUNT, "Command line")
        interview = opening.open_interview(workspace=user.workspace, title=given.title, profile=profile, depth=given.depth)
        try:
            return self._write(interview, given, provider=provider)
        except BaseException:
            _take_back(interview)
            if known is None:
                user.delete()
            raise

    def _write(self, interview: Interview, given: answersfile.AnswersFile, *, provider: str | None) -> Package:
        purse = purse_for(interview.workspace_id, subject=interview.pk)
        for name, data in given.references:
            referencing.add_reference(interview, name=name, data=data, source=Reference.Source.ANSWERS_FILE)
        rehearsing.rehearse(interview, list(given.answers), brief=given.brief, purse=purse, provider=provider, on_turn=self._tell)
        facts = interview.facts.filter(state="live").count()
        states = Counter(state.state for state in interview.topicstates.all())
        self.stdout.write(f"interview: {interview.answers.count()} answers, {facts} facts, {_in_words(states)}")
        with ringing.silence():
            run = starting.start(interview, provider=provider)
        self._drive(run)
        if run.provider != "offline":
            used = accounting.meter_of(run)
            self.stdout.write(f"cost: {dollars(used.usd)} for the run, {tokens(used.tokens)}")
            if used.left_out:
                self.stdout.write(
                    f"left out: {used.left_out:,} passages of your documents that nothing quotes, to fit the model's window"
                )
        if run.state != Run.State.DONE:
            raise SpecStepError(run.trouble or "The run stopped before the package was done. Run the command again.")
        return Package.objects.get(run=run)

    def _drive(self, run: Run) -> None:
        shown: set[str] = set()

        def show() -> None:
            for step in run.steps.filter(state="done").order_by("finished_at", "position"):
                if step.key not in shown:
                    shown.add(step.key)
                    self.stdout.write(f"  {step.title}{f': {step.note}' if step.note else ''}")

        running.drive(run, at_once=1 if run.provider == "offline" else AT_ONCE, patience=PATIENCE)
        show()
        run.refresh_from_db()

    def _tell(self, question: Question, answer: str) -> None:
        text = question.text if len(question.text) <= 96 else question.text[:95] + "…"
        self.stdout.write(f"{question.label} {text}")

    def _hand_over(self, package: Package, out: Path) -> None:
        """Put folder and zip in place, each whole or not at all."""
        name = slugify(without_placeholders(package.title)) or "package"
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=f".{name}.") as draft:
            folder = Path(draft) / name
            for document in package.documents.all():
                place = folder / document.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(document.text, "utf-8", newline="")
            with default_storage.open(package.blob) as stored, (Path(draft) / "zip").open("wb") as copy:
                shutil.copyfileobj(stored, copy)
            target = out / name
            if target.exists():
                target.rename(Path(draft) / "before")
            folder.rename(target)
            (Path(draft) / "zip").replace(out / f"{name}.zip")
        grade = f"grade: {package.grade}, {package.summary['requirements']} requirements, {package.summary['tests']} tests"
        self.stdout.write(f"{grade}, {package.summary['stories']} stories")
        self.stdout.write(f"package: {(out / f'{name}.zip').resolve()}")

    def _refuse(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(2)


def _time(text: str) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise SpecStepError(f"--at: {text!r} is no time. Write it like 2026-11-20T10:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _take_back(interview: Interview) -> None:
    """Nothing half written stays: the interview goes with its run and their logs. What was paid stays in the ledger of calls."""
    streams = [interview.stream, *(run.stream for run in interview.runs.defer("evidence"))]
    LogEntry.objects.filter(stream__in=streams).delete()
    interview.runs.all().delete()  # a run outlives its interview (N-69), so it does not go along by itself
    interview.delete()


def _need_database() -> None:
    try:
        if connection.vendor == "postgresql":
            # Outside the pool, which would try for half a minute and warn at each try.
            psycopg.connect(**connection.get_connection_params() | {"connect_timeout": 5}).close()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, psycopg.Error) as error:
        raise SpecStepError(
            f"The database does not answer ({type(error).__name__}). Check DATABASE_URL, or unset it for the laptop's own."
        ) from None
    if missing:
        raise SpecStepError("The database is not set up yet. Run: .venv/bin/python manage.py migrate")


def _need_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise SpecStepError(f"--out: {out} is a file. Name a folder.")


def _in_words(states: Counter[str]) -> str:
    names = {
        "sufficient": "settled",
        "confirmed": "confirmed",
        "partial": "half settled",
        "touched": "touched",
        "deferred": "put off",
        "assumed": "assumed",
        "n/a": "not applicable",
        "empty": "open",
    }
    return ", ".join(f"{count} {names[state]}" for state, count in sorted(states.items(), key=lambda item: -item[1]))
