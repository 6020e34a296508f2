"""The consumer loop: it, not the handler, acknowledges, delays, or dead-letters every message."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from pydantic import ValidationError

from common.contracts import Contract
from common.errors import AppError, InvalidInput
from common.logging import get_logger
from common.messaging.publisher import Bus
from common.messaging.streams import Consumer, dead_letter_subject
from common.metrics import MESSAGE_SECONDS, MESSAGES
from common.tracing import bind_traceparent

M = TypeVar("M", bound=Contract)

_FETCH_SECONDS = 5.0
_LONGEST_DELAY = 30.0
_CONTEXT_FIELDS = ("app_id", "run_id", "build_id", "deployment_id")

logger = get_logger(__name__)


@dataclass(frozen=True)
class Delivery(Generic[M]):
    """One delivery of a message; `attempt` counts from 1."""

    message: M
    message_id: str
    attempt: int


@dataclass(frozen=True)
class Subscription(Generic[M]):
    """A consumer with its contract and handler; `concurrency` messages are handled at once.

    A handler that returns has done its work. An AppError that is not retryable dead-letters the message,
    everything else has it delivered again later, up to the consumer's `max_deliver`.
    """

    consumer: Consumer
    contract: type[M]
    handler: Callable[[Delivery[M]], Awaitable[None]]
    concurrency: int = 1


async def consume(bus: Bus, subscription: Subscription[Any]) -> None:
    """The loop; declares streams again first, so it also recovers from a lost JetStream store."""
    await bus.connect()
    async with asyncio.TaskGroup() as group:
        for _ in range(subscription.concurrency):
            group.create_task(_work(bus, subscription))


async def _work(bus: Bus, subscription: Subscription[Any]) -> None:
    consumer = subscription.consumer
    pull = await bus.jetstream.pull_subscribe_bind(consumer.name, consumer.stream.name)
    try:
        while True:
            try:
                messages = await pull.fetch(1, timeout=_FETCH_SECONDS)
            except (NatsTimeout, TimeoutError):
                continue
            for message in messages:
                with structlog.contextvars.bound_contextvars(consumer=consumer.name):
                    await _handle(bus, subscription, message)
    finally:
        with suppress(NatsError, OSError):
            await pull.unsubscribe()


async def _handle(bus: Bus, subscription: Subscription[Any], message: Msg) -> None:
    name = subscription.consumer.name
    headers = message.headers or {}
    bind_traceparent(headers.get("traceparent"))
    try:
        delivery = _decode(subscription, message, headers)
        fields = {key: getattr(delivery.message, key, None) for key in _CONTEXT_FIELDS}
        bound = {"message_id": delivery.message_id, **{key: value for key, value in fields.items() if value}}
        with structlog.contextvars.bound_contextvars(**bound), MESSAGE_SECONDS.labels(name).time():
            await _with_heartbeat(subscription, message, delivery)
    except asyncio.CancelledError:
        with suppress(NatsError, OSError):  # at once to another replica, or to us after a restart
            await message.nak()
        raise
    except AppError as error:
        await (_delay if error.retryable else _dead_letter)(bus, subscription, message, error)
    except Exception as error:
        logger.exception("message handler failed")
        await _delay(bus, subscription, message, error)
    else:
        await message.ack()
        MESSAGES.labels(name, "done").inc()


def _decode(subscription: Subscription[M], message: Msg, headers: dict[str, str]) -> Delivery[M]:
    expected = subscription.contract.type
    if headers.get("ce-type") != expected:
        raise InvalidInput(f"The message is of type '{headers.get('ce-type')}', not '{expected}'.")
    try:
        contract = subscription.contract.model_validate_json(message.data)
    except ValidationError as error:
        raise InvalidInput(f"The message does not fit its contract: {error.error_count()} errors.") from error
    attempt = message.metadata.num_delivered or 1
    return Delivery(contract, headers.get("ce-id", ""), attempt)


async def _with_heartbeat(subscription: Subscription[M], message: Msg, delivery: Delivery[M]) -> None:
    """Runs the handler and meanwhile tells JetStream that it is still at work."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(subscription.consumer.ack_wait / 3)
            with suppress(NatsError, OSError):
                await message.in_progress()

    heartbeat = asyncio.create_task(beat())
    try:
        await subscription.handler(delivery)
    finally:
        heartbeat.cancel()


async def _delay(bus: Bus, subscription: Subscription[Any], message: Msg, error: Exception) -> None:
    attempt = message.metadata.num_delivered or 1
    if attempt >= subscription.consumer.max_deliver:
        await _dead_letter(bus, subscription, message, error)
        return
    delay = min(0.25 * 2**attempt, _LONGEST_DELAY)
    logger.warning("message delayed", reason=_reason(error), attempt=attempt, delay=delay)
    await message.nak(delay=delay)
    MESSAGES.labels(subscription.consumer.name, "delayed").inc()


async def _dead_letter(bus: Bus, subscription: Subscription[Any], message: Msg, error: Exception) -> None:
    logger.error("message dead-lettered", reason=_reason(error))
    headers = {**(message.headers or {}), "overskill-reason": _reason(error)[:500].replace("\n", " ")}
    await bus.publish(dead_letter_subject(subscription.consumer), message.data, headers)
    await message.term()
    MESSAGES.labels(subscription.consumer.name, "dead").inc()


def _reason(error: Exception) -> str:
    return (
        f"{error.code}: {error.message}"
        if isinstance(error, AppError)
        else f"{type(error).__name__}: {error}"
    )
