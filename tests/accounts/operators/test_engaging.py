"""Sub-processors: nobody joins before everybody was told and every objection was read."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.flows import engaging, mailing, sending
from accounts.models import AuditEvent, MailOut, Message, Objection, SubProcessor, User
from ground import clock, egress
from ground.errors import BadInput, Conflict
from tests.plugins.carriers import CarrierPeer

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]
PARTY = "Kestrel (page counts)"


@pytest.fixture(autouse=True)
def newcomer() -> Iterator[None]:
    """A party that came with a release and is not on the list."""
    egress.declare(
        egress.Party(name=PARTY, purposes=("counting",), data="Pages.", hosts=lambda: ["kestrel.example"], joined_later=True)
    )
    yield
    egress._parties.pop(PARTY)


def letter(days: float = 31) -> MailOut:
    at = clock.now() + dt.timedelta(days=days)
    return mailing.draft(MailOut(kind="policy", title="Kestrel joins", happened="H", concerns="C", advice="A", effective_at=at))


def announced(actor: User) -> SubProcessor:
    row = SubProcessor(company="Kestrel", party=PARTY, does="Counts pages", data="Pages", country="United States")
    return engaging.announce(row, letter=letter(), actor=actor)


def all_told(row: SubProcessor) -> None:
    assert row.mail_out is not None
    while mailing.send_batch(row.mail_out.pk):
        pass
    row.mail_out.messages.update(state=Message.State.SENT)


def may_be_called() -> bool:
    try:
        egress.client(party=PARTY, purpose="counting").close()
    except egress.EgressRefused:
        return False
    return True


def test_it_is_called_only_after_notice_objections_and_activation(
    operator: Operator, ruth: User, charlie: User, acs: CarrierPeer
) -> None:
    client = operator("owner")
    page = client.get("/console/sub-processors/").content.decode()
    assert f"<b>This release may not call yet:</b> {PARTY}." in page
    form = {"company": "Kestrel", "party": PARTY, "does": "Counts pages", "data": "Pages", "country": "US", "policy": ""}
    made = client.post("/console/sub-processors/new/", form | {"letter": str(letter().pk)})
    assert made.status_code == 303
    row = SubProcessor.objects.get()
    assert row.mail_out is not None
    while mailing.send_batch(row.mail_out.pk):
        pass
    for message in row.mail_out.messages.all():
        sending.send(message.pk)
    assert {mail["recipients"]["to"][0]["address"] for mail in acs.mails} >= {ruth.email, charlie.email}
    notice = f"/sub-processors/changes/{row.pk}/"
    assert all(notice in mail["content"]["plainText"] for mail in acs.mails)

    public = Client().get("/sub-processors/").content.decode()
    assert "Kestrel is to join" in public
    assert '<th scope="row">Kestrel' not in public.replace("\n", "").replace("  ", "")
    person = Client()
    person.force_login(ruth)
    assert person.post(notice, {"words": "Not with my patients."}).status_code == 303
    assert "waits to be read" in person.get(notice).content.decode()
    assert AuditEvent.objects.get(action="objection.made").workspace == ruth.workspace

    activate = f"/console/sub-processors/{row.pk}/activate/"
    client.post(activate, {"word": "activate"})
    assert not may_be_called()
    with clock.moved(dt.timedelta(days=32)):
        operator("owner", name="second").post(activate, {"word": "activate"})
        assert not may_be_called(), "an objection waits to be read"
        late = operator("owner", name="third")
        read = late.get(f"/console/sub-processors/{row.pk}/").content.decode()
        assert "Not with my patients." in read
        assert "An operator has read your objection." in opened(ruth, notice)
        assert late.post(activate, {"word": "yes"}).status_code == 303
        assert not may_be_called(), "the word was not typed"
        late.post(activate, {"word": "activate"})
        assert may_be_called()
        assert "Kestrel" in Client().get("/privacy/").content.decode()
        assert Objection.objects.get().seen_at is not None
    events = AuditEvent.objects.filter(action="operator.read", subject=ruth, about=row.pk)
    assert events.exists(), "who objected sees that an operator read it"


def opened(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(path).content.decode()


def test_an_entry_without_time_or_with_a_foreign_letter_is_refused(ruth: User) -> None:
    row = SubProcessor(company="Kestrel", party=PARTY, does="D", data="D", country="C")
    with pytest.raises(BadInput, match="30 days before"):
        engaging.announce(row, letter=letter(29), actor=ruth)
    with pytest.raises(BadInput, match="no such party"):
        engaging.announce(SubProcessor(company="X", party="Nobody"), letter=letter(), actor=ruth)
    with pytest.raises(BadInput, match="is not on the list"):
        engaging.announce(SubProcessor(company="X", replaces="Nobody"), letter=letter(), actor=ruth)
    first = announced(ruth)
    assert first.mail_out is not None
    with pytest.raises(Conflict, match="another change"):
        engaging.announce(SubProcessor(company="Y"), letter=first.mail_out, actor=ruth)
    assert SubProcessor.objects.count() == 1


def test_a_company_can_take_anothers_place(ruth: User) -> None:
    row = SubProcessor(company="Harrier", does="Name service", data="Names", country="Ireland", replaces="Cloudflare")
    engaging.announce(row, letter=letter(), actor=ruth)
    all_told(row)
    assert "Cloudflare" in {entry.company for entry in engaging.entries()}
    with clock.moved(dt.timedelta(days=32)):
        engaging.activate(row.pk, actor=ruth)
    companies = {entry.company for entry in engaging.entries()}
    assert "Harrier" in companies
    assert "Cloudflare" not in companies


def test_who_is_not_signed_in_is_asked_to_and_a_closed_change_takes_no_objection(ruth: User, alice: User) -> None:
    row = announced(ruth)
    notice = f"/sub-processors/changes/{row.pk}/"
    answer = Client().post(notice, {"words": "No."})
    assert answer.headers["Location"].startswith("/sign-in/")
    with pytest.raises(BadInput):
        engaging.object_to(row, user=alice, words="  ")
    engaging.object_to(row, user=alice, words="No.")
    engaging.read(row)
    engaging.object_to(row, user=alice, words="Still no.")
    objection = Objection.objects.get()
    assert (objection.words, objection.seen_at) == ("Still no.", None)
    all_told(row)
    with clock.moved(dt.timedelta(days=32)):
        with pytest.raises(Conflict, match="1 objection not read"):
            engaging.activate(row.pk, actor=ruth)
        engaging.read(row)
        engaging.activate(row.pk, actor=ruth)
        with pytest.raises(Conflict, match="not open any more"):
            engaging.object_to(row, user=alice, words="No.")
        with pytest.raises(Conflict, match="is active"):
            engaging.withdraw(row.pk, actor=ruth)


@pytest.mark.django_db(transaction=True)
def test_the_gate_holds_within_an_event_loop_too(ruth: User) -> None:
    async def made() -> None:
        await egress.async_client(party=PARTY, purpose="counting").aclose()

    with pytest.raises(egress.EgressRefused, match="not on the list of sub-processors yet"):
        asyncio.run(made())
    SubProcessor.objects.create(company="Kestrel", party=PARTY, activated_at=clock.now())
    asyncio.run(made())
