"""The connection to NATS: what is declared when, and what publishing does while the server is away."""

import asyncio
import shutil
import signal
import time
from pathlib import Path

import pytest
from nats.js.api import ConsumerConfig
from pydantic import SecretStr

from common.errors import PayloadTooLarge, Unavailable
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import CONSUMERS, STREAMS, WORK, Consumer
from common.testing.budget import within
from common.testing.nats import Nats
from common.testing.servers import Running
from tests.common.conftest import Logged
from tests.common.messages import QUICK, Note, available, send, stored, until


async def reachable(bus: Bus) -> bool:
    async def connect_and_ping() -> None:
        await bus.connect()
        await bus.ping()

    return await available(connect_and_ping)


async def test_everything_is_declared_and_declaring_again_is_harmless(bus: Bus) -> None:
    await bus.declare()
    for stream in STREAMS:
        info = await bus.jetstream.stream_info(stream.name)
        assert info.config.subjects == list(stream.subjects)
        assert info.config.max_age == stream.max_age
    for consumer in CONSUMERS:
        found = await bus.jetstream.consumer_info(consumer.stream.name, consumer.name)
        assert found.config.filter_subject == consumer.subject


async def test_consumers_declared_otherwise_before_are_updated(bus: Bus) -> None:
    earlier = ConsumerConfig(durable_name="tests-old", filter_subject="work.tests.old", max_deliver=8)
    await bus.jetstream.add_consumer("WORK", earlier)
    ours = Consumer("tests-old", WORK, "work.tests.old", ack_wait=7.0)
    other = Bus(SecretStr(bus.client.servers[0].geturl()), "tests", consumers=(ours,))
    await other.connect()
    found = await other.jetstream.consumer_info("WORK", "tests-old")
    assert (found.config.ack_wait, found.config.max_deliver) == (7.0, -1)
    await other.close()


async def test_many_loops_connect_once_and_declare_once(nats_url: str) -> None:
    bus = Bus(SecretStr(nats_url), "tests")
    await asyncio.gather(*(bus.connect() for _ in range(10)))
    asked = bus.client.stats["out_msgs"]
    assert asked <= len(STREAMS) * 2 + len(CONSUMERS)
    await bus.connect()
    assert bus.client.stats["out_msgs"] == asked
    await bus.close()


async def test_no_server_is_unavailable_and_the_log_says_why_once(log: Logged) -> None:
    bus = Bus(SecretStr("nats://user:hunter2secret@127.0.0.1:1"), "tests")
    with pytest.raises(Unavailable) as raised:
        await bus.connect()
    assert "refused" in str(raised.value.__cause__) or "Connect call failed" in str(raised.value.__cause__)
    assert len(log.named("nats connection error")) == 1
    assert "hunter2secret" not in str(log.events) + str(raised.value.__cause__)
    with pytest.raises(Unavailable):
        await bus.ping()
    await bus.close()


async def test_publishing_without_the_server_fails_at_once_and_for_good(
    bus: Bus, nats_server: Running[Nats]
) -> None:
    before = len(await stored(bus, QUICK.subject))
    nats_server.stop()
    try:
        await until(lambda: not bus.client.is_connected)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await send(bus, QUICK, "told that it failed")
        assert time.monotonic() - began < within(1)
        await bus.publish_live("live.tests", Note(text="lost, as it may be"))
        with pytest.raises(Unavailable):
            await bus.ping()
    finally:
        nats_server.start()
    await until(lambda: reachable(bus))
    await send(bus, QUICK, "after")
    assert len(await stored(bus, QUICK.subject)) == before + 1


async def test_a_frozen_server_is_unavailable_in_time(bus: Bus, nats_server: Running[Nats]) -> None:
    await send(bus, QUICK, "before")
    process = nats_server._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        await until(lambda: all(state == "T" for state in thread_states(process.pid)))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await send(bus, QUICK, "nobody answers")
        assert time.monotonic() - began < within(10)
    finally:
        process.send_signal(signal.SIGCONT)
    await until(lambda: reachable(bus))


def thread_states(pid: int) -> list[str]:
    return [
        stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")
    ]


async def test_an_error_the_server_reports_does_not_end_the_bus(bus: Bus) -> None:
    client = bus.client
    await client._send_command(b"NONSENSE\r\n")
    await client._flush_pending()
    await until(lambda: client.is_closed)
    with pytest.raises(Unavailable):
        await bus.ping()
    await bus.connect()
    await bus.ping()
    await send(bus, QUICK, "again")


async def test_publishing_declares_streams_that_are_gone(bus: Bus) -> None:
    await bus.jetstream.delete_stream("WORK")
    await send(bus, QUICK, "first of the new stream")
    assert len(await stored(bus, QUICK.subject)) == 1


async def test_a_server_that_lost_its_store_gets_everything_declared(
    bus: Bus, nats_server: Running[Nats]
) -> None:
    nats_server.stop()
    shutil.rmtree(nats_server.server.folder / "jetstream")
    nats_server.start()
    await until(lambda: reachable(bus))
    info = await bus.jetstream.stream_info("EVENTS")
    assert info.state.messages == 1  # what readiness asks with


async def test_a_message_too_large_says_so(bus: Bus) -> None:
    note = Note(text="x")
    with pytest.raises(PayloadTooLarge, match=r"9,000,\d+ bytes to 'work.tests.quick'"):
        await bus.publish(QUICK.subject, b"x" * 9_000_000, envelope("tests", note))


async def test_live_messages_that_cannot_go_are_lost_quietly(bus: Bus, log: Logged) -> None:
    await bus.publish_live("live.tests", Note(text="x" * 9_000_000))
    assert len(log.named("live message lost")) == 1
    await bus.publish_live("live.tests", Note(text="x"))


async def test_a_live_message_the_handler_refuses_does_not_end_the_listening(bus: Bus) -> None:
    heard: list[str] = []

    async def handler(body: bytes) -> None:
        heard.append(Note.model_validate_json(body).text)

    listening = asyncio.create_task(bus.listen_live("live.tests", handler))
    await until(lambda: bus.client._subs != {})
    await bus.ping()
    await bus.client.publish("live.tests", b"no JSON at all")
    await bus.publish_live("live.tests", Note(text="understood"))
    await until(lambda: heard == ["understood"])
    listening.cancel()
    await asyncio.wait([listening])


async def test_closing_is_quick_and_may_be_repeated_or_come_first(nats_url: str) -> None:
    unused = Bus(SecretStr(nats_url), "tests")
    await unused.close()
    bus = Bus(SecretStr(nats_url), "tests")
    await bus.connect()
    await bus.close()
    await bus.close()
    with pytest.raises(Unavailable):
        await bus.ping()
