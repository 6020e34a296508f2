"""The migrations make exactly what the models say, and keep what was there before."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

import deployer.db
import deployer.main
from common.database import Database
from common.sealing import Sealer
from deployer.db import secrets
from deployer.db.models import Base
from deployer.domain.secrets import secret_context


async def test_a_schema_that_is_up_to_date_costs_a_start_nothing(postgres_url: str) -> None:
    """Alembic is 10 MB of each process for as long as it lives."""
    database = Database(SecretStr(postgres_url), "deployer")
    await database.migrate(deployer.main.MIGRATIONS)
    await database.close()
    program = (
        "import asyncio, sys; from pydantic import SecretStr; import deployer.main;"
        "from common.database import Database;"
        "database = Database(SecretStr(sys.argv[1]), 'deployer');"
        "asyncio.run(database.migrate(deployer.main.MIGRATIONS));"
        "sys.exit('alembic' in sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, postgres_url)
    assert await process.wait() == 0


async def test_migrations_equal_models(postgres_url: str) -> None:
    database = Database(SecretStr(postgres_url), "deployer")
    await database.migrate(Path(deployer.db.__file__).parent / "migrations")
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


async def test_secrets_from_before_keys_had_ids_are_under_the_first_and_migrations_go_back(
    postgres_url: str,
) -> None:
    database, sealer = Database(SecretStr(postgres_url), "deployer"), Sealer({"1": bytes(32)})
    earlier = sealer.seal("value", secret_context("a" * 12, "preview", "A"))
    await database.migrate(deployer.main.MIGRATIONS)
    async with database.begin() as session:
        await migrated(session, "0006", command.downgrade)
        columns, values = "(app_id, environment, name, sealed)", "(:app, 'preview', 'A', :sealed)"
        row = text(f"INSERT INTO app_secrets {columns} VALUES {values}")  # both are above
        await session.execute(row, {"app": "a" * 12, "sealed": earlier.data})
        await migrated(session, "head", command.upgrade)
        assert await secrets.values_of(session, "a" * 12, "preview") == {"A": earlier}
    await database.close()


async def migrated(session: AsyncSession, revision: str, way: Callable[[Config, str], None]) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(deployer.main.MIGRATIONS))
        config.attributes["connection"] = connection
        way(config, revision)

    await (await session.connection()).run_sync(run)
