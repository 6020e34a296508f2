"""The OpenAI Responses API behind the model protocol."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from common.errors import AppError
from orchestrator.clients.model.openai import failures
from orchestrator.clients.model.openai.events import ResponseAssembler
from orchestrator.clients.model.openai.items import parameters
from orchestrator.clients.model.protocol import ModelRequest
from orchestrator.clients.model.vendor import Sent, VendorClient

if TYPE_CHECKING:
    import httpx2
    import openai

OPENAI_URL = "https://api.openai.com/v1"
NO_KEY = "none"
"""For servers that ask for none: the SDK wants one."""

_PINGS = frozenset({"ping", "keepalive"})
_END = "[DONE]"


class OpenAIClient(VendorClient):
    """See VendorClient. Local servers that speak this API are reached by their `base_url`."""

    def _sdk(self) -> ModuleType:
        import openai  # noqa: PLC0415 - see VendorClient

        return openai

    def _connect(self, **options: Any) -> "openai.AsyncOpenAI":
        import openai  # noqa: PLC0415 - see VendorClient

        client = openai.AsyncOpenAI(**options)
        _ = client.responses  # imports as much again
        return client

    def _call(
        self, connection: "openai.AsyncOpenAI", request: ModelRequest
    ) -> AbstractAsyncContextManager[Any]:
        body = parameters(request, request.effort or self._effort)
        return connection.responses.with_streaming_response.create(stream=True, **body)

    async def _events(self, response: "httpx2.Response") -> AsyncGenerator[Sent, None]:
        from openai._streaming import SSEDecoder  # noqa: PLC0415 - loaded by now

        async for event in SSEDecoder().aiter_bytes(response.aiter_bytes()):
            yield event.event, event.data

    def _read(self, name: str | None, data: str) -> dict[str, Any] | None:
        """Some servers name their events in the data only, and end with a sign of another API of OpenAI's."""
        nothing = name in _PINGS or data in {"", _END}
        return None if nothing else dict(json.loads(data))

    def _assembler(self) -> ResponseAssembler:
        return ResponseAssembler()

    def _from_status(self, error: "openai.APIStatusError") -> AppError:
        return failures.from_status(error)

    def _from_event(self, event: Mapping[str, Any], headers: Mapping[str, str]) -> AppError | None:
        return failures.from_event(event, headers)
