"""Quality requirements: how fast, how many at once, how available, how safe, in which languages; measured by what was said."""

from __future__ import annotations

import re

from generation.rules.agents.clauses import core, is_comment
from generation.rules.agents.drafting import Desk, Draft, zero
from generation.rules.agents.language import (
    Amount,
    amounts,
    article,
    base_of,
    counts,
    flat,
    joined,
    number,
    plural,
    singular,
    third_person,
    trim,
    upper_first,
)
from generation.rules.agents.people import PERSONS
from generation.rules.agents.sentences import Sentence
from generation.rules.content import Fit

_TIMES = ("ms", "s", "min", "h")
_LANGUAGES = (
    "German English French Spanish Italian Turkish Dutch Polish Portuguese Russian Arabic Chinese Japanese "
    "Ukrainian Danish Swedish Norwegian Finnish Czech Greek Romanian Hindi Korean"
)
_LANGUAGE = re.compile(rf"\b({'|'.join(_LANGUAGES.split())})\b")
_COUNTRIES = re.compile(
    r"\b(Germany|Austria|Switzerland|France|Spain|Italy|Poland|Netherlands|Belgium|Denmark|Sweden|Norway|Finland|Ireland|"
    r"Canada|Australia|Japan|"
    r"(?:the )?(?:EU|European Union|EEA|UK|United Kingdom|US|United States)|Europe)\b"
)
_NORM = re.compile(
    r"\b(?:(?:ISO|IEC|EN|DIN|ASTM|NIST)(?:[/ ](?:IEC|EN|ISO))* ?\d[\d.-]*|GDPR|HIPAA|MDR|FDA|21 CFR(?: Part)? ?\d*|WCAG(?: "
    r"?\d\.\d)?|SOC ?2|PCI[- ]?DSS|GoBD|SOX|DSGVO)\b"
)


def from_qualities(desk: Desk) -> None:
    """All quality requirements the answers ground."""
    _performance(desk)
    _capacity(desk)
    _availability(desk)
    _security(desk)
    _residency(desk)
    _usability(desk)
    _maintenance(desk)
    _norms(desk)
    _safety(desk)


def _performance(desk: Desk) -> None:
    for sentence in _latest(desk):
        spans = [amount for amount in amounts(sentence.clean) if amount.unit in _TIMES]
        if _special_time(desk, sentence, spans):
            continue
        thing = _timed(desk, sentence, spans[0])
        limit = spans[0].spoken
        known = len(desk.assumptions)
        load = desk.assume(
            f"{upper_first(limit)} holds for 95 of 100 cases while 50 people work at once.",
            basis=sentence.facts,
            if_wrong="The check passes and the busiest hour still feels slow.",
            test="Compare with the busiest hour of the first month.",
            risk="low",
        )
        done = desk.propose(
            Draft(
                statement=f"When a person asks for {thing}, {desk.system} shall show the complete result within {limit}.",
                plain=f"{upper_first(thing)} appear{'' if thing.endswith('s') else 's'} within {limit}.",
                fit=Fit(
                    measure=f"time from asking for {thing} to the complete result",
                    op="<=",
                    value=spans[0].value,
                    unit=spans[0].unit,
                    at="95th percentile, 50 people at once",
                ),
                facts=sentence.facts,
                topic="R11",
                code="PER",
                assumptions=(load,),
                rationale=desk.reason(sentence.facts, "It is the time the owner named when asked what is fast enough."),
            )
        )
        if not done:
            del desk.assumptions[known:]
        if done and sum(draft.code == "PER" for draft in desk.drafts) > 2:
            return
    if not any(draft.code == "PER" for draft in desk.drafts):
        _assumed_speed(desk)


