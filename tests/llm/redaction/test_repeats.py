"""A document that says the same again is searched in parts, and holds the same secrets as if it were searched as it stands."""

from __future__ import annotations

import random
import time

import pytest

from llm.redaction import repeats
from llm.redaction.engine import Automaton, Scan
from llm.redaction.finding import Search
from tests.llm.redaction.heldout import part

AUTOMATON = Search(Automaton)
TEXTS = [item.text for item in (*part("A", seed=11), *part("B", seed=11))]
SENTENCE = "The desk keeps {n} drafts of a form, and nobody reads the password on the note.\nSee the annex on page {n}."
PLAIN = [SENTENCE.format(n=number) for number in range(12)]


def _document(seed: int, line: str = "\n\n", size: int = 60_000) -> str:
    """Paragraphs of a pool of its own, in turn or as the dice say, with and without secrets."""
    dice = random.Random(seed)
    pool = PLAIN[: dice.randrange(3, 12)] + dice.sample(TEXTS, dice.randrange(5, 60))
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        parts.append(pool[len(parts) % len(pool)] if dice.random() < 0.95 else dice.choice(pool))
    return line.join(parts)


def _as_planned(text: str, search: Search = AUTOMATON) -> list[tuple[int, int, str]]:
    assert repeats.plan(text) is not None
    return [(start, end, kind) for start, end, kind in search.find(text)]


@pytest.mark.parametrize("line", ["\n\n", "\r\n\r\n"])
@pytest.mark.parametrize("seed", range(6))
def test_the_finds_are_those_of_the_whole_document(seed: int, line: str) -> None:
    text = _document(seed, line)
    found = _as_planned(text)
    assert found == AUTOMATON.as_it_stands(text)
    assert found


def test_both_engines_find_the_same_in_it() -> None:
    text = _document(3, size=35_000)
    assert _as_planned(text, Search(Scan)) == _as_planned(text)


def test_most_of_it_is_not_searched_again() -> None:
    pool = [f"{text}\n{PLAIN[0]}" for text in TEXTS[:40]]
    text = "\n\n".join(pool * 20)
    plan = repeats.plan(text)
    assert plan is not None
    assert sum(len(plan.pieces[number]) for number in plan.searched) < len(text) / 15
    assert "".join(plan.pieces) == text


def test_a_text_that_says_nothing_twice_is_searched_as_it_stands() -> None:
    text = "\n\n".join(SENTENCE.format(n=number) for number in range(900))
    assert len(text) > repeats.LARGE
    assert repeats.plan(text) is None
    assert repeats.plan("\n\n".join(PLAIN)) is None, "short"


def test_a_key_with_a_blank_line_in_it_stays_whole() -> None:
    dice = random.Random(4)
    body = "\n".join("".join(dice.choices("ABCDEFGHabcdefgh0123456789+/", k=64)) for _ in range(6))
    head, foot = (f"-----{word} PGP {'PRIVATE'} KEY BLOCK-----" for word in ("BEGIN", "END"))
    key = f"{head}\nVersion: GnuPG v2 for the desk\n\n{body}\n\n{body}\n{foot}"
    text = "\n\n".join([*PLAIN * 40, key, *PLAIN * 40, key, *PLAIN])
    found = _as_planned(text)
    assert found == AUTOMATON.as_it_stands(text)
    assert [text[start:end].count(body) for start, end, _ in found] == [2, 2]


def test_what_lies_far_apart_does_not_become_one_block() -> None:
    cut_off, foot = (
        "-----BEGIN CERTIFICATE-----\nMIIB of the desk, and nothing more of it",
        "the end of another one\n-----END CERTIFICATE-----",
    )
    split = "> here it is:\n> odt_VOuC95q3YZvXBaPV\n> drjPxg9GSxgqq7TA\n> since May"
    text = "\n\n".join([*PLAIN * 4, cut_off, *PLAIN * 40, split, *PLAIN * 40, foot, *PLAIN * 4])
    assert len(text) > 2 * repeats.LONGEST_BLOCK / 3
    found = _as_planned(text)
    assert found == AUTOMATON.as_it_stands(text)
    assert len(found) == 1


def test_codes_one_by_one_are_found_as_in_one_list() -> None:
    dice = random.Random(5)
    codes = ["".join(dice.choices("bcdfgh23456789", k=5)) + "-" + "".join(dice.choices("23456789", k=5)) for _ in range(12)]
    listed = "These are the recovery codes of the account of the desk:\n\n" + "\n\n".join(codes)
    text = "\n\n".join([*PLAIN * 40, listed, *PLAIN * 40, *codes[6:], *PLAIN])
    assert _as_planned(text) == AUTOMATON.as_it_stands(text)
    assert len(_as_planned(text)) == len(codes)


@pytest.mark.parametrize(
    "piece", ["-----BEGIN ", "-----BEGIN A-----\n\n", "\n\n", "a\n\n", "-----BEGIN \n\n-----END", f"{PLAIN[0]}\n\n"]
)
def test_the_plan_takes_time_in_proportion(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            repeats.plan(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(800_000) <= 8 * seconds(200_000) + 0.03
