"""What the commands ask of SpecStep, in the two ways it can be asked.

The server takes API keys at /api/v1 only and tokens of OAuth at /mcp only: each is bound to its place. Both answer with the same
typed values, so one table says where an operation is found there and what it is called here (docs/adr/0023).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Operation:
    """One thing to ask for, by its tool and by its method and place in the REST API."""

    tool: str
    method: str
    place: str
    query: tuple[str, ...] = ()
    fixed: dict[str, Any] = field(default_factory=dict)
    """Arguments of the tool that stand in the place already."""
    only_tool: tuple[str, ...] = ()
    """Arguments that the REST API has no use for."""

    def rest(self, arguments: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Place, query and body for these arguments."""
        left = {name: value for name, value in arguments.items() if name not in self.only_tool}
        named = {name: left.pop(name) for name in list(left) if f"{{{name}}}" in self.place}
        place = self.place.format(**{name: quote(str(value), safe="") for name, value in named.items()})
        asked = {name: left.pop(name) for name in self.query if name in left}
        return place, asked, left


OPERATIONS = {
    "interviews": Operation("list_interviews", "GET", "/interviews", ("state", "limit", "cursor")),
    "start interview": Operation("start_interview", "POST", "/interviews"),
    "interview": Operation("get_interview", "GET", "/interviews/{interview}"),
    "next question": Operation("get_next_question", "GET", "/interviews/{interview}/question", only_tool=("wait_seconds",)),
    "answer": Operation("answer_question", "POST", "/interviews/{interview}/answers"),
    "do not know": Operation("skip_question", "POST", "/questions/{question}/unknown", fixed={"how": "unknown"}),
    "decide later": Operation("skip_question", "POST", "/questions/{question}/later", fixed={"how": "later"}),
    "ask again": Operation("retry_reply", "POST", "/interviews/{interview}/reply"),
    "close": Operation("close_interview", "POST", "/interviews/{interview}/close"),
    "estimate": Operation("estimate_generation", "GET", "/interviews/{interview}/estimate"),
    "start generation": Operation("start_generation", "POST", "/interviews/{interview}/runs"),
    "generation": Operation("get_generation", "GET", "/runs/{generation}", only_tool=("wait_seconds",)),
    "generations": Operation("list_generations", "GET", "/runs", ("interview", "state", "limit", "cursor")),
    "packages": Operation("list_packages", "GET", "/packages", ("interview", "limit", "cursor")),
    "package": Operation("get_package", "GET", "/packages/{package}"),
}
