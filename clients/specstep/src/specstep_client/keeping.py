"""Where credentials are kept: in the key store of the operating system, or where its owner says so, in a file.

One entry per server and kind. Nothing else is stored anywhere (PO-033): neither what was asked nor what was answered.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

from specstep_client.places import Server
from specstep_client.saying import Trouble

SERVICE = "specstep"
CHOSEN = "server"
"""The entry that says which server is meant when none is named."""
FILE_VARIABLE = "SPECSTEP_CREDENTIALS_FILE"
Kind = Literal["oauth", "key"]

NO_STORE = (
    "This machine offers no key store to keep the sign-in in. Install one (on Linux: GNOME Keyring or KWallet). Or say that a "
    f"file will do, which every program of yours can read: set {FILE_VARIABLE} to its path, wherever specstep is used."
)
LOCKED = "The key store of this machine did not let us in. Unlock it and try again."


@dataclass(frozen=True)
class Credential:
    """What opens one server: a token of OAuth for /mcp, or an API key for /api/v1."""

    kind: Kind
    secret: str
    expires_at: float | None = None
    """Seconds since 1970; None when it ends only by being revoked."""
    client_id: str = ""
    revoke_at: str = ""

    def __repr__(self) -> str:
        return f"<Credential {self.kind}>"


class Store(Protocol):
    """A place for a few secrets by name."""

    def read(self, name: str) -> str | None: ...
    def write(self, name: str, value: str) -> None: ...
    def delete(self, name: str) -> None: ...


class Keeper:
    """The credentials of this person."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, server: Server, kind: Kind) -> Credential | None:
        raw = self._store.read(f"{kind} {server}")
        if raw is None:
            return None
        try:
            return Credential(**json.loads(raw))
        except (ValueError, TypeError):
            raise Trouble("The stored sign-in cannot be read. Run specstep sign-out --forget, then sign in again.") from None

    def write(self, server: Server, credential: Credential) -> None:
        self._store.write(f"{credential.kind} {server}", json.dumps(asdict(credential)))
        self._store.write(CHOSEN, server.base)

    def delete(self, server: Server, kind: Kind) -> None:
        self._store.delete(f"{kind} {server}")

    def chosen(self) -> str | None:
        """The server that was signed in at last."""
        return self._store.read(CHOSEN)

    def choose_none(self) -> None:
        self._store.delete(CHOSEN)


def keeper() -> Keeper:
    """The key store of this machine, or the file that its owner named. Raises ``Trouble`` where there is neither."""
    path = os.environ.get(FILE_VARIABLE)
    return Keeper(FileStore(Path(path).expanduser()) if path else KeyStore())


class KeyStore:
    """Keychain of macOS, Credential Locker of Windows, Secret Service or KWallet of Linux, by the keyring library."""

    def __init__(self) -> None:
        # Here and not above: looking for a key store takes a moment that --help need not wait for.
        import keyring
        from keyring.backends import chainer, fail, null

        backend = keyring.get_keyring()
        first = next(iter(backend.backends), None) if isinstance(backend, chainer.ChainerBackend) else backend
        # Below 1 are those that the library itself does not recommend, such as files in plain text.
        if first is None or isinstance(first, (fail.Keyring, null.Keyring)) or first.priority < 1:
            raise Trouble(NO_STORE)
        self._backend = backend

    def read(self, name: str) -> str | None:
        from keyring.errors import KeyringError

        try:
            return self._backend.get_password(SERVICE, name)
        except KeyringError:
            raise Trouble(LOCKED) from None

    def write(self, name: str, value: str) -> None:
        from keyring.errors import KeyringError

        try:
            self._backend.set_password(SERVICE, name, value)
        except KeyringError:
            raise Trouble(LOCKED) from None

    def delete(self, name: str) -> None:
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            self._backend.delete_password(SERVICE, name)
        except PasswordDeleteError:
            return
        except KeyringError:
            raise Trouble(LOCKED) from None


class FileStore:
    """A file that only its owner may read, replaced as a whole. Chosen by name, never by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> str | None:
        return self._all().get(name)

    def write(self, name: str, value: str) -> None:
        self._replace(self._all() | {name: value})

    def delete(self, name: str) -> None:
        held = self._all()
        if held.pop(name, None) is not None:
            self._replace(held)

    def _all(self) -> dict[str, str]:
        try:
            with self._path.open(encoding="utf-8") as file:
                if sys.platform != "win32" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise Trouble(f"Others may read {self._path}. Run chmod 600 on it, and sign in anew if somebody may have.")
                held = json.load(file)
        except FileNotFoundError:
            return {}
        except OSError:
            raise Trouble(f"{self._path} cannot be read. {FILE_VARIABLE} names it.") from None
        except ValueError:
            raise Trouble(f"{self._path} is not a file of ours. Name another one in {FILE_VARIABLE}.") from None
        if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
            raise Trouble(f"{self._path} is not a file of ours. Name another one in {FILE_VARIABLE}.")
        return held

    def _replace(self, held: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=self._path.parent, prefix=".specstep-")  # 0600 from the start
        except OSError:
            raise Trouble(f"{self._path} cannot be written. {FILE_VARIABLE} names it.") from None
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(held, file)
            Path(made).replace(self._path)
        except BaseException:
            with suppress(OSError):
                Path(made).unlink()
            raise
