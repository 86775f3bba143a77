"""Operators of every role, and a person with something to hide from them."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from accounts.flows import granting
from accounts.models import ApiKey, Photo, User
from accounts.second_factor import FLAG
from ground import clock
from interviews.flows import answering, opening
from llm.models import OwnKey

CANARIES = {
    "answer": "CANARY-ANSWER the patient wept",
    "title": "CANARY-TITLE",
    "draft": "CANARY-DRAFT",
    "prefix": "CANARYPF",
    "digest": "CANARY-DIGEST",
    "sealed": "v1.1.CANARY-SEALED",
    "claims": "CANARY-CLAIMS",
    "picture": base64.b64encode(b"CANARY-PICTURE").decode(),
}


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.OPERATOR_SECOND_FACTOR = "required"


@pytest.fixture
def operator(db: None) -> Callable[..., Client]:
    """``operator("support")``: a browser of somebody with these roles who has just signed in with a second factor."""

    def make(*roles: str, name: str = "", second_factor: bool = True) -> Client:
        address = f"{name or '-'.join(roles) or 'nobody'}@operators.example"
        user = User.objects.with_address(address) or User.objects.create_user(address, f"Op {roles}")
        for role in roles:
            granting.set_role(user, role, granted=True, actor=None)
        client = Client()
        client.force_login(user)
        if second_factor:
            session = client.session
            session[FLAG] = int(clock.now().timestamp())
            session.save()
        return client

    return make


@pytest.fixture
def ruth(db: None) -> User:
    """An account that holds a canary of each kind."""
    user = User.objects.create_user("ruth@example.org", "Ruth Ott")
    interview = opening.open_interview(workspace=user.workspace, title=CANARIES["title"])
    answering.store_answer(interview.questions.get(), text=CANARIES["answer"])
    interview.draft = CANARIES["draft"]
    interview.save()
    ApiKey.objects.create(
        workspace=user.workspace, made_by=user, name="Nightly", prefix=CANARIES["prefix"], salt=b"s", digest=CANARIES["digest"]
    )
    OwnKey.objects.create(workspace=user.workspace, provider="openai", sealed=CANARIES["sealed"], last_four="zq9x")
    SocialAccount.objects.create(user=user, provider="google", uid="107", extra_data={"at_hash": CANARIES["claims"]})
    Photo.objects.create(user=user, provider="microsoft", content=b"CANARY-PICTURE", content_type="image/png")
    return user
