"""Functional requirements: from the scope, the journeys, the rules, the failures, the permissions and what goes in and out."""

from __future__ import annotations

import re
from typing import Any

from generation.rules.agents.access import Grant, grants
from generation.rules.agents.clauses import bounded, clauses, core, has_subject, is_comment, starts_with_verb
from generation.rules.agents.drafting import Desk, Draft, zero
from generation.rules.agents.language import (
    PARTICIPLES,
    amounts,
    article,
    base_of,
    joined,
    lower_first,
    number,
    past,
    plural,
    singular,
    stems,
    third,
    third_person,
    trim,
    unit_word,
    upper_first,
    value_of,
)
from generation.rules.agents.people import PERSONS
from generation.rules.agents.scope import Capability, items
from generation.rules.agents.sentences import Sentence
from generation.rules.agents.stories import actor_of, failures
from generation.rules.content import Fit, Rule

ACCEPTANCE = "every case of the acceptance run"
_MESSAGE_WORDS = re.compile(r"\b(?:reminders?|notifications?|alerts?|messages?|e-?mails?|texts?|sms|newsletters?|push)\b", re.I)
_REPORT_WORDS = re.compile(r"\b(?:reports?|figures|statistics|stats|dashboards?|numbers|overview|summary|kpis?|metrics)\b", re.I)


def from_scope(desk: Desk) -> None:
    """One requirement per part of the first release."""
    for part in desk.parts:
        if part.verb:
            _let(desk, part)
        elif (_MESSAGE_WORDS.search(part.words) and desk.of("R9")) or (_REPORT_WORDS.search(part.words) and desk.of("R10")):
            continue
        else:
            _open(desk, part)


def _let(desk: Desk, part: Capability) -> None:
    actor, tail, facts = _wish(desk, part.verb)
    words = third_person(part.words, desk.people.voice)
    phrase = words if len(words.split()) > 1 else f"{words} {tail}".strip()
    facts = tuple(dict.fromkeys((*part.facts, *facts)))
    for action in (phrase, words):
        done = desk.propose(
            Draft(
                statement=f"{upper_first(desk.system)} shall let {desk.people.one(actor)} {action} without help from another "
                "person.",
                plain=f"{upper_first(desk.people.one(actor))} can {action} without help.",
                fit=zero(
                    f"attempts to {action} by {desk.people.one(actor)} that fail although the rules allow them",
                    "attempts",
                    "every attempt of the acceptance run",
                ),
                facts=facts,
                topic="V6",
                heading=part.name,
            )
        )
        if done:
            return


def _wish(desk: Desk, verb: str) -> tuple[str, str, tuple[str, ...]]:
    """Who wants to do it and what the wish adds: "patients to book and cancel online" gives ("patient", "online")."""
    for sentence in desk.of("V1", "V6", "R1", "R2"):
        if any(base_of(word) == verb for word in re.findall(r"[A-Za-z]+", sentence.clean)):
            wish = re.search(
                r"\b(?:want|need|let|like|help|allow)s?\s+(?:the |our |my )?([a-z ]+?)\s+(?:to\s+)?(?=[a-z])",
                sentence.clean,
                re.I,
            )
            role = desk.people.role_in(wish[0]) if wish else None
            tail = re.search(
                rf"\b{verb}\b(?:,? (?:and |or )?[a-z]+)*? (online|by phone|from (?:the|their) \w+|on (?:the|their) \w+)\b",
                sentence.clean,
            )
            if role:
                return role, tail[1] if tail else "", sentence.facts
    for grant in grants(desk.everything, desk.people):
        if grant.verb == verb and grant.cell != "no":
            return grant.role, "", grant.sentence.facts
    return desk.people.primary, "", ()


def _in_their_words(desk: Desk, part: Capability) -> None:
    """A part named in another language: its name is quoted, what it holds is a question."""
    named = part.words.replace('"', "'")
    who = desk.people.one(desk.people.primary)
    desk.propose(
        Draft(
            statement=f'When {who} opens the part called "{named}", {desk.system} shall show what is stored for it '
            "at that moment.",
            plain=f'{upper_first(who)} opens "{named}" and sees how things stand.',
            fit=zero(f'entries missing from "{named}" or wrongly in it', "entries", "comparison with a list made by hand"),
            facts=part.facts,
            topic="V6",
            heading=part.name,
        )
    )
    desk.ask(
        f'What exactly does "{named}" do, step by step?',
        why="The answers are not in English, and rules read only English.",
        default="A page shows what is stored for it.",
        answers=[],
    )


def _open(desk: Desk, part: Capability) -> None:
    if part.foreign:
        _in_their_words(desk, part)
        return
    role, facts = desk.people.primary, part.facts
    for sentence in desk.of("V1", "R1", "R2"):
        subject = desk.people.subject_of(sentence.clean) or desk.people.role_in(sentence.clean)
        if subject and stems(sentence.clean) >= stems(part.words) and stems(part.words):
            role, facts = subject, tuple(dict.fromkeys((*part.facts, *sentence.facts)))
            break
    role = desk.people.role_in(part.words) or role
    noun = part.words
    pronoun = "their" if noun.endswith("s") and not noun.endswith("ss") else "its"
    desk.propose(
        Draft(
            statement=f"When {desk.people.one(role)} opens the {noun}, {desk.system} shall show {pronoun} content as it "
            "stands at that moment.",
            plain=f"{upper_first(desk.people.one(role))} opens the {noun} and sees how things stand.",
            fit=zero(f"entries missing from the {noun} or wrongly in it", "entries", "comparison with a list made by hand"),
            facts=facts,
            topic="V6",
            heading=part.name,
        )
    )


# --- journeys ----------------------------------------------------------------------------------------------------------------

_SEES = re.compile(
    r"^(?:(?:must|should|can|then|also|immediately)\s+)*(?:be able to )?(see|sees|get|gets|receive|receives|find|finds)\s+(.+)$",
    re.I,
)
_SENDABLE = re.compile(
    r"\b(?:code|text|message|e-?mail|mail|notification|reminder|link|receipt|confirmation|alert|letter|invoice|call)\b", re.I
)
_AT_ONCE = re.compile(r",?\s*\b(?:straight away|immediately|at once|right away|instantly)\b", re.I)


def from_journeys(desk: Desk) -> None:
    """For each step after which a person sees or gets something: the action, and what the system shows or sends."""
    for answer in dict.fromkeys(s.answer for s in desk.of("R2")):
        told = [s for s in desk.of("R2") if s.answer == answer and s.english and not is_comment(s)]
        if not told:
            continue
        role, _ = actor_of(told, desk.people)
        trigger = got = ""
        for place, sentence in enumerate(told):
            if _own_work(desk, sentence) or (place and _screen_work(desk, told[place - 1], sentence)):
                continue
            for clause in clauses(trim(core(trim(sentence.clean))[0])):
                clause = (
                    re.sub(
                        r"^((?:types?|enters?|scans?|clicks?|opens?|confirms?|fills?)) it (?:in|out|on)?$",
                        rf"\1 {got}",
                        clause.strip(),
                    )
                    if got
                    else clause
                )
                outcome = _outcome(desk, clause, role)
                if outcome and trigger:
                    _show(desk, sentence, trigger, outcome, role, prompt=bool(_AT_ONCE.search(sentence.clean)))
                if outcome and (last := re.search(r"\b(?:an?|the) ([a-z]+(?: [a-z]+)?)$", outcome[1])):
                    got = f"the {last[1]}"
                elif not outcome:
                    trigger = _trigger(desk, clause, role) or trigger


