"""A real OpenID provider in Google's place: its rules are not ours, and it keeps to them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.plugins.servers import free_port, wait_until

HERE = Path(__file__).with_name("oidc")
CLIENT = ("specstep", "a-secret-of-the-provider")
BACK = "http://testserver/accounts/google/login/callback/"

pytestmark = [pytest.mark.django_db, pytest.mark.servers, pytest.mark.xdist_group("servers")]


@pytest.fixture(scope="module")
def folder() -> Path:
    """The provider, installed once by npm from the lock file and kept in the cache of this machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "specstep-tests" / "oidc-provider-9.13.3"
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        pytest.fail("Sign-in is tried with a real OpenID provider, which needs Node 20 and npm. Install both and run this again.")
    if not (cache / "node_modules" / "oidc-provider" / "package.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, cache / name)
        command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.fail(f"npm could not install oidc-provider: {done.stderr.strip()[-400:]}")
    shutil.copy(HERE / "server.mjs", cache / "server.mjs")
    return cache


@pytest.fixture(scope="module")
def provider(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [shutil.which("node") or "node", "server.mjs", str(port), *CLIENT, BACK]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{address}/.well-known/openid-configuration", timeout=2).status_code == 200
        except requests.ConnectionError:
            return False

    try:
        wait_until(answers, seconds=30, what="oidc-provider")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)


@pytest.fixture(autouse=True)
def in_googles_place(provider: str, settings: Settings) -> None:
    settings.SIGN_IN_APPS = {"google": CLIENT}
    settings.SIGN_IN_ATTEMPTS = 1_000_000
    settings.GOOGLE_OAUTH_URL, settings.GOOGLE_AUTHORIZE_URL = provider, f"{provider}/auth"
    settings.GOOGLE_TOKEN_URL = f"{provider}/token"
    settings.EGRESS_ALLOW = [provider.removeprefix("http://")]


def allowed_by(address: str, name: str) -> str:
    """A person at the provider: says a name, agrees, and is sent back. The address of the way back, or the refusal."""
    with requests.Session() as browser:
        answer = browser.get(address, allow_redirects=False, timeout=5)
        for _ in range(12):
            if answer.is_redirect:
                to = urljoin(answer.url, answer.headers["Location"])
                if to.startswith(BACK):
                    return to
                answer = browser.get(to, allow_redirects=False, timeout=5)
            elif form := re.search(r'<form[^>]*action="([^"]+)"', answer.text):
                asked = re.search(r'name="prompt" value="(\w+)"', answer.text)
                said = {"prompt": asked.group(1) if asked else "", "login": name, "password": "any"}
                answer = browser.post(urljoin(answer.url, form.group(1)), said, allow_redirects=False, timeout=5)
            else:
                return f"refused: {answer.status_code}"
    return "refused: no end"


def begin(client: Client, host: str = "testserver") -> str:
    return client.post("/accounts/google/login/?next=/packages/", headers={"host": host}).headers["Location"]


@pytest.mark.promise("S-010")
def test_the_whole_way(client: Client) -> None:
    back = allowed_by(begin(client), "ada")
    assert client.get(back).headers["Location"] == "/packages/"
    assert client.get("/settings/").context["user"].email == "ada@example.org"
    assert SocialAccount.objects.get().uid == "ada"


def test_without_its_verifier_a_code_is_worth_nothing(client: Client, provider: str) -> None:
    """Somebody who caught the code, and even knows our secret, cannot change it for a token."""
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    for verifier in ({}, {"code_verifier": "a" * 43}):
        code = parse_qs(urlsplit(allowed_by(begin(client), "ada")).query)["code"][0]
        refused = requests.post(f"{provider}/token", form | verifier | {"code": code}, timeout=5)
        assert refused.json()["error"] == "invalid_grant"


def test_another_challenge_on_the_way_fails(client: Client) -> None:
    there = re.sub(r"code_challenge=[\w-]+", "code_challenge=" + "A" * 43, begin(client))
    assert client.get(allowed_by(there, "ada")).status_code == 401
    assert not User.objects.exists()


def test_a_code_works_once(client: Client) -> None:
    first, second = Client(), Client()
    back = allowed_by(begin(first), "ada")
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert first.get(back).status_code == 302
    state = parse_qs(urlsplit(begin(second)).query)["state"][0]
    assert second.get(f"{BACK}?code={code}&state={state}").status_code == 401
    assert second.get("/settings/").status_code == 302


def test_the_provider_knows_our_address_exactly(client: Client) -> None:
    assert allowed_by(begin(client, host="localhost"), "ada") == "refused: 400"


def test_a_request_without_pkce_is_refused_there(client: Client) -> None:
    """So that the whole way, which works, does prove that we send it."""
    bare = re.sub(r"&code_challenge(_method)?=[\w-]+", "", begin(client))
    assert "error=invalid_request" in allowed_by(bare, "ada")
