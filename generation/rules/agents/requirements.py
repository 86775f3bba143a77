"""The rule-based agent of the step "requirements"."""

from __future__ import annotations

from generation.rules import ears
from generation.rules.agents import behaviours
from generation.rules.agents.drafting import Desk, Draft, number_them, zero
from generation.rules.agents.gaps import note_gaps
from generation.rules.agents.language import article, upper_first
from generation.rules.agents.people import cast
from generation.rules.agents.qualities import from_qualities
from generation.rules.agents.scope import capabilities
from generation.rules.agents.sentences import sentences
from generation.rules.content import RequirementsInput, RequirementsPart


def write_requirements(given: RequirementsInput) -> RequirementsPart:
    """Decides the requirements part by rules alone: what was said becomes a requirement, what was not a gap with an owner."""
    everything = sentences(given.evidence)
    desk = Desk(given.evidence, given.vision, everything, cast(given.evidence), capabilities(everything))
    behaviours.from_scope(desk)
    behaviours.from_journeys(desk)
    behaviours.from_permissions(desk)
    behaviours.from_rules(desk)
    behaviours.from_prohibitions(desk)
    behaviours.from_failures(desk)
    behaviours.from_messages(desk)
    behaviours.from_reports(desk)
    behaviours.from_interfaces(desk)
    behaviours.from_privacy(desk)
    behaviours.from_stated_duties(desk)
    from_qualities(desk)
    if not desk.drafts:
        _one_at_least(desk)
    note_gaps(desk)
    return RequirementsPart(requirements=number_them(desk), assumptions=desk.assumptions, open_questions=desk.questions)


def _one_at_least(desk: Desk) -> None:
    """When nothing could be taken from the answers: the main purpose as one requirement, marked as an assumption."""
    role = desk.people.primary if not ears.smells(desk.people.primary) else "person"
    assumed = desk.assume(
        f"The {desk.vision.system} has one main task, and one kind of user does it alone.",
        basis=(),
        if_wrong="The wrong thing is built.",
        test="Ask the owner to describe one use from beginning to end.",
        risk="high",
    )
    desk.propose(
        Draft(
            statement=f"When {article(role)} starts the main task, {desk.system} shall lead that person to its end without "
            "outside help.",
            plain=f"{upper_first(article(role))} finishes the main task without help.",
            fit=zero("attempts at the main task that end without a result", "attempts", "ten attempts in the acceptance run"),
            facts=tuple(fact for sentence in desk.everything for fact in sentence.facts)[:3],
            topic="V6",
            heading="Main work",
            assumptions=(assumed,),
            rationale="The answers name no behaviour yet; this one keeps the way open from the goal to a test.",
        )
    )
