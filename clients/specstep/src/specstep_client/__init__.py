"""SpecStep on the command line, and a bridge that lets stdio clients of the Model Context Protocol work with it.

Nothing of the server is imported: what it speaks is public (docs/mcp.md, docs/oauth.md, docs/api-keys.md, docs/clients.md).
"""

VERSION = "0.1.0"
