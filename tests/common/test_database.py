"""Transactions, and what becomes of them when Postgres is busy, slow or gone."""

import asyncio
import multiprocessing
import os
import signal
import time

import pytest
from asyncpg.exceptions import InternalClientError
from pydantic import SecretStr
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from common.database import Database
from common.errors import Busy, Timeout, Unavailable
from common.testing.budget import within
from common.testing.postgres import Postgres
from common.testing.servers import Running
from tests.common.messages import available, until
from tests.common.tables import MIGRATIONS, SCHEMA, Thing, things


async def test_a_block_commits_at_its_end(db: Database) -> None:
    async with db.begin() as session:
        session.add(Thing(name="kept"))
        assert await things(db) == set()
    assert await things(db) == {"kept"}


async def test_a_block_that_raises_leaves_nothing(db: Database) -> None:
    async def fail() -> None:
        async with db.begin() as session:
            session.add(Thing(name="lost"))
            await session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await things(db) == set()


async def test_a_cancelled_block_leaves_nothing_and_gives_its_connection_back(postgres_url: str) -> None:
    db = Database(SecretStr(postgres_url), SCHEMA, pool_size=1, pool_seconds=2)

    async def wait_inside(entered: asyncio.Event) -> None:
        async with db.begin() as session:
            session.add(Thing(name="lost"))
            await session.flush()
            entered.set()
            await asyncio.Event().wait()

    await db.migrate(MIGRATIONS)
    for _ in range(3):  # more often than there are connections
        entered = asyncio.Event()
        task = asyncio.create_task(wait_inside(entered))
        await entered.wait()
        task.cancel()
        await asyncio.wait([task])
    assert "lost" not in await things(db)
    await db.close()


async def test_errors_of_a_statement_stay_what_they_are_and_hide_its_values(db: Database) -> None:
    with pytest.raises(IntegrityError) as raised:
        async with db.begin() as session:
            session.add_all([Thing(name="twice"), Thing(name="twice")])
    assert "parameters" in str(raised.value)
    assert "'twice'" not in str(raised.value)


async def test_a_full_pool_is_unavailable_soon(postgres_url: str) -> None:
    db = Database(SecretStr(postgres_url), SCHEMA, pool_size=1, pool_seconds=0.1)
    async with db.begin(), db.begin():  # the pool may overflow once
        with pytest.raises(Unavailable, match="in use"):
            await db.ping()
    await db.ping()
    await db.close()


async def test_a_slow_statement_is_a_timeout_and_the_connection_lives_on(postgres_url: str) -> None:
    db = Database(SecretStr(postgres_url), SCHEMA, statement_seconds=0.2)
    with pytest.raises(Timeout) as raised:
        async with db.begin() as session:
            await session.execute(text("SELECT pg_sleep(60)"))
    assert raised.value.retryable
    await db.ping()
    await db.close()


async def test_a_callers_own_timeout_is_not_taken_for_the_databases(db: Database) -> None:
    with pytest.raises(TimeoutError):
        async with db.begin():
            raise TimeoutError


async def test_a_deadlock_may_be_tried_again(db: Database) -> None:
    async with db.begin() as session:
        session.add_all([Thing(name="a"), Thing(name="b")])
    first_locked, second_locked = asyncio.Event(), asyncio.Event()

    async def lock(first: str, second: str, mine: asyncio.Event, other: asyncio.Event) -> None:
        query = text("SELECT name FROM things WHERE name = :name FOR UPDATE")
        async with db.begin() as session:
            await session.execute(query, {"name": first})
            mine.set()
            await other.wait()
            await session.execute(query, {"name": second})

    results = await asyncio.gather(
        lock("a", "b", first_locked, second_locked),
        lock("b", "a", second_locked, first_locked),
        return_exceptions=True,
    )
    refused = [result for result in results if result is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], Unavailable)


async def test_postgres_gone_and_back(db: Database, postgres_server: Running[Postgres]) -> None:
    await db.ping()
    postgres_server.stop()
    try:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await db.ping()
        assert time.monotonic() - began < within(5)
        with pytest.raises(Unavailable):
            await db.migrate(MIGRATIONS)
    finally:
        postgres_server.start()
    # The connections of before are dead; nobody meets one.
    await db.ping()
    assert await things(db) == set()


async def test_postgres_lost_in_mid_transaction(db: Database, postgres_server: Running[Postgres]) -> None:
    async def work() -> None:
        async with db.begin() as session:
            session.add(Thing(name="lost"))
            await session.flush()
            postgres_server.stop()
            postgres_server.start()
            await session.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await work()
    await until(lambda: available(db.ping))
    assert await things(db) == set()


async def test_a_wrong_password_names_the_cause_but_not_the_password(postgres_url: str) -> None:
    wrong = postgres_url.replace("@", "wrong@")
    db = Database(SecretStr(wrong), SCHEMA)
    with pytest.raises(Unavailable) as raised:
        await db.ping()
    assert "password authentication failed" in str(raised.value.__cause__)
    assert wrong.split(":")[2].split("@")[0] not in str(raised.value.__cause__)
    await db.close()


async def test_a_migration_outlives_the_limit_of_a_statement(postgres_url: str) -> None:
    db = Database(SecretStr(postgres_url), "slow", statement_seconds=0.2)
    holder = Database(SecretStr(postgres_url), "slow")
    async with holder.begin() as session:
        # As if another replica were migrating for longer than any statement may take.
        lock = text("SELECT pg_advisory_xact_lock(hashtext('overskill-migrate-slow'))")
        await session.execute(lock)
        waiting = asyncio.create_task(db.migrate(MIGRATIONS))
        done, _ = await asyncio.wait([waiting], timeout=0.6)
        assert not done
    await waiting
    async with db.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM things"))).scalar_one() == 0
    await db.close()
    await holder.close()


