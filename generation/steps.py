"""Which work each kind of step is."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.text import slugify
from pydantic import BaseModel

from generation.models import Document, Package, Run
from generation.rules import assembling, checking, graph, guarding, packaging, rendering
from generation.rules.content import (
    ArchitectureInput,
    BacklogInput,
    Content,
    DocumentText,
    Evidence,
    Parts,
    ProseInput,
    ProseSection,
    RequirementsInput,
    ReviewInput,
    ReviewPart,
    RisksInput,
    Shape,
    TestsInput,
    VisionInput,
)
from ground import crashpoints
from ground.errors import SpecStepError
from llm import gateway
from llm.calls import Call
from llm.loop import Stop
from llm.models import ModelCall
from llm.placeholders import without_placeholders
from llm.purse import Purse
from llm.redaction import Redaction
from llm.redaction_keys import redaction_for

Result = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """What lies before the one who does a step. No database connection is held while the work goes on."""

    run_id: uuid.UUID
    key: str
    evidence: Evidence
    results: Mapping[str, Result]
    """Results of the steps it needs, by key."""
    purse: Purse
    provider: str
    input_sha256: str
    """Of everything above and the version of the work: the same for every attempt at the same step."""
    say: Callable[[str], None] = field(default=lambda text: None)
    """Tell the progress page something in one sentence."""
    stop: Stop = field(default_factory=Stop)
    """Set when the result is no longer wanted: the run was cancelled, or the step was taken over."""

    @property
    def asking(self) -> dict[str, Any]:
        """What every model call of this step has in common."""
        return {
            "purse": self.purse,
            "provider": self.provider,
            "key": self.paid_key,
            "part": self.key,
            "stop": self.stop,
        }

    @property
    def paid_key(self) -> str:
        """Makes a model call idempotent: another attempt at the same step with the same input gets the stored answer."""
        return f"{self.run_id}:{self.key}:{self.input_sha256[:16]}"


def _nothing_more(run: Run, bench: Bench, result: Result) -> None:
    """Most steps leave nothing but their result."""


def _no_words(result: Result) -> str:
    return ""


def _nothing_to_drop(result: Result) -> None: ...


@dataclass(frozen=True)
class Work:
    """One kind of work."""

    version: int
    """Part of the input hash: raise it when the same input must give another result."""
    do: Callable[[Bench], Result]
    """Slow and without a transaction. May be done twice; must then give the same."""
    keep: Callable[[Run, Bench, Result], None] = _nothing_more
    """Quick: writes rows in the transaction that finishes the step, so that they appear once and together with it."""
    note: Callable[[Result], str] = _no_words
    """What came out, in a few words: "41 answers, 118 facts"."""
    drop: Callable[[Result], None] = _nothing_to_drop
    """Takes back what ``do`` left outside the database, when the run was deleted meanwhile. May be done twice."""


# --- what each kind does -------------------------------------------------------------------------------------------------


def _freeze(bench: Bench) -> Result:
    evidence = bench.evidence
    return {"answers": len(evidence.answers), "facts": len(evidence.facts), "sources": len(evidence.sources)}


def _counted(result: Result) -> str:
    counts = [("answer", result["answers"]), ("fact", result["facts"]), ("document", result["sources"])]
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts)


def _decide(module: str, name: str, given: Callable[[Bench], BaseModel]) -> Callable[[Bench], Result]:
    """Ask one of the deciding calls. Its module is imported at the first use: agents are large and web processes need none."""

    def do(bench: Bench) -> Result:
        call: Call[Any, Any] = getattr(importlib.import_module(f"generation.calls.{module}"), name)
        part = gateway.ask(
            call, given(bench), purse=bench.purse, provider=bench.provider, key=bench.paid_key, part=bench.key, stop=bench.stop
        )
        return {"part": part.model_dump(mode="json")}

    return do


def _part(bench: Bench, key: str) -> Any:
    return bench.results[key]["part"]


def _parts(bench: Bench) -> Parts:
    return Parts.model_validate({"evidence": bench.evidence.model_dump(), **{key: _part(bench, key) for key in graph.DECIDING}})


def _inputs(shape: type[Shape], *keys: str) -> Callable[[Bench], BaseModel]:
    def given(bench: Bench) -> BaseModel:
        return shape.model_validate({"evidence": bench.evidence.model_dump(), **{key: _part(bench, key) for key in keys}})

    return given


def _assemble(bench: Bench) -> Result:
    content = assembling.assemble(_parts(bench), drafted_by=drafted_by(bench.provider))
    content = guarding.content(content, _redaction(bench))
    return {"content": content.model_dump(mode="json")}


def _content(bench: Bench) -> Content:
    return Content.model_validate(bench.results["assemble"]["content"])


def _redaction(bench: Bench) -> Redaction:
    """What finds secrets, with this workspace's placeholders."""
    return redaction_for(bench.purse.workspace_id)


