from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from specstep import celery_app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def channel(folder: Path) -> Iterator[Any]:
    with opened(folder) as connection:
        yield connection.default_channel


def opened(folder: Path) -> Connection:
    (folder / "queue").mkdir(parents=True, exist_ok=True)
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
    }
    assert celery_app.conf.broker_url  # its module makes the transport known
    return Connection("files://", transport_options=options)


def test_messages_come_in_the_order_they_were_put(channel: Any) -> None:
    for number in range(5):
        channel._put("celery", {"n": number})
    assert [channel._get("celery")["n"] for _ in range(5)] == list(range(5))
    with pytest.raises(Empty):
        channel._get("celery")


def test_a_deleted_folder_is_made_again(channel: Any, folder: Path) -> None:
    shutil.rmtree(folder)
    with pytest.raises(Empty):
        channel._get("celery")
    shutil.rmtree(folder)
    channel._put("celery", {"n": 1})
    assert channel._get("celery") == {"n": 1}


def test_a_message_that_cannot_be_read_is_dropped_and_the_next_one_comes(channel: Any, folder: Path) -> None:
    (folder / "queue" / "1_a.celery.msg").write_text("")
    (folder / "queue" / "2_b.celery.msg").write_text('{"n": 2}')
    assert channel._get("celery") == {"n": 2}
    assert list((folder / "queue").iterdir()) == []


def put_many(folder: Path, start: int, count: int) -> None:
    channel: Any = opened(folder).default_channel
    for number in range(start, start + count):
        channel._put("celery", {"n": number, "text": "x" * 2000})


def test_readers_and_writers_in_different_processes_lose_nothing_and_get_nothing_twice(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    (folder / "queue").mkdir(parents=True)
    writers = [context.Process(target=put_many, args=(folder, start, 150)) for start in (0, 150)]
    for writer in writers:
        writer.start()
    first: Any = opened(folder).default_channel
    second: Any = opened(folder).default_channel
    got: list[int] = []
    while len(got) < 300:
        for channel in (first, second):
            try:
                got.append(channel._get("celery")["n"])
            except Empty:
                if not any(writer.is_alive() for writer in writers) and not list((folder / "queue").glob("*.msg")):
                    break
        else:
            continue
        break
    for writer in writers:
        writer.join(timeout=30)
    while True:
        try:
            got.append(first._get("celery")["n"])
        except Empty:
            break
    assert sorted(got) == list(range(300))
