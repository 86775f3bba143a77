"""Stripe on loopback. Every request is checked word for word; what breaks a rule is kept as a complaint.

Read for it: docs.stripe.com/api (version 2026-10-28.endive), "Idempotent requests", "Customer portal deep links".
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from tests.billing.stripe_life import CANARIES, VERSION, Customer, Life, Session
from tests.billing.stripe_params import Refused, decoded

KEY = "sk_test_of_nobody"


class Peer(Life):
    """The routes of the API, and the pages that people see."""

    # --- routes -------------------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, params: dict[str, Any]) -> tuple[str, Any]:
        """Operation and answer. Raises ``Refused``."""
        parts = path.strip("/").split("/")[1:]
        if parts[:2] == ["checkout", "sessions"]:
            return self._sessions(method, parts[2:], params)
        if parts[0] in ("subscriptions", "customers", "prices", "invoices", "invoiceitems"):
            answering: Callable[..., tuple[str, Any]] = getattr(self, f"_{parts[0]}")
            return answering(method, parts[1:], params)
        if parts == ["billing_portal", "sessions"] and method == "POST":
            return self._portal(params)
        raise Refused(404, f"Unrecognized request URL ({method}: {path})")

    def _customers(self, method: str, rest: list[str], params: dict[str, Any]) -> tuple[str, Any]:
        need(method == "POST" and not rest, "only creating a customer is known here")
        customer = Customer(self.new_id("cus"), params.get("email", ""))
        self.customers[customer.id] = customer
        return "POST /v1/customers", {"id": customer.id, "object": "customer", "email": customer.email, "name": CANARIES[0]}

    def _prices(self, method: str, rest: list[str], params: dict[str, Any]) -> tuple[str, Any]:
        need(method == "GET" and len(rest) == 1, "only reading a price is known here")
        need(rest[0] in self.prices, f"No such price: '{rest[0]}'", 404)
        return "GET /v1/prices/{price}", self.price_json(rest[0])

    def _subscriptions(self, method: str, rest: list[str], params: dict[str, Any]) -> tuple[str, Any]:
        if method == "DELETE":
            sub = self.subs.get(rest[0])
            need(sub is not None and not sub.is_over, f"No such subscription: '{rest[0]}'", 404)
            assert sub is not None
            self.end(sub)
            return "DELETE /v1/subscriptions/{subscription}", self.sub_json(sub)
        need(method == "GET" and not rest, "only listing subscriptions is known here")
        need(params.get("status") == "all", "without status=all those that are over are left out")
        found = [one for one in self.subs.values() if params.get("customer") in (None, one.customer)]
        found.sort(key=lambda one: (one.created, one.id), reverse=True)
        return "GET /v1/subscriptions", page([self.sub_json(one) for one in found], params, "/v1/subscriptions")

    def _invoices(self, method: str, rest: list[str], params: dict[str, Any]) -> tuple[str, Any]:
        need(method == "GET" and not rest, "only listing invoices is known here")
        span = params.get("created", {})
        found = [
            one
            for one in self.invoices
            if params.get("customer") in (None, one.customer)
            and params.get("status") in (None, one.status)
            and span.get("gte", 0) <= one.created.timestamp() < span.get("lt", 1e12)
        ]
        found.sort(key=lambda one: (one.created, one.id), reverse=True)
        return "GET /v1/invoices", page([self.invoice_json(one) for one in found], params, "/v1/invoices")

    def _invoiceitems(self, method: str, rest: list[str], params: dict[str, Any]) -> tuple[str, Any]:
        need(method == "POST" and not rest, "only adding a line is known here")
        sub = self.subs.get(params["subscription"])
        need(sub is not None and sub.customer == params["customer"], "The subscription is not this customer's.")
        self.items.append(params)
        return "POST /v1/invoiceitems", {"id": self.new_id("ii"), "object": "invoiceitem"} | params

    def _sessions(self, method: str, rest: list[str], params: dict[str, Any]) -> tuple[str, Any]:
        if method == "GET":
            need(not rest, "only listing pages is known here")
            found = [
                one for one in self.sessions.values()
                if one.customer == params.get("customer") and one.status == params.get("status", one.status)
            ]  # fmt: skip
            return "GET /v1/checkout/sessions", page([self.session_json(one) for one in found], params, "/v1/checkout/sessions")
        if len(rest) == 2 and rest[1] == "expire":
            session = self.sessions.get(rest[0])
            need(
                session is not None and session.status == "open",
                'Only Checkout Sessions with a status in ["open"] can be expired.',
            )
            assert session is not None
            session.status = "expired"
            return "POST /v1/checkout/sessions/{session}/expire", self.session_json(session)
        need(method == "POST" and not rest, "unknown")
        need(params["mode"] == "subscription" and params.get("ui_mode") == "hosted_page", "another page than the one we know")
        need(params["customer"] in self.customers, "No such customer", 404)
        for line in params["line_items"]:
            need(line["price"] in self.prices, f"No such price: '{line['price']}'", 404)
        if params.get("automatic_tax", {}).get("enabled"):
            need(params.get("customer_update", {}).get("address") == "auto", "Automatic tax needs customer_update[address].")
        expires_at = dt.datetime.fromtimestamp(params.get("expires_at", int(self.now.timestamp()) + 86_400), dt.UTC)
        need(expires_at >= self.now + dt.timedelta(minutes=30), "`expires_at` must be at least 30 minutes from now.")
        session = Session(self.new_id("cs_test"), params["customer"], params, expires_at)
        self.sessions[session.id] = session
        return "POST /v1/checkout/sessions", self.session_json(session)

    def _portal(self, params: dict[str, Any]) -> tuple[str, Any]:
        need(params["customer"] in self.customers, "No such customer", 404)
        flow = params.get("flow_data", {})
        kind = flow.get("type")
        known = {None, "payment_method_update", "subscription_cancel", "subscription_update_confirm"}
        need(kind in known, f"flow_data[type] is {kind}")
        if kind in ("subscription_cancel", "subscription_update_confirm"):
            sub = self.subs.get(flow[kind]["subscription"])
            need(sub is not None and sub.customer == params["customer"] and not sub.is_over, "No such subscription", 404)
            assert sub is not None
            need(kind != "subscription_cancel" or not sub.cancel_at_period_end, "It is canceled already.")
            for item in flow[kind].get("items", []):
                need(item["id"] == f"si_{sub.id}" and item["price"] in self.prices, "No such item or price")
        pk = self.new_id("bps")
        self.portals[pk] = params
        return "POST /v1/billing_portal/sessions", {
            "id": pk,
            "object": "billing_portal.session",
            "url": f"{self.url}/p/session/{pk}",
        }

    # --- pages for people -----------------------------------------------------------------------------------------------------

    def page(self, path: str) -> str:
        kind, _, pk = path.strip("/").rpartition("/")
        words = {"c/pay": "Pay and subscribe", "p/session": "Confirm", "i": "Download"}
        action = f'<form method="post"><input name="card" aria-label="Card number"><button>{words[kind]}</button></form>'
        return f"<!doctype html><html lang=en><title>Stripe</title><h1>Stripe</h1><p>{pk}</p>{action}"

    def pressed(self, path: str) -> str:
        """Where the person is sent after pressing the button."""
        kind, _, pk = path.strip("/").rpartition("/")
        if kind == "c/pay":
            self.pay(pk)
            return str(self.sessions[pk].params["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(pk))
        params = self.portals[pk]
        flow = params.get("flow_data", {})
        if flow.get("type") == "subscription_cancel":
            self.cancel_later(self.subs[flow["subscription_cancel"]["subscription"]])
        if flow.get("type") == "subscription_update_confirm":
            confirm = flow["subscription_update_confirm"]
            self.change(self.subs[confirm["subscription"]], confirm["items"][0]["price"])
        after = flow.get("after_completion", {}).get("redirect", {}).get("return_url")
        return str(after or params["return_url"])


def need(holds: bool, what: str, status: int = 400) -> None:
    if not holds:
        raise Refused(status, what)


def page(found: list[dict[str, Any]], params: dict[str, Any], url: str) -> dict[str, Any]:
    """One page of a list, as Stripe turns them: after the id of the last one."""
    ids = [one["id"] for one in found]
    start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
    shown = found[start : start + params.get("limit", 10)]
    return {"object": "list", "data": shown, "has_more": start + len(shown) < len(found), "url": url}


class Handler(BaseHTTPRequestHandler):
    peer: Peer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def do_DELETE(self) -> None:
        self._do("DELETE")

    def _do(self, method: str) -> None:
        where = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if not where.path.startswith("/v1/"):
            return self._for_people(method, where.path)
        peer = self.peer
        with peer.lock:
            fault = peer.faults.pop(0) if peer.faults else None
            if fault == 0:
                self.close_connection = True
                return None
            if fault is not None:
                return self._say(fault, {"error": {"type": "api_error", "message": CANARIES[0]}})
            key = self.headers.get("Idempotency-Key", "")
            asked = f"{method} {where.path} {body}"
            if method == "POST" and key in peer.known:
                before, status, said = peer.known[key]
                if before != asked:
                    return self._refuse(Refused(400, "Keys for idempotent requests can only be used with the same parameters."))
                return self._send(status, said)
            try:
                self._check(method)
                params = decoded(
                    method, where.path, parse_qsl(body if method == "POST" else where.query, strict_parsing=bool(body))
                )
                operation, answer = peer.answer(method, where.path, params)
            except Refused as error:
                return self._refuse(error)
            peer.log.append((operation, params))
            peer.headers.append(dict(self.headers))
            said = json.dumps(answer).encode()
            if method == "POST":
                peer.known[key] = (asked, 200, said)
            return self._send(200, said)

    def _check(self, method: str) -> None:
        need(self.headers.get("Authorization") == f"Bearer {KEY}", "No valid API key provided.", 401)
        need(self.headers.get("Stripe-Version") == VERSION, f"Stripe-Version is {self.headers.get('Stripe-Version')}")
        if method == "POST":
            need(bool(self.headers.get("Idempotency-Key")), "a POST without an idempotency key")
            need(self.headers.get("Content-Type") == "application/x-www-form-urlencoded", "the body is no form")

    def _refuse(self, error: Refused) -> None:
        # A 404 is Stripe's answer to what is gone, and no fault of who asks.
        if error.status != 404 and "can be expired" not in str(error):
            self.peer.complaints.append(f"{self.command} {self.path}: {error}")
        kind = "idempotency_error" if "idempotent" in str(error) else "invalid_request_error"
        self._say(error.status, {"error": {"type": kind, "message": f"{error} ({CANARIES[0]})"}})

    def _for_people(self, method: str, path: str) -> None:
        with self.peer.lock:
            if method == "GET":
                self._send(200, self.peer.page(path).encode(), "text/html; charset=utf-8")
                return
            place = self.peer.pressed(path)
        self.send_response(303)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, answer: Any) -> None:
        self._send(status, json.dumps(answer).encode())

    def _send(self, status: int, said: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        if status == 503:
            # What Stripe sends when trying again at once is of no use.
            self.send_header("Stripe-Should-Retry", "false")
        self.send_header("Content-Type", kind)
        self.send_header("Request-Id", "req_of_nobody")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def start() -> tuple[Peer, ThreadingHTTPServer]:
    peer = Peer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"peer": peer}))
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return peer, server
