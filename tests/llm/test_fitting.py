"""Long documents get shorter by rule: what is quoted stays, the longest passage goes first, and what is missing is said."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.fitting import LONGEST_PASSAGE, RUNGS, estimate_tokens, in_parts, passages, shorten

WORDS = "the desk rings every patient twice and writes the day of the visit on a card that nobody finds again".split()  # noqa: SIM905
ENGLISH = (
    "On Monday mornings people wait twenty minutes just to move an appointment and my people at the desk are fed up. "
    "The desk needs one screen for all three sites. It's health data so our data protection lady will look very closely."
)


def paragraph(seed: int, words: int) -> str:
    """Sentences that stand nowhere else: they begin with their number."""
    dice = random.Random(seed)
    return f"Paragraph {seed}: " + " ".join(dice.choice(WORDS) for _ in range(words)) + "."


def long_text(paragraphs: int, words: int = 150) -> str:
    return "\n\n".join(paragraph(number, words) for number in range(paragraphs))


def left_out(text: str) -> int:
    return sum(int(number) for number in re.findall(r"\[(\d+) passages? left out here\]", text))


@given(st.text(max_size=3_000) | st.text(alphabet="ab. \n", max_size=8_000))
@settings(max_examples=150, deadline=None)
def test_the_passages_of_a_text_are_the_text_and_none_is_too_long(text: str) -> None:
    pieces = passages(text)
    assert "".join(pieces) == text
    assert all(0 < len(piece.rstrip()) <= LONGEST_PASSAGE for piece in pieces if piece.strip())


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = "A sentence of some words stands here. " * 100
    assert all(piece.strip().endswith(".") for piece in passages(text))
    assert len(passages(text)) > 2


def test_without_passages_that_may_go_nothing_is_dropped() -> None:
    assert shorten([], []) is None
    assert shorten(["All of it counts."], [["All of it counts"]]) is None


def test_what_is_quoted_stays_word_for_word_and_all_else_goes_in_at_most_four_times() -> None:
    text = long_text(6_000)
    quotes = [paragraph(number, 150)[:90] for number in (0, 17, 2_500, 5_999)]
    texts, times, dropped = [text], 0, 0
    while (shorter := shorten(texts, [quotes])) is not None:
        texts, gone = shorter
        dropped += sum(gone)
        times += 1
        assert all(quote in texts[0] for quote in quotes)
        assert left_out(texts[0]) == dropped
    assert times <= len(RUNGS)
    assert len(texts[0]) < 6_000
    assert dropped == 6_000 - 4


@pytest.mark.parametrize("characters", [200_000, 700_000])
def test_no_more_is_dropped_than_the_next_rung_asks_for(characters: int) -> None:
    text = long_text(characters // 800)
    shorter = shorten([text], [[]])
    assert shorter is not None
    rung = max(most for most in RUNGS if most < len(text))
    kept = len(re.sub(r"\[\d+ passages? left out here\]", "", shorter[0][0]))
    assert rung - LONGEST_PASSAGE <= kept <= rung + 4 * sum(shorter[1])


def test_a_quote_that_reaches_over_two_passages_keeps_both() -> None:
    first, second = paragraph(1, 60), paragraph(2, 60)
    text = f"{paragraph(0, 80)}\n\n{first}\n\n{second}\n\n{paragraph(3, 80)}"
    quote = f"{first[-30:]}\n\n{second[:30]}"
    shorter = shorten([text], [[quote]])
    assert shorter is not None
    assert shorter == ([f"[1 passage left out here]\n\n{first}\n\n{second}\n\n[1 passage left out here]"], [2])


def test_the_longest_go_first_and_of_equally_long_ones_the_later() -> None:
    short = [f"{number:04d} short".ljust(300, "s") for number in range(600)]
    long = [f"{number:04d} long".ljust(1_000, "l") for number in range(300)]
    text = "\n\n".join(part for three in zip(short[::2], short[1::2], long, strict=True) for part in three)
    shorter = shorten([text], [[]])
    assert shorter is not None
    kept = re.findall(r"(\d{4}) (short|long)", shorter[0][0])
    assert {kind for _, kind in kept} == {"short"}, "every long passage goes before the first short one"
    assert [number for number, _ in kept] == [f"{number:04d}" for number in range(len(kept))], "of equally long ones the later go"
    assert 490 < len(kept) < 500


def test_what_a_passage_introduces_goes_with_it() -> None:
    """The name of a secret never goes without its value, which nobody would know for a secret alone."""
    value = "tr0ub4dor-" + "Xk29vv"
    introduction = f"{paragraph(7, 200)} The password of the old server is:"
    text = f"{long_text(300)}\n\n{introduction}\n\n{value}\n\nThe hall closes at nine."
    shorter = shorten([text], [[]])
    assert shorter is not None
    assert "The hall closes at nine." in shorter[0][0]
    assert introduction not in shorter[0][0]
    assert value not in shorter[0][0]


def test_a_key_is_kept_or_dropped_as_a_whole() -> None:
    body = "\n".join(f"{number:04d}".ljust(64, "k") for number in range(60))
    key = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{body}\n-----END RSA PRIVATE {'KEY'}-----"
    text = f"{long_text(300)}\n\n{key}\n\nThe hall closes at nine."
    assert key in [piece.strip() for piece in passages(text)]


def test_each_document_is_counted_on_its_own() -> None:
    small, large = "A note of one line.", long_text(400)
    shorter = shorten([small, large], [["A note of one line."], []])
    assert shorter is not None
    texts, dropped = shorter
    assert texts[0] == small
    assert dropped[0] == 0
    assert dropped[1] == left_out(texts[1]) > 0


def test_the_same_texts_always_lose_the_same_passages() -> None:
    texts = [long_text(500), long_text(300, words=90)]
    assert shorten(texts, [[], []]) == shorten(list(texts), [(), ()])


@pytest.mark.parametrize(
    ("text", "openai", "anthropic"),
    [
        (ENGLISH, 45, 47),
        ('{"id": "F-001", "topic": "V1", "op": "=", "value": 20, "unit": "min", "source": "A-000", "confidence": 0.8}', 48, 46),
        ("".join(f"{i},{i * 37 % 9973},{i * 7919 % 100000 / 100:.2f},2026-{i % 12 + 1:02d}-11\n" for i in range(20)), 300, 301),
        ("诊所在同一城市有三个地点。星期一早上病人要等二十分钟才能改约。", 24, 35),
    ],
    ids=["english", "json", "table", "chinese"],
)
def test_the_estimate_is_not_below_what_either_vendor_counts(text: str, openai: int, anthropic: int) -> None:
    """The counts are those of o200k and of Anthropic's published tokenizer, taken once."""
    assert max(openai, anthropic) <= estimate_tokens(text) <= 2 * max(openai, anthropic)


def test_the_estimate_of_a_text_of_any_characters_is_a_number() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("\ud800 half a pair, \x00 and 🙂") > 5


@given(st.text(alphabet="ab. \n", max_size=8_000), st.integers(min_value=1_200, max_value=4_000))
@settings(max_examples=100, deadline=None)
def test_parts_of_a_text_are_the_text_and_fit(text: str, longest: int) -> None:
    parts = in_parts(text, longest)
    assert "".join(parts) == text
    assert all(len(part.rstrip()) <= longest for part in parts)


def test_a_part_ends_where_a_paragraph_ends_and_is_filled() -> None:
    parts = in_parts(long_text(40), 4_000)
    assert all(part.startswith("Paragraph ") for part in parts)
    assert all(len(part) > 3_000 for part in parts[:-1])
