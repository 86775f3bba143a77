"""What cannot be taken back asks for a typed word; the server looks, so it counts without script too."""

from __future__ import annotations

from django.http import HttpRequest

from ground.errors import BadInput


def typed(request: HttpRequest, word: str) -> None:
    """Raise ``BadInput`` unless the form's field ``word`` holds this word."""
    if request.POST.get("word", "").strip().lower() != word:
        raise BadInput(f"Nothing was done. Type {word} into the field to go on.")
