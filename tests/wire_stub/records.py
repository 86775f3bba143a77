"""One record per call, and the figures that can be read from a list of them."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.parse
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MODEL_APIS = ("anthropic", "openai-responses")


@dataclass
class Record:
    """Times are Unix seconds. ``paid`` is true once the model has begun, also where the caller did not stay."""

    seq: int
    api: str
    method: str
    path: str
    t_in: float
    t_first: float | None = None
    t_out: float | None = None
    t_done: float | None = None
    """When a background response is finished."""
    status: int = 0
    fault: str = ""
    model: str = ""
    call: str = ""
    stream: bool = False
    background: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_ideal: int = 0
    prompt_sha: str = ""
    """Of model, format and messages, without cache marks and sampling settings."""
    body_sha: str = ""
    auth: str = ""
    """Hash of the key, never the key."""
    paid: bool = False
    disconnect: bool = False
    error: str = ""
    bytes_in: int = 0
    bytes_out: int = 0
    conc: int = 0
    """Calls in flight with this one, when it came."""
    canaries: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def sha(data: bytes | str) -> str:
    return hashlib.sha256(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).hexdigest()


def forms(secret: str) -> list[bytes]:
    """How a secret can look on the way: plain, in JSON, in an address, hexadecimal, backwards, base64 at each alignment."""
    raw = secret.encode()
    found = {raw, json.dumps(secret)[1:-1].encode(), urllib.parse.quote(secret, safe="").encode(), raw[::-1]}
    found |= {raw.hex().encode(), raw.hex().upper().encode()}
    for shift in range(3):
        whole = len(raw) + shift
        encoded = base64.b64encode(b"\x00" * shift + raw)
        core = encoded[(0, 2, 3)[shift] : len(encoded) - (0 if whole % 3 == 0 else 3)].rstrip(b"=")
        if len(core) >= 8:
            found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return sorted(form for form in found if len(form) >= 4)


def report(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures of these calls. Reads the records of this stub and of any other that writes the same names."""
    calls = [one for one in records if one["api"] in MODEL_APIS]
    paid = [one for one in calls if one["paid"]]
    spans = sorted((one["t_in"], ended_at(one)) for one in calls if one["t_out"])
    links = critical_chain(spans)
    prompts = Counter(one["prompt_sha"] for one in paid)
    tokens_in, read = sum(one["tokens_in"] for one in paid), sum(one["cache_read"] for one in paid)
    ideal = sum(one["cache_ideal"] for one in paid)
    wall = max(end for _, end in spans) - spans[0][0] if spans else 0.0
    chain_s = sum(end - begin for begin, end in links)
    return {
        "calls": len(calls),
        "paid_calls": len(paid),
        "errors": sum(1 for one in calls if one["status"] == 0 or one["status"] >= 400),
        "faults": dict(Counter(one["fault"] for one in calls if one["fault"])),
        "client_disconnects": sum(1 for one in calls if one["disconnect"]),
        "tokens_in": tokens_in,
        "tokens_out": sum(one["tokens_out"] for one in paid),
        "cache_read": read,
        "cache_write": sum(one["cache_write"] for one in paid),
        "cached_share": read / tokens_in if tokens_in else 0.0,
        "cached_of_cacheable": read / ideal if ideal else None,
        "max_concurrency": _peak(spans),
        "wall_s": wall,
        "chain_depth": len(links),
        "chain_s": chain_s,
        "overhead_ratio": wall / chain_s if chain_s else None,
        "distinct_prompts": len(prompts),
        "repeated_prompts": sum(count - 1 for count in prompts.values()),
        "canary_hits": dict(Counter(hit for one in records for hit in one["canaries"])),
        "keys_used": sorted({one["auth"] for one in calls if one["auth"]}),
    }


def ended_at(one: dict[str, Any]) -> float:
    """When the answer was there: for a background response that is when it was finished, not when it was accepted."""
    return float(one.get("t_done") or one["t_out"])


def critical_chain(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The calls that explain the wall time: from the last one back, each time to the latest that ended before it began."""
    links, by_end = [], sorted(spans, key=lambda span: span[1])
    current = by_end[-1] if by_end else None
    while current is not None:
        links.append(current)
        begin = current[0] + 0.0005
        current = max(
            (span for span in by_end if span[1] <= begin and span is not current), key=lambda span: span[1], default=None
        )
    return links[::-1]


def _peak(spans: Sequence[tuple[float, float]]) -> int:
    now = peak = 0
    for _, change in sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans]):
        now += change
        peak = max(peak, now)
    return peak
