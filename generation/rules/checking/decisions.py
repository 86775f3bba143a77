"""Decision records follow MADR 4, diagrams show what the model holds, layers have no circle."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from generation.rules import markdown
from generation.rules.checking.reading import Reading
from generation.rules.checking.results import CheckResult, fault, warning
from generation.rules.rendering import diagrams

MADR = (
    "Context and problem statement",
    "Decision drivers",
    "Considered options",
    "Decision outcome",
    "Pros and cons of the options",
    "More information",
)
"""Sections of a record (MADR 4.0)."""
STATES = ("proposed", "accepted", "rejected", "deprecated", "superseded")
MOST_BOXES = 20


def check(reading: Reading) -> Iterator[CheckResult]:
    for path in sorted(path for path in reading.files if re.match(r"adr/\d", path)):
        yield from _madr(reading, path)
    yield from _quality(reading)
    yield from _diagrams(reading)
    yield from _layers(reading)


def _madr(reading: Reading, path: str) -> Iterator[CheckResult]:
    text = reading.files[path]
    repair = "Render the record from the model."
    front = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    try:
        head = yaml.safe_load(front[1]) if front else None
    except yaml.YAMLError:
        head = None
    if not isinstance(head, dict) or not str(head.get("status", "")).startswith(STATES):
        yield fault("MADR", path, "Its front matter has no known status.", repair)
    names = re.findall(r"^## (.+)$", text, re.MULTILINE)
    yield from (fault("MADR", path, f"Missing: {name}", repair) for name in MADR if name not in names)
    if "### Confirmation" not in text or "### Consequences" not in text:
        yield fault("MADR", path, "It has no consequences or no confirmation.", repair)
    yield from _options(path, text)
    if not re.search(r"(?:REQ|NFR)-", text):
        yield warning("MADR", path, "It cites no requirement.", "Name the requirements it decides about.")
    if "adr/README.md" in reading.files and path.removeprefix("adr/") not in reading.files["adr/README.md"]:
        yield fault("MADR", path, "It is not in the index.", "Render adr/README.md from the model.")


def _options(path: str, text: str) -> Iterator[CheckResult]:
    options = re.findall(r"^\* (.+)$", markdown.section(text, "Considered options"), re.MULTILINE)
    chosen = re.search(r'Chosen option: "(.+?)"', text)
    if len(options) < 2:
        yield fault("MADR", path, "It weighs fewer than two options.", "Add the options that were left.")
    if not chosen or chosen[1] not in options:
        yield fault("MADR", path, "Its outcome names none of the options.", "Choose one of those listed.")
    weighed = re.split(r"^### ", markdown.section(text, "Pros and cons of the options"), flags=re.MULTILINE)
    bodies = {part.partition("\n")[0].strip(): part for part in weighed[1:]}
    for name in options:
        if "* Bad, because" not in bodies.get(name, ""):
            yield fault("MADR", path, f'Nothing speaks against "{name}".', "Name what it costs.")


def _quality(reading: Reading) -> Iterator[CheckResult]:
    path = "docs/architecture.md"
    if path not in reading.files:
        return
    ten = reading.section(path, "10. Quality requirements")
    for row in reading.content.requirements:
        if row.kind == "quality" and row.priority == "must" and row.id not in ten:
            yield fault("ARC42", row.id, "It is not in section 10 of the architecture.", "Render the section from the model.")
        if not any(label.startswith("CMP-") for label in row.satisfied_by):
            yield fault("TRACE", row.id, "No component carries it.", "Name the component that satisfies it.")


def _diagrams(reading: Reading) -> Iterator[CheckResult]:
    sources = {path: text.strip() for path, text in reading.files.items() if path.endswith(".mmd")}
    inlined = {path: markdown.mermaid(reading.files[path]) for path in reading.documents}
    every = [block for blocks in inlined.values() for block in blocks]
    for path, source in sources.items():
        if inlined and source not in every:
            yield fault("DIAGRAM", path, "No document shows it word for word.", "Render document and diagram from the model.")
    for path, blocks in inlined.items():
        for block in blocks:
            if block not in sources.values():
                yield warning("DIAGRAM", path, "A diagram in the text has no file of its own.", "Draw it from the model.")
    for path, view in diagrams.FILES.items():
        if path in sources:
            yield from _drawn(reading, path, view, sources[path])


def _drawn(reading: Reading, path: str, view: diagrams.View, source: str) -> Iterator[CheckResult]:
    bare = re.sub(r'"[^"\n]*"', '""', source)
    drawn = set(re.findall(r"(?<![\w-])((?:CMP|ACT|SYS|EXT)-[a-z0-9-]*[a-z0-9])", bare))
    model = {element.id for element in reading.content.elements if view in element.views}
    if drawn != model:
        yield fault("DIAGRAM", path, f"It differs from the model: {markdown.listed(sorted(drawn ^ model))}", "Render it again.")
    for line in bare.splitlines():
        if "-->" in line and '-->|""|' not in line:
            yield fault("DIAGRAM", path, f"An arrow has no label: {line.strip()}", "Say what goes along it.")
    if len(drawn) > MOST_BOXES:
        yield warning("DIAGRAM", path, f"It shows {len(drawn)} boxes.", f"Show at most {MOST_BOXES}.")
    if view == "blocks":
        arrows = set(re.findall(r'(CMP-[a-z0-9-]+) -->\|""\| (CMP-[a-z0-9-]+)', bare))
        calls = {(element.id, target) for element in reading.content.elements for target in element.may_call or []}
        if arrows != calls:
            yield fault("DIAGRAM", path, "Its arrows are not the allowed calls.", "Render it from the model.")


def _layers(reading: Reading) -> Iterator[CheckResult]:
    calls = {element.id: element.may_call or [] for element in reading.content.elements}
    done: set[str] = set()

    def circle(label: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if label in path:
            return (*path[path.index(label) :], label)
        if label in done:
            return ()
        for target in calls.get(label, []):
            if found := circle(target, (*path, label)):
                return found
        done.add(label)
        return ()

    for label in calls:
        if found := circle(label, ()):
            yield fault("LAYERS", label, f"Modules call each other in a circle: {' to '.join(found)}.", "Turn one call around.")
            return
