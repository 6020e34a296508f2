"""A deleted app is counted: in every table of every schema and in the bucket, only the accounts know it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from common.contracts import app_prefixes
from common.database import Database
from common.objects import ObjectStore
from common.settings import S3Settings
from dev.stack.databases import STATEFUL_SERVICES
from dev.stack.environment import BUCKET, apps_database_url
from dev.stack.stack import Stack
from tests.system.api import RUN_SECONDS, Api
from tests.system.test_outcomes import finished

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

PROMPT = "a public guestbook"
# What an app has cost stays; that it is deleted is known for as long as a message about it may be under way.
STAYS = {
    "orchestrator.apps",
    "orchestrator.runs",
    "orchestrator.turns",
    "orchestrator.usage_totals",
    "orchestrator.monthly_usage",
    "builder.deleted_apps",
    "deployer.deleted_apps",
    "data.deleted_apps",
}
FILLED = {
    "orchestrator.apps",
    "orchestrator.runs",
    "orchestrator.turns",
    "orchestrator.usage_totals",
    "orchestrator.monthly_usage",
    "orchestrator.turn_blocks",
    "orchestrator.messages",
    "orchestrator.versions",
    "orchestrator.blobs",
    "orchestrator.builds",
    "orchestrator.deployments",
    "orchestrator.events",
    "builder.builds",
    "deployer.deployments",
    "deployer.environments",
    "deployer.app_secrets",
    "deployer.secret_events",
    "data.realms",
}


async def test_a_deleted_app_leaves_nothing_but_its_accounts(api: Api, stack: Stack) -> None:
    app, run = await api.create_app(PROMPT)
    await api.succeeded(app, run)
    put = await api.http.put(f"/v1/apps/{app}/env/production/GREETING", json={"value": "hello"})
    assert put.status_code == 204, put.text
    asked = await api.post(f"/v1/apps/{app}/deployments", {"environment": "production"})
    assert (await finished(api, app, asked["deployment"]["id"]))["state"] == "deployed"
    turns = await turns_of(stack, run)
    needles = [app, run, *turns]
    before = await tables_that_know(stack, needles)
    assert set(before) >= FILLED, "else there was nothing to delete"
    assert before["orchestrator.turns"] == len(turns) > 0
    assert await made_for(stack, app), "else there was nothing to delete"
    async with bucket(stack) as store:
        assert await objects_of(store, app), "else there was nothing to delete"
        cost = await cost_of(api, app)
        assert (await api.http.delete(f"/v1/apps/{app}")).status_code == 202
        async with asyncio.timeout(RUN_SECONDS):
            while set(await tables_that_know(stack, needles)) - STAYS:
                await asyncio.sleep(0.2)
        after = await tables_that_know(stack, needles)
        assert set(after) == STAYS
        assert after["orchestrator.turns"] == before["orchestrator.turns"]
        assert await objects_of(store, app) == []
        assert await made_for(stack, app) == []
    assert await cost_of(api, app) == cost > 0
    for script in (app, f"{app}-preview"):
        host = httpx.URL(stack.app_url(script)).netloc.decode()
        async with httpx.AsyncClient(base_url=stack.edge_apps_url, trust_env=False) as http:
            assert (await http.get("/", headers={"host": host})).status_code == 404


async def tables_that_know(stack: Stack, needles: list[str]) -> dict[str, int]:
    """How many rows name one of the needles anywhere, by schema and table; without those that have none."""
    found = {}
    for service in STATEFUL_SERVICES:
        database = Database(SecretStr(stack.database_url(service)), service)
        listed = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema")
        async with database.begin() as session:
            for table in (await session.scalars(listed, {"schema": service})).all():
                query = text(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ :needles')
                count = await session.scalar(query, {"needles": "|".join(needles)})
                if count:
                    found[f"{service}.{table}"] = int(count)
        await database.close()
    return found


async def made_for(stack: Stack, app: str) -> list[str]:
    """The schemas, roles and functions of the apps' database that are named after the app."""
    connection = await asyncpg.connect(apps_database_url(stack.config, stack.credentials))
    try:
        rows = await connection.fetch(
            "SELECT nspname AS name FROM pg_namespace UNION ALL SELECT rolname FROM pg_roles "
            "UNION ALL SELECT proname FROM pg_proc"
        )
    finally:
        await connection.close()
    return [row["name"] for row in rows if app in row["name"]]


async def turns_of(stack: Stack, run: str) -> list[str]:
    database = Database(SecretStr(stack.database_url("orchestrator")), "orchestrator")
    async with database.begin() as session:
        turns = (await session.scalars(text("SELECT id FROM turns WHERE run_id = :run"), {"run": run})).all()
    await database.close()
    return [str(turn) for turn in turns]


@asynccontextmanager
async def bucket(stack: Stack) -> AsyncIterator[ObjectStore]:
    settings = S3Settings(
        s3_endpoint_url=stack.edge_s3_url,
        s3_bucket=BUCKET,
        s3_access_key_id=SecretStr(stack.credentials["s3_access_key_id"]),
        s3_secret_access_key=SecretStr(stack.credentials["s3_secret_access_key"]),
    )
    async with ObjectStore(settings) as store:
        yield store


async def objects_of(store: ObjectStore, app: str) -> list[str]:
    """Every key of the bucket that names the app, wherever it lies."""
    keys = [entry.key async for page in store.entries("") for entry in page if app in entry.key]
    assert all(key.startswith(app_prefixes(app)) for key in keys)
    return keys


async def cost_of(api: Api, app: str) -> int:
    lines = (await api.get("/v1/usage"))["lines"]
    return sum(line["cost_microdollars"] for line in lines if line["app_id"] == app)
