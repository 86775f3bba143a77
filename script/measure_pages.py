"""Lighthouse over the public pages (``script/bench pages``): settings of production, a phone, a CPU slowed down four times.

Prints one JSON object for each page and category. Ends with status 1 where one is below the least that we promise.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LIGHTHOUSE = "lighthouse@13.5.0"
LEAST = 95
"""Of 100, in each of the four categories."""
PAGES = (
    "/",
    "/agents/",
    "/agents/requirements/",
    "/example/",
    "/example/scorecard/",
    "/example/files/docs/requirements.md",
    "/privacy/",
    "/privacy/versions/",
    "/terms/",
    "/dpa/",
    "/sub-processors/",
    "/trust/",
    "/sign-in/",
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu"


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench pages", description=__doc__)
    parser.add_argument("pages", nargs="*", default=PAGES, help="paths; all public pages without any")
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None or shutil.which("npm") is None:
        print("Lighthouse needs Chromium and Node. Debian: apt-get install chromium nodejs npm", file=sys.stderr)
        return 2
    tool = _installed()
    low = False
    with tempfile.TemporaryDirectory() as folder:
        port, server = _served(Path(folder))
        try:
            for path in given.pages:
                scores = _scores(tool, chromium, f"http://127.0.0.1:{port}{path}", Path(folder) / "report.json")
                for category, score in scores.items():
                    print(
                        json.dumps({"name": f"lighthouse {category}", "value": score, "unit": "of 100", "of": path}), flush=True
                    )
                    low |= score < LEAST
        finally:
            server.terminate()
            server.wait(timeout=30)
    if low:
        print(f"A page is below {LEAST}.", file=sys.stderr)
    return int(low)


def _installed() -> Path:
    """Lighthouse in a folder of its own, by npm at first use."""
    folder = ROOT / "var" / "lighthouse"
    tool = folder / "node_modules" / ".bin" / "lighthouse"
    if not tool.exists():
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts", "--prefix", str(folder), LIGHTHOUSE],
            check=True,
        )
    return tool


def _served(folder: Path) -> tuple[int, subprocess.Popen[bytes]]:
    """A web process with the settings of production but for the redirect to https, which a loopback address cannot answer."""
    from tests.plugins.servers import free_port

    port = free_port()
    environment = os.environ | {
        "SPECSTEP_DATA_DIR": str(folder),
        "SPECSTEP_DEBUG": "false",
        "SECURE_SSL_REDIRECT": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    for command in (["migrate", "-v", "0"], ["collectstatic", "--noinput", "-v", "0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    web = ["uvicorn", "specstep.asgi:application", "--port", str(port), "--lifespan", "off", "--no-access-log"]
    server = subprocess.Popen([sys.executable, "-m", *web, "--log-level", "warning"], cwd=ROOT, env=environment)
    for _ in range(240):
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return port, server
        except OSError:
            time.sleep(0.25)
    server.terminate()
    raise SystemExit("The web process did not start.")


def _scores(tool: Path, chromium: str, address: str, report: Path) -> dict[str, int]:
    command = [str(tool), address, "--quiet", "--output=json", f"--output-path={report}", f"--chrome-flags={FLAGS}"]
    subprocess.run(command, env=os.environ | {"CHROME_PATH": chromium}, check=True, capture_output=True, timeout=300)
    found: dict[str, Any] = json.loads(report.read_text())
    assert found["configSettings"]["throttling"]["cpuSlowdownMultiplier"] == 4
    return {category: round(found["categories"][category]["score"] * 100) for category in CATEGORIES}


if __name__ == "__main__":
    sys.exit(main())
