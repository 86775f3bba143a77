"""Traffic of the public pages: views for 30 days, figures for good. No way leads from here to an account (S-147)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Salt(models.Model):
    """Today's salt where there is no Redis: one row, written over at each rotation (N-03)."""

    day = models.DateField()
    value = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"the salt of {self.day}"


class View(models.Model):
    """One view of one page. Holds the day and no time, and nothing of the visitor but the hash of that day."""

    day = models.DateField()
    page = models.CharField(max_length=20)
    """Its kind: ``public.rules.pages``."""
    visitor = models.CharField(max_length=64)
    """One-way hash of address, user agent and the salt of the day; the same for all views of a visitor on that day."""
    country = models.CharField(max_length=2, blank=True)
    """ISO 3166-1 alpha-2; empty: not known."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["day", "visitor"], name="views_by_visitor")]

    def __str__(self) -> str:
        return f"{self.page} on {self.day}"


class Figure(models.Model):
    """The totals of one day: of one page in one country, of all pages, of all countries. Holds no hash (S-149)."""

    ALL = "*"

    day = models.DateField()
    page = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    """``ALL``, a code, or empty: not known."""
    visitors = models.PositiveIntegerField()
    views = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "page", "country"], name="one_figure_per_page_and_country")
        ]

    def __str__(self) -> str:
        return f"{self.page}, {self.country}, {self.day}: {self.visitors} visitors"


class SignUps(models.Model):
    """How many accounts were made by visitors who had read a page on the same day. A counter and nothing else (N-04)."""

    day = models.DateField()
    page = models.CharField(max_length=20)
    """The page they read last."""
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "page"], name="one_counter_per_page_and_day")]

    def __str__(self) -> str:
        return f"{self.count} from {self.page} on {self.day}"
