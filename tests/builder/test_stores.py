"""What the builder keeps and what it forgets, and that it finds both without reading whole tables."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import func, select, text

import builder.main
from builder.db import builds, queue
from builder.db.models import Base, Build
from builder.db.retention import rules
from common.clock import utcnow
from common.contracts import BuildMode, BuildRequested
from common.database import Database
from common.ids import new_app_id, new_id
from common.retention import apply_rules
from tests.plans import fill, scanned, statements

ROWS = 30_000
OLD = timedelta(days=30)


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), "builder", statement_seconds=0)
    try:
        await database.migrate(builder.main.MIGRATIONS)
        yield database
    finally:
        await database.close()


async def test_old_builds_go_and_no_query_reads_a_whole_table(db: Database) -> None:
    ago = "now() - n * interval '1.5 min'"
    async with db.begin() as session:
        await fill(
            session, Base.metadata.tables["builds"], ROWS, id="'bld_' || lpad(n::text, 8, '0')",
            app_id="'a' || lpad((n % 5000)::text, 11, '0')", source_digest="lpad(n::text, 64, '0')",
            state="CASE WHEN n % 5000 = 0 THEN 'queued' ELSE 'succeeded' END", updated_at=ago,
            finished_at=f"CASE WHEN n % 5000 > 0 THEN {ago} END", template="'vite-react@1.0.0'",
        )  # fmt: skip
        await fill(session, Base.metadata.tables["cancellations"], ROWS, build_id="'other_' || n")
        await session.execute(text("ANALYZE"))
    with statements() as sent:
        async with db.begin() as session:
            build = await session.get_one(Build, "bld_00000010")
            await builds.earlier(session, build)
            await builds.joined(session, build)
            await queue.dispensable(session, [build.id])
            await builds.superseded(session, request_of(build))
            await queue.claim_next(session, 10, except_teams={"team_1"})
            await builds.page(session, app_id=build.app_id, limit=50, cursor=None)
            await builds.remove_of_app(session, "a00000000011")
        await apply_rules(db, rules(builds=OLD))
    async with db.begin() as session:
        assert await scanned(session, sent) - {"outbox", "deleted_apps"} == set()
        left = select(func.count(), func.min(Build.finished_at)).select_from(Build)
        count, oldest = (await session.execute(left)).one()
    assert 0 < count < ROWS
    assert oldest is not None
    assert oldest > utcnow() - OLD - timedelta(minutes=10)


def request_of(build: Build) -> BuildRequested:
    return BuildRequested(
        build_id=new_id("bld"), team_id=new_id("team"), app_id=build.app_id, mode=BuildMode.PREVIEW,
        source_digest=build.source_digest, template=build.template,
    )  # fmt: skip


async def test_a_deleted_apps_running_build_has_an_end(db: Database) -> None:
    app = new_app_id()
    began = utcnow() - timedelta(hours=1)
    async with db.begin() as session:
        session.add(
            Build(
                id="bld_running", app_id=app, mode="preview", source_digest="0" * 64, template="t@1.0.0",
                state="running", updated_at=began, started_at=began,
                lease_until=utcnow() + timedelta(hours=1),
            )
        )  # fmt: skip
    async with db.begin() as session:
        assert not await builds.remove_of_app(session, app)
    async with db.begin() as session:
        build = await session.get_one(Build, "bld_running")
    assert build.state == "cancelled"
    assert build.finished_at is not None
    assert began < build.finished_at == build.updated_at
