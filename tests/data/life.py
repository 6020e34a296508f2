"""Apps with tables and users, and the internal API about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from common.contracts import Environment
from common.settings import S3Settings
from data.clients.shard import OwnerGate
from tests.data.world import App, World

_TABLE = re.compile(r'create table ("(?:[^"]|"")+"|\w+)')


@dataclass
class Looked:
    """An app's database, asked about as the orchestrator does."""

    world: World
    app: App
    environment: Environment = Environment.PRODUCTION

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        base = f"/internal/realms/{self.app.app_id}/{self.environment}"
        return await self.world.http.request(method, f"{base}/{path}", **options)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sql(self, sql: str, *, write: bool = False) -> Any:
        answer = await self.ask("POST", "sql", json={"sql": sql, "write": write})
        assert answer.status_code == 200, answer.text
        return answer.json()


async def looked_at(world: World, statements: Sequence[str]) -> Looked:
    """A new app with these statements run (`{ref}`, `{auth}`: its schemas) and its tables sealed."""
    app = await world.app()
    async with world.shard.owner(app.ref) as owner:
        for statement in statements:
            await owner.run(statement.replace("{ref}", app.ref).replace("{auth}", f"{app.ref}_auth"))
            if table := _TABLE.match(statement):
                await sealed(owner, app.ref, table[1])
    return Looked(world, app)


async def sealed(owner: OwnerGate, ref: str, table: str) -> None:
    """As migrations leave a table."""
    await owner.run(f"alter table {table} enable row level security")
    await owner.run(f"alter table {table} force row level security")
    await owner.run(
        f'create policy overskill_owner on {table} to "{ref}_owner" using (true) with check (true)'
    )


async def add_user(world: World, app: App, email: str) -> str:
    """A user of the app, as one who has signed up."""
    async with world.shard.auth() as connection:
        row = await connection.fetchval(
            f'insert into "{app.ref}_auth".users (email, encrypted_password, created_at) '
            "values ($1, 'hashed', clock_timestamp()) returning id",
            email,
        )
    return str(row)


def object_store(world: World) -> S3Settings:
    """Of the platform's bucket, where the service keeps dumps."""
    return S3Settings(
        s3_endpoint_url=world.stack.config.url("s3"),
        s3_access_key_id=SecretStr(world.stack.credentials["s3_access_key_id"]),
        s3_secret_access_key=SecretStr(world.stack.credentials["s3_secret_access_key"]),
    )