_SYSTEM_ACTS = re.compile(
    r"^(.*?)(?:,|\band\b)\s*(?:the (?:thing|system|app|tool|program|software|new thing|page|site|gateway|platform)|it) "
    r"([a-z]+s\b.+)$",
    re.I,
)


def _own_work(desk: Desk, sentence: Sentence) -> bool:
    """Steps the system does by itself: "the exports have come in, the thing checks them and sends the report"."""
    found = _SYSTEM_ACTS.match(trim(sentence.clean))
    if not found or len(found[1].split()) < 3:
        return False
    acts = [part for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", found[2]) if part]
    if not all(base_of(act.split()[0]) and act.split()[0].endswith("s") for act in acts):
        return False
    condition = lower_first(third_person(trim(found[1]), desk.people.voice), desk.people.voice.names)
    response = joined([" ".join([str(base_of(act.split()[0])), *act.split()[1:]]) for act in acts])
    return desk.propose(
        Draft(
            statement=f"When {condition}, {desk.system} shall {third_person(response, desk.people.voice)} without anybody's "
            "help.",
            plain=f"When {condition}, the rest happens by itself: {joined([' '.join(act.split()) for act in acts])}.",
            fit=zero("runs that needed a hand", "runs", "twenty runs in a row"),
            facts=sentence.facts,
            topic="R2",
            heading=desk.heading_for(sentence.clean, desk.parts[0].name if desk.parts else "Main work"),
        )
    )


_SCREEN_ACTS = re.compile(
    r"^the (?:screen|page|system|thing|app|display|tool|phone|tablet|gateway|site)(?: (?:in|on|at) the [a-z]+)? ([a-z]+s\b.+)$",
    re.I,
)


def _screen_work(desk: Desk, before: Sentence, sentence: Sentence) -> bool:
    """What the screen does after something happened: "The pump is blocked. The screen shows the bed in red"."""
    found = _SCREEN_ACTS.match(trim(sentence.clean))
    if not found or len(before.clean.split()) < 4 or before.unsure:
        return False
    parts = re.split(r",\s+(?:and\s+)?(?=[a-z]+ )|\s+and\s+(?=[a-z]+s\b)", found[1])
    acts: list[str] = []
    for part in parts:
        first = part.split()[0]
        if not (base_of(first) and first.endswith("s")):
            break
        acts.append(" ".join([str(base_of(first)), *part.split()[1:]]))
    condition = lower_first(third_person(trim(before.clean), desk.people.voice), desk.people.voice.names)
    return bool(acts) and desk.propose(
        Draft(
            statement=f"When {condition}, {desk.system} shall {third_person(joined(acts), desk.people.voice)}.",
            plain=f"When {condition}, this happens: {joined(acts)}.",
            fit=zero("cases in which this did not happen", "cases", ACCEPTANCE),
            facts=tuple(dict.fromkeys((*sentence.facts, *before.facts))),
            topic="R2",
            heading=desk.heading_for(sentence.clean, desk.parts[0].name if desk.parts else "Main work"),
        )
    )


def _outcome(desk: Desk, clause: str, role: str) -> tuple[str, str] | None:
    """What the system does when a clause says that somebody sees or gets something: verb and object."""
    subject = desk.people.subject_of(clause)
    receiver = subject or role
    found = re.search(
        r"^(.{0,60}?)\b((?:must |should |can )?(?:see|sees|get|gets|receive|receives|finds?))\b\s+(.+)$", clause, re.I
    )
    if not found or (
        found[1]
        and not re.match(r"^(?:they|she|he|it|the|that|each|every|everybody|[A-Z]\w+|and|then|also|who|\s)", found[1], re.I)
    ):
        return None
    if re.search(r"\b(?:if|when|who|to)\s*$", found[1], re.I):
        return None
    body = f"{found[2]} {found[3]}"
    match = _SEES.match(body)
    if not match:
        return None
    verb, thing = match[1].lower(), third_person(_AT_ONCE.sub("", match[2]).strip(" ,."), desk.people.voice)
    if verb.startswith("find") or re.match(r"(?:told|it|them|her|him|to|up|out|there|home|back)\b", thing):
        return None
    someone = re.match(r"(?:the (?:first|next|last|other)\b.*?|whoever .+?)\s+$", found[1] or "", re.I)
    to = (
        third_person(found[1].strip(), desk.people.voice).lower()
        if someone
        else desk.people.one(receiver)
        if subject
        else f"the {role}"
    )
    if verb.startswith("see"):
        return "show", f"{to} {thing}" if not thing.startswith("what ") else thing
    return ("send" if _SENDABLE.search(thing) else "give"), f"{to} {thing}"


def _trigger(desk: Desk, clause: str, role: str) -> str:
    """A user's action as a condition: "a patient picks blood test at Bahnhof"; empty when the clause is no action."""
    text = clause
    for name in desk.people.names:
        text = re.sub(rf"^.*?\b{re.escape(name)}\b", "she", text)
    text = re.sub(
        r"^(?:in the (?:morning|evening|afternoon)|at (?:night|noon|\w+ o'clock|\w+)|on [A-Z]\w+|every \w+),?\s+",
        "",
        text,
        flags=re.I,
    )
    pronoun = re.search(r"\b(?:she|he|they|someone|somebody)\b\s+(.+)$", text)
    subject = desk.people.subject_of(text)
    who = "somebody" if pronoun and pronoun[0].startswith("some") else desk.people.one(subject or role)
    if subject and not pronoun:
        words = text.split()
        start = next((place for place, word in enumerate(words) if place and base_of(word.strip(",")) and _acts(word)), None)
        rest = " ".join(words[start:]) if start is not None else ""
    else:
        rest = pronoun[1] if pronoun else text if starts_with_verb(text) else ""
    first = rest.split()[0].strip(",.") if rest else ""
    base = base_of(first) or ""
    if not base or not _acts(first) or base in ("be", "have", "work", "want", "wait", "need", "live", "know", "do", "come", "go"):
        return ""
    rest = third_person(rest, desk.people.voice)
    if role != desk.people.primary:
        rest = re.sub(r"\b(?:her|him)\b", f"a {desk.people.primary}", rest)
    rest = re.sub(r",? (?:it in|it)$", " the entry", rest) if rest.endswith((" it", " it in")) else rest
    return f"{who} {third(base)} {' '.join(rest.split()[1:])}".strip(" ,.")


def _acts(word: str) -> bool:
    return base_of(word) is not None and not word.lower().endswith("ing")


def _show(desk: Desk, sentence: Sentence, trigger: str, outcome: tuple[str, str], role: str, *, prompt: bool) -> None:
    verb, thing = outcome
    limit = next(
        (
            amount
            for amount in amounts(sentence.clean)
            if amount.unit in ("s", "min", "h") and re.search(r"\bwithin\b", sentence.clean)
        ),
        None,
    )
    assumed: tuple[str, ...] = ()
    fit = zero(f"cases in which the {desk.vision.system} does not {verb} {thing}", "cases", ACCEPTANCE)
    tail = ""
    if limit:
        thing = re.sub(rf",?\s*within {re.escape(limit.words)}", "", thing)
        tail, fit = (
            f" within {limit.spoken}",
            Fit(
                measure=f"time until the {desk.vision.system} has {past(verb)} {thing}",
                op="<=",
                value=limit.value,
                unit=limit.unit,
                at=ACCEPTANCE,
            ),
        )
    elif prompt:
        assumed = (
            desk.assume(
                "At once means within 2 seconds.",
                basis=sentence.facts,
                if_wrong="The check passes and people still think that it did not work.",
                test="Show the owner a page that answers after 2 seconds.",
                risk="low",
            ),
        )
        tail, fit = (
            " within 2 seconds",
            Fit(
                measure=f"time until the {desk.vision.system} has {past(verb)} {thing}",
                op="<=",
                value=2,
                unit="s",
                at="95 % of the cases of the acceptance run",
            ),
        )
    heading = desk.heading_for(f"{trigger} {thing}", desk.parts[0].name if desk.parts else "Main work")
    desk.propose(
        Draft(
            statement=f"When {trigger}, {desk.system} shall {verb} {thing}{tail}.",
            plain=f"When {trigger}, {desk.system} {third(verb)} {thing}{tail}.",
            fit=fit,
            facts=sentence.facts,
            topic="R2",
            heading=heading,
            assumptions=assumed,
        )
    )


# --- rules -------------------------------------------------------------------------------------------------------------------

_KEEP_OUT = re.compile(r"^(?:nothing|no word|not a word) about (.+?) in (?:any |the |a |an )?(.+)$", re.I)


def from_rules(desk: Desk) -> None:
    """One requirement per business rule: a request against it is refused."""
    for rule in desk.vision.rules:
        text = rule.text.rstrip(".")
        if re.match(r"(?:never|do not)\b", text, re.I):
            continue
        heading = desk.heading_for(text, "Rules")
        common: dict[str, Any] = {
            "facts": tuple(rule.facts),
            "topic": "R4",
            "heading": heading,
            "rules": (rule.id,),
            "priority": "must",
        }
        apart = "" if rule.exception == "none" else f" Exception: {lower_first(rule.exception)}"
        if kept := _KEEP_OUT.match(text):
            what, where = re.sub(r"\bthey\b", plural(desk.people.primary), kept[1]), singular(kept[2])
            if desk.propose(
                Draft(
                    statement=f"{upper_first(desk.system)} shall keep every word about {what} out of every {where}.",
                    plain=f"{rule.text}{apart}",
                    fit=zero(
                        f"{plural(where)} with a word about {what}",
                        plural(where.split()[-1]),
                        "all texts that are sent, read one by one",
                    ),
                    **common,
                )
            ):
                continue
        if _shaped(desk, rule, common):
            continue
        spoken = re.sub(r"\b(?:can|may) be\b", "is", lower_first(text, desk.people.voice.names))
        spoken = re.sub(r"\b(?:may not|can not|cannot)\b", "must not", spoken)
        spoken = re.sub(r"\b(?:may|can)\b", "is allowed to", re.sub(r"\bshould\b", "has to", spoken))
        lasting = bool(re.search(r"\b(?:always|never)\b", spoken)) and has_subject(spoken)
        verb = "keep to" if lasting else "refuse every request that breaks"
        measure = f"cases in which {rule.id} does not hold" if lasting else f"requests accepted against {rule.id}"
        named = f"business rule {rule.id}"
        short, raw = bounded(spoken, 14).strip(" ,.;:"), text.replace('"', "'")
        for words in (f"{named}: {spoken}", f"{named}: {short}", f'{named}, "{raw}"', named)["?" in spoken :]:
            if desk.propose(
                Draft(
                    statement=f"{upper_first(desk.system)} shall {verb} {words}.",
                    plain=f"{rule.text}{apart}",
                    fit=zero(measure, "cases" if lasting else "requests", "every way to break it that the testers think of"),
                    **common,
                )
            ):
                break


_UNTIL = re.compile(r"\buntil (?P<span>[\w ]+?) before\b", re.I)
_UNDER = re.compile(
    r"\bunder (?P<span>[\w ]+?) (?:(?:they|people|the [a-z]+|[a-z]+s) )?(?P<what>(?:ring|rings|call|calls|phone|phones|note|"
    r"notes|record|records|count|counts|mark|marks)\b.*)$",
    re.I,
)
_ACTIONS = {
    "cancellation": "cancellation",
    "cancelling": "cancellation",
    "booking": "booking",
    "return": "return",
    "ordering": "order",
}


def _shaped(desk: Desk, rule: Rule, common: dict[str, Any]) -> bool:
    """Rules of known shapes as behaviours of their own; tells whether one was found."""
    text = rule.text.rstrip(".")
    if _window(desk, rule, common):
        return True
    return (
        _limits(desk, rule, text, common)
        or _nobody(desk, rule, text, common)
        or _at_most(desk, rule, common)
        or _order(desk, rule, text, common)
    )


def _limits(desk: Desk, rule: Rule, text: str, common: dict[str, Any]) -> bool:
    named = re.match(r"^([A-Za-z]+)(?:: | online| is| are)", text)
    said_as = singular(named[1].lower()) if named else ""
    action = _ACTIONS.get(said_as, said_as)
    if action and (after := _UNTIL_AFTER.search(text)) and (days := amounts(after["span"])):
        return _until_after(desk, action, days[0].spoken, re.sub(r"^the ", "", after["event"]).strip(), common)
    if not action or (base_of(action) and not action.endswith("ing") and action not in ("return", "order")):
        return False
    done = bool(_UNTIL.search(text) or _UNDER.search(text)) and bool(amounts(text))
    if (until := _UNTIL.search(text)) and (span := amounts(until["span"])):
        limit = span[0].spoken
        desk.propose(
            Draft(
                statement=f"When {desk.people.one(desk.people.primary)} asks for {article(action)} {limit} or more before "
                f"the start, {desk.system} shall carry it out.",
                plain=f"{upper_first(article(action))} is possible until {limit} before the start.",
                fit=Fit(
                    measure=f"requests for {article(action)} in time that are carried out",
                    op="=",
                    value=100,
                    unit="%",
                    at=f"boundary at {limit} before the start",
                ),
                **common,
            )
        )
        desk.propose(
            Draft(
                statement=f"If {desk.people.one(desk.people.primary)} asks for {article(action)} less than {limit} before "
                f"the start, then {desk.system} shall refuse and name the way that remains.",
                plain=f"Less than {limit} before the start {article(action)} is refused, and the page says what to do instead.",
                fit=zero(
                    f"requests for {article(action)} carried out too late", "requests", f"boundary at {limit} before the start"
                ),
                **common,
            )
        )
    if (under := _UNDER.search(text)) and (span := amounts(under["span"])):
        _under(desk, action, span[0].spoken, under["what"], common)
    return done


_UNTIL_AFTER = re.compile(r"\b(?:until|within|up to) (?P<span>[\w ]+?) (?:after|of) (?P<event>[a-z][a-z ]{2,30})$", re.I)


def _until_after(desk: Desk, action: str, limit: str, event: str, common: dict[str, Any]) -> bool:
    who = desk.people.one(desk.people.primary)
    done = desk.propose(
        Draft(
            statement=f"When {who} asks for {article(action)} up to {limit} after {event}, {desk.system} shall carry it out.",
            plain=f"{upper_first(article(action))} is possible until {limit} after {event}.",
            fit=Fit(
                measure=f"requests for {article(action)} in time that are carried out",
                op="=",
                value=100,
                unit="%",
                at=f"boundary at {limit} after {event}",
            ),
            **common,
        )
    )
    return (
        desk.propose(
            Draft(
                statement=f"If {who} asks for {article(action)} more than {limit} after {event}, then {desk.system} shall "
                "refuse and say why.",
                plain=f"More than {limit} after {event} {article(action)} is refused.",
                fit=zero(
                    f"requests for {article(action)} carried out too late", "requests", f"boundary at {limit} after {event}"
                ),
                **common,
            )
        )
        or done
    )


def _under(desk: Desk, action: str, limit: str, what: str, common: dict[str, Any]) -> bool:
    kept = re.match(r"(?:notes?|records?|counts?|marks?) (?:it |them )?(?:as )?([a-z-]+)", what, re.I)
    if not kept:
        return desk.propose(
            Draft(
                statement=f"If {desk.people.one(desk.people.primary)} asks for {article(action)} less than {limit} before "
                f"the start, then {desk.system} shall refuse and show the number to ring.",
                plain=f"Less than {limit} before the start people have to ring.",
                fit=zero(
                    f"requests for {article(action)} carried out too late", "requests", f"boundary at {limit} before the start"
                ),
                **common,
            )
        )
    return desk.propose(
        Draft(
            statement=f"When {desk.people.one(desk.people.primary)} asks for {article(action)} less than {limit} before the "
            f"start, {desk.system} shall record it as {kept[1]}.",
            plain=f"{upper_first(article(action))} less than {limit} before the start is noted as {kept[1]}.",
            fit=Fit(
                measure=f"late requests recorded as {kept[1]}",
                op="=",
                value=100,
                unit="%",
                at=f"boundary at {limit} before the start",
            ),
            **common,
        )
    )


_WINDOW = re.compile(
    r"(?P<who>^[^,]{3,60}?)(?: gets?| receives?|,| has| have)\b.*?\b(?:has|have|gets?) (?P<span>[\w ]+?) to (?P<do>[a-z]+(?: "
    r"[a-z]+){0,4})(?:, (?:otherwise|or else) (?P<then>.+))?$",
    re.I,
)


def _window(desk: Desk, rule: Rule, common: dict[str, Any]) -> bool:
    """A time to answer in: "the first one gets a text, has half an hour to say yes, otherwise the next one"."""
    for sentence in desk.everything:
        if not set(rule.facts) & set(sentence.facts) or not sentence.close:
            continue
        found = _WINDOW.search(trim(sentence.clean))
        span = amounts(found["span"]) if found else []
        if not found or not span or base_of(found["do"].split()[0]) is None:
            continue
        who = third_person(lower_first(found["who"]), desk.people.voice)
        after = re.match(r"(?:it goes to )?the next\b", found["then"] or "", re.I)
        response = "turn to the next one" if after else "treat this as a no"
        return desk.propose(
            Draft(
                statement=f"If {who} does not {found['do']} within {span[0].spoken}, then {desk.system} shall {response}.",
                plain=f"{upper_first(who)} has {span[0].spoken} to {found['do']}; after that "
                f"{'the next one has the chance' if after else 'it counts as a no'}.",
                fit=zero(f"answers accepted after {span[0].spoken}", "answers", f"boundary at {span[0].spoken}"),
                **common,
            )
        )
    return False


_NOTHING_DONE = re.compile(
    r"^(?P<what>nothing|no [a-z]+(?: [a-z]+)?) (?:may|can|must|should|is to|is allowed to) (?:ever )?"
    r"be (?P<done>[a-z]+)\b(?P<rest>.*)$",
    re.I,
)
_BARE_HOUR = re.compile(
    r"\b(?P<word>after|before|until|by|from) (?P<hour>one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|\d{1,2})(?=$|[,.;]| and\b| or\b)",
    re.I,
)
_EDGE = "one minute before and one minute after the limit"
_NIGHT = re.compile(r"\b(?:at night|midnight|in the morning|early)\b", re.I)
_DAY = re.compile(r"\b(?:in the afternoon|noon|lunch\w*|evening)\b", re.I)


def _nothing_done(desk: Desk, rule: Rule, found: re.Match[str], common: dict[str, Any]) -> bool:
    """ "Nothing may be ordered after two": the act is refused from then on; a bare hour is read once and said so."""
    act = PARTICIPLES.get(found["done"].lower())
    if not act:
        return False
    what = "anything" if found["what"].lower() == "nothing" else article(singular(found["what"][3:]))
    rest = found["rest"].strip(" ,.")
    assumed: tuple[str, ...] = ()
    if hour := _BARE_HOUR.search(rest):
        clock, label = _clock(desk, rule, hour)
        rest = f"{rest[: hour.start()]}{hour['word']} {clock}{rest[hour.end() :]}"
        assumed = (label,)
    words = f"{act} {what} {rest}".strip()
    return desk.propose(
        Draft(
            statement=f"If anybody tries to {words}, then {desk.system} shall refuse, say why and change nothing.",
            plain=f"{rule.text.rstrip('.')}." if not assumed else f"{upper_first(found['what'])} can be {found['done']} {rest}.",
            fit=zero(
                f"attempts to {words} that succeed",
                "attempts",
                "one minute before and one minute after the limit" if assumed else "every role",
            ),
            assumptions=assumed,
            **common,
        )
    )


def _clock(desk: Desk, rule: Rule, hour: re.Match[str]) -> tuple[str, str]:
    """A bare hour as a time of day, by what was said around it, and the assumption that says so."""
    value = int(value_of(hour["hour"].lower()))
    around = " ".join(s.clean for s in desk.everything if s.answer in {str(desk.evidence.fact(f)["source"]) for f in rule.facts})
    late = bool(_DAY.search(around)) and not _NIGHT.search(around)
    clock = f"{(value % 12) + 12 if late and value <= 12 else value % 24:02}:00"
    label = desk.assume(
        f'"{upper_first(hour[0].lower())}" means {hour["word"].lower()} {clock}.',
        basis=tuple(rule.facts),
        if_wrong="The limit lies half a day away from where it belongs.",
        test="Show the owner this time on a clock of 24 hours.",
        risk="medium",
    )
    return clock, label


def _nobody(desk: Desk, rule: Rule, text: str, common: dict[str, Any]) -> bool:
    if idle := _NOTHING_DONE.match(text):
        return _nothing_done(desk, rule, idle, common)
    found = re.match(r"^(?:nobody|no one)(?: else)? (?:may|can|must|is allowed to|should)(?: ever)? (.+)$", text, re.I)
    return found is not None and desk.propose(
        Draft(
            statement=f"If anybody tries to {found[1]}, then {desk.system} shall refuse and change nothing.",
            plain=rule.text,
            fit=zero(f"attempts to {found[1]} that succeed", "attempts", "every role"),
            **common,
        )
    )


def _at_most(desk: Desk, rule: Rule, common: dict[str, Any]) -> bool:
    """A number fact about a role: "Patient, upcoming appointments: at most 2 appointments"."""
    for fact in desk.evidence.live("R4"):
        role, value, op = str(fact.get("subject") or "").lower(), fact.get("value"), fact.get("op")
        if (
            fact["id"] not in rule.facts
            or role not in desk.people.roles
            or op != "<="
            or not isinstance(value, (int, float))
            or isinstance(value, bool)
        ):
            continue
        thing = str(fact.get("attribute") or "").replace("_", " ").strip()
        if not re.fullmatch(r"[a-z][a-z ]*s", thing):
            continue
        return desk.propose(
            Draft(
                statement=f"If {desk.people.one(role)} already has {number(value)} {thing}, then {desk.system} shall refuse "
                "a further one.",
                plain=f"{upper_first(desk.people.one(role))} has at most {number(value)} {thing}.",
                fit=Fit(
                    measure=f"{thing} per {role}",
                    op="<=",
                    value=float(value),
                    unit=thing.split()[-1],
                    at="every attempt at a further one",
                ),
                **common,
            )
        )
    return False


def _order(desk: Desk, rule: Rule, text: str, common: dict[str, Any]) -> bool:
    found = re.match(
        r"^((?:whoever|the one who|the oldest|the first|those who|who) .+?) (?:comes?|goes?|is served|gets it) first$", text, re.I
    )
    if not found:
        return False
    first = lower_first(found[1])
    apart = f", except where {lower_first(rule.exception.rstrip('.'))}" if rule.exception != "none" else ""
    return desk.propose(
        Draft(
            statement=f"When more than one person waits, {desk.system} shall put first {first}{apart}.",
            plain=f"{upper_first(first)} comes first{apart}.",
            fit=zero("cases in which somebody else was put first", "cases", "a list made by hand, every order of arrival"),
            **common,
        )
    )


def from_prohibitions(desk: Desk) -> None:
    """Orders to the system without a condition: "Never fill a gap quietly"."""
    for sentence in desk.of("R3", "R4", "R9", "A15", "R14"):
        text = trim(core(sentence.clean.rstrip("."))[0])
        found = re.match(r"^(?:and )?(?:never|do not ever|do not) ([a-z]+)\b(.*)$", text, re.I)
        if (
            not found
            or not sentence.english
            or base_of(found[1]) != found[1].lower()
            or found[1].lower() in ("call", "say", "be", "have", "want")
        ):
            continue
        act = third_person(found[1].lower() + found[2], desk.people.voice).strip(" ,.")
        desk.propose(
            Draft(
                statement=f"{upper_first(desk.system)} shall never {act}, whatever else happens.",
                plain=f"{upper_first(desk.system)} never {third(found[1].lower())}{act[len(found[1]) :]}.",
                fit=zero(f"cases in which {desk.system} does {act}", "cases", ACCEPTANCE),
                facts=sentence.facts,
                topic="R3",
                heading=desk.heading_for(text, "When something fails"),
                priority="must",
            )
        )


# --- failures ----------------------------------------------------------------------------------------------------------------


def from_failures(desk: Desk) -> None:
    """One "If ..., then ..." per failure that was described."""
    for failure in failures(desk.everything, desk.people):
        if not failure.sentence.facts or not failure.condition:
            continue
        condition = re.sub(r"^(?:it|this|that)\b", desk.system, failure.condition, flags=re.I)
        condition = re.sub(r"^they\b", f"the {desk.people.voice.others}", condition).strip(" ,.")
        condition = re.sub(
            r"^(two|three|four|five) (?=[a-z]+ )",
            lambda m: f"{m[1]} {desk.people.voice.others} " if base_of(_next(m)) else m[0],
            condition,
        )
        heading = desk.heading_for(failure.text, "When something fails")
        for response in _responses(desk, failure.remedy):
            if desk.propose(
                Draft(
                    statement=f"If {condition}, then {desk.system} shall {response}.",
                    plain=f"If {condition}, {desk.system} {_told(response)}.",
                    fit=zero(
                        "occurrences after which this did not happen",
                        "occurrences",
                        "the failure brought about on purpose, ten times",
                    ),
                    facts=failure.facts,
                    topic="R3",
                    heading=heading,
                )
            ):
                break
        else:
            desk.ask(
                f"What exactly is to happen if {condition}?",
                why="The answer names the case and leaves the reaction open.",
                default="The person is told what happened and nothing is stored.",
                answers=[failure.sentence.answer],
            )


def _told(response: str) -> str:
    """A response as the owner would say it: "show the list and not let" becomes "shows the list and does not let"."""
    verb, _, rest = response.partition(" ")
    rest = re.sub(r"\band not ([a-z]+)", r"and does not \1", rest)
    rest = re.sub(
        r"\band ([a-z]+)\b", lambda m: f"and {third(m[1])}" if base_of(m[1]) == m[1] and m[1] in _COMMON else m[0], rest
    )
    return f"{third(verb)} {rest}".strip()


_COMMON = frozenset(
    [
        "show",
        "send",
        "tell",
        "keep",
        "list",
        "delete",
        "record",
        "refuse",
        "change",
        "ask",
        "mark",
        "say",
        "put",
        "name",
        "store",
        "go",
    ]
)


def _next(match: re.Match[str]) -> str:
    found = re.match(r"[a-z]+", match.string[match.end() :])
    return found[0] if found else ""


def _role_words(desk: Desk) -> str:
    return "|".join(rf"(?:the |a |an )?{re.escape(form)}" for role in desk.people.roles for form in (plural(role), role))


def _responses(desk: Desk, remedy: str) -> list[str]:
    remedy = re.sub(r"^(?:then|just|please|we|the (?:system|page|app))\s+", "", remedy, flags=re.I)
    remedy = re.sub(r"\b(?:and|,) (?:do|does|did) not\b", " and not", remedy)
    first = remedy.split()[0].lower() if remedy.split() else ""
    found = []
    if base_of(first) == first and first not in ("be", "have", "do", "order", "first"):
        found.append(re.sub(r"\bthem\b", f"the {desk.people.voice.others}", remedy, count=1))
    subject = re.match(
        rf"^(?:{re.escape(desk.system)}|it|the system)\s+(?:must |has to |should |will |needs to )?([a-z]+)\b(.*)$", remedy, re.I
    )
    if subject and (base := base_of(subject[1])):
        found.append(f"{base}{subject[2]}")
    people = re.match(
        rf"^(?:they|people|{_role_words(desk)}) (?:must |should |has to |have to |can |need to )(?:be able to )?(.+)$",
        remedy,
        re.I,
    )
    if people and base_of(people[1].split()[0]) == people[1].split()[0].lower():
        found.append(f"let the {desk.people.voice.others} {people[1]}")
    thing = re.match(
        r"^((?:the|a|each|every) [a-z]+(?: one)?(?: [a-z]+)?|both) (?:(?:must|has to|have to|should|needs to) ([a-z]+)|"
        r"([a-z]+s))\b(.*)$",
        remedy,
        re.I,
    )
    if thing and not people and (base := base_of(thing[2] or thing[3])) and base not in ("be", "have"):
        rest = re.sub(r"\b(and|,) ([a-z]+s)\b", lambda m: f"{m[1]} {base_of(m[2])}" if base_of(m[2]) else m[0], thing[4])
        found.append(f"make {lower_first(thing[1])} {base}{rest}")
    put = re.search(r"(?:,|and) ((?:put|show|send|tell|keep|print|write|offer)\b.+)$", remedy)
    if put:
        found.append(put[1])
    return [*found, f"act as follows: {remedy}"]


# --- permissions -------------------------------------------------------------------------------------------------------------


def from_permissions(desk: Desk) -> None:
    """What a role may, may only, or may not do."""
    done: set[str] = set()
    stated = grants(desk.everything, desk.people)
    for grant in stated:
        exclusive = [
            other for other in stated if other.sentence == grant.sentence and other.exclusive and other.role == grant.role
        ]
        if grant.exclusive and grant.cell != "own":
            if grant.sentence.text not in done:
                done.add(grant.sentence.text)
                _exclusive(desk, exclusive)
        elif grant.cell == "own":
            _own(desk, grant)
        elif grant.cell == "no":
            _denied(desk, grant)
        else:
            _granted(desk, grant)


def _exclusive(desk: Desk, group: list[Grant]) -> None:
    role, sentence = group[0].role, group[0].sentence
    for actions in ([grant.capability for grant in group], [group[0].capability]):
        what = joined(actions, "or")
        if desk.propose(
            Draft(
                statement=f"If anybody other than the {role} tries to {what}, then {desk.system} shall refuse and change "
                "nothing.",
                plain=f"Only the {role} can {joined(actions)}.",
                fit=zero(f"attempts by others than the {role} that succeed", "attempts", "every role but this one"),
                facts=sentence.facts,
                topic="R1",
                heading=desk.heading_for(what, "Access"),
                priority="must",
            )
        ):
            return


def _own(desk: Desk, grant: Grant) -> None:
    thing = re.sub(r"^only\s+|\b(?:their|his|her|its) own\b", "", grant.rest).strip() or "data"
    thing = re.sub(r"^only\s+", "", thing)
    thing = re.sub(r"\s+", " ", re.sub(r"\b(?:their|his|her|its) own\b", "", thing)).strip() or "data"
    desk.propose(
        Draft(
            statement=f"If {desk.people.one(grant.role)} asks for {thing} of another {grant.role}, then {desk.system} shall "
            "answer as if it did not exist.",
            plain=f"{upper_first(desk.people.one(grant.role))} sees {'only ' if grant.exclusive else ''}{_their(grant)}.",
            fit=zero(
                f"answers that show {thing} of another {grant.role}",
                "answers",
                f"every request {desk.people.one(grant.role)} can make",
            ),
            facts=grant.sentence.facts,
            topic="R1",
            heading="Access",
            priority="must",
        )
    )


def _their(grant: Grant) -> str:
    return f"{grant.rest} and nothing of anybody else" if "own" in grant.rest else f"their own {grant.rest}"


def _denied(desk: Desk, grant: Grant) -> None:
    rest = re.sub(r"^(?:the|any)\s+", "", grant.rest)
    statement = (
        f"{upper_first(desk.system)} shall show the {grant.role} no {rest} on any page or in any message."
        if grant.verb in ("see", "view", "read", "look")
        else f"If {desk.people.one(grant.role)} tries to {grant.capability}, then {desk.system} shall refuse and change nothing."
    )
    desk.propose(
        Draft(
            statement=statement,
            plain=f"{upper_first(desk.people.one(grant.role))} cannot {grant.capability}.",
            fit=zero(
                f"cases in which {desk.people.one(grant.role)} can {grant.capability}",
                "cases",
                "every page and message, tried in that role",
            ),
            facts=grant.sentence.facts,
            topic="R1",
            heading="Access",
            priority="must",
        )
    )


def _granted(desk: Desk, grant: Grant) -> None:
    desk.propose(
        Draft(
            statement=f"{upper_first(desk.system)} shall let {desk.people.one(grant.role)} {grant.capability} after signing in.",
            plain=f"{upper_first(desk.people.one(grant.role))} can {grant.capability}.",
            fit=zero(f"attempts by {desk.people.one(grant.role)} to {grant.capability} that are refused", "attempts", ACCEPTANCE),
            facts=grant.sentence.facts,
            topic="R1",
            heading=desk.heading_for(grant.capability, "Access"),
        )
    )


# --- messages, reports, data -------------------------------------------------------------------------------------------------

_BEFORE = re.compile(
    r"^(?:an? |the |one )?([\w -]{3,40}?),? ((?:\w+ ){0,2}?\w+) before(?: (?:the |their |each |every |an? "
    r")?([a-z ]+?))?(?=[,.]|$| to\b| for\b| by\b)",
    re.I,
)
_WHEN = re.compile(r"\b(?:when|if|once|whenever|as soon as|after|every time)\s+(.+)$", re.I)
_NOTICE = re.compile(
    r"\b(text|sms|e-?mail|mail|push message|push notification|notification|message|alert|reminder|letter|warning|alarm|ticket)\b",
    re.I,
)
_OPT_OUT = re.compile(
    r"\b(?:does not|do not|no longer|not) wants? (?:any |the )?([a-z -]+?)(?=[,.]|$| (?:we|they|it|can|must|should|leave|"
    r"gets?)\b)",
    re.I,
)


def from_messages(desk: Desk) -> None:
    """Notifications: what is sent, to whom, when; and who is left in peace."""
    receiver = desk.people.primary
    for sentence in desk.of("R9"):
        if not sentence.english:
            continue
        text = trim(sentence.clean)
        if out := _OPT_OUT.search(text):
            _opted_out(desk, sentence, singular(out[1].strip()), receiver)
        elif (
            (before := _BEFORE.match(text))
            and not re.search(r"\b(?:gets?|receives?|sends?)\b", before[1])
            and (span := amounts(before[2]))
        ):
            _ahead(desk, sentence, before, span[0].spoken, receiver)
        elif (gets := _GETS_BEFORE.match(text)) and (span := amounts(gets["span"])):
            role = desk.people.role_in(gets["who"]) or receiver
            _to_one(desk, sentence, role, re.sub(r"^(?:an?|the) ", "", gets["what"]), span[0].spoken, gets["event"])
        elif (notice := _NOTICE.search(text)) and (when := _WHEN.search(text)) and len(when[1].split()) > 2:
            _on_event(desk, sentence, notice[1].lower(), when[1], receiver)
        elif notice and len({match[0].lower() for match in _NOTICE.finditer(text)}) > 1:
            _channel(desk, sentence, receiver)


_GETS_BEFORE = re.compile(
    r"^(?P<who>[\w ]{3,40}?) (?:gets?|receives?) (?P<what>(?:an? |the )?[a-z-]+(?: [a-z-]+)?) (?P<span>[\w]+ [a-z]+) before "
    r"(?P<event>[^,.]+)",
    re.I,
)


def _to_one(desk: Desk, sentence: Sentence, role: str, message: str, span: str, event: str) -> None:
    event = third_person(event.strip(), desk.people.voice)
    desk.propose(
        Draft(
            statement=f"When {span} remain before {event}, {desk.system} shall send the {role} one {message}.",
            plain=f"The {role} gets one {message} {span} before {event}.",
            fit=Fit(
                measure=f"{plural(message)} sent once and in time",
                op="=",
                value=100,
                unit="%",
                at="all that fall due in one month",
            ),
            facts=sentence.facts,
            topic="R9",
            heading=desk.heading_for(message, "Messages"),
        )
    )


def _opted_out(desk: Desk, sentence: Sentence, message: str, receiver: str) -> None:
    desk.propose(
        Draft(
            statement=f"Where {desk.people.one(receiver)} has declined {plural(message)}, {desk.system} shall send that "
            f"{receiver} no {message}.",
            plain=f"Who does not want {plural(message)} gets none.",
            fit=zero(f"{plural(message)} sent to {plural(receiver)} who declined", plural(message), "every run of one week"),
            facts=sentence.facts,
            topic="R9",
            heading=desk.heading_for(message, "Messages"),
        )
    )


def _ahead(desk: Desk, sentence: Sentence, before: re.Match[str], span: str, receiver: str) -> None:
    message = lower_first(before[1].strip(" ,"))
    event = (before[3] or "").strip() or "start"
    heading = desk.heading_for(message, "Messages")
    desk.propose(
        Draft(
            statement=f"When {span} remain before the {event}, {desk.system} shall send each {receiver} concerned one {message}.",
            plain=f"Every {receiver} concerned gets one {message} {span} before.",
            fit=Fit(
                measure=f"{plural(message)} sent once and in time",
                op="=",
                value=100,
                unit="%",
                at=f"all that fall due in one week, {span} before",
            ),
            facts=sentence.facts,
            topic="R9",
            heading=heading,
        )
    )


def _on_event(desk: Desk, sentence: Sentence, message: str, when: str, receiver: str) -> None:
    role = desk.people.role_in(sentence.clean.replace(when, "")) or receiver
    condition = third_person(core(when)[0], desk.people.voice).strip(" ,.")
    condition = re.sub(r"^they\b", f"the {desk.people.voice.others}", condition)
    message = {"text": "text message", "mail": "e-mail", "sms": "text message"}.get(message, message)
    desk.propose(
        Draft(
            statement=f"When {lower_first(condition, desk.people.voice.names)}, {desk.system} shall send the {role} "
            f"{article(message)}.",
            plain=f"When {condition}, the {role} gets {article(message)}.",
            fit=Fit(
                measure=f"{plural(message)} sent once for each such event",
                op="=",
                value=100,
                unit="%",
                at="all events of one week",
            ),
            facts=sentence.facts,
            topic="R9",
            heading=desk.heading_for(sentence.clean, "Messages"),
        )
    )


def _channel(desk: Desk, sentence: Sentence, receiver: str) -> None:
    channels = list(dict.fromkeys(match[1].lower() for match in _NOTICE.finditer(sentence.clean)))
    names = {"text": "text message", "sms": "text message", "mail": "e-mail", "email": "e-mail"}
    channels = list(dict.fromkeys(names.get(channel, channel) for channel in channels))
    desk.propose(
        Draft(
            statement=f"{upper_first(desk.system)} shall send each {receiver} messages by {joined(channels, 'or')}, "
            f"whichever the {receiver} has chosen.",
            plain=f"{upper_first(plural(receiver))} choose how they get messages: {joined(channels, 'or')}.",
            fit=zero("messages sent over a channel that was not chosen", "messages", "all messages of one week"),
            facts=sentence.facts,
            topic="R9",
            heading="Messages"
            if not any(_MESSAGE_WORDS.search(part.words) for part in desk.parts)
            else next(part.name for part in desk.parts if _MESSAGE_WORDS.search(part.words)),
        )
    )


_PERIODS = {
    "day": r"\b(?:daily|each day|every day|a day|per day|every morning|every evening)\b",
    "week": r"\b(?:weekly|each week|every week|a week|per week|on mondays?|on fridays?)\b",
    "month": r"\b(?:monthly|each month|every month|a month|per month)\b",
    "year": r"\b(?:yearly|annual\w*|each year|every year)\b",
    "quarter": r"\b(?:quarterly|each quarter|every quarter)\b",
}


def from_reports(desk: Desk) -> None:
    """Regular figures: how often, for whom, which."""
    told = [s for s in desk.of("R10") if s.english and not is_comment(s)]
    heading = next((part.name for part in desk.parts if _REPORT_WORDS.search(part.words)), "Reports")
    for sentence in told:
        period = next((name for name, pattern in _PERIODS.items() if re.search(pattern, sentence.clean, re.I)), "")
        if not period or not re.search(
            r":|\b(?:reports?|lists?|numbers?|figures?|counts?|overview|wants?|sends?|gets?|sheet|excel|page|e-?mail)\b",
            sentence.clean,
            re.I,
        ):
            continue
        listed = items(sentence.clean.split(":", 1)[1]) if ":" in sentence.clean else []
        role = (
            desk.people.role_in(sentence.clean)
            or desk.people.role_in(" ".join(s.clean for s in told))
            or (desk.people.owner if desk.people.owner in desk.people.roles else desk.people.primary)
        )
        sheet = "spreadsheet" if re.search(r"\b(?:excel|csv|spreadsheet)\b", " ".join(s.clean for s in told), re.I) else "report"
        each = next((match for s in told if (match := re.match(r"(?:and )?per ([a-z]+)\b", s.clean, re.I))), None)
        detail = (
            f" with one number per {each[1]} for each of {len(listed)} counts"
            if listed and each and each[1] not in _PERIODS
            else ""
        )
        detail = detail or (f" with {len(listed)} counts" if len(listed) > 1 else " of the agreed counts")
        facts = tuple(dict.fromkeys(fact for s in told for fact in s.facts))
        desk.propose(
            Draft(
                statement=f"When a {period} ends, {desk.system} shall give the {role} a {sheet}{detail}.",
                plain=f"Once a {period} the {role} gets "
                f"{'these numbers: ' + joined(listed) if listed else 'the agreed numbers as a ' + sheet}.",
                fit=zero("counts that differ from a count by hand", "counts", f"one {period} of real work"),
                facts=facts,
                topic="R10",
                heading=heading,
            )
        )


_DELIVERS = re.compile(
    r"\b(?:writes?|sends?|exports?|delivers?|gives?|provides?|uploads?|drops?|pushes|comes?|arrives?|import|read|load|get|"
    r"take)\b",
    re.I,
)
_CARRIER = re.compile(r"\b(file|feed|list|export|message|record|reading|measurement|order|data)s?\b", re.I)


def from_interfaces(desk: Desk) -> None:
    """What comes in from neighbouring systems, and what holds when it does not come."""
    for sentence in desk.of("R7", "R6"):
        carrier = _CARRIER.search(sentence.clean)
        if not sentence.english or is_comment(sentence) or not carrier or not _DELIVERS.search(sentence.clean):
            continue
        neighbour = _neighbour(desk, sentence)
        noun = carrier[1].lower()
        noun = "delivery of data" if noun == "data" else noun
        source = f" from {neighbour}" if neighbour else ""
        heading = "Data exchange"
        every = next(
            (amount for amount in amounts(sentence.clean) if re.search(r"\b(?:every|each)\s+$", sentence.clean[: amount.start])),
            None,
        )
        taken = desk.propose(
            Draft(
                statement=f"When {article(noun)}{source} arrives, {desk.system} shall take in every complete record and list "
                "every record it rejects.",
                plain=f"Each {noun}{source} is taken in; what is damaged is listed, not lost.",
                fit=zero(
                    "records neither taken in nor listed as rejected",
                    "records",
                    f"ten {plural(noun) if noun != 'delivery of data' else 'deliveries'} with known content",
                ),
                facts=sentence.facts,
                topic="R7",
                heading=heading,
            )
        )
        if taken:
            _silence(desk, sentence, noun, source, every.value * 3 if every else 24.0, every.unit if every else "h")


def _silence(desk: Desk, sentence: Sentence, noun: str, source: str, value: float, unit: str) -> None:
    span = f"{number(value)} {unit_word(unit, value)}"
    assumed = desk.assume(
        f"No new {noun}{source} for {span} counts as a failure of the delivery.",
        basis=sentence.facts,
        if_wrong="Too short: false alarms. Too long: people work with old data and do not know it.",
        test="Watch the deliveries for two weeks.",
    )
    desk.propose(
        Draft(
            statement=f"If no {noun}{source} has arrived for {span}, then {desk.system} shall show on every page how old its "
            "data is.",
            plain=f"When nothing new has come{source} for {span}, people see how old the data is.",
            fit=zero(f"pages without the age of the data after {span}", "pages", f"{noun} withheld on purpose"),
            facts=sentence.facts,
            topic="R7",
            heading="Data exchange",
            assumptions=(assumed,),
        )
    )


_NO_GIVER = frozenset(["it", "that", "this", "they", "we", "i", "nothing", "somebody", "everything", "one", "there", "what"])


def _neighbour(desk: Desk, sentence: Sentence) -> str:
    """The outside system a sentence speaks of: a name in it or, for "it", the name used most in the answers about systems."""
    giver = re.match(
        r"^(?:the |our |their )?([A-Za-z]+(?: [a-z]+){0,2}?) (?:writes?|drops?|sends?|exports?|delivers?|gives|provides?|"
        r"pushes|uploads?|comes)\b",
        sentence.clean,
    )
    if giver and giver[1].lower().removeprefix("the ") not in _NO_GIVER:
        name = re.sub(r"^(?:the|our|their) ", "", giver[1], flags=re.I)
        known_name = name in desk.terms or name.isupper()
        return name if known_name else f"{'the ' if re.match(r'(?:the|our|their) ', sentence.clean, re.I) else ''}{name.lower()}"
    if not re.match(r"^(?:it|that)\b", sentence.clean, re.I):
        return ""
    known = [
        term
        for term in desk.terms
        if term[:1].isupper() and term != desk.vision.system and term not in desk.people.names and not term.isdigit()
    ]
    here = [term for term in known if re.search(rf"\b{re.escape(term)}\b", sentence.clean)]
    if here:
        return here[0]
    counted = {
        term: sum(
            bool(re.search(rf"\b{re.escape(term)}\b", s.clean))
            for s in desk.everything
            if s.topic in ("V1", "V4", "R7", "A5", "R3", "A1")
        )
        for term in known
    }
    best = max(counted, key=lambda term: counted[term], default="")
    return best if best and counted[best] > 1 else ""


_DELETE = re.compile(
    r"^(?P<what>.+?)\s+(?:go|goes|get deleted|gets deleted|are deleted|is deleted|must be deleted|have to go|has to go|"
    r"deleted|are kept|is kept|kept|stay|stays)\s+(?P<how>after|for|until after)\s+",
    re.I,
)
_KEPT_BY_US = re.compile(
    r"^(?:the |all |every )?(?P<what>[a-z][a-z -]*?) (?:we|they|I) (?:keep|store) (?P<how>for|at least) ", re.I
)
_THEN_AWAY = re.compile(r"^(?:the |all )?(?P<what>[A-Za-z][a-z -]*?) (?P<how>for) [\w ]+?(?:,| then\b| only\b|$)", re.I)
_KEEP = re.compile(
    r"\b(?:keep|delete|store|retain|archive|remove)s?\s+(?:all |the |old |every )?(?!for\b|after\b|it\b|"
    r"them\b)(?P<what>[a-z][a-z -]*?)\s+(?P<how>after|for|until after|at least)\s+",
    re.I,
)
_AUDIT = re.compile(
    r"\bwho (?:looked|has looked|saw|has seen|read|changed|did|touched|opened|approved|accessed)\b|\baudit (?:trail|log)\b", re.I
)
_FREE_TEXT = re.compile(r"\bno free[- ]text\b", re.I)


def from_privacy(desk: Desk) -> None:
    """Retention, traces of access, and what must not be entered."""
    for sentence in desk.of("R15", "R14", "R16"):
        if not sentence.english:
            continue
        for clause in re.split(r",\s+(?:and\s+)?|\s+and\s+(?=(?:old|all|every|the)\b)", trim(sentence.clean)):
            _retention(desk, sentence, clause)
        if _AUDIT.search(sentence.clean):
            _audit(desk, sentence)
        if _FREE_TEXT.search(sentence.clean):
            _no_free_text(desk, sentence)


def _retention(desk: Desk, sentence: Sentence, clause: str) -> None:
    found = _KEPT_BY_US.match(clause) or _DELETE.match(clause) or _KEEP.search(clause) or _THEN_AWAY.match(clause)
    span = next((amount for amount in amounts(clause) if amount.unit in ("days", "weeks", "months", "years")), None)
    if not found or not span:
        return
    what = re.sub(r"^(?:the|all|old|every|our|any)\s+", "", third_person(lower_first(found["what"].strip()), desk.people.voice))
    what = singular(re.sub(r"^(?:the|all|old|every|keep|delete)\s+", "", what))
    if len(what.split()) > 4 or not re.fullmatch(r"[a-z][a-z -]*", what):
        return
    keep = found["how"].lower() in ("for", "at least")
    person = singular(what.split()[-1]) in PERSONS
    since = f"the last entry about {article(what)}" if person else f"the date of {article(what)}"
    then = f"delete {'every entry about ' if person else ''}the {what} on the following night{' and not before' if keep else ''}"
    desk.propose(
        Draft(
            statement=f"When {span.spoken} have passed since {since}, {desk.system} shall {then}.",
            plain=f"{upper_first(article(what))} is deleted {span.spoken} after its date{', not earlier' if keep else ''}.",
            fit=zero(f"{plural(what)} older than {span.spoken} and 1 day", plural(what.split()[-1]), "after the nightly run"),
            facts=desk.facts_in(sentence, clause),
            topic="R15",
            heading="Protect and delete",
            priority="must",
        )
    )


def _audit(desk: Desk, sentence: Sentence) -> None:
    changed = re.search(r"\b(?:changed|did|approved)\b", sentence.clean)
    subjects = (
        "patient",
        "customer",
        "client",
        "player",
        "member",
        "guest",
        "student",
        "applicant",
        "resident",
        "citizen",
        "tenant",
    )
    whose = f"data of {article(desk.people.primary)}" if desk.people.primary in subjects else "personal data"
    action = "changes a record" if changed else f"opens {whose}"
    desk.propose(
        Draft(
            statement=f"When a person {action}, {desk.system} shall record the person, the action, the record concerned and "
            "the time.",
            plain="Every look at the data leaves a trace: who, what and when."
            if not changed
            else "Every change leaves a trace: who, what and when.",
            fit=zero("actions without such a record", "actions", "every role, every kind of record"),
            facts=sentence.facts,
            topic="R15",
            heading="Protect and delete",
            priority="must",
        )
    )


def _no_free_text(desk: Desk, sentence: Sentence) -> None:
    desk.propose(
        Draft(
            statement=f"{upper_first(desk.system)} shall offer {desk.people.one(desk.people.primary)} no field for free text "
            "on any page.",
            plain="Nobody can write free text; there are only lists and fields with a fixed form.",
            fit=zero("fields that accept free text", "fields", f"all pages {desk.people.one(desk.people.primary)} sees"),
            facts=sentence.facts,
            topic="R15",
            heading="Protect and delete",
            priority="must",
        )
    )


def from_stated_duties(desk: Desk) -> None:
    """Sentences that already say "it must ...": taken as they are when they pass the checks."""
    for sentence in desk.of("V6", "R2", "R5", "R6", "R8", "R10", "R16", "R19", "A15", "V1"):
        text = trim(core(trim(sentence.clean))[0])
        found = re.match(
            r"^(?:it|the (?:system|app|tool|page|site|software|thing|device|new thing|platform|game|gateway|shop))\s+(?:must|"
            r"has to|needs to|should|shall)\s+(not\s+)?([a-z]+)\b(.*)$",
            text,
            re.I,
        )
        if not found or not sentence.english or base_of(found[2]) != found[2].lower() or found[2].lower() in ("be", "have"):
            continue
        # "stop the loan, not only warn": what it does not stop at is contrast, and no second duty.
        tail = re.sub(r",? not (?:only|just|merely) .*$", "", found[3], flags=re.I)
        rest = third_person(found[2].lower() + tail, desk.people.voice).strip(" ,.")
        negated = "not " if found[1] else ""
        desk.propose(
            Draft(
                statement=f"{upper_first(desk.system)} shall {negated}{rest} in every case.",
                plain=f"{upper_first(desk.system)} "
                f"{'does not ' + rest if negated else third(found[2].lower()) + rest[len(found[2]) :]}.",
                fit=zero("cases in which this does not hold", "cases", ACCEPTANCE),
                facts=sentence.facts,
                topic=sentence.topic,
                heading=desk.heading_for(text, desk.parts[0].name if desk.parts else "Main work"),
            )
        )
