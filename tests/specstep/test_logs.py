"""No line and no report of a process holds a secret, whoever wrote it and however the process was started."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from specstep.logs import BEYOND, LONGEST, Redacting

ROOT = Path(__file__).resolve().parents[2]
CANARY = "sk-ant-api03-" + "Qz7mWv2Kx9Lp4Tn8Rb3Yd6Hf1Gs5Jc0A" * 2 + "-AA"


def record(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    return logging.LogRecord("clinic.desk", logging.ERROR, __file__, 1, message, arguments, None, **more)  # type: ignore[arg-type]


def lines(message: str, *arguments: object) -> str:
    return Redacting("%(levelname)s %(name)s %(message)s").format(record(message, *arguments))


def test_a_secret_among_the_arguments_is_replaced() -> None:
    line = lines("The vendor refused %s for %s", CANARY, "the clinic")
    assert CANARY not in line
    assert "[[SECRET:" in line
    assert "for the clinic" in line


def test_a_secret_in_a_traceback_is_replaced_also_in_the_cause_of_an_error() -> None:
    try:
        try:
            raise ValueError(f"cannot parse x-api-key: {CANARY}")
        except ValueError as error:
            raise RuntimeError("the call failed") from error
    except RuntimeError:
        told = logging.LogRecord("clinic.desk", logging.ERROR, __file__, 1, "Stopped.", None, sys.exc_info())
    line = Redacting().format(told)
    assert CANARY not in line
    assert "RuntimeError: the call failed" in line
    assert "cannot parse x-api-key" in line


def test_a_finder_that_fails_lets_no_text_through() -> None:
    def broken(text: str) -> str:
        raise RecursionError(text)

    line = Redacting("%(message)s", clean=broken).format(record("The key is %s", CANARY))
    assert "ERROR clinic.desk RecursionError" in line
    assert CANARY not in line
    assert "The key is" not in line


def test_arguments_that_do_not_fit_the_message_are_not_printed() -> None:
    line = lines("The key is %d", CANARY)
    assert line.endswith("ERROR clinic.desk TypeError while the line was searched for secrets; its text is not written.")


def test_a_long_line_is_cut_and_a_secret_on_the_cut_is_gone() -> None:
    for shift in range(-len(CANARY), 8, 7):
        line = Redacting("%(message)s").format(
            record("word " * ((LONGEST + shift) // 5) + f" x-api-key: {CANARY} " + "z " * BEYOND)
        )
        assert len(line) < LONGEST + 20
        assert CANARY[:20] not in line


@override_settings(
    ANTHROPIC_API_KEY="plain words as key", REDIS_URL="redis://:pass%20phrase@cache:6379/0", VAULT_KEYS="1:abcdefghij"
)
@pytest.mark.parametrize("secret", ["plain words as key", "pass phrase", "pass%20phrase", "abcdefghij"])
def test_the_secrets_of_the_settings_are_hidden_whatever_form_they_have(secret: str) -> None:
    line = lines("Sent with %s.", secret)
    assert secret not in line
    assert line.endswith("Sent with [[SECRET:setting]].")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x0b", "\x1b[2K\n"])
def test_what_others_said_cannot_look_like_a_line_of_its_own(end: str) -> None:
    line = lines("There is no %s", f"page{end}2026-12-01 02:00:00,000 INFO clinic.desk All is well")
    first, *rest = line.splitlines()
    assert [one[:2] for one in rest] == ["  "]
    assert first.rstrip() in ("ERROR clinic.desk There is no page", "ERROR clinic.desk There is no page [2K")


NAMED = "plainwordsassecret"


def test_every_secret_that_the_environment_names_is_hidden() -> None:
    """Found in the settings themselves, so that one that is added is looked for too."""
    read = (ROOT / "specstep" / "settings.py").read_text()
    named = set(re.findall(r'env\.(?:str|list)\(\s*"(\w*(?:SECRET|TOKEN|PASSWORD|ACCESS_KEY|API_KEY|SECRET_KEY)\w*)"', read))
    named = {name for name in named if not name.endswith("_URL")}
    named |= {f"{provider}_CLIENT_SECRET" for provider in ("GOOGLE", "GITHUB", "MICROSOFT")}
    assert len(named) >= 13
    shown = []
    for name in named:
        with override_settings(**_as_settings(name)):
            line = lines("with %s in it", NAMED)
        shown += [name] if NAMED in line else []
    assert shown == []


def _as_settings(name: str) -> dict[str, object]:
    """What the settings are where the variable holds ``NAMED``."""
    if name.endswith("_CLIENT_SECRET"):
        provider = name.removesuffix("_CLIENT_SECRET")
        app = f"{provider}_APP"
        return {app: ("id", NAMED)} if hasattr(settings, app) else {"SIGN_IN_APPS": {provider.lower(): ("id", NAMED)}}
    return {name: [NAMED] if name.endswith("S") else NAMED}


# --- the processes ---------------------------------------------------------------------------------------------------------

WEB = "import uvicorn; uvicorn.Config('specstep.asgi:application', log_level='debug').load()"
WORKER = "from specstep.celery import app; import django; django.setup(); app.log.setup(loglevel='DEBUG')"
LIST = """
import logging
for name in [None, *logging.root.manager.loggerDict]:
    for handler in logging.getLogger(name).handlers:
        if not isinstance(handler, logging.NullHandler):
            print(name, type(handler).__name__, type(handler.formatter).__module__)
