"""What to ask next, and when to stop."""

from __future__ import annotations

import re
from dataclasses import dataclass

from interviews.rules.coverage import Standing, standings
from interviews.rules.ledger import Dispute, Ledger, Noted, Paper
from interviews.rules.linting import same_question
from interviews.rules.noting import vague_words
from interviews.rules.reading import content_words
from interviews.rules.topics import BY_ID, Topic

BUDGET = {"quick": 10, "standard": 25, "thorough": 50}
"""About how many questions a depth asks. Conflicts are put even beyond it."""
MORE = 10
"""So many further questions are put when the owner asks for more."""
IN_A_ROW = 3
MODERATE_EVERY = 5
STALE = 4
"""So many answers without a new fact: offer to stop."""
STAKES = "stakes"
PRECEDENCE = "precedence"
_RULE = re.compile(r"\b(?:never|always|must|may not|only|at most|at least)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[a-z0-9,;] )[A-Z][A-Za-z]{3,}")
_ABOUT_ITSELF = re.compile(
    r"^(?:status|version|draft|written (?:for|by)|author|date|data team)\b|\b(?:draft|version) (?:of|\d)", re.IGNORECASE
)


@dataclass(frozen=True)
class Choice:
    """The next question before it is worded."""

    reason: str
    """opening, stakes, conflict, vague, slot, moderator."""
    topic: Topic
    slot: str
    text: str
    why: str
    kind: str
    triggered_by: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()
    recommended: str | None = None
    dispute: str = ""


def choose(ledger: Ledger) -> Choice | None:
    """The next question, or None when nothing is left to ask or the budget is used.

    Order: an open contradiction, the stakes, a vague answer that was not probed, once whether documents or answers count, every
    fifth time something the references say and nobody spoke of, then the topic with the highest score: weight times uncertainty
    times the number of documents it feeds, less what was asked about it already; never more than three in a row from one area
    while another has something open.
    """
    if not ledger.asked:
        return None
    if conflict := _conflict(ledger):
        return conflict
    if is_spent(ledger):
        return None
    if (
        len(ledger.asked) == 1
        and not _was_asked(ledger, "V10", STAKES)
        and not any(fact.slot == STAKES for fact in ledger.live("V10"))
    ):
        return _of_slot(BY_ID["V10"], STAKES, ledger, reason="stakes", options=STAKES_OPTIONS)
    if probe := _probe(ledger):
        return probe
    if precedence := _precedence(ledger):
        return precedence
    if len(ledger.asked) % MODERATE_EVERY == 0 and (moderator := _moderator(ledger)):
        return moderator
    return _by_score(ledger)


STAKES_OPTIONS = (
    ("For ourselves", "A tool for a few people; a fault is annoying."),
    ("Inside one organisation", "Colleagues depend on it; a fault costs working time."),
    ("For the public", "Strangers use it; a fault costs trust or money."),
    ("Regulated", "A law or an authority looks at it; a fault can harm somebody."),
)


def is_enough(ledger: Ledger) -> bool:
    """Rule (a) to (d) of the method: nothing material is open, no contradiction, nothing vague, a failure for each journey."""
    return (
        all(standing.is_settled for standing in standings(ledger))
        and not any(dispute.is_open for dispute in ledger.disputes)
        and not any(fact.is_vague and not _answered_later(fact, ledger) for fact in ledger.live())
        and (not ledger.live("R2") or bool(ledger.live("R3")) or "R3" in ledger.assumed)
    )


def is_spent(ledger: Ledger) -> bool:
    """As many questions were put as the depth has, and as the owner asked for beyond it."""
    return len(ledger.asked) > BUDGET[ledger.depth] + ledger.more


def ending(ledger: Ledger) -> str:
    """Why no question is open: "enough", "spent", "asked" (nothing left that was not asked), or "stale"."""
    if is_enough(ledger):
        return "enough"
    if is_spent(ledger):
        return "spent" if _by_score(ledger) else "asked"
    return "stale" if choose(ledger) else "asked"


