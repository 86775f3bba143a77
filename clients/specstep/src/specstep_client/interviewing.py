"""The interview in the terminal: question after question until nothing is left to ask or the person stops."""

from __future__ import annotations

import sys
import time
import uuid
from contextlib import suppress
from typing import Any

from specstep_client.asking import printable
from specstep_client.doors import LOOK_SECONDS, Door
from specstep_client.saying import Trouble, note, show

HELP = "Answer in your own words; an empty line ends the answer. Or: ? (I do not know), later, stop."
WAIT_SECONDS = 20
MOST_TRIES = 3
PATIENCE = 600.0
"""Seconds for one answer to be read."""


def choose(door: Door, *, interview: str, title: str, depth: str) -> str:
    """The interview that is meant: the one named, a new one, or the newest that waits for an answer."""
    if interview:
        return interview
    if not title:
        waiting = door.ask("interviews", state="open", limit=1).get("items") or []
        if waiting:
            note(f"Going on with “{printable(str(waiting[0].get('title', '')))}”. A new one: specstep interview --title NAME")
            return str(waiting[0]["id"])
        title = _line("What is the project called? ").strip()
        if not title:
            raise Trouble("A new interview needs a title: specstep interview --title NAME")
    made = door.ask("start interview", title=title, depth=depth)
    return str(made["id"])


def conduct(door: Door, interview: str) -> bool:
    """Ask until nothing is left, or until the person stops. True when nothing is left to ask."""
    show(HELP)
    last: tuple[str, bool] | None = None
    tries = 0
    while True:
        up = _up_next(door, interview)
        status, question = up.get("status"), up.get("question")
        if status == "trouble":
            tries += 1
            _ask_again(door, interview, str(up.get("trouble", "")), tries)
            continue
        tries = 0
        if status != "question" or not isinstance(question, dict):
            show("\nNothing is left to ask." if status == "finished" else "\nThis interview is closed.")
            return True
        shown = (str(question.get("id")), bool(question.get("offer")))
        if shown != last:
            _show(question)
        last = shown
        if not _take(door, interview, question):
            show(f"\nWhat you said is kept. Go on with: specstep interview {interview}")
            return False


def _up_next(door: Door, interview: str) -> dict[str, Any]:
    end, told = time.monotonic() + PATIENCE, False
    while True:
        up = door.ask("next question", interview=interview, wait_seconds=WAIT_SECONDS)
        if up.get("status") != "reading":
            return up
        if time.monotonic() > end:
            raise Trouble(f"Your last answer is still being read. Go on later with: specstep interview {interview}")
        if not told:
            note("… reading your answer")
        told = True
        time.sleep(LOOK_SECONDS)


def _ask_again(door: Door, interview: str, why: str, tries: int) -> None:
    said = f"The next question did not come: {printable(why)} What you said is kept."
    if tries > MOST_TRIES:
        raise Trouble(f"{said} Go on later with: specstep interview {interview}")
    note(f"{said} Asking again.")
    time.sleep(LOOK_SECONDS)
    door.ask("ask again", interview=interview)


def _show(question: dict[str, Any]) -> None:
    show(f"\n{question.get('label', '')}  {printable(str(question.get('text', '')))}")
    if question.get("why"):
        show(f"    Why: {printable(str(question['why']))}")
    for number, option in enumerate(question.get("options") or [], 1):
        about = f" ({printable(str(option['note']))})" if option.get("note") else ""
        show(f"    {number}. {printable(str(option.get('text', '')))}{about}")
    offer = question.get("offer")
    if isinstance(offer, dict):
        show(f"    An example: {printable(str(offer.get('example', '')))}")
        show(f"    If you do not know either (?), this is assumed: {printable(str(offer.get('default', '')))}")


def _take(door: Door, interview: str, question: dict[str, Any]) -> bool:
    """Take one reply; False when the person stops."""
    said = _read()
    if said is None or said.strip().lower() == "stop":
        return False
    word, row = said.strip().lower(), question["id"]
    if not word:
        note(HELP)
    elif word == "?":
        door.ask("do not know", question=row)
    elif word == "later":
        owner, trigger = _line("Who decides? ").strip(), _line("When: after what, or by which day? ").strip()
        if owner and trigger:
            door.ask("decide later", question=row, owner=owner, trigger=trigger)
        else:
            note("It needs both: a name or a role, and an event or a date.")
    else:
        _answer(door, interview, question, said)
    return True


def _answer(door: Door, interview: str, question: dict[str, Any], said: str) -> None:
    options = question.get("options") or []
    number = int(said) if said.strip().isdecimal() and len(said.strip()) < 3 else 0
    text = str(options[number - 1].get("text", "")) if 1 <= number <= len(options) else said
    try:
        door.ask("answer", interview=interview, question=question["id"], text=text, client_id=uuid.uuid4().hex)
    except Trouble:
        # Somebody may have answered it in the browser meanwhile: then the next one is shown, else it is said what is wrong.
        if (_up_next(door, interview).get("question") or {}).get("id") == question["id"]:
            raise
        note("This question was answered elsewhere meanwhile.")


def _read() -> str | None:
    """What is typed until an empty line; None at the end of the input."""
    lines: list[str] = []
    while True:
        try:
            line = input("> " if not lines else "  ")
        except EOFError:
            return "\n".join(lines) or None
        except KeyboardInterrupt:
            show()
            return None
        if not lines and line.strip().lower() in ("?", "later", "stop"):
            return line
        if not line.strip():
            return "\n".join(lines)
        lines.append(line)


def _line(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError:
        return ""


def edit_lines() -> None:
    """Let long lines be typed and edited where the system can; what was typed is remembered by nobody."""
    if sys.stdin.isatty():
        with suppress(ImportError, AttributeError):
            import readline

            readline.set_auto_history(False)
