"""On PostgreSQL, where rows are locked one by one: a channel that is removed while a run ends leaves the run whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STORY = """
import threading, time
import django; django.setup()
from tests.migrated import migrate
migrate()
from pathlib import Path
from django.conf import settings
from django.db import connection, transaction
from accounts.models import User
from delivery.flows import connecting, delivering, queueing
from delivery.models import Channel, Delivery
from generation.models import Package, Run
from interviews.models import Interview
from tests.delivery import shelf
from tests.delivery.conftest import make_channel, make_package
settings.DELIVERY_KINDS = {shelf.NAME: shelf.__name__}
alice = User.objects.create_user("alice@example.org", "Alice Moreau")
place = shelf.Shelf(Path(settings.DATA_DIR) / "shelf")
kept, gone = make_channel(alice, place), make_channel(alice, place)
interview = Interview.objects.create(workspace=alice.workspace, title="Desk")
faults = []
def end_a_run():
    try:
        make_package(interview)
    except Exception as error:
        faults.append(repr(error))
    finally:
        connection.close()
with transaction.atomic():
    connecting.remove(gone, actor=alice)
    runner = threading.Thread(target=end_a_run)
    runner.start()
    time.sleep(1)
    assert runner.is_alive(), "the end of the run waits for the removal"
runner.join(20)
assert not faults, faults
assert Run.objects.get().state == "done"
assert list(Delivery.objects.values_list("channel_id", flat=True)) == [kept.pk]
wins = []
def send():
    try:
        wins.append(delivering.work(Delivery.objects.get().pk))
    finally:
        connection.close()
workers = [threading.Thread(target=send) for _ in range(8)]
for worker in workers: worker.start()
for worker in workers: worker.join(30)
assert sorted(wins) == [False] * 7 + [True], wins
assert [call["call"] for call in place.calls] == ["send", "placed"]
"""


ENDING = """
import threading, time
import django; django.setup()
from tests.migrated import migrate
migrate()
from pathlib import Path
from django.conf import settings
from django.db import connection, transaction
from accounts.flows import erasing
from accounts.models import DeletionRequest, User
from delivery.flows import delivering, disabling, subscribing
from delivery.models import Channel, Delivery, Dispatch, Endpoint
from ground import clock
from interviews.models import Interview
from tests.delivery import shelf
from tests.delivery.conftest import make_channel, make_package
settings.DELIVERY_KINDS = {shelf.NAME: shelf.__name__}
settings.EGRESS_ALLOW = ["127.0.0.1:9"]
alice = User.objects.create_user("alice@example.org", "Alice Moreau")
channel = make_channel(alice, shelf.Shelf(Path(settings.DATA_DIR) / "shelf"))
add = lambda name: subscribing.add(alice.workspace, url=f"http://127.0.0.1:9/{name}", events=["run.completed"], actor=alice)[0]
failing, other = add("one"), add("two")
make_package(Interview.objects.create(workspace=alice.workspace, title="Desk"))
assert Dispatch.objects.count() == 2
claimed = delivering.claim(Delivery.objects.get().pk)
request = erasing.request_deletion(alice)
erased, sentences = [], []
def erase():
    try:
        erased.append(erasing.erase_now(request.pk))
    finally:
        connection.close()
def while_erasing(lock, work):
    eraser = threading.Thread(target=erase)
    with transaction.atomic():
        lock()
        eraser.start()
        time.sleep(0.7)
        assert eraser.is_alive(), "the deletion waits for what is being written down"
        work()
    eraser.join(30)
def lock():
    delivering._locked(channel.pk)
    Endpoint.objects.select_for_update().get(pk=failing.pk)
    Dispatch.objects.filter(endpoint=failing).update(tries=1)
def work():
    assert delivering.give_up(claimed, "The shelf is gone.", begun=clock.now(), breaks=True)
    assert disabling.disable(failing, because="gone")
while_erasing(lock, work)
assert erased == [True], erased
assert DeletionRequest.objects.get().result == "done"
assert not User.objects.exists() and not Channel.objects.exists() and not Dispatch.objects.exists()
"""


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_an_account_goes_while_its_last_failures_are_written_down(postgres_url: str, tmp_path: Path) -> None:
    """Both lock channels, then webhooks, then the rest: neither is chosen to die in a deadlock."""
    _tell(ENDING, postgres_url, tmp_path)


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_a_removed_channel_leaves_the_run_whole_and_one_worker_sends(postgres_url: str, tmp_path: Path) -> None:
    _tell(STORY, postgres_url, tmp_path)


def _tell(story: str, postgres_url: str, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SPECSTEP_", "DATABASE_", "REDIS_"))}
    env |= {
        "DJANGO_SETTINGS_MODULE": "specstep.settings",
        "PYTHONPATH": str(ROOT),
        "SPECSTEP_DATA_DIR": str(tmp_path),
        "SPECSTEP_DEBUG": "1",
        "DATABASE_URL": postgres_url,
    }
    told = subprocess.run(
        [sys.executable, "-c", story], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert told.returncode == 0, told.stderr[-3000:]
