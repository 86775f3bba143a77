"""A page for each agent, from the one register."""

from __future__ import annotations

import pytest
from django.test import Client

from ground.agents import agents
from public import example

pytestmark = pytest.mark.django_db


@pytest.mark.promise("S-009", "N-59")
def test_each_agent_has_a_page_and_the_list_leads_to_it(client: Client) -> None:
    listed = client.get("/agents/").content.decode()
    for agent in agents():
        assert f'href="/agents/{agent.key}/"' in listed
        page = client.get(f"/agents/{agent.key}/").content.decode()
        for sentence in (agent.name, agent.line, agent.sees, agent.never, agent.alone, *agent.does):
            assert sentence.replace("'", "’") in page.replace("&#x27;", "’"), agent.key
    assert client.get("/agents/nobody/").status_code == 404


def test_what_an_agent_left_in_the_example_can_be_read(client: Client) -> None:
    for agent in agents():
        left = example.left_by(agent)
        assert left, agent.key
        assert client.get(left[0][1]).status_code == 200


def test_the_start_page_shows_the_example_as_it_is(client: Client) -> None:
    page = client.get("/").content.decode()
    trace, counted, disagreement = example.trace(), example.figures(), example.disagreement()
    assert trace is not None
    assert disagreement is not None
    assert all(voice.label in page for voice in (*trace.said, *trace.noted, trace.required))
    assert disagreement.decided_in in page
    assert f"{counted.facts}" in page
    readme = example.files()["README.md"]
    assert f"| Requirements | {counted.requirements}:" in readme
    assert f"{counted.answers} answers, {counted.facts} facts" in readme
