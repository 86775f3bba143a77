"""Operator console, Visitors: the daily figures of the public pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.views.console.entering import OperatorRequest, screen
from ground import clock
from public.flows import counting
from public.rules.pages import LABELS

DAYS = 30


@screen("traffic")
@require_safe
def figures(request: OperatorRequest) -> HttpResponse:
    today = clock.today()
    days = counting.days(today, DAYS)
    context = {
        "operator": request.operator,
        "days": days,
        "pages": [(LABELS.get(page, page), views, joined) for page, views, joined in counting.by_page(today, DAYS)],
        "countries": counting.by_country(today, DAYS),
        "number": DAYS,
    }
    return render(request, "console/traffic.html", context)
