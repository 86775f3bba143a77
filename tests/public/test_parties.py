"""Who receives data: one table for what is listed and for what can be called (S-185, S-187)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery.setups import setups
from ground import companies, egress

ROOT = Path(__file__).resolve().parents[2]
FLOORS = (
    "accounts",
    "api",
    "billing",
    "connectors",
    "delivery",
    "generation",
    "ground",
    "interviews",
    "llm",
    "public",
    "specstep",
)
THE_WAY_OUT = {"ground/egress.py", "ground/egress_requests.py"}
ELSEWHERE = {
    "ground/addresses.py": {"socket.socket"},  # asks the kernel which of its addresses are its own; sends nothing
    "ground/blobs.py": {"requests.Session"},  # asks the machine itself for the token of its identity; nobody outside
}
OPENS = {
    *("httpx2.Client", "httpx2.AsyncClient", "httpx2.get", "httpx2.post", "httpx2.request", "httpx2.stream"),
    *("requests.Session", "requests.get", "requests.post", "requests.request", "requests.put", "requests.delete"),
    *(
        "socket.socket",
        "socket.create_connection",
        "urlopen",
        "urllib.request.urlopen",
        "smtplib.SMTP",
        "http.client.HTTPSConnection",
    ),
}
"""What opens a connection without asking the table of parties."""


def called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.promise("S-187")
def test_no_code_opens_a_connection_but_through_the_table_of_parties() -> None:
    sources = {
        str(path.relative_to(ROOT)): path
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if "migrations" not in path.parts
    }
    opening = {name: set(called(ast.parse(path.read_text()))) & OPENS for name, path in sources.items()}
    outside = {name: found for name, found in opening.items() if found and name not in THE_WAY_OUT}
    assert outside == ELSEWHERE
    assert opening["ground/egress.py"] >= {"httpx2.Client", "httpx2.AsyncClient"}, "the search finds what is there"


@pytest.mark.promise("S-187")
def test_a_call_for_another_purpose_is_refused() -> None:
    for party in egress.declared():
        assert party.purposes, party.name
        assert party.data, party.name
        with pytest.raises(egress.EgressRefused, match="not declared for the purpose"):
            egress.client(party=party.name, purpose="advertising")
    with pytest.raises(egress.EgressRefused, match="not declared as somebody we call"):
        egress.client(party="DoubleClick", purpose="advertising")


@pytest.mark.promise("S-185")
def test_every_party_we_name_has_a_company_with_a_policy() -> None:
    """Somebody new fails here: write the company into ``ground/companies.py``, and set ``joined_later`` on the party."""
    for party in egress.declared():
        if party.hosts is not None:
            assert companies.behind(party.name).policy, party.name
    known = {company.policy for company in companies.COMPANIES}
    assert {setup.policy for setup in setups() if setup.policy} <= known, "the set-up screens link the same policies"
