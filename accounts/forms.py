"""What a person may change about the account."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from accounts import zones
from accounts.models import User
from accounts.rules import names, numbers

LANGUAGES = {
    "en": "English",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "it": "Italiano",
    "ja": "日本語",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "sv": "Svenska",
    "uk": "Українська",
    "zh-hans": "简体中文",
}
"""By BCP 47 tag, each in its own words."""


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    # Longer than the column: what is invisible is taken out first, and only then is it measured.
    display_name = forms.CharField(required=False, max_length=1000)
    contact_phone = forms.CharField(required=False, max_length=200)
    time_zone = forms.CharField(required=False, max_length=100)
    language = forms.ChoiceField(required=False, choices=list(LANGUAGES.items()))

    class Meta:
        model = User
        fields: ClassVar = ["display_name", "contact_phone", "time_zone", "language"]

    def clean_display_name(self) -> str:
        name = names.one_line(self.cleaned_data["display_name"])
        if name and not names.has_letters(name):
            raise forms.ValidationError("There is nothing to read in this name. Write it with letters, or leave it empty.")
        if len(name) > 150:
            raise forms.ValidationError(f"This name has {len(name)} characters; 150 fit. Shorten it.")
        return name

    def clean_contact_phone(self) -> str:
        phone = names.phone(self.cleaned_data["contact_phone"])
        if phone is None or len(phone) > 32:
            raise forms.ValidationError("Write a phone number of at most 32 characters: digits, spaces and + ( ) - . / ext.")
        return phone

    def clean_time_zone(self) -> str:
        written = self.cleaned_data["time_zone"]
        zone = zones.named(written) if written.strip() else zones.UTC
        if zone is None:
            raise forms.ValidationError(f"No time zone has the name “{written}”. Choose one of the list, such as Europe/Berlin.")
        return zone

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or "en"


class NumberForm(forms.Form):
    """A number to send SMS to."""

    number = forms.CharField(max_length=64, error_messages={"required": "Write the number first."})

    def clean_number(self) -> str:
        try:
            return numbers.e164(self.cleaned_data["number"])
        except numbers.NoNumber as error:
            raise forms.ValidationError(str(error)) from error
