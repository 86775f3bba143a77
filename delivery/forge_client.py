"""Calls to a forge that is asked without a library of its own: typed answers, and every refusal a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel

from delivery.repositories import SECONDS, USER_AGENT, reaching
from delivery.rules.forge_answers import Words, failure
from ground import clock, egress

Model = TypeVar("Model", bound=BaseModel)


class ForgeClient:
    """One credential at one forge."""

    def __init__(self, client: httpx2.Client, words: Words, root: str) -> None:
        self._client, self._words, self._root = client, words, root

    def call(self, method: str, path: str, *, ok: tuple[int, ...] = (200, 201), **options: Any) -> httpx2.Response:
        """One answer whose status is in ``ok``. Raises ``DeliveryFailed`` for every other."""
        response = self._client.request(method, f"{self._root}{path}", **options)
        if response.status_code not in ok:
            raise self.failure(response)
        return response

    def read(self, model: type[Model], method: str, path: str, **options: Any) -> Model:
        """The same, as what it should be."""
        return model.model_validate_json(self.call(method, path, **options).content)

    def failure(self, response: httpx2.Response) -> Exception:
        headers: Mapping[str, str] = response.headers
        said = response.content[:10_000].decode("utf-8", "replace")
        return failure(self._words, response.status_code, message=said, headers=headers, now=clock.now())


@contextmanager
def forge_client(*, party: str, words: Words, root: str, authorization: str) -> Iterator[ForgeClient]:
    """A client for one delivery, over after ``SECONDS`` in all. What happens on the way becomes ``DeliveryFailed``."""
    headers = {"User-Agent": USER_AGENT, "Authorization": authorization, "Accept": "application/json"}
    client = egress.client(party=party, purpose="delivery", headers=headers)
    with reaching(words.forge), egress.within(SECONDS), client:
        yield ForgeClient(client, words, root)
