"""A program on a database of its own: many first sign-ins of one person at one moment.

The provider for the browsers is the peer of the test that starts it.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable

import django
import requests

django.setup()

from allauth.socialaccount.models import SocialAccount  # noqa: E402
from django.contrib.auth import SESSION_KEY  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.flows.recognising import recognise  # noqa: E402
from accounts.models import AuditEvent, Message, Session, User, Workspace  # noqa: E402
from accounts.rules.claims import Claims  # noqa: E402
from accounts.sessions import GRACE, KEY_LIVES, SessionStore  # noqa: E402
from ground import clock  # noqa: E402
from tests.migrated import migrate  # noqa: E402

CALLERS = 12


def storm(claims: Callable[[int], Claims]) -> dict[str, object]:
    """All at one moment; what stands in the database then."""
    gate, found, faults = threading.Barrier(CALLERS), [], Counter[str]()

    def run(number: int) -> None:
        gate.wait(timeout=30)
        try:
            found.append(recognise(claims(number)).user.pk)
        except Exception as error:  # noqa: BLE001  # told to the test
            faults[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    address = claims(0).email
    users = User.objects.filter(email=address)
    return {
        "answered": len(found),
        "accounts answered": len(set(found)),
        "faults": dict(faults),
        "accounts": users.count(),
        "identities": SocialAccount.objects.filter(user__in=users).count(),
        "made": AuditEvent.objects.filter(action="account.created", workspace__owner__in=users).count(),
        "told": Message.objects.filter(user__in=users, kind="identity.linked").count(),
    }


def requests_when_the_key_changes() -> dict[str, object]:
    """Requests of one page, all with the cookie whose time is over. Each also writes into the session."""
    user = User.objects.create_user("four@example.org")
    opened = SessionStore()
    opened[SESSION_KEY] = str(user.pk)
    opened.save()
    old = opened.session_key or ""
    gate, keys, kept = threading.Barrier(CALLERS), [], []

    def run() -> None:
        gate.wait(timeout=30)
        try:
            session = SessionStore(old)
            kept.append(session.get(SESSION_KEY) == str(user.pk))
            session["seen"] = True
            session.save()
            keys.append(session.session_key)
        finally:
            connections.close_all()

    with clock.moved(KEY_LIVES + GRACE):
        threads = [threading.Thread(target=run) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        return {
            "signed in": sum(kept),
            "answered": len(keys),
            "new keys": len(set(keys) - {old}),
            "the new one is in": SessionStore(keys[0]).get(SESSION_KEY) == str(user.pk),
            "rows": Session.objects.filter(user=user).count(),
        }


def browsers(number: int) -> dict[str, object]:
    """The same person comes back from the provider in several browsers at one moment."""
    gate, addresses = threading.Barrier(number), []
    faults: Counter[str] = Counter()

    def run() -> None:
        browser = Client(SERVER_NAME="localhost")
        there = browser.post("/accounts/google/login/?next=/settings/")
        back = requests.get(there.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
        gate.wait(timeout=30)
        try:
            browser.get(back)
            shown = browser.get("/settings/").content.decode()
            addresses.extend(re.findall("ada@example.org", shown)[:1])
        except Exception as error:  # noqa: BLE001  # told to the test
            faults[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    users = User.objects.filter(email="ada@example.org")
    return {
        "signed in as": addresses,
        "faults": dict(faults),
        "accounts": users.count(),
        "workspaces": Workspace.objects.filter(owner__in=users).count(),
        "identities": SocialAccount.objects.filter(user__in=users).count(),
        "made": AuditEvent.objects.filter(action="account.created", workspace__owner__in=users).count(),
    }


def main() -> dict[str, object]:
    migrate()
    providers = ("google", "github", "microsoft")
    return {
        "two browsers": browsers(2),
        "one subject": storm(lambda number: Claims("google", "g-1", "one@example.org", True, "One")),
        "one address": storm(lambda number: Claims(providers[number % 3], f"s-{number % 3}", "two@example.org", True, "Two")),
        "sessions": requests_when_the_key_changes(),
        "unverified": storm(lambda number: Claims("github", f"u-{number}", "three@example.org", False, "Three")),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
