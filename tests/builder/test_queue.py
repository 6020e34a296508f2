"""Whose build is next: teams share the builders fairly, and nothing waits that need not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import delete

import builder.main
from builder.db import queue
from builder.db.models import Build
from common.clock import utcnow
from common.contracts import BuildMode, BuildState, TemplateRef
from common.database import Database
from common.ids import new_app_id, new_id

NOW = utcnow()


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), "builder")
    try:
        await database.migrate(builder.main.MIGRATIONS)
        async with database.begin() as session:
            await session.execute(delete(Build))
        yield database
    finally:
        await database.close()


async def ask(
    db: Database, team: str, age: float = 0.0, mode: BuildMode = BuildMode.PREVIEW, **fields: Any
) -> str:
    """A build that has waited for `age` seconds."""
    usual: dict[str, Any] = {"app_id": new_app_id(), "source_digest": "0" * 64}
    build = Build(
        id=new_id("build"), team_id=team, mode=mode, template=TemplateRef.parse("t@1.0.0"),
        state=BuildState.QUEUED, created_at=NOW - timedelta(seconds=age), **{**usual, **fields},
    )  # fmt: skip
    async with db.begin() as session:
        session.add(build)
    return build.id


async def claim(db: Database, *, except_teams: tuple[str, ...] = ()) -> str | None:
    """The next build, as any replica would claim it."""
    async with db.begin() as session:
        found = await queue.claim_next(session, 60, except_teams=except_teams)
        return found.build.id if found else None


async def order(db: Database) -> list[str]:
    """All builds in the order in which they are begun when none ends meanwhile."""
    claimed = []
    while (build := await claim(db)) is not None:
        claimed.append(build)
    return claimed


async def test_the_oldest_build_is_next(db: Database) -> None:
    young, old = await ask(db, "one", 1), await ask(db, "one", 2)
    assert await order(db) == [old, young]


async def test_a_team_with_many_builds_does_not_delay_another(db: Database) -> None:
    first, second, third = [await ask(db, "busy", 100 - n) for n in range(3)]
    other = await ask(db, "other", 1)
    assert await order(db) == [first, other, second, third]


async def test_previews_come_before_production_builds(db: Database) -> None:
    production = await ask(db, "one", 2, BuildMode.PRODUCTION)
    preview = await ask(db, "two", 1)
    assert await order(db) == [preview, production]


async def test_a_team_that_has_its_share_is_passed_over(db: Database) -> None:
    await ask(db, "busy", 2)
    assert await claim(db, except_teams=("busy",)) is None
    other = await ask(db, "other", 1)
    assert await claim(db, except_teams=("busy",)) == other


async def test_a_build_whose_pause_is_not_over_waits(db: Database) -> None:
    await ask(db, "one", 2, retry_at=utcnow() + timedelta(hours=1))
    ready = await ask(db, "one", 1, retry_at=utcnow() - timedelta(hours=1))
    assert await order(db) == [ready]


async def test_a_dead_builders_build_is_begun_anew_and_no_longer_counts_for_its_team(db: Database) -> None:
    died = await ask(db, "one", 9, lease_until=utcnow() - timedelta(seconds=1), lease_token=1)
    async with db.begin() as session:
        (await session.get_one(Build, died)).state = BuildState.RUNNING
    assert await order(db) == [died]
    async with db.begin() as session:
        assert (await session.get_one(Build, died)).lease_token == 2


async def test_two_builders_never_get_the_same_build(db: Database) -> None:
    first, second = await ask(db, "one", 2), await ask(db, "one", 1)
    async with db.begin() as one, db.begin() as other:
        mine = await queue.claim_next(one, 60)
        theirs = await queue.claim_next(other, 60)
        assert mine is not None
        assert theirs is not None
        assert [mine.build.id, theirs.build.id] == [first, second]


@pytest.mark.parametrize("state", [BuildState.SUCCEEDED, BuildState.FAILED, BuildState.CANCELLED])
async def test_what_is_final_is_not_begun(db: Database, state: BuildState) -> None:
    build = await ask(db, "one")
    async with db.begin() as session:
        (await session.get_one(Build, build)).state = state
    assert await order(db) == []


async def test_a_speculative_build_comes_after_all_that_is_waited_for(db: Database) -> None:
    idle = await ask(db, "idle", 9, speculative=True)
    first, second = await ask(db, "busy", 2), await ask(db, "busy", 1)
    assert await order(db) == [first, second, idle]


async def test_of_equal_builds_one_is_begun(db: Database) -> None:
    same: dict[str, Any] = {"source_digest": "1" * 64, "app_id": new_app_id()}
    await ask(db, "one", 3, speculative=True, **same)
    waited_for = await ask(db, "one", 2, **same)
    await ask(db, "one", 1, **same)
    other_mode = await ask(db, "one", 1, BuildMode.PRODUCTION, **same)
    assert await order(db) == [waited_for, other_mode]
