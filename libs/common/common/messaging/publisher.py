"""The connection to NATS: publishing with acknowledgement, passing messages, declaring streams."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from nats.aio.client import Client
from nats.errors import BadHeaderError
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.errors import APIError, BadRequestError, NoStreamResponseError
from pydantic import SecretStr

from common.clock import utcnow
from common.contracts import Contract
from common.errors import InvalidInput, PayloadTooLarge, Unavailable
from common.ids import new_id
from common.logging import get_logger
from common.messaging.probe import StoreProbe
from common.messaging.streams import CONSUMERS, STREAMS, Consumer, Stream
from common.tracing import current_traceparent

_TIMEOUT = 5.0
_DECLARE_TIMEOUT = 15.0
_DUPLICATE_WINDOW = 120.0
# Limits of the account, resources of the cluster, storage of the server.
_NO_ROOM = frozenset({10002, 10023, 10047})

logger = get_logger(__name__)


def envelope(source: str, contract: Contract, message_id: str | None = None) -> dict[str, str]:
    """CloudEvents 1.0 attributes in binary mode, with the id that JetStream de-duplicates by."""
    identifier = message_id or new_id("msg")
    return {
        "Nats-Msg-Id": identifier,
        "ce-specversion": "1.0",
        "ce-id": identifier,
        "ce-type": contract.type,
        "ce-source": source,
        "ce-time": utcnow().isoformat(),
        "content-type": "application/json",
        "traceparent": current_traceparent(),
    }


class Unpublishable(InvalidInput):
    """A message that no stream will ever take."""

    code = "unpublishable"


class NoRoom(Unavailable):
    """NATS refuses to reserve the storage that a stream is declared with."""

    code = "nats_storage_insufficient"


class Bus:
    """One connection, which reconnects for ever once it has been made."""

    def __init__(
        self,
        url: SecretStr,
        service: str,
        *,
        streams: Sequence[Stream] = STREAMS,
        consumers: Sequence[Consumer] = CONSUMERS,
    ) -> None:
        self._url = url
        self._service = service
        self._streams = streams
        self._consumers = consumers
        self._client: Client | None = None
        self._probe = StoreProbe(streams, service)
        self._connecting = asyncio.Lock()
        self._declared = False
        self._last_complaint: str | None = None

    @property
    def client(self) -> Client:
        """The connection of nats-py; raises Unavailable until there is one."""
        if self._client is None or self._client.is_closed:
            raise Unavailable("NATS is not connected yet.")
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream on this connection, with a time limit for each call; raises Unavailable."""
        return self.client.jetstream(timeout=_TIMEOUT)

    async def connect(self) -> None:
        """Connects and declares all streams and consumers; raises Unavailable.

        Costs nothing while what it did still holds, so every loop may call it as often as it likes.
        """
        if self._declared and self._connected():
            return
        async with self._connecting:
            if self._declared and self._connected():
                return
            try:
                # An error that the server reports closes nats-py's client for good, also a passing one.
                if self._client is None or self._client.is_closed:
                    self._client = await self._open()
                self._require_connection()
                async with asyncio.timeout(_DECLARE_TIMEOUT):
                    await self.declare()
            except (OSError, TimeoutError, NatsError) as error:
                raise Unavailable("NATS cannot be reached.") from error
            # Lost again meanwhile: what answered may not be what is there next.
            self._declared = self._connected()

    def forget_declarations(self) -> None:
        """Has the next `connect` declare everything again, because something of it is gone."""
        self._declared = False

    async def declare(self) -> None:
        """Creates or updates every stream and consumer; harmless when they are as declared."""
        manager = self.jetstream
        await asyncio.gather(*(_declare_stream(manager, stream) for stream in self._streams))
        await asyncio.gather(
            *(manager.add_consumer(item.stream.name, _consumer_config(item)) for item in self._consumers)
        )

    async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        """Publishes to JetStream and waits until it is stored.

        Raises Unavailable, and for what can never be published PayloadTooLarge or Unpublishable.
        """
        # nats-py would keep it until the server is back, long after the caller was told it failed.
        self._require_connection()
        self._require_publishable(subject, body, headers)
        try:
            try:
                await self.jetstream.publish(subject, body, timeout=_TIMEOUT, headers=headers)
            except NoStreamResponseError:
                self.forget_declarations()
                await self.connect()
                await self.jetstream.publish(subject, body, timeout=_TIMEOUT, headers=headers)
        except (BadRequestError, BadHeaderError) as error:
            raise Unpublishable(f"NATS refuses the message to '{subject}': {_reason(error)}") from error
        except (OSError, TimeoutError, NatsError) as error:
            raise Unavailable(f"Publishing to '{subject}' failed.", subject=subject) from error

    async def publish_live(self, subject: str, contract: Contract) -> None:
        """Publishes over core NATS: nobody listening, or no connection, loses the message."""
        if self._client is None or not self._connected():
            return
        body = contract.model_dump_json().encode()
        try:
            await self._client.publish(subject, body, headers=envelope(self._service, contract))
        except (OSError, NatsError) as error:
            logger.warning("live message lost", subject=subject, bytes=len(body), reason=_reason(error))

    async def listen_live(self, subject: str, handler: Callable[[bytes], Awaitable[None]]) -> None:
        """Calls `handler` with the body of every core NATS message, until cancelled or closed.

        A message that the handler cannot take is logged and left behind.
        """
        subscription = await self.client.subscribe(subject)
        try:
            async for message in subscription.messages:
                try:
                    await handler(message.data)
                except Exception:
                    logger.exception("live message refused", subject=message.subject)
        finally:
            with suppress(NatsError, OSError):
                await subscription.unsubscribe()

    async def ping(self) -> None:
        """Raises Unavailable unless NATS answers, has the streams, and stores messages in each."""
        self._require_connection()
        try:
            await self.client.flush(timeout=2)
        except (OSError, TimeoutError, NatsError) as error:
            raise Unavailable("NATS does not answer.") from error
        await self.connect()
        await self._probe.check(self.jetstream)

    async def close(self) -> None:
        """Sends what still waits, such as acknowledgements, and closes; gives up after a few seconds."""
        if self._client is not None:
            await _close(self._client)

    def _connected(self) -> bool:
        return self._client is not None and self._client.is_connected

    def _require_connection(self) -> None:
        if not self._connected():
            raise Unavailable("NATS is not connected.")

    def _require_publishable(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        if not any(stream.takes(subject) for stream in self._streams):
            raise Unpublishable(f"No stream takes '{subject}'.", subject=subject)
        size, limit = len(body) + _wire_size(headers), self.client.max_payload
        if size > limit:  # the server would end the connection for it
            message = f"A message of {size:,} bytes to '{subject}' is more than NATS takes ({limit:,})."
            raise PayloadTooLarge(message, subject=subject)

    async def _open(self) -> Client:
        client = Client()
        try:
            async with asyncio.timeout(_TIMEOUT):
                await client.connect(
                    self._url.get_secret_value(),
                    name=f"overskill-{self._service}",
                    connect_timeout=2,
                    reconnect_time_wait=0.25,  # type: ignore[arg-type]  # seconds, despite its annotation
                    max_reconnect_attempts=-1,
                    ping_interval=10,
                    flush_timeout=_TIMEOUT,
                    error_cb=self._on_error,
                    disconnected_cb=self._on_disconnected,
                    reconnected_cb=self._on_reconnected,
                )
        except BaseException as error:
            await _close(client)
            # It tried until the time was over: why it failed each time says more than that.
            if isinstance(error, TimeoutError) and client.last_error is not None:
                raise Unavailable("NATS cannot be reached.") from client.last_error
            raise
        self._last_complaint = None
        return client

    async def _on_error(self, error: Exception) -> None:
        # An outage repeats the same error several times a second.
        complaint = _reason(error)
        if complaint != self._last_complaint:
            logger.warning("nats connection error", reason=complaint)
        self._last_complaint = complaint

    async def _on_disconnected(self) -> None:
        # The server that comes back may have lost its streams.
        self._declared = False

    async def _on_reconnected(self) -> None:
        self._last_complaint = None
        logger.info("nats connected again")


async def _close(client: Client) -> None:
    # AssertionError: nats-py's, for a client that never got as far as having something to close.
    with suppress(NatsError, OSError, TimeoutError, AssertionError):
        async with asyncio.timeout(_TIMEOUT):
            await client.close()


def _wire_size(headers: dict[str, str]) -> int:
    """Bytes of the headers as NATS counts them: a version line, `key: value` lines, an empty line."""
    return 12 + sum(len(key.encode()) + len(value.encode()) + 4 for key, value in headers.items())


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


async def _declare_stream(manager: JetStreamContext, stream: Stream) -> None:
    config = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy(stream.retention),
        max_age=stream.max_age,
        max_bytes=stream.max_bytes or -1,
        duplicate_window=_DUPLICATE_WINDOW,
        allow_rollup_hdrs=True,  # for the probe of readiness
    )
    try:
        try:
            await manager.add_stream(config)
        except BadRequestError:  # there already, with other settings
            await manager.update_stream(config)
    except APIError as error:
        if error.err_code not in _NO_ROOM:
            raise
        message = (
            f"NATS has no room for the stream {stream.name}, which reserves {stream.max_bytes:,} bytes "
            f"of its storage: give JetStream more, or set {stream.setting} lower ({error.description})."
        )
        raise NoRoom(message, stream=stream.name, bytes=stream.max_bytes) from error


def _consumer_config(consumer: Consumer) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=consumer.name,
        filter_subject=consumer.subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=consumer.ack_wait,
        # The loop counts and dead-letters. The server would only stop delivering, and a message whose
        # last handler died with its process would stay in the stream unseen.
        max_deliver=-1,
        max_ack_pending=1000,
    )
