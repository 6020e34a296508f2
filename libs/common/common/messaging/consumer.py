"""The consumer loop: it, not the handler, acknowledges, delays, or dead-letters every message."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from pydantic import ValidationError

from common.background import being_cancelled
from common.clock import utcnow
from common.contracts import Contract
from common.errors import AppError, InvalidInput, Unavailable
from common.logging import get_logger, redact
from common.messaging.publisher import Bus
from common.messaging.streams import Consumer, dead_letter_subject
from common.messaging.tries import Tried, Tries
from common.metrics import MESSAGE_SECONDS, MESSAGES
from common.retry import Backoff
from common.tracing import bind_traceparent

M = TypeVar("M", bound=Contract)

_FETCH_SECONDS = 5.0
_PAUSE_SECONDS = 0.25
_DRAIN_SECONDS = 1.0
_DELAYS = Backoff(first=0.5, longest=30.0)
_CONTEXT_FIELDS = ("app_id", "run_id", "build_id", "deployment_id")

logger = get_logger(__name__)


@dataclass(frozen=True)
class Delivery(Generic[M]):
    """One delivery of a message; every repetition has the same `message_id`."""

    message: M
    message_id: str


@dataclass(frozen=True)
class Subscription(Generic[M]):
    """A consumer with its contract and handler; `concurrency` messages are handled at once.

    A handler that returns has done its work. An AppError that is not retryable dead-letters the message; one
    that is has it delivered again later, for as long as the consumer has `patience`; anything else is a
    failure of the handler, up to `max_failures`.
    """

    consumer: Consumer
    contract: type[M]
    handler: Callable[[Delivery[M]], Awaitable[None]]
    concurrency: int = 1
    tries: Tries = field(default_factory=Tries, repr=False)


class _Exhausted(AppError):
    """Delivered again and again for too long: the handler may be what ends its process."""

    code = "delivery_exhausted"


async def consume(bus: Bus, subscription: Subscription[Any]) -> None:
    """The loop; it waits out an absent NATS and declares the streams again after a lost JetStream store."""
    async with asyncio.TaskGroup() as group:
        for _ in range(subscription.concurrency):
            group.create_task(_work(bus, subscription))


async def _work(bus: Bus, subscription: Subscription[Any]) -> None:
    """One worker; trouble with NATS ends here, so that it does not cancel what the others are handling."""
    well = True
    while True:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(consumer=subscription.consumer.name)
        try:
            await bus.connect()
            if not well:
                logger.info("consumer resumed")
            well = True
            await _pull(bus, subscription)
        except (Unavailable, NatsError, OSError) as error:
            if being_cancelled():  # nats-py makes an error of it when its connection closes meanwhile
                raise asyncio.CancelledError from error
            bus.forget_declarations()
            if well:  # logged once an outage
                logger.warning("consumer interrupted", reason=_reason(error))
            well = False
            await asyncio.sleep(_PAUSE_SECONDS)


async def _pull(bus: Bus, subscription: Subscription[Any]) -> None:
    consumer = subscription.consumer
    pull = await bus.jetstream.pull_subscribe_bind(consumer.name, consumer.stream.name)
    try:
        while True:
            # Raises without a connection: requests kept until it returns would then all be answered at
            # once, with messages that wait here for their turn until they are delivered again.
            await bus.connect()
            began = time.monotonic()
            try:
                messages = await _fetch(pull)
            except (NatsTimeout, TimeoutError):
                if time.monotonic() - began < _PAUSE_SECONDS:  # refused, not waited for
                    await asyncio.sleep(_PAUSE_SECONDS)
                continue
            for message in messages:
                await _handle(bus, subscription, message)
    finally:
        with suppress(NatsError, OSError):
            await pull.unsubscribe()


async def _fetch(pull: JetStreamContext.PullSubscription) -> list[Msg]:
    """One message. Cancelled, it gives back what may just be arriving: nobody else would get it before
    `ack_wait` is over.
    """
    fetching = asyncio.create_task(pull.fetch(1, timeout=_FETCH_SECONDS))
    try:
        return await asyncio.shield(fetching)
    except asyncio.CancelledError:
        # Ends the request at the server, and ends when all that the server had sent has been taken.
        draining = asyncio.create_task(pull._sub.drain())  # noqa: SLF001  # has no public way to it
        tasks = {fetching, draining}
        await asyncio.wait({draining}, timeout=_DRAIN_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not fetching.cancelled() and fetching.exception() is None:
            for message in fetching.result():
                await _settle(message.nak())
        raise


async def _handle(bus: Bus, subscription: Subscription[Any], message: Msg) -> None:
    name = subscription.consumer.name
    # What the handler of the message before has bound is not this one's.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(consumer=name)
    bind_traceparent(_headers(message).get("traceparent"))
    try:
        delivery = _decode(subscription, message)
        with MESSAGE_SECONDS.labels(name).time():
            await _with_heartbeat(subscription, message, delivery)
    except asyncio.CancelledError as error:
        if being_cancelled():
            await _settle(message.nak())  # at once to another replica, or to us after a restart
            raise
        await _failed(bus, subscription, message, error)
    except AppError as error:
        await (_wait if error.retryable else _dead_letter)(bus, subscription, message, error)
    except Exception as error:  # noqa: BLE001  # reported, and counted
        await _failed(bus, subscription, message, error)
    else:
        await _settle(message.ack())
        subscription.tries.forget(_identifier(message))
        MESSAGES.labels(name, "done").inc()


def _decode(subscription: Subscription[M], message: Msg) -> Delivery[M]:
    headers = _headers(message)
    expected = subscription.contract.type
    if headers.get("ce-type") != expected:
        raise InvalidInput(f"The message is of type '{headers.get('ce-type')}', not '{expected}'.")
    message_id = headers.get("ce-id")
    if not message_id:
        raise InvalidInput("The message has no 'ce-id', so its repetitions could not be told from others.")
    try:
        contract = subscription.contract.model_validate_json(message.data)
    except ValidationError as error:
        raise InvalidInput(f"The message does not fit its contract: {error.error_count()} errors.") from error
    fields = {key: getattr(contract, key, None) for key in _CONTEXT_FIELDS}
    structlog.contextvars.bind_contextvars(
        message_id=message_id, **{key: value for key, value in fields.items() if value}
    )
    tried = subscription.tries.of(message_id)
    if tried == Tried() and _exhausted(subscription.consumer, message):
        raise _Exhausted(f"Delivered {message.metadata.num_delivered} times; of the last nothing was heard.")
    return Delivery(contract, message_id)


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


async def _wait(bus: Bus, subscription: Subscription[Any], message: Msg, error: AppError) -> None:
    """What the handler needs is away; that is nobody's failure, and bounded by time."""
    if _exhausted(subscription.consumer, message):
        await _dead_letter(bus, subscription, message, error)
        return
    tried = subscription.tries.waited(_identifier(message))
    await _delay(subscription, message, error, tried)


