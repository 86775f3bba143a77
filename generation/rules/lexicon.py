"""Patterns that hold for every file of a package; how a requirement's statement must read is in ``ears``."""

from __future__ import annotations

import re
from typing import Final

PLACEHOLDER: Final = re.compile(
    r"\b(?:TBD|TBC|TODO|FIXME)\b|\?\?\?|\[NEEDS CLARIFICATION|\{\{|\blorem ipsum\b|<(?:token|tbd|fill in|insert [a-z ]+)>",
    re.IGNORECASE,
)
"""What a writer leaves to be filled in. Angle brackets with a plain name are parameters of a Scenario Outline and pass."""

ID: Final = re.compile(
    r"(?<![\w-])(?:[AFQ]-\d{3,4}|REQ-\d{3}|NFR-[A-Z]{3}-\d\d"
    r"|(?:BR|CON|SM|CM|UJ|TC|ST|EP|SL|ASM|OQ|RSK|FIG|TB|FND|D|X|S)-\d{1,3}|ADR-\d{4}"
    r"|(?:CMP|ACT|SYS|EXT)-[a-z0-9-]*[a-z0-9])(?![\w-])"
)
"""Every id a package uses. The owner's own words may hold look-alikes (a product called S-500)."""

OPERATORS: Final = {"<=": "at most", "=": "exactly", ">=": "at least", "<": "less than"}
"""Operators of a threshold in words."""
