"""The rule-based agent of the step "tests": one test or pair of tests per requirement, with both sides of every limit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generation.rules.agents.language import (
    Amount,
    amounts,
    base_of,
    lower_first,
    number,
    singular,
    third,
    unit_word,
    upper_first,
)
from generation.rules.agents.people import Cast, cast
from generation.rules.content import Cover, Feature, Requirement, Test, TestsInput, TestsPart, VisionPart

_STATEMENT = re.compile(
    r"^(?:(?P<word>When|If|While|Where) (?P<condition>.+?), (?:then )?)?(?:the|The) (?P<system>.+?) shall (?P<response>.+)\.$"
)
_SMALLER = {
    "years": ("months", 12),
    "months": ("days", 30),
    "weeks": ("days", 7),
    "days": ("h", 24),
    "h": ("min", 60),
    "min": ("s", 60),
}
_STEP = re.compile(r"^(?:Given|When|Then|And) ")


Scenario = tuple[str, list[str]]
"""Title and steps."""
Pair = list[tuple[str, Scenario]]
"""Scenarios with the sign they cover a requirement with."""


@dataclass(frozen=True)
class Parts:
    """A statement taken apart."""

    word: str
    condition: str
    response: str


def write_tests(given: TestsInput) -> TestsPart:
    """Decides the tests part by rules alone."""
    people = cast(given.evidence)
    features: dict[str, Feature] = {}
    tests: list[Test] = []
    for requirement in given.requirements.requirements:
        if requirement.kind == "quality":
            tests.append(_measured(f"TC-{len(tests) + 1:03}", requirement))
            continue
        feature = features.setdefault(slug(requirement.capability), _feature(requirement.capability, given))
        for sign, (title, steps) in _scenarios(requirement, given.vision, people):
            tests.append(
                Test(
                    id=f"TC-{len(tests) + 1:03}",
                    title=title,
                    method="scenario",
                    covers=[Cover(req=requirement.id, sign=sign)],
                    procedure=None,
                    feature=feature.slug,
                    steps=steps,
                    outline=any(step.startswith("Examples:") for step in steps),
                )
            )
    return TestsPart(features=list(features.values()), tests=tests)


def slug(heading: str) -> str:
    """A file name out of a heading: "Waiting list" gives "waiting-list"."""
    text = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
    return text[:40].strip("-") or "main"


def _feature(heading: str, given: TestsInput) -> Feature:
    plain = [r.plain for r in given.requirements.requirements if r.capability == heading][:2]
    return Feature(slug=slug(heading), title=f"{heading}: {lower_first(plain[0].rstrip('.'))}"[:120], narrative=" ".join(plain))


def parts_of(requirement: Requirement) -> Parts:
    """A statement's keyword, condition and response."""
    found = _STATEMENT.match(requirement.statement)
    if not found:
        return Parts("", "", "do what is required")
    return Parts(found["word"] or "", found["condition"] or "", found["response"])


def _scenarios(requirement: Requirement, vision: VisionPart, people: Cast) -> Pair:
    parts = parts_of(requirement)
    if re.match(r"(?:refuse every request that breaks|keep to) business rule", parts.response):
        return _of_rule(requirement, parts, vision, people)
    if held := re.match(r"(an? [a-z A-Z-]+?|the [a-z -]+?) already has (\d+) ([a-z ]+)$", parts.condition):
        return _of_count(requirement, held[1], int(held[2]), held[3], vision, people)
    if limited := _limited(parts):
        return _of_limit(requirement, parts, limited, vision, people)
    positive = (_title(requirement), _positive(requirement, parts, vision, people))
    return [("+", positive), ("-", _negative(requirement, parts, vision, people))]


def _title(requirement: Requirement) -> str:
    title = requirement.plain.rstrip(".").split(". ")[0]
    return upper_first(title)[:110]


def named(text: str, people: Cast) -> str:
    """A condition with the person of the story in place of the first role: "a patient picks" becomes "Leyla picks"."""
    for name, role in people.names.items():
        text, hits = re.subn(rf"^(?:an?|the) {re.escape(role)}\b", name, text, count=1)
        if hits:
            return re.sub(rf"\bthe {re.escape(role)}\b", name, text)
    return text