def _latest(desk: Desk) -> list[Sentence]:
    """Sentences with a time; of those that name no thing only the one said last."""
    timed = [s for s in desk.of("R11") if s.english and any(amount.unit in _TIMES for amount in amounts(s.clean))]
    nameless = [s for s in timed if _timed(desk, s, amounts(s.clean)[0]) == "a page" and not _SPAN.search(s.clean)]
    keep = nameless[-1:] if len(nameless) == len(timed) else []
    return [s for s in timed if s not in nameless or s in keep]


_SPAN = re.compile(
    r"\bfrom (?P<start>(?:the |a )?[a-z][a-z ]+?) to (?P<end>(?:the |a )?[a-z][a-z ]+?) (?:in|within|takes?|at most|less "
    r"than|under)\b",
    re.I,
)


def _special_time(desk: Desk, sentence: Sentence, spans: list[Amount]) -> bool:
    """ "From the alarm to the screen in three seconds" and "Loading the day must not take longer than ten minutes"."""
    limit = spans[0].spoken
    if way := _SPAN.search(sentence.clean):
        statement = f"{upper_first(desk.system)} shall need at most {limit} from {way['start'].lower()} to {way['end'].lower()}."
        plain, measure = (
            f"From {way['start'].lower()} to {way['end'].lower()} it takes at most {limit}",
            f"time from {way['start'].lower()} to {way['end'].lower()}",
        )
    elif work := re.match(
        r"^([A-Z]?[a-z]+ing (?!a?t\b)[a-z ]+?) (?:must|should|may|has to|takes?|has|in|within)\b", sentence.clean
    ):
        statement = f"{upper_first(desk.system)} shall finish {work[1].lower()} within {limit} of its start."
        plain, measure = f"{upper_first(work[1])} takes at most {limit}", f"time for {work[1].lower()}"
    elif ask := re.match(r"^(?:an? |the )?([a-z ]{4,40}?), (?:.*, )?[\w ]*$", sentence.clean.rstrip("."), re.I):
        thing = ask[1].lower()
        statement = f"When a person sends {article(thing)}, {desk.system} shall show the complete result within {limit}."
        if not re.search(r"\b(?:question|query|search|request|order|report|list)\b", thing):
            return False
        plain, measure = (
            f"{upper_first(article(thing))} is answered within {limit}",
            f"time from {article(thing)} to the complete result",
        )
    else:
        return False
    return desk.propose(
        Draft(
            statement=statement,
            plain=plain,
            fit=Fit(measure=measure, op="<=", value=spans[0].value, unit=spans[0].unit, at="95th percentile of 200 runs"),
            facts=sentence.facts,
            topic="R11",
            code="PER",
            rationale=desk.reason(sentence.facts, "It is the time the owner named when asked what is fast enough."),
        )
    )


def _timed(desk: Desk, sentence: Sentence, span: Amount) -> str:
    after = re.match(
        r"\s*(?:at most |maximum )?(?:for|to (?:show|see|load|open|find|get))\s+([^,.]+)", sentence.clean[span.end :], re.I
    )
    before = re.match(
        r"^(?:the |a |an )?([a-z][a-z -]{3,40}?)\s+(?:must|should|has to|have to|needs? to|in|within|appears?|loads?|opens?|"
        r"takes?|is|are|under|below)\b",
        sentence.clean,
        re.I,
    )
    text = (
        after[1]
        if after
        else before[1]
        if before and not re.match(r"(?:it|that|this|they|we|everything|I)\b", before[1], re.I)
        else ""
    )
    text = third_person(trim(text), desk.people.voice).strip()
    text = re.sub(r"^(?:a|an|the)\s+", "", text, flags=re.I)
    if not text or len(text.split()) > 8:
        return "a page"
    return f"the {text[0].lower()}{text[1:]}"


