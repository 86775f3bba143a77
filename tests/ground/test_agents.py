"""One register of agents feeds pages, the steps of a run and the labels of what they left (N-59)."""

from __future__ import annotations

import pytest

from generation.calls.reviews import REVIEWS
from generation.rules import graph, reviewing
from generation.rules.content import Parts
from generation.rules.packaging import ROLES
from ground import agents
from interviews.pages import ROLES as SPEAKERS
from llm import calls


@pytest.mark.promise("S-009", "N-59")
def test_every_model_call_belongs_to_an_agent_and_every_agent_makes_one_that_exists() -> None:
    asked = {call.name for call in calls.registered() if call.name.startswith(("interviews.", "generation."))}
    assert {name for agent in agents.agents() for name in agent.calls} == asked


@pytest.mark.promise("S-009", "N-59")
def test_the_steps_of_a_run_are_the_agents_that_decide_and_check() -> None:
    steps = {step.key: step for step in graph.graph(written=["BRIEF.md"], rendered=["BRIEF.md"])}
    for agent in agents.working_in("decide"):
        assert (steps[agent.key].title, steps[agent.key].lane) == (agent.step, "decide")
    for agent in agents.working_in("check"):
        assert steps[f"review:{agent.key}"].title == agent.step
    assert {agent.key for agent in agents.working_in("decide")} == set(Parts.model_fields) - {"evidence"}


def test_what_they_leave_is_signed_with_their_names() -> None:
    for agent in agents.working_in("check"):
        assert agent.key in ROLES
        assert agent.key in REVIEWS
        assert reviewing.NAMES[agent.key] == agent.in_text
        assert reviewing.QUESTIONS[agent.key] == agent.asks
    assert set(SPEAKERS.values()) <= {agent.name for agent in agents.working_in("interview")}