def _finite(response: str, system: str, people: Cast, subject: str) -> str:
    """The response as an observation: "show the list" becomes "the Booking Desk shows the list"."""
    words = response.split()
    if words[0] == "not":
        rest = " ".join(words[1:])
        return f"the {system} does not {rest}"
    if words[0] == "act" and "follows:" in words:
        return f"this is seen: {response.split('follows:', 1)[1].strip()}"
    verb = third(words[0]) if base_of(words[0]) else "is" if words[0] == "be" else words[0]
    text = " ".join(words[1:])
    text = re.sub(r"\b(and) ([a-z]+)\b", lambda m: f"{m[1]} {third(m[2])}" if _is_bare_verb(m[2]) else m[0], text)
    text = re.sub(r"\band not ([a-z]+)", r"and does not \1", text)
    return (
        re.sub(rf"\bthe {re.escape(subject)}\b", "that person", f"the {system} {verb} {text}".strip())
        if subject
        else f"the {system} {verb} {text}".strip()
    )


_BARE = frozenset(
    [
        "show",
        "send",
        "tell",
        "keep",
        "list",
        "delete",
        "record",
        "refuse",
        "offer",
        "free",
        "confirm",
        "change",
        "ask",
        "end",
        "let",
        "put",
        "name",
        "store",
        "write",
        "mark",
        "print",
        "give",
    ]
)


def _is_bare_verb(word: str) -> bool:
    return word in _BARE


def _positive(requirement: Requirement, parts: Parts, vision: VisionPart, people: Cast) -> list[str]:
    system = vision.system
    then = f"Then {_finite(parts.response, system, people, '')}"
    given, when = _situation(requirement, parts, vision, people)
    if parts.response.startswith("let ") and given.endswith("is signed in"):
        then = f"Then the {system} carries it out and shows the result"
    return [f"Given {given}", f"When {when}", _with_name(then, parts, people), *_measure(requirement)]


def _with_name(step: str, parts: Parts, people: Cast) -> str:
    for name, role in people.names.items():
        if re.match(rf"^(?:an?|the) {re.escape(role)}\b", parts.condition):
            step = re.sub(rf"\b(?:the|that) {re.escape(role)}\b", name, step)
    return step


def _situation(requirement: Requirement, parts: Parts, vision: VisionPart, people: Cast) -> tuple[str, str]:
    """What is there before, and the one thing that happens."""
    running = _running(vision)
    if parts.word == "While":
        return parts.condition, "the person goes on working"
    if parts.word == "Where":
        return parts.condition, "the next run for that person is due"
    if parts.word in ("When", "If"):
        return running, named(parts.condition, people)
    role = next((role for role in people.roles if parts.response.startswith(f"let {people.one(role)} ")), "")
    if role:
        action = parts.response.removeprefix(f"let {people.one(role)} ")
        action = re.sub(r" (?:after signing in|without help from another person)$", "", action)
        who = next((name for name, own in people.names.items() if own == role), people.one(role))
        return f"{who} is signed in", f"{who} tries to {action}"
    return running, f"a tester goes through {requirement.fit.at}"


def _running(vision: VisionPart) -> str:
    return f"the {vision.system} holds the reference data of the acceptance run"


def _measure(requirement: Requirement) -> list[str]:
    fit = requirement.fit
    if fit.op == "=" and fit.value == 0:
        return [f"And the number of {fit.measure} is 0"]
    word = {"<=": "at most", ">=": "at least", "<": "less than", "=": "exactly"}[fit.op]
    return [f"And the {fit.measure} is {word} {number(fit.value)} {fit.unit}"]


def _negative(requirement: Requirement, parts: Parts, vision: VisionPart, people: Cast) -> Scenario:
    system = vision.system
    role = next((role for role in people.roles if re.match(rf"(?:an?|the) {re.escape(role)}\b", parts.condition)), "")
    if parts.word == "When" and role:
        who = next((name for name, own in people.names.items() if own == role), people.one(role))
        action = _action(parts.condition, role)
        return (
            f"Without a sign-in nothing happens: {action}"[:110],
            [
                f"Given {who} is not signed in",
                f"When {who} tries to {action}" if action else f"When {named(parts.condition, people)}",
                f"Then the {system} asks for a sign-in",
                f"And the {system} does not {parts.response}",
            ],
        )
    if parts.word == "If":
        return (
            f"The ordinary case goes through: not the case that {parts.condition}"[:110],
            [
                f"Given it is not the case that {parts.condition}",
                "When the same request is made",
                f"Then the {system} carries the request out as usual",
            ],
        )
    if parts.word == "Where":
        return (
            f"The others are served as usual: not the case that {parts.condition}"[:110],
            [
                f"Given it is not the case that {parts.condition}",
                "When the next run for that person is due",
                f"Then the {system} treats that person like everybody else",
            ],
        )
    if parts.word == "When":
        return (
            f"Nothing happens before its time: {parts.condition}"[:110],
            [
                f"Given the moment has not come at which {parts.condition}",
                "When the regular run of that hour has ended",
                f"Then the {system} has not done this: {parts.response}",
            ],
        )
    return _negative_of_ubiquitous(requirement, parts, vision, people)


