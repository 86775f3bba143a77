"""Sign-in by OAuth in the browser and by key, where it is kept, and its end, against a running SpecStep."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import keyring
import pytest
import requests
from keyring.backends import fail

from accounts.flows import keying
from accounts.models import User
from api.models import AccessToken
from specstep_client import keeping
from tests.api.mcp.visiting import Visitor
from tests.clients.bench.keystore import Plain
from tests.clients.conftest import Desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.xdist_group("mcp-clients")]


def test_one_signs_in_in_the_browser_and_out_again(site: str, alice: User, desk: Desk) -> None:
    client = desk.start("sign-in", "--server", f"{site}/mcp", "--no-browser", "--debug")
    said = asked(client)
    Visitor(alice).goes_back(said)
    out, err = client.communicate(timeout=60)
    assert client.returncode == 0, err.decode()
    assert f"Signed in at {site}, until" in out.decode()
    token = AccessToken.objects.get(user=alice)
    assert token.application.name == "SpecStep command line"
    raw = json.loads(json.loads(desk.stored())[f"specstep oauth {site}"])["secret"]
    assert raw[:8] == token.prefix
    for told in (out, err, said.encode()):
        assert raw.encode() not in told
    assert desk.holds(raw) == []
    assert desk.audited("connect") == {site.removeprefix("http://")}

    status, text, _ = desk.run("status")
    assert status == 0
    assert f"Server: {site}" in text
    status, text, err_ = desk.run("sign-out")
    assert status == 0, err_
    assert not AccessToken.objects.filter(user=alice).exists()
    assert raw not in desk.stored()
    assert json.loads(desk.stored()) == {}


def test_who_does_not_agree_has_connected_nothing(site: str, alice: User, desk: Desk) -> None:
    client = desk.start("sign-in", "--server", site, "--no-browser")
    back = Visitor(alice).answers(asked(client), "deny")
    requests.get(back, timeout=20)
    _, err = client.communicate(timeout=60)
    assert client.returncode == 1
    assert b"You did not allow it" in err
    assert desk.stored() == ""


def test_a_key_is_read_from_a_pipe_and_tried_before_it_is_kept(site: str, alice: User, desk: Desk) -> None:
    key = keying.make(alice, name="My laptop").raw
    status, out, err = desk.run("sign-in", "--key", "--server", site, typed=f"{key}\n")
    assert (status, "My laptop" in out) == (0, True), err
    assert key not in out + err
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    status, out, err = desk.run("sign-in", "--key", "--server", site, typed=f"{wrong}\n")
    assert status == 3
    assert wrong not in out + err + desk.stored()
    assert key in desk.stored()
    status, out, _ = desk.run("sign-out")
    assert "revoke it" in out
    assert json.loads(desk.stored()) == {}


def test_a_refused_revocation_keeps_the_token_until_it_is_to_be_forgotten(desk: Desk) -> None:
    desk.keeps("http://127.0.0.1:9", "oauth", "sst_nobody-answers")
    status, _, err = desk.run("sign-out")
    assert (status, "does not answer" in err) == (1, True)
    assert "sst_nobody-answers" in desk.stored()
    assert desk.run("sign-out", "--forget")[0] == 0
    assert json.loads(desk.stored()) == {}


@pytest.mark.parametrize("backend", [fail.Keyring, Plain])
def test_without_a_key_store_nothing_is_kept_unless_its_owner_names_a_file(
    site: str, alice: User, desk: Desk, backend: Any, tmp_path: Path
) -> None:
    keyring.set_keyring(backend())
    key = keying.make(alice, name="My laptop").raw
    status, _, err = desk.run("sign-in", "--key", "--server", site, typed=f"{key}\n")
    assert (status, "no key store" in err, desk.stored()) == (1, True, "")

    chosen = tmp_path / "chosen" / "credentials"
    desk.monkeypatch.setenv(keeping.FILE_VARIABLE, str(chosen))
    assert desk.run("sign-in", "--key", "--server", site, typed=f"{key}\n")[0] == 0
    assert stat.S_IMODE(chosen.stat().st_mode) == 0o600
    assert stat.S_IMODE(chosen.parent.stat().st_mode) == 0o700
    chosen.chmod(0o640)
    status, _, err = desk.run("status")
    assert (status, "Others may read" in err) == (1, True)


@pytest.mark.parametrize(
    "address", ["http://specstep.example", "https://user:word@specstep.example", "https://specstep.example/other", "https://[::1"]
)
def test_no_credential_goes_to_an_address_that_is_not_safe(desk: Desk, address: str) -> None:
    status, _, err = desk.run("sign-in", "--key", "--server", address, typed="ss_whatever\n")
    assert status == 1
    assert err.startswith("specstep: ")


def asked(client: subprocess.Popen[bytes]) -> str:
    """Where the person is sent."""
    assert client.stderr is not None
    said = ""
    while line := client.stderr.readline().decode():
        said += line
        if found := re.search(r"http://\S+/oauth/authorize\?\S+", line):
            return found[0]
    pytest.fail(f"No address was said:\n{said}")
