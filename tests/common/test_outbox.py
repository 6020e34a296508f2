"""Messages that commit with a state change: published after it, once, in order, and whatever breaks."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import func, select, text

from common.background import Supervisor
from common.database import Database
from common.errors import Unavailable
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.metrics import OUTBOX_DEAD
from common.testing.nats import Nats
from common.testing.servers import Running
from tests.common.conftest import Logged
from tests.common.messages import Note, available, stored, until
from tests.common.tables import OutboxRow, Thing

SUBJECT = "work.tests.outbox"


@pytest.fixture
async def outbox(db: Database, bus: Bus) -> Outbox:
    await bus.jetstream.purge_stream("WORK")
    return Outbox(db, bus, OutboxRow, "tests")


@asynccontextmanager
async def relaying(*outboxes: Outbox) -> AsyncIterator[None]:
    async with Supervisor() as supervisor:
        for number, outbox in enumerate(outboxes):
            supervisor.start(f"relay {number}", outbox.relay)
        yield


async def waiting(db: Database) -> int:
    async with db.begin() as session:
        return (await session.execute(select(func.count()).select_from(OutboxRow))).scalar_one()


async def texts(bus: Bus) -> list[str]:
    return [Note.model_validate_json(message.data or b"").text for message in await stored(bus, SUBJECT)]


async def add(db: Database, outbox: Outbox, *notes: str) -> None:
    async with db.begin() as session:
        for note in notes:
            outbox.add(session, SUBJECT, Note(text=note))


async def test_a_message_is_published_after_its_commit_and_not_before(
    db: Database, bus: Bus, outbox: Outbox
) -> None:
    async with relaying(outbox):
        async with db.begin() as session:
            session.add(Thing(name="state"))
            outbox.add(session, SUBJECT, Note(text="told"))
            await session.flush()
            await add(db, outbox, "another transaction")
            await until(lambda: texts_are(bus, ["another transaction"]))
        await until(lambda: texts_are(bus, ["another transaction", "told"]))
        await until(lambda: empty(db))


async def texts_are(bus: Bus, wanted: list[str]) -> bool:
    return await texts(bus) == wanted


async def test_what_was_rolled_back_is_never_published(db: Database, bus: Bus, outbox: Outbox) -> None:
    async with relaying(outbox):
        with suppress(KeyError):
            async with db.begin() as session:
                outbox.add(session, SUBJECT, Note(text="never"))
                await session.flush()
                raise KeyError
        await add(db, outbox, "afterwards")
        await until(lambda: empty(db))
    assert await texts(bus) == ["afterwards"]


async def test_a_commit_wakes_the_relay(
    db: Database, bus: Bus, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outbox, "poll_seconds", 3600.0)
    async with relaying(outbox):
        await add(db, outbox, *map(str, range(250)))  # more than two batches, one transaction
        await until(lambda: texts_are(bus, [str(number) for number in range(250)]))
        await add(db, outbox, "one more")
        await until(lambda: texts_are(bus, [*(str(number) for number in range(250)), "one more"]))


async def test_many_messages_of_one_transaction_listen_for_its_commit_once(
    db: Database, outbox: Outbox
) -> None:
    async with db.begin() as session:
        for number in range(50):
            outbox.add(session, SUBJECT, Note(text=str(number)))
        assert len(list(session.sync_session.dispatch.after_commit)) == 1


async def test_what_another_process_committed_is_found(db: Database, bus: Bus, outbox: Outbox) -> None:
    elsewhere = Outbox(db, bus, OutboxRow, "tests")
    async with relaying(outbox):
        await add(db, elsewhere, "from elsewhere")
        await until(lambda: texts_are(bus, ["from elsewhere"]))


class CrashingBus:
    """The bus of a relay whose process dies after the broker took the message."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.published = 0

    async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        await self._bus.publish(subject, body, headers)
        self.published += 1
        raise asyncio.CancelledError


async def test_a_relay_that_dies_before_deleting_repeats_nothing(
    db: Database, bus: Bus, outbox: Outbox
) -> None:
    await add(db, outbox, "once")
    dying = CrashingBus(bus)
    with suppress(asyncio.CancelledError):
        await Outbox(db, dying, OutboxRow, "tests").relay()  # type: ignore[arg-type]
    assert (dying.published, await waiting(db)) == (1, 1)
    async with relaying(outbox):
        await until(lambda: empty(db))
    assert await texts(bus) == ["once"]


async def empty(db: Database) -> bool:
    return await waiting(db) == 0


async def test_two_relays_share_the_work_and_repeat_nothing(db: Database, bus: Bus, outbox: Outbox) -> None:
    published: list[str] = []

    class Counting(Bus):
        async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
            published.append(headers["ce-id"])
            await bus.publish(subject, body, headers)

    counting = Counting(bus._url, "tests")
    relays = [Outbox(db, counting, OutboxRow, "tests") for _ in range(2)]
    wanted = [str(number) for number in range(220)]
    await add(db, relays[0], *wanted)
    async with relaying(*relays):
        await until(lambda: empty(db))
    assert sorted(await texts(bus)) == sorted(wanted)
    assert len(published) == len(set(published)) == len(wanted)


