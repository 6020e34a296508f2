"""The migrations make exactly the tables that the models describe."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection

import builder.main
from builder.db.models import Base
from common.database import Database


async def test_migrations_equal_the_models(postgres_url: str) -> None:
    db = Database(SecretStr(postgres_url), "builder")

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [
            change
            for change in compare_metadata(context, Base.metadata)
            if "alembic_version" not in str(change)
        ]

    try:
        await db.migrate(builder.main.MIGRATIONS)
        async with db.begin() as session:
            assert await (await session.connection()).run_sync(differences) == []
    finally:
        await db.close()
    assert (Path(builder.main.MIGRATIONS) / "env.py").exists()
