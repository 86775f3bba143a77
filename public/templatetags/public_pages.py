"""What stands at the head and the foot of pages: links, and who runs the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from billing import catalogue

register = template.Library()


@dataclass(frozen=True)
class Link:
    label: str
    address: str


MAIN = (
    ("Example package", "public:example"),
    ("Agents", "public:agents"),
    ("Pricing", "billing:pricing"),
    ("API", "reference:index"),
    ("Trust", "public:trust"),
)
FOOT = (
    ("SpecStep", (("What it is", "public:home"), *MAIN[:-1], ("Connect a tool", "setup:index"))),
    (
        "Rules",
        (
            ("Privacy", "public:privacy"),
            ("Terms", "public:terms"),
            ("Data processing agreement", "public:dpa"),
            ("Sub-processors", "public:sub_processors"),
        ),
    ),
    ("Proof", (("Trust", "public:trust"), ("Security contact", "public:security"))),
)
"""By route. A route that this release does not have is left out."""


@register.filter
def curly(text: str) -> str:
    """A text with the apostrophes of print: the register of agents is written with those of a keyboard."""
    return text.replace("'", "’")


@register.simple_tag
def main_links() -> list[Link]:
    return _there(MAIN)


@register.simple_tag
def foot_groups() -> list[tuple[str, list[Link]]]:
    return [(label, _there(routes)) for label, routes in FOOT]


@register.simple_tag
def operator_of() -> dict[str, Any]:
    """Who runs the service, as configured (N-57)."""
    return {"name": settings.OPERATOR_NAME, "form": settings.OPERATOR_FORM, "contact": settings.CONTACT_EMAIL}


def _there(routes: tuple[tuple[str, str], ...]) -> list[Link]:
    found = []
    for label, route in routes:
        if route == "billing:pricing" and not catalogue.is_on():
            continue
        try:
            found.append(Link(label, reverse(route)))
        except NoReverseMatch:
            continue
    return found
