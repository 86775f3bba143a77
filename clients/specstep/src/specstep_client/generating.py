"""A package is written and watched: what it costs first, then the news, at the end where it is."""

from __future__ import annotations

from typing import Any

from specstep_client.asking import printable
from specstep_client.doors import Door
from specstep_client.saying import Trouble, note, show


def close(door: Door, interview: dict[str, Any], *, agreed: bool) -> None:
    """Close the interview after its owner saw what will be assumed. Raises ``Trouble`` when that is not agreed to."""
    assumed = interview.get("assumptions") or []
    if not agreed:
        show(f"Closing the interview assumes {len(assumed)} things that nobody said:")
        for one in assumed:
            show(f"  - {printable(str(one.get('name', '')))}: {printable(str(one.get('default', '')))}")
        if not _agrees("Close it and write?"):
            raise Trouble(f"Nothing was done. Go on asking with: specstep interview {interview['id']}")
    door.ask("close", interview=interview["id"])


def start(door: Door, interview: str, *, agreed: bool) -> str:
    """Say what it costs, ask, and start. Gives the generation's id."""
    estimate = door.ask("estimate", interview=interview)
    if estimate.get("refused"):
        raise Trouble(printable(str(estimate["refused"])))
    span = estimate.get("usd")
    if not estimate.get("is_free"):
        money = f"US$ {span['least']} to {span['most']}" if isinstance(span, dict) else "an unknown amount"
        show(f"Writing takes about {estimate.get('calls')} questions to models and costs {money}.")
        if not agreed and not _agrees("Start?"):
            raise Trouble("Nothing was started.")
    made = door.ask("start generation", interview=interview)
    return str(made["id"])


def watch(door: Door, generation: str, *, after: str = "") -> dict[str, Any]:
    """Show the news until it is over, and how it ended. Raises ``Trouble`` when it failed or was stopped."""
    try:
        for place, line in door.news(generation, after):
            after = place
            show(f"  {line}")
    except KeyboardInterrupt:
        note(
            f"\nIt goes on without you. Watch it again with: specstep watch {generation}" + (f" --after {after}" if after else "")
        )
        raise
    ended = door.ask("generation", generation=generation)
    if ended.get("state") != "done":
        why = printable(str(ended.get("trouble") or "it was stopped"))
        raise Trouble(f"The package was not written: {why} What is done is kept; try again on its page.")
    return ended


def where(door: Door, ended: dict[str, Any]) -> None:
    """Say where the package is."""
    package = ended.get("package")
    show(f"Package: {door.server}/packages/{package}/")
    show(f"Fetch it with: specstep pull {package}")


def _agrees(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
