"""What a vendor's wire format consists of."""

from collections.abc import Mapping
from typing import Any, Protocol

from dev.simulator.turn import Vendor
from dev.simulator.wire.answer import Answer, Usage
from dev.simulator.wire.errors import ApiError
from dev.simulator.wire.prompt import Prompt
from dev.simulator.wire.stream import Frame, Frames


class Wire(Protocol):
    """Reads requests of one API and renders answers to them; it remembers the prefixes that are cached."""

    @property
    def vendor(self) -> Vendor: ...

    @property
    def max_body(self) -> int:
        """Bytes of the longest request."""

    @property
    def ping(self) -> bytes | None: ...

    def authorise(self, headers: Mapping[str, str]) -> None:
        """Raises ApiError without credentials."""

    def read(self, body: Any) -> Prompt:
        """The request's meaning; ApiError where the vendor would refuse it."""

    def usage(self, prompt: Prompt) -> Usage:
        """What of the prompt is in the cache; from now on, what the vendor would have written to it."""

    def counts(self, answer: Answer) -> dict[str, Any]:
        """The usage of a whole answer as the vendor tells it."""

    def body(self, answer: Answer) -> dict[str, Any]:
        """An answer that is not streamed."""

    def frames(self, answer: Answer) -> Frames: ...

    def failure(self, kind: str, message: str, answer: Answer, request_id: str, *, failed: bool) -> Frame:
        """An error in the middle of a stream; `failed`: as the end of the answer, where there is a choice."""

    def error(self, error: ApiError, request_id: str) -> tuple[int, dict[str, Any]]:
        """Status and body of an error."""

    def headers(self, request_id: str, *, limited: bool = False) -> dict[str, str]:
        """Of every response; `limited`: the rate limit is used up."""
