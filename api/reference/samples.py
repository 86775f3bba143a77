"""One call of an operation, as a program of a few lines in curl, Python and TypeScript. Tests run every one of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.rest.operations import PREFIX

Row = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What is sent."""

    id: str
    method: str
    address: str
    body: Any
    once: bool
    """It takes an Idempotency-Key."""
    produces: str


def call_of(place: str, method: str, operation: Row, *, base: str, values: Mapping[str, Any]) -> Call:
    """The call of the example: every value that has to be sent, and every body whole.

    ``base`` is where the service is; ``values`` take the place of examples: ids of the address by name, others by what they are.
    """
    sent: dict[str, str] = {}
    for parameter in operation["parameters"]:
        value = values.get(parameter["name"], parameter["example"])
        if parameter["in"] == "path":
            place = place.replace(f"{{{parameter['name']}}}", quote(str(value)))
        elif parameter["in"] == "query" and (parameter["required"] or parameter["name"] == "limit"):
            sent[parameter["name"]] = str(value)
    query = "&".join(f"{name}={quote(value)}" for name, value in sent.items())
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    good = next(response for status, response in operation["responses"].items() if status.startswith("2"))
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        address=f"{base}{PREFIX}{place}{'?' if query else ''}{query}",
        body=_with(content["example"], values) if content else None,
        once=any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]),
        produces=next(iter(good.get("content", {})), ""),
    )


def curl(call: Call) -> str:
    """For a shell."""
    parts = ["curl --fail-with-body --silent --show-error"]
    if call.method != "GET":
        parts[0] += f" --request {call.method}"
    if call.produces == "text/event-stream":
        parts[0] += " --no-buffer"
    if call.produces == "application/zip":
        parts[0] += " --output package.zip"
    parts.append(f'"{call.address}"')
    parts.append('--header "Authorization: Bearer $SPECSTEP_KEY"')
    if call.once:
        parts.append(f'--header "Idempotency-Key: {_key(call)}"')
    if call.body is not None:
        parts.append('--header "Content-Type: application/json"')
        parts.append("--data '" + _json(call.body).replace("'", "'\\''") + "'")
    return " \\\n  ".join(parts)


def python(call: Call) -> str:
    """With the requests library."""
    imports = [
        "import os",
        *(["from pathlib import Path"] if call.produces == "application/zip" else []),
        "",
        "import requests",
        "",
    ]
    headers = ['"Authorization": f"Bearer {os.environ[\'SPECSTEP_KEY\']}"']
    if call.once:
        headers.append(f'"Idempotency-Key": "{_key(call)}"')
    given = [f'    "{call.address}",', f"    headers={{{', '.join(headers)}}},"]
    if call.body is not None:
        given.append(_indented(f"    json={_python(call.body)},"))
    if call.produces == "text/event-stream":
        lines = [
            "with requests.get(",
            *given,
            "    stream=True,",
            "    timeout=60,",
            ") as answer:",
            "    answer.raise_for_status()",
            "    for line in answer.iter_lines(decode_unicode=True):",
            '        if line.startswith("data: "):',
            '            print(line.removeprefix("data: "))',
        ]
        return "\n".join([*imports, *lines])
    lines = [f"answer = requests.{call.method.lower()}(", *given, "    timeout=30,", ")", "answer.raise_for_status()"]
    return "\n".join([*imports, *lines, *_shown_in_python(call)])


def typescript(call: Call) -> str:
    """For Node and browsers' workers: fetch and nothing else."""
    headers = ["    Authorization: `Bearer ${process.env.SPECSTEP_KEY}`,"]
    if call.once:
        headers.append(f'    "Idempotency-Key": "{_key(call)}",')
    if call.body is not None:
        headers.append('    "Content-Type": "application/json",')
    given = [f'  method: "{call.method}",', "  headers: {", *headers, "  },"]
    if call.body is not None:
        given.append(_indented(f"  body: JSON.stringify({_json(call.body)}),", by="  "))
    lines = [
        f'const answer: Response = await fetch("{call.address}", {{',
        *given,
        "});",
        "if (!answer.ok) throw new Error((await answer.json()).detail);",
    ]
    return "\n".join([*lines, *_shown_in_typescript(call)])


LANGUAGES = (("curl", "bash", curl), ("Python", "python", python), ("TypeScript", "typescript", typescript))


def _shown_in_python(call: Call) -> list[str]:
    if call.produces == "application/zip":
        return ['Path("package.zip").write_bytes(answer.content)']
    if call.produces == "text/csv":
        return ["print(answer.text)"]
    return ["print(answer.json())"] if call.produces else []


def _shown_in_typescript(call: Call) -> list[str]:
    if call.produces == "text/event-stream":
        return [
            "for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {",
            "  console.log(piece);",
            "}",
        ]
    if call.produces == "application/zip":
        return ["const archive = await answer.arrayBuffer();", "console.log(archive.byteLength);"]
    if call.produces == "text/csv":
        return ["console.log(await answer.text());"]
    return ["console.log(await answer.json());"] if call.produces else []


def _key(call: Call) -> str:
    """A key of the sender's own making; a UUID is as good."""
    return f"{call.id.replace('_', '-')}-2026-11-30"


def _with(body: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(body, dict):
        return {name: _value(name, part, values) for name, part in body.items()}
    return body


def _value(name: str, part: Any, values: Mapping[str, Any]) -> Any:
    one = name.removesuffix("s")
    if isinstance(part, list) and one in values:
        return [str(values[one])]
    return str(values[name]) if name in values else _with(part, values)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _python(value: Any) -> str:
    """JSON is Python but for three words, and no string of an example holds one of them alone."""
    text = json.dumps(value, ensure_ascii=False, indent=4)
    for word, ours in (("null", "None"), ("true", "True"), ("false", "False")):
        text = text.replace(f": {word}", f": {ours}")
    return text


def _indented(text: str, by: str = "    ") -> str:
    """The lines after the first one moved in as far as the first."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(by + line for line in rest)])
