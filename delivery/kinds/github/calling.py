"""PyGithub over the one way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import requests
from django.conf import settings
from github import Auth, BadAttributeException, Github, GithubException
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from delivery.contract import DeliveryFailed
from delivery.repositories import SECONDS, USER_AGENT, reaching
from delivery.rules.forge_answers import Words, failure
from ground import clock, egress

PARTY = "GitHub (delivery)"
NEEDED = "Contents and Pull requests, both read and write"
_session: ContextVar[requests.Session] = ContextVar("the session of a delivery to GitHub")


def words_for(owner: str, repository: str) -> Words:
    return Words("GitHub", f"{owner}/{repository}", NEEDED)


def said(value: object) -> str:
    """A text that GitHub must have sent. Raises ``DeliveryFailed``."""
    if not value or not isinstance(value, str):
        raise DeliveryFailed("GitHub answered with something we do not understand. We try again by ourselves.")
    return value


def empty(words: Words) -> DeliveryFailed:
    return DeliveryFailed(
        f"{words.repository} is empty, so there is no branch to start from. Make a first commit there, then send again.",
        permanent=True,
    )


class Shared:
    """One checked session for all calls of a delivery, in the place of the one that PyGithub would make for each."""

    session: requests.Session

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.session.close()
        self.session = _session.get()

    def close(self) -> None:
        """The session stays for the next call."""


class _Plain(Shared, HTTPRequestsConnectionClass):
    pass


class _Secure(Shared, HTTPSRequestsConnectionClass):
    pass


Requester.injectConnectionClasses(_Plain, _Secure)


def github(auth: Auth.Auth) -> Github:
    """Sends no more than a handful of writes, so it does not pause between them, and leaves trying again to the delivery."""
    return Github(
        auth=auth,
        base_url=settings.GITHUB_API_URL,
        user_agent=USER_AGENT,
        timeout=60,
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )


@contextmanager
def calling(words: Words) -> Iterator[None]:
    with reaching(words.forge), egress.requests_session(party=PARTY, purpose="delivery", seconds=SECONDS) as session:
        session.auth = Requester.noopAuth
        reset = _session.set(session)
        try:
            yield
        except BadAttributeException:
            raise DeliveryFailed("GitHub answered with something we do not understand. We try again by ourselves.") from None
        except GithubException as error:
            said = str(error.data)
            if error.status == 409 and "empty" in said.lower():
                raise empty(words) from None
            raise failure(words, error.status, message=said, headers=error.headers, now=clock.now()) from None
        finally:
            _session.reset(reset)
