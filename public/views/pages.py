"""What a visitor sees without signing in: the start page, the example, the agents."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from generation.framing import framed
from generation.rules import shelves
from ground import agents as roster
from public import example as sample


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "agents": roster.agents(),
        "figures": sample.figures(),
        "trace": sample.trace(),
        "turns": sample.asked_back(),
        "disagreement": sample.disagreement(),
        "files": [(path, said, sample.address(path)) for path, said in FILES],
    }
    return render(request, "public/home.html", context)


FILES = (
    ("BRIEF.md", "One page for whoever pays"),
    ("docs/requirements.md", "Each requirement in plain words and in formal ones"),
    ("docs/architecture.md", "Twelve sections, with diagrams that parse"),
    ("adr/README.md", "Decisions, with what was given up"),
    ("features/booking.feature", "Tests that engineers can run"),
    ("backlog/backlog.md", "Stories in an order that can be built"),
    ("trace/matrix.md", "Every answer, and where it went"),
    ("AGENTS.md", "What a coding agent needs to know"),
)
"""Files of the example that the start page names, and what they are."""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what is public; the rest asks for an account anyway."""
    lines = ("User-agent: *", "Disallow: /console/", "Disallow: /settings/", "Disallow: /interviews/", "Disallow: /packages/")
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    """By the part they first work in; who comes back later is named again there, without a second card."""
    lanes = []
    for lane, said in LANES:
        there = roster.working_in(lane)
        again = [one for one in there if one.lanes[0] != lane]
        lanes.append((lane, said, again, [one for one in there if one not in again]))
    return render(request, "public/agents.html", {"lanes": lanes, "here": "agents"})


LANES: tuple[tuple[roster.Lane, str], ...] = (
    ("interview", "They ask and note"),
    ("decide", "They decide what follows from it"),
    ("write", "They write"),
    ("check", "They read against it"),
)


@require_safe
def agent(request: HttpRequest, key: str) -> HttpResponse:
    every = roster.agents()
    place = next((place for place, one in enumerate(every) if one.key == key), None)
    if place is None:
        raise Http404("There is no such agent.")
    context = {
        "agent": every[place],
        "before": every[place - 1] if place else None,
        "after": every[place + 1] if place + 1 < len(every) else None,
        "lanes": [said for lane, said in LANE_NAMES if lane in every[place].lanes],
        "sample": sample.left_by(every[place]),
        "here": "agents",
    }
    return render(request, "public/agent.html", context)


LANE_NAMES: tuple[tuple[roster.Lane, str], ...] = (
    ("interview", "the interview"),
    ("decide", "deciding"),
    ("write", "writing"),
    ("check", "checking"),
)


@require_safe
def example(request: HttpRequest) -> HttpResponse:
    return _file(request, "README.md")


@require_safe
def example_scorecard(request: HttpRequest) -> HttpResponse:
    return _file(request, "quality/scorecard.md")


@require_safe
def example_document(request: HttpRequest, path: str) -> HttpResponse:
    return _file(request, path)


@require_safe
@xframe_options_sameorigin
def example_diagram(request: HttpRequest, path: str) -> HttpResponse:
    """One diagram of a file, in a sandbox."""
    return framed(request, _text(path), path)


@require_safe
def example_archive(request: HttpRequest) -> HttpResponse:
    """The package as it was written, byte for byte."""
    answer = HttpResponse(sample.ARCHIVE.read_bytes(), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{sample.ARCHIVE.name}"'
    return answer


def _file(request: HttpRequest, path: str) -> HttpResponse:
    _text(path)
    before, after = sample.neighbours(path)
    context = {
        "path": path,
        "name": shelves.name(path),
        "shown": sample.read(path),
        "shelves": sample.shelves_at(path),
        "archive_size": sample.ARCHIVE.stat().st_size,
        "before": before,
        "after": after,
        "is_markdown": path.endswith(".md"),
        "is_transcript": path == "evidence/interview.md",
        "here": "example",
    }
    return render(request, "public/example.html", context)


def _text(path: str) -> str:
    if path not in sample.files():
        raise Http404("There is no such file in the example.")
    return sample.files()[path]
