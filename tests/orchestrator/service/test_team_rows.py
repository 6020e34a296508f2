"""What a team has used and may begin, as the database counts it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest_asyncio
from sqlalchemy import select, text

from common.database import Database
from orchestrator.db import runs, teams, turns
from orchestrator.db.models import App, MonthlyUsage, Turn
from orchestrator.domain.budgets import Limits
from orchestrator.domain.turns import Usage
from tests.orchestrator.service.rows import MODEL, USAGE, add_app, add_run, migrated

TOKENS = sum((USAGE.input_tokens, USAGE.output_tokens, USAGE.cache_read_tokens, USAGE.cache_write_tokens))


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    async with migrated(postgres_url) as database:
        async with database.begin() as session:
            await session.execute(text("TRUNCATE teams CASCADE"))
        yield database


async def months(db: Database, app: str) -> dict[date, tuple[int, int, int, int]]:
    """Money and tokens, used and reserved, by month; those without any left out."""
    columns = (
        MonthlyUsage.microdollars, MonthlyUsage.tokens, MonthlyUsage.reserved_microdollars,
        MonthlyUsage.reserved_tokens,
    )  # fmt: skip
    async with db.begin() as session:
        query = select(MonthlyUsage.month, *columns).where(MonthlyUsage.app_id == app)
        found = (await session.execute(query)).all()
    return {month: tuple(amounts) for month, *amounts in found if any(amounts)}  # type: ignore[misc]  # four each


async def change(db: Database, statement: str) -> None:
    async with db.begin() as session:
        await session.execute(text(statement))


async def test_the_months_use_follows_every_change_of_a_turn(db: Database) -> None:
    app = await add_app(db)
    await add_run(db, app, ended=None, state="generating")
    await change(db, "UPDATE turns SET started_at = '2026-03-01 00:30+01', reserved_tokens = 900")
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    assert await months(db, app) == {february: (0, 0, 0, 900)}
    await change(db, "UPDATE turns SET state = 'started', input_tokens = 100, cost_microdollars = 7")
    assert await months(db, app) == {february: (0, 0, 0, 900)}
    await change(db, "UPDATE turns SET state = 'done'")
    assert await months(db, app) == {february: (7, TOKENS, 0, 0)}
    await change(db, "UPDATE turns SET started_at = started_at + interval '1 hour'")
    assert await months(db, app) == {march: (7, TOKENS, 0, 0)}
    await change(db, "UPDATE turns SET billing_class = 'repair'")
    assert await months(db, app) == {}
    await change(db, "UPDATE turns SET billing_class = 'user', cost_microdollars = NULL")
    assert await months(db, app) == {march: (0, TOKENS, 0, 0)}  # a price that nobody knows
    await change(db, "DELETE FROM turns")
    assert await months(db, app) == {}


async def test_a_withdrawn_request_gives_back_what_was_reserved(db: Database) -> None:
    app = await add_app(db)
    run = await add_run(db, app, ended=None, state="generating")
    await change(db, "DELETE FROM turns")
    async with db.begin() as session:
        turn = turns.add_turn(
            session, run_id=run, seq=2, billing_class="user", model=MODEL, usage=Usage(),
            cost_microdollars=1, reserved=Limits(5, 6),
        )  # fmt: skip
    assert list((await months(db, app)).values()) == [(0, 0, 5, 6)]
    async with db.begin() as session:
        await turns.remove_turn(session, turn.id)
        assert (await session.scalars(select(Turn))).all() == []
    assert await months(db, app) == {}


async def test_a_team_begins_a_minutes_runs_at_once_and_then_waits(db: Database) -> None:
    mine, theirs = await team_of(db, await add_app(db)), await team_of(db, await add_app(db))
    async with db.begin() as session:
        waits = [await teams.count_run(session, mine, per_minute=3) for _ in range(4)]
        assert waits[:3] == [0, 0, 0]
        assert 0 < waits[3] <= 20
        assert await teams.count_run(session, theirs, per_minute=3) == 0
    await change(db, "UPDATE teams SET runs_due_at = runs_due_at - interval '40 s'")
    async with db.begin() as session:
        waits = [await teams.count_run(session, mine, per_minute=3) for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert 0 < waits[2] <= 20


async def test_two_workers_at_once_do_not_take_a_teams_last_place_both(db: Database) -> None:
    first, second = await apps_of_one_team(db)
    made = [await add_run(db, app, ended=None, state="queued") for app in (first, second)]

    async def take(run: str) -> bool:
        async with db.begin() as session:
            lease = await runs.claim(session, run, 60, per_team=1)
            if lease is not None:
                await session.execute(
                    text("UPDATE runs SET state = 'preparing' WHERE id = :id"), {"id": lease.run_id}
                )
            return lease is not None

    assert sorted(await asyncio.gather(*(take(run) for run in made))) == [False, True]


async def test_the_run_of_the_team_with_the_fewest_at_work_is_taken(db: Database) -> None:
    (busy, third), other = await apps_of_one_team(db), await add_app(db)
    await add_run(db, busy, ended=None, state="checking")
    asked = await add_run(db, third, ended=None, state="queued")
    last = await add_run(db, other, ended=None, state="queued")
    async with db.begin() as session:
        lease = await runs.claim(session, asked, 60)
        assert lease is not None
        assert lease.run_id == last
        assert await runs.is_workable(session, asked)
        assert not await runs.is_workable(session, last)
        following = await runs.claim(session, last, 60)
        assert following is not None
        assert following.run_id == asked


async def apps_of_one_team(db: Database) -> tuple[str, str]:
    first, second = await add_app(db), await add_app(db)
    async with db.begin() as session:
        (await session.get_one(App, second)).team_id = (await session.get_one(App, first)).team_id
    return first, second


async def team_of(db: Database, app: str) -> str:
    async with db.begin() as session:
        return (await session.get_one(App, app)).team_id
