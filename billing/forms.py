"""What an owner may enter about spending."""

from __future__ import annotations

from typing import Any

from django import forms

_SENTENCES = {
    "invalid": "Write an amount in US dollars such as 12.50, or leave it empty.",
    "min_value": "Write 0 or more, or leave it empty.",
    "max_digits": "This is more than a limit can be. Leave it empty for no limit.",
    "max_whole_digits": "This is more than a limit can be. Leave it empty for no limit.",
    "max_decimal_places": "Write no more than two digits after the point.",
}


class Dollars(forms.DecimalField):
    """An amount in US dollars as people write it: "12.50", "$12.50", "1,200"; None when it is empty."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            required=False, min_value=0, max_digits=8, decimal_places=2, error_messages=_SENTENCES, localize=False, **more
        )
        # A dollar sign or a comma would be an error of the browser's own.
        self.widget = forms.TextInput()

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip().removeprefix("$").replace(",", "") if isinstance(value, str) else value)


class LimitsForm(forms.Form):
    """Both limits; an empty field is no limit."""

    run_usd = Dollars()
    month_usd = Dollars()
