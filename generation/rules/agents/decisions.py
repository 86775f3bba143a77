"""The forks of the road: one decision record each, with what was said, the options, and what the choice costs.

Only forks that exist are recorded: how the system is cut, who owns the data where a neighbour stands beside it, how people
sign in, how messages leave, where it runs. A decision on which nobody said anything is "proposed"; the others rest on answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from generation.rules.agents.blocks import Plan
from generation.rules.agents.language import joined, lower_first
from generation.rules.agents.neighbours import Neighbour
from generation.rules.agents.phrases import alike, clip, counted, kebab, the
from generation.rules.agents.said import cite, cited, is_settled, quoted, raw, text_on
from generation.rules.content import Adr, ArchitectureInput, Constraint, Option, Requirement
from generation.rules.ears import PLACEHOLDER

_BOUGHT = re.compile(
    r"\b(?:portal|product|software|saas|subscription|licen[cs]e|app|tool|package|spreadsheet|excel|provider|vendor|suite)\b", re.I
)
_TEAM = re.compile(
    (
        r"\b(?:developers?|people|team|engineers?|programmers?|one person|volunteers?|freelanc\w+|"
        r"students?|python|java|php|linux|django)\b"
    ),
    re.I,
)
"""Words of a constraint that bears on how the system is cut."""
_PARTS = re.compile(r"\b(?:microservices?|separate services|serverless|event[- ]driven)\b", re.I)
_NEGATED = re.compile(r"\b(?:no|not|never|without|don't|won't|isn't|can't|nothing)\b[^.;]{0,40}$", re.I)
_PLACES = re.compile(
    r"\b(Germany|Austria|Switzerland|France|Spain|Italy|the Netherlands|Belgium|Poland|Denmark|"
    r"Sweden|Norway|Finland|Ireland|the UK|Britain|"
    r"the EU|Europe|Canada|Japan|India|Australia|Brazil|the US|the USA)\b"
)


@dataclass(frozen=True)
class Fork:
    """What every decision is made from."""

    given: ArchitectureInput
    plan: Plan
    beside: list[Neighbour]
    channels: list[str]

    @property
    def system(self) -> str:
        """The system in the middle of a sentence."""
        return the(self.given.vision.system)

    def requirements(self, *prefixes: str) -> list[Requirement]:
        return [r for r in self.given.requirements.requirements if r.id.split("-")[1] in prefixes]

    def carried_by(self, *components: str) -> list[Requirement]:
        return [r for r in self.given.requirements.requirements if set(components) & set(self.plan.carried.get(r.id, []))]

    def constraints(self, *topics: str) -> list[Constraint]:
        """Constraints that rest on a fact of one of these topics."""
        on = {str(f["id"]) for f in self.given.evidence.live(*topics)}
        return [c for c in self.given.vision.constraints if on & set(c.facts)]

    def said(self, *topics: str, most: int = 3) -> str:
        """The first facts on these topics, in the words they were said in."""
        facts = [fact for fact in self.given.evidence.live(*topics) if not PLACEHOLDER.search(str(fact["quote"]))]
        return joined([quoted(fact) for fact in facts[:most]])

    def hardest(self) -> Requirement:
        """What everything hangs on: the requirement behind the first invariant, else the first unwanted must, else the first."""
        every = self.given.requirements.requirements
        for invariant in self.given.vision.anchor.invariants:
            resting = [r for r in every if any(e.fact == invariant.fact for e in r.evidence)]
            if resting:
                return max(resting, key=lambda r: (r.ears == "unwanted", alike(invariant.quote, f"{r.statement} {r.plain}")))
        musts = [r for r in every if r.priority == "must" and r.kind == "functional"] or every
        return next((r for r in musts if r.ears == "unwanted"), musts[0])


def decisions(fork: Fork) -> list[Adr]:
    """Three to five records, numbered in the order they are taken."""
    takers: list[Callable[[Fork], Adr | None]] = [_cut, _ownership, _identity, _sending, _hosting]
    taken = [adr for taker in takers if (adr := taker(fork))]
    everything = fork.given.requirements.requirements
    homeless = [r.id for r in everything if r.kind == "quality" and not any(r.id in adr.requirements for adr in taken)]
    numbered = []
    for number, adr in enumerate(taken, 1):
        own = list(dict.fromkeys([*adr.requirements, *(homeless if number == 1 else [])])) or [fork.hardest().id]
        own = [r.id for r in everything if r.id in own]
        confirmed = adr.model_copy(update={"id": f"ADR-{number:04}", "requirements": own})
        numbered.append(confirmed.model_copy(update={"confirmation": _confirmation(confirmed, fork)}))
    return numbered


def _confirmation(adr: Adr, fork: Fork) -> str:
    """The tests of what the decision carries, at most five, the hardest requirement's first."""
    first = [fork.hardest().id] if fork.hardest().id in adr.requirements else []
    wanted = [*first, *(r for r in adr.requirements if r not in first)]
    tests = [t for req in wanted for t in fork.given.tests.tests if any(c.req == req for c in t.covers)]
    named = list(dict.fromkeys(f"{t.id} ({t.title.rstrip('.')})" for t in tests))[:5]
    return (
        f"{joined(named)}."
        if named
        else f"No test covers {joined(adr.requirements[:3])} yet; a review of the running system has to."
    )


