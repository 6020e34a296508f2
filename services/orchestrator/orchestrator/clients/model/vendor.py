"""What the vendors' clients have in common: an SDK that is loaded late, and one way through a stream."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack

from common.errors import AppError
from orchestrator.clients.late import LateClient
from orchestrator.clients.model import failures
from orchestrator.clients.model.protocol import (
    Effort,
    ModelClient,
    ModelCut,
    ModelEvent,
    ModelRequest,
    ModelUnavailable,
    TurnRefused,
    TurnRequested,
)

if TYPE_CHECKING:
    import httpx2

_DRAIN_SECONDS = 1.0


class Assembler(Protocol):
    """Puts one turn together from the vendor's events."""

    started: bool
    ended: bool

    def take(self, event: dict[str, Any]) -> list[ModelEvent]:
        """What the vendor's next event means for the conversation loop."""
        ...


Sent = tuple[str | None, str]
"""The name and the data of a server-sent event."""


class VendorOptions(TypedDict, total=False):
    """Time-outs in seconds: until connected, without a byte (a hang), and with nothing but pings.

    `effort` None: as much as the vendor thinks right for the model.
    """

    connect_timeout: float
    read_timeout: float
    quiet_timeout: float
    effort: Effort | None


class VendorClient(ModelClient, ABC):
    """Streams turns through a vendor's SDK; it never retries by itself."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None = None,
        **options: Unpack[VendorOptions],
    ) -> None:
        """`base_url` None: the vendor's own."""
        self._api_key = api_key
        self._base_url = base_url
        self._connect_timeout = options.get("connect_timeout", 10.0)
        self._read_timeout = options.get("read_timeout", 60.0)
        self._quiet_timeout = options.get("quiet_timeout", 120.0)
        self._effort = options.get("effort")
        self._connection = LateClient(self._load)

    @abstractmethod
    def _sdk(self) -> ModuleType:
        """The SDK, imported now."""

    @abstractmethod
    def _connect(self, **options: Any) -> Any:
        """The SDK's client with these options."""

    @abstractmethod
    def _call(self, connection: Any, request: ModelRequest) -> AbstractAsyncContextManager[Any]:
        """Sends the request; the SDK's response, which has its `http_response`."""

    @abstractmethod
    def _events(self, response: "httpx2.Response") -> AsyncGenerator[Sent, None]:
        """The events as sent: the SDKs' types would bend what they do not know."""

    @abstractmethod
    def _read(self, name: str | None, data: str) -> dict[str, Any] | None:
        """What the event says; None if that is only that the vendor is still there."""

    @abstractmethod
    def _assembler(self) -> Assembler: ...

    @abstractmethod
    def _from_status(self, error: Any) -> AppError:
        """What an HTTP error of the vendor means."""

    @abstractmethod
    def _from_event(self, event: Mapping[str, Any], headers: Mapping[str, str]) -> AppError | None:
        """What an event that tells of an error means; None for the others."""

    async def warm_up(self) -> None:
        """Load the SDK now, so that the first turn need not wait for it."""
        await self._connection.get()

    async def close(self) -> None:
        """Closes the connections to the vendor."""
        await self._connection.close()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """One turn; see ModelClient. Every block it delivers is whole, though the turn may not be."""
        connection = await self._connection.get()
        assembler = self._assembler()
        yield TurnRequested()
        async with contextlib.AsyncExitStack() as stack:
            try:
                with self._translated(assembler):
                    calling = self._call(connection, request)
                    response = (await stack.enter_async_context(calling)).http_response
            except AppError as error:
                if not failures.may_be_billed(error):
                    yield TurnRefused()
                raise
            events = await stack.enter_async_context(contextlib.aclosing(self._events(response)))
            while not assembler.ended:
                with self._translated(assembler):
                    event = await self._next(events)
                    if event is None:
                        raise ModelCut("The model's answer broke off before its end.")
                    if (failed := self._from_event(event, response.headers)) is not None:
                        raise failed
                    found = assembler.take(event)
                for one in found:
                    yield one
            with contextlib.suppress(Exception):  # an answer read to its end lets the connection be reused
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await anext(events, None)

    async def _next(self, events: AsyncIterator[Sent]) -> dict[str, Any] | None:
        """The vendor's next event that is no ping, None at the end of the stream."""
        try:
            async with asyncio.timeout(self._quiet_timeout):
                async for event in events:
                    if (content := self._read(*event)) is not None:
                        return content
        except TimeoutError:
            raise ModelUnavailable(
                "The model said nothing for a long time.", seconds=self._quiet_timeout
            ) from None
        return None

    def _load(self) -> Any:
        timeout = self._sdk().Timeout(self._read_timeout, connect=self._connect_timeout)
        return self._connect(api_key=self._api_key, base_url=self._base_url, max_retries=0, timeout=timeout)

    @contextlib.contextmanager
    def _translated(self, assembler: Assembler) -> Iterator[None]:
        """Turn the SDK's failures into ours."""
        import httpx2  # noqa: PLC0415 - the SDKs' transport, whose errors come through in mid-stream

        sdk = self._sdk()
        try:
            yield
        except sdk.APIStatusError as error:
            raise self._from_status(error) from error
        except (sdk.APIError, httpx2.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            # the last four: what arrived is no event of this API
            raise failures.from_transport(error, started=assembler.started) from error
