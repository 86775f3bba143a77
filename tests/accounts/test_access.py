"""Settings shows a person everything that is held about them, class by class (S-165, N-42)."""

from __future__ import annotations

import html
import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from accounts import audit
from accounts.flows import disclosing, keying
from accounts.models import BugReport, Photo, User
from accounts.rules import numbers
from billing.models import Subscription
from connectors.models import Connection
from delivery.models import Channel, Endpoint
from ground import clock, register
from llm.models import OwnKey
from tests.accounts.filling import fill
from tests.api.oauth.issued import a_client, a_token

pytestmark = [pytest.mark.django_db, pytest.mark.promise("S-165", "N-42")]


def page(client: Client, address: str) -> str:
    answer = client.get(f"/settings/{address}")
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode())


def test_each_class_of_an_account_is_on_a_page_of_settings(alice: User, charlie: User, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_of_nobody"
    settings.STRIPE_PRICES = {"STRIPE_PRICE_PRO": "price_pro", "STRIPE_PRICE_TEAM": "price_team"}
    shown: dict[str, list[tuple[str, str]]] = {}
    for user, word in ((alice, "Kestrel"), (charlie, "Heron")):
        now, own = clock.now(), {"workspace": user.workspace}
        user.contact_phone, user.sms_number, user.sms_verified_at = f"020 7946 0{len(word)}", f"+44770090{len(word)}123", now
        user.save()
        SocialAccount.objects.create(user=user, provider="google", uid=word, extra_data={"email": user.email})
        Photo.objects.create(user=user, provider="microsoft", content=b"\xff\xd8\xff", content_type="image/jpeg", cached_at=now)
        times = {"expires_at": now, "renewed_at": now, "lane": "x"}
        Connection.objects.create(**own, kind="onedrive", folder="f", folder_name=f"{word} folder", **times)
        key, (token, _) = keying.make(user, name=f"{word} key"), a_token(user, a_client(f"{word} tool"))
        BugReport.objects.create(**own, reporter=user, title=f"{word} report", description="It broke.")
        audit.record(user.workspace, audit.Action.PHONE_VERIFIED, actor=user, label=f"{word} event")
        Subscription.objects.create(
            **own,
            plan="pro",
            state="active",
            subscription=f"sub_{word}",
            customer=f"cus_{word}",
            period_start=now,
            period_end=now,
        )
        OwnKey.objects.create(**own, provider="openai", last_four=word[:4], sealed="v1.1.x")
        Channel.objects.create(**own, kind="blob", name=f"{word} channel", place={"account": "harbour", "container": "c"})
        Endpoint.objects.create(**own, url=f"https://hooks.example/{word}", sealed="v1.1.x")
        shown[word] = [
            *(("", user.email), ("", user.display_name), ("", user.contact_phone), ("", "/photo/?")),
            ("", numbers.for_people(user.sms_number)),
            *(("sign-in/", "Google"), ("sign-in/", user.email)),
            *(("integrations/", f"{word} folder"), ("delivery/", f"{word} channel"), ("webhooks/", f"hooks.example/{word}")),
            *(("api-keys/", key.row.prefix), ("api-keys/", f"{word} key"), ("model-keys/", word[:4])),
            *(("tools/", token.prefix), ("tools/", f"{word} tool")),
            *(("reports/", f"{word} report"), ("activity/", f"{word} event"), ("plan/", '<h2 id="mine-title">Pro</h2>')),
        ]
    browser = Client()
    browser.force_login(alice)
    for address, value in shown["Kestrel"]:
        assert value in page(browser, address), (address, value)
    common = {value for _, value in shown["Kestrel"]}
    for address, value in shown["Heron"]:
        assert value in common or value not in page(browser, address), "what is Charlie's is not there"


def test_one_page_counts_every_class_there_is(alice: User, charlie: User) -> None:
    """The register declares every model that leads to a person; a test of it fails for one that it does not (``ground``)."""
    fill(alice)
    browser = Client()
    browser.force_login(alice)
    held = page(browser, "held/")
    counts = {count.name: count.rows for count in disclosing.counts(alice)}
    rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td class="is-end" data-label="Yours">\s*(.*?)\s*</td>', held, re.DOTALL)
    assert {name: re.sub(r"<[^>]+>", "", said) for name, said in rows} == {
        data.name: str(counts[data.name] or "none") for data in register.declared()
    }
    personal = {data.name for data in register.declared() if data.owner_path}
    assert {name for name, number in counts.items() if number} >= personal - {"Request for deletion"}, (
        "and all of them exist here"
    )
    browser.force_login(charlie)
    assert "Kestrel" not in page(browser, "held/")
    assert sum(count.rows for count in disclosing.counts(charlie)) < sum(counts.values())