def _adr(
    title: str,
    *,
    slug: str,
    settled: bool,
    context: list[str],
    drivers: list[str],
    options: list[Option],
    because: str,
    good: list[str],
    bad: list[str],
    requirements: list[Requirement],
    more: str,
) -> Adr:
    return Adr(
        id="ADR-0000",
        slug=slug,
        title=title,
        status="accepted" if settled else "proposed",
        context=" ".join(part for part in context if part),
        drivers=drivers,
        options=options,
        chosen=options[0].name,
        because=because,
        consequences_good=good,
        consequences_bad=bad,
        confirmation="",
        requirements=[r.id for r in requirements],
        more=more,
    )


def _driver(requirement: Requirement) -> str:
    fit = requirement.fit
    return f"{requirement.id}: {lower_first(fit.measure)}, {_op(requirement)} {counted(fit.value, fit.unit)}"


def _op(requirement: Requirement) -> str:
    return {"<=": "at most", ">=": "at least", "=": "exactly", "<": "below"}[requirement.fit.op]


def _limits(fork: Fork, *topics: str) -> list[str]:
    return [
        f"{c.id}: {lower_first(c.text.rstrip('.'), frozenset({fork.given.vision.system.split()[0]}))}"
        for c in fork.constraints(*topics)
    ]


def _sentences(fork: Fork, *topics: str) -> list[str]:
    """The constraints on these topics as sentences with their sources."""
    return [cited(c.text, cite(fork.given.evidence, c.facts)) for c in fork.constraints(*topics)][:4]


def _nobody(topic: str) -> str:
    return f"Nobody has said anything about {topic}, so this is a proposal until the owner has seen it."


# --- how the system is cut -----------------------------------------------------------------------------------------------


def _cut(fork: Fork) -> Adr:
    evidence = fork.given.evidence
    capabilities = [b.name for b in fork.plan.blocks if b.layer == 3]
    hardest = fork.hardest()
    team = [c for c in fork.constraints("V7", "A3", "A4", "R18") if _TEAM.search(c.text)]
    asked = text_on(evidence, "A3", "A4")
    named = [lower_first(n) for n in capabilities[:3]]
    one = Option(
        name="One application with one database",
        good=[f"{hardest.id} can be kept in one transaction, in one place", "one person can read and run the whole"],
        bad=[
            (
                "the parts share one process and can grow together; the allowed calls in section 5 of the "
                "architecture have to be checked in the build"
            )
        ],
    )
    parts = Option(
        name=f"Separate services for {joined(named)}"
        if len(named) > 1
        else "Separate services for screens, rules and timed work",
        good=[f"a fault in {named[-1]} would not stop {named[0]}" if len(named) > 1 else "each part can be released alone"],
        bad=[
            f"{hardest.id} would need agreement between services that can fail apart",
            "several deployments have to be watched instead of one",
        ],
    )
    bought, why_not = _bought(fork)
    options = [one, parts, *([bought] if bought else [])]
    split = _PARTS.search(asked)
    if split and not _NEGATED.search(asked[: split.start()]):
        options = [parts, one, *options[2:]]
    chosen = options[0]
    whole = chosen is one
    return _adr(
        f"{chosen.name} for {fork.system}" if whole else f"{chosen.name}",
        slug="one-application" if whole else "separate-services",
        settled=bool(team) or is_settled(evidence, "A3"),
        context=[
            *_sentences(fork, "V7", "A3", "A4", "A14"),
            f"Alternatives were named: {why_not}." if why_not else "",
            "" if team or is_settled(evidence, "A3") else _nobody("how the system should be cut"),
            f"{hardest.id} must hold whatever happens: {lower_first(hardest.plain)}",
            "How is the system cut?",
        ],
        drivers=[
            _driver(hardest),
            *_limits(fork, "V7", "A4", "A14")[:3],
            *[_driver(r) for r in fork.requirements("MNT", "PER")[:2]],
        ],
        options=options,
        because=f"{hardest.id} then rests on one place that decides, and there is one thing to release, watch and restore"
        if whole
        else f"it was asked for: {fork.said('A3', 'A4', most=1)}",
        good=[f"{hardest.id} holds even when two processes race", "one backup restores everything to the same moment"]
        if whole
        else ["each service can be released on its own"],
        bad=["a release stops everything for a moment, and a fault in one part can take the others with it"]
        if whole
        else [f"{hardest.id} has to be kept across services; that is more work, and a test must show it under failure"],
        requirements=[hardest, *fork.requirements("PER", "CAP", "AVA", "REL", "MNT", "SAF", "POR")],
        more="Revisit when a second team joins or one part needs to grow alone.",
    )


