"""The accounts of the vendors' prompt caches.

Both vendors put the schema of a structured answer before all else: another schema, another cache. Anthropic: blocks are hashed in
the order tools, system, messages, within one key and model. A mark writes an entry when the prefix has the model's minimum; it
can be read from the moment the writing call has produced its first token; a read looks back from each mark. OpenAI: the longest
known prefix in steps of 128 tokens, from 1,024 on; with explicit breakpoints like the other vendor. Four bytes are one token.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.wire_stub.behaviour import Behaviour

STEP_TOKENS = 128
STEP_BYTES = 4 * STEP_TOKENS


def tokens(size: int) -> int:
    """Of so many bytes."""
    return (size + 3) // 4


@dataclass(frozen=True)
class Chain:
    """The hashes of a prompt's prefixes."""

    by_block: list[tuple[bytes, int]]
    """Digest and tokens so far, at the end of each block."""
    by_step: list[bytes]
    total: int


def chain(scope: str, blocks: Sequence[str]) -> Chain:
    """Of a prompt within one key, model and schema."""
    digest = hashlib.blake2b(scope.encode(), digest_size=12)
    step_digest, by_block, by_step, rest, size = digest.copy(), [], [], b"", 0
    for block in blocks:
        data = block.encode("utf-8", "surrogatepass") + b"\x00"
        digest.update(data)
        size += len(data)
        by_block.append((digest.digest(), tokens(size)))
        rest += data
        while len(rest) >= STEP_BYTES:
            step_digest.update(rest[:STEP_BYTES])
            rest = rest[STEP_BYTES:]
            by_step.append(step_digest.digest())
    return Chain(by_block, by_step, tokens(size))


@dataclass(frozen=True)
class Account:
    """What one call reads and writes. ``commit`` belongs at its first token."""

    read: int
    write: int
    ideal: int
    """The prefix shared with any earlier prompt, whatever the marks, the minimum or the age."""
    commit: Callable[[], None]


@dataclass
class PromptCache:
    """What the vendor remembers."""

    marked: dict[bytes, float] = field(default_factory=dict)
    """Until when an entry at a mark can be read."""
    steps: dict[bytes, float] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)
    unread: dict[bytes, int] = field(default_factory=dict)
    """Tokens of the marked entries that were written and never read: paid more for nothing."""

    def account(self, behaviour: Behaviour, model: str, prompt: Chain, marks: Sequence[int] | None) -> Account:
        """``marks`` are block numbers; None for the vendor that needs none."""
        least = behaviour.cache_min_tokens
        for name, minimum in behaviour.cache_min_by_model.items():
            least = minimum if model.startswith(name) else least
        ideal = STEP_TOKENS * _how_many(prompt.by_step, self.seen.__contains__)
        if not behaviour.cache:
            read, write, entries = 0, 0, list[bytes]()
        elif marks is None:
            read, write, entries = self._automatic(prompt, least)
        else:
            read, write, entries = self._at_marks(prompt, least, sorted(marks), behaviour.lookback_blocks)
        keep = self.steps if marks is None else self.marked

        def commit() -> None:
            until = time.time() + behaviour.cache_ttl_s
            for digest in entries:
                keep[digest] = until
            self.seen.update(prompt.by_step)

        return Account(read, write, ideal, commit)

    def _automatic(self, prompt: Chain, least: int) -> tuple[int, int, list[bytes]]:
        now = time.time()
        if prompt.total < least:
            return 0, 0, []
        read = STEP_TOKENS * _how_many(prompt.by_step, lambda digest: self.steps.get(digest, 0.0) > now)
        read = read if read >= least else 0
        return read, STEP_TOKENS * len(prompt.by_step) - read, prompt.by_step

    def _at_marks(self, prompt: Chain, least: int, marks: list[int], lookback: int) -> tuple[int, int, list[bytes]]:
        now, read, entries = time.time(), 0, list[bytes]()
        for mark in marks:
            for place in range(mark, max(-1, mark - lookback), -1):
                digest, size = prompt.by_block[place]
                if size >= least and self.marked.get(digest, 0.0) > now:
                    read = max(read, size)
                    entries.append(digest)  # a read renews the entry
                    self.unread.pop(digest, None)
                    break
        at, write = read, 0
        for mark in marks:
            digest, size = prompt.by_block[mark]
            if size < least:
                continue
            entries.append(digest)
            if size > at:
                self.unread[digest] = size - at
                write += size - at
                at = size
        return read, write, entries


def _how_many(digests: Sequence[bytes], is_known: Callable[[bytes], bool]) -> int:
    for place, digest in enumerate(digests):
        if not is_known(digest):
            return place
    return len(digests)