async def _failed(bus: Bus, subscription: Subscription[Any], message: Msg, error: BaseException) -> None:
    """The handler failed in a way that nobody expected."""
    logger.error("message handler failed", exc_info=error)
    tried = subscription.tries.failed(_identifier(message))
    if tried.failures >= subscription.consumer.max_failures:
        await _dead_letter(bus, subscription, message, error)
        return
    await _delay(subscription, message, error, tried)


async def _delay(subscription: Subscription[Any], message: Msg, error: BaseException, tried: Tried) -> None:
    delay = _DELAYS.seconds(tried.failures + tried.waits, getattr(error, "retry_after", None))
    logger.warning(
        "message delayed",
        reason=_reason(error),
        failures=tried.failures,
        waits=tried.waits,
        delay=round(delay, 2),
    )
    await _settle(message.nak(delay=delay))
    MESSAGES.labels(subscription.consumer.name, "delayed").inc()


def _exhausted(consumer: Consumer, message: Msg) -> bool:
    """Whether the message has had its time; one that merely waited long for its first delivery has not."""
    metadata = message.metadata
    age = (utcnow() - metadata.timestamp).total_seconds()
    return age > consumer.patience and (metadata.num_delivered or 1) > consumer.max_failures


async def _dead_letter(bus: Bus, subscription: Subscription[Any], message: Msg, error: BaseException) -> None:
    consumer, reason = subscription.consumer, _reason(error)
    headers = _headers(message)
    # The broker's own headers ask things of the stream the message came from, and its id must not make
    # one consumer's dead letter a duplicate of another's.
    kept = {key: value for key, value in headers.items() if not key.lower().startswith("nats-")}
    told = {
        "Nats-Msg-Id": f"{_identifier(message)}.{consumer.name}",
        "overskill-reason": _ascii(reason[:500]),
        "overskill-subject": message.subject,
        "overskill-attempts": str(message.metadata.num_delivered or 1),
    }
    try:
        await bus.publish(dead_letter_subject(consumer), message.data, {**kept, **told})
    except AppError as trouble:
        if trouble.retryable:
            logger.warning(
                "dead letter not stored, to be tried again", reason=reason, trouble=_reason(trouble)
            )
            await _settle(message.nak(delay=_DELAYS.seconds(message.metadata.num_delivered or 1)))
            return
        logger.exception(
            "message lost: its dead letter cannot be stored", reason=reason, trouble=_reason(trouble)
        )
    else:
        logger.error("message dead-lettered", reason=reason)
    await _settle(message.term())
    subscription.tries.forget(_identifier(message))
    MESSAGES.labels(consumer.name, "dead").inc()


def _headers(message: Msg) -> dict[str, str]:
    """The headers as text: nats-py makes objects of values outside ASCII, and cannot send those on."""
    return {key: _ascii(str(value)) for key, value in (message.headers or {}).items()}


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


async def _settle(answer: Awaitable[None]) -> None:
    """Sends an acknowledgement; without it the message comes again, which handlers have to bear anyway."""
    try:
        await answer
    except (NatsError, OSError) as error:
        logger.warning("message not acknowledged, it will come again", reason=_reason(error))


def _identifier(message: Msg) -> str:
    return _headers(message).get("ce-id") or str(message.metadata.sequence.stream)


def _reason(error: BaseException) -> str:
    told = (
        f"{error.code}: {error.message}"
        if isinstance(error, AppError)
        else f"{type(error).__name__}: {error}"
    )
    return redact(told)
