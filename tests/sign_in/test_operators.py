"""The operator console opens to a sign-in whose provider states a second factor, and to no other."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount
from pytest_django.fixtures import Settings

from accounts.flows import granting
from accounts.models import Session, User
from tests.sign_in.conftest import SignIn
from tests.sign_in.peer import Peer

pytestmark = pytest.mark.django_db


def test_a_second_factor_that_the_provider_states_opens_the_console(sign_in: SignIn, peer: Peer, settings: Settings) -> None:
    settings.OPERATOR_SECOND_FACTOR = "required"
    browser = sign_in("google").browser
    granting.set_role(User.objects.get(), "support", granted=True, actor=None)
    refused = browser.get("/console/")
    assert refused.status_code == 403
    assert "second factor" in refused.content.decode()
    peer.google["amr"] = ["pwd", "mfa"]
    opened = sign_in("google", client=browser).browser
    assert opened.get("/console/").status_code == 200
    assert "mfa" not in "".join(Session.objects.values_list("session_data", flat=True))
    del peer.google["amr"]
    assert sign_in("google", client=opened).browser.get("/console/").status_code == 403


def test_a_session_with_one_factor_links_no_identity_that_would_open_the_console(
    sign_in: SignIn, peer: Peer, settings: Settings
) -> None:
    settings.OPERATOR_SECOND_FACTOR = "required"
    browser = sign_in("google").browser
    granting.set_role(User.objects.get(), "support", granted=True, actor=None)
    peer.microsoft |= {"amr": ["pwd", "mfa"], "email": "mallory@example.net"}
    sign_in("microsoft", client=browser, process="connect")
    assert "only from a session with a second factor" in browser.get("/settings/sign-in/").content.decode()
    assert SocialAccount.objects.count() == 1
    peer.google["amr"] = ["pwd", "mfa"]
    browser = sign_in("google", client=browser).browser
    sign_in("microsoft", client=browser, process="connect")
    assert SocialAccount.objects.count() == 2


def test_microsoft_states_it_too_and_github_never_does(sign_in: SignIn, peer: Peer, settings: Settings) -> None:
    settings.OPERATOR_SECOND_FACTOR = "required"
    sign_in("github")
    granting.set_role(User.objects.get(), "support", granted=True, actor=None)
    assert sign_in("github").browser.get("/console/").status_code == 403
    peer.microsoft["amr"] = ["pwd", "ngcmfa"]
    assert sign_in("microsoft").browser.get("/console/").status_code == 200
