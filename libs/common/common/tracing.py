"""W3C trace context: one `traceparent` follows a request through HTTP and messages."""

import re
import secrets
from contextvars import ContextVar

import structlog

_PATTERN = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str:
    """The `traceparent` to send onwards; outside any trace a new one."""
    return _current.get() or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def bind_traceparent(received: str | None) -> str:
    """Continues the received trace with a span of our own, or begins one; bound to the log context too."""
    match = _PATTERN.fullmatch(received or "")
    trace_id, flags = (match[1], match[3]) if match else (secrets.token_hex(16), "01")
    traceparent = f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
    _current.set(traceparent)
    structlog.contextvars.bind_contextvars(trace_id=trace_id)
    return traceparent
