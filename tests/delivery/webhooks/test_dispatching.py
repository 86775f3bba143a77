"""What leaves, when, how often, and what becomes of it."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import itertools
import time
import uuid
from collections.abc import Callable

import pytest

from accounts.models import AuditEvent, DeletionRequest, Message, User
from delivery.flows import dispatching, subscribing, sweeping
from delivery.models import Attempt, Dispatch, Endpoint, Event
from ground import clock
from ground.errors import Conflict
from tests.delivery.webhooks.conftest import Subscribe, states, work_all
from tests.delivery.webhooks.receiver import Receiver, verifies

pytestmark = pytest.mark.django_db
Happen = Callable[..., object]


@pytest.mark.promise("S-059")
def test_only_the_chosen_event_is_sent(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    subscribe("/hook", "run.failed")
    for kind in ("run.started", "run.failed", "run.completed", "run.cancelled"):
        happen(kind)
    work_all()
    assert receiver.kinds() == ["run.failed"]
    assert Event.objects.count() == 1, "what nobody chose is not even noted"


@pytest.mark.promise("S-059")
def test_saving_changing_rotating_and_pausing_send_nothing(receiver: Receiver, subscribe: Subscribe, alice: User) -> None:
    endpoint = subscribe()
    subscribing.change(endpoint, url=endpoint.url, events=["run.failed"], actor=alice)
    subscribing.rotate(endpoint, number=0, actor=alice)
    subscribing.pause(endpoint, actor=alice)
    subscribing.resume(endpoint, actor=alice)
    work_all()
    sweeping.sweep_webhooks()
    assert receiver.got == []


@pytest.mark.promise("S-060")
def test_first_tries_retries_replays_and_tests_are_signed_over_the_raw_body(
    receiver: Receiver, subscribe: Subscribe, happen: Happen
) -> None:
    endpoint = subscribe()
    happen()
    receiver.status = 500
    work_all()
    receiver.status = 200
    with clock.moved(dt.timedelta(seconds=6)):
        work_all()
        row = Dispatch.objects.get()
        subscribing.replay(row)
        work_all()
        subscribing.send_test(endpoint)
        work_all()
    assert receiver.kinds() == ["run.completed"] * 3 + ["test"]
    assert [one.id for one in receiver.got[:3]] == [str(row.pk)] * 3, "a retry and a replay have the id of the first try"
    assert len({one.raw for one in receiver.got[:3]}) == 1
    key = base64.b64decode(receiver.secrets["/hook"].removeprefix("whsec_"))
    for one in receiver.got:
        signed = f"{one.id}.{one.headers['webhook-timestamp']}.".encode() + one.raw
        right = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        assert one.headers["webhook-signature"] == right
        changed = signed[:-1] + bytes([signed[-1] ^ 1])
        assert "v1," + base64.b64encode(hmac.digest(key, changed, "sha256")).decode() != right
    stamps = [int(one.headers["webhook-timestamp"]) for one in receiver.got]
    assert stamps[1] >= stamps[0] + 6, "the time is the attempt's"


@pytest.mark.promise("S-060")
def test_two_webhooks_of_one_account_have_different_secrets(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    subscribe("/one")
    subscribe("/two")
    assert receiver.secrets["/one"] != receiver.secrets["/two"]
    happen()
    work_all()
    one, two = sorted(receiver.got, key=lambda got: got.path)
    assert not verifies(receiver.secrets["/one"], two)
    assert not verifies(receiver.secrets["/two"], one)


def test_after_a_rotation_both_secrets_verify_for_a_day(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, alice: User
) -> None:
    endpoint = subscribe()
    old = receiver.secrets["/hook"]
    new = subscribing.rotate(endpoint, number=0, actor=alice)
    happen()
    work_all()
    assert verifies(old, receiver.got[0])
    assert verifies(new, receiver.got[0])
    receiver.secrets.clear()  # the libraries know the true time only
    with clock.moved(dt.timedelta(hours=24, seconds=1)):
        happen()
        work_all()
    assert len(receiver.got[1].headers["webhook-signature"].split(" ")) == 1


def test_it_is_tried_on_the_stated_schedule_and_then_given_up(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    subscribe()
    receiver.status = 500
    begun = clock.now()
    with clock.frozen(begun):
        happen()
    attempts = [begun]
    while True:
        with clock.frozen(attempts[-1]):
            assert work_all() == 1
        row = Dispatch.objects.get()
        if row.state != Dispatch.State.WAITING:
            break
        with clock.frozen(row.next_try_at - dt.timedelta(milliseconds=1)):
            assert work_all() == 0, "not a moment too early"
        attempts.append(row.next_try_at)
    waits = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(attempts)]
    stated = [5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600]
    assert len(receiver.got) == len(attempts) == 8
    assert all(0.8 * right <= wait <= 1.2 * right for wait, right in zip(waits, stated, strict=True))
    assert row.state == Dispatch.State.FAILED
    assert list(Attempt.objects.values_list("status", flat=True)) == [500] * 8


def test_a_receiver_that_was_down_for_three_days_gets_everything(
    receiver: Receiver, subscribe: Subscribe, happen: Happen
) -> None:
    """Events of all three days: those still on the schedule come by it, and with the first of them those that were given up."""
    subscribe()
    begun, up_at = clock.now(), clock.now() + dt.timedelta(days=3)
    runs, attempts = [], []
    receiver.status = 503
    moment = begun
    for hour in range(0, 72, 6):
        with clock.frozen(begun + dt.timedelta(hours=hour)):
            runs.append(str(happen()))
    while moment < up_at:
        with clock.frozen(moment):
            work_all()
        waiting = Dispatch.objects.filter(state=Dispatch.State.WAITING).order_by("next_try_at").first()
        assert waiting is not None
        assert waiting.next_try_at > moment
        moment = waiting.next_try_at
        attempts.append(moment)
    assert Dispatch.objects.filter(state=Dispatch.State.FAILED).exists(), "the oldest had their eight attempts"
    receiver.status, before = 200, len(receiver.got)
    with clock.frozen(moment):
        work_all()
    with clock.frozen(up_at + dt.timedelta(hours=12)):
        work_all()
    arrived = [one.body["data"]["run_id"] for one in receiver.got[before:]]
    assert sorted(arrived) == sorted(runs), "each exactly once after it was up"
    assert set(states()) == {"delivered"}
    assert Endpoint.objects.get().failing_since is None


def test_what_was_given_up_is_set_going_again_once_only(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    subscribe()
    happen()
    Dispatch.objects.update(state=Dispatch.State.FAILED, recovered=True)
    Endpoint.objects.update(failing_since=clock.now() - dt.timedelta(hours=30))
    happen()
    work_all()
    assert sorted(states()) == ["delivered", "failed"]


@pytest.mark.promise("S-111")
def test_410_switches_off_at_once_and_tells_the_owner(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, alice: User
) -> None:
    endpoint = subscribe()
    happen()
    happen()
    receiver.status = 410
    work_all()
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.disabled_because) == ("disabled", "gone")
    assert len(receiver.got) == 1
    assert states() == ["dropped", "dropped"]
    happen()
    sweeping.sweep_webhooks()
    with clock.moved(dt.timedelta(days=1)):
        work_all()
    assert len(receiver.got) == 1
    [told] = Message.objects.all()
    assert (told.user, told.kind, told.channel) == (alice, "webhook.disabled", "email")
    assert told.about == {"path": endpoint.get_absolute_url(), "because": "gone"}
    assert AuditEvent.objects.filter(action="webhook.disabled", about=endpoint.pk).count() == 1


def test_five_days_of_nothing_but_failures_switch_off(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, alice: User
) -> None:
    endpoint = subscribe()
    receiver.status = 500
    begun = clock.now()
    with clock.frozen(begun):
        happen()
        work_all()
    with clock.frozen(begun + dt.timedelta(days=4, hours=23)):
        happen()
        work_all()
        endpoint.refresh_from_db()
        assert endpoint.is_active
    with clock.frozen(begun + dt.timedelta(days=5)):
        happen()
        work_all()
        endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_because) == (False, "failing")
    assert Message.objects.get().kind == "webhook.disabled"


def test_one_success_starts_the_five_days_anew(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    endpoint = subscribe()
    begun = clock.now()
    for day, status in ((0, 500), (4, 200), (6, 500)):
        receiver.status = status
        with clock.frozen(begun + dt.timedelta(days=day)):
            happen()
            work_all()
    endpoint.refresh_from_db()
    assert endpoint.is_active


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_keeps_everything_away(receiver: Receiver, subscribe: Subscribe, happen: Happen, status: int) -> None:
    subscribe()
    receiver.status, receiver.headers = status, {"retry-after": "1200"}
    begun = clock.now()
    with clock.frozen(begun):
        happen()
        work_all()
        happen()
        assert work_all() == 0, "another event does not knock either"
    receiver.status, receiver.headers = 200, {}
    with clock.frozen(begun + dt.timedelta(seconds=1199)):
        assert work_all() == 0
        assert sweeping.sweep_webhooks() == 0
    with clock.frozen(begun + dt.timedelta(seconds=1200)):
        assert sweeping.sweep_webhooks() == 1
        assert work_all() == 2


@pytest.mark.promise("S-062")
@pytest.mark.parametrize("end", ["deleted", "deletion asked for", "suspended", "removed", "paused"])
def test_nothing_is_sent_any_more_once_it_is_switched_off_or_gone(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, alice: User, charlie: User, end: str
) -> None:
    endpoint = subscribe()
    receiver.status = 500
    happen()
    work_all()
    assert len(receiver.got) == 1
    receiver.status = 200
    if end == "deleted":
        alice.delete()
        assert not Endpoint.objects.exists()
        assert not Dispatch.objects.exists()
        assert not Event.objects.exists()
        assert not Attempt.objects.exists()
    elif end == "deletion asked for":
        DeletionRequest.objects.create(user=alice)
    elif end == "suspended":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    elif end == "removed":
        subscribing.remove(endpoint, actor=alice)
        assert not Event.objects.exists()
    else:
        subscribing.pause(endpoint, actor=alice)
    for hours in (1, 30):
        with clock.moved(dt.timedelta(hours=hours)):
            assert sweeping.sweep_webhooks() == 0
            assert work_all() == 0
            assert dispatching.work(endpoint.pk) == 0
    assert len(receiver.got) == 1
    assert set(states()) <= {"dropped"}


def test_what_is_switched_off_in_the_middle_of_a_turn_stops_there(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, alice: User
) -> None:
    """The second dispatch of the turn has been read, but is claimed only after the first was answered."""
    endpoint = subscribe()
    happen()
    happen()
    rows = list(Dispatch.objects.select_related("event").order_by("pk"))
    target = dispatching._begin(endpoint)
    assert target is not None
    assert dispatching._claim(rows[0], target)
    outcome = dispatching._send(rows[0], target)
    subscribing.pause(endpoint, actor=alice)
    dispatching._record(rows[0], target, outcome)
    assert not dispatching._claim(rows[1], target)
    assert len(receiver.got) == 1
    assert sorted(states()) == ["delivered", "dropped"]


@pytest.mark.promise("S-062")
@pytest.mark.parametrize("end", ["deletion asked for", "suspended", "deleted"])
def test_an_account_that_is_closed_in_the_middle_of_a_turn_stops_it(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, alice: User, end: str
) -> None:
    subscribe()
    for _ in range(5):
        happen()

    receiver.before_answer = lambda got: time.sleep(dispatching.LOOK_SECONDS)
    target = dispatching._begin(Endpoint.objects.get())
    assert target is not None
    rows = list(Dispatch.objects.select_related("event").order_by("pk"))
    assert dispatching._claim(rows[0], target)
    dispatching._record(rows[0], target, dispatching._send(rows[0], target))
    if end == "deletion asked for":
        DeletionRequest.objects.create(user=alice)
    elif end == "suspended":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        alice.delete()
    assert [dispatching._claim(row, target) for row in rows[1:]] == [False] * 4
    assert len(receiver.got) == 1


def test_resuming_sends_what_happens_from_now_on(receiver: Receiver, subscribe: Subscribe, happen: Happen, alice: User) -> None:
    endpoint = subscribe()
    subscribing.pause(endpoint, actor=alice)
    happen("run.failed")
    subscribing.resume(endpoint, actor=alice)
    happen("run.completed")
    work_all()
    assert receiver.kinds() == ["run.completed"]


def test_a_dispatch_is_sent_by_one_worker_at_a_time(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    endpoint = subscribe()
    happen()
    Endpoint.objects.update(turn_until=clock.now() + dt.timedelta(seconds=30))
    assert dispatching.work(endpoint.pk) == 0
    with clock.moved(dispatching.LEASE):
        assert dispatching.work(endpoint.pk) == 1, "a dead worker's turn ends"


def test_a_worker_that_was_thought_dead_writes_nothing(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    endpoint = subscribe()
    happen()
    row = Dispatch.objects.select_related("event").get()
    target = dispatching._begin(endpoint)
    assert target is not None
    assert dispatching._claim(row, target)
    outcome = dispatching._send(row, target)
    with clock.moved(dispatching.LEASE + dt.timedelta(seconds=1)):
        assert work_all() == 1
    assert dispatching._record(row, target, outcome) is False
    assert Attempt.objects.count() == 1
    assert len({one.id for one in receiver.got}) == 1


def test_a_test_goes_to_its_own_webhook_and_is_tried_once(receiver: Receiver, subscribe: Subscribe) -> None:
    endpoint = subscribe("/one", "run.failed")
    subscribe("/two")
    receiver.status = 500
    subscribing.send_test(endpoint)
    work_all()
    assert [(one.path, one.kind) for one in receiver.got] == [("/one", "test")]
    assert receiver.got[0].body["data"] == {"endpoint_id": str(endpoint.pk)}
    assert states() == ["failed"]


def test_tests_are_limited(receiver: Receiver, subscribe: Subscribe) -> None:
    endpoint = subscribe()
    for _ in range(subscribing.TESTS_IN_TEN_MINUTES):
        subscribing.send_test(endpoint)
    with pytest.raises(Conflict, match="many tests"):
        subscribing.send_test(endpoint)


def test_the_log_goes_after_thirty_days(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    subscribe()
    happen()
    work_all()
    with clock.moved(dt.timedelta(days=29)):
        sweeping.trim_webhook_log()
        assert Attempt.objects.count() == 1
    with clock.moved(dt.timedelta(days=30, seconds=5)):
        sweeping.trim_webhook_log()
    assert not Attempt.objects.exists()
    assert not Dispatch.objects.exists()
    assert not Event.objects.exists()
    assert Endpoint.objects.exists()


def test_what_was_sent_again_stays_for_thirty_days_more(receiver: Receiver, subscribe: Subscribe, happen: Happen) -> None:
    subscribe()
    happen()
    work_all()
    with clock.moved(dt.timedelta(days=20)):
        subscribing.replay(Dispatch.objects.get())
        work_all()
    with clock.moved(dt.timedelta(days=31)):
        sweeping.trim_webhook_log()
        assert Attempt.objects.count() == 1
    with clock.moved(dt.timedelta(days=51)):
        sweeping.trim_webhook_log()
    assert not Dispatch.objects.exists()


def test_a_turn_that_ends_rings_for_what_is_left(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, rung: list[uuid.UUID]
) -> None:
    endpoint = subscribe()
    for _ in range(dispatching.AT_ONCE + 1):
        happen()
    assert dispatching.work(endpoint.pk) == dispatching.AT_ONCE
    assert rung == [endpoint.pk]
    assert dispatching.work(endpoint.pk) == 1
    assert rung == [endpoint.pk]


def test_the_sweep_rings_for_what_is_due(receiver: Receiver, subscribe: Subscribe, happen: Happen, rung: list[uuid.UUID]) -> None:
    endpoint = subscribe()
    assert sweeping.sweep_webhooks() == 0
    happen()
    assert sweeping.sweep_webhooks() == 1
    assert rung == [endpoint.pk]


def test_an_endpoint_without_a_readable_secret_is_switched_off_and_told(
    receiver: Receiver, subscribe: Subscribe, happen: Happen
) -> None:
    endpoint = subscribe()
    Endpoint.objects.update(sealed="v1.1.AAAA")
    happen()
    work_all()
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == "unreadable"
    assert receiver.got == []
    assert Message.objects.get().kind == "webhook.disabled"