def _bought(fork: Fork) -> tuple[Option | None, str]:
    """The product that was weighed and refused, if somebody named one, with the words of refusal."""
    facts = [
        f
        for f in fork.given.evidence.live("V4", "A12")
        if f["origin"] == "user" and _BOUGHT.search(f"{f['subject']} {f['quote']}")
    ]
    if not facts:
        return None, ""
    words = joined([quoted(f) for f in facts[:2]])
    named = next((m[0].lower() for f in facts if (m := _BOUGHT.search(f"{f['subject']} {f['quote']}"))), "product")
    return Option(
        name=f"The {named} that was weighed", good=["nothing has to be built"], bad=[f"the owner has weighed it: {words}"]
    ), words


# --- who owns the data ---------------------------------------------------------------------------------------------------


def _ownership(fork: Fork) -> Adr | None:
    if not fork.beside:
        return None
    neighbour = fork.beside[0]
    name = neighbour.name
    asked = text_on(fork.given.evidence, "A5", "R7")
    own = text_on(fork.given.evidence, "A5")
    divided = re.search(r"\b(?:belongs? to (?:the new|us|ours)|are ours|is ours|ours\b)", own, re.I)
    writes = re.search(rf"\b(?:write|push|post|send|book)s?\b[^.]{{0,30}}\b(?:in|into|to) {re.escape(name)}", asked, re.I)
    leads = Option(
        name=f"{name} is right; {fork.system} keeps a copy and never changes what {name} owns",
        good=["each record has one owner, so two sides can never disagree for long"],
        bad=[f"{fork.system} is only as fresh as the last exchange with {name}"],
    )
    split = Option(
        name=f"Divide: what is marked as ours belongs to {fork.system}, all the rest to {name}",
        good=["no record has two sellers, whatever the delay of the exchange"],
        bad=[f"somebody or something has to carry our results back to {name}"],
    )
    both = Option(
        name=f"Both sides write, and {fork.system} reconciles",
        good=["nobody has to carry anything across by hand"],
        bad=[
            f"between two exchanges both sides can change the same record, and nobody knows yet what {name} takes in"
            if not writes
            else "between two exchanges both sides can change the same record"
        ],
    )
    replace = Option(
        name=f"{fork.given.vision.system} takes the data over from {name}",
        good=["there is only one place to look"],
        bad=[f"everybody who works in {name} today has to change, and {name} has to be switched off on a date"],
    )
    options = [split, both, replace] if divided else [leads, both, replace]
    settled = is_settled(fork.given.evidence, "A5")
    touched = fork.carried_by(*(b.id for b in fork.plan.blocks if b.layer == 2))
    return _adr(
        f"The data is shared out between {name} and {fork.system}"
        if divided
        else f"The data stays with {name}; {fork.system} keeps a copy",
        slug=f"data-and-{kebab(name, 'neighbour')}",
        settled=settled,
        context=[
            f"{name} stands beside {fork.system} [{', '.join(neighbour.sources)}]."
            if neighbour.sources
            else f"{name} stands beside {fork.system}.",
            f"On who is right, the owner said {fork.said('A5', most=2)}."
            if settled
            else _nobody(f"who is right when {name} and {fork.system} differ"),
            f"On the exchange: {fork.said('R7', most=2)}."
            if is_settled(fork.given.evidence, "R7")
            else "How the exchange works is not known yet.",
            "How do both systems share the data?",
        ],
        drivers=[*[_driver(r) for r in touched[:3]], *_limits(fork, "A5", "R7", "V7")[:2]] or [_driver(fork.hardest())],
        options=options,
        because="it is safe with what is known today, and it is what the owner described"
        if settled
        else "it is safe with what is known today",
        good=[f"nothing in {name} has to change", "it is always clear which side to correct"],
        bad=[
            options[0].bad[0],
            f"when {name} is silent, {fork.system} has to stop whatever would need a fresh answer",
        ],
        requirements=touched,
        more=f"Revisit when it is known what {name} can take in.",
    )


