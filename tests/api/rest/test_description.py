"""The description of the API: valid, complete, true to what is answered (schemathesis with all its checks)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pytest_django import Settings
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from api.nouns.shapes import Shape, Wish
from api.rest.door import KEY
from api.rest.serving import document
from tests.api.rest.conftest import Program
from tests.api.rest.world import furnished

SEED = 20261130
EXAMPLES = 2
REFERENCES = "POST /interviews/{interview}/references"
UNSURE = ("PATCH /webhooks/{webhook}", "PATCH /profile", "PUT /notices", "POST /conflicts/{conflict}/resolution")
"""What fits its schema may be refused there: an address that is never called, no time zone, "both" without a sentence."""


@pytest.fixture
def _every_request_is_its_own() -> Iterator[None]:
    """A key that was sent with another request is refused, as it should be; so each request gets a new one."""

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        meant_well = case.meta is not None and case.meta.generation.mode.is_positive
        if meant_well and case.headers and KEY.match(str(case.headers.get("Idempotency-Key", ""))):
            case.headers["Idempotency-Key"] = str(uuid.uuid4())

    yield
    schemathesis.hooks.unregister(before_call)


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"]
    return found


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for place, item in document()["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {place}", operation


def test_it_is_valid_and_there_for_everybody() -> None:
    told = Client().get("/api/v1/openapi.json")
    assert told.status_code == 200
    assert told.json()["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(told.json()).iter_errors()) == []


def test_everything_is_described_with_an_example_that_fits() -> None:
    components = document()["components"]
    for name, operation in operations():
        assert operation["summary"], name
        assert operation["description"].endswith((".", ")")) or operation["description"] == operation["summary"] + ".", name
        for parameter in operation["parameters"]:
            assert parameter["description"].endswith("."), (name, parameter["name"])
            fits(parameter["example"], parameter["schema"], (name, parameter["name"]))
        for content in [operation.get("requestBody", {}).get("content", {})]:
            for media, body in content.items():
                if media == "application/json":
                    fits(body["example"], body["schema"], name)
        for status, response in operation["responses"].items():
            found = response if "$ref" not in response else components["responses"][status]
            assert found["description"], (name, status)
            for media, body in found.get("content", {}).items():
                if "json" in media:
                    fits(body["example"], body["schema"], (name, status))
    for name, schema in schemas().items():
        assert schema.get("description"), name


def test_no_two_shapes_have_one_name() -> None:
    """A second one would silently take the place of the first in the description."""
    shapes = [one for base in (Shape, Wish) for one in below(base)]
    names = [one.__name__ for one in shapes]
    assert [name for name in names if names.count(name) > 1] == []


def below(base: type[Any]) -> Iterator[type[Any]]:
    for one in base.__subclasses__():
        if "[" not in one.__name__:
            yield one
        yield from below(one)


def fits(value: Any, schema: dict[str, Any], where: Any) -> None:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document()["components"], **schema}
    faults = [fault.message for fault in Draft202012Validator(whole).iter_errors(value)]
    assert faults == [], (where, value)


@pytest.mark.usefixtures("_every_request_is_its_own")
@pytest.mark.django_db(transaction=True)
def test_what_is_answered_is_what_is_described(program: Program, served: str, settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    settings.API_CALLS = 1_000_000
    settings.API_STRANGER_CALLS = 1_000_000
    ids, to_delete = furnished(program.user), furnished(program.user)
    failures: list[str] = []
    calls = 0
    for event in from_schema(loaded(program, f"{served}/api/v1/openapi.json", ids, to_delete)).execute():
        if isinstance(event, events.ScenarioFinished):
            calls += len(event.recorder.checks)
            failures += list(failed(event))
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            failures.append(f"{event}")
    assert not failures, "\n".join(failures)
    assert calls > 1_000


def failed(event: Any) -> Iterator[str]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                case = event.recorder.cases[case_id].value
                yield f"{event.recorder.label}: {check.name}: {check.failure_info.failure.message} {case!r}"


def loaded(program: Program, address: str, ids: dict[str, Any], to_delete: dict[str, Any]) -> Any:
    """``to_delete`` are rows that operations which delete have to themselves: what they took away, no other could try."""
    unsure = {"positive_data_acceptance": {"expected-statuses": ["2xx", 401, 404, 409, 412, 422, 429]}}
    config = SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": {"Authorization": f"Bearer {program.key}"},
            "parameters": in_paths(ids),
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none", "no-shrink": True},
            # The examples are run one by one in test_reference.py. Whether a key is asked for is tried with every operation, but
            # not with each of its thirty cases: that is two more calls every time.
            "phases": {
                "examples": {"enabled": False},
                "coverage": {"checks": {"ignored_auth": {"enabled": False}}},
                "stateful": {"enabled": False},
            },
            "operations": [
                *({"include-name": name, "checks": unsure} for name in UNSURE),
                # Texts of two million letters at every bound take longer than they show.
                {"include-name": REFERENCES, "checks": unsure, "phases": {"coverage": {"enabled": False}}},
                {"include-method": "DELETE", "parameters": in_paths(to_delete)},
            ],
        }
    )
    return schemathesis.openapi.from_url(address, config=config)


def in_paths(ids: dict[str, Any]) -> dict[str, str]:
    return {f"path.{name}": str(value) for name, value in ids.items()}
