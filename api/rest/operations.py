"""How a route is declared: what it answers, how it can fail, and how it may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from ninja import Router

from api.authenticating import Caller

F = TypeVar("F", bound=Callable[..., Any])
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

PREFIX = "/api/v1"
JSON, FORM = "application/json", "multipart/form-data"


class Asked(HttpRequest):
    """A request that was let in."""

    caller: Caller
    representation: str
    """The address of what the answer shows, where an action says so."""


@dataclass(frozen=True)
class Operation:
    """What is told and kept to beside the function itself."""

    id: str
    method: Method
    status: int
    produces: str
    takes: tuple[str, ...]
    """Media types of its body; none where it has no body."""
    errors: tuple[int, ...]
    shows: str
    """The template of the address whose content the answer shows: "/interviews/{interview}". Empty for none."""
    whole: bool
    """The work is one transaction. False where a model is asked in the middle."""
    edits: type[Model] | None
    """Whose row is locked while an If-Match is held against it; None where there is nothing to hold it against."""
    edited: str
    """The name of that row's id in the path; empty for the workspace of who asks."""


OPERATIONS: dict[str, Operation] = {}
"""By id: the name of the function."""


class Routes(Router):
    """Routes about one noun."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag])

    def operation(
        self,
        method: Method,
        path: str,
        answer: Any,
        *,
        status: int = 200,
        produces: str = JSON,
        takes: tuple[str, ...] = (),
        errors: tuple[int, ...] = (),
        shows: str = "",
        whole: bool = True,
        edits: type[Model] | None = None,
        edited: str = "",
    ) -> Callable[[F], F]:
        """Declare a route. The first line of the function's docstring is its summary, the rest its description.

        ``errors`` are those beside 400, 401, 406, 422 (where something can be wrong) and 429, which every route may answer.
        """

        def declare(view: F) -> F:
            name = view.__name__
            if name in OPERATIONS:
                raise ValueError(f"Two routes are called {name}.")
            summary, _, rest = (view.__doc__ or "").strip().partition("\n")
            OPERATIONS[name] = Operation(
                name,
                method,
                status,
                produces,
                takes,
                errors,
                shows,
                whole,
                edits,
                edited,
            )
            declared: F = self.api_operation(
                [method],
                path,
                response={status: answer},
                operation_id=name,
                summary=summary.rstrip("."),
                description=" ".join(rest.split()) or summary,
            )(view)
            return declared

        return declare
