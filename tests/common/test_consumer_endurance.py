"""The consumer loop over time: long work, its end, and NATS losing its memory or its life meanwhile."""

import asyncio
import functools
import shutil

import pytest
from nats.errors import Error as NatsError

from common.errors import AppError
from common.messaging.consumer import Delivery, Subscription, _fetch, consume
from common.messaging.publisher import Bus
from common.testing.nats import Nats
from common.testing.servers import Running
from tests.common.conftest import Logged
from tests.common.handling import Handling, consuming, forget_everything
from tests.common.messages import PATIENT, QUICK, SHORT, WAIT, Note, send, settled, until


@pytest.fixture(autouse=True)
async def nothing_left(bus: Bus) -> None:
    await forget_everything(bus)


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
    async with asyncio.timeout(120):
        await asyncio.wait([task])
    assert task.cancelled()


async def test_a_cancellation_inside_a_handler_does_not_end_its_worker(bus: Bus) -> None:
    handling = Handling(asyncio.CancelledError())
    async with consuming(bus, handling) as task:
        await send(bus, QUICK, "work")
        await until(lambda: len(handling.seen) == 2)
        await until(lambda: settled(bus, QUICK))
        assert not task.done()


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
