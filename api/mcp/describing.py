"""The list of ``docs/mcp.md``: tools, resources and prompts as a server gives them out."""

from __future__ import annotations

from api.mcp import resources
from api.mcp.server import Server, tools


def lists(server: Server) -> str:
    """Three tables in Markdown."""
    parts = ["| tool | what it does | kind |", "| --- | --- | --- |"]
    parts += [f"| `{tool.name}` | {tool.description} | {tool.kind.word} |" for tool in tools()]
    parts += ["", "| resource | what it is |", "| --- | --- |"]
    for uri, _, _, _, read in resources.TEMPLATES:
        parts.append(f"| `{resources.SCHEME}://{uri}` | {' '.join((read.__doc__ or '').split())} |")
    parts += ["", "| prompt | what it begins | arguments |", "| --- | --- | --- |"]
    for prompt in server._prompt_manager.list_prompts():
        given = ", ".join(f"`{one.name}`" for one in prompt.arguments or [])
        parts.append(f"| `{prompt.name}` | {prompt.description} | {given} |")
    return "\n".join(parts)
