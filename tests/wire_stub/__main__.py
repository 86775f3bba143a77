"""The stub as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import uvicorn

from tests.wire_stub.behaviour import Behaviour
from tests.wire_stub.faults import FAULTS, MORE
from tests.wire_stub.running import listen, uvicorn_config
from tests.wire_stub.server import WireStub


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.wire_stub", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", type=Path, help="where the number of the port is written once it listens")
    parser.add_argument("--log", type=Path, help="one JSON object per call is appended here")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the behaviour")
    parser.add_argument("--faults", action="store_true", help="list the faults and end")
    given = parser.parse_args()
    if given.faults:
        for name, meaning in (FAULTS | MORE).items():
            print(f"{name:14} {meaning}")  # noqa: T201  # asked for
        return
    # A process of its own knows no calls of ours: answers are made up and tokens counted unless it is told otherwise.
    behaviour = Behaviour(answers="schema", counted=True).changed(dict(pair.split("=", 1) for pair in given.set))
    stub = WireStub(behaviour=behaviour, key_prefixes=("sk-",), log=given.log)
    stub.base = behaviour
    stub.bucket = stub.brim
    if behaviour.answers == "agents":
        import django

        django.setup()
    listening = listen(given.port)
    stub.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    if given.port_file:
        unfinished = given.port_file.with_suffix(".tmp")
        unfinished.write_text(str(listening.getsockname()[1]))
        unfinished.replace(given.port_file)
    asyncio.run(uvicorn.Server(uvicorn_config(stub)).serve([listening]))


if __name__ == "__main__":
    main()
