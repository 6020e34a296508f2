"""Postgres through SQLAlchemy and asyncpg: one pool a process, one short transaction a use-case step."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresConnectionError, PostgresError
from pydantic import SecretStr
from sqlalchemy import (
    Connection,
    Dialect,
    ExceptionContext,
    MetaData,
    NullPool,
    String,
    TypeDecorator,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from common.contracts import TemplateRef
from common.errors import AppError, Busy, Timeout, Unavailable
from common.logging import get_logger

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names for migrations to rely on: a service's Base has `MetaData(naming_convention=NAMING)`."""

# Long enough for a process or a machine that stands still for seconds: what fails then is done again, on it.
_CONNECT_SECONDS = 15
_PING_SECONDS = 8.0
_POOL_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0
_LOCK_SECONDS = 5.0
_MIGRATION_LOCK_SECONDS = 3
_TRUSTED_SECONDS = 1.0
_QUERY_CANCELLED = "57014"
_LOCK_NOT_AVAILABLE = "55P03"
# By class or code: connection trouble, no resources (too many connections), shutting down or starting up;
# and a deadlock or a conflict that Postgres resolved by refusing one of the transactions.
_PASSING = ("08", "53", "57P", "40001", "40P01")
# While it connects, SQLAlchemy lets some of the driver's own errors through as they are.
_NO_CONNECTION = (OSError, DBAPIError, InterfaceError, PostgresError)

logger = get_logger(__name__)


