"""Mermaid's own parser reads every diagram, also those with odd names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from generation.rules.content import Content, Edge, Element
from generation.rules.rendering import diagrams

PACKAGES = ("mermaid@11.17.2", "jsdom@26.1.0")
READER = """
import { JSDOM } from 'jsdom';
import fs from 'fs';
const page = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true });
globalThis.window = page.window;
globalThis.document = page.window.document;
for (const name of ['Element', 'HTMLElement', 'SVGElement', 'Node', 'DOMParser']) globalThis[name] = page.window[name];
const mermaid = (await import('mermaid')).default;
mermaid.initialize({ startOnLoad: false });
for (const file of process.argv.slice(2)) {
  try { await mermaid.parse(fs.readFileSync(file, 'utf8')); }
  catch (trouble) { console.log(file + '\\t' + String(trouble.message).split('\\n')[0]); }
}
"""


@pytest.fixture(scope="session")
def mermaid_folder() -> Path:
    """A folder with Mermaid's parser, installed once from npm and kept in the cache of this machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "specstep-tests" / "mermaid-11.17.2"
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.fail("Diagrams are read by Mermaid's own parser, which needs Node 20 and npm. Install both and run this again.")
    if not (cache / "node_modules" / "mermaid" / "package.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text('{"private": true, "type": "module"}\n')
        command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
        done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.fail(f"npm could not install {' and '.join(PACKAGES)}: {done.stderr.strip()[-400:]}")
    (cache / "reader.mjs").write_text(READER)
    return cache


def _faults(folder: Path, sources: dict[str, str], at: Path) -> str:
    paths = []
    for name, text in sources.items():
        path = at / f"{name}.mmd"
        path.write_text(text)
        paths.append(str(path))
    node = shutil.which("node") or "node"
    done = subprocess.run([node, "reader.mjs", *paths], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-400:]
    return done.stdout


def test_mermaid_reads_the_diagrams_of_the_clinic(content: Content, mermaid_folder: Path, tmp_path: Path) -> None:
    sources: dict[str, str] = {view: diagrams.diagram(content, view) for view in diagrams.FILES.values()}
    assert _faults(mermaid_folder, sources, tmp_path) == ""


def test_mermaid_refuses_a_diagram_that_is_wrong(mermaid_folder: Path, tmp_path: Path) -> None:
    assert "wrong.mmd" in _faults(mermaid_folder, {"wrong": 'flowchart LR\n  A["x" --> B'}, tmp_path)


ODD = [
    'Pumps | "twin" `x` <b>bold</b> # 100 %',
    "end",
    "ends; with a semicolon",
    "%% a comment?",
    "(round) [square] {curly} /slash\\",
    "Müller & Söhne GmbH: 3 m³/h ≥ 5 °C",
    "`markdown`",
    "#quot; &amp; #35;",
    "--> arrow",
    "graph TD",
    "click me href",
    "مرحبا 你好 🙂",
    "line one\nline two",
    "   ",
]


def test_mermaid_reads_odd_names(content: Content, mermaid_folder: Path, tmp_path: Path) -> None:
    sources: dict[str, str] = {}
    for number, name in enumerate(ODD):
        for element in content.elements:
            element.name = name
            element.holds = name
        for edge in content.edges:
            edge.label = name
        sources |= {f"{number}-{view}": diagrams.diagram(content, view) for view in diagrams.FILES.values()}
    assert _faults(mermaid_folder, sources, tmp_path) == ""


def test_mermaid_reads_ids_that_look_like_words_of_its_own(content: Content, mermaid_folder: Path, tmp_path: Path) -> None:
    ids = ["CMP-end", "CMP-graph", "CMP-subgraph-2", "CMP-o", "CMP-x", "CMP-style", "CMP-class-def", "CMP-click", "CMP-end-point"]
    content.elements = [Element(id=label, type="component", name=label, views=["blocks"], may_call=[]) for label in ids]
    pairs = zip(ids, [*ids[1:], ids[0]], strict=True)
    content.edges = [Edge(view="blocks", source=source, target=target, label="calls") for source, target in pairs]
    assert _faults(mermaid_folder, {"blocks": diagrams.diagram(content, "blocks")}, tmp_path) == ""
