"""What must not leave: secrets are found and replaced before any payload goes out; people are found for the interview.

Importable without Django settings. ``find_secrets`` and ``redact`` never store or log what they find.
"""

from llm.redaction.finding import Secret, find_secrets
from llm.redaction.personal import Span, find_personal
from llm.redaction.replacing import Redaction, redact

__all__ = ["Redaction", "Secret", "Span", "find_personal", "find_secrets", "redact"]