def _assumed_speed(desk: Desk) -> None:
    told = desk.of("R11")
    if not told and not any(topic["id"] == "R11" and topic["state"] == "assumed" for topic in desk.evidence.topics):
        return
    assumed = desk.assume(
        "Two seconds are fast enough for every page.",
        basis=told[0].facts if told else (),
        if_wrong="People wait, or effort goes into a speed nobody needs.",
        test="Show the owner a page that takes two seconds.",
    )
    desk.propose(
        Draft(
            statement=f"When a person opens a page, {desk.system} shall show the complete page within 2 seconds.",
            plain="Every page appears within 2 seconds.",
            fit=Fit(
                measure="time from the request to the complete page",
                op="<=",
                value=2,
                unit="s",
                at="95th percentile, 50 people at once",
            ),
            facts=told[0].facts if told else (),
            topic="R11",
            code="PER",
            priority="should",
            assumptions=(assumed,),
            rationale="Nobody named a number; this one is to be confirmed.",
        )
    )


def _capacity(desk: Desk) -> None:
    for sentence in desk.of("R12"):
        for value, noun in counts(sentence.clean):
            if value >= 5 and re.fullmatch(r"[a-z]{3,}s|people", noun) and base_of(noun) is None:
                noun = plural(singular(noun))
                doing = f"use {desk.system}" if noun in ("people", "users") or singular(noun) in PERSONS else "are in use"
                desk.propose(
                    Draft(
                        statement=f"While {number(value)} {noun} {doing} at the same time, {desk.system} shall keep every "
                        "time limit named in this document.",
                        plain=f"It stays as quick with {number(value)} {noun} at once.",
                        fit=Fit(
                            measure=f"{noun} served at the same time within all time limits",
                            op=">=",
                            value=value,
                            unit=noun,
                            at="load test of 30 minutes",
                        ),
                        facts=sentence.facts,
                        topic="R12",
                        code="CAP",
                    )
                )
                return


_DOWN = re.compile(
    r"\b(?:down|away|outage|out|fails?|breaks?|dead|survive|acceptable|does not (?:run|work)|is not (?:there|running)|"
    r"offline|back|unavailable|without it|longer than|stops?)\b",
    re.I,
)


def _availability(desk: Desk) -> None:
    for sentence in desk.of("R13"):
        spans = [amount for amount in amounts(sentence.clean) if amount.unit in ("min", "h", "days", "s")]
        if (
            spans
            and _DOWN.search(sentence.clean)
            and sentence.english
            and not any(draft.code == "AVA" and draft.fit.op == "<=" for draft in desk.drafts)
        ):
            _outage(desk, sentence, min(spans, key=_seconds))
        if lost := re.search(
            r"\bno ([a-z ]+?) (?:may|must|can|should|is|are|gets?|ever|has to|shall)\b.{0,25}\blost\b|\b(?:lose|losing) "
            r"(?:no |any |a single |an? )?([a-z]+)(?! weight)",
            sentence.clean,
            re.I,
        ):
            _nothing_lost(desk, sentence, (lost[1] or lost[2]).strip().lower())
        share = re.search(r"\b(9\d(?:\.\d+)?) ?%", sentence.clean)
        if share:
            desk.propose(
                Draft(
                    statement=f"{upper_first(desk.system)} shall be in service for {share[1]} % of each calendar month.",
                    plain=f"It works {share[1]} % of the time, month by month.",
                    fit=Fit(
                        measure="share of the month in service",
                        op=">=",
                        value=float(share[1]),
                        unit="%",
                        at="each calendar month",
                    ),
                    facts=sentence.facts,
                    topic="R13",
                    code="AVA",
                )
            )


def _seconds(span: Amount) -> float:
    return span.value * {"s": 1, "min": 60, "h": 3600, "days": 86400}.get(span.unit, 1)


