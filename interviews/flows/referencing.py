"""A document the owner gives: its text is kept, its bytes are not."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from django.db import transaction

from ground import stream
from ground.errors import BadInput
from interviews.flows.recalling import next_label
from interviews.models import Interview, Reference
from llm.guarding import guarded
from llm.redaction_keys import redaction_for

MAX_BYTES = 2 * 1024 * 1024
MAX_COUNT = 20
KINDS = {".md": "text/markdown", ".markdown": "text/markdown", ".txt": "text/plain"}


def add_reference(interview: Interview, *, name: str, data: bytes) -> Reference:
    """Keep the text of a Markdown or text file. Its facts are noted with the next reply.

    Secrets in its name and text are replaced first. Raises ``BadInput`` with one sentence for another kind, an unreadable or
    empty file, one that is too large, or one too many; ``NotSearched``.
    """
    redaction = redaction_for(interview.workspace_id)
    # The name is shown, kept in messages and packages, and sent to models.
    plain = _name(name)
    clean = guarded(interview.workspace_id, plain, redaction=redaction).text[:200]
    kind = KINDS.get(PurePosixPath(plain).suffix.lower())
    if kind is None:
        raise BadInput(f"{clean}: only Markdown and text files can be read so far. Save it as .md or .txt and attach it again.")
    if len(data) > MAX_BYTES:
        raise BadInput(f"{clean} has {len(data) / 1e6:.1f} MB; 2 MB fit. Attach the part that matters.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise BadInput(f"{clean} is not a text file in UTF-8. Save it in that encoding and attach it again.") from None
    if "\x00" in text:
        raise BadInput(f"{clean} holds binary data. Save it as plain text and attach it again.")
    if not text.strip():
        raise BadInput(f"{clean} is empty.")
    shared = guarded(interview.workspace_id, text, redaction=redaction)
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        if not interview.is_open:
            raise BadInput("This interview is closed. Take it up again to attach a document.")
        if same := interview.references.filter(sha256=digest).first():
            raise BadInput(f"{clean} is attached already, as {same.name}.")
        if interview.references.count() >= MAX_COUNT:
            raise BadInput(f"{MAX_COUNT} documents are attached; no more fit.")
        reference = Reference.objects.create(
            interview=interview,
            label=next_label(interview, "S"),
            name=clean,
            media_type=kind,
            size=len(data),
            sha256=digest,
            text=shared.text,
            secrets_removed=shared.removed,
        )
        stream.append(interview.stream, "status", state="attached", reference=reference.label)
    return reference


def _name(name: str) -> str:
    """The last part of a file name, without control characters; what a person will recognise."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]+", "", last).strip()[:200] or "document"
