"""The three reviewers without a model: they count what can be counted, name what they find, and leave the rest unjudged.

A program can see that nobody said something, that a limit stands in no scenario, that a story waits for an answer. It cannot see
whether a sentence means what its quote means; that stays "unjudged" with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from generation.rules import assembling, markdown, reviewing, scoring
from generation.rules.content import Content, Finding, LinkedRequirement, ReviewInput, ReviewPart, Verdict
from generation.rules.rendering import phrases
from generation.rules.rubric import rubric

MOST = 6
"""Findings of one kind that are listed; the last one says how many more there are."""
QUOTED_NOTHING = ("unjudged", "n-a")

Severity = Literal["error", "warning", "info"]


def review(given: ReviewInput) -> ReviewPart:
    """What this reviewer can say without judging."""
    content = assembling.assemble(given.parts)
    desk = _Desk(given, content)
    found = {"owner-advocate": _owner, "implementer": _implementer, "tester": _tester}[given.role](desk)
    findings = _limited(found)
    return ReviewPart(summary=_summary(given, content, findings), verdicts=_unjudged(given), findings=findings)


def check_review(given: ReviewInput, part: ReviewPart) -> list[str]:
    """What keeps a review from counting, in words: a criterion left out, a quote that is not in its document."""
    texts = {document.path: document.text for document in given.documents}
    return [*_verdict_faults(given, part, texts), *_finding_faults(given, part, texts)]


def _verdict_faults(given: ReviewInput, part: ReviewPart, texts: dict[str, str]) -> Iterator[str]:
    asked = [(path, criterion.criterion) for path, criterion in rubric().asked_of(given.role) if path in texts]
    answered = [(verdict.document, verdict.criterion) for verdict in part.verdicts]
    for path, criterion in asked:
        if (count := answered.count((path, criterion))) != 1:
            yield f'{path}, "{criterion}": {count} verdicts instead of one.'
    yield from (f'{path}, "{criterion}": nobody asked for it.' for path, criterion in answered if (path, criterion) not in asked)
    for verdict in part.verdicts:
        if verdict.verdict not in QUOTED_NOTHING and verdict.document in texts and not scoring.verified(verdict, texts):
            yield f'The quote for {verdict.document}, "{verdict.criterion}" is not in that document: "{verdict.quote[:80]}"'
        if not verdict.fix.strip():
            yield f'{verdict.document}, "{verdict.criterion}": the fix is empty; write "None." if there is nothing to mend.'


def _finding_faults(given: ReviewInput, part: ReviewPart, texts: dict[str, str]) -> Iterator[str]:
    for finding in part.findings:
        if finding.reviewer != given.role:
            yield f'A finding names the reviewer "{finding.reviewer}" instead of "{given.role}".'
        if finding.doc not in texts:
            yield f"A finding names the document {finding.doc}, which was not given."
        elif finding.quote and markdown.one_line(finding.quote) not in markdown.one_line(texts[finding.doc]):
            yield f'The quote of a finding is not in {finding.doc}: "{finding.quote[:80]}"'
        if not re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", finding.code):
            yield f'The code "{finding.code}" is not in capitals with underscores, like OWNER_WORDING.'


# --- what the three look for --------------------------------------------------------------------------------------------


class _Desk:
    """What lies before a reviewer."""

    def __init__(self, given: ReviewInput, content: Content) -> None:
        self.role = given.role
        self.content = content
        self.texts = {document.path: document.text for document in given.documents}

    def finding(
        self,
        code: str,
        severity: Severity,
        where: tuple[str, str],
        quote: str,
        message: str,
        why: str,
        fix: str,
        *,
        missing: bool,
    ) -> Finding:
        doc, section = where
        shown = markdown.inline(quote)
        in_cell = markdown.cell(quote) if quote.strip() else ""
        text = markdown.one_line(self.texts.get(doc, ""))
        verbatim = next((form for form in (shown, in_cell) if form and form in text), "")
        return Finding(
            code=code,
            severity=severity,
            criterion=f"{self.role}: counted by rules",
            doc=doc,
            section=section,
            quote=verbatim,
            message=message,
            why=why,
            fix=fix,
            cause="missing-answer" if missing else "text",
            status="open",
            reviewer=self.role,
        )


def _owner(desk: _Desk) -> Iterator[Finding]:
    content = desk.content
    for assumption in content.assumptions:
        if assumption.risk == "high":
            yield desk.finding(
                "OWNER_ASSUMED",
                "warning",
                ("docs/risks-assumptions.md", "Assumptions"),
                assumption.text,
                f"{assumption.id}: nobody said this, and much hangs on it.",
                assumption.if_wrong,
                f"{assumption.test.rstrip('.')}; {phrases.person(assumption.owner)}, {phrases.day(assumption.trigger)}.",
                missing=True,
            )
    for row in content.requirements:
        if row.priority == "must" and not row.evidence:
            yield desk.finding(
                "OWNER_UNSAID",
                "warning",
                ("docs/requirements.md", row.id),
                row.plain,
                f"{row.id} is a must that nobody asked for.",
                f"It rests on {markdown.listed(row.assumptions)} alone.",
                "Ask the owner whether it is wanted.",
                missing=True,
            )
    carried = {grounds.fact for row in content.requirements for grounds in row.evidence} | {
        fact for rule in content.rules for fact in rule.facts
    }
    for invariant in content.anchor.invariants:
        if invariant.fact not in carried:
            yield desk.finding(
                "OWNER_LOST",
                "warning",
                ("docs/vision.md", "Value thesis and alternatives"),
                invariant.quote,
                f'No requirement and no rule rests on "{invariant.value}".',
                "It is what must survive every later decision.",
                "Write the requirement that keeps it.",
                missing=False,
            )
    if not content.outcomes:
        yield desk.finding(
            "OWNER_MEASURE",
            "warning",
            ("docs/vision.md", "Outcomes"),
            "No outcome with a number was named",
            "Nothing says how the owner will know that it worked.",
            "Without a before and an after nobody can call it a success.",
            "Ask for two numbers: today's and the one hoped for.",
            missing=True,
        )


def _implementer(desk: _Desk) -> Iterator[Finding]:
    content = desk.content
    questions = {question.id: question for question in content.open_questions}
    for story in content.stories:
        for label in story.open_questions:
            yield desk.finding(
                "IMPL_WAITS",
                "warning",
                ("backlog/backlog.md", story.id),
                f"waits for {', '.join(story.open_questions)}",
                f"{story.id} cannot be planned before {label} is answered.",
                questions[label].text,
                f"Ask {phrases.person(questions[label].owner)} by {phrases.day(questions[label].due)}.",
                missing=True,
            )
    yield from _untouched(desk)
    for element in content.elements:
        if element.type == "external" and not any(_is_failure_of(row, element.name) for row in content.requirements):
            yield desk.finding(
                "IMPL_FAILURE",
                "warning",
                ("docs/architecture.md", "3. Context and scope"),
                element.name,
                f"No requirement says what happens when {element.name} is silent or wrong.",
                "Whoever builds it would have to decide that alone.",
                f"Ask what should still work without {element.name}.",
                missing=True,
            )
    for item in content.technology:
        if item.state == "unverified":
            yield desk.finding(
                "IMPL_UNVERIFIED",
                "info",
                ("docs/architecture.md", "9. Decisions"),
                item.note,
                f"Not looked up: {item.name}, {item.version}.",
                "What nobody looked up can be wrong or out of date.",
                "Look it up before the first story.",
                missing=False,
            )


def _untouched(desk: _Desk) -> Iterator[Finding]:
    """Containers and blocks the first slice does not reach."""
    content = desk.content
    if not content.slices:
        return
    first = content.slices[0]
    reached = {
        label
        for story in content.stories_in(first.id)
        for req in story.req_ids
        for label in content.requirement(req).satisfied_by
    }
    named = {label for row in content.requirements for label in row.satisfied_by}
    parts = [element.id for element in content.elements if element.type == "container" and element.id in named]
    missing = [label for label in parts if label not in reached]
    if missing:
        yield desk.finding(
            "IMPL_SKELETON",
            "info",
            ("backlog/backlog.md", first.id),
            first.goal,
            f"No requirement of the first slice names {markdown.listed(missing)}.",
            "A first slice that leaves a part out proves less.",
            "Let the first story touch every part, however thinly.",
            missing=False,
        )


def _tester(desk: _Desk) -> Iterator[Finding]:
    content = desk.content
    steps = {test.id: " ".join([test.title, *test.steps]) for test in content.tests}
    signs: dict[str, set[str]] = {}
    for test in content.tests:
        for cover in test.covers:
            signs.setdefault(cover.req, set()).add(cover.sign)
    for row in content.requirements:
        if row.kind != "functional":
            continue
        said = " ".join(steps[label] for label in row.verified_by)
        value = phrases.number(row.fit.value)
        if row.fit.op != "=" and row.fit.value and not re.search(rf"(?<![\d.,]){re.escape(value)}(?![\d])", said):
            yield desk.finding(
                "TEST_BOUNDARY",
                "info",
                ("docs/requirements.md", row.id),
                f"{row.fit.measure}, {phrases.threshold(row.fit)}",
                f"The limit of {row.id}, {phrases.threshold(row.fit)}, stands in none of its scenarios.",
                "A test that does not name the limit passes on both sides of it.",
                "Put the limit and the first value past it into the scenarios.",
                missing=False,
            )
        if row.priority != "must" and signs.get(row.id) == {"+"}:
            yield desk.finding(
                "TEST_NEGATIVE",
                "info",
                ("docs/requirements.md", row.id),
                row.plain,
                f"{row.id} has no negative scenario.",
                "Nothing shows that the system leaves it alone when it should not act.",
                "Add one.",
                missing=False,
            )
    for journey in content.journeys:
        if not journey.failures:
            yield desk.finding(
                "TEST_FAILURE",
                "warning",
                ("docs/requirements.md", "Journeys"),
                journey.title,
                f"Nothing is said about what can go wrong in {journey.id}.",
                "The commonest fault will be found by the first user.",
                "Ask what happened the last time it went wrong.",
                missing=True,
            )
    if content.outcomes and not content.counter_metrics:
        yield desk.finding(
            "TEST_MEASURE",
            "info",
            ("docs/vision.md", "Counter-metrics"),
            "nothing was said about what must not get worse",
            "There is no counter-metric.",
            "An outcome can be reached at somebody's cost.",
            "Ask what must not get worse.",
            missing=True,
        )


def _is_failure_of(row: LinkedRequirement, name: str) -> bool:
    words = re.findall(r"\w{4,}", name.lower()) or [name.lower()]
    said = " ".join([row.statement, row.plain, row.rationale, *(grounds.quote for grounds in row.evidence)]).lower()
    return row.ears == "unwanted" and any(word in said for word in words)


# --- putting it together ------------------------------------------------------------------------------------------------


def _limited(found: Iterable[Finding]) -> list[Finding]:
    """At most ``MOST`` of a kind; the last one says how many more there are."""
    kinds: dict[str, list[Finding]] = {}
    for finding in found:
        kinds.setdefault(finding.code, []).append(finding)
    kept = []
    for findings in kinds.values():
        kept += findings[:MOST]
        if len(findings) > MOST:
            more = len(findings) - MOST
            kept[-1] = kept[-1].model_copy(update={"message": f"{kept[-1].message} {phrases.number(more)} more of this kind."})
    return kept


def _unjudged(given: ReviewInput) -> list[Verdict]:
    there = {document.path for document in given.documents}
    return [
        Verdict(
            document=path,
            criterion=criterion.criterion,
            verdict="unjudged",
            section="",
            quote="",
            fix=scoring.WITHOUT_A_MODEL,
        )
        for path, criterion in rubric().asked_of(given.role)
        if path in there
    ]


def _summary(given: ReviewInput, content: Content, findings: list[Finding]) -> str:
    counted = {
        "owner-advocate": _owner_counts,
        "implementer": _implementer_counts,
        "tester": _tester_counts,
    }[given.role](content)
    warnings = sum(finding.severity == "warning" for finding in findings)
    found = f"{phrases.counted(len(findings), 'finding')}, {phrases.counted(warnings, 'warning')} among them."
    name = reviewing.NAMES[given.role]
    return (
        f"**Not judged.** No model read this; rules counted what {name} would look at. {counted} {found} "
        "Whether a sentence means what its quote means, and what a reader would misunderstand, no program can say."
    )


def _owner_counts(content: Content) -> str:
    said = sum(bool(row.evidence) for row in content.requirements)
    high = sum(row.risk == "high" for row in content.assumptions)
    return (
        f"Of {phrases.counted(len(content.requirements), 'requirement')} {phrases.number(said)} quote the owner; "
        f"{phrases.counted(len(content.assumptions), 'assumption')}, {phrases.number(high)} of high risk, fill the gaps."
    )


def _implementer_counts(content: Content) -> str:
    waiting = sum(bool(story.open_questions) for story in content.stories)
    first = content.stories_in(content.slices[0].id) if content.slices else []
    days = sum(story.size_days for story in first)
    return (
        f"The first slice has {phrases.counted(len(first), 'story', 'stories')} and {phrases.counted(days, 'day')}; "
        f"{phrases.number(waiting)} of {phrases.counted(len(content.stories), 'story', 'stories')} "
        f"{'waits' if waiting == 1 else 'wait'} for an answer."
    )


def _tester_counts(content: Content) -> str:
    tested = sum(bool(row.verified_by) for row in content.requirements)
    scenarios = sum(test.method == "scenario" for test in content.tests)
    return (
        f"{phrases.number(tested)} of {phrases.counted(len(content.requirements), 'requirement')} have a test; "
        f"{phrases.number(scenarios)} of {phrases.counted(len(content.tests), 'test')} are scenarios."
    )
