"""The MCP server at ``/mcp``: what an agent may ask for, each tool a door to the flow that the page calls (docs/mcp.md)."""
