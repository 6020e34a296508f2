"""The migrations make exactly what the models say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr

import orchestrator.db
from common.database import Database
from orchestrator.db.models import Base


async def test_migrations_equal_models(postgres_url: str) -> None:
    database = Database(SecretStr(postgres_url), "orchestrator")
    await database.migrate(Path(orchestrator.db.__file__).parent / "migrations")
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
