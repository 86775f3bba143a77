"""The main job with secrets in everything it is given: without a model nothing is in front of a package but our own guards."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from generation.rules import packaging
from tests.generation.commands.shop import AT, Shop

TOKENS = {
    "title": "gh" + "p_" + "q7W2e9R4t1Y6u3I8o5P0a7S2d9F4g1H6j3K8",
    "brief": "sk-" + "ant-api03-" + "Qz7mWv2Kx9Lp4Tn8Rb3Yd6Hf1Gs5Jc0A" * 2 + "-AA",
    "answer": "Foxglove.tundra" + "917%",
    "document": "Lantern-copper" + "442!",
    "name": "gl" + "pat-" + "Zr8kQw3Tn6Vy1Mx5Bp9L",
}
ANSWERS = """
title: Tool Shelf {title}
brief: |
  We lend tools to neighbours from a shelf in the hall. Paper cards get lost. The key of the old site is {brief}.
references: ["notes {name}.md"]
answers:
  - {{topic: V1, text: "Twelve volunteers. The password is {answer} on the tablet in the hall."}}
  - {{topic: V2, text: "About 4 in 10 loans are overdue. By June 2027 it should be 1 in 10."}}
  - {{topic: R2, text: "When a volunteer scans a tool, the page shows who has it and when it is due back."}}
"""
DOCUMENT = "# The old site\n\nDATABASE_URL=postgres://shelf:{document}@db.shelf.example/loans\n\nA loan lasts at most 14 days.\n"


@pytest.mark.parametrize("environment", [{}, {"SPECSTEP_DEBUG": "0"}], ids=["laptop", "without debug"])
def test_no_secret_is_in_package_database_files_or_log(tmp_path: Path, environment: dict[str, str]) -> None:
    shop = Shop(tmp_path, {"LOG_LEVEL": "DEBUG", **environment})
    shop.migrate()
    given = tmp_path / "given"
    given.mkdir()
    (given / f"notes {TOKENS['name']}.md").write_text(DOCUMENT.format(**TOKENS))
    (given / "answers.yaml").write_text(ANSWERS.format(**TOKENS))
    ended = shop.specify(given / "answers.yaml", "--at", AT)
    assert ended.returncode == 0, ended.stderr

    said = ended.stdout + ended.stderr
    made = shop.out / "tool-shelf.zip"
    with zipfile.ZipFile(made) as archive:
        package = {name: archive.read(name).decode() for name in archive.namelist()}
    assert packaging.verify(made.read_bytes()) == []
    kept = [path for folder in (tmp_path / "var", shop.out) for path in folder.rglob("*") if path.is_file()]
    for where, secret in TOKENS.items():
        assert secret not in said, where
        assert secret not in made.name, where
        assert not [name for name, text in package.items() if secret in text or secret in name], where
        assert not [path for path in kept if secret.encode() in path.read_bytes()], where

    # What stood beside them is there, and every one of them has its placeholder.
    (model,) = (json.loads(text) for name, text in package.items() if name.endswith(".specstep/model.json"))
    assert model["project"]["title"].startswith("Tool Shelf [[SECRET:")
    whole = "\n".join(package.values())
    assert "on the tablet in the hall" in whole
    assert "A loan lasts at most 14 days" in whole
    assert len({piece.split("]]")[0] for piece in whole.split("[[SECRET:")[1:]}) >= 4
