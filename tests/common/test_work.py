"""Leases: one worker at a time, kept through trouble, lost to nobody unnoticed; how long work is tried."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from common.clock import utcnow
from common.database import Database
from common.errors import InvalidInput, Timeout, Unavailable
from common.testing.postgres import Postgres
from common.testing.servers import Running
from common.work import Lease, LeaseLost, Patience, claim, is_waiting, revoke, stands_still, under_lease
from tests.common.messages import until
from tests.common.tables import SCHEMA, Job

SECONDS = 60.0


async def job(db: Database, seconds: float = SECONDS) -> Lease[Job]:
    async with db.begin() as session:
        session.add(Job(name="job", lease_token=0, attempts=0, failures=0))
    lease = await claimed(db, seconds)
    assert lease is not None
    return lease


async def claimed(db: Database, seconds: float = SECONDS) -> Lease[Job] | None:
    async with db.begin() as session:
        return await claim(session, Job, ("job",), seconds)


async def row(db: Database) -> Job:
    async with db.begin() as session:
        return await session.get_one(Job, "job")


async def end(db: Database, lease: Lease[Job]) -> None:
    async with db.begin() as session:
        await lease.release(session)


async def test_of_many_who_claim_at_once_one_gets_it(db: Database) -> None:
    async with db.begin() as session:
        session.add(Job(name="job", lease_token=0, attempts=0, failures=0))
    leases = await asyncio.gather(*(claimed(db) for _ in range(8)))
    assert len([lease for lease in leases if lease is not None]) == 1


async def test_an_expired_lease_is_taken_over_and_its_holder_can_write_nothing(db: Database) -> None:
    first = await job(db, seconds=0.0)
    second = await claimed(db)
    assert second is not None
    assert second.token > first.token
    async with db.begin() as session:
        with pytest.raises(LeaseLost):
            await first.hold(session)
        with pytest.raises(LeaseLost):
            await first.renew(session)
        await first.release(session)
        assert (await second.hold(session)).lease_until is not None


async def test_a_released_lease_is_never_renewed(db: Database) -> None:
    lease = await job(db)
    await end(db, lease)
    async with db.begin() as session:
        with pytest.raises(LeaseLost):
            await lease.renew(session)
    assert (await row(db)).lease_until is None


async def test_work_that_ends_at_any_moment_of_a_renewal_ends_it(db: Database) -> None:
    """However its end and the renewals meet: the lease is free afterwards, and stays so."""
    lease = await job(db)
    for steps in range(150):

        async def work(steps: int = steps) -> int:
            for _ in range(steps):
                await asyncio.sleep(0)
            return steps

        async with asyncio.timeout(120):
            assert await under_lease(db, lease, work(), every=0.0001) == steps
    await end(db, lease)
    assert (await row(db)).lease_until is None
    assert len(asyncio.all_tasks()) == 1


async def test_a_cancellation_ends_it_in_whatever_await_it_meets(db: Database) -> None:
    """Between renewals, in the connecting, the statement and the commit of one, and in the work's own end."""
    lease = await job(db)
    for steps in range(150):
        stopped = asyncio.Event()

        async def work(stopped: asyncio.Event = stopped) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                stopped.set()

        task = asyncio.create_task(under_lease(db, lease, work(), every=0.0001))
        for _ in range(steps + 2):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(120):
            await asyncio.wait([task])
        assert task.cancelled(), steps
        assert stopped.is_set()
    await end(db, lease)
    assert (await row(db)).lease_until is None
    assert len(asyncio.all_tasks()) == 1


async def test_work_stops_when_its_lease_is_anothers(db: Database) -> None:
    lease = await job(db)
    stopped = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    working = asyncio.create_task(under_lease(db, lease, work(), every=0.01))
    async with db.begin() as session:
        revoke(await lease.hold(session))
    with pytest.raises(LeaseLost):
        await working
    assert stopped.is_set()


