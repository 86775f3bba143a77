"""What an owner may enter about webhooks."""

from __future__ import annotations

from typing import Any

from django import forms

from delivery.events import titles
from delivery.flows.subscribing import LONGEST


class WebhookForm(forms.Form):
    """An address, and which events go there."""

    url = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": "Enter the address that gets the events.",
            "max_length": f"This address is longer than {LONGEST} characters. Enter a shorter one.",
        },
    )
    events = forms.MultipleChoiceField(
        error_messages={
            "required": "Choose at least one event.",
            "invalid_choice": "One of these events does not exist. Choose from the list.",
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["events"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(titles().items())


class RotateForm(forms.Form):
    number = forms.IntegerField(min_value=0)