def drafted_by(provider: str) -> str:
    """ "offline", or vendor and model: what the documents say of who wrote them."""
    return provider if provider == "offline" else f"{provider} {settings.LLM_MODELS.get((provider, 'balanced'), '')}".strip()


def _prose(bench: Bench) -> Result:
    from generation.calls.prose import PROSE

    given = ProseInput(document=graph.argument(bench.key), parts=_parts(bench))
    part = gateway.ask(
        PROSE, given, purse=bench.purse, provider=bench.provider, key=bench.paid_key, part=bench.key, stop=bench.stop
    )
    return {"part": part.model_dump(mode="json"), "paid_key": bench.paid_key}


def _render(bench: Bench) -> Result:
    content, path = _content(bench), graph.argument(bench.key)
    if path == "files":
        single = set(graph.NAMES)
        return {
            "files": {name: rendering.render(content, name, []) for name in rendering.documents(content) if name not in single}
        }
    key = f"prose:{path}"
    prose = [ProseSection.model_validate(row) for row in _part(bench, key)["sections"]] if key in bench.results else []
    text = guarding.document(path, rendering.render(content, path, prose), _redaction(bench))
    return {"files": {path: text}}


def _files(bench: Bench) -> dict[str, str]:
    """All rendered files by path."""
    return {
        path: text
        for key in sorted(bench.results)
        if key.startswith("render:")
        for path, text in bench.results[key]["files"].items()
    }


def _words(result: Result) -> str:
    return f"{sum(len(text.split()) for text in result['files'].values()):,} words"


class CheckFailed(SpecStepError):
    """The rendered documents break a rule that no package may leave with."""

    def __init__(self, found: list[checking.CheckResult]) -> None:
        first = found[0]
        more = f" {len(found) - 1} more like it." if len(found) > 1 else ""
        super().__init__(f"A check stopped the package: {first.where}: {first.message}{more} The fault is ours.", permanent=True)
        self.found = found


def _check(bench: Bench) -> Result:
    found = checking.check(_content(bench), _files(bench))
    if stopping := checking.blocking(found):
        raise CheckFailed(stopping)
    return {"notes": len(found)}


def _review(bench: Bench) -> Result:
    from generation.calls.reviews import REVIEWS

    role = graph.argument(bench.key)
    documents = [DocumentText(path=path, text=text) for path, text in _files(bench).items() if path.endswith((".md", ".feature"))]
    given = ReviewInput.model_validate(
        {"role": role, "parts": _parts(bench).model_dump(), "documents": [one.model_dump() for one in documents]}
    )
    part = gateway.ask(
        REVIEWS[role], given, purse=bench.purse, provider=bench.provider, key=bench.paid_key, part=bench.key, stop=bench.stop
    )
    return {"part": part.model_dump(mode="json")}


def _score(bench: Bench) -> Result:
    """The last files: trace, scorecard, findings, decisions, manifest."""
    reviews = {role: ReviewPart.model_validate(_part(bench, f"review:{role}")) for role in graph.REVIEWERS}
    files = _files(bench)
    whole = guarding.package(_content(bench), files, reviews, _redaction(bench), receipts=_receipts(bench))
    card = json.loads(whole["quality/scorecard.json"])
    return {"files": {path: text for path, text in whole.items() if files.get(path) != text}, "grade": card["package"]["grade"]}


def _receipts(bench: Bench) -> dict[str, packaging.Receipt]:
    """Who wrote the written sections, and what that cost, from the ledger of calls."""
    if bench.provider == "offline":
        return {}
    rows = ModelCall.objects.filter(subject=bench.run_id, part__startswith="prose:", state=ModelCall.State.ANSWERED)
    return {
        graph.argument(row.part): packaging.Receipt(
            prompt=f"{row.call}@{row.version}", model=row.model, cost_usd=float(row.cost_usd or 0)
        )
        for row in rows.order_by("started_at")
    }


