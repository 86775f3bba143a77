"""Documents: sections, length, links, figures, wording, secrets."""

from __future__ import annotations

import ast
import json
import operator
import posixpath
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from generation.rules import ears, markdown
from generation.rules.checking.reading import Reading
from generation.rules.checking.results import CheckResult, error, fault, warning
from generation.rules.content import Content, Figure
from generation.rules.contracts import Contract, Section, all_contracts
from generation.rules.lexicon import PLACEHOLDER
from generation.rules.rendering import pages, phrases, records

_PATH = re.compile(r"`((?:docs|adr|features|contracts|quality|backlog|trace|evidence)/[\w./-]*)`")
_WRITTEN_BY_PEOPLE = ("evidence/",)


def check(reading: Reading) -> Iterator[CheckResult]:
    for path, contract in all_contracts().items():
        if path in reading.files:
            yield from _sections(reading, path, contract)
            yield from _length(reading.files[path], path, contract)
            if contract.numbers_in_model:
                yield from _numbers(reading, path)
    for path in reading.files:
        yield from _wording(reading, path)
        yield from _ids(reading, path)
    yield from _twice(reading)
    yield from _links(reading)
    yield from _agents(reading)
    yield from _assumptions(reading)
    yield from _open_questions(reading)
    yield from _figures(reading.content)
    yield from _trace(reading)


def _sections(reading: Reading, path: str, contract: Contract) -> Iterator[CheckResult]:
    text = reading.files[path]
    have = re.findall(r"^## (.+?)\s*$", markdown.without_code(text), re.MULTILINE)
    missing = [name for name in contract.headings if name not in have]
    for name in missing:
        yield fault("SECTION", path, f"Missing: {name}", "Render the document from its template.")
    if not missing and [name for name in have if name in contract.headings] != contract.headings:
        yield fault("SECTION", path, "The sections are in the wrong order.", "Render the document from its template.")
    for section in contract.sections:
        body = markdown.section(text, section.heading)
        if section.untitled:
            body = dict(markdown.sections(text))[markdown.HEAD]
        if pages.NOT_WRITTEN in body:
            yield fault("SECTION", path, f"Nothing has been written under {section.heading}.", "Write the section.")
        elif _is_thin(section, contract, body) and section.heading not in missing:
            yield fault("SECTION", path, f"Thin: {section.heading}", 'Say more, or "n/a because ..." with the reason.')


def _is_thin(section: Section, contract: Contract, body: str) -> bool:
    """A written section with too little in it. A table that is rendered from few records is short because there are few."""
    if not contract.section_floor or not section.is_written:
        return False
    return markdown.words(body) + body.count("-->") * 6 < contract.section_floor and "n/a because" not in body


def _length(text: str, path: str, contract: Contract) -> Iterator[CheckResult]:
    cap = contract.budget
    if cap.words and (count := markdown.words(text.replace(pages.DRAFTED, ""))) > cap.words:
        yield warning("BUDGET", path, f"{count} words; {cap.words} are allowed.", "Say it in fewer words.")
    if cap.lines and (count := len(text.splitlines())) > cap.lines:
        yield warning("BUDGET", path, f"{count} lines; {cap.lines} are allowed.", "Take out what changes nothing.")


def _numbers(reading: Reading, path: str) -> Iterator[CheckResult]:
    pool = figures_known(reading.content)
    strange = [found for found in dict.fromkeys(markdown.numbers(reading.files[path])) if found not in pool]
    for found in strange:
        yield fault("NUMBER", path, f"{found} is not in the model.", "Take the number from a fact, or compute it as a figure.")


def figures_known(content: Content) -> set[str]:
    """Every number a document may name: those of the model, of facts and answers, of the backlog, and rounded figures."""
    model = {**records.model(content), "schema": ""}
    pool = set(markdown.numbers(json.dumps(model, ensure_ascii=False)))
    pool |= set(markdown.numbers(json.dumps(records.backlog(content), ensure_ascii=False)))
    pool |= set(markdown.numbers("\n".join(str(row.get("text", "")) for row in content.evidence.sources)))
    values = [fact["value"] for fact in content.evidence.facts] + [figure.value for figure in content.figures]
    for value in values:
        pool |= set(markdown.numbers(str(value)))
        if isinstance(value, float):
            pool |= {str(int(value)), str(round(value)), f"{value:.2f}"}
    spoken = "\n".join(str(row["text"]) for row in (*content.evidence.answers, *content.evidence.sources)).lower()
    pool |= {str(number) for word, number in phrases.NUMBER_WORDS.items() if re.search(rf"\b{word}\b", spoken)}
    dates = re.findall(r"\b(\d{4})-(\d\d)-(\d\d)(?!\d)", json.dumps(model))
    pool |= {part.lstrip("0") for date in dates for part in date}
    pool.add(str(len(content.assumptions)))  # "All 18 are in risks and assumptions"
    return pool | {number.lstrip("0") for number in pool}


