"""A client that is known by the address of its metadata document (draft-ietf-oauth-client-id-metadata-document).

The address is a stranger's, so it is called like every address that users name: through ``ground.egress``, never to a private
one, without redirects, 16 KiB and five seconds at most. Only for somebody who is signed in, and only when consent is asked:
whoever comes with a code has been here before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import threading

import httpx2
from django.conf import settings

from accounts.models import User
from api.models import Client
from api.oauth import registering
from api.oauth.rules import redirects, registration
from ground import clock, egress, limits
from ground.egress import Party
from ground.errors import SpecStepError
from ground.redis_server import RedisAway

log = logging.getLogger(__name__)

PURPOSE = "client metadata"
PARTY = Party(
    name="Tools that describe themselves",
    purposes=(PURPOSE,),
    data="Nothing about you: the public description of a tool is fetched from the address that the tool named.",
    hosts=None,
)
LEAST_AGE, MOST_AGE = 300, 86_400
"""Seconds for which a document is believed, whatever its headers say."""
PATIENCE = dt.timedelta(days=1)
"""So long a known client goes on when its document cannot be fetched for a while."""
AT_ONCE = threading.BoundedSemaphore(4)


class NoClient(SpecStepError):
    """There is no such client, or its document cannot be used."""

    detail = "The tool that sent you is not known here. Start again in the tool; if that does not help, it has to register anew."


class Unreachable(NoClient):
    """The document could not be fetched just now."""


def resolve(client_id: str, *, by: User) -> Client:
    """The client of this id, with its document as fresh as it has to be. Raises ``NoClient``."""
    known: Client | None = Client.objects.filter(client_id=client_id).first() if client_id else None
    if not registration.is_address(client_id):
        if known is None:
            raise NoClient
        return known
    if known is not None and known.cimd_expires_at and known.cimd_expires_at > clock.now():
        return known
    try:
        asked, seconds = _fetched(client_id, by)
    except Unreachable:
        if known is not None and known.cimd_expires_at and known.cimd_expires_at + PATIENCE > clock.now():
            return known
        raise
    return registering.keep_document(client_id, asked, seconds=seconds)


def _fetched(address: str, by: User) -> tuple[registration.Registration, int]:
    if why := registration.why_no_address(address):
        raise NoClient(f"The tool names itself by an address that cannot be used: it {why}. Its maker has to mend that.")
    _count(address, by)
    if not AT_ONCE.acquire(blocking=False):
        raise Unreachable("Many tools are looked up just now. Try again in a moment.")
    try:
        body, headers = _body(address)
    finally:
        AT_ONCE.release()
    try:
        asked = registration.read_document(json.loads(body), address=address)
    except (ValueError, RecursionError):
        raise NoClient("The tool's description is no JSON. Its maker has to mend that.") from None
    except registration.BadMetadata as error:
        raise NoClient(f"The tool's description cannot be used. {error} Its maker has to mend that.") from error
    age = registration.max_age_of(headers.get("cache-control", ""), least=LEAST_AGE, most=MOST_AGE)
    return asked, age


def _body(address: str) -> tuple[bytes, httpx2.Headers]:
    host = redirects.host_of(address)
    try:
        with (
            egress.within(settings.TOOL_DOCUMENT_SECONDS),
            egress.client(party=PARTY.name, purpose=PURPOSE, max_answer_bytes=registration.LARGEST) as out,
        ):
            answer = out.get(address, headers={"Accept": "application/json", "Accept-Encoding": "identity"})
    except egress.EgressRefused as error:
        raise NoClient(f"The tool's description cannot be fetched. {error}") from error
    except egress.AnswerTooLarge as error:
        raise NoClient("The tool's description is too long. Its maker has to mend that.") from error
    except httpx2.HTTPError as error:
        log.info("A tool's description could not be fetched: %s", type(error).__name__)
        raise Unreachable(f"The tool's description at {host} could not be fetched. Try again in a moment.") from error
    if answer.status_code != 200:
        kind = Unreachable if answer.status_code >= 500 or answer.status_code == 429 else NoClient
        raise kind(f"The tool's description at {host} could not be fetched: the answer was {answer.status_code}.")
    kind_of = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind_of != "application/json" and not (kind_of.startswith("application/") and kind_of.endswith("+json")):
        raise NoClient("The tool's description is not sent as JSON. Its maker has to mend that.")
    return answer.content, answer.headers


def _count(address: str, by: User) -> None:
    """How often one person, and everybody together, may have one host called."""
    host = hashlib.sha256(redirects.host_of(address).lower().encode()).hexdigest()[:32]
    try:
        own = limits.take(f"tool-document:{by.pk}", capacity=settings.TOOL_DOCUMENTS, seconds=3600)
        all_ = limits.take(f"tool-document-host:{host}", capacity=10 * settings.TOOL_DOCUMENTS, seconds=3600)
    except RedisAway as error:
        log.warning("Redis does not answer (%s): look-ups of tools are not counted.", error.reason)
        return
    if not (own.allowed and all_.allowed):
        raise Unreachable("Many tools were looked up within the hour. Try again later.")
