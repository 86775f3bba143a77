"""``manage.py specify``: what it makes, and how it refuses."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from tests.generation.commands.shop import AT, BAKERY, ROOT, THIN, Shop

GOOD = "title: Desk\nbrief: We want fewer calls.\n"
REFUSED: dict[str, tuple[str | Path, str]] = {
    "a missing file": (Path("no/such/file.yaml"), "no/such/file.yaml: there is no such file."),
    "broken YAML": ("title: Desk\nbrief: [1,\n", "answers.yaml, line 3: this is not YAML"),
    "not a mapping": ("- a\n- b\n", "answers.yaml, line 1: an answers file is a list of keys"),
    "an unknown key": (GOOD + "colour: red\n", "answers.yaml, line 3: there is no key 'colour'"),
    "an unknown topic": (GOOD + "answers:\n  - {topic: Z9, text: hello}\n", "line 4: there is no topic 'Z9'"),
    "an unknown profile": (GOOD + "profile: huge\n", "line 3: 'profile' is 'huge'; it can be"),
    "an unknown depth": (GOOD + "depth: deep\n", "line 3: 'depth' is 'deep'; it can be"),
    "an empty brief": ("title: Desk\nbrief: ''\n", "line 2: 'brief' is empty."),
    "no title": ("brief: We want fewer calls.\n", "the key 'title' is missing."),
    "an empty answer": (GOOD + "answers:\n  - {topic: V1, text: ''}\n", "line 4: the answer to V1 is empty."),
    "a missing reference": (GOOD + "references: [process.md]\n", "the reference 'process.md' is not there"),
}


def _in_one_sentence(stderr: str, sentence: str) -> None:
    assert sentence in stderr
    assert len(stderr.strip().splitlines()) == 1
    assert "Traceback" not in stderr


@pytest.mark.parametrize("fault", REFUSED)
def test_a_wrong_file_is_one_sentence_and_nothing_is_written(shop: Shop, fresh_out: Path, fault: str) -> None:
    answers, sentence = REFUSED[fault]
    before = shop.rows()
    ended = shop.specify(answers, out=fresh_out)
    assert ended.returncode == 2
    _in_one_sentence(ended.stderr, sentence)
    assert not fresh_out.exists()
    assert shop.rows() == before


def test_a_time_that_is_none_is_refused(shop: Shop, fresh_out: Path) -> None:
    ended = shop.specify(GOOD, "--at", "yesterday", out=fresh_out)
    assert ended.returncode == 2
    _in_one_sentence(ended.stderr, "--at: 'yesterday' is no time.")


def test_a_file_in_the_place_of_the_folder_is_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    before = shop.rows()
    ended = shop.specify(GOOD, out=tmp_path / "out")
    assert ended.returncode == 2
    _in_one_sentence(ended.stderr, "is a file. Name a folder.")
    assert (tmp_path / "out").read_text() == "mine"
    assert shop.rows() == before


def test_a_vendor_without_a_key_is_refused(shop: Shop, fresh_out: Path) -> None:
    before = shop.rows()
    ended = shop.specify(GOOD, "--provider", "anthropic", out=fresh_out)
    assert ended.returncode == 2
    _in_one_sentence(ended.stderr, "ANTHROPIC_API_KEY")
    assert not fresh_out.exists()
    assert shop.rows() == before


def test_a_database_that_does_not_answer_is_one_sentence(shop: Shop, fresh_out: Path) -> None:
    ended = shop.specify(GOOD, out=fresh_out, DATABASE_URL="postgres://specstep@127.0.0.1:1/specstep")
    assert ended.returncode == 2
    _in_one_sentence(ended.stderr, "The database does not answer")
    assert not fresh_out.exists()


def test_a_database_that_is_not_set_up_is_one_sentence(tmp_path: Path) -> None:
    ended = Shop(tmp_path).specify(GOOD)
    assert ended.returncode == 2
    _in_one_sentence(ended.stderr, "Run: .venv/bin/python manage.py migrate")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("answers", "name"), [(BAKERY, "bakery-order-book"), (THIN, "a-thin-thing")])
def test_two_runs_at_one_time_give_the_same_bytes(shop: Shop, tmp_path: Path, answers: str, name: str) -> None:
    zips = []
    for out in (tmp_path / "one", tmp_path / "two"):
        ended = shop.specify(answers, "--at", AT, out=out)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.splitlines()[-1] == f"package: {out / name}.zip"
        zips.append((out / f"{name}.zip").read_bytes())
    assert zips[0] == zips[1]


def test_the_folder_holds_what_the_zip_holds_and_the_manifest_says_so(shop: Shop, fresh_out: Path) -> None:
    assert shop.specify(BAKERY, "--at", AT, out=fresh_out).returncode == 0
    folder = fresh_out / "bakery-order-book"
    on_disk = {str(path.relative_to(fresh_out)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(fresh_out / "bakery-order-book.zip") as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == on_disk
        assert packed.namelist() == sorted(packed.namelist())
        assert not [name for name in packed.namelist() if name.startswith("/") or ".." in Path(name).parts]
    manifest = json.loads(on_disk["bakery-order-book/.specstep/manifest.json"])
    for row in manifest["files"]:
        assert row["hash"] == "sha256:" + hashlib.sha256(on_disk[f"bakery-order-book/{row['path']}"]).hexdigest()
    assert sorted(path.name for path in fresh_out.iterdir()) == ["bakery-order-book", "bakery-order-book.zip"]


def test_the_asked_profile_goes_before_the_file_s(shop: Shop, fresh_out: Path) -> None:
    assert shop.specify(THIN, "--profile", "standard", out=fresh_out).returncode == 0
    model = json.loads((fresh_out / "a-thin-thing" / ".specstep" / "model.json").read_text())
    assert model["project"]["profile"] == "standard"


@pytest.mark.parametrize("sample", ["clinic", "energy-report", "dose-pump"])
def test_every_sample_becomes_a_package(shop: Shop, fresh_out: Path, sample: str) -> None:
    ended = shop.specify(ROOT / "samples" / f"{sample}.yaml", out=fresh_out)
    assert ended.returncode == 0, ended.stderr
    assert len(list(fresh_out.glob("*.zip"))) == 1
