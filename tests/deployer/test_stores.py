"""What the deployer keeps and what it forgets, and that it finds both without reading whole tables."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select, text

import deployer.main
from common.clock import utcnow
from common.database import Database
from common.ids import new_app_id
from common.retention import apply_rules
from deployer.db import deployments, environments
from deployer.db.models import Base, Deployment, Environment
from deployer.db.retention import rules
from tests.plans import fill, scanned, statements

ROWS = 30_000
OLD = timedelta(days=90)


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), "deployer", statement_seconds=0)
    try:
        await database.migrate(deployer.main.MIGRATIONS)
        yield database
    finally:
        await database.close()


async def test_what_is_live_and_what_it_goes_back_to_stays(db: Database) -> None:
    app, ended = new_app_id(), utcnow() - OLD - timedelta(days=1)
    async with db.begin() as session:
        for name, back in (("gone", None), ("first", None), ("live", "first")):
            session.add(
                Deployment(
                    id=name, app_id=app, environment="preview", version=1, state="deployed",
                    rollback_of=back, finished_at=ended,
                )
            )  # fmt: skip
        session.add(
            Deployment(
                id="new", app_id=app, environment="preview", version=1, state="failed", finished_at=utcnow()
            )
        )
        session.add(Environment(app_id=app, environment="preview", live="live"))
    await apply_rules(db, rules(deployments=OLD))
    async with db.begin() as session:
        left = set(await session.scalars(select(Deployment.id).where(Deployment.app_id == app)))
    assert left == {"first", "live", "new"}


async def test_no_query_reads_a_whole_table(db: Database) -> None:
    app = {"app_id": "'a' || lpad((n % 10000)::text, 11, '0')"}
    async with db.begin() as session:
        ago = "now() - n * interval '4.4 min'"
        await fill(
            session, Base.metadata.tables["deployments"], ROWS, id="'dep_' || lpad(n::text, 8, '0')",
            state="CASE WHEN n % 5000 = 0 THEN 'pending' ELSE 'deployed' END", environment="'preview'",
            updated_at=ago, finished_at=f"CASE WHEN n % 5000 > 0 THEN {ago} END", **app,
        )  # fmt: skip
        await fill(
            session, Base.metadata.tables["environments"], 9_999, environment="'preview'",
            deleting="n < 3", live="'dep_' || lpad(n::text, 8, '0')", **app,
        )  # fmt: skip
        await session.execute(text("ANALYZE"))
    with statements() as sent:
        async with db.begin() as session:
            row = await session.get_one(Deployment, "dep_00000010")
            await deployments.next_ready(session, row.app_id, row.environment)
            await deployments.newer_once_live(session, row)
            await deployments.page(session, app_id=row.app_id, environment=None, limit=50, cursor=None)
            await deployments.unfinished_of_app(session, row.app_id)
            await deployments.standing_still(session, seconds=5)
            await deployments.without_build(session, seconds=5)
            await environments.of_app(session, row.app_id)
            await environments.deleting(session)
        await apply_rules(db, rules(deployments=OLD))
    async with db.begin() as session:
        assert await scanned(session, sent) - {"outbox", "deleted_apps"} == set()
