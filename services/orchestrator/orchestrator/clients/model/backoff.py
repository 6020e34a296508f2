"""Asking again when the vendor is busy: full jitter, within a budget of time."""

from collections.abc import AsyncGenerator

from orchestrator.clients.model.protocol import ModelClient, ModelEvent, ModelRequest


class RetryingClient:
    """A ModelClient that asks `inner` again while no block of the turn was delivered yet."""

    def __init__(self, inner: ModelClient, *, budget: float = 120.0) -> None:
        """`budget`: seconds from the first attempt within which another one may begin."""
        raise NotImplementedError

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        raise NotImplementedError
