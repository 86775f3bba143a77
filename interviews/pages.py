"""What the interview pages show: rows read into turns, noted facts, disagreements and the list of topics. Reads, never writes."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import Length

from accounts.models import OwnedQuerySet, User
from ground import stream
from ground.agents import named
from ground.models import LogEntry
from interviews.extraction import kinds
from interviews.flows.closing import Assumed, what_will_be_assumed
from interviews.flows.confirming import propose_anchor
from interviews.flows.recalling import ledger_of
from interviews.folder_pages import may_read_folders
from interviews.models import Answer, Conflict, Fact, Interview, Question, Reference, TopicState
from interviews.rules import topics as topic_model
from interviews.rules.choosing import ending
from interviews.rules.summarising import noted_line, slot_name
from interviews.templatetags.voices import when
from llm.keys import VENDORS, Writer, provider_for, stand_in_for
from llm.placeholders import told

ROLES = {letter: named(key).name for letter, key in (("V", "vision"), ("R", "requirements"), ("A", "architecture"))}
ABOUT = {Interview.Depth.QUICK: 10, Interview.Depth.STANDARD: 25, Interview.Depth.THOROUGH: 50}
THREADS = 3

_State = TopicState.State
LOOKS = {
    _State.EMPTY: ("is-open", "open", "Open"),
    _State.TOUCHED: ("is-half", "half", "Half settled"),
    _State.PARTIAL: ("is-half", "half", "Half settled"),
    _State.SUFFICIENT: ("is-settled", "settled", "Settled"),
    _State.CONFIRMED: ("is-settled", "settled", "Settled"),
    _State.DEFERRED: ("is-later", "later", "Later"),
    _State.NOT_APPLICABLE: ("is-settled", "check", "Does not apply"),
    _State.ASSUMED: ("is-later", "info", "Will be assumed"),
}


@dataclass(frozen=True)
class Piece:
    """A stretch of an answer: plain, followable (``href``), or hidden from the agents (``agents_see``)."""

    text: str
    thread: int = 0
    id: str = ""
    href: str = ""
    agents_see: str = ""


@dataclass(frozen=True)
class Noted:
    """A fact under its answer. ``thread`` is 0 where its quote could not be marked without crossing another."""

    fact: Fact
    words: str
    thread: int = 0
    said_at: str = ""
    corrected: bool = False
    figure: str = ""
    """Which number of the words it is, where one stretch of words holds several."""


@dataclass(frozen=True)
class Spoken:
    answer: Answer
    who: str
    who_initials: str
    pieces: list[Piece]
    noted: list[Noted]
    secrets: str
    is_last: bool = False

    @property
    def is_read(self) -> bool:
        return self.answer.read_at is not None


@dataclass(frozen=True)
class Paper:
    """A document on the list."""

    reference: Reference
    noted: list[Fact]
    has_letters: bool

    @property
    def is_quiet(self) -> bool:
        """Read, and there were no words in it."""
        return self.reference.state == Reference.State.READ and not self.has_letters

    @property
    def sign(self) -> str:
        if self.reference.is_under_way:
            return "clock"
        if self.reference.state == Reference.State.READ:
            return "file"
        return "alert"

    @property
    def kind(self) -> str:
        """ "PDF", "Word document", "PNG image, words recognised"."""
        is_picture = self.reference.media_type in _PICTURES and self.reference.state == Reference.State.READ
        return f"{self.reference.kind}, words recognised" if is_picture and self.has_letters else self.reference.kind

    @property
    def pages(self) -> str:
        """ "14 pages", "3 slides"; empty where there is no such thing."""
        count = self.reference.pages
        if not count:
            return ""
        one, many = _PAGES.get(self.reference.media_type, ("page", "pages"))
        return f"1 {one}" if count == 1 else f"{count:,} {many}"

    @property
    def state(self) -> str:
        """How it stands, in a word or two."""
        held = self.reference
        if held.state == Reference.State.READING and held.pages:
            return f"Reading, {held.pages_done:,} of {self.pages}"
        return "No text in it" if self.is_quiet else held.get_state_display()

    @property
    def origin(self) -> str:
        return "" if self.reference.source == Reference.Source.UPLOAD else self.reference.get_source_display()


_PICTURES = {kind.media_type for kind in kinds.IMAGES.values()}
_PAGES = {
    kinds.SHEETS.media_type: ("sheet", "sheets"),
    kinds.SLIDES.media_type: ("slide", "slides"),
    kinds.ZIP.media_type: ("file", "files"),
}


@dataclass(frozen=True)
class Side:
    who: str
    when: str
    label: str
    quote: str
    place: str
    verdict: str
    holds: bool


@dataclass(frozen=True)
class Dispute:
    conflict: Conflict
    sides: list[Side]
    condition: str

    @property
    def is_settled(self) -> bool:
        return self.conflict.resolution != Conflict.Resolution.OPEN


@dataclass(frozen=True)
class Turn:
    question: Question
    number: int
    answers: list[Spoken]
    disputes: list[Dispute]

    @property
    def is_now(self) -> bool:
        return self.question.state == Question.State.OPEN

    @property
    def role(self) -> str:
        return ROLES.get(self.question.topic[:1], "SpecStep")

    @property
    def options(self) -> list[dict[str, str]]:
        """Suggested answers; the recommended one says so."""
        return [_option(option, self.question.recommended) for option in self.question.options or []]

    @property
    def offer(self) -> dict[str, Any] | None:
        return self.question.offered

    @property
    def shows_offer(self) -> bool:
        return bool(self.question.offered) and not self.answers

    @property
    def outcome(self) -> str:
        if self.question.state == Question.State.UNKNOWN:
            return "You said that you do not know."
        if self.question.state == Question.State.DEFERRED:
            return "Put off."
        if self.question.state == Question.State.WITHDRAWN:
            return "No longer needed."
        return ""

    @property
    def outcome_sign(self) -> str:
        return "later" if self.question.state == Question.State.DEFERRED else "open"


@dataclass(frozen=True)
class TopicRow:
    name: str
    look: str
    sign: str
    state: str
    note: str
    href: str
    is_now: bool


@dataclass(frozen=True)
class Group:
    name: str
    note: str
    topics: list[TopicRow]


@dataclass(frozen=True)
class Project:
    """A row of the list of interviews."""

    interview: Interview
    since: str
    ball: str
    sign: str
    tone: str
    counts: str
    verb: str
    is_mine: bool = False


@dataclass
class InterviewPage:
    """Everything the interview page shows."""

    interview: Interview
    viewer: User
    turns: list[Turn] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    reply_so_far: str = ""
    last_sequence: int = 0
    said: str = ""
    """What has just been done, in a sentence."""

    @property
    def taken_out(self) -> str:
        """How many secrets were taken out of the documents, and of which kind."""
        references = [paper.reference for paper in self.papers]
        changed = [one for one in references if any(one.secrets_removed.values())]
        removed: Counter[str] = sum((Counter(one.secrets_removed) for one in changed), Counter())
        return told(removed, of=changed[0].name if len(changed) == 1 else f"{len(changed)} documents")

    @property
    def may_read_folders(self) -> bool:
        """Whether a folder can be read here, or connected first."""
        return may_read_folders(self.viewer)

    @property
    def question(self) -> Question | None:
        return next((turn.question for turn in reversed(self.turns) if turn.is_now), None)

    @property
    def is_reading(self) -> bool:
        return self.interview.state == Interview.State.READING

    @property
    def is_finished(self) -> bool:
        return self.interview.is_open and not self.is_reading and self.question is None

    @property
    def ending(self) -> str:
        """Why no question is open, as ``choosing.ending`` says it."""
        return ending(ledger_of(self.interview)) if self.is_finished else ""

    @property
    def about(self) -> int:
        return max(ABOUT[Interview.Depth(self.interview.depth)], len(self.turns))

    @property
    def role(self) -> str:
        return self.turns[-1].role if self.turns else ROLES["V"]

    @property
    def status(self) -> str:
        """One sentence for those who hear the page."""
        if self.interview.trouble:
            return "The reply did not come."
        if self.is_reading:
            return "Your answer is being read."
        return "The next question is here." if self.question else ""

    @property
    def settled(self) -> int:
        return self.counts.get("is-settled", 0)

    @property
    def half(self) -> int:
        return self.counts.get("is-half", 0)

    @property
    def open(self) -> int:
        return self.counts.get("is-open", 0)

    @property
    def later(self) -> int:
        return self.counts.get("is-later", 0)


def interview_page(interview: Interview, viewer: User) -> InterviewPage:
    """Read one interview for its page."""
    page = InterviewPage(interview=interview, viewer=viewer, last_sequence=stream.last_sequence(interview.stream))
    page.turns = turns(interview, viewer)
    now = page.question.topic if page.question else ""
    page.groups, page.counts = coverage(interview, now, page.turns)
    page.papers = papers(interview)
    page.reply_so_far = reply_so_far(interview) if page.is_reading else ""
    return page


def papers(interview: Interview) -> list[Paper]:
    """The documents on the list, each with what was noted from it and still holds."""
    facts = interview.facts.filter(origin=Fact.Origin.DOCUMENT, state=Fact.State.LIVE).order_by("label")
    noted: dict[UUID | None, list[Fact]] = {}
    for fact in facts:
        noted.setdefault(fact.reference_id, []).append(fact)
    # Its text may be long, and the list does not show it.
    rows = interview.references.defer("text", "places").annotate(letters=Length("text"))
    return [Paper(row, noted.get(row.pk, []), row.letters > 0) for row in rows.order_by(Length("label"), "label")]


def turns(interview: Interview, viewer: User) -> list[Turn]:
    """Questions in the order asked, each with what was answered, noted and disputed."""
    questions = list(interview.questions.order_by("asked_at", "label"))
    answers = list(interview.answers.order_by("created_at", "label"))
    facts = list(interview.facts.select_related("answer", "reference").order_by("label"))
    disputes = [_dispute(conflict, viewer) for conflict in _conflicts(interview)]
    last = answers[-1].pk if answers else None
    result = []
    for number, question in enumerate(questions, start=1):
        said = [
            spoken(answer, [fact for fact in facts if fact.answer_id == answer.pk], viewer, is_last=answer.pk == last)
            for answer in answers
            if answer.question_id == question.pk
        ]
        here = {item.answer.pk for item in said}
        mine = [dispute for dispute in disputes if dispute.conflict.second.answer_id in here]
        result.append(Turn(question=question, number=number, answers=said, disputes=mine))
    return result


def spoken(answer: Answer, facts: list[Fact], viewer: User, *, is_last: bool = False) -> Spoken:
    """One answer with its words marked and its facts noted under it."""
    live = [fact for fact in facts if fact.state == Fact.State.LIVE]
    replaced = {fact.superseded_by_id for fact in facts}
    marks = _marks(answer.shared_text, live)
    who = name_of(answer.respondent, viewer)
    noted = []
    lines = Counter(fact_words(fact) for fact in live)
    for fact in live:
        mark = marks.get(fact.label)
        noted.append(
            Noted(
                fact=fact,
                words=fact_words(fact),
                thread=mark[2] if mark else 0,
                said_at=f"{answer.label}-{fact.label}" if mark else "",
                corrected=fact.pk in replaced,
                figure=_figure(fact) if lines[fact_words(fact)] > 1 else "",
            )
        )
    return Spoken(
        answer=answer,
        who=who,
        who_initials=viewer.initials if who == "You" else who[:2].upper(),
        pieces=_pieces(answer, marks),
        noted=noted,
        secrets=told(answer.secrets_removed),
        is_last=is_last,
    )


def _figure(fact: Fact) -> str:
    """ "38 wasted trips": the number with what it counts, in the words of the quote where it is written in digits there."""
    if fact.value is None:
        return ""
    number = f"{fact.value:,}" if isinstance(fact.value, int | float) else str(fact.value)
    words = r"(?: ?%| [a-z-]+(?: (?!(?:and|or|to|in|at|on|for|of)\b)[a-z-]+)?)"
    said = re.search(rf"(?<![\w.,]){re.escape(number)}(?![.,]?\d){words}", fact.quote)
    return said[0] if said else f"{number} {fact.unit or ''}".strip()


def name_of(respondent: str, viewer: User) -> str:
    """How a speaker is called on the page."""
    return "You" if respondent in {"owner", str(viewer), viewer.email} else respondent


def fact_words(fact: Fact) -> str:
    """A fact as a short line: "How often: around 240 calls a day over the three sites"."""
    return noted_line(fact.topic, fact.slot, fact.quote)


def coverage(interview: Interview, now: str, asked: Iterable[Turn] = ()) -> tuple[list[Group], dict[str, int]]:
    """Topics in three groups, with how many stand where."""
    states = {state.topic: state for state in interview.topicstates.all()}
    last_asked = {turn.question.topic: turn.question.label for turn in asked}
    groups: dict[str, list[TopicRow]] = {}
    counts: dict[str, int] = {}
    for topic in topic_model.TOPICS:
        row = _topic_row(topic, states.get(topic.id), now, last_asked.get(topic.id, ""))
        groups.setdefault(topic.id[:1], []).append(row)
        counts[row.look] = counts.get(row.look, 0) + 1
    return [Group(ROLES[letter], _group_note(rows), rows) for letter, rows in groups.items()], counts


def reply_so_far(interview: Interview) -> str:
    """What has come of the reply that is being written: the tokens after the last entry of another kind."""
    log = LogEntry.objects.filter(stream=interview.stream)
    before = log.exclude(kind="token").aggregate(last=Max("sequence"))["last"] or 0
    return "".join(entry.payload.get("text", "") for entry in log.filter(sequence__gt=before).order_by("sequence"))


def counts_in_words(counts: dict[str, int]) -> str:
    """ "9 topics settled, 3 half, 5 open, 2 later"."""
    settled = counts.get("is-settled", 0)
    parts = [f"{settled} topic{'' if settled == 1 else 's'} settled"]
    for look, word in (("is-half", "half"), ("is-open", "open"), ("is-later", "later")):
        if counts.get(look):
            parts.append(f"{counts[look]} {word}")
    return ", ".join(parts)


def turns_named(page: InterviewPage, payload: dict[str, Any]) -> list[Turn]:
    """The turns that an entry of the log speaks of, by label or id; the newest two when it names none."""
    names = {str(value) for value in payload.values()}
    named = [turn for turn in page.turns if names & _names(turn)]
    newest = page.turns[-2:]
    return named + [turn for turn in newest if turn not in named]


def noted_again(fact: Fact, page: InterviewPage) -> Noted:
    """One fact as its line shows it; a fact without an answer on the page stands alone."""
    lines = (noted for turn in page.turns for answer in turn.answers for noted in answer.noted)
    return next((noted for noted in lines if noted.fact.pk == fact.pk), Noted(fact=fact, words=fact_words(fact)))


def projects(interviews: OwnedQuerySet[Interview], *, finished: bool) -> list[Project]:
    """The rows of the list: each interview with who holds the ball. The one that waits for the owner comes first."""
    rows = interviews.filter(state=Interview.State.CLOSED) if finished else interviews.exclude(state=Interview.State.CLOSED)
    listed = [_project(interview) for interview in rows.prefetch_related("topicstates").order_by("-created_at")]
    return sorted(listed, key=lambda project: not project.is_mine)


def _project(interview: Interview) -> Project:
    last = interview.answers.order_by("-created_at").first()
    since = f"Last answer {when(last.created_at)}" if last else f"Begun {when(interview.created_at)}"
    counts = counts_in_words(coverage(interview, "")[1])
    if not interview.is_open:
        return Project(interview, since, "Closed, ready to be written", "settled", "settled", counts, "Read before writing")
    if interview.trouble:
        return Project(interview, since, "The last reply did not come", "alert", "broken", counts, "Open")
    if interview.state == Interview.State.READING:
        return Project(interview, since, "Reading your answer", "pencil", "", counts, "Open")
    if interview.questions.filter(state=Question.State.OPEN).exists():
        return Project(interview, since, "A question is waiting for you", "quote", "half", counts, "Continue", is_mine=True)
    return Project(interview, since, "No question is open", "settled", "settled", counts, "Open")


def _names(turn: Turn) -> set[str]:
    answers = {name for said in turn.answers for name in (said.answer.label, str(said.answer.pk))}
    return {turn.question.label, str(turn.question.pk)} | answers


def _conflicts(interview: Interview) -> list[Conflict]:
    return list(
        interview.conflicts.select_related(
            "first__answer", "second__answer", "first__reference", "second__reference", "decided_in"
        ).order_by("label")
    )


def _dispute(conflict: Conflict, viewer: User) -> Dispute:
    resolution = Conflict.Resolution(conflict.resolution)
    holds = {
        Conflict.Resolution.OPEN: (False, False),
        Conflict.Resolution.FIRST: (True, False),
        Conflict.Resolution.SECOND: (False, True),
        Conflict.Resolution.BOTH: (True, True),
    }[resolution]
    settled = resolution != Conflict.Resolution.OPEN
    sides = [_side(fact, viewer, held, settled) for fact, held in zip((conflict.first, conflict.second), holds, strict=True)]
    condition = conflict.decided_in.text if conflict.decided_in and resolution == Conflict.Resolution.BOTH else ""
    return Dispute(conflict, sides, condition)


def _side(fact: Fact, viewer: User, holds: bool, settled: bool) -> Side:
    answer = fact.answer
    who = name_of(answer.respondent, viewer) if answer else (fact.reference.name if fact.reference else "Assumed")
    verdict = ("Holds" if holds else "Set aside, kept on record") if settled else ""
    return Side(who, when(answer.created_at) if answer else "", fact.source, fact.quote, fact.place, verdict, holds)


def _marks(text: str, facts: list[Fact]) -> dict[str, tuple[int, int, int]]:
    """Where each fact's quote stands in ``text``, and its thread; a quote that crosses an earlier one is left unmarked."""
    marks: dict[str, tuple[int, int, int]] = {}
    for fact in sorted(facts, key=lambda fact: -len(fact.quote)):
        start = text.find(fact.quote) if fact.quote else -1
        end = start + len(fact.quote)
        if start >= 0 and all(end <= taken[0] or start >= taken[1] for taken in marks.values()):
            marks[fact.label] = (start, end, 0)
    in_order = sorted(marks, key=lambda label: marks[label][0])
    return {label: (*marks[label][:2], place % THREADS + 1) for place, label in enumerate(in_order)}


