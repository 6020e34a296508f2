"""Several shards: one that is away, full or lost concerns the apps on it, and is said to those who ask."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from common.contracts import Environment
from common.ids import new_app_id, new_id
from tests.data.life import Looked
from tests.data.test_restores import MIGRATION, dumped, restored
from tests.data.world import App, World, running_world
from tests.tcp import tcp_server

pytestmark = [pytest.mark.xdist_group("data-shards"), pytest.mark.asyncio(loop_scope="module")]

SECONDS = 120.0
SIGN_UP = {"email": "ann@example.org", "password": "correct horse battery"}


class Wire:
    """Connections to PostgreSQL that can be cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cut = asyncio.Event()

    def cut(self) -> None:
        """Ends all connections, and takes none any more."""
        self._cut.set()

    def mend(self) -> None:
        self._cut = asyncio.Event()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        cut = self._cut
        if cut.is_set():
            return
        upstream, server = await asyncio.open_connection("127.0.0.1", self._port)
        steps = pump(reader, server), pump(upstream, writer), cut.wait()
        tasks = [asyncio.create_task(step) for step in steps]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            server.transport.abort()
            await asyncio.gather(*tasks, return_exceptions=True)


async def pump(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


@dataclass
class Shards:
    """A service with the shard `main` and, behind the wire, `other`."""

    world: World
    wire: Wire
    urls: Mapping[str, str]

    async def restart(self, **limits: int) -> None:
        """Has the service begin anew, with these limits on each shard."""
        databases = {name: {"url": url, **limits} for name, url in self.urls.items()}
        process = self.world.stack.processes["data"]
        process.spec = replace(
            process.spec,
            environment={**process.spec.environment, "APP_DATABASES": json.dumps(databases)},
        )
        await self.world.stack.kill("data")
        await self.world.stack.start("data")
        await self.world.stack.wait_ready("data")

    async def app_on(self, shard: str) -> App:
        """A new app that the service has put there."""
        async with asyncio.timeout(SECONDS):
            while True:
                app_id = new_app_id()
                answer = await self.world.http.put(f"/internal/realms/{app_id}/production")
                found = answer.json()
                if answer.status_code == 200 and found["shard"] == shard:
                    return App(app_id, found["ref"], found["url"], found["publishable_key"])
                await asyncio.sleep(0.05)

    async def apply(self, app: App) -> httpx.Response:
        path = f"/internal/realms/{app.app_id}/production/apply"
        return await self.world.http.post(path, json=migration())


def migration() -> dict[str, Any]:
    return {
        "migrations": [{"path": "supabase/migrations/1_first.sql", "sql": MIGRATION}],
        "deployment_id": new_id("dep"),
        "approved": [],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shards() -> AsyncIterator[Shards]:
    """Not shared: its service is started anew."""
    async with running_world(data={"MEASURE_SECONDS": "0.3", "LEASE_SECONDS": "1"}) as world:
        wire = Wire(world.stack.config.ports["postgres"])
        async with tcp_server(wire.serve) as port:
            async with world.superuser() as connection:
                await connection.execute("CREATE DATABASE other OWNER apps_admin")
            main = world.admin_url
            there = main.rpartition("@")[0] + f"@127.0.0.1:{port}/other"
            running = Shards(world, wire, {"main": main, "other": there})
            await running.restart()
            yield running


def pages(app: App) -> httpx.AsyncClient:
    """What the app's pages ask with."""
    return httpx.AsyncClient(base_url=app.url, headers={"apikey": app.key}, timeout=30)


async def test_a_shard_that_is_away_is_away_for_its_apps_alone(shards: Shards) -> None:
    near, far = await shards.app_on("main"), await shards.app_on("other")
    for app in (near, far):
        assert (await shards.apply(app)).status_code == 200
    shards.wire.cut()
    try:
        async with pages(near) as here, pages(far) as there:
            looked = Looked(shards.world, far)
            for refused in (
                await there.get("/rest/v1/todos"),
                await there.post("/auth/v1/signup", json=SIGN_UP),
                await there.post("/auth/v1/token?grant_type=password", json=SIGN_UP),
                await looked.ask("GET", "database"),
                await looked.ask("GET", "users"),
                await looked.ask("POST", "sql", json={"sql": "select 1"}),
                await shards.apply(far),
            ):
                assert refused.status_code == 503, (refused.request.url, refused.text)
                assert int(refused.headers["retry-after"]) > 0
            assert refused.json()["code"] == "shard_unavailable"
            assert (await here.get("/rest/v1/authors?select=name")).json() == [{"name": "Seed"}]
            assert (await here.post("/auth/v1/signup", json=SIGN_UP)).status_code == 200
            assert (await Looked(shards.world, near).ask("GET", "database")).status_code == 200
            shards.wire.mend()
            async with asyncio.timeout(SECONDS):
                while (await there.get("/rest/v1/authors")).status_code != 200:
                    await asyncio.sleep(0.1)
    finally:
        shards.wire.mend()


async def test_with_no_room_anywhere_new_apps_wait_and_the_others_go_on(shards: Shards) -> None:
    app = await shards.app_on("other")
    await shards.restart(max_tables=1)
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                new = App(new_app_id(), "", "", "")
                answer = await shards.apply(new)
                if answer.status_code != 200:
                    break
                await asyncio.sleep(0.1)  # until it is measured
        assert (answer.status_code, answer.json()["code"]) == (503, "no_room"), answer.text
        assert "operator of this installation" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) == 60
        assert (await shards.apply(app)).status_code == 200
    finally:
        await shards.restart()
    assert (await shards.apply(new)).status_code == 200


async def test_an_app_comes_back_on_a_new_server_with_its_users_rows_and_settings(shards: Shards) -> None:
    app = await shards.app_on("other")
    looked = Looked(shards.world, app)
    assert (await shards.apply(app)).status_code == 200
    async with pages(app) as http:
        assert (await http.post("/auth/v1/signup", json=SIGN_UP)).status_code == 200
        assert (await looked.ask("PATCH", "auth", json={"confirm_email": True})).status_code == 200
        settings = (await looked.ask("GET", "auth")).json()
        dump_id = await dumped(looked)
        async with shards.world.superuser() as connection:
            await connection.execute("DROP DATABASE other WITH (FORCE)")
            for role in ("owner", "anon", "authenticated"):  # of all databases of this server
                await connection.execute(f"DROP ROLE {app.ref}_{role}")
            await connection.execute("CREATE DATABASE other OWNER apps_admin")
        await shards.restart()
        async with asyncio.timeout(SECONDS):
            while (empty := await http.get("/rest/v1/authors")).status_code == 503:
                await asyncio.sleep(0.1)  # until the service has prepared the new server
        assert (empty.status_code, empty.json()["code"]) == (404, "database_not_found"), empty.text
        seen = await restored(looked, dump_id, Environment.PRODUCTION)
        assert (seen["state"], seen["problem"]) == ("done", None)
        assert (await http.get("/rest/v1/authors?select=name")).json() == [{"name": "Seed"}]
        assert (await http.post("/auth/v1/token?grant_type=password", json=SIGN_UP)).status_code == 200
    assert (await looked.ask("GET", "auth")).json() == settings
    again = await shards.world.http.get(f"/internal/realms/{app.app_id}/production")
    assert again.json()["publishable_key"] == app.key
