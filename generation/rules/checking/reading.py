"""A package as the checks read it: the content and its files, parsed once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gherkin.errors import CompositeParserException, ParserError
from gherkin.parser import Parser

from generation.rules import markdown, tracing
from generation.rules.content import Content, LinkedRequirement, LinkedTest
from generation.rules.rendering import LATER, records

Row = dict[str, Any]


@dataclass(frozen=True)
class FoundScenario:
    path: str
    name: str
    tags: list[str]
    keywords: list[str]
    """Context, Action, Outcome or Conjunction, per step."""


class Reading:
    """Content and files of one package."""

    def __init__(self, content: Content, files: Mapping[str, str]) -> None:
        self.content = content
        self.files = files

    @cached_property
    def known(self) -> dict[str, list[tuple[str, Row]]]:
        return tracing.known(self.content)

    @cached_property
    def facts(self) -> dict[str, Row]:
        return {str(row["id"]): row for row in self.content.evidence.facts}

    @cached_property
    def answers(self) -> dict[str, Row]:
        return {str(row["id"]): row for row in self.content.evidence.answers}

    @cached_property
    def source_texts(self) -> dict[str, str]:
        """Text by label of everything a quote may come from."""
        return {label: str(row["text"]) for label, row in self.answers.items()} | {
            str(row["id"]): str(row.get("text", "")) for row in self.content.evidence.sources
        }

    @cached_property
    def requirements(self) -> dict[str, LinkedRequirement]:
        return {row.id: row for row in self.content.requirements}

    @cached_property
    def tests(self) -> dict[str, LinkedTest]:
        return {row.id: row for row in self.content.tests}

    @cached_property
    def trace(self) -> Row:
        return tracing.trace(self.content, self.files)

    @cached_property
    def documents(self) -> list[str]:
        """Paths of Markdown documents."""
        return [path for path in self.files if path.endswith(".md")]

    @cached_property
    def spoken(self) -> str:
        """Everything people said or wrote themselves, and the title they gave: their words are not held to our style."""
        evidence = self.content.evidence
        texts = [evidence.title, *self.source_texts.values(), *(str(row["quote"]) for row in evidence.facts)]
        texts += [str(row["name"]) for row in evidence.sources]
        return "\n".join(texts)

    def own_words(self, path: str) -> str:
        """The text of a file without what it quotes from people."""
        text = self.files[path]
        for quoted in self._quoted:
            text = text.replace(quoted, " ")
        return text

    @cached_property
    def _quoted(self) -> list[str]:
        evidence = self.content.evidence
        raw = {evidence.title, *self.source_texts.values(), *(str(row["quote"]) for row in evidence.facts)}
        forms: set[str] = set()
        for text in raw:
            forms |= {text, markdown.inline(text), markdown.cell(text), json.dumps(text, ensure_ascii=False)[1:-1]}
            forms |= {markdown.escape_html(line).strip() for line in text.splitlines()}
        return sorted((form for form in forms if len(form) > 2), key=lambda form: (-len(form), form))

    @cached_property
    def gherkin(self) -> tuple[list[FoundScenario], dict[str, str]]:
        """Scenarios of the feature files, and what the parser says about those it cannot read."""
        found: list[FoundScenario] = []
        broken: dict[str, str] = {}
        for path, text in self.files.items():
            if not path.endswith(".feature"):
                continue
            try:
                parsed: Any = Parser().parse(text)
            except (CompositeParserException, ParserError) as trouble:
                broken[path] = markdown.one_line(str(trouble))[:160]
                continue
            children = (parsed.get("feature") or {}).get("children", [])
            found += [_scenario(path, child["scenario"]) for child in children if "scenario" in child]
        return found, broken

    def section(self, path: str, name: str) -> str:
        return markdown.section(self.files.get(path, ""), name)

    def exists(self, path: str) -> bool:
        """True for a file of the package, also one that is added at the end, and for a folder of it."""
        paths = [*self.files, *LATER]
        return path in paths or any(other.startswith(path.rstrip("/") + "/") for other in paths)

    def parsed(self, path: str) -> Any:
        """The JSON at this path; None when the file is missing or cannot be read."""
        try:
            return json.loads(self.files.get(path, ""))
        except json.JSONDecodeError:
            return None

    @cached_property
    def backlog(self) -> Row:
        return records.backlog(self.content)


def _scenario(path: str, scenario: Any) -> FoundScenario:
    return FoundScenario(
        path=path,
        name=str(scenario["name"]),
        tags=[re.sub("^@", "", tag["name"]) for tag in scenario["tags"]],
        keywords=[step["keywordType"] for step in scenario["steps"]],
    )


def gherkin_fault(block: str) -> str:
    """What Gherkin's parser says about this scenario; empty when it can read it."""
    try:
        Parser().parse(f"Feature: x\n{block}")
    except (CompositeParserException, ParserError) as trouble:
        return markdown.one_line(str(trouble))[:160]
    return ""
