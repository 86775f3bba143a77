from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.test import Client
from django.urls import get_resolver

from accounts.models import User, Workspace
from interviews.models import Interview


@pytest.mark.promise("S-013")
def test_a_user_has_no_password_column() -> None:
    assert "password" not in {column.name for column in User._meta.get_fields()}


@pytest.mark.promise("S-013")
def test_nobody_signs_in_with_a_password(alice: User, client: Client) -> None:
    assert not alice.has_usable_password()
    assert not alice.check_password("")
    assert authenticate(email=alice.email, password="") is None
    with pytest.raises(ValueError, match="no passwords"):
        alice.set_password("x")


@pytest.mark.promise("S-013")
def test_there_is_no_route_for_passwords_and_no_admin_sign_in() -> None:
    names = {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)}
    patterns = " ".join(str(pattern.pattern) for pattern in get_resolver().url_patterns)
    assert not [name for name in names if "password" in name or "reset" in name]
    assert "admin" not in patterns


def test_a_user_has_one_personal_workspace_from_the_first_moment(alice: User) -> None:
    assert Workspace.objects.filter(owner=alice, personal=True).count() == 1
    alice.display_name = "Alice M."
    alice.save()
    assert Workspace.objects.filter(owner=alice).count() == 1


def test_a_second_personal_workspace_is_refused_by_the_database(alice: User) -> None:
    with pytest.raises(IntegrityError):
        Workspace.objects.create(owner=alice, name="another", personal=True)


def test_rows_are_visible_to_their_owner_only(alice: User, charlie: User) -> None:
    interview = Interview.objects.create(workspace=alice.workspace, title="Booking desk")
    assert list(Interview.objects.visible_to(alice)) == [interview]
    assert not Interview.objects.visible_to(charlie).exists()
    assert not Interview.objects.visible_to(AnonymousUser()).exists()


def test_a_session_stays_valid_from_request_to_request(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get("/sign-in/").status_code == 302


@pytest.mark.parametrize(
    ("name", "email", "initials"),
    [
        ("Alice Moreau", "a@example.org", "AM"),
        ("Alice", "a@example.org", "A"),
        ("", "ruth.ott@example.org", "RO"),
        ("", "x@y.example", "X"),
    ],
)
def test_initials(name: str, email: str, initials: str) -> None:
    assert User(display_name=name, email=email).initials == initials
