"""Scenarios parse, their tags say what the model says, thresholds are the requirement's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generation.rules.checking.reading import FoundScenario, Reading
from generation.rules.checking.results import CheckResult, fault
from generation.rules.content import LinkedTest

_PRIORITY = {"must": 1, "should": 2, "could": 3}


def check(reading: Reading) -> Iterator[CheckResult]:
    scenarios, broken = reading.gherkin
    for path, trouble in broken.items():
        yield fault("PARSE", path, f"Gherkin's parser stops: {trouble}", "Repair the line it names.")
    yield from _scenarios(reading, scenarios, broken)
    for test in reading.content.tests:
        yield from _test(reading, test)
    yield from _signs(reading)


def _scenarios(reading: Reading, scenarios: list[FoundScenario], broken: dict[str, str]) -> Iterator[CheckResult]:
    seen = set()
    for scenario in scenarios:
        labels = [tag for tag in scenario.tags if tag.startswith("TC-")]
        if len(labels) != 1 or labels[0] not in reading.tests:
            yield fault(
                "GHERKIN", scenario.path, f'"{scenario.name}" does not carry the tag of one test.', "Give it one @TC tag."
            )
            continue
        seen.add(labels[0])
        yield from _tags(reading, scenario, reading.tests[labels[0]])
        if scenario.keywords.count("Action") != 1 or "Outcome" not in scenario.keywords:
            yield fault(
                "GHERKIN", labels[0], "It has not exactly one When and at least one Then.", "One cause, then what is seen."
            )
    paths = {f"features/{feature.slug}.feature" for feature in reading.content.features}
    if not paths & set(reading.files):
        return
    for test in reading.content.tests:
        if test.method == "scenario" and test.id not in seen and f"features/{test.feature}.feature" not in broken:
            yield fault("GHERKIN", test.id, "It stands in no feature file.", "Render the features from the model.")


def _tags(reading: Reading, scenario: FoundScenario, test: LinkedTest) -> Iterator[CheckResult]:
    covers = set()
    for tag in scenario.tags:
        if re.match(r"(?:negative-)?(?:REQ|NFR)-", tag):
            covers.add((tag.removeprefix("negative-"), "-" if tag.startswith("negative-") else "+"))
    if covers != {(cover.req, cover.sign) for cover in test.covers}:
        yield fault(
            "GHERKIN", test.id, "Its tags and the model name different requirements.", "Render the feature from the model."
        )
    priorities = [_PRIORITY[reading.requirements[label].priority] for label, _ in covers if label in reading.requirements]
    if priorities and f"P{min(priorities)}" not in scenario.tags:
        yield fault("GHERKIN", test.id, f"Its priority tag is not @P{min(priorities)}.", "Render the feature from the model.")


def _test(reading: Reading, test: LinkedTest) -> Iterator[CheckResult]:
    for cover in test.covers:
        if test.id not in reading.requirements[cover.req].verified_by:
            yield fault("TEST", test.id, f"{cover.req} does not name it.", "Assemble the links again.")
    if test.method != "scenario":
        fit = reading.requirements[test.covers[0].req].fit
        found = test.threshold
        if found is None or (found.op, found.value, found.unit) != (fit.op, fit.value, fit.unit):
            yield fault(
                "THRESHOLD", test.id, f"Its threshold is not that of {test.covers[0].req}.", "Copy it from the requirement."
            )
    plan = reading.files.get("docs/test-plan.md")
    if plan is not None and not re.search(rf"^\| {test.id} ", plan, re.MULTILINE):
        yield fault("TEST", test.id, "It is not in the test plan.", "Render the test plan from the model.")


def _signs(reading: Reading) -> Iterator[CheckResult]:
    signs: dict[str, set[str]] = {}
    for test in reading.content.tests:
        for cover in test.covers:
            signs.setdefault(cover.req, set()).add(cover.sign)
    for row in reading.content.requirements:
        found = signs.get(row.id, set())
        if not found:
            yield fault("TEST", row.id, "No test covers it.", "Write a test for it.")
        elif row.kind == "functional" and row.priority == "must" and found != {"+", "-"}:
            missing = "negative" if "-" not in found else "positive"
            yield fault("TEST", row.id, f"This must has no {missing} test.", f"Write a {missing} scenario for it.")