def _pieces(answer: Answer, marks: dict[str, tuple[int, int, int]]) -> list[Piece]:
    """The answer cut at its marks and at what the agents do not see."""
    shared = answer.shared_text
    hidden = _hidden(answer)
    cuts = {0, len(shared)} | {edge for start, end, _ in marks.values() for edge in (start, end)}
    # A hidden name is one piece, even when it lies inside a mark.
    cuts |= {edge for start, end, _, _ in hidden for edge in (start, end)}
    edges = sorted(cuts)
    pieces = []
    for start, end in pairwise(edges):
        veil = next((item for item in hidden if item[0] <= start and end <= item[1]), None)
        label = next((name for name, mark in marks.items() if mark[0] <= start and end <= mark[1]), "")
        text = veil[2] if veil else shared[start:end]
        if label:
            first = marks[label][0] == start
            pieces.append(Piece(text, marks[label][2], f"{answer.label}-{label}" if first else "", label))
        else:
            pieces.append(Piece(text, agents_see=veil[3] if veil else ""))
    return pieces


def _hidden(answer: Answer) -> list[tuple[int, int, str, str]]:
    """Start and end in the shared text, the words as said, the placeholder agents see."""
    result, moved = [], 0
    for span in sorted(answer.redactions, key=lambda span: span["start"]):
        start = span["start"] + moved
        end = start + len(span["placeholder"])
        result.append((start, end, answer.text[span["start"] : span["end"]], span["placeholder"]))
        moved += len(span["placeholder"]) - (span["end"] - span["start"])
    return result


