"""The laptop's broker: kombu's filesystem transport, made safe for readers and writers in different processes.

kombu 5.7 opens a message file under its final name before it writes into it, so a reader may fetch an empty one, and it lists
its folder without expecting that somebody may delete it. Either ends the worker. Here a message appears whole or not at all, a
message that cannot be read is dropped (the step rows are the truth and the sweep rings again), and a folder that is gone is made
again.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **_: Any) -> None:  # type: ignore[override]  # its two bases name the argument differently
        folder = Path(self.data_folder_out)
        name = f"{time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        draft = folder / f".{name}.draft"
        try:
            draft.write_text(dumps(message))
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(dumps(message))
        draft.replace(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        try:
            names = sorted(file.name for file in folder.iterdir())
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
            raise Empty from None
        for name in names:
            if name.startswith(".") or name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".{name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.taken"
            try:
                # Renaming is the claim: of two workers one succeeds.
                (folder / name).rename(taken)
                payload = json.loads(taken.read_text())
                taken.unlink()
            except FileNotFoundError:
                continue
            except ValueError:
                log.warning("A message of the broker could not be read and was dropped; the sweep rings again.")
                taken.unlink(missing_ok=True)
                continue
            return payload
        raise Empty

    def get_table(self, exchange: str) -> Any:
        try:
            return super().get_table(exchange)
        except ValueError:
            # Another process is just writing it; the message goes to the queue of its own name.
            return []

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        Path(self.control_folder).mkdir(parents=True, exist_ok=True)
        try:
            super()._queue_bind(exchange, routing_key or "", pattern, queue or "")
        except ValueError:
            (Path(self.control_folder) / f"{exchange}.exchange").unlink(missing_ok=True)
            super()._queue_bind(exchange, routing_key or "", pattern, queue or "")


class Transport(filesystem.Transport):
    Channel = Channel
