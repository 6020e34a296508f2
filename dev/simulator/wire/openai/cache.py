"""Cache usage from real prefix matching, in steps of 128 tokens from 1,024 on."""

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b

from dev.simulator.wire.answer import Usage
from dev.simulator.wire.prompt import CHARS_PER_TOKEN, Prompt

MIN_CACHED_TOKENS = 1024
STEP = 128
_ENTRIES = 200_000


class StepCache:
    """Remembers the prefixes of all prompts, least recently used first out."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def usage(self, prompt: Prompt) -> Usage:
        """The request's input usage; writes the prompt to the cache."""
        read = 0
        for digest, tokens in _prefixes(prompt):
            if digest in self._known:
                read = tokens
            self._known[digest] = None
            self._known.move_to_end(digest)
        while len(self._known) > _ENTRIES:
            self._known.popitem(last=False)
        read, whole = _steps(read), _steps(prompt.tokens)
        return Usage(prompt.tokens - whole, read, whole - read)


def _steps(tokens: int) -> int:
    """What of so many tokens is cached."""
    return tokens // STEP * STEP if tokens >= MIN_CACHED_TOKENS else 0


def _prefixes(prompt: Prompt) -> Iterator[tuple[bytes, int]]:
    """Digest and tokens of the prompt up to every step in its texts and every end of a segment."""
    digest = blake2b(prompt.scope.encode(), digest_size=16)
    size = STEP * CHARS_PER_TOKEN
    before = 0
    for segment in prompt.segments:
        for end in range(size, len(segment.text), size):
            digest.update(segment.text[end - size : end].encode())
            yield digest.digest(), before + min(segment.tokens, end // CHARS_PER_TOKEN)
        digest.update(segment.text[(len(segment.text) - 1) // size * size :].encode() + b"\0")
        before += segment.tokens
        yield digest.digest(), before