def _action(condition: str, role: str) -> str:
    words = re.sub(rf"^(?:an?|the) {re.escape(role)} ", "", condition).split()
    base = base_of(words[0]) if words else None
    return " ".join([base, *words[1:]]) if base else ""


def _negative_of_ubiquitous(requirement: Requirement, parts: Parts, vision: VisionPart, people: Cast) -> Scenario:
    role = next((role for role in people.roles if parts.response.startswith(f"let {people.one(role)} ")), "")
    if role:
        action = parts.response.removeprefix(f"let {people.one(role)} ")
        action = re.sub(r" (?:after signing in|without help from another person)$", "", action)
        return (
            f"A stranger cannot {action}"[:110],
            [
                f"Given somebody who is no {role} and has no account",
                f"When this stranger tries to {action}",
                f"Then the {vision.system} asks for a sign-in",
                f"And the number of changes made by the stranger for {requirement.id} is 0",
            ],
        )
    return (
        f"A planted violation is found: {requirement.fit.measure}"[:110],
        [
            f"Given a test copy in which {requirement.id} is broken on purpose in one place",
            f"When a tester goes through {requirement.fit.at} in the test copy",
            "Then exactly 1 violation is reported",
        ],
    )


# --- rules and limits ------------------------------------------------------------------------------------------------------


def _of_rule(requirement: Requirement, parts: Parts, vision: VisionPart, people: Cast) -> Pair:
    label = next(
        (rule for rule in requirement.rules if rule in parts.response), requirement.rules[0] if requirement.rules else "the rule"
    )
    rule = next((rule for rule in vision.rules if rule.id == label), None)
    words = rule.text.rstrip(".") if rule else requirement.plain.rstrip(".")
    who = next(iter(people.names), people.one(people.primary))
    if parts.response.startswith("keep to"):
        return _of_lasting_rule(requirement, label, words, vision)
    return [
        (
            "+",
            (
                f"Refused: a request against {label}",
                [
                    f'Given the rule {label} "{_bare(words)}"',
                    f"When {who} makes a request that breaks {label}",
                    f"Then the {vision.system} refuses the request",
                    "And nothing is stored",
                    f"And {who} is told which rule stands against it",
                ],
            ),
        ),
        (
            "-",
            (
                f"Accepted: a request just inside {label}",
                [
                    f'Given the rule {label} "{_bare(words)}"',
                    f"When {who} makes a request that just keeps to {label}",
                    f"Then the {vision.system} accepts the request",
                ],
            ),
        ),
    ]


def _of_lasting_rule(requirement: Requirement, label: str, words: str, vision: VisionPart) -> Pair:
    return [
        (
            "+",
            (
                f"It holds under attack: {label}",
                [
                    f'Given the rule {label} "{_bare(words)}"',
                    f"When a tester tries every way to break {label} that the team has thought of",
                    f"Then {label} still holds in everything the {vision.system} shows and stores",
                    f"And the number of {requirement.fit.measure} is 0",
                ],
            ),
        ),
        (
            "-",
            (
                f"A planted breach is found: {label}",
                [
                    f"Given a test copy in which one record breaks {label} on purpose",
                    f"When the check of {label} has run over the test copy",
                    "Then exactly 1 breach is reported",
                ],
            ),
        ),
    ]


def _of_count(requirement: Requirement, who: str, most: int, things: str, vision: VisionPart, people: Cast) -> Pair:
    """Both sides of a highest number."""
    name = named(who, people)
    one_less = f"{most - 1} {things if most - 1 != 1 else singular(things)}"
    return [
        (
            "+",
            (
                f"{upper_first(name)} has {most} {things}: a further one is refused"[:110],
                [
                    f"Given {name} has {most} {things}",
                    f"When {name} asks for a further one",
                    f"Then the {vision.system} refuses the request",
                    f"And {name} still has {most} {things}",
                ],
            ),
        ),
        (
            "-",
            (
                f"{upper_first(name)} has {one_less}: a further one is accepted"[:110],
                [
                    f"Given {name} has {one_less}",
                    f"When {name} asks for a further one",
                    f"Then {name} has {most} {things}",
                ],
            ),
        ),
    ]


def _bare(text: str) -> str:
    return text.replace('"', "'").replace("<", "").replace(">", "").replace("|", "/")


