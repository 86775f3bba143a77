"""Policy texts: the old one is served until the new one takes effect, and nothing material does without its letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.flows import mailing, publishing, sending
from accounts.models import AuditEvent, MailOut, PolicyVersion, User
from accounts.policies import shipped
from ground import clock
from ground.errors import BadInput, Conflict
from tests.plugins.carriers import CarrierPeer

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]
PARTS = {"title": "A new partner", "happened": "Kestrel joins.", "concerns": "Your name.", "advice": "Object."}
FIRST = shipped("privacy")[0].text
NEW = FIRST.replace("## 3. How we use it", "## 3. How we use it\n\nKestrel counts the pages.")


def letter(days: float = 31) -> MailOut:
    return mailing.draft(MailOut(kind="policy", **PARTS, effective_at=clock.now() + dt.timedelta(days=days)))


def all_out(mail_out: MailOut) -> None:
    while mailing.send_batch(mail_out.pk):
        pass
    for message in mail_out.messages.all():
        sending.send(message.pk)


@pytest.mark.promise("S-006", "S-001")
def test_a_material_version_is_mailed_first_and_served_at_its_time(operator: Operator, ruth: User, acs: CarrierPeer) -> None:
    """Ruth has switched every notice off; the old text holds until E, the new one from E on."""
    client, visitor = operator("owner"), Client()
    told = letter()
    form = {"text": NEW, "summary": "Kestrel joins.", "material": "yes", "letter": str(told.pk)}
    looked = client.post("/console/texts/privacy/new/", form)
    assert looked.status_code == 200
    assert "Kestrel counts the pages." in looked.content.decode()
    assert not PolicyVersion.objects.exists(), "to compare is not to publish"
    published = client.post("/console/texts/privacy/new/", form | {"word": "publish"})
    assert published.status_code == 303
    told.refresh_from_db()
    assert told.state == MailOut.State.SENDING, "the letter leaves at once"
    all_out(told)
    mailed = {mail["recipients"]["to"][0]["address"]: mail["content"]["plainText"] for mail in acs.mails}
    assert mailed.keys() == set(User.objects.values_list("email", flat=True)) >= {ruth.email}
    row = PolicyVersion.objects.get()
    assert f"/privacy/versions/{row.dated}/" in mailed[ruth.email]

    before = visitor.get("/privacy/").content.decode()
    assert 'datetime="2026-05-16"' in before
    assert "Kestrel counts" not in before
    assert "To come on" in before
    ahead = visitor.get(f"/privacy/versions/{row.dated}/").content.decode()
    assert "Kestrel counts" in ahead
    assert "This text is to come" in ahead
    assert told.effective_at is not None
    with clock.frozen(told.effective_at - dt.timedelta(seconds=1)):
        assert "Kestrel counts" not in visitor.get("/privacy/").content.decode()
    with clock.frozen(told.effective_at):
        after = visitor.get("/privacy/").content.decode()
        history = visitor.get("/privacy/versions/").content.decode()
        compared = visitor.get(f"/privacy/versions/{row.dated}/changes/").content.decode()
    assert "Kestrel counts" in after
    assert f'datetime="{row.dated}"' in after
    assert 'datetime="2026-05-16"' not in after
    assert all(day in history for day in ("2026-05-16", str(row.dated)))
    assert "<ins>Kestrel counts the pages.</ins>" in compared
    assert "<del>" not in compared
    event = AuditEvent.objects.get(action="operator.published")
    assert (event.about, event.actor) == (row.pk, User.objects.get(email="owner@operators.example"))


@pytest.mark.promise("S-006")
def test_nothing_material_comes_into_force_without_a_letter_in_time(operator: Operator, ruth: User) -> None:
    client = operator("owner")
    form = {"text": NEW, "summary": "Kestrel joins.", "material": "yes", "word": "publish"}
    refused = client.post("/console/texts/privacy/new/", form)
    assert refused.status_code == 422
    assert "needs its letter" in refused.content.decode()
    with pytest.raises(BadInput, match="needs its letter"):
        publishing.publish("privacy", text=NEW, summary="S", actor=ruth, material=True)
    with pytest.raises(BadInput, match="30 days before"):
        publishing.publish("privacy", text=NEW, summary="S", actor=ruth, material=True, letter=letter(29))
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.create(
            document="privacy", dated=clock.today(), effective_at=clock.now(), material=True, summary="S", text=NEW
        )
    assert not PolicyVersion.objects.exists()
    # Told in time, but the letters never all left: however late it is, the old text holds.
    row = publishing.publish("privacy", text=NEW, summary="S", actor=ruth, material=True, letter=letter(30.1))
    with clock.moved(dt.timedelta(days=90)):
        assert publishing.in_force("privacy").dated == dt.date(2026, 5, 16)
        assert [version.row for version in publishing.announced("privacy")] == [row]


def test_thirty_days_exactly_are_enough(ruth: User) -> None:
    with clock.frozen(clock.now()):
        row = publishing.publish("terms", text="## 1. New\n\nText.", summary="S", actor=ruth, material=True, letter=letter(30))
    assert row.mail_out is not None
    assert row.mail_out.state == MailOut.State.SENDING


@pytest.mark.promise("S-001")
def test_what_is_not_material_is_dated_and_holds_at_once(operator: Operator, ruth: User) -> None:
    client = operator("owner")
    text = FIRST.replace("Write to us.", "Do write to us.").replace(
        "with the time of deletion.", "with the time of its deletion."
    )
    form = {"text": text, "summary": "Clearer words.", "material": "no", "word": "publish"}
    assert client.post("/console/texts/privacy/new/", form).status_code == 303
    page = Client().get("/privacy/").content.decode()
    assert f'datetime="{clock.today()}"' in page
    assert "2026-05-16" not in page
    again = client.post("/console/texts/privacy/new/", form | {"text": text.replace("## 8. Children", "## 8. On children")})
    assert "There is a version of" in again.content.decode(), "the date is the name"
    row = PolicyVersion.objects.get()
    with pytest.raises(Conflict, match="in force"):
        publishing.withdraw(row.pk, actor=ruth)


def test_a_version_that_is_to_come_can_be_taken_back(operator: Operator, ruth: User) -> None:
    row = publishing.publish("privacy", text=NEW, summary="S", actor=ruth, material=True, letter=letter())
    client = operator("owner")
    page = client.get(f"/console/texts/{row.pk}/").content.decode()
    assert "if every letter is out by then" in page
    assert client.post(f"/console/texts/{row.pk}/withdraw/").status_code == 303
    assert not PolicyVersion.objects.exists()
    assert "To come" not in Client().get("/privacy/").content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (NEW.replace("[[how long]]", ""), "The table [[how long]] is missing."),
        (NEW.replace("## 8. Children", "## Children"), "not numbered"),
        (NEW + "\n\n{phone}\n", "Nothing is known as {phone}."),
        (NEW + "\n\n[[prices]]\n", "There is no table [[prices]]."),
        (FIRST, "in force already"),
    ],
)
def test_a_text_that_cannot_stand_is_refused_with_the_reason(operator: Operator, text: str, sentence: str) -> None:
    form = {"text": text, "summary": "S", "material": "no", "word": "publish"}
    answer = operator("owner").post("/console/texts/privacy/new/", form)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not PolicyVersion.objects.exists()


def test_a_text_brings_neither_script_nor_picture(ruth: User) -> None:
    bad = "## 1. New\n\n<script>alert(1)</script> ![x](https://pixel.example/p.gif) [y](javascript:alert(1))"
    publishing.publish("terms", text=bad, summary="S", actor=ruth, material=False)
    article = Client().get("/terms/").content.decode().partition("<article")[2].partition("</article>")[0]
    assert "<script" not in article
    assert "<img" not in article
    assert 'href="javascript' not in article
