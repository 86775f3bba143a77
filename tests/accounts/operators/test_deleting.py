"""An account that was reported to us, a child's for one, is deleted by an operator (S-191)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client

from accounts.flows import erasing
from accounts.models import DeletionRequest, User
from tests.accounts.operators.conftest import CANARIES
from tests.ground.test_register import leads_to_a_user
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]


@pytest.mark.promise("S-191")
def test_a_reported_account_is_deleted_whole(operator: Operator, ruth: User, mailoutbox: list[object]) -> None:
    client = operator("security")
    path = f"/console/accounts/{ruth.pk}/deletion/"
    before = dump()
    assert all(CANARIES[name] in before for name in ("answer", "title", "draft", "digest", "sealed"))
    client.post(path, {"word": "yes"})
    assert not DeletionRequest.objects.exists(), "the word was not typed"
    assert client.post(path, {"word": "delete"}).status_code == 303
    ruth.refresh_from_db()
    assert not ruth.is_active
    request = DeletionRequest.objects.get()
    assert erasing.erase_now(request.pk)
    assert not User.objects.filter(pk=ruth.pk).exists()
    after = dump()
    for canary in (*CANARIES.values(), "ruth@example.org", "Ruth Ott", str(ruth.pk)):
        assert canary not in after, canary
    request.refresh_from_db()
    assert request.result == "done"
    assert client.post(path, {"word": "delete"}).status_code == 404


@pytest.mark.promise("S-191")
def test_the_age_is_stated_and_no_birth_date_is_asked_for_or_stored(operator: Operator, ruth: User) -> None:
    page = Client().get("/sign-in/").content.decode()
    assert "SpecStep is for people of 16 and older." in page
    born = re.compile(r"birth|dob|\bage\b|born", re.IGNORECASE)
    columns = [field.name for model in apps.get_models() if leads_to_a_user(model) for field in model._meta.concrete_fields]
    assert "email" in columns
    assert not [name for name in columns if born.search(name.replace("_", " "))]
    person = Client()
    person.force_login(ruth)
    for path in ("/sign-in/", "/settings/", "/settings/notifications/", "/report/", "/interviews/new/"):
        fields = re.findall(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"', person.get(path, follow=True).content.decode())
        assert not [name for name in fields if born.search(name)], path
    privacy = Client().get("/privacy/").content.decode()
    assert "not directed to children under 16" in privacy


def test_an_account_with_roles_is_not_deleted_from_here(operator: Operator) -> None:
    client = operator("owner")
    other = operator("support", name="helper").session
    assert other
    helper = User.objects.get(email="helper@operators.example")
    client.post(f"/console/accounts/{helper.pk}/deletion/", {"word": "delete"})
    assert not DeletionRequest.objects.exists()
