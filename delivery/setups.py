"""The setup screen of each kind: words from ``setups.yaml``, fields from the kind's ``Place``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from django import forms
from pydantic import BaseModel, ValidationError

from delivery.contract import Kind, kind_of, offered
from delivery.models import Channel
from interviews.models import Interview

FILE = Path(__file__).with_name("setups.yaml")
MISSING = "Fill this in."
LONGEST_CREDENTIAL = 10_000


@dataclass(frozen=True)
class Setup:
    """What a kind's screen says."""

    kind: str
    label: str
    provider: str
    policy: str
    lead: str
    writes: str
    credential_label: str
    credential_help: str


def setup_of(name: str) -> Setup:
    """The words of one kind. Raises ``KeyError`` for a kind that this service does not have."""
    if name not in offered():
        raise KeyError(name)
    row = _rows()["kinds"].get(name, {})
    return Setup(
        kind=name,
        label=str(Channel.Kind(name).label),
        provider=row.get("provider", "the provider"),
        policy=row.get("policy", ""),
        lead=row.get("lead", ""),
        writes=row.get("writes", ""),
        credential_label=kind_of(name).credential_label,
        credential_help=row.get("credential", ""),
    )


def setups() -> list[Setup]:
    """Every kind of this service."""
    return [setup_of(name) for name in offered()]


class ChannelForm(forms.Form):
    """A name, a project, what is sent, and the fields of one kind. The credential is never written back into a page (S-178)."""

    name = forms.CharField(max_length=80, label="Name", error_messages={"required": "Give it a name you will know it by."})
    interview = forms.ModelChoiceField(
        Interview.objects.none(), required=False, label="Packages of", empty_label="Every project", blank=True
    )
    intermediates = forms.BooleanField(required=False)
    transcript = forms.BooleanField(required=False)
    credential = forms.CharField(
        max_length=LONGEST_CREDENTIAL,
        widget=forms.Textarea(attrs={"rows": 2}),
        strip=True,
        error_messages={"required": "Paste the credential.", "max_length": "This is too long to be a credential."},
    )

    def __init__(self, kind: str, *args: Any, interviews: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind_of(kind)
        self.fields["interview"].queryset = interviews  # type: ignore[attr-defined]
        self.fields["credential"].required = channel is None
        self.place_names: list[str] = []
        for name, field in _fields(kind, self.kind).items():
            self.fields[f"place_{name}"] = field
            self.place_names.append(name)
        if channel is not None and not self.is_bound:
            self.initial = {"name": channel.name, "interview": channel.interview_id, "intermediates": channel.intermediates}
            self.initial["transcript"] = channel.transcript
            self.initial |= {f"place_{name}": channel.place.get(name) for name in self.place_names}

    def clean(self) -> dict[str, Any]:
        """Let the kind's own model judge the details; its sentences stand beside the fields they are about."""
        cleaned: dict[str, Any] = super().clean() or {}
        given = {name: cleaned.get(f"place_{name}") for name in self.place_names}
        if any(f"place_{name}" in self.errors for name in self.place_names):
            return cleaned
        try:
            cleaned["place"] = self.kind.place.model_validate({name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            for fault in error.errors():
                where = f"place_{fault['loc'][0]}" if fault["loc"] and f"place_{fault['loc'][0]}" in self.fields else None
                self.add_error(where, _sentence(dict(fault)))
        return cleaned

    @property
    def details(self) -> list[forms.BoundField]:
        """The fields of the kind."""
        return [self[f"place_{name}"] for name in self.place_names]

    @property
    def place(self) -> BaseModel:
        place: BaseModel = self.cleaned_data["place"]
        return place


@cache
def _rows() -> dict[str, Any]:
    rows: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return rows


def _fields(name: str, kind: Kind) -> dict[str, forms.Field]:
    row = _rows()["kinds"].get(name, {})
    told = _rows()["common"] | row.get("fields", {})
    all_fields = kind.place.model_fields
    order = [field for field in row.get("order", []) if field in all_fields]
    order += [field for field in all_fields if field not in order]
    found: dict[str, forms.Field] = {}
    for field in order:
        info = all_fields[field]
        extra = info.json_schema_extra
        if isinstance(extra, dict) and extra.get("read"):
            continue  # the credential says it
        words = told.get(field, {})
        options: dict[str, Any] = {
            "label": words.get("label") or info.title or field.replace("_", " ").capitalize(),
            "help_text": words.get("help") or info.description or "",
            "required": info.is_required(),
            "error_messages": {"required": MISSING},
        }
        if not info.is_required():
            options["initial"] = info.get_default(call_default_factory=True)
        found[field] = _field(info.annotation, options, words.get("choices", {}))
    return found


def _field(annotation: Any, options: dict[str, Any], choices: dict[str, str]) -> forms.Field:
    if get_origin(annotation) is Literal:
        return forms.ChoiceField(choices=[(value, choices.get(value, value)) for value in get_args(annotation)], **options)
    if annotation is bool:
        return forms.BooleanField(**options | {"required": False})
    if annotation is int:
        return forms.IntegerField(**options)
    return forms.CharField(max_length=500, empty_value="", **options)


def _sentence(fault: dict[str, Any]) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "string_pattern_mismatch":
        return "This holds a sign that is not allowed there. Write it as it stands in the provider’s own address."
    if fault["type"] in ("missing", "string_too_short"):
        return MISSING
    return f"{fault['msg']}."
