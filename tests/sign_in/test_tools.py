"""Who is not signed in when a tool asks comes back to its question through a provider."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from api.oauth import doors
from tests.api.oauth.tool import Tool
from tests.sign_in.conftest import SignIn


@pytest.mark.parametrize("provider", ["google", "github", "microsoft"])
def test_the_tools_long_question_survives_the_way_through_a_provider(sign_in: SignIn, provider: str) -> None:
    doors._strangers.cache_clear()
    tool = Tool(callback="http://127.0.0.1:41873/callback?" + "w" * 400, redirect_uris=["http://127.0.0.1/callback?" + "w" * 400])
    tool.register()
    address = tool.request()
    to = urlsplit(Browser().get(address).headers["Location"])
    assert to.path == "/sign-in/"
    (after,) = parse_qs(to.query)["next"]
    assert after == address
    answer = sign_in(provider, after=to.query.removeprefix("next="))
    assert answer.headers["Location"] == address
    page = answer.browser.get(address)
    assert "Allow full access" in page.content.decode()