def _outage(desk: Desk, sentence: Sentence, span: Amount) -> None:
    known = len(desk.assumptions)
    assumed = desk.assume(
        f"{upper_first(span.spoken)} is the longest outage people can live with, counted in working hours.",
        basis=sentence.facts,
        if_wrong="The service comes back too late, or money goes into an availability nobody needs.",
        test="Ask the people affected after a rehearsed outage.",
    )
    done = desk.propose(
        Draft(
            statement=f"If {desk.system} fails during working hours, then {desk.system} shall be back in service within "
            f"{span.spoken}.",
            plain=f"If it breaks during working hours, it runs again within {span.spoken}.",
            fit=Fit(
                measure="time from failure to service",
                op="<=",
                value=span.value,
                unit=span.unit,
                at="working hours, one rehearsed failure",
            ),
            facts=sentence.facts,
            topic="R13",
            code="AVA",
            assumptions=(assumed,),
        )
    )
    if not done:
        del desk.assumptions[known:]


def _nothing_lost(desk: Desk, sentence: Sentence, what: str) -> None:
    what = singular(re.sub(r"^(?:the|a|an|single)\s+", "", what))
    desk.propose(
        Draft(
            statement=f"If any one machine fails, then {desk.system} shall keep every {what} it has confirmed.",
            plain=f"A broken machine must not cost a single {what}.",
            fit=zero(f"confirmed {plural(what)} lost", plural(what.split()[-1]), "failure of any one machine"),
            facts=sentence.facts,
            topic="R13",
            code="AVA",
        )
    )


def _security(desk: Desk) -> None:
    for sentence in desk.of("A7", "R14", "R1"):
        text = sentence.clean
        if re.search(
            r"\b(?:own (?:name|login|account|password)|nobody shares|no shared|personal (?:account|login)|single sign|sso)\b",
            text,
            re.I,
        ):
            role = desk.people.subject_of(text)
            who = plural(role) if role else "staff"
            desk.propose(
                Draft(
                    statement=f"{upper_first(desk.system)} shall open a session for {who} only after signing in with a "
                    "personal account.",
                    plain=f"{upper_first(who)} sign in under their own name; nobody shares an account.",
                    fit=zero(f"sessions for {who} opened without a personal account", "sessions", "every way of signing in"),
                    facts=sentence.facts,
                    topic="A7",
                    code="SEC",
                )
            )
        if re.search(
            r"\b(?:code by (?:text|sms|e-?mail|mail)|one-time code|code each time|magic link|link by e-?mail)\b", text, re.I
        ):
            how = "link" if "link" in text else "code"
            desk.propose(
                Draft(
                    statement=f"When {desk.people.one(desk.people.primary)} signs in, {desk.system} shall ask for a one-time "
                    f"{how} sent to an address it already holds.",
                    plain=f"{upper_first(plural(desk.people.primary))} sign in with a {how} they are sent; they need no "
                    "password.",
                    fit=zero(f"sessions opened without a valid {how}", "sessions", "every way of signing in"),
                    facts=sentence.facts,
                    topic="A7",
                    code="SEC",
                )
            )
    _smallest_security(desk)


def _smallest_security(desk: Desk) -> None:
    told = desk.of("R14")
    if not told and not any(topic["id"] == "R14" and topic["state"] == "assumed" for topic in desk.evidence.topics):
        return
    facts = told[0].facts if told else ()
    assumed = desk.assume(
        "Secure means at least: personal accounts for staff, encryption on every connection and on disk, and sessions that "
        "end after 15 minutes without use.",
        basis=facts,
        if_wrong="A measure is missing that somebody demands before the start.",
        test="Put this list before the person who answers for data protection.",
        risk="high",
    )
    desk.ask(
        "Which security measures are required before the start?",
        why="The answer was a wish, not a measure.",
        default="The list in the assumption on security.",
        answers=[told[0].answer] if told else [],
    )
    desk.propose(
        Draft(
            statement=f"If a session has been unused for 15 minutes, then {desk.system} shall end it and ask for a new sign-in.",
            plain="Who leaves the screen for 15 minutes signs in again.",
            fit=zero("sessions open after 15 minutes without use", "sessions", "every role"),
            facts=facts,
            topic="R14",
            code="SEC",
            assumptions=(assumed,),
            rationale="Nobody named a measure; this is the smallest reading and has to be confirmed.",
        )
    )


