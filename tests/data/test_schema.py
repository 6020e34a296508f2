"""The migrations make exactly what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr

import data.db.records  # its tables belong to the models, too
import data.main
from common.database import Database
from data.db.models import Base


async def test_migrations_equal_models(postgres_url: str) -> None:
    database = Database(SecretStr(postgres_url), "data")
    await database.migrate(data.main.MIGRATIONS)
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
