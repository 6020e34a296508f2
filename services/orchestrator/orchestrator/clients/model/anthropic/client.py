"""The Anthropic Messages API behind the model protocol."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Unpack

from common.errors import AppError
from orchestrator.clients.model.anthropic import failures
from orchestrator.clients.model.anthropic.blocks import BlockAssembler
from orchestrator.clients.model.anthropic.parameters import parameters
from orchestrator.clients.model.protocol import CacheLifetime, ModelRequest
from orchestrator.clients.model.vendor import Sent, VendorClient, VendorOptions

if TYPE_CHECKING:
    import anthropic
    import httpx2


class AnthropicClient(VendorClient):
    """See VendorClient. `lifetime`: how long the vendor's cache keeps what it has read."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None = None,
        lifetime: CacheLifetime = "5m",
        **options: Unpack[VendorOptions],
    ) -> None:
        super().__init__(api_key=api_key, base_url=base_url, **options)
        self._lifetime = lifetime

    def _sdk(self) -> ModuleType:
        import anthropic  # noqa: PLC0415 - see VendorClient

        return anthropic

    def _connect(self, **options: Any) -> "anthropic.AsyncAnthropic":
        import anthropic  # noqa: PLC0415 - see VendorClient

        return anthropic.AsyncAnthropic(**options)

    def _call(
        self, connection: "anthropic.AsyncAnthropic", request: ModelRequest
    ) -> AbstractAsyncContextManager[Any]:
        body = parameters(request, request.effort or self._effort, self._lifetime)
        return connection.messages.with_streaming_response.create(stream=True, **body)

    async def _events(self, response: "httpx2.Response") -> AsyncGenerator[Sent, None]:
        import anthropic  # noqa: PLC0415 - loaded by now

        async for event in anthropic.AsyncStream.raw_events(response):
            yield event.event, event.data

    def _read(self, name: str | None, data: str) -> dict[str, Any] | None:
        return None if name in {None, "ping"} else dict(json.loads(data))

    def _assembler(self) -> BlockAssembler:
        return BlockAssembler()

    def _from_status(self, error: "anthropic.APIStatusError") -> AppError:
        return failures.from_status(error)

    def _from_event(self, event: Mapping[str, Any], headers: Mapping[str, str]) -> AppError | None:
        return failures.from_event(event, headers) if event.get("type") == "error" else None