async def test_work_goes_on_while_the_database_is_away(
    postgres_url: str, db: Database, postgres_server: Running[Postgres]
) -> None:
    """A model's answer that has been paid for is not thrown away for a renewal that nobody could answer."""
    keeper = Database(SecretStr(postgres_url), SCHEMA)
    lease = await job(db, seconds=1)
    finish = asyncio.Event()

    async def work() -> str:
        await finish.wait()
        return "paid for"

    working = asyncio.create_task(under_lease(keeper, lease, work(), every=0.05))
    postgres_server.stop()
    try:
        await asyncio.wait([working], timeout=1.5)  # longer than the lease
        assert not working.done()
    finally:
        postgres_server.start()

    async def renewed() -> bool:
        try:
            until_when = (await row(db)).lease_until
        except Unavailable:
            return False
        return until_when is not None and until_when > utcnow()

    await until(renewed)
    finish.set()
    assert await working == "paid for"
    await keeper.close()


async def test_errors_of_the_work_come_through(db: Database) -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise KeyError

    with pytest.raises(KeyError):
        await under_lease(db, await job(db), work())


def attempted(**fields: Any) -> Job:
    return Job(**{"name": "job", "attempts": 0, "failures": 0, "crashes": 0, **fields})


PATIENCE = Patience(failures=3, seconds=60, crashes=5)


def test_what_is_away_is_waited_for_by_time_however_many_attempts_that_takes() -> None:
    work = attempted()
    for _ in range(100):
        assert not PATIENCE.is_over(work)
        work.begin_attempt()
        assert not PATIENCE.ends(work, Unavailable("away"))
        work.end_attempt(Unavailable("away"))
    assert (work.attempts, work.failures, work.crashes) == (100, 0, 0)
    assert work.waiting_since is not None
    work.waiting_since -= timedelta(seconds=61)
    assert PATIENCE.ends(work, Timeout("slow"))


def test_time_counts_from_when_something_went_away_not_from_the_first_attempt() -> None:
    work = attempted()
    work.end_attempt(Unavailable("away"))
    work.end_attempt(KeyError())  # it was back meanwhile
    assert work.waiting_since is None
    assert not PATIENCE.ends(work, Unavailable("away again"))


def test_failing_is_bounded_by_number() -> None:
    work = attempted(failures=1)
    assert not PATIENCE.ends(work, KeyError())
    work.end_attempt(KeyError())
    assert PATIENCE.ends(work, KeyError())
    assert PATIENCE.ends(attempted(), InvalidInput("never"))
    # Whatever step failed, also one behind the question whether it ends.
    work.end_attempt(KeyError())
    assert PATIENCE.is_over(work)


def test_work_that_ends_its_own_process_again_and_again_comes_to_an_end() -> None:
    work = attempted()
    for _ in range(5):
        work.begin_attempt()
        assert not PATIENCE.is_over(work)
    work.begin_attempt()
    assert PATIENCE.is_over(work)


def test_being_killed_or_overtaken_is_no_failure() -> None:
    assert is_waiting(asyncio.CancelledError())
    assert is_waiting(LeaseLost("another's"))
    assert not is_waiting(KeyError())


async def test_work_that_waits_is_not_announced_every_few_seconds(db: Database) -> None:
    """Its message is only delayed: each further one would be one more to be delivered for ever."""
    lease = await job(db)

    async def still(seconds: float) -> bool:
        async with db.begin() as session:
            condition = stands_still(Job, Job, Job.updated_at, seconds=seconds)
            return await session.scalar(select(Job.name).where(condition)) is not None

    assert not await still(-1)  # somebody works on it
    await end(db, lease)
    assert await still(-1)
    async with db.begin() as session:
        (await session.get_one(Job, "job")).end_attempt(Unavailable("away"))
    assert not await still(-1)


async def test_abandoned_work_is_announced_now_and_then_until_somebody_has_a_place_for_it(
    db: Database,
) -> None:
    await job(db, seconds=0.0)

    async def still(touched: timedelta) -> bool:
        async with db.begin() as session:
            (await session.get_one(Job, "job")).updated_at = utcnow() - touched
            await session.flush()
            condition = stands_still(Job, Job, Job.updated_at, seconds=60)
            return await session.scalar(select(Job.name).where(condition)) is not None

    assert await still(timedelta(seconds=30))
    assert not await still(timedelta())  # announced a moment ago


async def test_work_that_releases_its_lease_with_its_last_step_has_ended_well(db: Database) -> None:
    lease = await job(db)

    async def work() -> str:
        await end(db, lease)
        await asyncio.sleep(0.02)  # in which renewals are refused
        return "done"

    assert await under_lease(db, lease, work(), every=0.001) == "done"