class TemplateRefType(TypeDecorator[TemplateRef]):
    """A release of a template, which a row holds as `name@version`."""

    impl = String(100)
    cache_ok = True

    def process_bind_param(self, value: TemplateRef | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """SQLAlchemy asks for what it sends."""
        return None if value is None else str(value)

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> TemplateRef | None:
        """SQLAlchemy asks for what it has read; raises ValueError for no `name@version`."""
        return None if value is None else TemplateRef.parse(value)


class Database:
    """A service's schema. Models name no schema: the search path is set on every connection."""

    def __init__(
        self,
        url: SecretStr,
        schema: str,
        pool_size: int = 10,
        *,
        pool_seconds: float = _POOL_SECONDS,
        statement_seconds: float = _STATEMENT_SECONDS,
        lock_seconds: float = _LOCK_SECONDS,
    ) -> None:
        """`statement_seconds` bounds every statement, `lock_seconds` its waiting for a locked row."""
        self._url = url
        self._schema = schema
        self._engine = self._create_engine(
            statement_seconds,
            lock_seconds,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=pool_seconds,
        )
        event.listen(self._engine.sync_engine, "checkin", _remember_time)
        event.listen(self._engine.sync_engine, "checkout", _require_alive)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    def _create_engine(self, statement_seconds: float, lock_seconds: float, **options: Any) -> AsyncEngine:
        """An engine whose statements the server ends in time; 0 is for ever."""
        settings = {
            "search_path": self._schema,
            "application_name": f"overskill-{self._schema}",
            "statement_timeout": str(round(statement_seconds * 1000)),
            "lock_timeout": str(round(lock_seconds * 1000)),
        }
        engine = create_async_engine(
            make_url(self._url.get_secret_value()).set(drivername="postgresql+asyncpg"),
            hide_parameters=True,  # errors are logged, what people typed and hashes of keys are not
            connect_args={
                "timeout": _CONNECT_SECONDS,
                # Only for a server that does not even say that it gave up.
                "command_timeout": statement_seconds + _CONNECT_SECONDS if statement_seconds else None,
                "server_settings": settings,
            },
            **options,
        )
        event.listen(engine.sync_engine, "handle_error", _translate)
        return engine

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction: commits at the end of the block, rolls back when it raises.

        Raises Unavailable when Postgres cannot be reached, goes away meanwhile or refuses for now (a
        deadlock, too many connections), Busy when others keep a row locked for too long, and Timeout when
        a statement takes too long. A cancellation stays one, wherever it comes.
        """
        async with self._sessions() as session:
            try:
                await session.connection()
            except PoolTimeout as error:
                raise Unavailable("All database connections are in use; try again shortly.") from error
            except _NO_CONNECTION as error:
                raise Unavailable("The database cannot be reached; try again shortly.") from error
            yield session
            await session.commit()

    async def ping(self) -> None:
        """For readiness: asks the database something; raises Unavailable or Timeout."""
        async with self.begin() as session:
            await session.execute(text("SELECT 1"))

    async def migrate(self, migrations: Path) -> None:
        """Brings the schema to the newest revision; of several processes at once, one does it."""

        def upgrade(connection: Connection) -> None:
            # Alembic takes a quarter of a second and 10 MB to import, and only this needs it.
            from alembic import command  # noqa: PLC0415
            from alembic.config import Config  # noqa: PLC0415

            config = Config()
            config.set_main_option("script_location", str(migrations))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

        # A connection of its own: building an index may take longer than any statement of a use case.
        engine = self._create_engine(0, 0, poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                lock = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
                await connection.execute(lock, {"name": f"overskill-migrate-{self._schema}"})
                # Whoever waits for a table has all that come later wait behind; it is tried again instead.
                await connection.execute(text(f"SET LOCAL lock_timeout = '{_MIGRATION_LOCK_SECONDS}s'"))
                found = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
                # CREATE SCHEMA IF NOT EXISTS asks for a privilege even when there is nothing to create.
                if (await connection.execute(found, {"name": self._schema})).first() is None:
                    quoted = connection.dialect.identifier_preparer.quote_identifier(self._schema)
                    await connection.execute(text(f"CREATE SCHEMA {quoted}"))
                newest = _newest(migrations)
                if newest is None or await _revision(connection, self._schema) != newest:
                    await connection.run_sync(upgrade)
        except (OSError, InterfaceError, PostgresConnectionError) as error:
            raise Unavailable("The database cannot be reached for its migrations.") from error
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Closes the pool; a server that does not answer is not waited for longer than a few seconds."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._engine.dispose()
        except (OSError, TimeoutError) as error:
            logger.warning("database connections left open", reason=type(error).__name__)


def _remember_time(_connection: Any, record: Any) -> None:
    record.info["returned_at"] = time.monotonic()


def _require_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Has the pool replace a dead connection, so that a restart of Postgres fails nothing that begins after.

    asyncpg knows of a connection that was closed; only one that has lain idle is asked, which costs a round
    trip. SQLAlchemy's own `pool_pre_ping` costs three in every transaction.
    """
    driver = connection.driver_connection
    if driver.is_closed():
        raise DisconnectionError
    returned_at = record.info.get("returned_at")
    if returned_at is None or time.monotonic() - returned_at < _TRUSTED_SECONDS:
        return
    try:
        connection.run_async(lambda raw: raw.execute("SELECT 1", timeout=_PING_SECONDS))
    except (OSError, TimeoutError, InterfaceError, InternalClientError, PostgresError) as error:
        raise DisconnectionError from error


def _translate(context: ExceptionContext) -> AppError | None:
    """What the driver's errors mean for a use case, where that is not a fault of the statement."""
    error = context.original_exception
    if not isinstance(error, Exception) or isinstance(error, AppError):
        return None  # a cancellation above all: SQLAlchemy gives the connection up and calls it lost
    if isinstance(error, InternalClientError):
        context.is_disconnect = True  # asyncpg was about to read the server's farewell
    code = str(getattr(error, "sqlstate", None) or "")
    if code == _LOCK_NOT_AVAILABLE:
        return Busy("Others are changing the same thing; try again shortly.")
    if code == _QUERY_CANCELLED or isinstance(error, TimeoutError):
        return Timeout("The database took too long; try again shortly.")
    if context.is_disconnect or code.startswith(_PASSING) or isinstance(error, OSError):
        return Unavailable("The database broke the transaction off; try again shortly.", sqlstate=code)
    return None


def _newest(migrations: Path) -> str | None:
    """The last revision, if files are named by theirs, which are numbered."""
    files = (migrations / "versions").glob("[0-9]*_*.py")
    return max((file.name.partition("_")[0] for file in files), default=None)


async def _revision(connection: AsyncConnection, schema: str) -> str | None:
    """What the schema was brought to, if Alembic has ever been there."""
    known = text("SELECT to_regclass(format('%I.alembic_version', CAST(:schema AS text)))")
    if (await connection.execute(known, {"schema": schema})).scalar() is None:
        return None
    revision: str | None = (
        await connection.execute(text("SELECT version_num FROM alembic_version"))
    ).scalar()
    return revision


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