async def test_nats_away_while_committing(
    db: Database, bus: Bus, outbox: Outbox, nats_server: Running[Nats]
) -> None:
    async with relaying(outbox):
        nats_server.stop()
        try:
            await until(lambda: not bus.client.is_connected)
            await add(db, outbox, "one", "two")
        finally:
            nats_server.start()
        await until(lambda: empty(db))
    assert await texts(bus) == ["one", "two"]


async def test_what_was_published_is_not_repeated_because_of_what_follows_it(
    db: Database, bus: Bus, outbox: Outbox
) -> None:
    class Failing(Bus):
        async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
            if b"second" in body:
                raise Unavailable("no")
            await bus.publish(subject, body, headers)

    await add(db, outbox, "first", "second")
    with pytest.raises(Unavailable):
        await Outbox(db, Failing(bus._url, "tests"), OutboxRow, "tests").relay()
    assert await waiting(db) == 1


@pytest.mark.parametrize(
    ("subject", "size", "reason"),
    [
        (SUBJECT, 9_000_000, "payload_too_large: A message of 9,000,"),
        # With its headers it is more than the server takes, which would close the connection for it.
        (SUBJECT, 8 * 1024**2 - 100, "payload_too_large: A message of 8,38"),
        ("work.tests.two words", 1, "unpublishable: No stream takes 'work.tests.two words'"),
        ("work..tests", 1, "unpublishable: No stream takes"),
        ("work.tests.*", 1, "unpublishable: No stream takes"),
        ("nobodys.subject", 1, "unpublishable: No stream takes"),
    ],
    ids=["too large", "too large with headers", "space", "empty token", "wildcard", "no stream"],
)
async def test_what_nats_never_takes_is_given_up_visibly_and_slows_down_nothing(
    db: Database, bus: Bus, outbox: Outbox, log: Logged, subject: str, size: int, reason: str
) -> None:
    async with db.begin() as session:
        outbox.add(session, SUBJECT, Note(text="before"))
        outbox.add(session, subject, Note(text="x" * size))
        outbox.add(session, SUBJECT, Note(text="after"))
    async with relaying(outbox):
        await until(lambda: texts_are(bus, ["before", "after"]))
        for number in range(10):
            await add(db, outbox, str(number))
            await until(functools.partial(texts_are, bus, ["before", "after", *map(str, range(number + 1))]))
        await until(lambda: OUTBOX_DEAD._value.get() == 1)
    assert log.named("background step failed") == []  # each would be a pause for all
    assert log.named("nats connection error") == []
    assert len(log.named("message given up, it stays in the outbox")) == 1
    async with db.begin() as session:
        (row,) = (await session.scalars(select(OutboxRow))).all()
    assert row.subject == subject
    assert row.failed_at is not None
    assert row.reason is not None
    assert row.reason.startswith(reason)


async def test_what_was_given_up_can_be_sent_again(db: Database, bus: Bus, outbox: Outbox) -> None:
    async with db.begin() as session:
        outbox.add(session, "nobodys.subject", Note(text="mended"))
    async with relaying(outbox):
        await until(lambda: OUTBOX_DEAD._value.get() == 1)
        async with db.begin() as session:  # as docs/operations.md says
            again = f"UPDATE outbox SET failed_at = NULL, reason = NULL, subject = '{SUBJECT}'"
            await session.execute(text(again))
        await until(lambda: texts_are(bus, ["mended"]))
        await until(lambda: OUTBOX_DEAD._value.get() == 0)
        await until(lambda: empty(db))


async def test_headers_are_cloud_events_with_one_id(db: Database, bus: Bus, outbox: Outbox) -> None:
    async with relaying(outbox):
        await add(db, outbox, "told")
        await until(lambda: empty(db))
    message = (await stored(bus, SUBJECT))[0]
    headers = message.headers or {}
    assert headers["ce-type"] == Note.type
    assert headers["ce-source"] == "tests"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-id"] == headers["Nats-Msg-Id"]
    assert headers["content-type"] == "application/json"


async def test_messages_survive_a_lost_connection_to_postgres(db: Database, bus: Bus, outbox: Outbox) -> None:
    async with relaying(outbox):
        await add(db, outbox, "one")
        await until(lambda: empty(db))
        async with db.begin() as session:
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            await session.execute(text(f"{query} AND usename = current_user"))
        # What begins in the same moment may still meet a dead connection.
        await until(lambda: available(db.ping))
        await add(db, outbox, "two")
        await until(lambda: empty(db))
    assert await texts(bus) == ["one", "two"]
