"""What every kind of channel can do: prepare what is sent, send it, describe itself, be tested without writing anything.

A kind is a folder in ``delivery/kinds`` whose module ``channel`` has one object ``KIND``. Kinds never import one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast, runtime_checkable

from django.conf import settings
from pydantic import BaseModel

from ground.errors import NotConfigured, SpecStepError

PURPOSE = "delivery credential"
PRODUCT_NAME, PRODUCT_ADDRESS = "SpecStep", "packages@specstep.com"
"""Author and committer of every commit: the product, never a person (S-056, N-23)."""


class DeliveryFailed(SpecStepError):
    """A delivery did not arrive; the sentence says why and what to do.

    ``permanent``: trying again cannot help until the owner changes something. ``wait``: seconds the other side asks us to wait.
    """

    detail = "The package could not be delivered."

    def __init__(self, detail: str = "", *, permanent: bool = False, wait: float | None = None) -> None:
        super().__init__(detail, permanent=permanent)
        self.wait = wait


@dataclass(frozen=True)
class Shipment:
    """What is sent: only generated files (S-055), and words for the request that carries them."""

    package: str
    """The package's id."""
    number: int
    title: str
    files: Mapping[str, bytes]
    """By path in the package; the kind puts them under its folder."""
    digest: str
    """SHA-256 over paths and contents."""
    summary: str
    """Markdown for a pull or merge request: what is in it, scores, what changed. Nothing about a person."""
    changed: tuple[str, ...] = ()
    """Paths that differ from the delivery before; all of them the first time."""
    gone: tuple[str, ...] = ()
    archive: str = ""
    """SHA-256 of the package's zip (S-084)."""


@dataclass(frozen=True)
class Receipt:
    """What the other side answered."""

    where: str
    """For people: "Pull request 12 in harbour/booking"."""
    address: str = ""
    """A link without credentials."""
    branch: str = ""
    commit: str = ""
    files: int = 0
    unchanged: bool = False
    """The same content stood there already, so nothing was written."""
    facts: dict[str, str] = field(default_factory=dict)
    """What the next delivery needs: the manifest's digest, the request's number."""


class Kind(Protocol):
    """One kind of channel."""

    place: type[BaseModel]
    """The details an owner gives, with their checks."""
    credential_label: str
    """What the credential is called there: "Fine-grained token"."""

    def describe(self, place: BaseModel) -> str:
        """Where it goes, in a sentence: "Opens pull requests in harbour/booking"."""

    def check(self, place: BaseModel, credential: str) -> list[str]:
        """Test the connection without writing anything (S-052). Sentences of what was found; raises ``DeliveryFailed``."""

    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        """Deliver. ``before`` is the receipt of the last delivery of the same project. Raises ``DeliveryFailed``.

        Safe to repeat: what arrived already is found and not written twice.
        """


@runtime_checkable
class SpeaksForItself(Protocol):
    """A kind whose credential says details of the place itself, as the address of a container with its signature does."""

    def read(self, place: BaseModel, credential: str) -> BaseModel:
        """``place`` with what the credential says. Raises ``BadInput`` when it cannot be used, without quoting it."""

    def warnings(self, place: BaseModel) -> list[str]:
        """What the owner should see to soon, in sentences."""


def kind_of(name: str) -> Kind:
    """The kind called ``name``, loaded at first use. Raises ``NotConfigured`` when this service does not have it."""
    module = settings.DELIVERY_KINDS.get(name)
    if module is None:
        raise NotConfigured("This service does not deliver to places of this kind any more.")
    return cast(Kind, cast(Any, import_module(module)).KIND)


def offered() -> list[str]:
    """The names of the kinds this service has."""
    return list(settings.DELIVERY_KINDS)
