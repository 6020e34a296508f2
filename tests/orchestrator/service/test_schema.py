"""The migrations make exactly what the models say, and carry what there is along."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

import orchestrator.db
from common.contracts import BuildState, DeploymentState
from common.contracts.events import APP_EVENT, RecoveryStartedEvent, RunFailedEvent
from common.database import Database
from orchestrator.db import events, turns
from orchestrator.db.models import Base, Build, Deployment, Run

MIGRATIONS = Path(orchestrator.db.__file__).parent / "migrations"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
REQUIRED = """
SELECT table_name || '.' || column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND is_nullable = 'NO' AND column_default IS NULL
"""
RUN = {"app_id": "a", "request": "r", "recoveries": 0, "lease_token": 0}
TURN = {"run_id": "run", "state": "done", "model": "m", "output_tokens": 1, "cache_read_tokens": 2}
TURN |= {"cache_write_tokens": 3}
BUILD = {"app_id": "a", "mode": "preview", "tree_digest": "t", "source_digest": "s", "template": "a@1.0.0"}
DEPLOYMENT = {"app_id": "a", "environment": "preview", "version": 0, "state": "failed"}


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    """As of the first release, with a team and an app."""
    database = Database(SecretStr(postgres_url), "orchestrator")
    await database.migrate(MIGRATIONS)
    async with database.begin() as session:
        await (await session.connection()).run_sync(_as_of_the_first)
        await insert(session, "teams", id="t", name="t")
        app = {"name": "a", "template": "a@1.0.0", "model": "m", "event_seq": 2, "version_seq": 0}
        await insert(session, "apps", id="a", team_id="t", **app)
    yield database
    await database.close()


async def test_migrations_equal_models(postgres_url: str) -> None:
    database = Database(SecretStr(postgres_url), "orchestrator")
    await database.migrate(MIGRATIONS)
    async with database.begin() as session:
        connection = await session.connection()
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(
                    sync, opts={"include_name": lambda name, kind, _: name != "alembic_version"}
                ),
                Base.metadata,
            )
        )
    await database.close()
    assert differences == []


async def test_a_replica_of_the_release_before_can_still_add_rows(db: Database) -> None:
    """It names the columns that it knows: none that came later may ask for a value."""
    async with db.begin() as session:
        tables = set(
            await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))
        )
        before = set(await session.scalars(text(REQUIRED)))
    await db.migrate(MIGRATIONS)
    async with db.begin() as session:
        added = set(await session.scalars(text(REQUIRED))) - before
        await insert(session, "runs", id="run", state="queued", **RUN)
        run = await session.get_one(Run, "run")
    assert {column for column in added if column.split(".")[0] in tables} == set()
    assert (run.attempts, run.failures, run.events_kept) == (0, 0, True)


async def test_stored_events_of_the_first_release_get_the_names_of_today(db: Database) -> None:
    build = "build_01k8m2x3y4z5a6b7c8d9e0f1g3"
    older = {
        "recovery.started": {"category": "type", "attempt": 1, "of": 2, "build_id": build},
        "run.failed": {"code": "build_failed", "message": "It failed.", "seconds": 1.5},
    }
    async with db.begin() as session:
        for seq, (kind, data) in enumerate(older.items(), 1):
            await insert(session, "events", app_id="a", seq=seq, type=kind, data=data)
    await db.migrate(MIGRATIONS)
    async with db.begin() as session:
        rows = await events.read(session, "a", after=0, limit=10)
        recovery, failure = (APP_EVENT.validate_python({"type": row.type, **row.data}) for row in rows)
    assert isinstance(recovery, RecoveryStartedEvent)
    assert recovery.max_attempts == 2
    assert isinstance(failure, RunFailedEvent)
    assert failure.duration_ms == 1500


async def test_turns_of_the_first_release_are_in_the_usage(db: Database) -> None:
    async with db.begin() as session:
        await insert(session, "runs", id="run", state="succeeded", **RUN)
        for seq, (billing_class, tokens, cost) in enumerate(
            [("user", 100, 7), ("user", 10, 5), ("user", 1, None), ("repair", 1000, None)]
        ):
            turn = {"input_tokens": tokens, "cost_microdollars": cost, "billing_class": billing_class}
            await insert(session, "turns", id=f"turn{seq}", seq=seq, **turn, **TURN)
    await db.migrate(MIGRATIONS)
    async with db.begin() as session:
        found = await turns.usage_by_app(session, "t")
    fields = ("billing_class", "turns", *turns.USAGE_FIELDS, "cost_microdollars")
    assert [tuple(line[field] for field in fields) for line in found] == [
        ("repair", 1, 1000, 1, 2, 3, 0, 0, None),
        ("user", 3, 111, 3, 6, 9, 0, 0, 12),
    ]


async def test_builds_and_deployments_of_the_first_release_have_the_states_of_today(db: Database) -> None:
    result = {"build_id": "build", "app_id": "a", "mode": "preview", "duration_ms": 1, "status": "failed"}
    too_large = {"problem": {"code": "script_too_large", "message": "m"}}
    superseded = {"problem": {"code": "superseded", "message": "m"}}
    async with db.begin() as session:
        await insert(session, "builds", id="build", state="failed", result=result, **BUILD)
        await insert(session, "builds", id="queued", state="queued", result=None, **BUILD)
        version = {"origin": "template", "summary": "", "tree": {}, "tree_digest": "t"}
        await insert(session, "versions", app_id="a", number=0, **version)
        await insert(session, "deployments", id="large", result=too_large, **DEPLOYMENT)
        await insert(session, "deployments", id="superseded", result=superseded, **DEPLOYMENT)
    await db.migrate(MIGRATIONS)
    async with db.begin() as session:
        build = await session.get_one(Build, "build")
        states = {id_: (await session.get_one(Deployment, id_)).state for id_ in ("large", "superseded")}
        assert (await session.get_one(Build, "queued")).result is None
    assert build.result is not None
    assert "status" not in build.result
    assert build.result["state"] == BuildState.FAILED
    assert states == {"large": DeploymentState.FAILED, "superseded": DeploymentState.SUPERSEDED}


async def insert(session: AsyncSession, table: str, **values: Any) -> None:
    """A row as an earlier release has written it: with the columns of its time only."""
    row = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in values.items()}
    columns, given = ", ".join(row), ", ".join(f":{name}" for name in row)
    await session.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({given})"), row)


def _as_of_the_first(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, "base")
    command.upgrade(config, "0001")
