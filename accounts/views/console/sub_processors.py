"""Sub-processors: announce a change, read what people say against it, make it active."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import see_other
from accounts.flows import engaging
from accounts.forms import SubProcessorForm
from accounts.models import SubProcessor
from accounts.rules import letters
from accounts.views.console.entering import OperatorRequest, screen
from accounts.views.console.words import typed
from ground.errors import SpecStepError


@screen("sub_processors")
@require_safe
def sub_processors(request: OperatorRequest) -> HttpResponse:
    context = {
        "operator": request.operator,
        "entries": engaging.entries(),
        "to_come": [(row, row.objections.filter(seen_at=None).count()) for row in engaging.to_come()],
        "waiting": engaging.parties_to_join(),
        "days": letters.NOTICE_DAYS,
    }
    return render(request, "console/sub_processors.html", context)


@screen("sub_processors")
@require_http_methods(["GET", "HEAD", "POST"])
def new_sub_processor(request: OperatorRequest) -> HttpResponse:
    form = SubProcessorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = engaging.announce(form.save(commit=False), letter=form.cleaned_data["letter"], actor=request.user)
        except SpecStepError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Announced: everybody is being told of it.")
            return see_other(f"/console/sub-processors/{row.pk}/")
    context = {"operator": request.operator, "form": form, "days": letters.NOTICE_DAYS, "waiting": engaging.parties_to_join()}
    return render(request, "console/sub_processor_form.html", context, status=422 if request.method == "POST" else 200)


@screen("sub_processors")
@require_safe
def sub_processor(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    """One change, with every objection; opening it counts as reading them."""
    row = get_object_or_404(SubProcessor.objects.select_related("mail_out"), pk=pk)
    objections = engaging.read(row)
    for objection in objections:
        request.operator.looks_at(objection.user, about=row.pk)
    context = {"operator": request.operator, "row": row, "objections": objections, "why_not": engaging.why_not_yet(row)}
    return render(request, "console/sub_processor.html", context)


@screen("sub_processors")
@require_POST
def activate_sub_processor(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(SubProcessor, pk=pk)
    typed(request, "activate")
    engaging.activate(row.pk, actor=request.user)
    messages.success(request, f"{row.company} is on the list now.")
    return see_other(f"/console/sub-processors/{row.pk}/")


@screen("sub_processors")
@require_POST
def withdraw_sub_processor(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(SubProcessor, pk=pk)
    engaging.withdraw(row.pk, actor=request.user)
    messages.success(request, "Given up. If people were told already, tell them again.")
    return see_other("console:sub_processors")
