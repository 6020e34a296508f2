"""The migrations make exactly what the models say."""

import json
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection, text

import orchestrator.db
from common.contracts.events import APP_EVENT, RecoveryStartedEvent, RunFailedEvent
from common.database import Database
from orchestrator.db import events
from orchestrator.db.models import Base

MIGRATIONS = Path(orchestrator.db.__file__).parent / "migrations"


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


async def test_stored_events_of_the_first_release_get_the_names_of_today(postgres_url: str) -> None:
    build = "build_01k8m2x3y4z5a6b7c8d9e0f1g3"
    older = {
        "recovery.started": {"category": "type", "attempt": 1, "of": 2, "build_id": build},
        "run.failed": {"code": "build_failed", "message": "It failed.", "seconds": 1.5},
    }
    database = Database(SecretStr(postgres_url), "orchestrator")
    await database.migrate(MIGRATIONS)
    async with database.begin() as session:
        await (await session.connection()).run_sync(_back_to_the_first)
        await session.execute(text("INSERT INTO teams (id, name) VALUES ('t', 't')"))
        columns = "id, team_id, name, template, model, event_seq, version_seq"
        values = "'a', 't', 'a', 'a@1.0.0', 'm', 2, 0"
        await session.execute(text(f"INSERT INTO apps ({columns}) VALUES ({values})"))
        for seq, (kind, data) in enumerate(older.items(), 1):
            row = {"seq": seq, "type": kind, "data": json.dumps(data)}
            await session.execute(
                text("INSERT INTO events (app_id, seq, type, data) VALUES ('a', :seq, :type, :data)"), row
            )
    await database.migrate(MIGRATIONS)
    async with database.begin() as session:
        rows = await events.read(session, "a", after=0, limit=10)
        recovery, failure = (APP_EVENT.validate_python({"type": row.type, **row.data}) for row in rows)
    await database.close()
    assert isinstance(recovery, RecoveryStartedEvent)
    assert recovery.max_attempts == 2
    assert isinstance(failure, RunFailedEvent)
    assert failure.duration_ms == 1500


def _back_to_the_first(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, "0001")
