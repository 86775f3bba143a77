"""What providers are called on pages."""

from __future__ import annotations

NAMES = {"google": "Google", "github": "GitHub", "microsoft": "Microsoft", "dummy": "Laptop"}


def name_of(provider: str) -> str:
    return NAMES.get(provider, provider)
