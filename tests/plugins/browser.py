"""A running SpecStep as a newcomer starts it (``script/server``), and headless Chromium to use it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.plugins.servers import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


under_axe: set[Page] = set()
"""Pages that axe is looking at right now."""


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service started by ``script/server`` on the embedded defaults, in a data folder of its own."""
    data, port = tmp_path_factory.mktemp("service"), free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "DJANGO_", "PYTEST_"))
    }
    environment |= {"PORT": str(port), "SPECSTEP_DATA_DIR": str(data)}
    with (data / "log").open("wb") as log:
        server = subprocess.Popen([ROOT / "script" / "server"], env=environment, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(address, server, data / "log"), seconds=120, what="script/server")
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _answers(address: str, server: subprocess.Popen[bytes], log: Path) -> bool:
    if server.poll() is not None:
        pytest.fail(f"script/server ended with {server.returncode}:\n{log.read_text()[-3000:]}")
    try:
        with urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For a module only: Playwright's loop runs in this thread, and Django lets no later test use the database beside it."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if binary is None:
        pytest.fail("Chromium is not installed. script/test installs it (Debian: chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser, service: str) -> Iterator[Callable[..., Page]]:
    """``open_browser(width=390, scheme="dark")``: a page in a fresh profile; faults on the page's console fail the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def hear(page: Page, message: ConsoleMessage) -> None:
        if message.type == "error" and page not in under_axe:
            faults.append(f"{page.url}: {message.text} {message.location.get('url', '')}")

    def make(*, width: int = 1280, scheme: Literal["light", "dark"] = "light", script: bool = True, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=service,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: hear(page, message))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def no_barriers() -> Callable[[Page], None]:
    """Asserts that axe-core finds nothing on the page and that it does not scroll sideways."""

    def check(page: Page) -> None:
        page.wait_for_load_state()
        # axe tries styles on the page and loads style sheets again; what the policy says to that is not the page's fault.
        under_axe.add(page)
        found = Axe().run(page, options={"preload": False})
        page.wait_for_timeout(150)
        under_axe.discard(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"

    return check


def to_settings(page: Page, name: str) -> None:
    """Go to another page of Settings by the list beside it, which is folded on a phone."""
    fold = page.get_by_text("All settings", exact=True)
    if fold.is_visible():
        fold.click()
    page.get_by_role("navigation", name="settings").get_by_role("link", name=name, exact=True).click()
