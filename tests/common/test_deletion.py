"""Deleted apps: each service notes them for itself."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase

from common.database import Database
from common.deletion import DeletedAppMixin, is_deleted, note_deleted
from common.ids import new_app_id
from tests.common.messages import WAIT


class Base(DeclarativeBase):
    pass


class Deleted(DeletedAppMixin, Base):
    pass


async def service(postgres_url: str, schema: str) -> Database:
    database = Database(SecretStr(postgres_url), schema)
    async with database.begin() as session:
        await session.execute(text(f"CREATE SCHEMA {schema}"))
        await (await session.connection()).run_sync(Base.metadata.create_all)
    return database


@pytest_asyncio.fixture
async def services(postgres_url: str) -> AsyncIterator[tuple[Database, Database]]:
    first, second = await service(postgres_url, "one"), await service(postgres_url, "other")
    try:
        yield first, second
    finally:
        for database, schema in ((first, "one"), (second, "other")):
            async with database.begin() as session:
                await session.execute(text(f"DROP SCHEMA {schema} CASCADE"))
            await database.close()


async def test_a_deletion_waits_for_no_other_service(services: tuple[Database, Database]) -> None:
    first, second = services
    app = new_app_id()
    async with first.begin() as asking:
        assert not await is_deleted(asking, Deleted, app)
        async with asyncio.timeout(WAIT), second.begin() as deleting:
            await note_deleted(deleting, Deleted, app)
        async with second.begin() as session:
            assert await is_deleted(session, Deleted, app)
        assert not await is_deleted(asking, Deleted, app)


async def test_a_deletion_waits_for_those_that_have_asked(services: tuple[Database, Database]) -> None:
    database, _ = services
    app = new_app_id()

    async def delete() -> None:
        async with database.begin() as session:
            await note_deleted(session, Deleted, app)

    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    async with database.begin() as asking:
        assert not await is_deleted(asking, Deleted, app)
        deleting = asyncio.create_task(delete())
        async with asyncio.timeout(WAIT):
            while await asking.scalar(waiting) == 0:
                assert not deleting.done()
        assert not await is_deleted(asking, Deleted, app)
    await deleting
    async with database.begin() as session:
        assert await is_deleted(session, Deleted, app)
