"""Plans as data: what each allows, read from the table and checked word for word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

MONTHS: Mapping[str, int] = {"month": 1, "year": 12}
"""How many months a price is for."""


class Misread(ValueError):
    """The table cannot be used; the sentence names plan and word."""


@dataclass(frozen=True)
class Plan:
    """One row of the table. None is "no limit"."""

    key: str
    title: str
    about: str
    generations: int | None
    seats: int | None
    retention_default: int | None
    """Days; so long packages are kept where their owner chose nothing."""
    retention_most: int | None
    """Days; the most an owner may choose (N-35)."""
    developer_access: bool
    storage_mb: int | None
    price: str = ""
    """The setting that names the price at Stripe; empty where there is nothing to pay."""
    former_prices: tuple[str, ...] = ()
    """Settings that name prices which are sold no more, and still give this plan to who has them."""
    amount: int = 0
    """In the smallest unit of the currency."""
    currency: str = ""
    every: Literal["month", "year", ""] = ""
    trial_days: int = 0
    claims: int | None = None
    """How many may have it at a time (PR-058); None: as many as like."""
    price_fixed_until: dt.date | None = None
    overage_amount: int | None = None
    """Generations beyond the number are begun all the same, and each is paid for with so much; None: they are refused."""

    @property
    def is_paid(self) -> bool:
        return bool(self.price)

    @property
    def storage_bytes(self) -> int | None:
        return None if self.storage_mb is None else self.storage_mb * 1_000_000


@dataclass(frozen=True)
class Table:
    """All plans, in the order of the file."""

    plans: Mapping[str, Plan]
    without_billing: Plan
    without_subscription: Plan
    grace: dt.timedelta
    warn_at_percent: int


_TOP = {"version", "without_billing", "without_subscription", "grace_days", "warn_at_percent", "plans"}
_NEEDED = {"title", "about", "generations", "seats", "retention_days", "developer_access", "storage_mb"}
_PAID = {"price", "amount", "currency", "every"}
_OPTIONAL = {"trial_days", "claims", "price_fixed_until", "overage_amount", "former_prices"}


def read(given: Any) -> Table:
    """The table of a parsed file. Raises ``Misread`` with the plan and the word that is wrong."""
    _words(given, "the table", needed=_TOP)
    if given["version"] != 1:
        raise Misread(f"This is version {given['version']!r} of the table of plans; version 1 is read here.")
    if not isinstance(given["plans"], dict) or not given["plans"]:
        raise Misread("There is no plan in the table of plans.")
    plans = {key: _plan(key, row) for key, row in given["plans"].items()}
    free: dict[str, Plan] = {}
    for word in ("without_billing", "without_subscription"):
        plan = plans.get(given[word])
        if plan is None or plan.is_paid:
            raise Misread(f"{word} names {given[word]!r}. Name a plan of the table without a price.")
        free[word] = plan
    percent = _number(given["warn_at_percent"], "warn_at_percent", least=1)
    if percent > 100:
        raise Misread("warn_at_percent is a number from 1 to 100.")
    return Table(plans, **free, grace=dt.timedelta(days=_number(given["grace_days"], "grace_days")), warn_at_percent=percent)


def _plan(key: Any, row: Any) -> Plan:
    if not isinstance(key, str) or not key.isidentifier() or len(key) > 40:
        raise Misread(f"{key!r} is no name for a plan. Use letters, digits and underscores, 40 at most.")
    _words(row, f"plan {key}", needed=_NEEDED, allowed=_PAID | _OPTIONAL)
    paid = _PAID & row.keys()
    if paid and paid != _PAID:
        raise Misread(
            f"plan {key}: {', '.join(sorted(_PAID - paid))} is missing. A plan with a price needs all of {_listed(_PAID)}."
        )
    if not paid and (more := _OPTIONAL & row.keys()):
        raise Misread(f"plan {key}: {_listed(more)} makes sense only with a price.")
    _words(row["retention_days"], f"plan {key}, retention_days", needed={"default", "most"})
    usual, most = (_limit(row["retention_days"][word], f"plan {key}, retention_days") for word in ("default", "most"))
    if most is not None and (usual is None or usual > most):
        raise Misread(f"plan {key}, retention_days: the default is longer than the most.")
    if not isinstance(row["developer_access"], bool):
        raise Misread(f"plan {key}: developer_access is true or false.")
    return Plan(
        key=key,
        title=_text(row["title"], f"plan {key}, title"),
        about=_text(row["about"], f"plan {key}, about"),
        generations=_limit(row["generations"], f"plan {key}, generations"),
        seats=_limit(row["seats"], f"plan {key}, seats"),
        retention_default=usual,
        retention_most=most,
        developer_access=row["developer_access"],
        storage_mb=_limit(row["storage_mb"], f"plan {key}, storage_mb"),
        **(_paid(key, row) if paid else {}),
    )


def _paid(key: str, row: Mapping[str, Any]) -> dict[str, Any]:
    if row["every"] not in MONTHS:
        raise Misread(f"plan {key}: every is month or year.")
    until = row.get("price_fixed_until")
    if until is not None and type(until) is not dt.date:
        raise Misread(f"plan {key}: price_fixed_until is a day such as 2028-12-31.")
    former = row.get("former_prices", [])
    if not isinstance(former, list):
        raise Misread(f"plan {key}: former_prices is a list of settings.")
    return {
        "price": _setting(row["price"], key),
        "former_prices": tuple(_setting(name, key) for name in former),
        "amount": _number(row["amount"], f"plan {key}, amount", least=1),
        "currency": _currency(row["currency"], key),
        "every": row["every"],
        "trial_days": _number(row.get("trial_days", 0), f"plan {key}, trial_days"),
        "claims": None if row.get("claims") is None else _number(row["claims"], f"plan {key}, claims", least=1),
        "price_fixed_until": until,
        "overage_amount": None
        if row.get("overage_amount") is None
        else _number(row["overage_amount"], f"plan {key}, overage_amount", least=1),
    }


def _words(given: Any, where: str, *, needed: set[str], allowed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    if not isinstance(given, dict):
        raise Misread(f"{where} is no list of words and values.")
    if missing := needed - given.keys():
        raise Misread(f"{where}: {_listed(missing)} is missing.")
    if unknown := given.keys() - needed - allowed:
        raise Misread(f"{where}: {_listed(map(str, unknown))} is not known. Known are {_listed(needed | allowed)}.")


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise Misread(f"{where} is a text.")
    return given.strip()


def _number(given: Any, where: str, *, least: int = 0) -> int:
    if type(given) is not int or given < least:
        raise Misread(f"{where} is a whole number from {least}.")
    return given


def _limit(given: Any, where: str) -> int | None:
    return None if given is None else _number(given, where)


def _setting(given: Any, key: str) -> str:
    if not isinstance(given, str) or not given.startswith("STRIPE_PRICE_"):
        raise Misread(f"plan {key}: a price is named by a setting that begins with STRIPE_PRICE_, not by its id.")
    return given


def _currency(given: Any, key: str) -> str:
    if not isinstance(given, str) or len(given) != 3 or not given.isalpha() or not given.islower():
        raise Misread(f"plan {key}: currency has three small letters, such as usd (ISO 4217).")
    return given


def _listed(words: Any) -> str:
    return ", ".join(sorted(words))
