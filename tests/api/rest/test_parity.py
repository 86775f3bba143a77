"""Everything a person can do in the browser a program can do too, or there is a stated reason why not."""

from __future__ import annotations

from django.urls import get_resolver

from api.rest.operations import OPERATIONS
from tests.api.rest import parity
from tests.specstep.test_authorisation import addresses


def pages() -> set[str]:
    served = set(addresses(get_resolver().url_patterns))
    return {address for address in served if not address.startswith(tuple(parity.BEGINNINGS))}


def test_every_page_has_its_operation_or_a_reason() -> None:
    known = parity.OPERATION.keys() | parity.REASON.keys()
    assert pages() - known == set(), "Say in tests/api/rest/parity.py by which operation a program does this, or why it cannot."
    assert known - pages() == set()
    assert parity.OPERATION.keys() & parity.REASON.keys() == set()


def test_every_operation_that_is_named_is_there() -> None:
    named = {operation for operations in parity.OPERATION.values() for operation in operations}
    assert named - OPERATIONS.keys() == set()
    only_programs = {
        *("read_account", "read_draft", "read_answer", "read_question", "read_reference", "read_conflict", "read_delivery"),
        *("read_dispatch", "read_requirement", "read_impact", "search_packages"),
    }
    assert OPERATIONS.keys() - named == only_programs
