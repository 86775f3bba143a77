"""What a person may change about the account."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from accounts.models import BugReport, User


class NameForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = User
        fields: ClassVar = ["display_name"]


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a person writes in a bug report, and the page it was written on."""

    came_from = forms.CharField(required=False, max_length=2000)

    class Meta:
        model = BugReport
        fields: ClassVar = ["title", "description", "severity"]
