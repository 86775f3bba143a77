"""The pages about the API: everything that is described stands there, and every example of it runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.flows import keying
from accounts.models import User
from api.reference import pages, samples
from api.rest.operations import OPERATIONS
from delivery.flows import preparing
from delivery.models import Channel, Endpoint
from generation.flows import cancelling, starting
from generation.models import Package, Run
from interviews.flows import opening
from interviews.models import Fact, Interview, Reference
from tests.api.rest.world import a_folder, binned, furnished

LATE = [
    *("change_profile", "choose_notices", "report_problem"),
    *("set_limits", "begin_interview", "keep_draft", "attach_reference", "decide_later", "do_not_know", "give_answer"),
    *("ask_again", "stop_reply", "settle_conflict", "correct_fact", "correct_assumption", "sign_anchor"),
    *("cancel_reference", "remove_reference"),
    *("look_into_folder", "choose_files", "stop_folder_reading", "go_on_with_folder", "disconnect_folder"),
    *("retry_run", "cancel_run", "close_interview", "start_run", "reopen_interview"),
    *("check_channel", "confirm_channel", "deliver_package", "replay_delivery", "pause_channel", "resume_channel"),
    *("change_channel", "remove_channel", "change_webhook", "test_webhook", "replay_dispatch", "pause_webhook", "resume_webhook"),
    *("remove_webhook", "preview_retention", "change_retention", "restore_item", "purge_item", "empty_recycle_bin"),
    *("delete_package", "delete_interview"),
]
"""What changes something, in an order in which each can be done."""


@pytest.mark.django_db
@pytest.mark.promise("S-009")
def test_every_operation_stands_on_a_page(client: Client) -> None:
    shown = ""
    for noun in pages.nouns():
        answer = client.get(f"/docs/api/{noun.slug}/")
        assert answer.status_code == 200
        shown += answer.content.decode()
    assert all(f'id="{name}"' in shown for name in OPERATIONS)
    assert all(re.search(rf"<td>.*{status}|>{status}<", shown) for status in ("404", "409", "412", "422"))
    assert "<script>" not in shown.replace('<script src="', "")
    assert client.get("/docs/api/").status_code == 200
    assert client.get("/docs/api/nothing/").status_code == 404


Write = Callable[[samples.Call], str]


def world(name: str) -> tuple[str, dict[str, Any]]:
    """A key of somebody who has one of everything, and what the examples say in its place."""
    owner = User.objects.create_user(f"{name}@example.org", name)
    ids = furnished(owner)
    package = Package.objects.get(pk=ids["package"])
    Channel.objects.filter(pk=ids["channel"]).update(state=Channel.State.DRAFT, confirmed_at=None, interview=None)
    channel = Channel.objects.get(pk=ids["channel"])
    Endpoint.objects.filter(pk=ids["webhook"]).update(url="https://example.org/hooks/specstep")
    run = cancelling.cancel(starting.start(Interview.objects.get(pk=package.project), actor=owner))
    interview = Interview.objects.get(pk=ids["interview"])
    waiting = Reference.objects.create(
        interview=interview, label="S-90", name="a.pdf", media_type="application/pdf", size=1, state=Reference.State.WAITING
    )
    facts = Fact.objects.filter(interview=ids["interview"]).order_by("label")
    return keying.make(owner, name=name).raw, ids | {
        "digest": preparing.shipment_of(package, channel).digest,
        "stopped": run.pk,
        "waiting": waiting.pk,
        "other_folder": a_folder(interview)[0].pk,
        "other_item": binned(owner).pk,
        "other_fact": facts[2].pk,
        "later": opening.open_interview(workspace=owner.workspace, title="Another").questions.get().pk,
    }


ELSEWHERE = {
    "correct_fact": {"fact": "other_fact"},
    "decide_later": {"question": "later"},
    "retry_run": {"run": "stopped"},
    "cancel_run": {"run": "stopped"},
    "cancel_reference": {"reference": "waiting"},
    "look_into_folder": {"folder": "other_folder"},
    "purge_item": {"item": "other_item"},
    "change_channel": {"interview": "closed"},
}
"""Operations whose row must be another one than the usual."""


def calls(base: str, ids: dict[str, Any]) -> Iterator[samples.Call]:
    """Every operation: what only reads first, then what changes something, in an order that works."""
    described = {operation["operationId"]: (place, method, operation) for place, method, operation in pages.operations()}
    assert set(LATE) == {name for name, one in OPERATIONS.items() if one.method != "GET"}
    for name in [*(name for name in described if name not in LATE), *LATE]:
        place, method, operation = described[name]
        values = ids | {given: ids[other] for given, other in ELSEWHERE.get(name, {}).items()}
        yield samples.call_of(place, method, operation, base=base, values=values)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["curl", "Python", "TypeScript"])
def test_every_example_runs(served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    key, ids = world(language)
    monkeypatch.setenv("SPECSTEP_KEY", key)
    monkeypatch.chdir(tmp_path)
    {"curl": in_a_shell, "Python": in_python, "TypeScript": in_node}[language](list(calls(served, ids)), tmp_path)
    assert Run.objects.filter(workspace__owner__email=f"{language}@example.org").count() == 3
    assert Interview.objects.filter(workspace__owner__email=f"{language}@example.org").count() == 5


def in_a_shell(sent: list[samples.Call], folder: Path) -> None:
    lines = [f"{{\n{samples.curl(call)}\n}} >answer || {{ echo {call.id}; cat answer; exit 1; }}" for call in sent]
    (folder / "all.sh").write_text("\n".join(lines))
    told = subprocess.run(["bash", "all.sh"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, told.stdout + told.stderr
    assert (folder / "package.zip").read_bytes()[:2] == b"PK"


def in_python(sent: list[samples.Call], folder: Path) -> None:
    for call in sent:
        try:
            exec(compile(samples.python(call), call.id, "exec"), {})
        except Exception as error:
            response = getattr(error, "response", None)
            raise AssertionError(f"{call.id}: {error} {response.text if response is not None else ''}") from error
    assert (folder / "package.zip").read_bytes()[:2] == b"PK"


def in_node(sent: list[samples.Call], folder: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not here; script/test installs it.")
    blocks = [
        f"await (async () => {{\n{samples.typescript(call)}\n}})().catch((error) => {{\n"
        f"  throw new Error({json.dumps(call.id)} + error);\n}});"
        for call in sent
    ]
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    text = "\n".join(blocks)
    if tuple(map(int, version.strip().lstrip("v").split(".")[:2])) < (22, 18):
        # This Node does not take the types away itself. There are two kinds of them.
        text = text.replace("answer: Response", "answer").replace("answer.body!", "answer.body")
        path = folder / "all.mjs"
    else:
        path = folder / "all.mts"
    path.write_text(text)
    told = subprocess.run([node, path.name], cwd=folder, capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, told.stdout[-500:] + told.stderr


def test_the_examples_are_those_on_the_pages() -> None:
    for noun in pages.nouns():
        for entry in pages.entries(noun.slug, "https://specstep.example"):
            assert [sample.language for sample in entry.samples] == ["curl", "Python", "TypeScript"]
            place, method, operation = next(one for one in pages.operations() if one[2]["operationId"] == entry.id)
            call = samples.call_of(place, method, operation, base="https://specstep.example", values={})
            assert entry.samples[0].text == samples.curl(call)
            compile(samples.python(call), entry.id, "exec")
