"""The vendors' own descriptions of their interfaces, against which every exchange is held."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient.discovery_cache.documents as documents
from openapi_schema_validator import OAS30Validator

from tests.connectors.server import Answer, Asked

FOLDER = Path(os.environ.get("SPECSTEP_OPENAPI_DIR", Path(__file__).resolve().parents[3] / "shared" / "openapi"))
AT_MOST = 40
"""Answers with more rows are held against it by their first ones: ten thousand files are alike."""


class Graph:
    """Microsoft's, where it is there; it is not part of this repository."""

    def __init__(self) -> None:
        path = FOLDER / "msgraph-drive.json"
        self.document: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None

    def complaint(self, asked: Asked, answer: Answer) -> str:
        """What does not fit, or nothing."""
        if self.document is None:
            return ""
        operation = self._operation(asked.path.removeprefix("/v1.0"))
        if operation is None:
            return "no such path"
        allowed = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        if unknown := {name for name, _ in asked.query} - allowed:
            return f"unknown in the query: {sorted(unknown)}"
        response = operation["responses"].get(str(answer.status)) or operation["responses"].get(f"{answer.status // 100}XX")
        if response is None:
            return f"no such answer: {answer.status}"
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return ""
        return self._fault(json.dumps(schema), _shortened(answer.body, "value"))

    def _operation(self, path: str) -> dict[str, Any] | None:
        assert self.document is not None
        for form, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", form), path):
                found: dict[str, Any] = methods["get"]
                return found
        return None

    def _fault(self, schema: str, body: Any) -> str:
        assert self.document is not None
        validator = _validator(schema, json.dumps(self.document["components"]))
        return "; ".join(error.message[:200] for error in validator.iter_errors(body))


@cache
def _validator(schema: str, components: str) -> Any:
    return OAS30Validator({"allOf": [json.loads(schema)], "components": json.loads(components)})


class Drive:
    """Google's, which its SDK brings along."""

    def __init__(self) -> None:
        path = Path(documents.__path__[0]) / "drive.v3.json"
        self.document: dict[str, Any] = json.loads(path.read_text())

    def method(self, path: str) -> dict[str, Any] | None:
        for name, methods in (("files", ("list", "get", "export")), ("drives", ("list",))):
            for one in methods:
                found: dict[str, Any] = self.document["resources"][name]["methods"][one]
                if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", f"/drive/v3/{found['path']}"), path):
                    return found
        return None

    def complaint(self, asked: Asked, answer: Answer) -> str:
        method = self.method(asked.path)
        if method is None or method["httpMethod"] != asked.method:
            return "no such method"
        allowed = method["parameters"].keys() | self.document["parameters"].keys()
        if unknown := {name for name, _ in asked.query} - allowed:
            return f"unknown in the query: {sorted(unknown)}"
        parameters = method["parameters"].items()
        needed = {one for one, said in parameters if said.get("required") and said["location"] == "query"}
        if missing := needed - {name for name, _ in asked.query}:
            return f"missing in the query: {sorted(missing)}"
        if answer.status != 200 or isinstance(answer.body, bytes) or "response" not in method:
            return ""
        body = _shortened(answer.body, "files")
        return self._fault(body, method["response"]["$ref"], "answer")

    def _fault(self, value: Any, name: str, where: str) -> str:
        for key, inner in value.items():
            said = self.document["schemas"][name]["properties"].get(key)
            if said is None:
                return f"{where}.{key} is not described"
            if fault := self._of_type(inner, said, f"{where}.{key}"):
                return fault
        return ""

    def _of_type(self, value: Any, said: dict[str, Any], where: str) -> str:
        if "$ref" in said:
            return self._fault(value, said["$ref"], where)
        if said["type"] == "array":
            return next((fault for one in value if (fault := self._of_type(one, said["items"], where))), "")
        if said["type"] == "object":
            inner = said.get("properties", {})
            return next((f"{where}.{key} is not described" for key in value if key not in inner), "")
        wanted = {"string": str, "boolean": bool, "integer": int}[said["type"]]
        return "" if isinstance(value, wanted) else f"{where} is {type(value).__name__}"


def _shortened(body: Any, rows: str) -> Any:
    return body | {rows: body[rows][:AT_MOST]} if isinstance(body, dict) and isinstance(body.get(rows), list) else body
