"""From views to figures: each past day is added up once, and its views are deleted after 30 days (S-148, S-149)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from ground import clock
from public import periods
from public.models import Figure, SignUps, View

KEPT_DAYS = periods.VIEWS.length.days
ALL = Figure.ALL


@dataclass(frozen=True)
class Total:
    """What a day gave, for one page and country or for all of them."""

    visitors: int
    views: int


@dataclass(frozen=True)
class Day:
    """One line of the operator's page."""

    day: dt.date
    visitors: int
    views: int
    sign_ups: int

    @property
    def share(self) -> float | None:
        """Sign-ups per visitor in percent; None on a day without visitors."""
        return 100 * self.sign_ups / self.visitors if self.visitors else None


def sweep() -> int:
    """Add up the days that are over, then delete views older than 30 days. How many views were deleted. Safe to repeat."""
    today = clock.today()
    over = View.objects.filter(day__lt=today)
    for day in over.order_by().values_list("day", flat=True).distinct():
        with transaction.atomic():
            if not Figure.objects.filter(day=day).exists():
                Figure.objects.bulk_create(_figures(day))
    gone, _ = View.objects.filter(day__lt=today - dt.timedelta(days=KEPT_DAYS)).delete()
    return gone


def totals(day: dt.date) -> dict[tuple[str, str], Total]:
    """By page and country, from the views of ``day``; ``ALL`` stands for all of them."""
    views: Counter[tuple[str, str]] = Counter()
    visitors: dict[tuple[str, str], set[str]] = {}
    rows = View.objects.filter(day=day).values_list("page", "country", "visitor")
    for page, country, visitor in rows.iterator():
        for key in ((page, country), (page, ALL), (ALL, country), (ALL, ALL)):
            views[key] += 1
            visitors.setdefault(key, set()).add(visitor)
    return {key: Total(len(visitors[key]), count) for key, count in views.items()}


def days(until: dt.date, number: int) -> list[Day]:
    """The last ``number`` days up to ``until``, the newest first; a day that is not added up yet from its views."""
    first = until - dt.timedelta(days=number - 1)
    known = {
        figure.day: Total(figure.visitors, figure.views)
        for figure in Figure.objects.filter(day__range=(first, until), page=ALL, country=ALL)
    }
    joined = dict(
        SignUps.objects.filter(day__range=(first, until))
        .order_by()
        .values("day")
        .annotate(n=Sum("count"))
        .values_list("day", "n")
    )
    found = []
    for back in range(number):
        day = until - dt.timedelta(days=back)
        total = known.get(day) or totals(day).get((ALL, ALL), Total(0, 0))
        found.append(Day(day, total.visitors, total.views, joined.get(day, 0)))
    return found


def by_page(until: dt.date, number: int) -> list[tuple[str, int, int]]:
    """Views and sign-ups of each page in these days, the most read first."""
    views = _sums(until, number, "page")
    first = until - dt.timedelta(days=number - 1)
    rows = SignUps.objects.filter(day__range=(first, until)).order_by().values("page").annotate(n=Sum("count"))
    joined = dict(rows.values_list("page", "n"))
    return [(page, views[page], joined.get(page, 0)) for page in sorted(views, key=lambda page: (-views[page], page))]


def by_country(until: dt.date, number: int) -> list[tuple[str, int]]:
    """Views from each country in these days, the most first; an empty code is not known."""
    views = _sums(until, number, "country")
    return sorted(views.items(), key=lambda pair: (-pair[1], pair[0]))


def _sums(until: dt.date, number: int, what: str) -> Counter[str]:
    first = until - dt.timedelta(days=number - 1)
    other = {"page": "country", "country": "page"}[what]
    rows = Figure.objects.filter(day__range=(first, until), **{other: ALL}).exclude(**{what: ALL})
    views: Counter[str] = Counter(dict(rows.order_by().values(what).annotate(n=Sum("views")).values_list(what, "n")))
    added = set(Figure.objects.filter(day__range=(first, until)).order_by().values_list("day", flat=True).distinct())
    for row in View.objects.filter(day__range=(first, until)).exclude(day__in=added).values_list(what, flat=True).iterator():
        views[row] += 1
    return views


def _figures(day: dt.date) -> list[Figure]:
    return [
        Figure(day=day, page=page, country=country, visitors=total.visitors, views=total.views)
        for (page, country), total in totals(day).items()
    ]
