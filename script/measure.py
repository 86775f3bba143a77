"""The measurements behind ``script/bench``."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def say(name: str, value: float, unit: str, of: str) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "of": of}), flush=True)


def seconds(work: Callable[[], object], runs: int) -> float:
    """Median wall time of ``runs`` calls after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def process(*command: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)


def measure_start() -> float:
    bare = seconds(process("-c", "import django; django.setup()"), 5)
    say("django start", bare, "s", "a process that only sets Django up")
    return bare


def measure_main_job(bare: float, out: Path) -> None:
    for sample in sorted((ROOT / "samples").glob("*.yaml")):
        took = seconds(process("manage.py", "specify", str(sample), "--out", str(out)), 3)
        say(f"specify {sample.stem}", took, "s", "answers file to zip, offline, whole process")
        say(f"specify {sample.stem}, ratio", took / bare, "x", "of a process that only sets Django up")


def measure_pages() -> None:
    import django

    django.setup()
    from django.http import HttpRequest, HttpResponse
    from django.test import Client
    from django.urls import path

    from accounts.models import User
    from generation.models import Package
    from specstep import urls

    def empty(request: HttpRequest) -> HttpResponse:
        return HttpResponse("")

    urls.urlpatterns.append(path("bench-empty", empty))
    package = Package.objects.order_by("-created_at").first()
    if package is None:
        raise SystemExit("No package was made, so no page can be measured.")
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(pk=package.workspace.owner_id))

    def get(address: str) -> Callable[[], object]:
        def ask() -> object:
            answer = client.get(address)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
            return answer

        return ask

    base = seconds(get("/bench-empty"), 50)
    say("empty page", base * 1000, "ms", "view and all middleware, in process")
    for name, address in {
        "interviews page": "/interviews/",
        "interview page": f"/interviews/{package.project}/",
        "run page": package.run.get_absolute_url(),
        "package page": package.get_absolute_url(),
    }.items():
        took = seconds(get(address), 10)
        say(name, took * 1000, "ms", "in process")
        say(f"{name}, ratio", took / base, "x", "of the empty page")


def measure_redaction() -> None:
    from llm.redaction import find_secrets

    text = (ROOT / "docs" / "promises.md").read_text()
    took = seconds(lambda: find_secrets(text), 5)
    say("secret finder, large document", len(text.encode()) / 1e6 / took, "MB/s", "docs/promises.md in one call")
    items = [line for line in text.splitlines() if line]
    took = seconds(lambda: [find_secrets(item) for item in items], 3)
    say(
        "secret finder, per item", sum(len(item.encode()) for item in items) / 1e6 / took, "MB/s", "docs/promises.md line by line"
    )


def main() -> None:
    import os

    bare = measure_start()
    measure_main_job(bare, Path(os.environ["SPECSTEP_DATA_DIR"]) / "out")
    measure_pages()
    measure_redaction()


if __name__ == "__main__":
    main()