def _limited(parts: Parts) -> Amount | None:
    """The span of time in a condition that marks a limit."""
    if parts.word in ("When", "If"):
        return next(iter(amounts(parts.condition)), None)
    return None


def below(amount: Amount) -> str:
    """Just under a limit: 24 hours gives "23 hours 59 minutes"; a limit without a smaller unit gives one less."""
    smaller = _SMALLER.get(amount.unit)
    if not smaller:
        return f"{number(amount.value - 1)} {unit_word(amount.unit, amount.value - 1)}"
    unit, size = smaller
    whole = int(amount.value) - 1 if float(amount.value).is_integer() else int(amount.value)
    rest = size - 1
    head = f"{number(whole)} {unit_word(amount.unit, whole)} " if whole else ""
    return f"{head}{rest} {unit_word(unit, rest)}"


def above(amount: Amount) -> str:
    """Just over a limit: 24 hours gives "24 hours 1 minute"."""
    smaller = _SMALLER.get(amount.unit)
    return (
        f"{amount.spoken} 1 {unit_word(smaller[0], 1)}" if smaller else f"{number(amount.value + 1)} {unit_word(amount.unit, 2)}"
    )


def _of_limit(requirement: Requirement, parts: Parts, limit: Amount, vision: VisionPart, people: Cast) -> Pair:
    """Both sides of a limit in the condition."""
    condition = parts.condition
    less = re.search(r"\b(?:less|fewer) than$|\bunder$", condition[: limit.start].strip())
    more = re.match(r"\s*or more\b", condition[limit.end :])
    beyond = re.search(r"\bmore than$", condition[: limit.start].strip())
    within = re.search(r"\bup to$", condition[: limit.start].strip())
    inside, outside = (below(limit), limit.spoken) if less else (limit.spoken, below(limit))
    if beyond or within:
        inside, outside = (above(limit), limit.spoken) if beyond else (limit.spoken, above(limit))

    def put(value: str) -> str:
        text = condition[: limit.start] + value + condition[limit.end :]
        text = re.sub(r"\b(?:less|fewer|more) than (?=\d)|\b(?:under|up to) (?=\d)", "", text)
        text = re.sub(r"(?<=[a-z]) or more\b", "", text) if more else text
        return named(text, people)

    running = _running(vision)
    then = _with_name(f"Then {_finite(parts.response, vision.system, people, '')}", parts, people)
    return [
        (
            "+",
            (
                f"{upper_first(inside)}: {lower_first(_title(requirement))}"[:110],
                [f"Given {running}", f"When {put(inside)}", then],
            ),
        ),
        (
            "-",
            (
                f"{upper_first(outside)}: the limit is not reached"[:110]
                if not less
                else f"{upper_first(outside)}: the limit is kept"[:110],
                [f"Given {running}", f"When {put(outside)}", f"Then the {vision.system} does not {parts.response}"],
            ),
        ),
    ]


# --- quality -----------------------------------------------------------------------------------------------------------------

_METHODS = {
    "PER": ("test", "Load run of 10 minutes"),
    "CAP": ("test", "Load run of 30 minutes"),
    "AVA": ("demonstration", "Bring the failure about on a test day"),
    "SEC": ("test", "Try each way in, the allowed and the forbidden ones"),
    "PRI": ("inspection", "Read the contracts, the hosts and the stored data"),
    "CMP": ("inspection", "Go through the list of clauses and look at each proof"),
    "USA": ("demonstration", "Watch people of the group at work and help nobody"),
    "MNT": ("demonstration", "Let the person do the work with the written instructions alone"),
    "SAF": ("test", "Bring the dangerous event about on the test bench"),
    "COM": ("test", "Go through the main task on each device named"),
}


def _measured(label: str, requirement: Requirement) -> Test:
    fit = requirement.fit
    code = requirement.id.split("-")[1] if requirement.id.count("-") > 1 else "PER"
    method, how = _METHODS.get(code, ("test", "Measure it"))
    if re.search(r"\btexts?\b|\blanguage", fit.measure):
        method, how = "analysis", "Compare the catalogue of texts language by language and list what is missing"
    word = {"<=": "at most", ">=": "at least", "<": "less than", "=": "exactly"}[fit.op]
    return Test(
        id=label,
        title=upper_first(fit.measure)[:110],
        method=method,
        covers=[Cover(req=requirement.id, sign="+")],
        procedure=f"{how} ({fit.at}); count or clock: {fit.measure}. Passed with {word} {number(fit.value)} {fit.unit}.",
        feature=None,
        steps=[],
        outline=False,
    )


def is_step(line: str) -> bool:
    """Whether a line is a Gherkin step."""
    return bool(_STEP.match(line))
