"""Five calls as a package needs them: plan, write, review, revise, assemble. All share one material and one shape of answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from llm.calls import Call


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Written(Shape):
    """What each call answers."""

    title: str
    score: int
    text: str


class Task(Shape):
    """What each call is given: the brief and the plan are the same for all, the rest is its own."""

    brief: str
    plan: str = ""
    number: int = 0
    document: str = ""
    review: str = ""
    titles: list[str] = []


def agent(task: Task) -> Written:
    return Written(title=f"Part {task.number}", score=93, text=f"{task.brief[:40]} {task.number} {len(task.document)}")


def _call(name: str, *stable: str, fan_out: bool = False) -> Call[Task, Written]:
    return Call(
        name=f"scribe.{name}",
        version=1,
        input=Task,
        output=Written,
        offline=agent,
        max_tokens=4_000,
        deadline_seconds=120.0,
        stable=stable,
        fan_out=fan_out,
        schema_title="scribe.written",
    )


PLAN = _call("plan", "brief")
WRITE = _call("write", "brief", "plan", fan_out=True)
REVIEW = _call("review", "brief", "plan", fan_out=True)
REVISE = _call("revise", "brief", "plan", fan_out=True)
ASSEMBLE = _call("assemble", "brief", "plan")
BY_KIND = {"plan": PLAN, "write": WRITE, "review": REVIEW, "revise": REVISE, "assemble": ASSEMBLE}
