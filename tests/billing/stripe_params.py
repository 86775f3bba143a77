"""Parameters of Stripe's calls: decoded from brackets, and each one known by name and kind. Anything else is refused."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PAGED = {"limit": int, "starting_after": str}
RETURN = {"type": str, "redirect": {"return_url": str}}
KNOWN: dict[str, dict[str, Any]] = {
    "POST /v1/customers": {"email": str},
    "GET /v1/subscriptions": {"customer": str, "status": str} | PAGED,
    "DELETE /v1/subscriptions/{subscription}": {},
    "GET /v1/prices/{price}": {},
    "GET /v1/invoices": {"customer": str, "status": str, "created": {"gte": int, "lt": int}} | PAGED,
    "POST /v1/invoiceitems": {"customer": str, "subscription": str, "amount": int, "currency": str, "description": str},
    "GET /v1/checkout/sessions": {"customer": str, "status": str} | PAGED,
    "POST /v1/checkout/sessions/{session}/expire": {},
    "POST /v1/checkout/sessions": {
        "mode": str, "ui_mode": str, "customer": str, "line_items": [{"price": str, "quantity": int}], "success_url": str,
        "cancel_url": str, "allow_promotion_codes": bool, "metadata": {"plan": str}, "expires_at": int,
        "subscription_data": {"trial_period_days": int}, "automatic_tax": {"enabled": bool},
        "tax_id_collection": {"enabled": bool}, "customer_update": {"address": str, "name": str},
    },
    "POST /v1/billing_portal/sessions": {
        "customer": str, "return_url": str, "configuration": str,
        "flow_data": {
            "type": str, "after_completion": RETURN, "subscription_cancel": {"subscription": str},
            "subscription_update_confirm": {"subscription": str, "items": [{"id": str, "price": str, "quantity": int}]},
        },
    },
}  # fmt: skip
NEEDED = {
    "POST /v1/checkout/sessions": {"mode", "customer", "line_items", "success_url"},
    "POST /v1/billing_portal/sessions": {"customer", "return_url"},
    "POST /v1/invoiceitems": {"customer", "amount", "currency", "subscription"},
}
_IDS = {"subscriptions": "{subscription}", "sessions": "{session}", "prices": "{price}", "customers": "{customer}"}
_NAME = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")
ROOT = Path(__file__).resolve().parents[2]


class Refused(Exception):
    """Stripe's refusal."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def decoded(method: str, path: str, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """``line_items[0][price]=x`` as typed data. Raises ``Refused`` for what the operation does not know."""
    name = operation(method, path)
    tree: dict[str, Any] = {}
    for key, value in pairs:
        steps = [step.strip("[]") for step in _NAME.findall(key)]
        here = tree
        for step in steps[:-1]:
            here = here.setdefault(step, {})
        if steps[-1] in here:
            raise Refused(400, f"{key} is given twice")
        here[steps[-1]] = value
    typed: dict[str, Any] = _typed(tree, KNOWN.get(name, {}), "")
    if missing := NEEDED.get(name, set()) - typed.keys():
        raise Refused(400, f"Missing required param: {', '.join(sorted(missing))}.")
    return typed


def operation(method: str, path: str) -> str:
    """ "POST /v1/checkout/sessions/{session}/expire" """
    parts = path.strip("/").split("/")
    for place in range(1, len(parts)):
        if parts[place - 1] in _IDS and parts[place] not in ("sessions",):
            parts[place] = _IDS[parts[place - 1]]
    return f"{method} /{'/'.join(parts)}"


def _typed(given: Any, known: Any, where: str) -> Any:
    if isinstance(known, list):
        if not isinstance(given, dict) or sorted(given, key=int) != [str(number) for number in range(len(given))]:
            raise Refused(400, f"Invalid array: {where}")
        return [_typed(given[key], known[0], f"{where}[{key}]") for key in sorted(given, key=int)]
    if isinstance(known, dict):
        if not isinstance(given, dict):
            raise Refused(400, f"Invalid object: {where}")
        for key in given:
            if key not in known:
                raise Refused(400, f"Received unknown parameter: {where}[{key}]")
        return {key: _typed(value, known[key], f"{where}[{key}]") for key, value in given.items()}
    if not isinstance(given, str) or given == "":
        raise Refused(400, f"Invalid value: {where}")
    if known is bool:
        if given not in ("true", "false"):
            raise Refused(400, f"Invalid boolean: {given}")
        return given == "true"
    if known is int:
        if not given.isdigit():
            raise Refused(400, f"Invalid integer: {given}")
        return int(given)
    return given


def described() -> dict[str, Any] | None:
    """Stripe's own description of its parameters by operation; None where the folder of descriptions is not there."""
    folder = Path(os.environ.get("SPECSTEP_OPENAPI_DIR") or ROOT.parent / "shared" / "openapi")
    path = folder / "stripe-params.schema.json"
    found: dict[str, Any] | None = json.loads(path.read_text())["operations"] if path.exists() else None
    return found
