"""The number for SMS: six digits that go to the phone and nowhere else."""

from __future__ import annotations

import datetime as dt
import io
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.db import connections
from django.test import Client
from pytest_django import Settings

from accounts.flows import verifying
from accounts.flows.limiting import TooMany
from accounts.models import AuditEvent, PhoneCode, User
from accounts.tasks import sweep_codes
from ground import clock, vault
from ground.errors import BadInput, Conflict, SpecStepError
from specstep.celery import MINUTELY
from tests.llm.keys.dump import dump
from tests.plugins.carriers import CarrierPeer, Fault

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "+12025550143", "+12025550144"
NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


def code_in(peer: CarrierPeer) -> str:
    """The code of the newest SMS."""
    (code,) = re.findall(r"\b[0-9]{6}\b", peer.texts[-1])
    return str(code)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def start(user: User, number: str = NUMBER) -> None:
    user.refresh_from_db()
    verifying.start(user, number)


def is_verified(user: User) -> bool:
    user.refresh_from_db()
    return user.sms_verified_at is not None


@pytest.mark.promise("S-018")
def test_one_sms_with_six_digits_goes_out_and_the_right_code_verifies(as_alice: Client, alice: User, acs: CarrierPeer) -> None:
    assert as_alice.post("/settings/number/", {"number": "+1 202-555-0143"}).status_code == 303
    assert [sms["to"] for sms in acs.sms] == [NUMBER]
    code = code_in(acs)
    assert re.fullmatch(r"[0-9]{6}", code)
    page = as_alice.get("/settings/").content.decode()
    assert "Waits for its code" in page
    assert code not in page
    page = as_alice.post("/settings/number/code/", {"code": wrong(code)}).content.decode()
    assert not is_verified(alice)
    assert "This is not the code. 4 more tries." in page
    assert code not in page
    as_alice.post("/settings/number/code/", {"code": f" {code[:3]} {code[3:]} "})
    assert is_verified(alice)
    assert alice.sms_number == NUMBER
    assert "Verified" in as_alice.get("/settings/").content.decode()


@pytest.mark.promise("S-018")
def test_a_code_with_leading_zeros_works_and_only_whole(alice: User) -> None:
    for code in ("000000", "000042"):
        row = verifying._row(alice, NUMBER, code)
        assert row.digest == vault.mac(code, purpose=verifying.PURPOSE, row=row.pk)
        with pytest.raises(BadInput, match="six digits"):
            verifying.check(alice, code.lstrip("0"))
        verifying.check(alice, code)
        assert is_verified(alice)
        verifying.remove(alice)


