"""From a package and a channel to a shipment; and what an owner should know about it before it goes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, fields

from pydantic import BaseModel, ValidationError

from delivery.contract import Receipt, Shipment, kind_of
from delivery.models import Channel, Delivery
from delivery.rules import preparing
from generation.models import Package
from generation.rules import shelves
from ground.errors import BadInput
from llm.placeholders import without_placeholders
from llm.redaction import find_personal

SCORECARD = "quality/scorecard.json"
SHOWN_AT_MOST = 40
"""People and addresses that a preview names."""


@dataclass(frozen=True)
class File:
    path: str
    name: str
    size: int


@dataclass(frozen=True)
class Named:
    """Somebody whom a document names."""

    text: str
    kind: str
    """person, email, phone or you."""
    path: str
    """The first document it stands in."""
    times: int


@dataclass(frozen=True)
class Preview:
    """What would be sent, made exactly as for sending; nothing was sent (N-66)."""

    package: Package
    shipment: Shipment
    files: list[File]
    size: int
    named: list[Named]
    more_named: int
    where: str


def shipment_of(package: Package, channel: Channel) -> Shipment:
    """What this channel gets of this package."""
    rows = dict(package.documents.values_list("path", "text"))
    paths = preparing.chosen(rows, intermediates=channel.intermediates, transcript=channel.transcript)
    facts = preparing.Facts(
        package=str(package.pk),
        number=package.number,
        title=without_placeholders(package.title),
        sha256=package.sha256,
        grade=package.grade,
        counts=package.summary,
        scores=_scores(rows.get(SCORECARD, "")),
    )
    before = last_sent(package, channel)
    files = {path: rows[path].encode() for path in paths}
    return preparing.ship(facts, files, before=before.files if before else None, private=_private(channel))


def last_sent(package: Package, channel: Channel) -> Delivery | None:
    """The newest delivery of the same project that arrived there."""
    arrived = channel.deliveries.filter(package__project=package.project, sent_at__isnull=False)
    return arrived.order_by("-sent_at").first()


def receipt_before(package: Package, channel: Channel) -> Receipt | None:
    """What the other side answered then."""
    before = last_sent(package, channel)
    if before is None or not before.receipt:
        return None
    known = {row.name for row in fields(Receipt)}
    return Receipt(**{name: value for name, value in before.receipt.items() if name in known})


def preview(package: Package, channel: Channel) -> Preview:
    """Exactly what would be sent, and whom it names."""
    shipment = shipment_of(package, channel)
    named = _named(shipment, _private(channel))
    return Preview(
        package=package,
        shipment=shipment,
        files=[File(path, shelves.name(path), len(content)) for path, content in shipment.files.items()],
        size=sum(map(len, shipment.files.values())),
        named=named[:SHOWN_AT_MOST],
        more_named=max(0, len(named) - SHOWN_AT_MOST),
        where=where(channel),
    )


def where(channel: Channel) -> str:
    """Where it goes, in a sentence. Raises ``BadInput`` when its details no longer fit their form."""
    return kind_of(channel.kind).describe(place_of(channel))


def place_of(channel: Channel) -> BaseModel:
    """Its details, checked. Raises ``BadInput`` when they no longer fit their form."""
    try:
        return kind_of(channel.kind).place.model_validate(channel.place)
    except ValidationError:
        raise BadInput("The details of this channel no longer fit. Change them and save.") from None


def newest_package(channel: Channel) -> Package | None:
    """The newest package this channel would get."""
    packages = Package.objects.filter(workspace_id=channel.workspace_id).defer("model")
    if channel.interview_id:
        packages = packages.filter(interview_id=channel.interview_id)
    return packages.order_by("-created_at").first()


def _private(channel: Channel) -> set[str]:
    """What leads to the account: none of it stands in an envelope."""
    owner = channel.workspace.owner
    words = {owner.display_name, owner.email, owner.contact_phone, owner.sms_number, str(owner.pk), str(channel.workspace_id)}
    return {word for word in words if word}


def _scores(scorecard: str) -> tuple[tuple[str, str], ...]:
    rows = json.loads(scorecard)["documents"] if scorecard else []
    return tuple((str(row["document"]), str(row["verdict"])) for row in rows)


def _named(shipment: Shipment, private: set[str]) -> list[Named]:
    first: dict[tuple[str, str], str] = {}
    times: Counter[tuple[str, str]] = Counter()
    for path, content in shipment.files.items():
        text = content.decode()
        spans = find_personal(text)
        found: list[tuple[str, str]] = [(span.kind, " ".join(text[span.start : span.end].split())) for span in spans]
        found += [("you", word) for word in private if word in text]
        for key in found:
            first.setdefault(key, path)
            times[key] += 1
    return [Named(text, kind, first[kind, text], count) for (kind, text), count in times.most_common()]
