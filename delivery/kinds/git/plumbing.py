"""git itself, with nothing of this machine's configuration, one allowed protocol and a pinned address.

The token is a configuration value in the environment of the process, never in an address, an argument or a file.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import signal
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from delivery.contract import PRODUCT_ADDRESS, PRODUCT_NAME, DeliveryFailed
from delivery.kinds.git.advertised import ID
from delivery.repositories import USER_AGENT
from delivery.rules.forge_answers import Words, failure
from ground import clock, egress

PARTY = "Git server of a user (delivery)"
SECONDS = 300.0
"""How long one command may take."""
BLOCKS = 524_288
"""The largest file that git may write, in units of ``ulimit -f`` (512 or 1,024 bytes): a server could send without end."""
OLDEST = (2, 37)
"""The first git with ``http.curloptResolve``."""
PLAIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/[^\x00-\x20\x7f\\]+", re.ASCII)
"""An address whose host git reads as we do. It unfolds %2e and other alphabets, then looks the name up by itself, unchecked."""
_STATUS = re.compile(r"(?:returned error: |HTTP )(\d{3})")


NOT_PLAIN = (
    "Write the host of the address in plain letters, digits, dots and hyphens, without blanks or % in it. A name in another "
    "alphabet has a form that begins with xn--."
)


class Rejected(Exception):
    """The other side did not take the push; ``str()`` is what git printed about it."""


class Git:
    """A bare store in a folder of its own that knows one remote."""

    def __init__(self, folder: Path, url: str, authorization: str, words: Words) -> None:
        self._store, self._home, self._url, self._authorization, self._words = folder / "store", folder, url, authorization, words
        _check_version()
        self.run("init", "--quiet", "--bare", "--template=", str(self._store))

    def fetch(self, *ids: str) -> None:
        """Exactly these commits or trees, nothing they lead to."""
        if not all(ID.fullmatch(one) for one in ids):
            raise DeliveryFailed(f"{self._words.forge} names its contents by ids that git does not know. Check the address.")
        options = ("--quiet", "--depth=1", "--filter=tree:0", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
        # The store lacks what it did not ask for. Said for this command only: any other would fetch what it misses by itself.
        partial = {"remote.origin.promisor": "true", "remote.origin.partialclonefilter": "tree:0"}
        self._remote("fetch", *options, "--recurse-submodules=no", "origin", *ids, settings=partial)

    def push(self, commit: str, branch: str) -> None:
        """Raises ``Rejected``. Never forces: a branch that does not lead to our commit's parent refuses it."""
        self._remote("push", "--quiet", "--porcelain", "--no-thin", "--no-verify", "origin", f"{commit}:refs/heads/{branch}")

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """A command that calls nobody."""
        done = self._process(arguments, given, {})
        if done.returncode:
            raise RuntimeError(
                f"git {arguments[0]} ended with {done.returncode}: {done.stderr[-500:].decode('utf-8', 'replace')}"
            )
        return done.stdout

    def _remote(self, *arguments: str, settings: dict[str, str] | None = None) -> None:
        if not PLAIN.fullmatch(self._url):
            raise egress.EgressRefused(NOT_PLAIN)
        addresses = egress.check(self._url, party=PARTY, purpose="delivery")
        done = self._process(arguments, b"", self._remote_settings(addresses) | (settings or {}))
        if done.returncode == 0:
            return
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        if "[rejected]" in said or "[remote rejected]" in said:
            raise Rejected(said)
        if "not our ref" in said or "unadvertised object" in said:
            raise DeliveryFailed(
                f"{self._words.forge} does not give out single folders by their id, which leaves your files alone. Ask its "
                "administrator for uploadpack.allowAnySHA1InWant.",
                permanent=True,
            )
        status = _STATUS.search(said)
        if status:
            raise failure(self._words, int(status[1]), now=clock.now())
        raise DeliveryFailed(f"{self._words.forge} could not be reached, or broke off in the middle. We try again by ourselves.")

    def _remote_settings(self, addresses: list[str]) -> dict[str, str]:
        parts = urlsplit(self._url)
        settings = {
            "remote.origin.url": self._url,
            f"protocol.{parts.scheme}.allow": "always",
            f"http.{self._url}.extraHeader": f"Authorization: {self._authorization}",
        }
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if not _is_number(host):
            written = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
            settings["http.curloptResolve"] = f"{host}:{port}:{written}"
        return settings

    def _process(self, arguments: tuple[str, ...], given: bytes, more: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
        at = () if arguments[0] == "init" else (f"--git-dir={self._store}",)
        # git is found on the path of the service, and the arguments are ours. The shell only sets the largest size of a file.
        with subprocess.Popen(  # noqa: S603
            ("sh", "-c", f'ulimit -f {BLOCKS}; exec git "$@"', "git", *at, *arguments),  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(more),
            cwd=self._home,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(given, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                # git's own child holds the connection.
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                raise DeliveryFailed(f"{self._words.forge} took longer than it may. We try again by ourselves.") from None
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        settings = {
            "protocol.allow": "never",
            "http.followRedirects": "false",
            "http.userAgent": USER_AGENT,
            "http.proxy": "",
            "http.sslVerify": "true",
            "http.lowSpeedLimit": "100",
            "http.lowSpeedTime": "60",
            "http.postBuffer": str(64 * 1024 * 1024),
            "credential.helper": "",
            "core.hooksPath": os.devnull,
            "core.askPass": "",
            "gc.auto": "0",
            **more,
        }
        numbered = {f"GIT_CONFIG_KEY_{at}": name for at, name in enumerate(settings)}
        numbered |= {f"GIT_CONFIG_VALUE_{at}": value for at, value in enumerate(settings.values())}
        when = f"{int(clock.now().timestamp())} +0000"
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._home),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_AUTHOR_NAME": PRODUCT_NAME,
            "GIT_AUTHOR_EMAIL": PRODUCT_ADDRESS,
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_NAME": PRODUCT_NAME,
            "GIT_COMMITTER_EMAIL": PRODUCT_ADDRESS,
            "GIT_COMMITTER_DATE": when,
            "GIT_CONFIG_COUNT": str(len(settings)),
            **numbered,
        }


@cache
def _check_version() -> None:
    """An older git would ignore the pinned address without a word. Raises ``DeliveryFailed``."""
    try:
        said = subprocess.run(("git", "version"), capture_output=True, check=True, text=True).stdout  # noqa: S607
    except FileNotFoundError:
        raise DeliveryFailed(
            "git is not installed where SpecStep runs. Ask whoever runs it to install it.", permanent=True
        ) from None
    found = re.search(r"(\d+)\.(\d+)", said)
    if not found or (int(found[1]), int(found[2])) < OLDEST:
        raise DeliveryFailed("git is too old where SpecStep runs: 2.37 or newer is needed.", permanent=True)


def basic(username: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{token}".encode()).decode()


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
