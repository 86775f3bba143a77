"""Tokens with letters of another script that look the same."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest

from llm.redaction import find_secrets

PREFIXES = {"ghp_": 36, "sk_live_": 40, "glpat-": 20, "npm_": 36}
CYRILLIC = str.maketrans("aeopcx", "\u0430\u0435\u043e\u0440\u0441\u0445")


def _full_width(token: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in token)


def _mathematics(token: str) -> str:
    return "".join(chr(ord(letter) - ord("a") + 0x1D5BA) if letter.islower() else letter for letter in token)


def _cyrillic(token: str) -> str:
    return token[:9] + token[9:].translate(CYRILLIC)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("disguise", [_full_width, _mathematics, _cyrillic])
def test_they_hide_no_token(prefix: str, disguise: Callable[[str], str]) -> None:
    dice = random.Random(prefix)
    token = disguise(prefix + "7aZx" + "".join(dice.choices(string.ascii_letters + string.digits, k=PREFIXES[prefix] - 4)))
    text = f"see {token} on the slide"
    covered = {at for secret in find_secrets(text) for at in range(secret.start, secret.end)}
    assert covered == set(range(4, 4 + len(token)))


@pytest.mark.parametrize(
    "text",
    [
        "API-ключ создан, см. п. 4.2 и ISO-стандарт 27001",
        "ＡＰＩキーは設定画面で発行します。",
        "ＲＥＱ－１２３ ２０２６－０４－０１",
    ],
    ids=["Russian", "Japanese", "numbers of full width"],
)
def test_texts_of_other_scripts_stay(text: str) -> None:
    assert find_secrets(text) == []
