"""Messages and consumers that exist only in tests, and waiting for what becomes of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from nats.errors import Error as NatsError
from nats.js.api import RawStreamMsg

from common.contracts import Contract
from common.errors import Unavailable
from common.ids import new_id
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import EVENTS, WORK, Consumer

WAIT = 120.0


class Note(Contract):
    type: ClassVar[str] = "overskill.tests.note.v1"

    text: str
    run_id: str | None = None


SHORT = Consumer("tests-short", WORK, "work.tests.short", ack_wait=1.0, max_failures=2, patience=2.0)
QUICK = Consumer("tests-quick", WORK, "work.tests.quick", max_failures=3)
PATIENT = Consumer("tests-patient", EVENTS, "events.tests.note", ack_wait=600.0)


async def send(bus: Bus, consumer: Consumer, text: str, **headers: str) -> str:
    """Publishes a note to the consumer and returns its id."""
    note = Note(text=text, run_id=new_id("run"))
    made = {**envelope("tests", note), **headers}
    await bus.publish(consumer.subject, note.model_dump_json().encode(), made)
    return made["ce-id"]


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Waits for a condition that something else brings about."""
    async with asyncio.timeout(WAIT):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.02)


async def available(ask: Callable[[], Awaitable[object]]) -> bool:
    """Whether what is asked, say a `ping`, answers; for `until`."""
    try:
        await ask()
    except Unavailable:
        return False
    return True


async def stored(bus: Bus, subject: str) -> list[RawStreamMsg]:
    """The messages a stream holds under a subject, oldest first."""
    stream = await bus.jetstream.find_stream_name_by_subject(subject)
    info = await bus.jetstream.stream_info(stream)
    found: list[RawStreamMsg] = []
    sequence = info.state.first_seq
    while sequence <= info.state.last_seq:
        try:
            raw = await bus.jetstream.get_msg(stream, sequence, subject=subject, next=True)
        except NatsError:
            break
        found.append(raw)
        sequence = (raw.seq or 0) + 1
    return found


async def settled(bus: Bus, consumer: Consumer) -> bool:
    """Whether nothing of the consumer waits, or was delivered without an answer."""
    info = await bus.jetstream.consumer_info(consumer.stream.name, consumer.name)
    return (info.num_pending, info.num_ack_pending) == (0, 0)
