"""The consumer loop: what becomes of a message, whatever its handler, NATS or its sender does."""

import asyncio
import functools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig

from common.errors import AppError, NotFound, Unavailable
from common.messaging.consumer import Delivery, Subscription, _fetch, consume
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import Consumer, dead_letter_subject
from common.metrics import MESSAGES
from common.testing.nats import Nats
from common.testing.servers import Running
from tests.common.conftest import Logged
from tests.common.messages import PATIENT, QUICK, SHORT, WAIT, Note, send, settled, stored, until

Handler = Callable[[Delivery[Note]], Awaitable[None]]


@pytest.fixture(autouse=True)
async def nothing_left(bus: Bus) -> None:
    for stream in ("WORK", "EVENTS", "DLQ"):
        await bus.jetstream.delete_stream(stream)
    await bus.declare()


@asynccontextmanager
async def consuming(
    bus: Bus, handler: Handler, consumer: Consumer = QUICK, concurrency: int = 1
) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(consume(bus, Subscription(consumer, Note, handler, concurrency)))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


class Handling:
    """Keeps what it was given; raises the errors it was told to, one a delivery."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.seen: list[Delivery[Note]] = []

    async def __call__(self, delivery: Delivery[Note]) -> None:
        self.seen.append(delivery)
        if self.errors:
            raise self.errors.pop(0)

    @property
    def texts(self) -> list[str]:
        return [delivery.message.text for delivery in self.seen]


async def dead(bus: Bus, consumer: Consumer = QUICK) -> list[dict[str, str]]:
    return [message.headers or {} for message in await stored(bus, dead_letter_subject(consumer))]


async def dead_letters(bus: Bus, count: int, consumer: Consumer = QUICK) -> bool:
    return len(await dead(bus, consumer)) == count


def counted(outcome: str, consumer: Consumer = QUICK) -> float:
    return float(MESSAGES.labels(consumer.name, outcome)._value.get())


async def test_what_is_handled_is_acknowledged(bus: Bus) -> None:
    handling, done = Handling(), counted("done")
    async with consuming(bus, handling):
        identifier = await send(bus, QUICK, "work")
        await until(lambda: counted("done") == done + 1)
        await until(lambda: settled(bus, QUICK))
    assert [(item.message_id, item.attempt) for item in handling.seen] == [(identifier, 1)]
    assert await stored(bus, QUICK.subject) == []


async def test_a_passing_error_delays_the_message(bus: Bus, log: Logged) -> None:
    handling, delayed = Handling(Unavailable("Not now."), RuntimeError("unexpected")), counted("delayed")
    async with consuming(bus, handling):
        await send(bus, QUICK, "work")
        await until(lambda: len(handling.seen) == 3)
        await until(lambda: settled(bus, QUICK))
    assert [item.attempt for item in handling.seen] == [1, 2, 3]
    assert counted("delayed") == delayed + 2
    assert [entry["delay"] for entry in log.named("message delayed")] == [0.5, 1.0]
    assert await dead(bus) == []


async def test_a_lasting_error_is_a_dead_letter_at_once(bus: Bus) -> None:
    handling, before = Handling(NotFound("No such app: größer\r\nthan life.")), counted("dead")
    async with consuming(bus, handling):
        identifier = await send(bus, QUICK, "work")
        await until(lambda: dead_letters(bus, 1))
        await until(lambda: settled(bus, QUICK))
    letter = (await stored(bus, dead_letter_subject(QUICK)))[0]
    assert Note.model_validate_json(letter.data or b"").text == "work"
    headers = letter.headers or {}
    assert headers["ce-id"] == identifier
    assert headers["ce-type"] == Note.type
    assert headers["overskill-reason"].startswith("not_found: No such app: gr\\xf6\\xdfer")
    assert headers["overskill-subject"] == QUICK.subject
    assert len(handling.seen) == 1
    assert counted("dead") == before + 1
    assert await stored(bus, QUICK.subject) == []


async def test_an_unknown_error_is_a_dead_letter_in_the_end(bus: Bus) -> None:
    secret = "postgresql://role:hunter2@db/app"
    handling = Handling(*(RuntimeError(f"cannot reach {secret}") for _ in range(5)))
    async with consuming(bus, handling):
        await send(bus, QUICK, "work")
        await until(lambda: dead_letters(bus, 1))
    headers = (await dead(bus))[0]
    assert headers["overskill-reason"] == "RuntimeError: cannot reach postgresql://role:***@db/app"
    assert headers["overskill-attempts"] == str(QUICK.max_deliver)
    assert len(handling.seen) == QUICK.max_deliver


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"not JSON", {}, "does not fit its contract"),
        (b"\xff\xfe", {}, "does not fit its contract"),
        (b'{"words": "no text"}', {}, "does not fit its contract"),
        (b'{"text": "x"}', {"ce-type": "overskill.tests.note.v2"}, "'overskill.tests.note.v2'"),
        (b'{"text": "x"}', {"ce-id": ""}, "no 'ce-id'"),
        (b'{"text": "x"}', {"ce-type": "größer", "traceparent": "größer"}, "is of type"),
        (b'{"text": "x"}', {"Nats-Expected-Stream": "WORK", "ce-type": "other"}, "'other'"),
    ],
)
async def test_what_cannot_be_read_is_a_dead_letter(
    bus: Bus, body: bytes, headers: dict[str, str], reason: str
) -> None:
    handling = Handling()
    async with consuming(bus, handling):
        await bus.publish(QUICK.subject, body, {**envelope("tests", Note(text="x")), **headers})
        await until(lambda: dead_letters(bus, 1))
        await until(lambda: settled(bus, QUICK))
        assert reason in (await dead(bus))[0]["overskill-reason"]
        await send(bus, QUICK, "next")
        await until(lambda: handling.texts == ["next"])


async def test_a_message_without_headers_is_a_dead_letter(bus: Bus) -> None:
    async with consuming(bus, Handling()):
        await bus.jetstream.publish(QUICK.subject, b"{}")
        await until(lambda: dead_letters(bus, 1))


async def test_one_event_may_be_a_dead_letter_of_several_consumers(bus: Bus) -> None:
    second = Consumer("tests-second", PATIENT.stream, PATIENT.subject)
    config = ConsumerConfig(durable_name=second.name, filter_subject=second.subject)
    await bus.jetstream.add_consumer("EVENTS", config)
    async with (
        consuming(bus, Handling(NotFound("x")), PATIENT),
        consuming(bus, Handling(NotFound("x")), second),
    ):
        await send(bus, PATIENT, "event")
        await until(lambda: dead_letters(bus, 1, PATIENT))
        await until(lambda: dead_letters(bus, 1, second))


async def test_without_a_place_for_dead_letters_the_message_is_kept(bus: Bus, log: Logged) -> None:
    class NoDeadLetters(Bus):
        refusing = True

        async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
            if self.refusing and subject.startswith("dlq."):
                raise Unavailable("The disk is full.")
            await super().publish(subject, body, headers)

    other = NoDeadLetters(bus._url, "tests", consumers=(QUICK,))
    await other.connect()
    async with consuming(other, Handling(*(NotFound("x") for _ in range(9)))):
        await send(bus, QUICK, "work")
        # More often than may be delivered: only a stored letter ends it.
        await until(lambda: len(log.named("dead letter not stored, to be tried again")) > QUICK.max_deliver)
        other.refusing = False
        await until(lambda: dead_letters(bus, 1))
        await until(lambda: settled(bus, QUICK))
    await other.close()


async def test_a_message_whose_handlers_die_with_their_process_is_a_dead_letter(bus: Bus) -> None:
    await send(bus, SHORT, "deadly")
    pull = await bus.jetstream.pull_subscribe_bind(SHORT.name, "WORK")
    for _ in range(SHORT.max_deliver):  # delivered, then never heard of again
        assert len(await pull.fetch(1, timeout=10)) == 1
    handling = Handling()
    async with consuming(bus, handling, SHORT):
        await until(lambda: dead_letters(bus, 1, SHORT))
        await until(lambda: settled(bus, SHORT))
    assert "delivery_exhausted" in (await dead(bus, SHORT))[0]["overskill-reason"]
    assert handling.seen == []


async def test_long_work_is_not_delivered_twice(bus: Bus) -> None:
    handling, end = Handling(), asyncio.Event()

    async def work(delivery: Delivery[Note]) -> None:
        await handling(delivery)
        await end.wait()

    async with consuming(bus, work, SHORT, concurrency=2):
        loop = asyncio.get_running_loop()
        began = loop.time()
        await send(bus, SHORT, "long")
        await until(lambda: len(handling.seen) > 1 or loop.time() - began > 3 * SHORT.ack_wait)
        end.set()
        await until(lambda: settled(bus, SHORT))
    assert len(handling.seen) == 1


async def test_cancellation_gives_the_message_back_at_once(bus: Bus) -> None:
    started = asyncio.Event()

    async def work(_: Delivery[Note]) -> None:
        started.set()
        await asyncio.Event().wait()

    async with consuming(bus, work, PATIENT):
        await send(bus, PATIENT, "interrupted")
        await started.wait()
    handling = Handling()
    async with consuming(bus, handling, PATIENT):  # would wait ten minutes for it otherwise
        await until(lambda: handling.texts == ["interrupted"])


async def test_what_has_just_arrived_when_a_consumer_ends_is_another_ones_at_once(bus: Bus) -> None:
    for steps in range(8):  # of the event loop, between the message's arrival and the cancellation
        pull = await bus.jetstream.pull_subscribe_bind(PATIENT.name, "EVENTS")
        fetching = asyncio.create_task(_fetch(pull))
        await until(lambda: is_waiting(bus))
        await send(bus, PATIENT, str(steps))
        async with asyncio.timeout(WAIT):
            while not pull.delivered:
                await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0)
        fetching.cancel()
        await asyncio.wait([fetching])
        if not fetching.cancelled():  # handed over to the worker just in time
            await fetching.result()[0].ack()
            continue
        handling = Handling()
        async with consuming(bus, handling, PATIENT):
            await until(functools.partial(has_one, handling))


def has_one(handling: Handling) -> bool:
    return len(handling.seen) == 1


async def is_waiting(bus: Bus) -> bool:
    return bool((await bus.jetstream.consumer_info("EVENTS", PATIENT.name)).num_waiting)


async def test_a_message_given_back_is_on_its_way_before_the_bus_closes(bus: Bus) -> None:
    started = asyncio.Event()

    async def work(_: Delivery[Note]) -> None:
        started.set()
        await asyncio.Event().wait()

    other = Bus(bus._url, "tests", consumers=(PATIENT,))
    async with consuming(other, work, PATIENT):
        await send(bus, PATIENT, "interrupted")
        await started.wait()
    await other.close()
    handling = Handling()
    async with consuming(bus, handling, PATIENT):
        await until(lambda: handling.texts == ["interrupted"])


async def test_a_consumer_whose_bus_closes_first_can_still_be_cancelled(bus: Bus) -> None:
    other = Bus(bus._url, "tests", consumers=(PATIENT,))
    await other.connect()
    task = asyncio.create_task(consume(other, Subscription(PATIENT, Note, Handling())))
    await until(lambda: is_waiting(bus))
    task.cancel()
    await other.close()
    async with asyncio.timeout(5):
        await asyncio.wait([task])
    assert task.cancelled()


async def test_a_cancellation_inside_a_handler_does_not_end_its_worker(bus: Bus) -> None:
    handling = Handling(asyncio.CancelledError())
    async with consuming(bus, handling) as task:
        await send(bus, QUICK, "work")
        await until(lambda: len(handling.seen) == 2)
        await until(lambda: settled(bus, QUICK))
        assert not task.done()


async def test_as_many_at_once_as_told(bus: Bus) -> None:
    running, most, end = 0, 0, asyncio.Event()
    texts: set[str] = set()

    async def work(delivery: Delivery[Note]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            end.set()
        await end.wait()
        texts.add(delivery.message.text)
        running -= 1

    wanted = {str(number) for number in range(9)}
    async with consuming(bus, work, concurrency=3):
        for text in wanted:
            await send(bus, QUICK, text)
        await until(lambda: texts == wanted)
    assert most == 3


async def test_nothing_bound_for_one_message_is_bound_for_the_next(bus: Bus) -> None:
    bound: list[dict[str, Any]] = []

    async def work(_: Delivery[Note]) -> None:
        bound.append(structlog.contextvars.get_contextvars())
        structlog.contextvars.bind_contextvars(run_step="of the first")

    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with consuming(bus, work):
        first = await send(bus, QUICK, "one", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
        second = await send(bus, QUICK, "two")
        await until(lambda: len(bound) == 2)
    assert [entry["message_id"] for entry in bound] == [first, second]
    assert bound[0]["consumer"] == QUICK.name
    assert bound[0]["run_id"].startswith("run_")
    assert bound[0]["trace_id"] == trace
    assert bound[1]["trace_id"] != trace
    assert "run_step" not in bound[1]


async def test_the_trace_goes_on_in_what_a_handler_sends(bus: Bus) -> None:
    sent: list[str] = []

    async def work(_: Delivery[Note]) -> None:
        sent.append(envelope("tests", Note(text="consequence"))["traceparent"])

    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with consuming(bus, work):
        await send(bus, QUICK, "cause", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
        await until(lambda: len(sent) == 1)
    assert sent[0].split("-")[1] == trace
    assert sent[0].split("-")[2] != "00f067aa0ba902b7"


async def test_streams_purged_in_mid_work(bus: Bus) -> None:
    handling = Handling()
    async with consuming(bus, handling):
        await send(bus, QUICK, "before")
        await until(lambda: settled(bus, QUICK))
        await bus.jetstream.purge_stream("WORK")
        await send(bus, QUICK, "after")
        await until(lambda: handling.texts == ["before", "after"])


@pytest.mark.parametrize("what", ["consumer", "stream"])
async def test_what_was_deleted_is_declared_again_and_work_goes_on(bus: Bus, what: str) -> None:
    handling, end, ended = Handling(), asyncio.Event(), asyncio.Event()

    async def work(delivery: Delivery[Note]) -> None:
        await handling(delivery)
        if delivery.message.text == "long":
            await end.wait()
            ended.set()

    # What was being handled is delivered once more by the new consumer, to a worker of its own.
    async with consuming(bus, work, concurrency=3):
        await send(bus, QUICK, "long")
        await until(lambda: handling.texts == ["long"])
        if what == "consumer":
            await bus.jetstream.delete_consumer("WORK", QUICK.name)
        else:
            await bus.jetstream.delete_stream("WORK")
        await until(lambda: declared(bus))
        await send(bus, QUICK, "after")
        await until(lambda: "after" in handling.texts)
        end.set()
        await until(ended.is_set)  # what was being handled was not torn down with it


async def declared(bus: Bus) -> bool:
    try:
        await bus.jetstream.consumer_info("WORK", QUICK.name)
    except (NatsError, AppError):  # the stream, the consumer or the server is not there yet
        return False
    return True


@pytest.mark.parametrize("lost", [False, True], ids=["kept", "store lost"])
async def test_nats_restarted_in_mid_work(
    bus: Bus, nats_server: Running[Nats], log: Logged, lost: bool
) -> None:
    handling, end, ended = Handling(), asyncio.Event(), asyncio.Event()

    async def work(delivery: Delivery[Note]) -> None:
        await handling(delivery)
        if delivery.message.text == "long":
            await end.wait()
            ended.set()

    async with consuming(bus, work, concurrency=2) as task:
        await send(bus, QUICK, "long")
        await until(lambda: handling.texts == ["long"])
        nats_server.stop()
        if lost:
            shutil.rmtree(nats_server.server.folder / "jetstream")
        await until(lambda: not bus.client.is_connected)
        end.set()  # the acknowledgement meets no server
        await until(ended.is_set)
        nats_server.start()
        await until(lambda: declared(bus))
        await send(bus, QUICK, "after")
        await until(lambda: "after" in handling.texts)
        await until(lambda: settled(bus, QUICK))
        assert not task.done()
    assert len(log.named("consumer interrupted")) <= 2  # once a worker, however long it took


async def test_a_consumer_may_start_before_nats(nats_server: Running[Nats], nats_url: str, bus: Bus) -> None:
    handling = Handling()
    other = Bus(bus._url, "tests", consumers=(QUICK,))
    await send(bus, QUICK, "waiting")
    nats_server.stop()
    async with consuming(other, handling):
        nats_server.start()
        await until(lambda: handling.texts == ["waiting"])
    await other.close()
