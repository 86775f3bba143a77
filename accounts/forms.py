"""What a person may change about the account."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from accounts import zones
from accounts.flows import keying, mailing, retracing
from accounts.models import AuditEvent, BugReport, MailOut, SubProcessor, User
from accounts.rules import keys, names, numbers, wording
from accounts.rules.trail import GROUPS
from ground import guarding

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
        return self._without_secrets(name)

    def clean_contact_phone(self) -> str:
        phone = names.phone(self.cleaned_data["contact_phone"])
        if phone is None or len(phone) > 32:
            raise forms.ValidationError("Write a phone number of at most 32 characters: digits, spaces and + ( ) - . / ext.")
        return self._without_secrets(phone)

    def _without_secrets(self, text: str) -> str:
        try:
            clean = guarding.is_clean(text)
        except guarding.NotSearched as error:
            raise forms.ValidationError(str(error)) from None
        if not clean:
            raise forms.ValidationError("This holds the number of a card or another secret, which we do not store. Take it out.")
        return text

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
    def search(self) -> retracing.Search:
        return retracing.Search(**self.cleaned_data)


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


class RetentionForm(forms.Form):
    """Days; an empty field is the plan's own, or no end."""

    packages = forms.IntegerField(required=False, min_value=1, max_value=36_500)
    interviews = forms.IntegerField(required=False, min_value=1, max_value=36_500)


class PolicyTextForm(forms.Form):
    """A new version of a policy: its text, what changes, and the letter that tells everybody where the change is material."""

    text = forms.CharField(max_length=wording.LONGEST, strip=False)
    summary = forms.CharField(max_length=300)
    material = forms.ChoiceField(choices=[("yes", "Material"), ("no", "Not material")])
    letter = forms.ModelChoiceField(queryset=MailOut.objects.none(), required=False, empty_label="None")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        letter = self.fields["letter"]
        assert isinstance(letter, forms.ModelChoiceField)
        letter.queryset = mailing.to_announce_with()

    @property
    def is_material(self) -> bool:
        return bool(self.cleaned_data["material"] == "yes")


class SubProcessorForm(forms.ModelForm):  # type: ignore[type-arg]
    """A company that is to join the list of sub-processors, and the letter that tells of it."""

    letter = forms.ModelChoiceField(queryset=MailOut.objects.none(), empty_label="Choose a letter")
    policy = forms.URLField(required=False, max_length=200, assume_scheme="https")

    class Meta:
        model = SubProcessor
        fields: ClassVar = ["company", "party", "does", "data", "country", "policy", "replaces"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        letter = self.fields["letter"]
        assert isinstance(letter, forms.ModelChoiceField)
        letter.queryset = mailing.to_announce_with().filter(sub_processor=None)


class MailedReportForm(forms.ModelForm):  # type: ignore[type-arg]
    """A report that came by mail, and when it came (UTC)."""

    class Meta:
        model = BugReport
        fields: ClassVar = ["title", "description", "severity", "received_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _required(self, "description", "received_at")