def _residency(desk: Desk) -> None:
    for sentence in desk.of("R15", "A8", "R14", "R16"):
        place = _COUNTRIES.search(sentence.clean)
        if place and re.search(r"\b(?:stay|stays|server|servers|host|hosted|data|stored|cloud|in)\b", sentence.clean, re.I):
            where = re.sub(r"^the ", "the ", place[1])
            where = (
                f"the {where}"
                if where in ("EU", "UK", "US", "EEA", "European Union", "United States", "United Kingdom")
                else where
            )
            whose = f"{desk.people.primary} data" if desk.people.primary != "user" else "personal data"
            desk.propose(
                Draft(
                    statement=f"{upper_first(desk.system)} shall store and process {whose} only in {where}.",
                    plain=f"All {whose} stays in {where}, at every supplier.",
                    fit=zero(f"places outside {where} where {whose} is stored or processed", "places", "all contracts and hosts"),
                    facts=sentence.facts,
                    topic="R15",
                    code="PRI",
                )
            )
            return


def _usability(desk: Desk) -> None:
    primary = desk.people.primary
    for sentence in desk.of("R17"):
        languages = list(dict.fromkeys(_LANGUAGE.findall(sentence.clean)))
        if languages and not any("versions in" in draft.statement or "every text" in draft.statement for draft in desk.drafts):
            listed = joined([f"in {language}" for language in languages])
            desk.propose(
                Draft(
                    statement=f"{upper_first(desk.system)} shall hold every text {desk.people.one(primary)} reads {listed}.",
                    plain=f"Everything {desk.people.one(primary)} reads exists {listed}.",
                    fit=zero(f"texts missing {joined(languages, 'or')}", "texts", "all pages and messages"),
                    facts=sentence.facts,
                    topic="R17",
                    code="USA",
                )
            )
    told = [s for s in desk.of("R17") if not _LANGUAGE.search(s.clean) and not is_comment(s)]
    if told:
        _first_try(desk, told)
    for sentence in desk.of("R2", "R17", "R11"):
        spans = [amount for amount in amounts(sentence.clean) if amount.unit in ("s", "min")]
        if (
            spans
            and re.search(
                r"\b(?:done in|takes?|finished in|not longer than|in under|within|at most|in less than)\b", sentence.clean
            )
            and sentence.topic == "R2"
        ):
            _time_on_task(desk, sentence, spans[0])


def _first_try(desk: Desk, told: list[Sentence]) -> None:
    people = plural(desk.people.primary)
    facts = tuple(dict.fromkeys(fact for sentence in told for fact in sentence.facts))
    assumed = desk.assume(
        f"Usable means that 8 of 10 {people} finish their first task alone.",
        basis=facts,
        if_wrong="The check passes and the people it is made for still need help.",
        test=f"Watch ten {people} and ask the owner whether that is what was meant.",
    )
    desk.propose(
        Draft(
            statement=f"When 10 {people} use {desk.system} for the first time, {desk.system} shall let 8 of them finish the "
            "main task alone.",
            plain=f"Eight of ten {people} manage the main task alone at the first try.",
            fit=Fit(
                measure=f"test {people} who finish the main task without help",
                op=">=",
                value=8,
                unit=f"of 10 {people}",
                at="own device, first attempt",
            ),
            facts=facts,
            topic="R17",
            code="USA",
            assumptions=(assumed,),
            rationale=f'It makes the owner\'s words testable: "{flat(told[0].text).strip(". ")}".'
            if '"' not in told[0].text
            else "",
        )
    )


