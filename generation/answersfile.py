"""An answers file: read and checked whole before anything happens (docs/architecture.md, headless main job)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from generation.rules.content import Evidence
from ground.errors import BadInput
from interviews.extraction import limits
from interviews.extraction.faults import sentence
from interviews.rules.topics import BY_ID

KEYS = ("title", "profile", "depth", "brief", "references", "answers")
CHOICES = {name: get_args(Evidence.model_fields[name].annotation) for name in ("profile", "depth")}
MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class AnswersFile:
    """What one person says about one project."""

    title: str
    profile: str
    depth: str
    brief: str
    references: tuple[tuple[str, bytes], ...]
    """Name and content of each reference document."""
    answers: tuple[tuple[str, str], ...]
    """(topic, text) in the order of the file."""


def read(path: Path) -> AnswersFile:
    """Read an answers file.

    Raises ``BadInput`` with one sentence that names file, line and key for whatever is wrong: a missing or unreadable file,
    broken YAML, an unknown key, topic, profile or depth, an empty title or brief, a missing reference.
    """
    text = _text(path, f"{path}: there is no such file.")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        held = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise BadInput(f"{where}: this is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}.") from None
    if not isinstance(node, yaml.MappingNode) or not isinstance(held, dict):
        raise BadInput(f"{path}, line 1: an answers file is a list of keys: {', '.join(KEYS)}.")
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value not in KEYS:
            raise BadInput(
                f"{path}, line {key.start_mark.line + 1}: there is no key {key.value!r}. The keys are {', '.join(KEYS)}."
            )
        if key.value in seen:
            raise BadInput(f"{path}, line {key.start_mark.line + 1}: the key {key.value!r} is there twice.")
        seen.add(key.value)

    def at(key: str) -> str:
        return f"{path}, line {lines[key]}" if key in lines else f"{path}"

    return AnswersFile(
        title=_line(held, "title", at),
        profile=_choice(held, "profile", "lean", at),
        depth=_choice(held, "depth", "standard", at),
        brief=_line(held, "brief", at, one=False),
        references=_references(held.get("references"), path, at("references")),
        answers=_answers(held.get("answers"), _item_lines(node), at("answers"), path),
    )


def _text(path: Path, missing: str) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path}: the file is larger than 2 MB.")
        return path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(missing) from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: this is not a text file in UTF-8.") from None
    except OSError as error:
        raise BadInput(f"{path}: it cannot be read: {error.strerror}.") from None


def _line(held: dict[str, Any], key: str, at: Any, *, one: bool = True) -> str:
    value = held.get(key)
    if key not in held:
        raise BadInput(f"{at(key)}: the key {key!r} is missing.")
    if not isinstance(value, str) or not value.strip():
        what = "is empty" if value is None or value == "" or (isinstance(value, str) and not value.strip()) else "must be text"
        raise BadInput(f"{at(key)}: {key!r} {what}.")
    if one and ("\n" in value.strip() or len(value.strip()) > 120):
        raise BadInput(f"{at(key)}: {key!r} must be one line of at most 120 letters.")
    return value.strip()


def _choice(held: dict[str, Any], key: str, otherwise: str, at: Any) -> str:
    value = held.get(key, otherwise)
    if value not in CHOICES[key]:
        raise BadInput(f"{at(key)}: {key!r} is {value!r}; it can be {', '.join(CHOICES[key])}.")
    return str(value)


def _references(value: Any, path: Path, where: str) -> tuple[tuple[str, bytes], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadInput(f"{where}: 'references' must be a list of paths.")
    found = []
    for item in value:
        file = (path.parent / item).resolve()
        if not file.is_file():
            raise BadInput(f"{where}: the reference {item!r} is not there. Paths are read beside the answers file.")
        if (size := file.stat().st_size) > limits.MAX_BYTES:
            raise BadInput(f"{where}: {sentence('large', item, figure=-(-size // (1024 * 1024)))}")
        found.append((file.name, file.read_bytes()))
    return tuple(found)


def _item_lines(node: yaml.MappingNode) -> list[int]:
    answers = next((value for key, value in node.value if key.value == "answers"), None)
    return [item.start_mark.line + 1 for item in answers.value] if isinstance(answers, yaml.SequenceNode) else []


def _answers(value: Any, lines: list[int], where: str, path: Path) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadInput(f"{where}: 'answers' must be a list of topic and text.")
    found = []
    for item, line in zip(value, lines, strict=True):
        here = f"{path}, line {line}"
        if not isinstance(item, dict):
            raise BadInput(f"{here}: an answer has two keys, topic and text.")
        if unknown := [str(key) for key in item if key not in {"topic", "text"}]:
            raise BadInput(f"{here}: an answer has no key {unknown[0]!r}; it has topic and text.")
        topic, text = item.get("topic"), item.get("text")
        if topic not in BY_ID:
            raise BadInput(f"{here}: there is no topic {topic!r}. Topics are V1 to V10, R1 to R22 and A1 to A15.")
        if not isinstance(text, str) or not text.strip():
            raise BadInput(f"{here}: the answer to {topic} is empty.")
        found.append((str(topic), text))
    return tuple(found)
