"""The stub itself: it refuses what vendors refuse, keeps honest accounts, and finds what must not arrive."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.wire_stub import ANTHROPIC_KEY, OPENAI_KEY, WireStub, cache, forms, report
from tests.wire_stub.behaviour import Behaviour
from tests.wire_stub.faults import Plan, Rule
from tests.wire_stub.remote import process

SCHEMA = {
    "title": "stub.words",
    "type": "object",
    "properties": {"title": {"type": "string"}, "text": {"type": "string"}},
    "required": ["title", "text"],
    "additionalProperties": False,
}
LONG = "words that every call of this kind shares. " * 200


def anthropic(user: str = "Hello.", **more: Any) -> dict[str, Any]:
    system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    return {
        "model": "claude-sonnet-5",
        "max_tokens": 4000,
        "system": system,
        "messages": [{"role": "user", "content": [{"type": "text", "text": user}]}],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
        **more,
    }


def openai(user: str = "Hello.", **more: Any) -> dict[str, Any]:
    form = {"type": "json_schema", "name": "words", "schema": SCHEMA, "strict": True}
    said = [{"role": "user", "content": [{"type": "input_text", "text": user}]}]
    return {
        "model": "gpt-5.6", "instructions": LONG, "input": said, "max_output_tokens": 4000, "text": {"format": form},
        "store": False, **more,
    }  # fmt: skip


def send(stub: WireStub, path: str, body: dict[str, Any] | None, *, key: str, method: str = "POST") -> tuple[int, Any]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    if path == "/v1/messages":
        headers = {"content-type": "application/json", "x-api-key": key, "anthropic-version": "2023-06-01"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(stub.url + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture
def words(wire_stub: WireStub) -> WireStub:
    wire_stub.set(answers="schema", counted=True)
    return wire_stub


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/v1/messages", anthropic(stream_options={}), ANTHROPIC_KEY),
        ("/v1/messages", anthropic(messages=[{"role": "assistant", "content": "I begin."}]), ANTHROPIC_KEY),
        ("/v1/messages", anthropic(system=[{"type": "text", "text": " "}]), ANTHROPIC_KEY),
        (
            "/v1/messages",
            anthropic(system=[{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5),
            ANTHROPIC_KEY,
        ),
        ("/v1/responses", openai(store=True), OPENAI_KEY),
        ("/v1/responses", openai(background=True), OPENAI_KEY),
        ("/v1/responses", openai(background=True, store=True, stream=True), OPENAI_KEY),
        ("/v1/responses", openai(metadata={"user": "alice"}), OPENAI_KEY),
        ("/v1/responses", openai(max_output_tokens=1), OPENAI_KEY),
        ("/v1/embeddings", {"input": "words"}, OPENAI_KEY),
    ],
)
def test_it_refuses_what_breaks_the_rules_and_remembers_it(words: WireStub, path: str, body: dict[str, Any], key: str) -> None:
    status, _ = send(words, path, body, key=key)
    assert status == 400
    assert len(words.complaints) == 1
    words.complaints.clear()


def test_a_wrong_key_is_refused(words: WireStub) -> None:
    assert send(words, "/v1/messages", anthropic(), key="sk-" + "other")[0] == 401
    assert send(words, "/v1/models", None, key="sk-" + "other", method="GET")[0] == 401
    assert send(words, "/v1/models", None, key=OPENAI_KEY, method="GET")[1]["data"]


def test_a_prompt_is_read_from_the_cache_only_after_its_first_token(words: WireStub) -> None:
    used = [send(words, "/v1/messages", anthropic(f"Part {number}."), key=ANTHROPIC_KEY)[1]["usage"] for number in range(2)]
    assert (used[0]["cache_read_input_tokens"], used[1]["cache_creation_input_tokens"]) == (0, 0)
    assert used[1]["cache_read_input_tokens"] == used[0]["cache_creation_input_tokens"] > 1024
    prompt = cache.chain("key and model", [LONG, "tail"])
    store, behaviour = cache.PromptCache(), Behaviour()
    first = store.account(behaviour, "claude-sonnet-5", prompt, [0])
    assert store.account(behaviour, "claude-sonnet-5", prompt, [0]).read == 0, "two that start together share nothing"
    first.commit()
    assert store.account(behaviour, "claude-sonnet-5", prompt, [0]).read == first.write
    assert store.account(behaviour, "claude-haiku-4-5", prompt, [0]).write == 0, "too short for this model"


def test_the_other_vendor_caches_in_steps_of_128_tokens(words: WireStub) -> None:
    used = [send(words, "/v1/responses", openai(f"Part {number}."), key=OPENAI_KEY)[1]["usage"] for number in range(2)]
    cached = [one["input_tokens_details"]["cached_tokens"] for one in used]
    assert cached[0] == 0
    assert cached[1] >= 1024
    assert cached[1] % 128 == 0


def test_a_background_answer_is_there_when_its_time_has_come(words: WireStub) -> None:
    words.set(ttft_ms=200)
    _, queued = send(words, "/v1/responses", openai(background=True, store=True), key=OPENAI_KEY)
    path = f"/v1/responses/{queued['id']}"
    assert send(words, path, None, key=OPENAI_KEY, method="GET")[1]["status"] in {"queued", "in_progress"}
    time.sleep(0.25)
    status, done = send(words, path, None, key=OPENAI_KEY, method="GET")
    assert (status, done["status"]) == (200, "completed")
    assert send(words, path, None, key=OPENAI_KEY, method="DELETE")[1]["deleted"]
    assert send(words, path, None, key=OPENAI_KEY, method="GET")[0] == 404


def test_a_background_answer_can_be_cancelled(words: WireStub) -> None:
    words.set(ttft_ms=60_000)
    _, queued = send(words, "/v1/responses", openai(background=True, store=True), key=OPENAI_KEY)
    path = f"/v1/responses/{queued['id']}"
    assert send(words, f"{path}/cancel", {}, key=OPENAI_KEY)[1]["status"] == "cancelled"


def test_limits_answer_429_with_a_time_to_wait(words: WireStub) -> None:
    words.set(rpm=60, burst=2)
    statuses = [send(words, "/v1/responses", openai(), key=OPENAI_KEY)[0] for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_canaries_are_found_in_every_form(words: WireStub) -> None:
    secret = "Quartz/Heron+" + "84?17"
    words.set(canaries={"door": secret})
    for form in forms(secret):
        send(words, "/v1/responses", openai(f"See {form.decode()} there."), key=OPENAI_KEY)
    hits = [record["canaries"] for record in words.calls()]
    assert hits == [["door:body"]] * len(forms(secret))


def test_the_same_prompt_paid_twice_is_a_repeat(words: WireStub) -> None:
    for user in ("One.", "Two.", "One."):
        send(words, "/v1/messages", anthropic(user), key=ANTHROPIC_KEY)
    found = words.report()
    assert (found["paid_calls"], found["distinct_prompts"], found["repeated_prompts"]) == (3, 2, 1)


def test_the_chain_explains_the_wall_time() -> None:
    call = {"api": "anthropic", "paid": True, "status": 200, "fault": "", "disconnect": False, "auth": "", "canaries": []}
    counts = dict.fromkeys(("tokens_in", "tokens_out", "cache_read", "cache_write", "cache_ideal"), 0)
    spans = [(0.0, 1.0), (1.1, 2.0), (1.1, 2.1), (2.2, 3.2)]
    found = report([{**call, **counts, "prompt_sha": str(span), "t_in": span[0], "t_out": span[1]} for span in spans])
    assert (found["chain_depth"], found["max_concurrency"]) == (3, 2)
    assert found["overhead_ratio"] == pytest.approx(3.2 / 3.0)


def test_a_plan_spoils_the_calls_it_names() -> None:
    assert [Plan(listed=["429", None, "cut"]).next() for _ in range(1)] == ["429"]
    plan = Plan(every=(10, "500"))
    assert [number for number in range(1, 21) if plan.next()] == [10, 20]
    rule = Rule({"api": "anthropic", "nth": [1, 3], "fault": "529"})
    assert [rule.fits(api="anthropic", model="m", text="t", stream=True) for _ in range(4)] == [True, False, True, False]
    assert not rule.fits(api="openai-responses", model="m", text="t", stream=True)
    with pytest.raises(ValueError, match="no fault"):
        Plan(always="bad weather").next()


def test_it_runs_as_a_process_and_answers_its_admin(tmp_path: Path) -> None:
    with process(tmp_path, ttft_ms=1, string_tokens=20) as stub:
        stub.rules({"fault": "500", "nth": 1})
        here = WireStub(url=stub.url)
        assert [send(here, "/v1/messages", anthropic(), key="sk-any")[0] for _ in range(2)] == [500, 200]
        found = stub.stats()
        assert (found["calls"], found["paid_calls"], found["complaints"]) == (2, 1, [])
        stub.reset()
        assert stub.calls() == []
    assert len((tmp_path / "calls.jsonl").read_text().splitlines()) == 2