def _option(option: Any, recommended: str | None) -> dict[str, str]:
    if isinstance(option, dict):
        text = str(option.get("text") or option.get("label") or "")
        note = str(option.get("note") or option.get("consequence") or "")
    else:
        text, note = str(option), ""
    if recommended and text == recommended:
        note = f"{note} Usual choice.".strip()
    return {"text": text, "note": note}


def _topic_row(topic: topic_model.Topic, state: TopicState | None, now: str, question: str) -> TopicRow:
    look, sign, word = LOOKS[_State(state.state) if state else _State.EMPTY]
    return TopicRow(
        name=topic.name[:1].upper() + topic.name[1:],
        look=look,
        sign=sign,
        state=word,
        note=_topic_note(state),
        href=f"#{question}" if question else "#now",
        is_now=topic.id == now,
    )


def _topic_note(state: TopicState | None) -> str:
    if state is None:
        return ""
    if state.state == _State.DEFERRED:
        return " ".join(part for part in (state.owner, "decides", state.trigger) if part) if state.owner else state.note
    if state.state == _State.PARTIAL and state.missing:
        return f"missing: {', '.join(slot_name(state.topic, str(slot)) for slot in state.missing[:3])}"
    return state.note if state.state in {_State.NOT_APPLICABLE, _State.ASSUMED} else ""