def _wording(reading: Reading, path: str) -> Iterator[CheckResult]:
    own = reading.own_words(path)
    if hit := PLACEHOLDER.search(own):
        yield fault("PLACEHOLDER", path, f'"{hit[0]}" was left to be filled in.', "Write what belongs there.")
    if path.endswith(".md") and not path.startswith(_WRITTEN_BY_PEOPLE) and (hit := ears.STOCK.search(own)):
        said = "a long dash" if hit[0] == "\u2014" else f'"{hit[0]}"'
        yield warning("STOCK", path, f"{said} fits any project.", "Say what is true of this one.")
    for secret in _secrets(reading.files[path]):
        yield fault("SECRET", path, f"It holds what looks like a {secret}.", "Take it out of the answers and run again.")


def _secrets(text: str) -> list[str]:
    # Asked for here because the room of the gateway is only needed when a package is checked.
    from llm.redaction import find_secrets

    return list(dict.fromkeys(str(secret.kind) for secret in find_secrets(text)))


def _ids(reading: Reading, path: str) -> Iterator[CheckResult]:
    if not path.endswith((".md", ".feature", ".json", ".jsonl", ".csv", ".mmd")) or path.startswith(
        ("quality/", ".specstep/manifest")
    ):
        return
    for label in markdown.ids(reading.files[path]):
        if label not in reading.known and label not in reading.spoken:
            yield fault("ID_UNKNOWN", path, f"{label} does not exist.", "Name a record that is there.")


def _twice(reading: Reading) -> Iterator[CheckResult]:
    for label, uses in reading.known.items():
        if len(uses) > 1:
            yield fault("ID_TWICE", label, f"It names {markdown.listed(kind for kind, _ in uses)}.", "Give each its own id.")


def _links(reading: Reading) -> Iterator[CheckResult]:
    for path in reading.documents:
        text = reading.own_words(path)
        for target in markdown.links(text):
            if re.match(r"[a-z]+:", target):
                continue
            place, _, fragment = unquote(target).partition("#")
            full = posixpath.normpath(posixpath.join(posixpath.dirname(path), place)) if place else path
            if not reading.exists(full):
                yield fault("LINK", path, f"{target} leads nowhere.", "Link to a file of this package.")
            elif fragment and full in reading.files and fragment not in markdown.anchors(reading.files[full]):
                yield fault("LINK", path, f"{target} leads to no heading.", "Link to a heading that is there.")
        for named in _PATH.findall(text):
            if not reading.exists(named):
                yield fault("LINK", path, f"`{named}` is not in this package.", "Name a file that is there.")


def _agents(reading: Reading) -> Iterator[CheckResult]:
    if "CLAUDE.md" in reading.files and reading.files["CLAUDE.md"].strip() != "@AGENTS.md":
        yield fault("POINTER", "CLAUDE.md", "It is not the one-line pointer.", "Write @AGENTS.md and nothing else.")
    for rule in re.findall(r"^(?:\d+\.|[-*]) (?:MUST|NEVER).*$", reading.files.get("AGENTS.md", ""), re.MULTILINE):
        if not markdown.ids(rule):
            yield error("RULE", "AGENTS.md", f"A rule cites nothing: {rule[:60]}", "Name the requirement or decision behind it.")