# --- how people sign in --------------------------------------------------------------------------------------------------


def _identity(fork: Fork) -> Adr:
    asked = text_on(fork.given.evidence, "A7")
    ways = _ways_in(asked)
    settled = is_settled(fork.given.evidence, "A7") and bool(ways)
    known = {
        "code": Option(
            name="A code sent each time, no password",
            good=["there is nothing to remember and nothing to steal from a list of passwords"],
            bad=["each sign-in depends on a message that arrives, and each message costs money"],
        ),
        "sso": Option(
            name="The organisation's own sign-in",
            good=["people who leave lose their access in one place"],
            bad=["nobody outside the organisation can sign in, and our door is closed when theirs is"],
        ),
        "personal": Option(
            name="Personal accounts with a password and a second factor",
            good=["every act has a name behind it"],
            bad=["passwords are forgotten, and every reset is work for somebody"],
        ),
        "badge": Option(
            name="A badge or PIN at the device",
            good=["it takes a second and works with gloves on"],
            bad=["a badge can be lent, so the name behind an act is less sure"],
        ),
        "shared": Option(
            name="One shared account per place", good=["nobody has to be set up"], bad=["nobody can say afterwards who did what"]
        ),
    }
    order = [*ways, *(way for way in ("personal", "sso", "shared", "code") if way not in ways)]
    options = [known[way] for way in order[:3]]
    roles = fork.plan.screens
    guarded = [
        r
        for r in fork.carried_by("CMP-access")
        if r.id.startswith("NFR-SEC") or re.search(r"sign|session|code|password|another|role|own", r.statement)
    ]
    rest = (
        f"; {lower_first(joined([known[w].name for w in ways[1:]]))} stay for those whom the answers name"
        if len(ways) > 1
        else ""
    )
    return _adr(
        options[0].name,
        slug=kebab(clip(options[0].name, 4)),
        settled=settled,
        context=[
            f"People work with {fork.system} as {joined(list(roles))}.",
            f"On signing in, the owner said {fork.said('A7', most=3)}."
            if is_settled(fork.given.evidence, "A7")
            else _nobody("how people sign in"),
            f"On rights: {fork.said('R1', most=2)}." if is_settled(fork.given.evidence, "R1") else "",
            "How does the system know who is there?",
        ],
        drivers=[_driver(r) for r in (guarded or fork.requirements("SEC", "PRI", "USA") or [fork.hardest()])[:4]],
        options=options,
        because=f"it is what was asked for{rest}".rstrip(".")
        if settled
        else "every act then has a name behind it, and it can be replaced by the organisation's sign-in later",
        good=[options[0].good[0]],
        bad=[options[0].bad[0]],
        requirements=[*guarded, *fork.requirements("SEC")],
        more="Revisit when whoever answers for security has read it.",
    )


def _ways_in(asked: str) -> list[str]:
    """The ways of signing in that were asked for, in the order of the text; refused ones are left out."""
    patterns = {
        "code": r"\bcodes?\b|magic link|one-time|by text\b|by sms\b",
        "sso": (
            r"single sign-?on|\bsso\b|\bentra\b|active directory|\bldap\b|azure ad|google account|microsoft "
            r"account|\bokta\b|hospital account|company account"
        ),
        "badge": r"\bbadges?\b|\bpins?\b|\brfid\b|key ?card|smart ?card|fingerprint",
        "personal": (
            r"\b(?:own|personal|individual) (?:name|account|login|user)|log(?:s)? in with|passwords?\b|"
            r"\baccounts?\b|two[- ]factor|second factor"
        ),
    }
    found: list[tuple[int, str]] = []
    for way, pattern in patterns.items():
        for match in re.finditer(pattern, asked, re.I):
            if not _NEGATED.search(asked[max(0, match.start() - 40) : match.start()]):
                found.append((match.start(), way))
                break
    return [way for _, way in sorted(found)]


# --- how messages leave --------------------------------------------------------------------------------------------------