def _group_note(rows: list[TopicRow]) -> str:
    done = sum(row.look in {"is-settled", "is-later"} for row in rows)
    if done == len(rows):
        return "settled"
    return "" if any(row.look != "is-open" for row in rows) else "not started"


@dataclass(frozen=True)
class PutOff:
    """A decision somebody makes later."""

    name: str
    owner: str
    trigger: str


@dataclass
class ReviewPage:
    """What the owner reads before anything is written."""

    interview: Interview
    anchor: dict[str, Any] | None
    assumed: list[Assumed]
    put_off: list[PutOff]
    disputes: list[Dispute]
    counts: str
    half: int
    """How many topics are settled in part only."""
    has_answers: bool
    writer: Writer
    """Who will write, with whose key (S-070)."""
    stand_in: str
    """The vendor that is asked when the writer cannot answer; empty when nobody is."""

    @property
    def signed_by(self) -> str:
        return str((self.interview.anchor or {}).get("signed_by", ""))

    @property
    def signed_at(self) -> dt.datetime | None:
        at = (self.interview.anchor or {}).get("signed_at", "")
        return dt.datetime.fromisoformat(at) if at else None

    @property
    def is_offline(self) -> bool:
        return self.writer.provider == "offline"

    @property
    def unsettled(self) -> int:
        return sum(not dispute.is_settled for dispute in self.disputes)


def review_page(interview: Interview, viewer: User) -> ReviewPage:
    """Read one interview for the page before writing."""
    writer = provider_for(interview.workspace_id)
    counts = coverage(interview, "")[1]
    return ReviewPage(
        interview=interview,
        anchor=interview.anchor or (propose_anchor(interview) if interview.answers.exists() else None),
        assumed=what_will_be_assumed(interview),
        put_off=[
            PutOff(topic_model.BY_ID[state.topic].name, state.owner, state.trigger)
            for state in interview.topicstates.filter(state=_State.DEFERRED).order_by("topic")
        ],
        disputes=[_dispute(conflict, viewer) for conflict in _conflicts(interview)],
        counts=counts_in_words(counts),
        half=counts.get("is-half", 0),
        has_answers=interview.answers.exists(),
        writer=writer,
        stand_in=VENDORS.get(stand_in_for(interview.workspace_id, writer.provider), ""),
    )