def is_stale(ledger: Ledger) -> bool:
    """The last four answers added no new fact."""
    last = [said.label for said in ledger.said if said.question][-STALE:]
    return len(last) == STALE and not any(fact.source in last for fact in ledger.facts)


def _conflict(ledger: Ledger) -> Choice | None:
    dispute = next((one for one in ledger.disputes if one.is_open and not one.is_asked), None)
    if dispute is None:
        return None
    if (ranking := _of_two_documents(dispute, ledger)) is not None:
        return ranking
    first, second = _cut(dispute.first.quote), _cut(dispute.second.quote)
    if _is_of_document(dispute.first) and not _is_of_document(dispute.second):
        text = f"{_said_by(dispute.first)} “{first}”; you said “{second}”. Which holds?"
    elif _is_of_document(dispute.second) and not _is_of_document(dispute.first):
        text = f"You said “{first}”; {_said_by(dispute.second, begins=False)} “{second}”. Which holds?"
    elif _is_of_document(dispute.first):
        text = f"{_said_by(dispute.first)} “{first}”. There is also “{second}”. Which holds?"
    else:
        text = f"You said “{first}”. There is also “{second}”. Which holds?"
    return Choice(
        "conflict",
        BY_ID[dispute.second.topic],
        dispute.second.slot,
        text,
        "Both cannot be built; you decide which one counts, or when each does.",
        "options",
        (f"conflict:{dispute.label}",),
        options=(
            (f"“{first}”", "The first holds."),
            (f"“{second}”", "The second holds."),
            ("Both, it depends", "Say when each holds."),
        ),
        dispute=dispute.label,
    )


def _is_of_document(fact: Noted) -> bool:
    return fact.source.startswith("S-")


def _said_by(fact: Noted, *, begins: bool = True) -> str:
    """ "Your document says", with the place where it does: "Your document says on page 12"."""
    return f"{'Your' if begins else 'your'} document says{where(fact.place)}"


def where(place: str) -> str:
    """A place as it stands behind "says": " on page 12", " in Prices, A2:F9", " under “Returns”"; empty for none."""
    if not place:
        return ""
    if place.startswith("under "):
        return f" {place}"
    return f" {'on' if place.startswith(('page ', 'slide ')) else 'in'} {place}"


def _of_two_documents(dispute: Dispute, ledger: Ledger) -> Choice | None:
    """Two documents differ for the first time: once, which of the two counts. None when that was asked, or one is no document."""
    papers = {paper.label: paper for paper in ledger.papers}
    # In the order of their labels, so that "the first" means the same to the one who asks and the one who hears.
    one, two = sorted((dispute.first, dispute.second), key=lambda fact: fact.source)
    first, second = papers.get(one.source), papers.get(two.source)
    if first is None or second is None or first == second:
        return None
    asking = of_two(first.label, second.label)
    if any(asking in asked.triggered_by for asked in ledger.asked):
        return None
    says = [f"{paper.name} says{where(fact.place)} “{_cut(fact.quote)}”" for paper, fact in ((first, one), (second, two))]
    return Choice(
        "precedence",
        BY_ID[dispute.second.topic],
        "",
        f"{'; '.join(says)}. Which of the two holds where they differ?",
        "One answer settles this and every other difference between the two.",
        "options",
        (asking,),
        options=(
            (paper_named(first, second), "It wins wherever the two differ."),
            (paper_named(second, first), "It wins wherever the two differ."),
            (EACH_TIME, "Then each difference is asked about."),
        ),
    )


EACH_TIME = "Ask me each time"


def of_two(first: str, second: str) -> str:
    """What triggers the question which of two documents counts; the same for both orders."""
    return ":".join((PRECEDENCE, *sorted((first, second))))


def paper_named(paper: Paper, other: Paper) -> str:
    """How the owner picks a document: by its name, with its label where both are called alike."""
    return paper.name if paper.name.casefold() != other.name.casefold() else f"{paper.name} ({paper.label})"


