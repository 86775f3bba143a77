"""Which pages are measured: four kinds and no other (S-137, N-07)."""

from __future__ import annotations

HOME, PRICING, DOCS, AGENTS = "home", "pricing", "api-docs", "agents"
LABELS = {HOME: "Home", PRICING: "Pricing", DOCS: "API docs", AGENTS: "Agents"}

MEASURED = {
    "public:home": HOME,
    "billing:pricing": PRICING,
    "reference:index": DOCS,
    "reference:noun": DOCS,
    "public:agents": AGENTS,
    "public:agent": AGENTS,
}
"""Kinds by the names of addresses, as text: a page is measured from the day its address exists."""
