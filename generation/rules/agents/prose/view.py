"""All that was decided, as the prose agents look at it: citations, quotes, tables, and sentences that keep within a budget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from generation.rules import markdown
from generation.rules.agents.language import joined, lower_first, stems
from generation.rules.agents.phrases import alike, the
from generation.rules.agents.said import Fact, cite, sources_of, text_on
from generation.rules.content import Assumption, Constraint, Element, Figure, Parts, Requirement, Test

_FAMILIES = (
    (("PRI", "SEC"), r"\btheirs\b|privacy|private|secret|confiden|leak|reads? what|data protection|secure|security"),
    (("SAF",), r"\bsafe|safety|harm|hurt|injur"),
    (("PER", "CAP"), r"\bfast|speed|quick|second|wait"),
    (("AVA", "REL"), r"\bdown\b|outage|available|availab|reliab|lost|lose"),
    (("USA",), r"\buse it\b|usable|easy|simple|mother|understand|alone"),
    (("MNT",), r"maintain|repair|look after|change later"),
)
"""Families of quality requirements, and the words of a goal that mean them."""
_LANGUAGES = (
    r"\b(?:English|German|French|Turkish|Spanish|Italian|Polish|Dutch|Arabic|Russian|Ukrainian|Portuguese|Czech|Danish|Swedish)\b"
)
COST = re.compile(r"\bcheap|\bcost|money|price|budget|expens", re.I)


class View:
    """The parts of a run, with the few questions that written sections ask of them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.evidence = parts.evidence
        self.vision = parts.vision
        self.requirements = parts.requirements.requirements
        self.system = the(parts.vision.system)
        self.names = frozenset(
            word.split()[0]
            for word in [
                parts.vision.system,
                *(e.name for e in parts.architecture.elements if e.type == "external" and not e.id.startswith("EXT-message")),
            ]
        )

        told = "\n".join(str(answer["text"]) for answer in self.evidence.answers)
        opening = {row.split()[0] for j in parts.vision.journeys for row in (j.title, *j.beats) if row.strip()}
        self.names |= {
            word
            for word in opening
            if word[:1].isupper() and re.search(rf"[a-zà-ÿ,;] {re.escape(word)}\b|Take {re.escape(word)}\b", told)
        }

    # --- sources

    def cite(self, facts: Iterable[str]) -> str:
        """ "[A-001, A-004]"."""
        return cite(self.evidence, facts)

    def cited(self, text: str, facts: Iterable[str]) -> str:
        """A sentence with its sources before the full stop."""
        return f"{text.strip().rstrip('.')} {self.cite(facts)}".strip() + "."

    def on(self, *topics: str) -> list[Fact]:
        """Live facts on these topics, each quote once, those that a person said before those of a paper."""
        seen: set[str] = set()
        found = []
        for fact in sorted(self.evidence.live(*topics), key=lambda f: f["origin"] == "document"):
            if str(fact["quote"]) not in seen:
                seen.add(str(fact["quote"]))
                found.append(fact)
        return found

    def said(self, *topics: str, most: int = 3) -> str:
        """What was said on these topics, in the words it was said in; empty when nobody spoke of them."""
        return joined([self.quote(fact) for fact in self.on(*topics)[:most]])

    def quote(self, fact: Fact) -> str:
        """A quote with its source. It is never improved, only kept from being read as Markdown."""
        words = markdown.inline(" ".join(str(fact["quote"]).split()).rstrip("."))
        return f'"{words}" [{fact["source"]}]'

    def assumed(self, *words: str) -> list[Assumption]:
        """Assumptions that speak of all of these words' stems, in order."""
        wanted = set().union(*(stems(word) for word in words))
        return [a for a in self.parts.requirements.assumptions if wanted & stems(a.text)]

    def tag(self, *words: str) -> str:
        """ "[assumption ASM-03]" of the assumption that speaks of these words; empty when there is none."""
        found = self.assumed(*words)
        return f"[assumption {found[0].id}]" if found else ""

    def open_on(self, *topics: str) -> str:
        """ "OQ-02" when a question on these topics is open."""
        answers = {str(a["id"]) for a in self.evidence.answers if a["topic"] in topics}
        return next((q.id for q in self.parts.requirements.open_questions if answers & set(q.answers)), "")

    # --- records

    def say(self, requirement: Requirement) -> str:
        """The plain sentence of a requirement; its statement where the plain one breaks off after the condition."""
        plain = requirement.plain.strip()
        broken = re.match(r"(?:If|When|While|Where)\b", plain) and "," not in plain
        return requirement.statement if broken else plain

    def say_small(self, requirement: Requirement) -> str:
        """The same in the middle of a sentence."""
        return lower_first(self.say(requirement), self.names)

    def beside(self) -> list[str]:
        """The neighbours as a sentence names them."""
        return [e.name if e.name.split()[0] in self.names else f"a {lower_first(e.name)}" for e in self.externals()]

    def asked_for(self) -> list[str]:
        """The capabilities that the owner named; all of them when none can be told from the answers."""
        spoken = stems(" ".join(str(f["quote"]) for f in self.evidence.live("R22", "V6")) + " " + text_on(self.evidence, "R22"))
        return [c for c in self.capabilities() if stems(c) & spoken] or self.capabilities()

    def languages(self) -> Fact | None:
        """What was said about languages: the fact that names most of them."""
        named = [(len(re.findall(_LANGUAGES, str(f["quote"]))), f) for f in self.on("R17", "R9")]
        best = max(named, key=lambda pair: pair[0], default=None)
        return best[1] if best and best[0] else None

    def cut_first(self) -> str:
        """What goes first when time runs short: the last slice that is not about opening."""
        slices = [s for s in self.parts.backlog.slices if s.title != "Ready to open"]
        return f"{lower_first(slices[-1].title, self.names)} ({slices[-1].id})" if len(slices) > 1 else ""

    def capabilities(self) -> list[str]:
        """The capabilities in the order of the slices they are built in."""
        order = [e.title for e in self.parts.backlog.epics]
        present = list(dict.fromkeys(r.capability for r in self.requirements if r.kind == "functional"))
        return sorted(present, key=lambda c: next((i for i, title in enumerate(order) if title.lower() == c.lower()), len(order)))

    def musts(self, kind: str = "functional") -> list[Requirement]:
        return [r for r in self.requirements if r.kind == kind and r.priority == "must"]

    def family(self, *prefixes: str) -> list[Requirement]:
        """Quality requirements whose ids begin with these families: PER, SEC ..."""
        return [r for r in self.requirements if r.kind == "quality" and r.id.split("-")[1] in prefixes]

    def tests_of(self, *requirements: str) -> list[Test]:
        return [t for t in self.parts.tests.tests if any(c.req in requirements for c in t.covers)]

    def constraints(self, *topics: str) -> list[Constraint]:
        on = {str(f["id"]) for f in self.evidence.live(*topics)}
        return [c for c in self.vision.constraints if on & set(c.facts)]

    def figure(self, start: str) -> Figure | None:
        """The figure whose name begins so."""
        return next((f for f in self.parts.risks.figures if f.name.startswith(start)), None)

    def externals(self) -> list[Element]:
        return [e for e in self.parts.architecture.elements if e.type == "external"]

    def when_silent(self, *names: str) -> list[Requirement]:
        """What was required for the case that one of these neighbours fails."""
        low = [name.lower() for name in names]
        return [
            r
            for r in self.requirements
            if r.ears in ("unwanted", "state") and any(n in f"{r.statement} {r.plain}".lower() for n in low)
        ]

    def adrs_of(self, requirement: str) -> list[str]:
        return [a.id for a in self.parts.architecture.adrs if requirement in a.requirements]

    def owner(self) -> str:
        """Who owns the project: the owner of the outcomes, else of most questions."""
        names = [o.owner for o in self.vision.outcomes] + [q.owner for q in self.parts.requirements.open_questions]
        return names[0].split(",")[0] if names else "owner"

    def closest(self, text: str, rows: Sequence[Requirement]) -> Requirement | None:
        """The requirement that shares most words with a text; None when none shares two."""
        best = max(rows, key=lambda r: alike(text, f"{r.statement} {r.plain}"), default=None)
        return best if best and alike(text, f"{best.statement} {best.plain}") > 1 else None

    def goals(self) -> list[tuple[str, list[Requirement], str]]:
        """The quality goals in the owner's order: the words of the goal, requirements that measure it, its citation."""
        found: list[tuple[str, list[Requirement], str]] = []
        for fact in (f for f in self.on("A2") if "given" not in str(f["slot"])):
            for piece in re.split(r"(?<=[.;])\s|,\s(?:then|second|third|two|three|four|five)\b|;\s", str(fact["quote"])):
                text = re.sub(
                    r"^(?:one|two|three|four|five|first|second|third|then|and)\b[,:]?\s*", "", piece.strip(" .,;"), flags=re.I
                )
                if len(text) > 3:
                    found.append((f'"{markdown.inline(text)}"', self._measured(text), f"[{fact['source']}]"))
        if not found:
            for invariant in self.vision.anchor.invariants[:3]:
                near = [r for r in self.requirements if any(e.fact == invariant.fact for e in r.evidence)][:2]
                found.append((invariant.value, near, self.cite([invariant.fact])))
        if not found:
            found = [
                (lower_first(r.plain.rstrip("."), self.names), [r], "")
                for r in self.musts("quality")[:3] or self.requirements[:1]
            ]
        return found[:5]

    def _measured(self, goal: str) -> list[Requirement]:
        """The requirements that measure a goal: of the quality it names, else those that share its words."""
        for families, words in _FAMILIES:
            if re.search(words, goal, re.I) and (found := self.family(*families)):
                return found[:2]
        own = {stem for stem in stems(goal) if len(stem) > 3}
        near = sorted(self.requirements, key=lambda r: -len(own & stems(f"{r.statement} {r.plain}")))[:2]
        return [r for r in near if own & stems(f"{r.statement} {r.plain}")]

    def labels(self, facts: Iterable[str]) -> list[str]:
        return sources_of(self.evidence, facts)


def sentence(text: str) -> str:
    """A text as one sentence: capital first, one full stop at the end."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", ":")) else f"{text}."


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells may hold no line break and no bar."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def within(most: int, first: str, *rest: str) -> str:
    """Sentences joined as one paragraph, as many as the budget of words bears; the first always stays."""
    text = first
    for more in rest:
        longer = f"{text} {more}".strip()
        if more and markdown.words(longer) <= most:
            text = longer
    return text.strip()


def at_least(least: int, text: str, *more: str) -> str:
    """A text that is too short, made longer by saying what is missing; one that is long enough stays as it is."""
    for gap in more:
        if markdown.words(text) >= least:
            break
        text = f"{text} {gap}".strip()
    return text


def listed_within(most: int, lines: Sequence[str]) -> str:
    """Lines of a list or paragraphs, as many as the budget of words bears."""
    kept: list[str] = []
    for line in lines:
        if line and markdown.words("\n".join([*kept, line])) <= most:
            kept.append(line)
    return "\n".join(kept)


def spaced(entity: str) -> str:
    """The name of an entity as words: "VisitType" as "visit type"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entity).lower()
