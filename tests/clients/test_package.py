"""The package as it is installed: it builds, needs little, and knows nothing of the server's code."""

from __future__ import annotations

import ast
import subprocess
import tomllib
import zipfile
from pathlib import Path

from tests.clients.conftest import ROOT, SOURCE

FOLDER = ROOT / "clients" / "specstep"


def test_it_builds_a_wheel_with_the_command(tmp_path: Path) -> None:
    build: list[str | Path] = [
        ROOT / ".venv" / "bin" / "uv",
        "build",
        "--wheel",
        "--offline",
        "--no-cache",
        "-q",
        "-o",
        tmp_path,
        FOLDER,
    ]
    subprocess.run(build, check=True, timeout=60)
    (wheel,) = tmp_path.glob("specstep-*.whl")
    with zipfile.ZipFile(wheel) as held:
        names = held.namelist()
        points = held.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert "specstep = specstep_client.cli:main" in points
    assert {name.split("/")[0].split("-")[0] for name in names} == {"specstep_client", "specstep"}
    assert sum(name.endswith(".py") for name in names) == len(list(SOURCE.rglob("*.py")))


def test_it_needs_two_libraries_and_imports_nothing_of_the_server() -> None:
    asked = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {word.split(">")[0] for word in asked} == {"httpx2", "keyring"}
    trees = [ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")]
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name or "").split(".")[0]  # type: ignore[union-attr]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }
    ours = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
    assert "accounts" in ours
    assert not imported & ours
    assert {"httpx2", "keyring", "specstep_client"} <= imported


def test_the_version_is_one() -> None:
    from specstep_client import VERSION

    assert tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]["version"] == VERSION
