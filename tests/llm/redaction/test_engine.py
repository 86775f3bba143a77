"""Two engines, the same finds: the automaton, and ``re`` where hyperscan has no wheel."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.redaction import engine
from llm.redaction.engine import Automaton, Scan
from llm.redaction.finding import Search
from tests.llm.redaction.heldout import part

AUTOMATON, SCAN = Search(Automaton), Search(Scan)
ITEMS = part("A", seed=5)
PIECES = [
    *(
        "password",
        "Passwort ist ",
        "api_key",
        "token",
        "SECRET",
        " = ",
        ": ",
        '"',
        "'",
        "`",
        "**",
        "\n",
        "\n    ",
        " + ",
        "\u200b",
        "пароль",
    ),
    *(
        "密码是",
        "「",
        "」",
        "é",
        "\U0001f680",
        "\ud800",
        "gh" + "p_",
        "A" + "KIA",
        "sk" + "_live_",
        "eyJ",
        "://",
        "@",
        "-----BEGIN ",
        "PRIVATE KEY",
    ),
    *(
        "aB3dE5fG7hJ9",
        "0123456789abcdef" * 3,
        "Qm9iOnBhc3N3b3JkPWFiMTI",
        "70617373776f7264",
        "%3D",
        "\\u0061",
        "&quot;",
        "[[SECRET:a:1]]",
    ),
    *("-u bob:", "Authorization: Bearer ", "Lantern-copper731!", ".", ",", "|", "|---|\n", "key", "pass", "x" * 20, "ends here"),
]


@pytest.mark.parametrize("slice_of", range(8))
def test_both_engines_find_the_same_in_the_corpus(slice_of: int) -> None:
    for item in ITEMS[slice_of::8]:
        assert AUTOMATON.find(item.text) == SCAN.find(item.text), item.name


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=30).map("".join))
def test_both_engines_find_the_same_in_any_text(text: str) -> None:
    assert AUTOMATON.find(text) == SCAN.find(text)


def test_without_the_wheel_the_same_rules_run_on_re(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    search = Search(engine.best)
    assert isinstance(search.engine, Scan)
    for item in ITEMS[::40]:
        assert search.find(item.text) == AUTOMATON.find(item.text)


def test_many_threads_may_search_at_once() -> None:
    texts = [item.text for item in ITEMS[:200]]
    expected = [AUTOMATON.find(text) for text in texts]
    wrong: list[int] = []

    def work() -> None:
        for number, text in enumerate(texts):
            if AUTOMATON.find(text) != expected[number]:
                wrong.append(number)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


HOSTILE = [
    *(
        "a",
        "password:",
        "password = a1",
        "key key ",
        "eyJ",
        "eyJhbGciOi.",
        "://a:b",
        "https://user:",
        "=",
        "/a1",
        "-----BEGIN PRIVATE KEY-----\n",
    ),
    *(
        "Authorization: Bearer ",
        "curl -u ",
        "Cookie: a=b; ",
        "otpauth://a?",
        "password is ",
        '"auth":"',
        ":1234:",
        "**a**`b` `c`",
        "\u200b",
    ),
    *(
        "%41",
        "&quot;",
        "token|a1b2c3d4\n",
        "recovery code: ab12-cd34\n",
        "phrase: abc def ",
        "cGFzc3dvcmQ9YWIx",
        "70617373",
        "aB1 as password ",
    ),
    *("[[SECRET:a:1]] password ", "mysql -p", "net user ", "dt0s16.ABC.", "\\u0041", "a1b2c3\n  ", "pass\u00e9"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_takes_about_twice_the_time(piece: str) -> None:
    """Four times the text takes about four times as long; a quadratic search would take sixteen times."""

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            AUTOMATON.find(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(128_000) <= 9 * seconds(32_000) + 0.03
