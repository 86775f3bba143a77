"""Lengths of time, for the clocks of the console."""

from __future__ import annotations

import datetime as dt

from django import template

from accounts.rules.triage import in_words
from ground import clock

register = template.Library()


@register.filter
def span(length: dt.timedelta) -> str:
    """ "3 d 4 h"."""
    return in_words(length)


@register.filter
def until(moment: dt.datetime) -> str:
    """How long it is until then: "in 5 h", or "5 h ago"."""
    left = moment - clock.now()
    return f"in {in_words(left)}" if left > dt.timedelta() else f"{in_words(left)} ago"


@register.filter
def is_past(moment: dt.datetime) -> bool:
    return moment <= clock.now()
