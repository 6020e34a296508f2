"""The log of requests that tests read through /__sim/requests."""

import secrets
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from dev.simulator.turn import Vendor

KEPT = 10_000
KEPT_WHOLE = 200


@dataclass
class LoggedRequest:
    """`outcome` is a stop_reason, `picture`, `fault:<kind>`, an error type, `disconnected`, or `running`."""

    vendor: Vendor
    model: str = ""
    sha256: str = ""
    messages: int = 0
    stream: bool = False
    id: str = field(default_factory=lambda: f"req_{secrets.token_hex(12)}")
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    outcome: str = "running"
    stop_reason: str | None = None
    script: str | None = None
    attempt: int = 1  # how often this very request has been seen
    extends: bool | None = None  # whether its messages continue an earlier request's; None for a first one
    error: str | None = None
    milliseconds: float | None = None
    usage: dict[str, Any] | None = None


class RequestLog:
    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=KEPT)
        self._bodies: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def add(self, entry: LoggedRequest) -> LoggedRequest:
        self._entries.append(entry)
        return entry

    def keep(self, entry: LoggedRequest, body: dict[str, Any]) -> None:
        """Keeps what was asked, as long as it is one of the last."""
        self._bodies[entry.id] = body
        while len(self._bodies) > KEPT_WHOLE:
            self._bodies.popitem(last=False)

    def body(self, entry_id: str) -> dict[str, Any] | None:
        return self._bodies.get(entry_id)

    def times(self, sha256: str) -> int:
        """How often this request has been seen, of those that are kept."""
        return sum(entry.sha256 == sha256 for entry in self._entries)

    def clear(self) -> None:
        self._entries.clear()
        self._bodies.clear()

    def as_wire(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self._entries]
