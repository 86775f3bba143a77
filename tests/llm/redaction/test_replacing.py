"""Placeholders: the same secret is the same in a workspace and another elsewhere, and nothing leads back."""

from __future__ import annotations

import re

from llm.redaction import find_secrets, redact
from llm.redaction.replacing import PLACEHOLDER, Redaction

ONE, TWO = "gh" + "p_" + "aB3dE5fG7hJ9" * 3, "gh" + "p_" + "kL2mN4pQ6rS8" * 3
KEY, OTHER = b"k" * 32, b"o" * 32


def test_equal_values_get_the_same_placeholder_and_others_get_others() -> None:
    text, counts = redact(f"{ONE} {TWO} {ONE}", key=KEY)
    first, second, third = text.split()
    assert first == third != second
    assert counts == {"github-token": 3}
    assert all(re.fullmatch(r"\[\[SECRET:github-token:[A-Z2-7]{8}\]\]", place) for place in (first, second))


def test_the_placeholder_hangs_on_the_key_alone() -> None:
    assert redact(ONE, key=KEY) == redact(ONE, key=KEY)
    assert redact(ONE, key=KEY) != redact(ONE, key=OTHER)


def test_without_a_key_values_are_still_told_apart_in_one_process() -> None:
    assert redact(ONE) == redact(ONE)
    assert redact(ONE) != redact(TWO)


def test_neither_the_key_nor_the_value_shows() -> None:
    redaction = Redaction(KEY)
    clean = redaction.clean(ONE)
    shown = clean + repr(redaction)
    assert ONE not in shown
    assert "kkkk" not in shown


def test_old_and_new_placeholders_stay_as_they_are() -> None:
    old, new = "[[SECRET:password:4]]", "[[SECRET:github-token:ABCD2345]]"
    text = f"password: {old}, token = {new} and {ONE}"
    once, counts = redact(text, key=KEY)
    assert once.startswith(f"password: {old}, token = {new} and [[SECRET:")
    assert sum(counts.values()) == 1
    assert redact(once, key=KEY) == (once, {})
    assert find_secrets(once) == []
    assert len(PLACEHOLDER.findall(once)) == 3
