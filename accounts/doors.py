"""What every door does with an expected failure: it tells the person what happened and what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from ground.errors import SpecStepError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def says_why(view: View[P]) -> View[P]:
    """Turn a ``SpecStepError`` into its sentence: beside the form with htmx, else above the page one came from."""

    @wraps(view)
    def door(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except SpecStepError as error:
            return sorry(request, str(error))

    return cast(View[P], door)


def sorry(request: HttpRequest, sentence: str) -> HttpResponse:
    """Answer that nothing was changed, and why."""
    if request.headers.get("HX-Request"):
        # A header carries only ASCII; the page's script decodes it.
        return HttpResponse(
            sentence, status=422, content_type="text/plain; charset=utf-8", headers={"X-Sentence": quote(sentence)}
        )
    messages.error(request, sentence)
    return see_other(came_from(request))


def came_from(request: HttpRequest) -> str:
    """The page of ours the request came from, else the start page."""
    address = request.headers.get("Referer", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}) else "/"


def see_other(to: Any) -> HttpResponse:
    """303: the form was taken, look there."""
    response = HttpResponseRedirect(resolve_url(to))
    response.status_code = 303
    return response