def _package(bench: Bench) -> Result:
    """Build the zip and store it. The name follows from run and content, so doing it twice leaves one file."""
    content = _content(bench)
    files = _files(bench) | bench.results["score"]["files"]
    if left := guarding.left(files, _redaction(bench)):
        raise SpecStepError(f"A search for secrets stopped the package: {left[0]}. Ask us: the fault is ours.", permanent=True)
    at = dt.datetime.fromisoformat(content.evidence.frozen_at)
    data = packaging.zip_bytes(files, folder=slugify(without_placeholders(content.evidence.title)) or "package", at=at)
    if found := packaging.verify(data):
        raise SpecStepError(f"The zip is not whole: {found[0]} The fault is ours.", permanent=True)
    name = f"packages/{bench.run_id}.zip"
    # Storage does not overwrite; a file that an earlier attempt left may be cut short.
    default_storage.delete(name)
    crashpoints.reached("package.deleted")
    stored = default_storage.save(name, ContentFile(data))
    crashpoints.reached("package.stored")
    model = json.loads(files[".specstep/model.json"])
    return {
        "blob": stored,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "grade": bench.results["score"]["grade"],
        "title": content.evidence.title,
        "model": model,
        "summary": {
            "requirements": len(model["requirements"]),
            "must": sum(row["priority"] == "must" for row in model["requirements"]),
            "tests": len(model["tests"]),
            "stories": len(content.stories),
            "assumptions": len(model["assumptions"]),
            "open_questions": len(model["open_questions"]),
            "conflicts": len(model["conflicts"]),
            "answers": len(content.evidence.answers),
            "facts": len(content.evidence.facts),
            "drafted_by": content.drafted_by,
        },
    }


def _keep_package(run: Run, bench: Bench, result: Result) -> None:
    package = Package.objects.create(
        workspace_id=run.workspace_id,
        run=run,
        interview_id=run.interview_id,
        number=run.number,
        title=result["title"],
        grade=result["grade"],
        summary=result["summary"],
        model=result["model"],
        blob=result["blob"],
        sha256=result["sha256"],
        size=result["size"],
    )
    files = _files(bench) | bench.results["score"]["files"]
    Document.objects.bulk_create(
        Document(package=package, path=path, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
        for path, text in sorted(files.items())
    )


def _drop_package(result: Result) -> None:
    default_storage.delete(result["blob"])


def _graded(result: Result) -> str:
    return str(result["grade"])


WORKS: Mapping[str, Work] = {
    "freeze": Work(1, _freeze, note=_counted),
    "vision": Work(1, _decide("vision", "VISION", _inputs(VisionInput))),
    "requirements": Work(
        1,
        _decide("requirements", "REQUIREMENTS", _inputs(RequirementsInput, "vision")),
        note=lambda result: (
            f"{len(result['part']['requirements'])} requirements, {len(result['part']['assumptions'])} assumptions"
        ),
    ),
    "tests": Work(
        1,
        _decide("tests", "TESTS", _inputs(TestsInput, "vision", "requirements")),
        note=lambda result: f"{len(result['part']['tests'])} tests",
    ),
    "architecture": Work(
        1,
        _decide("architecture", "ARCHITECTURE", _inputs(ArchitectureInput, "vision", "requirements", "tests")),
        note=lambda result: f"{len(result['part']['adrs'])} decisions, {len(result['part']['elements'])} elements",
    ),
    "backlog": Work(
        1,
        _decide("backlog", "BACKLOG", _inputs(BacklogInput, "vision", "requirements", "tests", "architecture")),
        note=lambda result: f"{len(result['part']['stories'])} stories",
    ),
    "risks": Work(
        1,
        _decide("risks", "RISKS", _inputs(RisksInput, "vision", "requirements", "tests", "architecture", "backlog")),
        note=lambda result: f"{len(result['part']['risks'])} risks, {len(result['part']['figures'])} sums",
    ),
    "assemble": Work(1, _assemble),
    "prose": Work(1, _prose),
    "render": Work(1, _render, note=_words),
    "checks": Work(1, _check, note=lambda result: f"{result['notes']} notes" if result["notes"] else "nothing to note"),
    "review": Work(1, _review, note=lambda result: f"{len(result['part']['findings'])} findings"),
    "score": Work(1, _score, note=_graded),
    "package": Work(1, _package, keep=_keep_package, drop=_drop_package),
}
