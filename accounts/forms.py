"""What a person may change about the account."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from accounts.flows import keying, reviewing
from accounts.models import AuditEvent, User
from accounts.rules import keys
from accounts.rules.trail import GROUPS


class NameForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = User
        fields: ClassVar = ["display_name"]


class KeyForm(forms.Form):
    """A new API key. ``once`` makes the form good for one key, however often it is sent."""

    name = forms.CharField(required=False, strip=True, max_length=200)
    days = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "")],
        error_messages={"invalid_choice": "Choose one of the times in the list."},
    )
    once = forms.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.fields["days"]
        assert isinstance(days, forms.TypedChoiceField)
        days.choices = [("", "until I revoke it"), *((str(number), f"{number} days") for number in keying.LIFETIMES)]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if why := keys.why_no_name(name):
            raise forms.ValidationError(why)
        return name

    @property
    def shown_name(self) -> str:
        """What was typed, to be mended; nothing where it could be a key that somebody pasted into the wrong field (S-178)."""
        typed = str(self["name"].value() or "")
        return "" if any(len(word) > keys.LONGEST_WORD for word in typed.split()) or keys.holds_a_key(typed) else typed


class DeletionForm(forms.Form):
    """The word that must be typed before an account is deleted."""

    WORD = "delete"
    word = forms.CharField(required=False, max_length=40)

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word.strip().lower() != self.WORD:
            raise forms.ValidationError(f"Type the word {self.WORD} to go on. Nothing was deleted.")
        return word


class SearchForm(forms.Form):
    """What to look for in the trail."""

    group = forms.ChoiceField(required=False, choices=[("", "Everything"), *((name, told) for name, (told, _) in GROUPS.items())])
    means = forms.ChoiceField(required=False, choices=[("", "By any means"), *AuditEvent.Means.choices])
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    @property
    def search(self) -> reviewing.Search:
        return reviewing.Search(**self.cleaned_data)
