"""From content to files: every document of a package, rendered from the same records."""

from generation.rules.contracts import prose_headings, written_documents

__all__ = ["prose_headings", "written_documents"]
