"""The operator's first key."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text

from common.database import Database
from orchestrator.db import teams
from orchestrator.usecases.keys import digest_of, ensure_bootstrap_key
from tests.orchestrator.service import rows

KEY = SecretStr("osk_first-key-of-two-replicas")


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    async with rows.migrated(postgres_url) as database:
        yield database


async def test_of_replicas_that_start_at_once_one_makes_the_first_key_and_its_team(db: Database) -> None:
    async with db.begin() as other:
        team = await teams.add_team(other, "default")
        await teams.add_key(
            other, team_id=team.id, name="bootstrap", hint="", digest=digest_of(KEY.get_secret_value())
        )
        holder = await other.scalar(text("SELECT pg_backend_pid()"))
        starting = asyncio.create_task(ensure_bootstrap_key(db=db, key=KEY))
        await rows.someone_waits_for(db, holder)
    await starting
    assert await rows.count(db, "teams") == 1
    assert await rows.count(db, "api_keys") == 1
