"""What every template keeps, read from the files themselves."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Mails are no pages: the policy of pages does not reach them, and many readers know inline styles only.
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.html")) if path.parent.name != "notices"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_holds_nothing_inline_that_the_policy_refuses(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=\"|javascript:", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_static_file_it_names_exists(path: Path) -> None:
    for name in re.findall(r"\{% static '([^']+)' %\}", path.read_text()):
        assert (ROOT / "static" / name).is_file(), name


def test_no_page_asks_for_a_password() -> None:
    assert not [path for path in TEMPLATES if 'type="password"' in path.read_text()]