def _assumptions(reading: Reading) -> Iterator[CheckResult]:
    index = reading.files.get("docs/risks-assumptions.md")
    for row in reading.content.assumptions:
        if not row.owner.strip() or not row.trigger.strip():
            yield fault("ASSUMPTION", row.id, "It has no owner or no date.", "Name both.", cause="missing-answer")
        if index is not None and not re.search(rf"^\| {row.id} ", index, re.MULTILINE):
            yield fault("ASSUMPTION", row.id, "It is not in the index.", "Render risks and assumptions from the model.")
    for path in reading.documents:
        for tag in re.findall(r"\[[^\]\n]*\bassumption\b[^\]\n]*\](?!\()", reading.own_words(path)):
            if not re.search(r"ASM-\d\d", tag):
                yield fault("ASSUMPTION", path, f"A tag without an id: {tag[:60]}", "Name the assumption: [assumption ASM-01].")


def _open_questions(reading: Reading) -> Iterator[CheckResult]:
    for row in reading.content.open_questions:
        if not row.owner.strip() or not row.due.strip():
            yield fault("OPEN", row.id, "It has no owner or no date.", "Name both.", cause="missing-answer")
    brief = reading.files.get("BRIEF.md")
    if brief is not None:
        shown = re.findall(r"^\| (OQ-\d\d) \|", markdown.section(brief, "Open decisions"), re.MULTILINE)
        if len(shown) > 5 or (reading.content.open_questions and not shown):
            yield fault("OPEN", "BRIEF.md", f"It shows {len(shown)} open decisions.", "Show one to five, if any are open.")


def _trace(reading: Reading) -> Iterator[CheckResult]:
    stored = reading.parsed("trace/trace.json") if "trace/trace.json" in reading.files else None
    if stored is not None and stored != json.loads(json.dumps(reading.trace)):
        have = {tuple(link.values()) for link in stored["links"]}
        want = {tuple(link.values()) for link in reading.trace["links"]}
        some = markdown.listed(" ".join(link) for link in sorted(have ^ want)[:3])
        yield fault("TRACE", "trace/trace.json", f"It differs from what the records say: {some}", "Trace again.")
    matrix = reading.files.get("trace/matrix.md")
    if matrix is None:
        return
    for row in reading.content.requirements:
        line = next((line for line in matrix.splitlines() if line.startswith(f"| {row.id} ")), "")
        for label in [*(grounds.fact for grounds in row.evidence), *row.satisfied_by, *row.verified_by, *row.stories]:
            if label not in line:
                yield fault("MATRIX", row.id, f"{label} is not in its row.", "Render the matrix from the trace.")


# --- figures: what can be computed is computed again ------------------------------------------------------------------

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _figures(content: Content) -> Iterator[CheckResult]:
    for figure in content.figures:
        computed = _computed(figure.formula)
        if (
            computed is not None
            and figure.unit.strip().startswith("%")
            and "%" not in figure.formula
            and "100" not in figure.formula
        ):
            computed *= 100  # a share is written as per cent
        if computed is None or isinstance(figure.value, str):
            continue
        if not _equal(figure, computed):
            yield fault(
                "FIGURE",
                figure.id,
                f"It is {figure.value}, and {figure.formula} makes {round(computed, 4)}.",
                "Compute it again.",
            )


def _equal(figure: Figure, computed: float) -> bool:
    """Within rounding to the figure's own decimals, up or down as the formula says."""
    value = float(figure.value)
    decimals = len(str(figure.value).partition(".")[2]) if not value.is_integer() else 0
    step = 10.0**-decimals
    if "rounded up" in figure.formula:
        return -1e-9 <= value - computed < step
    if "rounded down" in figure.formula:
        return -1e-9 <= computed - value < step
    return abs(value - computed) <= step / 2 + 1e-9


def _computed(formula: str) -> float | None:
    """The value of a formula that is plain arithmetic ("9 x 139", "260 x 40 %"); None for any other."""
    text = re.sub(r",? *rounded (?:up|down)$", "", formula.strip())
    text = re.sub(r"(\d(?:[\d,]*\d)?(?:\.\d+)?) ?%", r"(\1/100)", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text).replace("×", "*")
    text = re.sub(r"(?<=[\d)]) ?x ?(?=[\d(])", "*", text)
    if not re.fullmatch(r"[\d\s.()+*/-]+", text) or len(text) > 200:
        return None
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ZeroDivisionError):
        return None


def _value(node: ast.expr) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _value(node.left), _value(node.right)
        return None if left is None or right is None else _OPERATIONS[type(node.op)](left, right)
    return None
