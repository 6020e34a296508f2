"""What the deployer keeps and what it forgets, and that it finds both without reading whole tables."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

import deployer.main
from common.clock import utcnow
from common.database import Database
from common.ids import new_app_id
from common.retention import apply_rules
from deployer.db import deployments, environments, files, objects, queue, secret_events, secrets
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
                    rollback_of=back, finished_at=ended, files_known=True,
                )
            )  # fmt: skip
        session.add(
            Deployment(
                id="new", app_id=app, environment="preview", version=1, state="failed", finished_at=utcnow()
            )
        )
        session.add(Environment(app_id=app, environment="preview", live="live"))
    await apply_rules(db, rules(deployments=OLD, secret_events=OLD))
    async with db.begin() as session:
        left = set(await session.scalars(select(Deployment.id).where(Deployment.app_id == app)))
    assert left == {"first", "live", "new"}


async def test_earlier_code_is_served_by_count_and_age(db: Database) -> None:
    """Versions 0 to 5 went live a day after each other, the last one an hour ago; 6 is on its way."""
    app, now = new_app_id(), utcnow()
    async with db.begin() as session:
        for number in range(7):
            session.add(
                Deployment(
                    id=f"d{number}", app_id=app, environment="preview", version=number,
                    state="deploying" if number == 6 else "deployed",
                    finished_at=None if number == 6 else now - timedelta(days=5 - number, hours=1),
                )
            )  # fmt: skip
        await session.flush()
        for number in range(7):
            code = files.Needed(f"assets/{number}.js", f"{number:a>64}", 1, "text/javascript", hashed=True)
            shared = code._replace(path="assets/shared.js")
            picture = code._replace(path="picture.png", hashed=False)
            await files.need(session, f"d{number}", [code, shared, picture])
        row = await session.get_one(Deployment, "d6")

        async def shown(versions: int, days: float) -> list[str]:
            found = await files.recent(session, row, versions=versions, since=now - timedelta(days=days))
            paths = {item.path: item.digest for item in found}
            assert paths.pop("assets/shared.js") == f"{6:a>64}"
            return sorted(path.removeprefix("assets/").removesuffix(".js") for path in paths)

        assert await shown(30, 365) == ["0", "1", "2", "3", "4", "5", "6"]
        assert await shown(2, 365) == ["3", "4", "5", "6"]
        # 3 was replaced by 4 a day and an hour ago, 2 by 3 two days and an hour ago.
        assert await shown(30, 2) == ["3", "4", "5", "6"]
        assert await shown(0, 0) == ["5", "6"]


async def test_no_query_reads_a_whole_table(db: Database) -> None:
    app = {"app_id": "'a' || lpad((n % 10000)::text, 11, '0')"}
    async with db.begin() as session:
        ago = "now() - n * interval '4.4 min'"
        await fill(
            session, Base.metadata.tables["deployments"], ROWS, id="'dep_' || lpad(n::text, 8, '0')",
            state="CASE WHEN n % 5000 = 0 THEN 'pending' ELSE 'deployed' END", environment="'preview'",
            files_known="true", updated_at=ago, finished_at=f"CASE WHEN n % 5000 > 0 THEN {ago} END", **app,
        )  # fmt: skip
        await fill(
            session, Base.metadata.tables["environments"], 9_999, environment="'preview'",
            settle_at="CASE WHEN n < 9 THEN now() END", unsettled_since="CASE WHEN n < 5 THEN now() END",
            live="'dep_' || lpad(n::text, 8, '0')", **app,
        )  # fmt: skip
        await fill(
            session, Base.metadata.tables["app_secrets"], ROWS, environment="'preview'",
            name="'S' || (n / 10000)::text", key_id="CASE WHEN n % 5000 = 0 THEN '1' ELSE '2' END",
            sealed="'\\x00'::bytea", **app,
        )  # fmt: skip
        await fill(
            session, Base.metadata.tables["secret_events"], ROWS, id="'sev_' || lpad(n::text, 8, '0')",
            environment="'preview'", at=ago, names="'[]'::jsonb", **app,
        )  # fmt: skip
        await fill(
            session, Base.metadata.tables["deployment_files"], ROWS, size="1", content_type="'text/css'",
            deployment_id="'dep_' || lpad((n / 10 + 1)::text, 8, '0')", hashed="true",
            path="'assets/' || n", digest="lpad(n::text, 64, '0')",
        )  # fmt: skip
        await fill(
            session, Base.metadata.tables["objects"], ROWS, size="1", digest="lpad(n::text, 64, '0')",
            stored_at="now() - interval '1 hour'", sweep_at="CASE WHEN n % 1000 = 0 THEN now() END",
        )  # fmt: skip
        await session.execute(text("ANALYZE"))
    with statements() as sent:
        async with db.begin() as session:
            row = await session.get_one(Deployment, "dep_00000010")
            needed = files.Needed("a.js", "0" * 63 + "7", 1, "text/javascript", hashed=True)
            await files.need(session, row.id, [needed])
            await files.need_as(session, "dep_00000011", row.id)
            await files.recent(session, row, versions=30, since=utcnow() - OLD)
            await files.stored(session, [needed.digest])
            await files.forget(session, row.id, doubted=True)
            await use_objects(session, row)
            await deployments.next_ready(session, row.app_id, row.environment)
            await deployments.newer_once_live(session, row)
            await deployments.page(session, app_id=row.app_id, environment=None, limit=50, cursor=None)
            await deployments.unfinished_of_app(session, row.app_id)
            await queue.next_environment(session)
            await queue.waiting(session)
            await deployments.without_build(session, seconds=5)
            await environments.of_app(session, row.app_id)
            assert await environments.claim_due(session, 5) is not None
            assert (await environments.unsettled(session))[0] == 4
            await secrets.values_of(session, row.app_id, row.environment)
            await secret_events.page(session, row.app_id, row.environment, limit=50, cursor="sev_00020000")
            await secrets.count_by_other_keys(session, "2")
            await secrets.some_under(session, "1", 3)
            await secrets.sealed_under(session, {"1"}, after=None, limit=50)
        await apply_rules(db, rules(deployments=OLD, secret_events=OLD))
    async with db.begin() as session:
        assert await scanned(session, sent) - {"outbox", "deleted_apps"} == set()


async def use_objects(session: AsyncSession, deployment: Deployment) -> None:
    """What is asked of the objects by those who free R2."""
    digests = ["0" * 63 + "7", "0" * 63 + "8"]
    assert await objects.is_due(session)
    assert not await objects.unknown_needs(session)
    assert await deployments.next_unknown(session, "dep") is None
    assert await deployments.unknown_alike(session, deployment) == []
    claimed = await objects.claim(session, retry=OLD, limit=10)
    await objects.removed(session, claimed, claimed.digests)
    await objects.mark_needs(session, after="0" * 60, limit=200, grace=OLD)
    await objects.release(session, deployment.app_id, deployment.environment)
    await objects.adopt(session, dict.fromkeys(digests, 1), grace=OLD)
    known = await objects.stored_after(session, "0" * 60, upto="0" * 60 + "2000", before=utcnow(), limit=1000)
    assert len(known) > 900
    await objects.doubt(session, digests, before=utcnow())
    await objects.apps_with(session, digests, limit=5)
    await environments.among(session, [(deployment.app_id, "preview")])
