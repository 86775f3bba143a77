"""A person at a browser, without one: signed in at SpecStep, sent there by a client, asked, and sent back."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from django.conf import settings
from django.test import Client

from accounts.models import User


class Visitor:
    def __init__(self, user: User) -> None:
        browser = Client()
        browser.force_login(user)
        self.http = requests.Session()
        self.http.cookies.set(settings.SESSION_COOKIE_NAME, browser.cookies[settings.SESSION_COOKIE_NAME].value)

    def answers(self, address: str, decision: str = "allow") -> str:
        """Read the page of consent and answer it: where one is sent back to."""
        page = self.http.get(address, timeout=20)
        assert page.status_code == 200, page.text[:500]
        assert "full access" in page.text.lower()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        form: dict[str, Any] = {"decision": decision, "csrfmiddlewaretoken": token[1]}
        answer = self.http.post(address, form, headers={"Referer": address}, allow_redirects=False, timeout=20)
        assert answer.status_code == 302, answer.text[:500]
        return urljoin(address, answer.headers["Location"])

    def goes_back(self, address: str) -> None:
        """The same with a client that listens for the way back."""
        back = self.answers(address)
        assert requests.get(back, timeout=20).status_code == 200


def told(back: str) -> dict[str, str]:
    """What came back with the person."""
    return {name: value for name, (value,) in parse_qs(urlsplit(back).query).items()}
