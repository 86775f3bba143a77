"""What a person may change about the account."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from accounts.models import BugReport, MailOut, User


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


def _required(form: forms.ModelForm[Any], *names: str) -> None:
    for name in names:
        form.fields[name].required = True


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A change of policy: what changes, what it means, what the reader can do, and when it takes effect (UTC)."""

    class Meta:
        model = MailOut
        fields: ClassVar = ["title", "happened", "concerns", "advice", "effective_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _required(self, "happened", "concerns", "advice", "effective_at")


class IncidentForm(forms.ModelForm):  # type: ignore[type-arg]
    """An incident: its three parts (GDPR, Article 34), when we learnt of it (UTC), and whom it concerns."""

    named = forms.CharField(required=False, max_length=200_000)

    class Meta:
        model = MailOut
        fields: ClassVar = ["title", "happened", "concerns", "advice", "known_at", "to_everyone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _required(self, "happened", "concerns", "advice", "known_at")
