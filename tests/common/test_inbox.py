"""The inbox: a message is acted on once, however often and wherever it arrives."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from common.clock import utcnow
from common.database import Database
from common.messaging import inbox
from common.messaging.inbox import first_time
from common.retention import Rule, apply_rules, older_than
from tests.common.messages import until
from tests.common.tables import InboxRow, Thing, things


async def note(db: Database, message_id: str, consumer: str = "c") -> bool:
    async with db.begin() as session:
        return await first_time(session, InboxRow, consumer, message_id)


async def test_only_the_first_time_is_the_first_time(db: Database) -> None:
    assert await note(db, "m1")
    assert not await note(db, "m1")
    assert await note(db, "m2")
    assert await note(db, "m1", consumer="other")


async def test_what_was_rolled_back_was_no_first_time(db: Database) -> None:
    async def fail() -> None:
        async with db.begin() as session:
            assert await first_time(session, InboxRow, "c", "m1")
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await note(db, "m1")


async def test_of_duplicates_at_once_one_acts(db: Database) -> None:
    async def act(number: int) -> None:
        async with db.begin() as session:
            if await first_time(session, InboxRow, "c", "m1"):
                session.add(Thing(name=f"by {number}"))

    await asyncio.gather(*(act(number) for number in range(8)))
    assert len(await things(db)) == 1


async def test_a_duplicate_waits_for_the_outcome_of_the_first(db: Database) -> None:
    async with db.begin() as session:
        assert await first_time(session, InboxRow, "c", "m1")
        duplicate = asyncio.create_task(note(db, "m1"))
        await until(lambda: blocked(db))
        await session.rollback()
    assert await duplicate  # the first came to nothing, so this one counts


async def blocked(db: Database) -> bool:
    async with db.begin() as session:
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = current_user"
        )
        return bool((await session.execute(query)).scalar_one())


async def test_old_entries_are_forgotten_and_new_ones_kept(db: Database) -> None:
    async with db.begin() as session:
        for message_id, age in (("old", timedelta(days=9)), ("new", timedelta(days=7))):
            session.add(InboxRow(consumer="c", message_id=message_id, received_at=utcnow() - age))
    rule = Rule("8 days", older_than(InboxRow, InboxRow.received_at, inbox.KEEP))
    await apply_rules(db, {"inbox": rule})
    assert await ids_are(db, ["new"])


async def ids_are(db: Database, wanted: list[str]) -> bool:
    async with db.begin() as session:
        return list(await session.scalars(select(InboxRow.message_id))) == wanted
