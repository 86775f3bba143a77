"""Receivers that mean harm, or are merely broken: they cost at most their time, and nobody else's."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from pytest_django import Settings

from accounts.models import User
from delivery.flows import dispatching, subscribing
from delivery.flows.slots import Slots
from delivery.models import Attempt, Dispatch
from ground.rows import new_id
from tests.delivery.webhooks.conftest import Subscribe, states, work_all
from tests.delivery.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
Happen = Callable[..., object]
Script = Callable[[socket.socket], None]


@pytest.fixture
def play(settings: Settings, alice: User, happen: Happen) -> Iterator[Callable[[Script], Attempt]]:
    """``play(script)``: a webhook whose receiver does what the script says with each connection, once; the attempt's entry."""
    servers: list[socket.socket] = []

    def played(script: Script) -> Attempt:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    one, _ = server.accept()
                    with one, contextlib.suppress(OSError):
                        one.recv(65536)
                        script(one)

        threading.Thread(target=serve, daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        settings.EGRESS_ALLOW = [address]
        subscribing.add(alice.workspace, url=f"http://{address}/hook", events=["run.failed"], actor=alice)
        happen("run.failed")
        begun = time.monotonic()
        assert work_all() == 1
        assert time.monotonic() - begun < settings.WEBHOOK_SECONDS + 3
        return Attempt.objects.get()

    yield played
    for server in servers:
        server.close()


def drip_headers(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000):
        one.sendall(b"x-%d: y\r\n" % number)
        time.sleep(0.05)


def drip_body(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(10_000):
        one.sendall(b"a")
        time.sleep(0.05)


def endless(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        one.sendall(b"10000\r\n" + b"b" * 0x10000 + b"\r\n")


def bomb(one: socket.socket) -> None:
    packed = gzip.compress(b"\0" * 50_000_000)
    one.sendall(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed) + packed)


def hang_up(one: socket.socket) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def nonsense(one: socket.socket) -> None:
    one.sendall(b"\x00\xff\x00 220 smtp.example.org ESMTP\r\n")


def redirect(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 307 Temporary\r\nlocation: http://127.0.0.1:9/secret\r\ncontent-length: 0\r\n\r\n")


def leak(one: socket.socket) -> None:
    token = b"ghp_" + b"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    answer = b"\x00debug: token=" + token + b" " + b"c" * 5000
    one.sendall(b"HTTP/1.1 200 OK\r\nset-cookie: a=secret\r\ncontent-length: %d\r\n\r\n" % len(answer) + answer)


def test_headers_that_drip_end_with_the_time(play: Callable[[Script], Attempt], settings: Settings) -> None:
    settings.WEBHOOK_SECONDS = 0.5
    entry = play(drip_headers)
    assert (entry.status, entry.sentence) == (None, "It did not answer within 0.5 seconds.")
    assert 400 <= entry.milliseconds < 3000
    assert states() == ["waiting"]


def test_a_body_that_drips_does_not_undo_the_status(play: Callable[[Script], Attempt], settings: Settings) -> None:
    settings.WEBHOOK_SECONDS = 0.5
    entry = play(drip_body)
    assert entry.status == 200
    assert entry.milliseconds < 3000
    assert states() == ["delivered"]


def test_an_endless_answer_is_read_no_further_than_it_is_kept(play: Callable[[Script], Attempt]) -> None:
    entry = play(endless)
    assert (entry.status, entry.answer) == (200, "b" * 1024)
    assert entry.milliseconds < 3000


def test_a_packed_answer_is_not_unpacked(play: Callable[[Script], Attempt]) -> None:
    entry = play(bomb)
    assert (entry.status, entry.answer) == (200, "(packed, and not unpacked here)")


@pytest.mark.parametrize("script", [hang_up, nonsense])
def test_a_broken_connection_is_a_failure_with_a_sentence(play: Callable[[Script], Attempt], script: Script) -> None:
    entry = play(script)
    assert (entry.status, entry.sentence) == (None, "The connection broke before an answer came.")
    assert states() == ["waiting"]


def test_a_redirect_is_not_followed(play: Callable[[Script], Attempt]) -> None:
    entry = play(redirect)
    assert entry.sentence == "It answered 307, a redirect. We do not follow those: enter the final address."


def test_a_secret_in_an_answer_is_not_kept(play: Callable[[Script], Attempt]) -> None:
    entry = play(leak)
    assert "ghp_" not in entry.answer
    assert "debug" in entry.answer
    assert "set-cookie" not in entry.answer
    assert "\x00" not in entry.answer
    assert len(entry.answer) == 1024


def test_nobody_at_home(settings: Settings, alice: User, happen: Happen) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    settings.EGRESS_ALLOW = [address]
    subscribing.add(alice.workspace, url=f"http://{address}/", events=["run.failed"], actor=alice)
    happen("run.failed")
    work_all()
    assert Attempt.objects.get().sentence == "We could not connect."


@pytest.mark.parametrize(
    ("issued_to", "known", "taken"),
    [("127.0.0.1", True, True), ("127.0.0.1", False, False), ("other.test", True, False)],
)
def test_a_certificate_has_to_be_right(
    settings: Settings,
    alice: User,
    happen: Happen,
    tmp_path: Path,
    issued_to: str,
    known: bool,
    taken: bool,
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(issued_to).configure_cert(context)
    if known:
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        settings.EGRESS_CA = str(tmp_path / "authority.pem")
    with receiving(context) as receiver:
        settings.EGRESS_ALLOW = [receiver.url.removeprefix("https://")]
        subscribing.add(alice.workspace, url=f"{receiver.url}/hook", events=["run.failed"], actor=alice)
        happen("run.failed")
        work_all()
    entry = Attempt.objects.get()
    assert (len(receiver.got), entry.status) == ((1, 200) if taken else (0, None))
    if not taken:
        assert entry.sentence == "Its certificate could not be verified, so nothing was sent."


def test_a_slow_receiver_leaves_room_for_the_others() -> None:
    slots = Slots(at_once=4)
    for host in ("slow-1", "slow-2", "slow-3"):
        slots.note(host, slow=True)
    with (
        slots.hold("slow-1", new_id()) as first,
        slots.hold("slow-2", new_id()) as second,
        slots.hold("slow-3", turned_away := new_id()) as third,
        slots.hold("quick-1", new_id()) as fourth,
        slots.hold("quick-2", new_id()) as fifth,
        slots.hold("quick-3", new_id()) as sixth,
    ):
        assert (first, second, third) == (True, True, False), "half of the room is never for slow ones"
        assert (fourth, fifth, sixth) == (True, True, False)
    assert slots.next_in_line() == turned_away
    slots.note("slow-3", slow=False)
    with slots.hold("slow-3", turned_away) as again:
        assert again


def test_one_host_has_two_slots_at_most() -> None:
    slots = Slots(at_once=8)
    with slots.hold("a", new_id()) as first, slots.hold("a", new_id()) as second, slots.hold("a", new_id()) as third:
        assert (first, second, third) == (True, True, False)


def test_a_turn_ends_where_nobody_answers(play: Callable[[Script], Attempt], happen: Happen) -> None:
    """Of many events for a receiver that hangs, one turn waits for one only."""
    entry = play(hang_up)
    for _ in range(3):
        happen("run.failed")
    assert dispatching.work(entry.dispatch.endpoint_id) == 1
    assert Dispatch.objects.filter(state=Dispatch.State.WAITING).count() == 4


def test_a_plain_server_at_an_https_address_gets_nothing_of_the_event(settings: Settings, alice: User, happen: Happen) -> None:
    with receiving() as receiver:
        settings.EGRESS_ALLOW = [receiver.url.removeprefix("http://")]
        url = receiver.url.replace("http:", "https:")
        subscribing.add(alice.workspace, url=url, events=["run.failed"], actor=alice)
        happen("run.failed")
        work_all()
        assert receiver.got == []
    assert Attempt.objects.get().sentence.startswith("No secure connection came about")


def test_who_finds_no_room_is_rung_for_when_there_is(
    receiver: Receiver, subscribe: Subscribe, happen: Happen, rung: list[uuid.UUID]
) -> None:
    late = subscribe("/late")
    happen()
    slots = dispatching.slots
    with slots.hold("127.0.0.1", new_id()), slots.hold("127.0.0.1", new_id()):
        assert dispatching.work(late.pk) == 0
    assert receiver.got == []
    assert rung == []
    assert dispatching.work(subscribe("/other").pk) == 0
    assert rung == [late.pk]
    assert dispatching.work(late.pk) == 1