def _sending(fork: Fork) -> Adr | None:
    if not fork.channels:
        return None
    sent = fork.carried_by("CMP-messages")
    by = joined(fork.channels, "or")
    ceiling = fork.constraints("A14")
    act = Option(
        name=f"{by[:1].upper() + by[1:]} only where somebody has to act; everything else stays on the page",
        good=[
            "each message asks for something, so people keep reading them",
            "it is the fewest messages that keep the requirements",
        ],
        bad=["who closes the page has nothing in writing"],
    )
    every = Option(
        name="A message for every event",
        good=["it is what people know from shops"],
        bad=[
            f"more messages, and each one counts against {ceiling[0].id}"
            if ceiling
            else "more messages than anybody reads, and each one is paid for"
        ],
    )
    page = Option(
        name="No messages; people look at the page",
        good=["nothing can get lost on the way and nothing costs money"],
        bad=[f"{sent[0].id} could not be kept" if sent else "nobody is told when something changes"],
    )
    settled = is_settled(fork.given.evidence, "R9")
    return _adr(
        f"{by[:1].upper() + by[1:]} only where somebody has to act",
        slug="messages-only-where-needed",
        settled=settled,
        context=[
            f"On messages, the owner said {fork.said('R9', most=3)}." if settled else _nobody("when messages go out"),
            *_sentences(fork, "A14"),
            "Which events send a message, and over which channel?",
        ],
        drivers=[*[_driver(r) for r in sent[:3]], *_limits(fork, "A14")[:1]] or [_driver(fork.hardest())],
        options=[act, every, page],
        because="it keeps every requirement on messages with the fewest messages",
        good=["the number of messages follows from the requirements and can be counted beforehand"],
        bad=["who closes the page has nothing in writing, and a message that does not arrive must be noticed some other way"],
        requirements=sent,
        more="Revisit when offers with prices for messages are on the table.",
    )


# --- where it runs -------------------------------------------------------------------------------------------------------


def _hosting(fork: Fork) -> Adr:
    evidence = fork.given.evidence
    asked = text_on(evidence, "A8", "R15")
    place = next((m[1] for m in _PLACES.finditer(asked)), "")
    where = f" in {place}" if place else ""
    rented = Option(
        name=f"Rented servers{where}",
        good=["whoever looks after it can reach and restore it with ordinary tools", "the price is known beforehand"],
        bad=["updates, backups and alarms are our own work"],
    )
    cloud = Option(
        name=f"A managed cloud platform{where}",
        good=["backups, updates and certificates come with it"],
        bad=["the bill follows use, and moving away later is work"],
    )
    house = Option(
        name="Our own premises",
        good=["the data never leaves the house"],
        bad=["power, network and locks become our work, also at night"],
    )
    options = [rented, cloud, house]
    patterns = (
        (
            house,
            (
                r"on[- ]prem|in[- ]house|own (?:server|data cent|rack|premises)|our (?:server|cellar|data "
                r"cent|network|rack)|hospital network|on site"
            ),
        ),
        (cloud, r"\b(?:cloud|azure|aws|gcp|google cloud|kubernetes|managed|heroku|fly\.io)\b"),
        (rented, r"\bserver in\b|rented|hosted|hosting|hetzner|data cent(?:re|er)"),
    )
    said = text_on(evidence, "A8")
    for option, pattern in patterns:
        match = re.search(pattern, said, re.I)
        if match and not _NEGATED.search(said[max(0, match.start() - 40) : match.start()]):
            options = [option, *(o for o in options if o is not option)]
            break
    settled = is_settled(evidence, "A8")
    kept = [*fork.requirements("PRI", "AVA")]
    refused = re.search(r"not in our \w+|not on site|no cloud|not in the cloud", said, re.I)
    return _adr(
        options[0].name,
        slug=kebab(clip(options[0].name, 4)),
        settled=settled,
        context=[
            f"On hosting, the owner said {fork.said('A8', most=3)}." if settled else _nobody("where it runs"),
            f"On the data: {fork.said('R15', most=2)}." if is_settled(evidence, "R15") else "",
            f"On operation: {fork.said('A9', most=2)}." if is_settled(evidence, "A9") else "",
            "Where does it run, and who keeps it running?",
        ],
        drivers=[*[_driver(r) for r in kept[:3]], *_limits(fork, "A8", "R15", "A14")[:2]] or [_driver(fork.hardest())],
        options=options,
        because=("it is what was asked for" + (f", {raw(refused[0])} included" if refused else ""))
        if settled
        else "it is the simplest place that one person can look after, and it can be left again",
        good=[f"all data lies{where or ' in one known place'}, and the contract says so"],
        bad=[options[0].bad[0]],
        requirements=kept,
        more="Revisit when two written offers are on the table.",
    )
