"""How long it takes, in ratios to what the other side takes, and how much memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from accounts.models import User
from connectors.flows import reading
from connectors.flows.calling import calling
from interviews.flows import fetching, looking, opening, referencing
from interviews.models import Reference
from tests.connectors.conftest import connected
from tests.connectors.google import Google
from tests.connectors.microsoft import Microsoft

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENTS, BYTES, PATH_SECONDS = 50, 200_000, 0.3
"""What one document takes at the peer, its three requests together."""


def test_fifty_documents_take_little_longer_than_one_path_of_four(alice: User, microsoft: Microsoft) -> None:
    """Four at once at one tenant: so the slowest single path has thirteen documents to bring, one after the other."""
    text = b"A rule of the harbour. " * (BYTES // 23)
    for number in range(DOCUMENTS):
        microsoft.world.file(microsoft.chosen, f"{number}.md", b"# %d\n" % number + text[: BYTES - 10])
    interview = opening.open_interview(workspace=alice.workspace, title="Fast")
    found = looking.look(interview, connected(microsoft, alice))
    fetching.work(found.pk)
    found.refresh_from_db()
    looking.choose(found, list(found.files.filter(name__endswith=".md")))
    for server in (microsoft.graph, microsoft.files):
        server.seconds = PATH_SECONDS / 3
    extraction = _seconds_of_extraction(alice, text)
    began = time.monotonic()
    fetching.work(found.pk)
    taken = time.monotonic() - began
    assert interview.references.filter(state=Reference.State.READ).count() == DOCUMENTS
    assert microsoft.graph.most_at_once + microsoft.files.most_at_once <= 8
    assert microsoft.graph.most_at_once <= 4
    path = -(-DOCUMENTS // 4) * PATH_SECONDS
    assert taken <= 1.3 * path + extraction, f"{taken:.2f} s, path {path:.2f} s, extraction {extraction:.2f} s"


def _seconds_of_extraction(alice: User, text: bytes) -> float:
    """The same documents, dropped into another interview one after the other."""
    other = opening.open_interview(workspace=alice.workspace, title="Dropped")
    began = time.monotonic()
    for number in range(DOCUMENTS):
        referencing.attach(other, name=f"{number}.md", data=b"# %d\n" % number + text[: BYTES - 10])
    return time.monotonic() - began


def test_memory_does_not_grow_with_the_file(alice: User, google: Google) -> None:
    row = connected(google, alice)
    sizes = [2 * 1024 * 1024, 24 * 1024 * 1024]
    nodes = [google.world.file(google.chosen, f"{size}.bin", b"x" * size) for size in sizes]
    peaks = []
    with calling(row) as border:
        for node in nodes:
            tracemalloc.start()
            with reading.opened(row, border, node.id, above=(), way=reading.Way(), limit=25 * 1024 * 1024) as (_, file):
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
                assert file.seek(0, 2) == node.size
    assert peaks[1] < peaks[0] + 2 * 1024 * 1024, peaks
