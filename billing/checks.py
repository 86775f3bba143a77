"""What is looked at when a process starts."""

from __future__ import annotations

from typing import Any

from django.core import checks

from ground.errors import NotConfigured
from llm import pricing


def price_files(app_configs: Any, **more: Any) -> list[checks.CheckMessage]:
    """A price file that cannot be read stops a start, and not the first call of somebody's run."""
    try:
        pricing.listed()
    except NotConfigured as error:
        return [checks.Error(str(error), id="billing.E001")]
    return []
