"""The tool's own requests: a code becomes a token, a token is given back (RFC 6749, 4.1.3; RFC 7009)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict
from django.views.decorators.debug import sensitive_variables
from oauthlib.oauth2 import OAuth2Error
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from api.oauth import places
from api.oauth.server import server

TOKEN = ("grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "scope")
REVOKE = ("token", "token_type_hint", "client_id", "client_secret")
LONGEST = 8000


@dataclass(frozen=True)
class Answer:
    """What the tool is told. The body of a good answer holds the token, this once (S-094)."""

    status: int
    body: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@sensitive_variables()
def exchange(form: QueryDict, authorization: str) -> Answer:
    """A token for a code. In one transaction: the code is gone, the token stands, or neither."""

    def answer(body: str, headers: dict[str, str]) -> Answer:
        with transaction.atomic():
            said, text, status = server().create_token_response(places.endpoint("token"), "POST", body, headers)
        return Answer(status, text or "", said)

    return _answered(form, TOKEN, authorization, answer)


@sensitive_variables()
def revoke(form: QueryDict, authorization: str) -> Answer:
    """A token that its tool has no more use for."""

    def answer(body: str, headers: dict[str, str]) -> Answer:
        said, text, status = server().create_revocation_response(places.endpoint("revoke"), "POST", body, headers)
        return Answer(status, text or "", said)

    return _answered(form, REVOKE, authorization, answer)


@sensitive_variables()
def _answered(
    form: QueryDict, names: tuple[str, ...], authorization: str, answer: Callable[[str, dict[str, str]], Answer]
) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if authorization:
        headers |= {"Authorization": authorization, "HTTP_AUTHORIZATION": authorization}
    try:
        told = answer(_body(form, names), headers)
    except OAuth2Error as error:
        told = Answer(error.status_code, error.json, {})
    if told.status == 401:
        # The library speaks of Bearer here; a client proves itself with Basic or in the form (RFC 6749, 5.2).
        return Answer(401, told.body, {"WWW-Authenticate": 'Basic realm="SpecStep"'})
    return told


@sensitive_variables()
def _body(form: QueryDict, names: tuple[str, ...]) -> str:
    """The parameters that are ours, each once; ``resource`` may stand there more often (RFC 8707, 2)."""
    given = [(name, value) for name in names for value in form.getlist(name)]
    if len(given) != len(dict(given)):
        raise InvalidRequestError(description="A parameter is there more than once.")
    given += [("resource", value) for value in form.getlist("resource")]
    text = "".join(value for _, value in given)
    if len(text) > LONGEST or any(ord(sign) < 32 for sign in text):
        raise InvalidRequestError(description="The request is too long or holds controls.")
    return urlencode(given)
