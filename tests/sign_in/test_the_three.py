"""Each of the three providers, from the button to the session."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.flows import erasing, preferring, retaining
from accounts.models import AuditEvent, Photo, Session, User
from billing import catalogue
from billing.flows import allowing, entitling
from interviews.models import Interview
from tests.llm.keys.dump import dump
from tests.sign_in.conftest import SignIn
from tests.sign_in.peer import OBJECT, TENANT, Peer

ROOT = Path(__file__).resolve().parents[2]
PAGE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "specstep.settings"
django.setup()
from django.conf import settings
from django.test import Client
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
assert settings.SESSION_COOKIE_NAME == "__Host-sessionid" and settings.SESSION_COOKIE_SECURE
print(Client().get("/sign-in/", secure=True, headers={"host": "a.example"}).content.decode())
"""
pytestmark = pytest.mark.django_db
ALL = ["google", "github", "microsoft"]


@pytest.mark.promise("S-010")
def test_the_page_of_production_offers_exactly_the_three(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment |= {
        "SPECSTEP_DATA_DIR": str(tmp_path),
        "SPECSTEP_DEBUG": "0",
        "ALLOWED_HOSTS": "a.example",
        "SECRET_KEY": "k" * 50,
    }
    environment |= {f"{name}_CLIENT_{part}": "given" for name in ("GOOGLE", "GITHUB", "MICROSOFT") for part in ("ID", "SECRET")}
    done = subprocess.run(
        [sys.executable, "-c", PAGE], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r'action="([^"]*)"', done.stdout) == [
        f"/accounts/{name}/login/?next=%2Finterviews%2F" for name in ("google", "github", "microsoft")
    ]


def test_a_provider_without_credentials_is_not_offered(client: Client, peer: Peer, settings: Settings) -> None:
    settings.SIGN_IN_APPS = settings.SIGN_IN_APPS | {"github": ("client-1", "")}
    assert "Continue with GitHub" not in client.get("/sign-in/").content.decode()
    assert client.post("/accounts/github/login/").status_code == 404


@pytest.mark.promise("S-010")
@pytest.mark.parametrize(("provider", "subject"), [("google", "g-1"), ("github", "7001"), ("microsoft", f"{TENANT}.{OBJECT}")])
def test_it_ends_in_a_session_for_the_right_account(sign_in: SignIn, provider: str, subject: str) -> None:
    other = User.objects.create_user("other@example.org")
    answer = sign_in(provider)
    assert answer.headers["Location"] == "/packages/"
    user = User.objects.exclude(pk=other.pk).get()
    assert (user.email, user.email_verified, user.display_name) == ("ada@example.org", True, "Ada Byron")
    assert SocialAccount.objects.get().uid == subject
    assert answer.browser.get("/settings/").context["user"] == user
    assert Session.objects.get(signed_in_at__isnull=False).user == user


@pytest.mark.promise("S-016")
@pytest.mark.parametrize("is_sold", [False, True])
def test_the_first_sign_in_makes_an_account_with_plan_quota_and_defaults(
    sign_in: SignIn, settings: Settings, is_sold: bool
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_of_nobody" if is_sold else ""
    browser = sign_in("google").browser
    sign_in("google", browser)
    ada = User.objects.get()
    held = entitling.entitlement_of(ada.workspace.pk)
    assert held.plan == catalogue.table().plans["free" if is_sold else "unmetered"]
    allowed = allowing.allowance_of(ada.workspace.pk)
    assert (allowed.number, allowed.used) == ((3, 0) if is_sold else (None, 0))
    assert {one.kind.setting: (one.chosen, one.days) for one in retaining.windows(ada.workspace)} == {
        "packages": (None, 30 if is_sold else None),
        "interviews": (None, None),
    }
    assert preferring.chosen(ada) == set()
    shown = {address: browser.get(f"/settings/{address}/") for address in ("plan", "usage", "retention", "notifications")}
    assert {answer.status_code for answer in shown.values()} == {200}
    assert held.plan.title in shown["plan"].content.decode()
    assert "checked" not in shown["notifications"].content.decode()


@pytest.mark.promise("S-011")
@pytest.mark.parametrize("provider", ALL)
def test_nothing_else_of_the_claims_is_kept(sign_in: SignIn, peer: Peer, provider: str) -> None:
    canaries = {
        name: f"canary-{name}" for name in ("birthdate", "phone_number", "address", "locale", "company", "bio", "location")
    }
    peer.google |= canaries
    peer.github |= canaries
    peer.microsoft |= canaries | {"preferred_username": "canary-upn", "jobTitle": "canary-job"}
    peer.token_extra = {"refresh_token": "canary-refresh", "scope": "canary-scope"}
    sign_in(provider)
    held = dump()
    assert "canary" not in held
    assert not any(token in held for token in peer.tokens), "a token was kept"
    assert "ada@example.org" in held
    assert SocialAccount.objects.get().extra_data == {"email": "ada@example.org", "email_verified": True}


@pytest.mark.promise("S-011")
@pytest.mark.parametrize("provider", ALL)
def test_nobody_can_ask_for_more_through_us(client: Client, peer: Peer, provider: str) -> None:
    """The peer checks scopes and parameters of every authorize request exactly; here somebody tries to add some."""
    there = client.post(f"/accounts/{provider}/login/?scope=repo,Mail.Read&auth_params=prompt%3Dconsent")
    assert "repo" not in there.headers["Location"]
    assert "prompt" not in there.headers["Location"]


@pytest.mark.promise("S-012")
@pytest.mark.parametrize("provider", ALL)
def test_a_changed_address_changes_no_account(sign_in: SignIn, peer: Peer, provider: str) -> None:
    sign_in(provider)
    peer.google["email"] = peer.microsoft["email"] = peer.emails[0]["email"] = "new@example.org"
    sign_in(provider)
    assert User.objects.get().email == "new@example.org"


@pytest.mark.promise("S-012", "S-015")
@pytest.mark.parametrize(
    ("first", "second"), [("google", "github"), ("google", "microsoft"), ("google", "a foreign tenant"), ("github", "google")]
)
def test_an_unverified_address_opens_nobodys_account(sign_in: SignIn, peer: Peer, first: str, second: str) -> None:
    sign_in(first)
    ada = User.objects.get()
    secret = Interview.objects.create(workspace=ada.workspace, title="A secret plan")
    peer.google["email_verified"] = peer.emails[0]["verified"] = peer.microsoft["xms_edov"] = False
    if second == "a foreign tenant":  # which writes whatever it likes, and of which Microsoft says nothing
        second = "microsoft"
        del peer.microsoft["xms_edov"]
        peer.microsoft |= {"tid": OBJECT, "iss": f"{peer.url}/microsoft/{OBJECT}/v2.0", "preferred_username": "ada@example.org"}
    browser = sign_in(second).browser
    stranger = browser.get("/settings/").context["user"]
    assert stranger != ada
    assert not stranger.email_verified
    assert browser.get(f"/interviews/{secret.pk}/").status_code == 404
    assert "A secret plan" not in browser.get("/interviews/").content.decode()
    assert SocialAccount.objects.filter(user=ada).count() == 1
    assert AuditEvent.objects.visible_to(ada).filter(action="session.signed_in").count() == 1


@pytest.mark.promise("S-012")
def test_another_subject_with_the_old_address_is_another_account(sign_in: SignIn, peer: Peer) -> None:
    sign_in("google")
    peer.google |= {"sub": "g-2", "email_verified": False}
    sign_in("google")
    assert User.objects.count() == 2


@pytest.mark.promise("S-014")
@pytest.mark.parametrize("provider", ALL)
def test_what_the_provider_says_of_the_address_is_kept_each_time(sign_in: SignIn, peer: Peer, provider: str) -> None:
    for said in (True, False, None):
        peer.google["email_verified"] = peer.emails[0]["verified"] = peer.microsoft["xms_edov"] = said
        if said is None:
            del peer.google["email_verified"], peer.emails[0]["verified"], peer.microsoft["xms_edov"]
        sign_in(provider)
        assert SocialAccount.objects.get().extra_data["email_verified"] is bool(said)


def test_a_verified_address_links_and_the_address_is_told(sign_in: SignIn) -> None:
    sign_in("google")
    answer = sign_in("github")
    ada = User.objects.get()
    assert {identity.provider for identity in SocialAccount.objects.filter(user=ada)} == {"google", "github"}
    assert answer.browser.get("/settings/").context["user"] == ada
    assert AuditEvent.objects.filter(action="identity.linked", workspace=ada.workspace).count() == 1
    assert [(message.kind, message.user) for message in ada.messages.all()] == [("identity.linked", ada)]


def test_an_address_that_only_the_account_calls_verified_links_nothing(sign_in: SignIn, peer: Peer) -> None:
    peer.google["email_verified"] = False
    sign_in("google")
    sign_in("github")
    assert User.objects.count() == 2


def test_the_public_address_of_github_says_nothing(sign_in: SignIn, peer: Peer) -> None:
    User.objects.create_user("public@example.org", email_verified=True)
    peer.emails = None  # the scope was not granted
    sign_in("github")
    assert User.objects.get(email="").email_verified is False


@pytest.mark.parametrize("provider", ALL)
def test_an_account_without_an_address_works_and_gets_no_invented_one(sign_in: SignIn, peer: Peer, provider: str) -> None:
    del peer.google["email"], peer.microsoft["email"]
    peer.emails = []
    answer = sign_in(provider)
    assert answer.browser.get("/settings/").status_code == 200
    assert answer.browser.get("/settings/sign-in/").status_code == 200
    assert User.objects.get().email == ""
    assert ".invalid" not in dump()


def test_the_address_stays_while_another_identity_vouches_for_it(sign_in: SignIn, peer: Peer) -> None:
    sign_in("google")
    sign_in("github")
    peer.emails[0]["email"] = "work@example.org"
    sign_in("github")
    assert User.objects.get().email == "ada@example.org"


def test_a_changed_address_of_somebody_else_is_not_taken_over(sign_in: SignIn, peer: Peer) -> None:
    User.objects.create_user("new@example.org", email_verified=True)
    sign_in("google")
    peer.google["email"] = "new@example.org"
    sign_in("google")
    assert User.objects.count() == 2
    assert SocialAccount.objects.get().user.email == "ada@example.org"


JPEG = b"\xff\xd8\xff\xe0" + b"a picture" * 50


@pytest.mark.promise("S-099")
def test_microsofts_photo_is_kept_and_served_to_its_owner_only(sign_in: SignIn, peer: Peer, client: Client) -> None:
    peer.photo = (200, "image/jpeg", JPEG)
    browser = sign_in("microsoft").browser
    row = Photo.objects.get()
    assert (bytes(row.content), row.content_type, row.url) == (JPEG, "image/jpeg", "")
    assert row.cached_at is not None
    served = browser.get("/photo/")
    assert (served.content, served.headers["Content-Type"]) == (JPEG, "image/jpeg")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Disposition"] == "inline"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert served.headers["Cache-Control"].startswith("private")
    assert "/photo/?" in browser.get("/settings/").content.decode()
    assert client.get("/photo/").status_code == 404
    client.force_login(User.objects.create_user("other@example.org"))
    assert client.get("/photo/").status_code == 404


@pytest.mark.promise("S-101")
@pytest.mark.parametrize("provider", ["google", "github", "microsoft"])
def test_a_photo_goes_with_its_account(sign_in: SignIn, peer: Peer, provider: str) -> None:
    peer.photo = (200, "image/jpeg", JPEG)
    peer.google["picture"] = peer.github["avatar_url"] = ""
    peer.google["picture"] = "https://lh3.googleusercontent.com/a/canary-picture"
    peer.github["avatar_url"] = "https://avatars.githubusercontent.com/u/7001?canary-picture"
    browser = sign_in(provider).browser
    held = [JPEG.hex() if provider == "microsoft" else "canary-picture", "image/jpeg" if provider == "microsoft" else "canary"]
    assert all(one in dump() for one in held), "the control: the search finds the picture"
    request = erasing.request_deletion(User.objects.get())
    assert erasing.erase_now(request.pk)
    assert not any(one in dump() for one in held)
    assert not Photo.objects.exists()
    assert browser.get("/photo/").status_code == 404


@pytest.mark.promise("S-099")
@pytest.mark.parametrize(
    "photo",
    [(404, "application/json", b"{}"), (500, "text/plain", b"no"), (200, "image/svg+xml", b"<svg onload=alert(1)>"),
     (200, "image/jpeg", b"\xff\xd8\xff" + b"x" * 600_000), (302, "text/plain", b"")],
)  # fmt: skip
def test_without_a_usable_photo_nothing_is_kept_and_sign_in_works(
    sign_in: SignIn, peer: Peer, photo: tuple[int, str, bytes]
) -> None:
    peer.photo = photo
    browser = sign_in("microsoft").browser
    assert browser.get("/settings/").status_code == 200
    assert not Photo.objects.exists()


@pytest.mark.promise("S-100")
@pytest.mark.parametrize(("provider", "url"), [
    ("google", "https://lh3.googleusercontent.com/a/code=s96-c"), ("github", "https://avatars.githubusercontent.com/u/7001?v=4"),
])  # fmt: skip
def test_google_and_github_leave_an_address_that_is_never_fetched(sign_in: SignIn, peer: Peer, provider: str, url: str) -> None:
    """Everything but the peer is refused by egress; the peer saw no request for a picture."""
    peer.google["picture"] = peer.github["avatar_url"] = url
    page = sign_in(provider).browser.get("/settings/").content.decode()
    row = Photo.objects.get()
    assert (row.url, bytes(row.content), row.content_type) == (url, b"", "")
    assert url not in page
    assert not any("photo" in line or "/u/" in line or "/a/" in line for line in peer.seen)


@pytest.mark.parametrize(
    "url",
    [
        "http://lh3.googleusercontent.com/a",
        "https://evil.example/a",
        "https://lh3.googleusercontent.com.evil.example/a",
        "javascript:alert(1)",
        "https://[",
        "https://x.googleusercontent.com:8443/a",
    ],
)
def test_an_address_of_somebody_else_is_not_kept(sign_in: SignIn, peer: Peer, url: str) -> None:
    peer.google["picture"] = url
    sign_in("google")
    assert not Photo.objects.exists()


@pytest.mark.promise("S-107")
@pytest.mark.parametrize("provider", ALL)
def test_a_sign_in_and_a_failed_one_are_recorded_with_time_and_actor(sign_in: SignIn, provider: str) -> None:
    sign_in(provider)
    ada = User.objects.get()
    events = {event.action: event for event in AuditEvent.objects.visible_to(ada)}
    assert set(events) == {"account.created", "session.signed_in"}
    assert events["session.signed_in"].actor == ada
    assert events["session.signed_in"].about == Session.objects.get(user=ada).pk
    User.objects.update(is_active=False)
    answer = sign_in(provider)
    assert answer.headers["Location"] == "/accounts/inactive/"
    assert answer.browser.get("/settings/").status_code == 302
    failed = AuditEvent.objects.get(action="session.failed")
    assert failed.actor == ada
    assert failed.at is not None


def test_a_switched_off_account_takes_no_further_identity(sign_in: SignIn) -> None:
    sign_in("google")
    User.objects.update(is_active=False)
    assert sign_in("github").headers["Location"] == "/accounts/inactive/"
    assert SocialAccount.objects.count() == User.objects.count() == 1


def test_only_pages_with_the_buttons_let_forms_lead_to_the_providers(client: Client, peer: Peer) -> None:
    def forms(address: str) -> str:
        parts = client.get(address).headers["Content-Security-Policy"].split("; ")
        return next(part for part in parts if part.startswith("form-action"))

    assert forms("/sign-in/") == f"form-action 'self' {peer.url}"
    assert forms("/") == "form-action 'self'"
