"""How much a model has to read, and how a text that is too long gets shorter. Pure."""

from __future__ import annotations

BYTES_PER_TOKEN = 3
"""For upper estimates. English has about four letters to a token, JSON and the newest tokenisers three; a Chinese sign is three
bytes and about one token. If a vendor still finds the window too small, it says so, and the material gets lighter then."""


def estimate_tokens(text: str) -> int:
    """About how many tokens ``text`` is for any of the models, rather too many than too few."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)
