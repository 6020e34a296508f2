"""The data service as apps and other services meet it: a process in front of a real database of apps."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from common.contracts.deployments import Environment
from common.ids import new_app_id
from data.clients.shard import Shard, ShardConfig
from dev.stack.config import StackConfig
from dev.stack.environment import apps_database_url, database_url
from dev.stack.stack import Stack
from tests.users import open_folder

PARTS = frozenset({"postgres", "nats", "edge", "mail", "data"})
SECONDS = 120.0
PROXY = "127.0.0.2"
"""The only address whose word on where a request comes from the service takes: tests can ask from there."""


@dataclass(frozen=True)
class App:
    """One app's realm, as `createClient` of supabase-js is told of it."""

    app_id: str
    ref: str
    url: str
    key: str


@dataclass
class World:
    """The running service, and the shard behind it seen as the service sees it."""

    stack: Stack
    shard: Shard
    http: httpx.AsyncClient

    @property
    def admin_url(self) -> str:
        """Of the database of the apps, as the login that makes realms."""
        return apps_database_url(self.stack.config, self.stack.credentials)

    async def app(
        self, statements: Sequence[str] = (), environment: Environment = Environment.PRODUCTION
    ) -> App:
        """A new app with an own realm, and the statements run by its owner as migrations are."""
        app_id = new_app_id()
        answer = await self.http.put(f"/internal/realms/{app_id}/{environment}")
        answer.raise_for_status()
        found = answer.json()
        app = App(app_id, found["ref"], found["url"], found["publishable_key"])
        async with self.shard.owner(app.ref) as owner:
            for statement in statements:
                await owner.run(statement)
        return app

    @asynccontextmanager
    async def control(self) -> AsyncIterator[Any]:
        """A connection to the control plane's database, for looking at what is stored there."""
        connection = await asyncpg.connect(database_url(self.stack.config, self.stack.credentials, "data"))
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[Any]:
        """A connection that sees everything: for looking at what came of an attempt."""
        port, password = self.stack.config.ports["postgres"], self.stack.credentials["postgres"]
        connection = await asyncpg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/apps")
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def running_world(**environment: Mapping[str, str]) -> AsyncIterator[World]:
    """Starts everything; `environment` adds variables to processes, by their names."""
    with open_folder() as state:
        config = StackConfig.temporary(state, only=PARTS, forked=True, **environment)
        async with Stack(config) as stack:
            url = apps_database_url(config, stack.credentials)
            shard = Shard(
                ShardConfig(
                    name="main",
                    url=url,
                    max_tables=1000,
                    max_bytes=1 << 40,
                    max_connections=20,
                    statement_seconds=60,
                )
            )
            headers = {"authorization": f"Bearer {stack.credentials['data_token']}"}
            async with httpx.AsyncClient(base_url=config.url("data"), headers=headers, timeout=60) as http:
                try:
                    yield World(stack, shard, http)
                finally:
                    await shard.close()
