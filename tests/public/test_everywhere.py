"""Rights are the same wherever somebody asks from (S-008), and answers go to the address of the pages (S-007)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.flows import sending
from accounts.flows.notifying import tell
from accounts.models import Choice, DeletionRequest, User
from tests.plugins.carriers import CarrierPeer

pytestmark = pytest.mark.django_db
PLACES = {
    "Germany": ("84.128.0.1", "de-DE"),
    "the United Kingdom": ("81.2.69.142", "en-GB"),
    "California": ("8.8.8.8", "en-US"),
    "Brazil": ("200.147.3.157", "pt-BR"),
}
RIGHTS = (
    "/settings/",
    "/settings/held/",
    "/settings/notifications/",
    "/settings/activity/",
    "/settings/sign-in/",
    "/settings/delete/",
    "/privacy/",
)


def seen(page: bytes) -> str:
    """What of a page does not differ from one request to the next."""
    text = page.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    text = re.sub(r"\b(today|yesterday|just now)[^<]*", "", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)


@pytest.mark.promise("S-008")
def test_everybody_gets_the_same_screens_and_the_same_results() -> None:
    """See, correct, withdraw, delete: from four places, by address, language and what a proxy says of the country."""
    shown: dict[str, list[str]] = {}
    for place, (address, language) in PLACES.items():
        user = User.objects.create_user("reader@example.org", "Reader")
        proxy = {"X-Forwarded-For": address, "CF-IPCountry": place[:2].upper()}
        client = Client(headers={**proxy, "Accept-Language": language, "User-Agent": "Firefox 140"}, REMOTE_ADDR=address)
        client.force_login(user)
        answers = [client.get(path) for path in RIGHTS]
        assert {answer.status_code for answer in answers} == {200}, place
        shown[place] = [seen(answer.content) for answer in answers]
        assert client.post("/settings/", {"display_name": "Corrected", "time_zone": "UTC", "language": "en"}).status_code == 303
        user.refresh_from_db()
        assert user.display_name == "Corrected", place
        assert client.post("/settings/notifications/", {"choice": "run.completed:email"}).status_code in (200, 303)
        client.post("/settings/notifications/", {})
        assert not Choice.objects.filter(user=user).exists(), place
        assert client.post("/settings/delete/", {"word": "delete"}).status_code == 303
        assert DeletionRequest.objects.filter(user=user).exists(), place
        user.refresh_from_db()
        assert not user.is_active
        DeletionRequest.objects.all().delete()
        user.delete()
    first, *others = shown.values()
    for other in others:
        assert other == first


@pytest.mark.promise("S-007")
def test_answers_to_our_mails_go_to_the_contact_address(alice: User, acs: CarrierPeer) -> None:
    for message in tell(alice, "identity.linked"):
        sending.send(message.pk)
    assert [mail["replyTo"] for mail in acs.mails] == [[{"address": "hello@specstep.com"}]]
