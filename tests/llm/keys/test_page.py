"""Settings, model keys: what the page says, takes, and never shows."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.flows.granting import set_developer_access
from accounts.models import User
from interviews.models import Interview
from llm import keys
from llm.flows import bringing
from llm.models import OwnKey
from tests.llm.keys.conftest import ANTHROPIC_KEY, OPENAI_KEY, VendorStub

pytestmark = pytest.mark.django_db
PAGE = "/settings/model-keys/"
COMMITMENT = "We make no commitment about the data policy of a vendor you configure."


@pytest.mark.promise("S-063")
def test_without_developer_access_there_is_no_form_and_a_key_is_answered_403(as_alice: Client, vendor: VendorStub) -> None:
    page = as_alice.get(PAGE).content.decode()
    assert 'name="key"' not in page
    assert "Own keys need developer access" in page
    answer = as_alice.post(PAGE, {"provider": "openai", "key": OPENAI_KEY})
    assert answer.status_code == 403
    assert OPENAI_KEY not in answer.content.decode()
    assert not vendor.asked
    assert not OwnKey.objects.exists()


@pytest.mark.promise("S-063", "S-069")
def test_with_developer_access_there_is_a_form_that_makes_no_commitment(
    as_alice: Client, developer: User, vendor: VendorStub
) -> None:
    page = as_alice.get(PAGE).content.decode()
    field = re.search(r"<input[^>]*name=\"key\"[^>]*>", page)
    assert field
    assert 'class="input concealed"' in field[0], "covered, and no field for a password (S-013)"
    assert 'autocomplete="off"' in field[0]
    assert "value=" not in field[0]
    assert page.index(COMMITMENT) < page.index("Check and save the key")
    set_developer_access(developer, granted=False, actor=None)
    assert 'name="key"' not in as_alice.get(PAGE).content.decode()


@pytest.mark.promise("S-066")
def test_a_saved_key_is_shown_by_its_last_four_and_kept_out_of_caches(
    as_alice: Client, developer: User, vendor: VendorStub
) -> None:
    answer = as_alice.post(PAGE, {"provider": "anthropic", "key": ANTHROPIC_KEY})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    shown = as_alice.get(PAGE)
    assert "no-store" in shown.headers["Cache-Control"]
    page = shown.content.decode()
    assert f"…{ANTHROPIC_KEY[-4:]}" in page
    assert not any(ANTHROPIC_KEY[at : at + 5] in page for at in range(7, len(ANTHROPIC_KEY) - 4))


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"provider": "openai", "key": OPENAI_KEY + " !"}, 200),
        ({"provider": "openai", "key": OPENAI_KEY}, 401),
        ({"provider": "openai", "key": OPENAI_KEY}, 503),
        ({"provider": "azure", "key": OPENAI_KEY}, 200),
        ({"provider": OPENAI_KEY, "key": ""}, 200),
        ({"provider": "openai", "key": OPENAI_KEY * 20}, 200),
    ],
    ids=["malformed", "refused", "broken", "unknown vendor", "wrong field", "long"],
)
def test_a_key_is_not_shown_again_after_an_error(
    as_alice: Client, developer: User, vendor: VendorStub, form: dict[str, str], status: int
) -> None:
    vendor.answers_with(status)
    answer = as_alice.post(PAGE, form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in page
    assert OPENAI_KEY[3:15] not in page
    assert OPENAI_KEY[-8:] not in page
    assert not OwnKey.objects.exists()


def test_nobody_revokes_the_key_of_another(as_alice: Client, developer: User, charlie: User, vendor: VendorStub) -> None:
    row = bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    stranger = Client()
    stranger.force_login(charlie)
    assert stranger.post(f"{PAGE}{row.pk}/revoke/").status_code == 404
    assert OwnKey.objects.exists()
    assert as_alice.get(f"{PAGE}{row.pk}/revoke/").status_code == 405


@pytest.mark.promise("S-070")
def test_after_revoking_the_page_says_who_writes(
    as_alice: Client, developer: User, vendor: VendorStub, settings: Settings
) -> None:
    settings.LLM_PROVIDER, settings.ANTHROPIC_API_KEY = "anthropic", "sk-" + "ant-managed"
    row = bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    assert "OpenAI writes, with your own key." in as_alice.get(PAGE).content.decode()
    assert as_alice.post(f"{PAGE}{row.pk}/revoke/").status_code == 303
    page = as_alice.get(PAGE).content.decode()
    assert "Anthropic writes, as our managed service." in page
    assert OPENAI_KEY[-4:] not in page


@pytest.mark.promise("S-070")
def test_before_writing_the_owner_reads_who_writes(
    as_alice: Client, developer: User, vendor: VendorStub, settings: Settings
) -> None:
    settings.LLM_PROVIDER, settings.ANTHROPIC_API_KEY, settings.OPENAI_API_KEY = "anthropic", "sk-" + "ant-a", "sk-" + "b"
    as_alice.post("/interviews/new/", {"title": "Bookings", "depth": "quick", "profile": "lean"})
    address = f"/interviews/{Interview.objects.visible_to(developer).get().pk}/review/"
    assert "Anthropic writes, as our managed service." in as_alice.get(address).content.decode()
    bringing.allow_failover(developer.workspace, allowed=True, actor=developer)
    assert "If it cannot answer, OpenAI is asked." in as_alice.get(address).content.decode()
    bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    assert "OpenAI writes, with your own key." in as_alice.get(address).content.decode()


def test_the_switch_is_kept_and_shown(as_alice: Client, alice: User) -> None:
    assert as_alice.post(f"{PAGE}failover/", {"failover": "on"}).status_code == 303
    assert re.search(r"name=\"failover\"\s+checked", as_alice.get(PAGE).content.decode())
    as_alice.post(f"{PAGE}failover/", {})
    assert not bringing.failover_allowed(alice.workspace.pk)
    assert keys.failover(alice.workspace.pk, "openai") is None


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}failover/"])
def test_the_page_asks_for_sign_in(client: Client, address: str) -> None:
    assert client.get(address).status_code == 302


@pytest.mark.promise("S-109")
def test_settings_tell_what_happened(as_alice: Client, developer: User, vendor: VendorStub) -> None:
    operator = User.objects.create_user("operator@example.org", "Op Erator")
    set_developer_access(developer, granted=False, actor=operator)
    set_developer_access(developer, granted=True, actor=None)
    bringing.add(developer.workspace, provider="openai", key=OPENAI_KEY, actor=developer)
    page = as_alice.get("/settings/activity/").content.decode()
    told = re.findall(r"Developer access was granted|Developer access was taken away|A model key was added", page)
    assert told == ["A model key was added", "Developer access was granted", "Developer access was taken away"]
    assert "Op Erator" not in page
    assert PAGE in page