"""
SAY = """
for name in ("django.request", "uvicorn.error", "celery.task", "celery.app.trace", "openai", "made.up"):
    try:
        raise ValueError("password: {canary}")
    except ValueError:
        logging.getLogger(name).exception("Told by %s: {canary}", name)
"""


def run(program: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    clean |= {"SPECSTEP_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "specstep.settings"}
    arguments = [sys.executable, "-c", program]
    return subprocess.run(arguments, cwd=ROOT, env=clean | environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("start", [WEB, WORKER], ids=["web", "worker"])
def test_every_handler_of_a_process_hides_secrets(start: str, tmp_path: Path) -> None:
    listed = run(start + LIST, tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.splitlines() == ["None StreamHandler specstep.logs"]


@pytest.mark.parametrize("debug", ["1", "0"])
@pytest.mark.parametrize("start", [WEB, WORKER], ids=["web", "worker"])
def test_nobody_in_a_process_writes_a_secret(start: str, debug: str, tmp_path: Path) -> None:
    said = run(f"{start}\nimport logging\n{SAY.format(canary=CANARY)}", tmp_path, LOG_LEVEL="debug", SPECSTEP_DEBUG=debug)
    assert said.returncode == 0, said.stderr
    for name in ("django.request", "uvicorn.error", "celery.task", "celery.app.trace", "openai", "made.up"):
        assert said.stderr.count(f"Told by {name}: [[SECRET:") == 1
    assert "ValueError" in said.stderr
    assert CANARY not in said.stderr + said.stdout


@pytest.mark.parametrize(
    "fall", ["raise ValueError(word)", "import threading; t = threading.Thread(target=int, args=(word,)); t.start(); t.join()"]
)
def test_what_nobody_caught_is_told_without_secrets(fall: str, tmp_path: Path) -> None:
    fell = run(f"import django; django.setup()\nword = 'api_key=' + '{CANARY[:20]}' + '{CANARY[20:]}'\n{fall}", tmp_path)
    assert "nobody caught this" in fell.stderr
    assert "ValueError" in fell.stderr
    assert CANARY not in fell.stderr


def test_a_process_leaves_no_core_dump(tmp_path: Path) -> None:
    limit = "import django, resource; django.setup(); print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    assert run(limit, tmp_path).stdout.strip() == "0"


# --- error reports ---------------------------------------------------------------------------------------------------------


def falls(request: HttpRequest) -> HttpResponse:
    held = request.POST.get("key", "")
    raise RuntimeError(f"could not use the token: {held}")


urlpatterns = [path("falls/", falls)]


@pytest.fixture
def fallen() -> str:
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {CANARY}"})
    client.cookies["remember"] = CANARY
    with override_settings(DEBUG=True, ROOT_URLCONF=__name__, MIDDLEWARE=[], SECRET_KEY="told-to-nobody-0123456789"):
        answer = client.post(f"/falls/?key={CANARY}", {"key": CANARY, "title": "Opening hours"})
    assert answer.status_code == 500
    return answer.content.decode()


def test_a_report_names_the_error_and_its_place(fallen: str) -> None:
    assert "RuntimeError" in fallen
    assert "could not use the token" in fallen
    assert "in falls" in fallen or "falls" in fallen


@pytest.mark.parametrize("hidden", [CANARY, CANARY[13:40], "told-to-nobody", "Opening hours", "Bearer sk"])
def test_a_report_shows_no_variable_setting_header_cookie_or_field(fallen: str, hidden: str) -> None:
    assert hidden not in fallen
