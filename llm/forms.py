"""What an owner may enter about model vendors."""

from __future__ import annotations

from django import forms

from llm.keys import VENDORS


class OwnKeyForm(forms.Form):
    """A vendor and a key. The widget never writes the key back into a page, also after an error (S-178)."""

    provider = forms.ChoiceField(
        choices=list(VENDORS.items()),
        error_messages={"invalid_choice": f"A key can be of {' or '.join(VENDORS.values())}. Choose one of these two."},
    )
    key = forms.CharField(
        max_length=1000,
        widget=forms.PasswordInput(render_value=False),
        error_messages={"required": "Paste the key.", "max_length": "This is too long to be a key. Copy it once more."},
    )


class FailoverForm(forms.Form):
    failover = forms.BooleanField(required=False)