@pytest.fixture
def raw_log() -> Iterator[io.StringIO]:
    """Everything every library says at the lowest level, before our formatter looks at it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    loggers = [logging.getLogger(name) for name in ("", "httpx2", "httpcore2", "django", "celery", "kombu", "accounts")]
    before = [(logger, logger.level) for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield written
    loggers[0].removeHandler(handler)
    for logger, level in before:
        logger.setLevel(level)


@pytest.mark.promise("S-020")
@pytest.mark.parametrize("carrier", ["acs", "twilio"])
def test_only_the_request_to_the_carrier_holds_the_code(
    request: pytest.FixtureRequest,
    as_alice: Client,
    settings: Settings,
    raw_log: io.StringIO,
    carrier: str,
    redis_url: str,
    tmp_path: Path,
) -> None:
    peer: CarrierPeer = request.getfixturevalue(carrier)
    settings.DATA_DIR, settings.REDIS_URL = tmp_path, redis_url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    pages = [as_alice.post("/settings/number/", {"number": NUMBER}), as_alice.get("/settings/")]
    code = code_in(peer)
    pages.append(as_alice.post("/settings/number/code/", {"code": wrong(code)}))
    pages.append(as_alice.get("/settings/"))
    held = [dump(), raw_log.getvalue(), *(page.content.decode() for page in pages)]
    store = redis.Redis.from_url(redis_url)
    for key in store.scan_iter():
        held += [repr(key), repr(store.dump(key)), repr(store.hgetall(key)) if store.type(key) == b"hash" else ""]
    held += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    held += [path.read_bytes().decode("latin-1") for path in Path(settings.BROKER_DIR).rglob("*") if path.is_file()]
    found = [text[max(0, text.index(code) - 60) : text.index(code) + 60] for text in held if re.search(rf"\b{code}\b", text)]
    assert not found
    assert PhoneCode.objects.get().digest in held[0]
    # The stores of limits hold no number either.
    assert not any(NUMBER[1:] in text for text in held[1 + len(pages) + 1 :])


def test_the_hash_is_bound_to_its_row_and_its_key(alice: User, charlie: User, settings: Settings) -> None:
    settings.VAULT_KEYS = f"1:{vault.new_key()}"
    first, second = verifying._row(alice, NUMBER, "123456"), verifying._row(charlie, NUMBER, "123456")
    assert first.digest != second.digest
    PhoneCode.objects.filter(pk=second.pk).update(digest=first.digest)
    with pytest.raises(BadInput, match="not the code"):
        verifying.check(charlie, "123456")
    # A ring that got a newer key still knows codes of the older.
    settings.VAULT_KEYS = f"2:{vault.new_key()},{settings.VAULT_KEYS}"
    verifying.check(alice, "123456")
    assert is_verified(alice)


@pytest.mark.promise("S-021", "S-022")
@pytest.mark.parametrize(
    ("after", "accepted"), [(dt.timedelta(minutes=9, seconds=59), True), (dt.timedelta(minutes=10, seconds=1), False)]
)
def test_a_code_is_valid_for_ten_minutes_and_then_gone(
    alice: User, acs: CarrierPeer, after: dt.timedelta, accepted: bool
) -> None:
    with clock.frozen(NOON):
        start(alice)
    digest = PhoneCode.objects.get().digest
    with clock.frozen(NOON + after):
        if accepted:
            verifying.check(alice, code_in(acs))
        else:
            with pytest.raises(Conflict, match="10 minutes are over"):
                verifying.check(alice, code_in(acs))
    assert is_verified(alice) is accepted
    assert digest not in dump()
    with clock.frozen(NOON + after), pytest.raises(Conflict):
        verifying.check(alice, code_in(acs))


@pytest.mark.promise("S-021", "S-022")
def test_a_code_nobody_enters_is_deleted_by_the_sweep_of_every_minute(alice: User, acs: CarrierPeer) -> None:
    with clock.frozen(NOON):
        start(alice)
    digest = PhoneCode.objects.get().digest
    with clock.frozen(NOON + dt.timedelta(minutes=9, seconds=59)):
        sweep_codes()
    assert digest in dump()
    with clock.frozen(NOON + dt.timedelta(minutes=10)):
        sweep_codes()
    assert not PhoneCode.objects.exists()
    assert digest not in dump()
    assert "accounts.sweep_codes" in MINUTELY


@pytest.mark.promise("S-022")
def test_a_second_start_makes_the_first_code_useless(alice: User, acs: CarrierPeer) -> None:
    start(alice)
    first = code_in(acs)
    start(alice)
    assert PhoneCode.objects.count() == 1
    if first != code_in(acs):
        with pytest.raises(BadInput):
            verifying.check(alice, first)
    verifying.check(alice, code_in(acs))
    assert is_verified(alice)


@pytest.mark.promise("S-022")
def test_five_wrong_guesses_lock_the_code(alice: User, acs: CarrierPeer) -> None:
    start(alice)
    code = code_in(acs)
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try", "5 tries are used up"):
        with pytest.raises(BadInput, match=left):
            verifying.check(alice, wrong(code))
    assert not PhoneCode.objects.exists()
    with pytest.raises(Conflict, match="Send a new one"):
        verifying.check(alice, code)
    assert not is_verified(alice)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("right", [False, True])
def test_guesses_at_the_same_moment_are_five_together(alice: User, acs: CarrierPeer, right: bool) -> None:
    start(alice)
    code = code_in(acs)
    told: list[str] = []
    gate = threading.Barrier(9)

    def guess() -> None:
        gate.wait()
        try:
            verifying.check(User.objects.get(pk=alice.pk), code if right else wrong(code))
            told.append("verified")
        except SpecStepError as error:
            told.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if right:
        assert told.count("verified") == 1
        assert AuditEvent.objects.filter(action="phone.verified").count() == 1
    else:
        assert told.count("BadInput") == 5
        assert not is_verified(alice)
    assert len(told) == 9
    assert not PhoneCode.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_browsers_that_start_at_once_leave_one_code(alice: User, acs: CarrierPeer) -> None:
    gate, faults = threading.Barrier(2), []

    def begin() -> None:
        gate.wait()
        try:
            verifying.start(User.objects.get(pk=alice.pk), NUMBER)
        except Exception as error:  # noqa: BLE001  # a thread's fault is shown below
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(acs.sms) == 2
    row = PhoneCode.objects.get()
    valid = [re.findall(r"[0-9]{6}", text)[0] for text in acs.texts]
    (code,) = {one for one in valid if vault.has_mac(one, row.digest, purpose=verifying.PURPOSE, row=row.pk)}
    verifying.check(alice, code)
    assert is_verified(alice)


def test_two_accounts_may_verify_one_number_each_with_its_own_code(alice: User, charlie: User, acs: CarrierPeer) -> None:
    start(alice)
    of_alice = code_in(acs)
    start(charlie)
    of_charlie = code_in(acs)
    if of_alice != of_charlie:
        with pytest.raises(BadInput):
            verifying.check(charlie, of_alice)
    verifying.check(alice, of_alice)
    verifying.check(charlie, of_charlie)
    assert is_verified(alice)
    assert is_verified(charlie)


@pytest.mark.promise("S-018")
def test_another_number_is_unverified_until_its_own_code_is_entered(alice: User, acs: CarrierPeer) -> None:
    start(alice)
    verifying.check(alice, code_in(acs))
    with pytest.raises(Conflict, match="verified already"):
        start(alice)
    start(alice, OTHER)
    assert not is_verified(alice)
    assert alice.sms_number == OTHER
    verifying.check(alice, code_in(acs))
    assert is_verified(alice)
    actions = list(AuditEvent.objects.order_by("at", "id").values_list("action", flat=True))
    assert actions == ["phone.verified", "phone.removed", "phone.verified"]


def test_a_removed_number_is_gone_from_the_database(as_alice: Client, alice: User, acs: CarrierPeer) -> None:
    as_alice.post("/settings/number/", {"number": NUMBER})
    as_alice.post("/settings/number/code/", {"code": code_in(acs)})
    assert NUMBER in dump()
    as_alice.post("/settings/number/remove/")
    assert NUMBER not in dump()
    assert NUMBER[1:] not in dump()
    as_alice.post("/settings/number/remove/")
    assert AuditEvent.objects.filter(action="phone.removed").count() == 1


@pytest.mark.parametrize("fault", [Fault(503), Fault(400), Fault(401)])
def test_a_code_that_was_not_sent_does_not_wait(as_alice: Client, acs: CarrierPeer, fault: Fault) -> None:
    acs.faults = [fault]
    page = as_alice.post("/settings/number/", {"number": NUMBER}).content.decode()
    assert "The code was not sent." in page
    assert "Code from the SMS" not in page
    assert not PhoneCode.objects.exists()


def test_a_code_of_which_nobody_knows_whether_it_was_sent_can_be_entered(
    as_alice: Client, alice: User, acs: CarrierPeer, settings: Settings
) -> None:
    settings.CARRIER_SECONDS = 0.3
    acs.faults = [Fault(silence=0.8)]
    as_alice.post("/settings/number/", {"number": NUMBER})
    as_alice.post("/settings/number/code/", {"code": code_in(acs)})
    assert is_verified(alice)


@pytest.mark.promise("S-022")
def test_starts_are_limited_by_account_by_number_and_in_all(
    alice: User, charlie: User, acs: CarrierPeer, settings: Settings
) -> None:
    with clock.frozen(NOON):
        for _ in range(3):
            start(alice)
        with pytest.raises(TooMany, match=r"Three codes .* are enough. Try again in 5 minutes"):
            start(alice)
        for _ in range(2):
            start(charlie)
        with pytest.raises(TooMany, match="This number got several codes"):
            start(charlie)
        settings.SMS_CODES_PER_HOUR = 1
        bob = User.objects.create_user("bob@example.org")
        start(bob, OTHER)
        with pytest.raises(TooMany, match="The service has sent many codes"):
            start(bob, OTHER)
    assert len(acs.sms) == 6
    with clock.frozen(NOON + dt.timedelta(minutes=5, seconds=1)):
        settings.SMS_CODES_PER_HOUR = 300
        start(alice, OTHER)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Write the number first"),
        ("202 555 0143", "Begin with +"),
        ("+1 202 555 0143 ext. 5", "Begin with +"),
        ("+49 30 1234567", "takes no SMS"),
        ("+1 900 555 0143", "takes no SMS"),
        ("+999 1", "Begin with +"),
        ("<script>", "Begin with +"),
    ],
)
def test_what_is_no_number_for_sms_is_refused(as_alice: Client, alice: User, acs: CarrierPeer, typed: str, says: str) -> None:
    page = as_alice.post("/settings/number/", {"number": typed}).content.decode()
    assert says in page
    assert "<script>" not in page
    assert not acs.calls
    alice.refresh_from_db()
    assert alice.sms_number == ""


def test_where_no_sms_can_be_sent_the_page_says_so(as_alice: Client, alice: User, settings: Settings) -> None:
    settings.SMS_PROVIDER = "none"
    page = as_alice.post("/settings/number/", {"number": NUMBER})
    assert "This service sends no SMS" in page.content.decode()
    alice.refresh_from_db()
    assert alice.sms_number == ""


@pytest.mark.parametrize("address", ["/settings/number/", "/settings/number/code/", "/settings/number/remove/"])
def test_each_door_asks_for_sign_in_and_changes_nothing_by_a_look(as_alice: Client, acs: CarrierPeer, address: str) -> None:
    looked = as_alice.get(address)
    assert looked.status_code == 405 or looked.headers["Location"] == "/settings/#number"
    assert acs.calls == 0
    assert Client().post(address).headers["Location"].startswith("/sign-in/")