def _time_on_task(desk: Desk, sentence: Sentence, span: Amount) -> None:
    story = [s for s in desk.of("R2") if s.answer == sentence.answer]
    role = next(
        (role for s in story if (role := desk.people.subject_of(s.clean)) and role != desk.people.primary), desk.people.primary
    )
    journey = next((j for j in desk.vision.journeys if set(sentence.facts) & set(j.facts)), None)
    task = f"the journey {journey.id}" if journey else "the main task"
    desk.propose(
        Draft(
            statement=f"When a trained {role} goes through {task}, {desk.system} shall let the median run end within "
            f"{span.spoken}.",
            plain=f"{upper_first(desk.people.one(role))} who knows the system needs at most {span.spoken} for {task}.",
            fit=Fit(
                measure=f"time for {task}, median of 20 runs",
                op="<=",
                value=span.value,
                unit=span.unit,
                at=f"trained {role}, test cases",
            ),
            facts=sentence.facts,
            topic="R17",
            code="USA",
        )
    )


def _maintenance(desk: Desk) -> None:
    for sentence in desk.of("R18", "A9", "V7", "A8"):
        fixer = re.search(r"\b(?:fix|repair|look after|maintain|update|restore|patch)\b", sentence.clean, re.I)
        if fixer and re.search(r"\b(?:one|1|a) day\b", sentence.clean, re.I):
            role = desk.people.role_in(sentence.clean) or next(
                (r for r in desk.people.roles if "administrator" in r), "administrator"
            )
            desk.propose(
                Draft(
                    statement=f"When the {role} restores {desk.system} from the written instructions, {desk.system} shall be "
                    "in service again within 8 hours of work.",
                    plain=f"The {role} can repair and update it alone in one working day.",
                    fit=Fit(
                        measure=f"working time of the {role} for a restore and an update",
                        op="<=",
                        value=8,
                        unit="h",
                        at="written instructions only, no help from the developer",
                    ),
                    facts=sentence.facts,
                    topic="R18",
                    code="MNT",
                )
            )
            return


def _norms(desk: Desk) -> None:
    names = [
        (match[0], sentence)
        for sentence in desk.of("R16", "R14", "R15", "R19", "R17", "V7", "A4")
        for match in _NORM.finditer(sentence.clean)
    ]
    for name, sentence in {name: (name, sentence) for name, sentence in names}.values():
        desk.propose(
            Draft(
                statement=f"{upper_first(desk.system)} shall hold a written proof for every clause of {name} that applies to it.",
                plain=f"For every clause of {name} that applies there is a proof on paper.",
                fit=zero(f"applicable clauses of {name} without a proof", "clauses", "before the first release"),
                facts=sentence.facts,
                topic="R16",
                code="CMP",
            )
        )


def _safety(desk: Desk) -> None:
    for sentence in desk.of("R19"):
        text = trim(core(trim(sentence.clean))[0])
        found = re.match(
            r"^(?:if|when)\s+(.+?),\s*(?:then\s+)?(?:it|the [a-z ]+?|we|everything)\s+(?:must |has to |should |will |shall "
            r")?(stop|stops|alarm|alarms|warn|warns|lock|locks|close|closes|shut|hold|holds|pause|pauses|block|"
            r"blocks)\b(.*)$",
            text,
            re.I,
        )
        if not found or not sentence.english:
            continue
        condition = third_person(found[1], desk.people.voice)
        verb = singular(found[2].lower()) if found[2].lower().endswith("s") else found[2].lower()
        if re.match(r"(?:it|this|that|they)\b", condition, re.I):
            continue
        desk.propose(
            Draft(
                statement=f"If {condition}, then {desk.system} shall {verb}{third_person(found[3], desk.people.voice)} "
                "within 1 second.",
                plain=text,
                fit=Fit(
                    measure="time from the event to the reaction",
                    op="<=",
                    value=1,
                    unit="s",
                    at="the event brought about on purpose, 20 times",
                ),
                facts=sentence.facts,
                topic="R19",
                code="SAF",
                assumptions=(
                    desk.assume(
                        "A safety reaction within 1 second is soon enough.",
                        basis=sentence.facts,
                        if_wrong="Somebody is harmed before the system reacts.",
                        test="Ask the person who answers for safety for the time the hazard analysis allows.",
                        risk="high",
                    ),
                ),
            )
        )
