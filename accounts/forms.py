"""What a person may change about the account."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from accounts.models import User


class NameForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = User
        fields: ClassVar = ["display_name"]
