"""What stands at the head and the foot of pages: links, and who runs the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from billing import catalogue

register = template.Library()


@dataclass(frozen=True)
class Link:
    label: str
    address: str


MAIN = (
    ("Example", "public:example"),
    ("Agents", "public:agents"),
    ("Pricing", "billing:pricing"),
    ("API", "reference:index"),
    ("Connect", "setup:index"),
    ("Trust", "public:trust"),
)
"""Six short words: they stand side by side on a phone."""
FOOT = (
    (
        "SpecStep",
        (
            ("What it is", "public:home"),
            ("Example package", "public:example"),
            ("Agents", "public:agents"),
            ("Pricing", "billing:pricing"),
        ),
    ),
    ("For programs", (("The API", "reference:index"), ("Connect a tool", "setup:index"))),
    (
        "Rules",
        (
            ("Privacy", "public:privacy"),
            ("Terms", "public:terms"),
            ("Data processing agreement", "public:dpa"),
            ("Sub-processors", "public:sub_processors"),
        ),
    ),
    ("Proof", (("Trust", "public:trust"), ("Report a weakness", "public:trust#weakness"), ("security.txt", "public:security"))),
)
"""By route, with a place on the page where there is one. A route that this release does not have is left out."""


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


@register.simple_tag
def share_picture() -> str:
    """The whole address of the picture that is shown where somebody passes a link on; such readers resolve no relative ones."""
    return f"{settings.SITE_URL}{static('img/share.png')}"


def _there(routes: tuple[tuple[str, str], ...]) -> list[Link]:
    found = []
    for label, route in routes:
        if route == "billing:pricing" and not catalogue.is_on():
            continue
        try:
            name, mark, place = route.partition("#")
            found.append(Link(label, f"{reverse(name)}{mark}{place}"))
        except NoReverseMatch:
            continue
    return found
