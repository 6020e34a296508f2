"""The Anthropic Messages API behind the model protocol."""

from collections.abc import AsyncGenerator

from orchestrator.clients.model.protocol import ModelEvent, ModelRequest


class AnthropicClient:
    """Streams turns through the vendor's SDK; it never retries by itself."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
    ) -> None:
        """`read_timeout` seconds without any byte from the vendor count as a hang."""
        raise NotImplementedError

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError
