"""The books: what was paid per month, plan and region of tax, without anybody in it (N-30).

The sums of a month are written anew from Stripe's invoices as long as it is open. So no invoice has to be remembered here, and
who deletes an account changes nothing in the books.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db import transaction

from accounts.flows.sweeping import years_before
from billing import catalogue, periods, vendor
from billing.models import RevenueMonth
from billing.rules.money import first_of_next_month
from ground import clock

OPEN = dt.timedelta(days=35)
"""So long after its end a month is reckoned again: invoices may be paid late."""
KEPT_YEARS = periods.BOOKS.years
BY_STATE = frozenset({"US", "CA"})
"""Countries in which the tax depends on the state or province."""

Sums = dict[tuple[str, str, str], list[int]]


def total_open_months() -> None:
    """Write the sums of each month that is open. Raises ``vendor.StripeAway``."""
    today = clock.today()
    month = today.replace(day=1)
    while first_of_next_month(month) + OPEN > today:
        total(month)
        month = (month - dt.timedelta(days=1)).replace(day=1)


def trim() -> None:
    """Delete the sums of months that ended seven years ago."""
    RevenueMonth.objects.filter(month__lt=years_before(clock.now(), KEPT_YEARS).date().replace(day=1)).delete()


def total(month: dt.date) -> None:
    """Write the sums of the month that begins on ``month`` in the place of those that stand."""
    sums: Sums = defaultdict(lambda: [0, 0, 0])
    for paid in vendor.paid_invoices(_start(month), _start(first_of_next_month(month))):
        plan = catalogue.plan_of_price(paid.price)
        if plan is None:
            continue  # the account at Stripe may sell other things too
        row = sums[plan.key, paid.currency, _region(paid.country, paid.state)]
        row[:] = [row[0] + 1, row[1] + paid.amount, row[2] + paid.tax]
    with transaction.atomic():
        RevenueMonth.objects.filter(month=month).delete()
        RevenueMonth.objects.bulk_create(
            RevenueMonth(month=month, plan=plan, currency=currency, region=region, invoices=number, amount=amount, tax=tax)
            for (plan, currency, region), (number, amount, tax) in sums.items()
        )


def _region(country: str, state: str) -> str:
    return f"{country}-{state}"[:40] if country in BY_STATE and state else country[:40]


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
