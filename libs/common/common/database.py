"""Postgres through SQLAlchemy and asyncpg: one pool a process, one short transaction a use-case step."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, MetaData, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from common.errors import Unavailable

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names for migrations to rely on: a service's Base has `MetaData(naming_convention=NAMING)`."""

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 30


class Database:
    """A service's schema. Models name no schema: the search path is set on every connection."""

    def __init__(self, url: SecretStr, schema: str, pool_size: int = 10) -> None:
        self._schema = schema
        self._engine = create_async_engine(
            make_url(url.get_secret_value()).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=_CONNECT_SECONDS,
            pool_pre_ping=True,
            connect_args={
                "timeout": _CONNECT_SECONDS,
                "command_timeout": _STATEMENT_SECONDS,
                "server_settings": {"search_path": schema, "application_name": f"overskill-{schema}"},
            },
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction: commits at the end of the block, rolls back when it raises.

        Raises Unavailable when Postgres cannot be reached or goes away meanwhile.
        """
        async with self._sessions() as session:
            try:
                await session.connection()
            except (OSError, DBAPIError, PoolTimeout) as error:
                raise Unavailable("The database cannot be reached; try again shortly.") from error
            try:
                yield session
                await session.commit()
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise Unavailable("The database connection was lost; try again shortly.") from error
                raise

    async def ping(self) -> None:
        async with self.begin() as session:
            await session.execute(text("SELECT 1"))

    async def migrate(self, migrations: Path) -> None:
        """Brings the schema to the newest revision; of several processes at once, one does it."""
        # Alembic takes a quarter of a second to import, and only this needs it.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        def upgrade(connection: Connection) -> None:
            config = Config()
            config.set_main_option("script_location", str(migrations))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

        try:
            async with self._engine.begin() as connection:
                lock = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
                await connection.execute(lock, {"name": f"overskill-migrate-{self._schema}"})
                found = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
                # CREATE SCHEMA IF NOT EXISTS asks for a privilege even when there is nothing to create.
                if (await connection.execute(found, {"name": self._schema})).first() is None:
                    quoted = connection.dialect.identifier_preparer.quote_identifier(self._schema)
                    await connection.execute(text(f"CREATE SCHEMA {quoted}"))
                await connection.run_sync(upgrade)
        except OSError as error:
            raise Unavailable("The database cannot be reached for its migrations.") from error

    async def close(self) -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await self._engine.dispose()


def run_migrations(metadata: MetaData) -> None:
    """The body of every migrations/env.py.

    Uses the connection that `Database.migrate` hands over; from Alembic's own command line, one to
    DATABASE_URL.
    """
    from alembic import context  # noqa: PLC0415

    def run(connection: Connection) -> None:
        context.configure(connection=connection, target_metadata=metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()

    connection: Connection | None = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    asyncio.run(_run_from_command_line(run))


async def _run_from_command_line(run: object) -> None:
    import os  # noqa: PLC0415

    from alembic import context  # noqa: PLC0415

    schema = context.config.get_main_option("overskill_schema") or "public"
    engine = create_async_engine(
        make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": {"search_path": schema}},
    )
    async with engine.begin() as connection:
        await connection.run_sync(run)  # type: ignore[arg-type]
    await engine.dispose()