def migrate(url: str, schema: str) -> None:
    async def run() -> None:
        db = Database(SecretStr(url), schema)
        await db.migrate(MIGRATIONS)
        await db.close()

    asyncio.run(run())


def test_of_several_processes_one_migrates(postgres_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=migrate, args=(postgres_url, "crowd")) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]


async def test_migrating_again_changes_nothing(db: Database) -> None:
    async with db.begin() as session:
        session.add(Thing(name="kept"))
    await asyncio.gather(db.migrate(MIGRATIONS), db.migrate(MIGRATIONS))
    assert await things(db) == {"kept"}


async def test_a_cancellation_stays_one_wherever_it_comes(db: Database) -> None:
    """In the connecting, the BEGIN, a statement or the COMMIT: never an error that a loop may swallow."""
    for steps in range(60):
        task = asyncio.create_task(_insert(db, f"row {steps}"))
        for _ in range(steps):
            await asyncio.sleep(0)
        finished = task.done()
        task.cancel()
        await asyncio.wait([task])
        assert finished or task.cancelled() or task.exception() is None, (steps, task)
    await db.ping()


async def test_a_statement_that_a_time_limit_cancels_is_that_limits_affair(db: Database) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), db.begin() as session:
            await session.execute(text("SELECT pg_sleep(60)"))
    await db.ping()


async def _insert(db: Database, name: str) -> None:
    async with db.begin() as session:
        await session.execute(text("INSERT INTO things (name) VALUES (:name)"), {"name": name})
        await session.execute(text("SELECT pg_sleep(0.005)"))


async def test_waiting_for_a_row_ends_in_time_and_says_busy(db: Database, postgres_url: str) -> None:
    hasty = Database(SecretStr(postgres_url), SCHEMA, lock_seconds=0.1)
    query = text("SELECT name FROM things FOR UPDATE")
    async with db.begin() as session:
        session.add(Thing(name="wanted"))
    async with db.begin() as session:
        await session.execute(query)
        with pytest.raises(Busy) as raised:
            async with hasty.begin() as other:
                await other.execute(query)
    assert raised.value.retryable
    await hasty.close()


async def test_a_connection_in_use_is_not_asked_whether_it_lives(db: Database) -> None:
    """A liveness check in a transaction of its own would double what the database has to do."""
    asked: list[str] = []
    async with db.begin() as session:
        raw = await (await session.connection()).get_raw_connection()
        assert raw.driver_connection is not None
        raw.driver_connection.add_query_logger(lambda record: asked.append(record.query))
    asked.clear()
    for _ in range(5):
        await things(db)
    assert [query.split()[0].rstrip(";") for query in asked] == ["BEGIN", "COMMIT"] * 5, (
        "statements are prepared, and not logged"
    )


async def test_a_connection_that_breaks_while_it_is_made_is_unavailable(postgres_url: str) -> None:
    db = Database(SecretStr(postgres_url), SCHEMA)
    # Between the driver's hello and what SQLAlchemy sets up, as when Postgres is killed just then.
    event.listen(
        db._engine.sync_engine,
        "connect",
        lambda connection, _record: connection.driver_connection.terminate(),
        insert=True,
    )
    with pytest.raises(Unavailable) as raised:
        await db.ping()
    assert "closed" in str(raised.value.__cause__)
    await db.close()


async def test_a_driver_that_is_about_to_read_the_servers_farewell_has_lost_its_connection(
    postgres_url: str,
) -> None:
    """Between a server's last message and the end of the connection, asyncpg cannot begin a statement."""
    db = Database(SecretStr(postgres_url), SCHEMA, pool_size=2)
    backend = text("SELECT pg_backend_pid()")
    async with db.begin() as session:
        before = (await session.execute(backend)).scalar_one()

    def refuse(*_: object) -> None:
        raise InternalClientError("cannot switch to state 15; another operation (2) is in progress")

    event.listen(db._engine.sync_engine, "do_execute", refuse)
    with pytest.raises(Unavailable):
        await db.ping()
    event.remove(db._engine.sync_engine, "do_execute", refuse)
    async with db.begin() as session:
        assert (await session.execute(backend)).scalar_one() != before
    await db.close()


async def test_a_connection_that_has_lain_idle_is_asked_and_replaced_if_it_is_dead(db: Database) -> None:
    other = Database(db._url, SCHEMA)
    pids: list[int] = []
    async with db.begin() as session:
        pids.append((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())
        raw = await (await session.connection()).get_raw_connection()
        record = raw._connection_record
    for kill in (False, True):
        assert record is not None
        record.info["returned_at"] = -1000.0
        if kill:
            async with other.begin() as session:
                await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pids[0]})
        async with db.begin() as session:
            pids.append((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())
    assert pids[1] == pids[0]
    assert pids[2] != pids[0]
    await other.close()


async def test_a_connection_that_answers_late_is_kept(db: Database) -> None:
    """On a busy machine all idle ones would be thrown away at once, and making new ones takes longer."""
    backend = text("SELECT pg_backend_pid()")
    async with db.begin() as session:
        before = (await session.execute(backend)).scalar_one()
        raw = await (await session.connection()).get_raw_connection()
        record = raw._connection_record
    assert record is not None
    record.info["returned_at"] = -1000.0
    os.kill(before, signal.SIGSTOP)
    asyncio.get_running_loop().call_later(3, os.kill, before, signal.SIGCONT)
    async with db.begin() as session:
        assert (await session.execute(backend)).scalar_one() == before
