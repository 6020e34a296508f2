"""The connection to NATS: publishing with acknowledgement, passing messages, declaring streams."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.errors import BadRequestError
from pydantic import SecretStr

from common.clock import utcnow
from common.contracts import Contract
from common.errors import Unavailable
from common.ids import new_id
from common.logging import get_logger
from common.messaging.streams import CONSUMERS, STREAMS, Consumer, Stream
from common.tracing import current_traceparent

_TIMEOUT = 5.0
_DUPLICATE_WINDOW = 120.0

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


class Bus:
    """One connection, which reconnects for ever once it has been made."""

    def __init__(self, url: SecretStr, service: str) -> None:
        self._url = url
        self._service = service
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        if self._client is None:
            raise Unavailable("NATS is not connected yet.")
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        return self.client.jetstream(timeout=_TIMEOUT)

    async def connect(self) -> None:
        """Connects and declares all streams and consumers; raises Unavailable."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                if self._client is None:
                    self._client = await self._open()
                await self.declare()
        except (OSError, TimeoutError, NatsError) as error:
            raise Unavailable("NATS cannot be reached.") from error

    async def _open(self) -> Client:
        async def log_error(error: Exception) -> None:
            logger.warning("nats connection error", reason=str(error) or type(error).__name__)

        return await nats.connect(
            self._url.get_secret_value(),
            name=f"overskill-{self._service}",
            connect_timeout=2,
            reconnect_time_wait=0.25,  # seconds, despite its annotation
            max_reconnect_attempts=-1,
            ping_interval=10,
            error_cb=log_error,
        )

    async def declare(self) -> None:
        """Creates or updates every stream and consumer; harmless when they are as declared."""
        manager = self.jetstream
        for stream in STREAMS:
            await _declare_stream(manager, stream)
        for consumer in CONSUMERS:
            await manager.add_consumer(consumer.stream.name, _consumer_config(consumer))

    async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        """Publishes to JetStream and waits until it is stored; raises Unavailable."""
        try:
            await self.jetstream.publish(subject, body, timeout=_TIMEOUT, headers=headers)
        except (OSError, TimeoutError, NatsError) as error:
            raise Unavailable(f"Publishing to '{subject}' failed.", subject=subject) from error

    async def publish_live(self, subject: str, contract: Contract) -> None:
        """Publishes over core NATS: nobody listening, or no connection, loses the message."""
        if self._client is None or not self._client.is_connected:
            return
        await self._client.publish(
            subject, contract.model_dump_json().encode(), headers=envelope(self._service, contract)
        )

    async def listen_live(self, subject: str, handler: Callable[[bytes], Awaitable[None]]) -> None:
        """Calls `handler` with the body of every core NATS message, until cancelled or closed."""
        subscription = await self.client.subscribe(subject)
        try:
            async for message in subscription.messages:
                await handler(message.data)
        finally:
            with suppress(NatsError, OSError):
                await subscription.unsubscribe()

    async def ping(self) -> None:
        if self._client is None or not self._client.is_connected:
            raise Unavailable("NATS is not connected.")
        try:
            await self._client.flush(timeout=2)
        except (OSError, TimeoutError, NatsError) as error:
            raise Unavailable("NATS does not answer.") from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


async def _declare_stream(manager: JetStreamContext, stream: Stream) -> None:
    config = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy(stream.retention),
        max_age=stream.max_age,
        max_bytes=stream.max_bytes,
        duplicate_window=_DUPLICATE_WINDOW,
    )
    try:
        await manager.add_stream(config)
    except BadRequestError:  # there already, with other settings
        await manager.update_stream(config)


def _consumer_config(consumer: Consumer) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=consumer.name,
        filter_subject=consumer.subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=consumer.ack_wait,
        max_deliver=consumer.max_deliver,
        max_ack_pending=1000,
    )
