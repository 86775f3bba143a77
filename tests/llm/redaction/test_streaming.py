"""Text in pieces: whatever the pieces are, no secret gets out."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.redaction import find_secrets
from llm.redaction.replacing import Redaction
from llm.redaction.streaming import HELD, Scanner
from tests.llm.redaction.corpus import Item, with_secrets, without_secrets

KEY = b"k" * 32
ITEMS = with_secrets()


def streamed(text: str, cuts: list[int]) -> str:
    scanner = Scanner(Redaction(KEY))
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return "".join([*(scanner.feed(text[start:end]) for start, end in itertools.pairwise(edges)), scanner.finish()])


@settings(max_examples=120, deadline=None)
@given(picked=st.lists(st.integers(0, len(ITEMS) - 1), min_size=1, max_size=30), seed=st.integers(0, 2**32))
def test_no_secret_survives_any_split(picked: list[int], seed: int) -> None:
    dice = random.Random(seed)
    filler = ["\n\n", "\nAnd then the clerk puts the letter on the tray. " * 12, "\n- "]
    text = "".join(part for at in picked for part in (ITEMS[at].text, dice.choice(filler)))
    cuts = [dice.randrange(len(text) + 1) for _ in range(dice.choice((1, 5, 60, 400)))]
    out = streamed(text, cuts)
    for secret in find_secrets(text):
        assert text[secret.start : secret.end] not in out
    for at in picked:
        for start, end in ITEMS[at].spans:
            assert ITEMS[at].text[start:end] not in out


@pytest.mark.parametrize("item", without_secrets(), ids=lambda item: item.name)
def test_ordinary_text_comes_out_as_it_went_in(item: Item) -> None:
    text = f"{item.text}\n\n" * 20
    assert streamed(text, list(range(0, len(text), 7))) == text


def test_text_is_let_go_while_it_comes() -> None:
    scanner = Scanner(Redaction(KEY))
    let_go = sum(len(scanner.feed("one more word, ")) for _ in range(1000))
    assert let_go >= 15_000 - 2 * HELD


def test_a_key_block_that_never_ends_is_not_let_go() -> None:
    scanner = Scanner(Redaction(KEY))
    line = "Ab3/" * 16 + "\n"
    out = scanner.feed("-----BEGIN PRIVATE" + " KEY-----\n") + "".join(scanner.feed(line) for _ in range(200)) + scanner.finish()
    assert line.strip() not in out
