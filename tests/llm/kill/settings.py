"""The product's settings, and the app whose calls are killed."""

from specstep.settings import *  # noqa: F403
from specstep.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "tests.llm.kill.scribe"]
