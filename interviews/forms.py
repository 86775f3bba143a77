"""What people may send to an interview."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from interviews.models import Conflict, Interview


class NewInterviewForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = Interview
        fields: ClassVar = ["title", "depth", "profile"]


class AnswerForm(forms.Form):
    """The composer. ``suggested`` comes from a suggested answer that is pressed without JavaScript."""

    text = forms.CharField(required=False, max_length=40_000, strip=True)
    suggested = forms.CharField(required=False, max_length=2_000)
    question = forms.UUIDField()
    client_id = forms.CharField(required=False, max_length=40)

    @property
    def words(self) -> str:
        return str(self.cleaned_data["text"] or self.cleaned_data["suggested"])


class DraftForm(forms.Form):
    text = forms.CharField(required=False, max_length=40_000, strip=False)


class LaterForm(forms.Form):
    """Who decides, and when."""

    owner = forms.CharField(max_length=80)
    trigger = forms.CharField(max_length=120)


class FactForm(forms.Form):
    text = forms.CharField(max_length=400)


class SettleForm(forms.Form):
    """Which of two answers holds; "both" needs the condition."""

    resolution = forms.ChoiceField(choices=[choice for choice in Conflict.Resolution.choices if choice[0] != "open"])
    text = forms.CharField(required=False, max_length=2_000)


class PasteForm(forms.Form):
    """Text that is pasted as a document of its own."""

    name = forms.CharField(required=False, max_length=120)
    text = forms.CharField(max_length=2_000_000, strip=False)


class AssumptionForm(forms.Form):
    """A correction of what would be assumed for one topic."""

    topic = forms.CharField(max_length=4)
    text = forms.CharField(max_length=4_000)
