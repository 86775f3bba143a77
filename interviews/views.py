"""The doors to an interview.

Every page works without JavaScript: a form posts, the answer is 303 back; htmx gets the changed parts.
"""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import came_from, says_why, see_other, sorry
from accounts.models import User
from ground.errors import BadInput
from ground.models import LogEntry
from interviews import pages
from interviews.flows import (
    answering,
    closing,
    confirming,
    correcting,
    opening,
    reading,
    recording,
    referencing,
    removing,
    settling,
)
from interviews.forms import (
    AnswerForm,
    AssumptionForm,
    DraftForm,
    FactForm,
    LaterForm,
    NewInterviewForm,
    PasteForm,
    SettleForm,
)
from interviews.models import Conflict, Fact, Interview, Question, Reference

PAGE = "interviews/interview.html"
MOST_FILES = 20
"""Files of one request: each may take a while to read."""


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    mine = Interview.objects.visible_to(request.user)
    finished = request.GET.get("show") == "closed"
    projects = pages.projects(mine, finished=finished)
    if not projects and not request.GET.get("show"):
        # Whoever has only closed interviews looks for one of them.
        projects = pages.projects(mine, finished=True)
        finished = bool(projects)
    waiting = any(project.is_mine for project in projects)
    context = {
        "projects": projects,
        "finished": finished,
        "has_any": bool(projects) or mine.exists(),
        "waiting": waiting,
        "here": "interviews",
    }
    return render(request, "interviews/index.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def new(request: HttpRequest) -> HttpResponse:
    form = NewInterviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return see_other(opening.open_interview(workspace=_user(request).workspace, **form.cleaned_data))
    return render(request, "interviews/new.html", {"form": form, "here": "interviews"}, status=422 if form.errors else 200)


@login_required
@require_safe
def interview(request: HttpRequest, pk: UUID) -> HttpResponse:
    page = pages.interview_page(_interview(request, pk), _user(request))
    return render(request, PAGE, {"page": page, "here": "interviews"})


@login_required
@require_POST
@says_why
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = _interview(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid() or not form.words:
        return sorry(request, "There was nothing to send. Write your answer in the box, in your own words.")
    question = get_object_or_404(interview.questions, pk=form.cleaned_data["question"])
    said = answering.answer(question, text=form.words, client_id=form.cleaned_data["client_id"])
    return _changed(request, interview, question, said.question)


@login_required
@require_POST
def draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    form = DraftForm(request.POST)
    if form.is_valid():
        recording.keep_draft(_interview(request, pk), form.cleaned_data["text"])
    return HttpResponse(status=204)


@login_required
@require_POST
@says_why
def reference(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Files that were dropped or chosen. Each that cannot be read stays on the list and says why; one that is refused is told."""
    interview = _interview(request, pk)
    files = request.FILES.getlist("file")
    if not files:
        return sorry(request, "Choose a file first.")
    refused = []
    for file in files[:MOST_FILES]:
        try:
            referencing.attach(interview, name=file.name or "", file=cast(BinaryIO, file.file), size=file.size or 0)
        except BadInput as error:
            refused.append(str(error))
    if len(files) > MOST_FILES:
        refused.append(f"{MOST_FILES} files are taken at a time; {len(files) - MOST_FILES} were left out. Attach them next.")
    if refused:
        return sorry(request, " ".join(refused))
    return _changed(request, interview)


@login_required
@require_POST
@says_why
def paste(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = _interview(request, pk)
    form = PasteForm(request.POST)
    if not form.is_valid():
        return sorry(request, "Paste some text first; at most two million letters fit.")
    name = form.cleaned_data["name"].strip() or "Pasted text"
    referencing.add_reference(interview, name=name, data=form.cleaned_data["text"].encode(), source=Reference.Source.PASTE)
    return _changed(request, interview)


@login_required
@require_POST
@says_why
def cancel_reference(request: HttpRequest, pk: UUID) -> HttpResponse:
    reference = _reference(request, pk)
    reading.cancel(reference)
    return _changed(request, reference.interview)


@login_required
@require_POST
@says_why
def remove_reference(request: HttpRequest, pk: UUID) -> HttpResponse:
    reference = _reference(request, pk)
    removed = removing.remove(reference)
    if not request.headers.get("HX-Request"):
        messages.success(request, removed.sentence)
    return _changed(request, reference.interview, said=removed.sentence)


@login_required
@require_POST
@says_why
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = _interview(request, pk)
    answering.ask_on(interview)
    return _changed(request, interview)


@login_required
@require_POST
@says_why
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = _interview(request, pk)
    answering.stop_reply(interview)
    return _changed(request, interview)


@login_required
@require_POST
@says_why
def unknown(request: HttpRequest, pk: UUID) -> HttpResponse:
    question = get_object_or_404(Question.objects.visible_to(request.user), pk=pk)
    answering.do_not_know(question)
    return _changed(request, question.interview, question)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def later(request: HttpRequest, pk: UUID) -> HttpResponse:
    question = get_object_or_404(Question.objects.visible_to(request.user), pk=pk)
    form = LaterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answering.decide_later(question, **form.cleaned_data)
        return _changed(request, question.interview, question)
    template = f"{PAGE}#later-form" if request.headers.get("HX-Request") else "interviews/later.html"
    return render(request, template, {"question": question, "form": form, "here": "interviews"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def fact(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A noted fact: its form, or (with ``keep``) the line as it stands."""
    noted = get_object_or_404(Fact.objects.visible_to(request.user).select_related("answer__question", "interview"), pk=pk)
    form = FactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        correcting.correct(noted, text=form.cleaned_data["text"])
        return _changed(request, noted.interview, noted.answer.question if noted.answer else None)
    page = pages.interview_page(noted.interview, _user(request))
    context = {"page": page, "noted": pages.noted_again(noted, page), "here": "interviews"}
    part = "#fact" if "keep" in request.GET else "#fact-form"
    return render(request, PAGE + part if request.headers.get("HX-Request") else "interviews/fact.html", context)


@login_required
@require_POST
@says_why
def conflict(request: HttpRequest, pk: UUID) -> HttpResponse:
    dispute = get_object_or_404(Conflict.objects.visible_to(request.user).select_related("interview", "second__answer"), pk=pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return sorry(request, "Say which of the two holds.")
    if form.cleaned_data["resolution"] == Conflict.Resolution.BOTH and not form.cleaned_data["text"].strip():
        return sorry(request, "Say when the first holds and when the second, in a sentence.")
    settling.settle(dispute, resolution=form.cleaned_data["resolution"], text=form.cleaned_data["text"])
    said_in = dispute.second.answer
    return _changed(request, dispute.interview, said_in.question if said_in else None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop here: what will be assumed comes first, then the button."""
    interview = _interview(request, pk)
    if request.method == "POST":
        closing.close(interview, because="You stopped here.")
        return see_other(_address(interview, "review"))
    return render(request, "interviews/close.html", {"interview": interview, "assumed": closing.what_will_be_assumed(interview)})


@login_required
@require_POST
@says_why
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = _interview(request, pk)
    closing.reopen(interview)
    return see_other(interview)


@login_required
@require_safe
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    page = pages.review_page(_interview(request, pk), _user(request))
    return render(request, "interviews/review.html", {"page": page, "here": "interviews"})


@login_required
@require_POST
@says_why
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = _interview(request, pk)
    confirming.sign_anchor(interview, by=str(_user(request)))
    messages.success(request, "Signed. Every document is held against this card.")
    return see_other(_address(interview, "review"))


@login_required
@require_POST
@says_why
def correct_assumption(request: HttpRequest, pk: UUID) -> HttpResponse:
    interview = _interview(request, pk)
    form = AssumptionForm(request.POST)
    if not form.is_valid():
        return sorry(request, "Write down what holds instead, in your own words.")
    answering.say_about(interview, **form.cleaned_data)
    messages.success(request, "Noted in your words. It is no longer assumed.")
    return see_other(_address(interview, "review"))


def interview_fragment(request: HttpRequest, pk: UUID, entry: LogEntry) -> str:
    """The HTML that one entry of the interview's log changes. Called by the event stream."""
    page = pages.interview_page(get_object_or_404(Interview.objects.visible_to(request.user), pk=pk), _user(request))
    changed = pages.turns_named(page, entry.payload) if entry.kind in {"turn", "noted", "status"} else []
    part = "reply" if entry.kind == "token" else "live"
    return render_to_string(f"{PAGE}#{part}", {"page": page, "changed": changed}, request)


def _changed(request: HttpRequest, interview: Interview, *questions: Question | None, said: str = "") -> HttpResponse:
    """303 to the page, or with htmx the parts that have changed. ``said`` is a sentence about it."""
    if not request.headers.get("HX-Request"):
        return see_other(came_from(request) if "review" in came_from(request) else f"{interview.get_absolute_url()}#now")
    page = pages.interview_page(_interview(request, interview.pk), _user(request))
    page.said = said
    touched = {question.pk for question in questions if question}
    changed = [turn for turn in page.turns if turn.question.pk in touched or turn.is_now]
    return render(request, f"{PAGE}#live", {"page": page, "changed": changed})


def _interview(request: HttpRequest, pk: UUID) -> Interview:
    return get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)


def _reference(request: HttpRequest, pk: UUID) -> Reference:
    return get_object_or_404(Reference.objects.visible_to(request.user).select_related("interview"), pk=pk)


def _address(interview: Interview, page: str) -> str:
    return f"{interview.get_absolute_url()}{page}/"


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
