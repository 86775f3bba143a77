"""Print the anonymised usage statistic as CSV."""

from __future__ import annotations

import csv
from dataclasses import astuple, fields
from typing import Any

from django.core.management.base import BaseCommand

from llm import statistics


class Command(BaseCommand):
    help = (
        "Print how often each call was made of each model, how it ended and how many tokens it took, by month, as CSV. "
        f"Groups that fewer than {statistics.FEWEST} workspaces share are left out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        table = csv.writer(self.stdout)
        table.writerow(field.name for field in fields(statistics.Line))
        table.writerows(astuple(line) for line in statistics.lines())
