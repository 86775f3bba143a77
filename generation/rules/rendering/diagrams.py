"""C4 diagrams in Mermaid's language, drawn from the elements and arrows of the model."""

from __future__ import annotations

from typing import Literal

from generation.rules.content import Content, Element

View = Literal["context", "container", "blocks"]

FILES: dict[str, View] = {
    "diagrams/context.mmd": "context",
    "diagrams/container.mmd": "container",
    "diagrams/building-blocks.mmd": "blocks",
}
_KIND = {"person": "Person", "system": "Software system", "external": "External system"}


def views(content: Content) -> dict[str, View]:
    """Paths of the diagrams that have something to show."""
    return {path: view for path, view in FILES.items() if any(view in element.views for element in content.elements)}


def diagram(content: Content, view: View) -> str:
    """The source of one diagram; empty when the view has no element."""
    shown = [element for element in content.elements if view in element.views]
    if not shown:
        return ""
    lines = [f"flowchart {'LR' if view == 'context' else 'TB'}"]
    lines += [f"  {element.id}{_box(element, view, content.system)}" for element in shown]
    lines += [f'  {edge.source} -->|"{label(edge.label)}"| {edge.target}' for edge in content.edges if edge.view == view]
    return "\n".join(lines)


def _box(element: Element, view: View, system: str) -> str:
    text = label(element.name)
    if view == "context":
        text += f"<br/>[{_KIND.get(element.type, 'Component')}]"
    elif view == "container" and element.type not in ("person", "external"):
        text += f"<br/>[{label(system)}{': ' + label(element.holds) if element.holds else ''}]"
    if element.type == "person":
        return f'(["{text}"])'
    if element.type == "external":
        return f'[/"{text}"/]'
    if view == "container" and ("database" in element.id or "store" in element.id):
        return f'[("{text}")]'
    return f'["{text}"]'


def label(text: str) -> str:
    """A text that cannot end or change the label it stands in."""
    text = " ".join(text.split()).replace("#", "#35;").replace('"', "#quot;").replace("`", "'").replace("|", "/")
    return text.replace("<", "#lt;").replace(">", "#gt;").replace("%%", "% %") or "calls"
