"""The product's settings, and the apps whose calls are killed and spoilt."""

from specstep.settings import *  # noqa: F403
from specstep.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "tests.llm.clerk", "tests.llm.kill.scribe"]
