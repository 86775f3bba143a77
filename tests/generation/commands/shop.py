"""``manage.py`` as a person runs it: a process with a data folder of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.migrated import seed

ROOT = Path(__file__).resolve().parents[3]
AT = "2026-11-20T10:00:00Z"
BAKERY = """
title: Bakery Order Book
brief: |
  We bake for forty cafes. Orders come by phone, text and on paper until late at night, and two or three get lost every week.
  I want one order book that the cafes fill in themselves. Nothing may be baked twice.
answers:
  - {topic: V1, text: "Lena runs the night shift with six bakers. The cafes' owners order, forty of them."}
  - {topic: V2, text: "We lose about 3 orders a week. By May 2027 it should be at most 1 a month."}
  - {topic: R2, text: "A cafe orders until 20:00 for the next morning. After 20:00 the page says so and offers the day after."}
  - {topic: R2, text: "When the list is printed at 21:00 the orders are closed."}
  - {topic: V4, text: "Not the invoices. Those stay where they are."}
  - {topic: R7, text: "Forty cafes, maybe sixty in two years. All of them order between 18:00 and 20:00."}
  - {topic: A1, text: "It has to answer within 2 seconds."}
  - {topic: A7, text: "The owner's daughter can look after a small server. We have 600 euros a year."}
"""
THIN = "title: A Thin Thing\nbrief: We want to know which of our plants need water.\n"


@dataclass
class Shop:
    """Where it is run."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.home / "out"

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SPECSTEP_", "DATABASE_", "REDIS_", "LLM_", "ANTHROPIC_", "OPENAI_"))
        }
        env = {**kept, "SPECSTEP_DATA_DIR": str(self.home / "var"), **self.environment, **environment}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )

    def migrate(self) -> None:
        """Set the data folder up, by a copy where one was made before."""
        if not seed(self.home / "var"):
            ended = self.manage("shell", "--no-imports", "-v", "0", "-c", "from tests.migrated import migrate; migrate()")
            assert ended.returncode == 0, ended.stderr

    def specify(self, answers: str | Path, *more: str, out: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """``answers`` is a file, or the text of one that is written first."""
        path = answers if isinstance(answers, Path) else self.home / "answers.yaml"
        if isinstance(answers, str):
            path.write_text(answers)
        return self.manage("specify", str(path), "--out", str(out or self.out), *more, **env)

    def rows(self, *tables: str) -> int:
        """How many rows the database has in these tables."""
        names = tables or ("accounts_user", "interviews_interview", "interviews_answer", "generation_run", "generation_package")
        with closing(sqlite3.connect(self.home / "var" / "specstep.sqlite3")) as database:
            return sum(database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names)
