"""Settings, Sign-in: linking, unlinking, and ending sessions."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.flows import sending
from accounts.models import AuditEvent, Message, Photo, Session, User
from tests.plugins.carriers import CarrierPeer
from tests.sign_in.conftest import SignIn
from tests.sign_in.peer import Peer

pytestmark = pytest.mark.django_db


def ada_and_browser(sign_in: SignIn) -> tuple[User, Client]:
    return User.objects.get(), sign_in("google").browser


def told(client: Client) -> str:
    return str(client.get("/settings/sign-in/").content.decode())


def test_a_further_identity_is_linked_whatever_its_address(sign_in: SignIn, peer: Peer) -> None:
    browser = sign_in("google").browser
    peer.emails[0] |= {"email": "other@example.org", "verified": False}
    answer = sign_in("github", client=browser, process="connect", after="/settings/sign-in/")
    assert answer.headers["Location"] == "/settings/sign-in/"
    ada = User.objects.get()
    assert "You can sign in with GitHub too." in told(browser)
    assert ada.email == "ada@example.org"
    assert Message.objects.get().kind == "identity.linked"
    assert AuditEvent.objects.get(action="identity.linked").actor == ada
    assert sign_in("github").browser.get("/settings/").context["user"] == ada


def test_an_identity_of_another_account_is_refused(sign_in: SignIn, peer: Peer) -> None:
    peer.emails[0] |= {"email": "other@example.org"}
    sign_in("github")
    browser = sign_in("google").browser
    sign_in("github", client=browser, process="connect")
    assert "This GitHub account opens another SpecStep account, so it was not linked." in told(browser)
    assert SocialAccount.objects.filter(user__email="ada@example.org").count() == 1


def test_linking_what_is_linked_says_so(sign_in: SignIn) -> None:
    browser = sign_in("google").browser
    sign_in("google", client=browser, process="connect")
    assert "This Google account was linked already." in told(browser)
    assert SocialAccount.objects.count() == 1


def test_a_stranger_who_asks_to_link_signs_in(sign_in: SignIn) -> None:
    assert sign_in("google", process="connect").headers["Location"] == "/packages/"


def test_unlinking_forgets_the_identity_and_its_picture(sign_in: SignIn, peer: Peer) -> None:
    peer.photo = (200, "image/jpeg", b"\xff\xd8\xff picture")
    sign_in("google")
    browser = sign_in("microsoft").browser
    assert Photo.objects.get().provider == "microsoft"
    identity = SocialAccount.objects.get(provider="microsoft")
    browser.post(f"/settings/sign-in/{identity.pk}/unlink/")
    assert "Microsoft is unlinked." in told(browser)
    assert not Photo.objects.filter(provider="microsoft").exists()
    assert [event.label for event in AuditEvent.objects.filter(action="identity.unlinked")] == ["Microsoft"]
    assert Message.objects.filter(kind="identity.unlinked").count() == 1
    assert User.objects.get().email_verified, "Google still vouches for it"


def test_the_last_identity_stays(sign_in: SignIn) -> None:
    browser = sign_in("google").browser
    identity = SocialAccount.objects.get()
    browser.post(f"/settings/sign-in/{identity.pk}/unlink/")
    assert "This is the only way into your account, so it stays." in told(browser)
    assert SocialAccount.objects.count() == 1


def test_what_was_unlinked_is_not_linked_again_by_its_address(sign_in: SignIn, peer: Peer) -> None:
    """Whoever took over that Google account would come back in otherwise."""
    browser = sign_in("google").browser
    peer.emails[0] |= {"email": "work@example.org"}
    sign_in("github", client=browser, process="connect")
    browser.post(f"/settings/sign-in/{SocialAccount.objects.get(provider='google').pk}/unlink/")
    ada = SocialAccount.objects.get(provider="github").user
    assert sign_in("google").browser.get("/settings/").context["user"] != ada


def test_nobody_unlinks_or_ends_what_is_somebody_elses(sign_in: SignIn, as_alice: Client) -> None:
    sign_in("google")
    sign_in("github")
    ada = User.objects.get(email="ada@example.org")
    identity, session = SocialAccount.objects.filter(user=ada)[0], Session.objects.filter(user=ada)[0]
    assert as_alice.post(f"/settings/sign-in/{identity.pk}/unlink/").status_code == 404
    assert as_alice.post(f"/settings/sign-in/sessions/{session.pk}/end/").status_code == 404
    as_alice.post("/settings/sign-in/sessions/end-others/")
    assert Session.objects.filter(user=ada).count() == 2


def test_sessions_are_listed_and_ended_one_by_one_and_all_at_once(sign_in: SignIn) -> None:
    here, there, elsewhere = (sign_in("google").browser for _ in range(3))
    page = here.get("/settings/sign-in/")
    assert page.content.decode().count("Sign out</button>".replace("</button>", "")) >= 2
    ada = User.objects.get()
    other = Session.objects.get(pk=there.get("/settings/").wsgi_request.session.row.pk)
    here.post(f"/settings/sign-in/sessions/{other.pk}/end/")
    assert there.get("/settings/").status_code == 302
    assert elsewhere.get("/settings/").status_code == 200
    here.post("/settings/sign-in/sessions/end-others/")
    assert elsewhere.get("/settings/").status_code == 302
    assert here.get("/settings/").status_code == 200
    revoked = AuditEvent.objects.visible_to(ada).filter(action="session.revoked")
    assert revoked.count() == 2
    assert other.pk in {event.about for event in revoked}


def test_signing_out_is_recorded_and_ends_the_session(sign_in: SignIn) -> None:
    browser = sign_in("google").browser
    browser.post("/sign-out/")
    assert AuditEvent.objects.get(action="session.signed_out").actor == User.objects.get()
    assert not Session.objects.filter(user__isnull=False).exists()


@pytest.mark.promise("S-136")
@pytest.mark.parametrize("on", [True, False])
def test_the_operator_is_told_of_a_sign_up_only_where_that_is_set(
    sign_in: SignIn, settings: Settings, acs: CarrierPeer, on: bool
) -> None:
    settings.SIGNUP_NOTICE, settings.OPERATOR_EMAIL = on, "operator@example.org"
    sign_in("google")
    sign_in("google")
    assert [(message.kind, message.user) for message in Message.objects.all()] == [("signup.welcome", None)] * on
    for message in Message.objects.all():
        sending.send(message.pk)
    assert [mail["recipients"]["to"][0]["address"] for mail in acs.mails] == ["operator@example.org"] * on
