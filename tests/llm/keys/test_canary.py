"""A key that nobody finds again: not in logs, database, sessions, caches, the broker's folder or a report."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from llm.models import OwnKey
from specstep.logs import Redacting
from tests.llm.keys.conftest import ANTHROPIC_KEY, OPENAI_KEY, VendorStub
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
PAGE = "/settings/model-keys/"
FORMS = [{"provider": "anthropic", "key": ANTHROPIC_KEY}, {"provider": "openai", "key": OPENAI_KEY}]


def traces(text: str) -> list[str]:
    """Stretches of eight characters of a canary that stand in ``text``. The last four alone may be kept."""
    return [key[at : at + 8] for key in (ANTHROPIC_KEY, OPENAI_KEY) for at in range(7, len(key) - 7) if key[at : at + 8] in text]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def raw_log() -> Iterator[io.StringIO]:
    """Everything every library says at the lowest level, before our formatter looks at it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, loggers = logging.getLogger(), [logging.getLogger(name) for name in ("httpx2", "httpcore2", "django", "asyncio", "llm")]
    before = {logger: logger.level for logger in (root, *loggers)}
    root.addHandler(handler)
    for logger in (root, *loggers):
        logger.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    for logger, level in before.items():
        logger.setLevel(level)


def nothing_is_left(log: io.StringIO, settings: Settings) -> None:
    assert not traces(log.getvalue())
    assert not traces(dump())
    assert not traces(repr(getattr(cache, "_cache", {})))
    files = [path for folder in (settings.DATA_DIR, settings.BROKER_DIR) for path in Path(folder).rglob("*") if path.is_file()]
    assert not any(traces(path.read_bytes().decode("latin-1")) for path in files)


@pytest.mark.promise("S-067")
@pytest.mark.parametrize("form", FORMS, ids=["anthropic", "openai"])
@pytest.mark.parametrize(
    ("status", "body"),
    [(200, '{"data": []}'), (401, '{"error": {"message": "Incorrect API key provided"}}'), (500, "{}"), (200, "{ not json")],
    ids=["taken", "refused", "broken", "no json"],
)
def test_a_key_leaves_no_trace(
    as_alice: Client,
    developer: User,
    vendor: VendorStub,
    settings: Settings,
    raw_log: io.StringIO,
    form: dict[str, str],
    status: int,
    body: str,
) -> None:
    vendor.answers_with(status, body)
    page = as_alice.post(PAGE, form)
    assert len(vendor.asked) == 1
    assert OwnKey.objects.count() == (1 if body == '{"data": []}' else 0)
    assert not traces(page.content.decode())
    assert "httpcore2" in raw_log.getvalue() or "HTTP Request" in raw_log.getvalue() or "connect_tcp" in raw_log.getvalue()
    nothing_is_left(raw_log, settings)


@pytest.mark.promise("S-067")
def test_a_vendor_that_repeats_the_key_in_its_answer_changes_nothing(
    as_alice: Client, developer: User, vendor: VendorStub, settings: Settings, raw_log: io.StringIO
) -> None:
    vendor.answers_with(401, f'{{"error": {{"message": "Incorrect API key provided: {OPENAI_KEY}"}}}}')
    page = as_alice.post(PAGE, FORMS[1])
    assert page.status_code == 422
    assert not traces(page.content.decode())
    nothing_is_left(raw_log, settings)


@pytest.mark.promise("S-067")
def test_a_key_leaves_no_trace_when_the_vendor_is_silent_or_hangs_up(
    as_alice: Client, developer: User, vendor: VendorStub, settings: Settings, raw_log: io.StringIO
) -> None:
    settings.LLM_KEY_CHECK_SECONDS = 0.1
    vendor.silence = 0.3
    assert as_alice.post(PAGE, FORMS[0]).status_code == 422
    vendor.silence, vendor.hang_up = 0.0, True
    assert as_alice.post(PAGE, FORMS[1]).status_code == 422
    assert len(vendor.asked) == 2
    nothing_is_left(raw_log, settings)


@pytest.mark.promise("S-067")
@pytest.mark.parametrize(
    "form",
    [{"provider": OPENAI_KEY, "key": "x"}, {"provider": "openai", "key": OPENAI_KEY, "name": OPENAI_KEY}, {OPENAI_KEY: "x"}],
)
def test_a_key_in_the_wrong_field_leaves_no_trace(
    as_alice: Client, developer: User, vendor: VendorStub, settings: Settings, raw_log: io.StringIO, form: dict[str, str]
) -> None:
    page = as_alice.post(PAGE, form)
    assert not traces(page.content.decode())
    nothing_is_left(raw_log, settings)


@pytest.mark.promise("S-067")
@pytest.mark.parametrize("debug", [True, False])
def test_a_crash_with_the_key_in_hand_leaves_no_trace_in_log_and_report(
    as_alice: Client,
    developer: User,
    vendor: VendorStub,
    settings: Settings,
    raw_log: io.StringIO,
    debug: bool,
) -> None:
    """The vault breaks at the very moment the key is to be sealed."""
    settings.DEBUG = debug
    settings.DATA_DIR = "not a Path"  # A TypeError deep inside, with the key in the frames above it.
    as_alice.raise_request_exception = False
    page = as_alice.post(PAGE, FORMS[1])
    assert page.status_code == 500
    assert not traces(page.content.decode())
    assert "Traceback" in raw_log.getvalue()
    assert not traces(raw_log.getvalue())
    assert not traces(dump())


@pytest.mark.promise("S-067")
def test_a_process_that_dies_with_the_key_in_an_error_does_not_print_it(tmp_path: Path) -> None:
    """Not a request but a worker: nobody catches the error, and the error quotes the key."""
    program = (
        "import django, sys; django.setup()\n"
        "import logging; logging.getLogger('worker').debug('asked with %s', sys.argv[1])\n"
        "logging.getLogger('worker').error('asked with %s', sys.argv[1])\n"
        "raise RuntimeError('401 for ' + sys.argv[1])\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "specstep.settings",
        "LOG_LEVEL": "DEBUG",
        "SPECSTEP_DATA_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", program, OPENAI_KEY], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert said.count("[[SECRET:") >= 3
    assert not traces(said)


@pytest.mark.promise("S-067")
def test_our_formatter_hides_the_key_of_an_sdk_that_logs_its_headers() -> None:
    record = logging.LogRecord(
        "openai._base_client",
        logging.DEBUG,
        "",
        0,
        "Request options: %s",
        ({"headers": {"Authorization": f"Bearer {OPENAI_KEY}"}},),
        None,
    )
    line = Redacting("%(name)s %(message)s").format(record)
    assert line.startswith("openai._base_client Request options:")
    assert not traces(line)