def _precedence(ledger: Ledger) -> Choice | None:
    """With references, once: which counts when they differ from the answers."""
    if all(one.question for one in ledger.said) or any(PRECEDENCE in asked.triggered_by for asked in ledger.asked):
        return None
    return Choice(
        "precedence",
        BY_ID["V4"],
        "",
        "If your documents and your answers differ, which of them holds?",
        "Old papers are often half true; then we need not ask about each difference.",
        "options",
        (PRECEDENCE,),
        options=(
            ("My answers", "The documents only fill what I did not say."),
            ("The documents", "They are binding; ask me where I said something else."),
        ),
    )


def _cut(quote: str, words: int = 9) -> str:
    parts = quote.split()
    return " ".join(parts[:words]).rstrip(",;:") + (" …" if len(parts) > words else "")


def _probe(ledger: Ledger) -> Choice | None:
    for fact in ledger.live():
        if fact.is_vague and not _answered_later(fact, ledger) and not _was_probed(fact, ledger):
            soft = vague_words(fact.quote)
            topic = BY_ID[fact.topic]
            text = _probe_text(fact, soft[0] if soft else "")
            if not any(same_question(text, asked.text) for asked in ledger.asked):
                return Choice("vague", topic, fact.slot, text, _probe_why(soft), "number", (f"vague:{fact.source}",))
    return None


def _probe_text(fact: Noted, word: str) -> str:
    if fact.topic in {"R11", "R12", "R13"} or word in {"fast", "quick", "quickly", "slow", "soon", "timely", "real-time"}:
        return f"You said “{_cut(fact.quote, 6)}”: how many seconds, minutes or hours would be too long?"
    if word in {"secure", "reliable", "robust"}:
        return f"You said “{_cut(fact.quote, 6)}”: which thing must never happen?"
    if word in {"easy", "simple", "intuitive", "user-friendly", "modern"}:
        return f"You said “{_cut(fact.quote, 6)}”: which person must manage which task alone?"
    return f"You said “{_cut(fact.quote, 6)}”: can you give a number, a name or the last time it happened?"


def _probe_why(soft: list[str]) -> str:
    return f"You said {soft[0]}; a number or a name can be tested." if soft else "A number or a name can be tested."


def _answered_later(fact: Noted, ledger: Ledger) -> bool:
    """A firm fact in the same slot was noted after the vague one."""
    place = ledger.facts.index(fact)
    return any(
        other.is_live and other.topic == fact.topic and other.slot == fact.slot and not other.is_vague and other.value is not None
        for other in ledger.facts[place + 1 :]
    )


def _was_probed(fact: Noted, ledger: Ledger) -> bool:
    return any(f"vague:{fact.source}" in asked.triggered_by for asked in ledger.asked)


def _moderator(ledger: Ledger) -> Choice | None:
    """Something a reference says that no answer has touched: far from what was asked, with a number, a rule or a system in it."""
    spoken = content_words(
        " ".join([said.text for said in ledger.said if said.question] + [asked.text for asked in ledger.asked])
    )
    used = {trigger for asked in ledger.asked for trigger in asked.triggered_by}
    best: tuple[float, Noted] | None = None
    for fact in ledger.live():
        if not _is_of_document(fact) or f"document:{fact.label}" in used or not is_telling(fact.quote):
            continue
        words = content_words(fact.quote)
        score = len(words - spoken) / len(words) + (0.3 if _RULE.search(fact.quote) else 0)
        if best is None or score > best[0]:
            best = (score, fact)
    if best is None or best[0] < 0.5:
        return None
    fact = best[1]
    text = f"{_said_by(fact)} “{_cut(fact.quote, 14)}”. Does that still hold?"
    return Choice(
        "moderator",
        BY_ID[fact.topic],
        fact.slot,
        text,
        "Nobody has spoken of it yet, and it would change what is built.",
        "open",
        (f"document:{fact.label}",),
    )


