"""The Anthropic Messages API behind the model protocol."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from common.errors import AppError
from orchestrator.clients.model import failures
from orchestrator.clients.model.blocks import Assembler
from orchestrator.clients.model.parameters import Effort, parameters
from orchestrator.clients.model.protocol import (
    ModelClient,
    ModelCut,
    ModelEvent,
    ModelRequest,
    ModelUnavailable,
    TurnRefused,
    TurnRequested,
)

# The SDK takes 1.5 to 2 s to import, so it is loaded beside the event loop when it is first needed.
if TYPE_CHECKING:
    import anthropic
    import httpx2
    from anthropic._streaming import ServerSentEvent

_DRAIN_SECONDS = 1.0


class AnthropicClient(ModelClient):
    """Streams turns through the vendor's SDK; it never retries by itself."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        quiet_timeout: float = 120.0,
        effort: Effort | None = None,
    ) -> None:
        """Time-outs in seconds: without a byte from the vendor (a hang), and with nothing but pings.

        `effort` None: as much as the vendor thinks right for the model.
        """
        self._api_key = api_key
        self._base_url = base_url
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._quiet_timeout = quiet_timeout
        self._effort = effort
        self._client: anthropic.AsyncAnthropic | None = None
        self._loading = asyncio.Lock()

    async def warm_up(self) -> None:
        """Load the SDK now, in a thread, so that the first turn need not wait for it."""
        await self._connected()

    async def close(self) -> None:
        """Closes the connections to the vendor."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """One turn; see ModelClient. Every block it delivers is whole, though the turn may not be."""
        client = await self._connected()
        assembler = Assembler()
        yield TurnRequested()
        async with contextlib.AsyncExitStack() as stack:
            try:
                with _translated(assembler):
                    calling = client.messages.with_streaming_response.create(
                        stream=True, **parameters(request, self._effort)
                    )
                    response = (await stack.enter_async_context(calling)).http_response
            except AppError as error:
                if not failures.may_be_billed(error):
                    yield TurnRefused()
                raise
            events = await stack.enter_async_context(contextlib.aclosing(_raw_events(response)))
            while not assembler.ended:
                with _translated(assembler):
                    event = await self._next(events)
                    if event is None:
                        raise ModelCut("The model's answer broke off before its end.")
                    if event.get("type") == "error":
                        raise failures.from_event(event, response.headers)
                    found = assembler.take(event)
                for one in found:
                    yield one
            with contextlib.suppress(Exception):  # an answer read to its end lets the connection be reused
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await anext(events, None)

    async def _next(self, events: "AsyncIterator[ServerSentEvent]") -> dict[str, Any] | None:
        """The vendor's next event that is no ping, None at the end of the stream."""
        try:
            async with asyncio.timeout(self._quiet_timeout):
                async for event in events:
                    if event.event not in {None, "ping"}:
                        return dict(event.json())
        except TimeoutError:
            raise ModelUnavailable(
                "The model said nothing for a long time.", seconds=self._quiet_timeout
            ) from None
        return None

    async def _connected(self) -> "anthropic.AsyncAnthropic":
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    def _connect(self) -> "anthropic.AsyncAnthropic":
        import anthropic  # noqa: PLC0415 - see the top of this module

        return anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            timeout=anthropic.Timeout(self._read_timeout, connect=self._connect_timeout),
        )


async def _raw_events(response: "httpx2.Response") -> "AsyncGenerator[ServerSentEvent, None]":
    """The events as sent: the SDK's types would bend what they do not know, and blocks go back verbatim."""
    import anthropic  # noqa: PLC0415 - loaded by now

    async for event in anthropic.AsyncStream.raw_events(response):
        yield event


@contextlib.contextmanager
def _translated(assembler: Assembler) -> Iterator[None]:
    """Turn the SDK's failures into ours."""
    import anthropic  # noqa: PLC0415 - loaded by now
    import httpx2  # noqa: PLC0415 - the SDK's transport, whose errors it lets through in the middle of a stream

    try:
        yield
    except anthropic.APIStatusError as error:
        raise failures.from_status(error) from error
    except (anthropic.APIError, httpx2.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        # the last four: what arrived is no event of this API
        raise failures.from_transport(error, started=assembler.started) from error
