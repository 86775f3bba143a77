"""The commands, each of a few lines: they take what was typed and say what came of it."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from specstep_client import authorizing, bridging, generating, interviewing, pulling
from specstep_client.asking import printable
from specstep_client.doors import Door, Rest, door, token_of
from specstep_client.keeping import Credential, Keeper, Kind, keeper
from specstep_client.places import DEFAULT, Server, server_at
from specstep_client.saying import Trouble, note, show

Asked = argparse.Namespace
SERVER_VARIABLE = "SPECSTEP_SERVER"


def sign_in(asked: Asked) -> None:
    held = keeper()
    server = _server(asked, held)
    before = held.read(server, "key" if asked.key else "oauth")
    if asked.key:
        key = _typed_key()
        with closing(Rest(server, Credential("key", key))) as rest:
            account = rest.account()
        held.write(server, Credential("key", key))
        show(f"The key “{printable(str(account.get('key', {}).get('name', '')))}” opens {server}. Commands use it from now on.")
        show("MCP clients need a sign-in in the browser as well: specstep sign-in")
        return
    fresh = authorizing.authorize(server, browser=not asked.no_browser)
    held.write(server, fresh)
    show(f"Signed in at {server}{_until(fresh)}.")
    if before is not None:
        _revoke_quietly(server, before)


def sign_out(asked: Asked) -> None:
    held = keeper()
    server = _server(asked, held)
    if asked.forget:
        for kind in _kinds():
            held.delete(server, kind)
        held.choose_none()
        show(f"Forgotten here. Revoke what was connected in Settings: {server}/settings/tools/")
        return
    token, key = held.read(server, "oauth"), held.read(server, "key")
    if token is None and key is None:
        show(f"You are not signed in at {server}.")
        return
    if token is not None:
        authorizing.revoke(server, token)
        held.delete(server, "oauth")
        show(f"The token is revoked at {server} and deleted here.")
    if key is not None:
        held.delete(server, "key")
        show(f"The API key is deleted here. It still works elsewhere until you revoke it: {server}/settings/api-keys/")
    held.choose_none()


def status(asked: Asked) -> None:
    held = keeper()
    server = _server(asked, held)
    show(f"Server: {server}")
    token, key = held.read(server, "oauth"), held.read(server, "key")
    show(f"Browser sign-in (MCP clients{'' if key else ', commands'}): " + (f"yes{_until(token)}" if token else "no"))
    show(f"API key (commands): {'yes' if key else 'no'}")
    with closing(door(server, held)) as way:
        for one in way.ask("interviews", limit=5)["items"]:
            show(f"Interview {one['id']}  {printable(one['title'])}: {one['status']}")
        for one in way.ask("generations", limit=3)["items"]:
            show(
                f"Generation {one['id']}  {printable(one['title'])}: {one['state']}, {one['steps_done']} of {one['steps']} steps"
            )
        for one in way.ask("packages", limit=3)["items"]:
            show(f"Package {one['id']}  {printable(one['title'])}, number {one['number']}")


def interview(asked: Asked) -> None:
    interviewing.edit_lines()
    with _opened(asked) as way:
        row = interviewing.choose(way, interview=asked.interview or "", title=asked.title or "", depth=asked.depth)
        if interviewing.conduct(way, row):
            show(f"Write the package with: specstep generate {row}")


def generate(asked: Asked) -> None:
    with _opened(asked) as way:
        row = asked.interview or _newest_interview(way)
        detail = way.ask("interview", interview=row)
        if detail.get("state") == "open":
            generating.close(way, detail, agreed=asked.yes)
        run = generating.start(way, row, agreed=asked.yes)
        note(f"Generation {run} started.")
        generating.where(way, generating.watch(way, run))


def watch(asked: Asked) -> None:
    with _opened(asked) as way:
        run = asked.generation or _newest(way, "generations", "Nothing was generated yet. Start with: specstep generate")
        generating.where(way, generating.watch(way, run, after=asked.after))


def pull(asked: Asked) -> None:
    with _opened(asked) as way:
        row = asked.package or _newest(way, "packages", "There is no package yet. Write one with: specstep generate")
        package = way.ask("package", package=row)
        archive = pulling.verified(way.archive(str(package["id"])), package)
    if asked.zip:
        pulling.write_archive(Path(asked.zip), archive, overwrite=asked.overwrite)
        show(f"{asked.zip}: {len(archive)} bytes, SHA-256 {package['sha256']}")
        return
    name, files = pulling.files_of(archive)
    folder = Path(asked.to or name)
    changed = pulling.write_folder(folder, files, overwrite=asked.overwrite)
    show(f"{folder}: {len(files)} files, {changed} of them new or changed")


def mcp(asked: Asked) -> None:
    held = keeper()
    server = _server(asked, held)

    def current() -> Credential:
        return token_of(server, held)

    bridging.bridge(server, current)


@contextmanager
def _opened(asked: Asked) -> Iterator[Door]:
    held = keeper()
    with closing(door(_server(asked, held), held)) as way:
        yield way


def _server(asked: Asked, held: Keeper) -> Server:
    """The server that was named, by option or environment, else the one signed in at last, else the public one."""
    return server_at(asked.server or os.environ.get(SERVER_VARIABLE) or held.chosen() or DEFAULT)


def _kinds() -> tuple[Kind, ...]:
    return ("oauth", "key")


def _until(credential: Credential) -> str:
    if credential.expires_at is None:
        return ""
    return f", until {dt.datetime.fromtimestamp(credential.expires_at, dt.UTC):%d %B %Y}"


def _typed_key() -> str:
    """The key from a prompt that shows nothing, or from a pipe; never from an argument, which every program can see."""
    key = (getpass.getpass("API key (it is not shown): ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise Trouble("That is no API key. Make one in Settings, API keys, and paste it here.")
    return key


def _revoke_quietly(server: Server, token: Credential) -> None:
    """The token before this one is not needed any more."""
    try:
        authorizing.revoke(server, token)
    except Trouble:
        note("The token you had before could not be revoked; take it away in Settings, Connected tools.")


def _newest_interview(way: Door) -> str:
    return _newest(way, "interviews", "There is no interview yet. Start with: specstep interview --title NAME")


def _newest(way: Door, what: str, otherwise: str) -> str:
    items = way.ask(what, limit=1)["items"]
    if not items:
        raise Trouble(otherwise)
    return str(items[0]["id"])
