"""Runs: what one would cost, started, watched, stopped."""

from __future__ import annotations

import csv
import json
import re
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from ninja.errors import ValidationError

from accounts.audit import Means
from api.authenticating import Caller, may_still_read
from api.nouns import runs
from api.oauth.recognising import still_valid
from api.rest.operations import Asked, Routes
from api.rest.routes.parameters import CURSOR, INTERVIEW, LIMIT, query
from ground import following, stream
from ground.models import LogEntry

routes = Routes("Runs")
PLACE = re.compile(r"^[0-9]{1,9}\Z")


@routes.operation("GET", "/interviews/{uuid:interview}/estimate", runs.Estimate, errors=(404,))
def estimate_run(request: Asked, interview: UUID) -> runs.Estimate:
    """Estimate a run.

    Tokens and US dollars from least to most, per document, and the limits it would run under. Nothing is begun.
    """
    return runs.estimate(request.caller, interview)


@routes.operation(
    "POST", "/interviews/{uuid:interview}/runs", runs.RunDetail, status=201, errors=(402, 404, 409), shows="/runs/{run}"
)
def start_run(request: Asked, interview: UUID) -> runs.RunDetail:
    """Start writing a package.

    The interview has to be closed. It is frozen as it stands; follow the run by its events, or read it now and then.
    """
    made = runs.start(request.caller, interview)
    request.representation = f"/runs/{made.id}"
    return made


@routes.operation("GET", "/runs", runs.RunPage, errors=(404,))
def list_runs(
    request: Asked,
    interview: UUID | None = INTERVIEW,
    state: runs.RunState | None = query(None, description="Only those in this state.", examples=["running"]),
    limit: int = LIMIT,
    cursor: str | None = CURSOR,
) -> runs.RunPage:
    """List runs.

    The newest first.
    """
    return runs.listed(request.caller, interview=interview, state=state, limit=limit, cursor=cursor)


@routes.operation("GET", "/runs/{uuid:run}", runs.RunDetail, errors=(404,))
def read_run(request: Asked, run: UUID) -> runs.RunDetail:
    """Read a run.

    With its steps, what it used so far, and its package once it is done.
    """
    return runs.read(request.caller, run)


@routes.operation("POST", "/runs/{uuid:run}/cancel", runs.RunDetail, errors=(404, 409), shows="/runs/{run}")
def cancel_run(request: Asked, run: UUID) -> runs.RunDetail:
    """Cancel a run.

    Calls to models that are under way stop within about a second. What is done stays and can be gone on from.
    """
    request.representation = f"/runs/{run}"
    return runs.cancel(request.caller, run)


@routes.operation("POST", "/runs/{uuid:run}/retry", runs.RunDetail, errors=(404, 409), shows="/runs/{run}")
def retry_run(request: Asked, run: UUID) -> runs.RunDetail:
    """Go on with a run that stopped.

    What failed or was cancelled is tried again; what is done stays done.
    """
    request.representation = f"/runs/{run}"
    return runs.retry(request.caller, run)


@routes.operation("GET", "/runs/{uuid:run}/receipt", runs.Receipt, errors=(404,))
def read_receipt(request: Asked, run: UUID) -> runs.Receipt:
    """Read the receipt of a run.

    Call by call: vendor, model, tokens, cost, and what was taken out before it was sent.
    """
    return runs.receipt(request.caller, run)


@routes.operation("GET", "/runs/{uuid:run}/receipt.csv", str, produces="text/csv", errors=(404,))
def read_receipt_csv(request: Asked, run: UUID) -> HttpResponse:
    """Read the receipt of a run as CSV."""
    rows = runs.receipt_rows(request.caller, run)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    csv.writer(response).writerows(rows)
    return response


@routes.operation("GET", "/runs/{uuid:run}/events", str, produces="text/event-stream", errors=(404,))
def follow_run(request: Asked, run: UUID) -> HttpResponseBase:
    """Follow a run.

    Server-sent events: news, step, meter, and over at the end, each with an id and JSON as its data. After a break send
    Last-Event-ID and nothing is lost or repeated. A stream ends after ten minutes and when its key is revoked; connect again.
    Once nothing more will come the answer is 204, and clients stop asking.
    """
    name, is_over = runs.log_of(request.caller, run)
    said = request.headers.get("Last-Event-ID", "0")
    if not PLACE.match(said):
        raise ValidationError([{"loc": ("header", "Last-Event-ID"), "msg": "Send the id of the last event you have: a number."}])
    place = int(said)
    if is_over and place >= stream.last_sequence(name):
        return HttpResponse(status=204)
    return following.answer(following.follow(name, place, _told, permitted=partial(_may_still_read, request.caller)))


def _may_still_read(caller: Caller) -> bool:
    """Whether the key or token that opened a stream still stands."""
    return still_valid(caller.key_id) if caller.means == Means.TOOL else may_still_read(caller)


def _told(entry: LogEntry) -> str:
    return json.dumps(runs.event(entry).model_dump(mode="json"), ensure_ascii=False)