def is_telling(line: str) -> bool:
    """Whether a line of a document is worth a question: a number, a rule or the name of a system, and not about the document."""
    if len(content_words(line)) < 2 or _ABOUT_ITSELF.search(line):
        return False
    return bool(re.search(r"\d", line) or _RULE.search(line) or _NAME.search(line))


def _by_score(ledger: Ledger) -> Choice | None:
    areas = [asked.topic[0] for asked in ledger.asked[-IN_A_ROW:]]
    stuck = areas[0] if len(areas) == IN_A_ROW and len(set(areas)) == 1 else ""
    open_ones = [standing for standing in standings(ledger) if not standing.is_settled and _slot_to_ask(standing, ledger)]
    pool = [standing for standing in open_ones if standing.topic.area != stuck] or open_ones
    if not pool:
        return None
    best = max(pool, key=lambda standing: (_score(standing, ledger), -_place(standing.topic)))
    return _of_slot(best.topic, _slot_to_ask(best, ledger) or "", ledger, state=best.state)


def _score(standing: Standing, ledger: Ledger) -> float:
    uncertainty = {
        "empty": 1.0,
        "touched": 0.8,
        "partial": 0.45 * len(standing.missing) / max(1, len(standing.topic.slots)) + 0.1,
    }
    # What was read back from a document, or put side by side, asked for nothing that is missing here.
    repeats = sum(
        asked.topic == standing.topic.id
        and not any(trigger.startswith((PRECEDENCE, "document:", "conflict:")) for trigger in asked.triggered_by)
        for asked in ledger.asked
    )
    # Vision first: later questions are better when who and why are known.
    area = {"V": 1.3, "R": 1.0, "A": 0.8}[standing.topic.area]
    return standing.topic.weight * uncertainty[standing.state] * (1 + 0.1 * len(standing.topic.feeds)) * area * 0.45**repeats


def _place(topic: Topic) -> int:
    return list(BY_ID).index(topic.id)


def _slot_to_ask(standing: Standing, ledger: Ledger) -> str | None:
    return next((slot for slot in standing.missing if not _was_asked(ledger, standing.topic.id, slot)), None)


def _was_asked(ledger: Ledger, topic: str, slot: str) -> bool:
    """A question for this slot was put; a line of a document read back, or two answers side by side, is no such question."""
    return any(
        asked.topic == topic
        and asked.slot == slot
        and asked.state != "withdrawn"
        and not any(trigger.startswith(("document:", "conflict:")) for trigger in asked.triggered_by)
        for asked in ledger.asked
    )


def _of_slot(
    topic: Topic,
    slot: str,
    ledger: Ledger,
    *,
    reason: str = "slot",
    state: str = "empty",
    options: tuple[tuple[str, str], ...] = (),
) -> Choice:
    wanted = topic.slots[slot]
    offered = options or (tuple((option.text, option.note) for option in topic.options) if wanted.kind == "options" else ())
    return Choice(
        reason,
        topic,
        slot,
        wanted.question,
        wanted.why,
        wanted.kind,
        (f"topic:{topic.id}:{state}",),
        options=offered,
        recommended=topic.recommend or None,
    )


def stakes_of(text: str) -> str:
    """The stakes in an answer: hobby, internal, launch, regulated, or empty."""
    low = text.lower()
    for pattern, stakes in (
        (r"\bregulat|\bmdr\b|\bnotified body\b|\bmedical device", "regulated"),
        (r"\bfor the public\b|\bcustomers use\b|\bpatients use\b|\bstrangers\b|\banybody\b|\beverybody\b", "launch"),
        (r"\binside one\b|\binside (?:our|the)\b|\bour (?:own )?(?:people|staff|colleagues|team)\b|\binternal", "internal"),
        (r"\bourselves\b|\bhobby\b|\bfamily\b|\bfriends\b", "hobby"),
    ):
        if re.search(pattern, low):
            return stakes
    return ""
