"""Read prompt files and render them. The format is written down in ``llm/prompts/README.md``."""

from __future__ import annotations

import enum
import functools
import hashlib
import json
import re
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

import jinja2
import yaml
from django.apps import apps
from pydantic import BaseModel

from ground.errors import SpecStepError
from llm.calls import Call, Tier

DIVIDER = "---user---"
ALWAYS = "rules/data.md"
COMMON = "rules/common.md"
"""The system message of calls that share material: their own instructions stand behind it, in the message of this call alone."""
SHARED = Path(__file__).parent / "prompts"


class BadPrompt(SpecStepError):
    """A prompt file cannot be used. A fault in our files; the sentence names the file."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, permanent=True)


@dataclass(frozen=True)
class Prompt:
    """One prompt file."""

    id: str
    version: int
    tier: Tier
    sha256: str
    """Of the file and of every shared rule it includes."""
    system: str
    """Template of the instructions."""
    user: str
    """Template of the material."""
    folder: Path


@dataclass(frozen=True)
class Block:
    """A part of the first message."""

    text: str
    stable: bool
    """The same in other calls that were made or will be made: the vendor can cache it."""
    mark: bool = False
    """Other calls agree up to the end of this block: here the vendor is told to remember."""


@dataclass(frozen=True)
class Prefix:
    """A beginning of a prompt."""

    sha256: str
    characters: int
    """Without the schema."""


@dataclass(frozen=True)
class Rendered:
    """What is sent: what never changes first, then the material that calls share, then what belongs to this call alone."""

    system: str
    blocks: tuple[Block, ...]

    @property
    def user(self) -> str:
        """The first message as one text."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def is_shared(self) -> bool:
        """Another call begins alike, schema and all: one with a mark, or one whose instructions are its system message."""
        return len(self.blocks) == 1 or any(block.mark for block in self.blocks)

    def prefixes(self, schema: dict[str, Any]) -> tuple[Prefix, ...]:
        """The beginnings that others can read from the vendor's cache, the shortest first; the last one is all that is shared.

        Both vendors put the schema of the answer before the messages, so it is part of every beginning.
        """
        digest = hashlib.sha256(
            json.dumps([schema, self.system], sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
        )
        characters, found = len(self.system), []
        for block in self.blocks:
            if not block.stable:
                break
            digest.update(b"\x00" + block.text.encode("utf-8", "surrogatepass"))
            characters += len(block.text)
            if block.mark:
                found.append(Prefix(digest.hexdigest(), characters))
        return tuple(found) or (Prefix(digest.hexdigest(), characters),)


def path_of(name: str) -> Path:
    """The prompt file of the call ``name``: "generation.vision" is ``generation/prompts/vision.md``."""
    app, _, rest = name.partition(".")
    try:
        folder = Path(apps.get_app_config(app).path)
    except LookupError as error:
        raise BadPrompt(f"The call {name!r} names no app of this project.") from error
    return folder / "prompts" / f"{rest}.md"


def load(call: Call[Any, Any]) -> Prompt:
    """The prompt of ``call``, checked against it. Raises ``BadPrompt``."""
    prompt = read(path_of(call.name))
    for what, written, meant in (
        ("id", prompt.id, call.name),
        ("version", prompt.version, call.version),
        ("tier", prompt.tier, call.tier),
    ):
        if written != meant:
            raise BadPrompt(f"The prompt of {call.name} has the {what} {written!r}, the call has {meant!r}.")
    return prompt


@functools.cache
def read(path: Path) -> Prompt:
    """The prompt in the file at ``path``. Raises ``BadPrompt`` for a missing file, bad front matter or a missing divider."""
    if not path.is_file():
        raise BadPrompt(f"The prompt file {path.parent.parent.name}/prompts/{path.name} does not exist.")
    text = path.read_text(encoding="utf-8")
    _, opening, rest = text.partition("---\n")
    front, closing, body = rest.partition("\n---\n")
    if not (opening and closing) or not text.startswith("---\n"):
        raise BadPrompt(f"{path.name} does not begin with front matter between lines of three hyphens.")
    try:
        matter = yaml.safe_load(front)
    except yaml.YAMLError as error:
        raise BadPrompt(f"The front matter of {path.name} is not YAML.") from error
    if not isinstance(matter, dict) or set(matter) != {"id", "version", "tier"} or not isinstance(matter["version"], int):
        raise BadPrompt(f"The front matter of {path.name} must have exactly id, version (a whole number) and tier.")
    if matter["tier"] not in get_args(Tier):
        raise BadPrompt(f"{path.name} names the tier {matter['tier']!r}; the tiers are {', '.join(get_args(Tier))}.")
    if body.count(f"\n{DIVIDER}\n") != 1:
        raise BadPrompt(f"{path.name} must have exactly one line {DIVIDER} between instructions and material.")
    system, _, user = body.partition(f"\n{DIVIDER}\n")
    folder = path.parent
    digest = hashlib.sha256(text.encode())
    for name in sorted({ALWAYS, COMMON, *re.findall(r"{%-?\s*include\s+[\"']([^\"']+)[\"']", body)}):
        source = next((place / name for place in (folder, SHARED) if (place / name).is_file()), None)
        if source is None:
            raise BadPrompt(f"{path.name} includes {name}, which does not exist.")
        digest.update(source.read_bytes())
    return Prompt(matter["id"], matter["version"], matter["tier"], digest.hexdigest(), system.strip(), user.strip(), folder)


@functools.cache
def _environment(folder: Path) -> jinja2.Environment:
    # Prompts are plain text: material is fenced, not escaped for HTML.
    environment = jinja2.Environment(  # noqa: S701
        loader=jinja2.FileSystemLoader([folder, SHARED]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters["fence"] = fence
    return environment


@functools.cache
def _template(folder: Path, source: str) -> jinja2.Template:
    """Compiling costs more than rendering, and prompts do not change while a process runs."""
    return _environment(folder).from_string(source)


def fence(text: str, tag: str) -> str:
    """``text`` between ``<tag>`` and ``</tag>``, so that nothing in it can close the fence early."""
    if not re.fullmatch(r"[a-z][a-z_-]{0,30}", tag):
        raise BadPrompt(f"{tag!r} cannot be the name of a fence: use small letters.")
    harmless = re.sub(rf"<(?=/?{tag})", "<\u200b", text, flags=re.IGNORECASE)
    return f"<{tag}>\n{harmless}\n</{tag}>"


def data_block(data: Any, tag: str = "input") -> str:
    """Data as JSON between ``<tag>`` and ``</tag>``. ``<`` is escaped, so nothing inside can close the fence."""
    written = json.dumps(data, ensure_ascii=False, indent=None, separators=(", ", ": ")).replace("<", "\\u003c")
    return f"<{tag}>\n{written}\n</{tag}>"


def read_input(call: Call[I, Any], text: str) -> I:
    """The input of ``call`` as it stands in the first message ``text``, without what is not sent: what the agents of tests answer
    to."""
    data: dict[str, Any] = json.loads(text.rpartition("<input>\n")[2].rpartition("\n</input>")[0])
    for path in call.stable:
        tag = _tag(path)
        shared: Any = json.loads(text.partition(f"<{tag}>\n")[2].partition(f"\n</{tag}>")[0])
        late = _take(data, path) if path in _begun(call.late) else {}
        _place(data, path, {**shared, **late} if late else shared)
    return call.input.model_validate(data)


def _begun(paths: Iterable[str]) -> set[str]:
    """The paths above these: "parts" and "parts.evidence" for "parts.evidence.frozen_at"."""
    return {path[:place] for path in paths for place, letter in enumerate(path) if letter == "."}


def _tag(path: str) -> str:
    return path.rpartition(".")[2].replace("_", "-")


def _take(data: dict[str, Any], path: str) -> Any:
    *way, name = path.split(".")
    for step in way:
        data = data[step]
    return data.pop(name)


def _drop(data: Any, way: Sequence[str]) -> None:
    if isinstance(data, list):
        for one in data:
            _drop(one, way)
    elif isinstance(data, dict):
        if len(way) > 1:
            _drop(data.get(way[0]), way[1:])
        else:
            data.pop(way[0], None)


def _place(data: dict[str, Any], path: str, value: Any) -> None:
    *way, name = path.split(".")
    for step in way:
        data = data.setdefault(step, {})
    data[name] = value


I = TypeVar("I", bound=BaseModel)  # noqa: E741
M = TypeVar("M", bound=BaseModel)


class _Closed(Generic[M]):
    """The input as instructions may see it: closed values only, never words that people wrote."""

    def __init__(self, model: M) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        field = type(self._model).model_fields.get(name)
        if field is None:
            raise AttributeError(name)
        if not _is_closed(field.annotation):
            raise BadPrompt(f"Instructions may not print input.{name}: people can write in it. Move it below {DIVIDER}.")
        return getattr(self._model, name)


def _is_closed(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is Literal:
        return True
    if origin in (Union, types.UnionType, list, tuple, set, frozenset, typing.Annotated):
        return all(_is_closed(part) for part in get_args(annotation) if part not in (type(None), Ellipsis))
    return isinstance(annotation, type) and issubclass(annotation, (bool, int, float, enum.Enum))


def render(prompt: Prompt, data: BaseModel, call: Call[Any, Any] | None = None) -> Rendered:
    """What is sent for one question. Without ``call``, or with one that shares nothing, the instructions are the system message.

    With one that shares material the system message is the same for all such calls, the shared material follows in the order of
    ``call.stable``, and the instructions stand behind it: so the longest possible beginning is the same from call to call. A call
    with ``fan_out`` is asked several times, so its instructions are shared too. A mark stands only where another call can read:
    the schema of the answer comes first at both vendors, so calls with answers of different shapes share nothing there, and
    what is written into the cache for nobody costs more than what is not.

    ``call.late`` is read behind what is shared, and ``call.unsent`` not at all.

    Raises ``BadPrompt`` when the template asks for something that does not exist.
    """
    environment = _environment(prompt.folder)
    try:
        always = environment.get_template(ALWAYS).render().strip()
        instructions = _template(prompt.folder, prompt.system).render(input=_Closed(data)).strip()
        task = _template(prompt.folder, prompt.user).render(input=data).strip()
        common = environment.get_template(COMMON).render().strip()
    except jinja2.TemplateError as error:
        raise BadPrompt(f"The prompt {prompt.id} cannot be rendered: {error}.") from error
    rest: dict[str, Any] = data.model_dump(mode="json")
    for path in call.unsent if call else ():
        _drop(rest, path.split("."))
    if call is None or not call.stable:
        return Rendered(f"{instructions}\n\n{always}", (Block(f"{task}\n\n{data_block(rest)}", stable=False),))
    late = {path: _take(rest, path) for path in call.late}
    shared = [data_block(_take(rest, path), _tag(path)) for path in call.stable]
    for path, value in late.items():
        _place(rest, path, value)
    blocks = [Block(text, stable=True) for text in shared[:-1]]
    blocks.append(Block(shared[-1], stable=True, mark=bool(call.schema_title)))
    blocks.append(Block(f"# Your task\n\n{instructions}", stable=call.fan_out, mark=call.fan_out))
    blocks.append(Block(f"{task}\n\n{data_block(rest)}", stable=False))
    return Rendered(f"{common}\n\n{always}", tuple(blocks))
