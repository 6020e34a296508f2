"""What an app may take, and what is told of what it has taken."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio
from nats.js.api import DeliverPolicy
from pydantic import SecretStr

from common.contracts import DataUsageRecorded
from common.messaging.publisher import Bus
from common.messaging.streams import DATA_USAGE_SUBJECT
from dev.stack.environment import database_url
from tests.data.life import Looked, looked_at
from tests.data.world import World, running_world

pytestmark = [pytest.mark.xdist_group("data-limits"), pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"MEASURE_SECONDS": "0.3", "APP_MAX_BYTES": "1000000", "APP_ROWS_PER_SECOND": "5"}
NOTES = (
    "create table notes (id int generated always as identity primary key, body text)",
    'create policy everybody on notes to "{ref}_anon" using (true) with check (true)',
    "create function add() returns void language sql as $$ insert into notes (body) values ('called') $$",
    "create function counted() returns bigint language sql volatile as 'select count(*) from notes'",
)
WAIT = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def narrow() -> AsyncIterator[World]:
    async with running_world(data=SETTINGS) as running:
        yield running


def pages(app: Looked) -> httpx.AsyncClient:
    """What the app's pages ask with."""
    return httpx.AsyncClient(base_url=f"{app.app.url}/rest/v1", headers={"apikey": app.app.key}, timeout=30)


async def test_a_full_app_is_read_and_emptied_but_not_filled(narrow: World) -> None:
    app = await looked_at(narrow, NOTES)
    other = await looked_at(narrow, NOTES)
    async with pages(app) as http, pages(other) as neighbour, asyncio.timeout(WAIT):
        await app.sql(
            "insert into notes (body) select string_agg(md5(random()::text), '') "
            "from generate_series(1, 50000) n group by n % 20",
            write=True,
        )
        while (refused := await http.post("/notes", json={"body": "more"})).status_code == 201:
            await asyncio.sleep(0.1)
        assert (refused.status_code, refused.json()["code"]) == (413, "53100"), refused.text
        called = await http.post("/rpc/add")
        assert (called.status_code, called.json()["code"]) == (413, "53100"), called.text
        assert (await http.post("/rpc/counted")).json() >= 20
        assert (await neighbour.post("/rpc/add")).status_code == 204
        assert (await http.get("/notes?select=id&limit=1")).status_code == 200
        assert (await http.delete("/notes?id=eq.1")).status_code == 204
        assert (await neighbour.post("/notes", json={"body": "first"})).status_code == 201


async def test_who_reads_too_many_rows_waits_and_nobody_else(narrow: World) -> None:
    app, other = await looked_at(narrow, NOTES), await looked_at(narrow, NOTES)
    await app.sql("insert into notes (body) select 'x' from generate_series(1, 300)", write=True)
    async with pages(app) as http, pages(other) as neighbour:
        assert len((await http.get("/notes")).json()) == 300
        refused = await http.get("/notes")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 1
        assert (await neighbour.get("/notes")).status_code == 200


async def test_what_was_used_is_told_once_for_each_hour(narrow: World) -> None:
    app = await looked_at(narrow, NOTES)
    async with pages(app) as http:
        for body in ("a", "b", "c"):
            assert (await http.post("/notes", json={"body": body})).status_code == 201
        assert len((await http.get("/notes")).json()) == 3
    control = await asyncpg.connect(database_url(narrow.stack.config, narrow.stack.credentials, "data"))
    try:
        async with asyncio.timeout(WAIT):
            counted = "select requests from usage where ref = $1 and requests > 3"
            while await control.fetchval(counted, app.app.ref) != 4:
                await asyncio.sleep(0.1)
            # As if the hour were over.
            await control.execute(
                "update usage set hour = hour - interval '2 hours' where ref = $1 and requests = 4",
                app.app.ref,
            )
            (told,) = await told_of(narrow, app.app.app_id)
    finally:
        await control.close()
    assert (told.requests, told.rows) == (4, 6)  # three were added, and then read
    assert told.bytes_out > 0


async def test_what_a_deleted_app_has_used_is_not_kept(narrow: World) -> None:
    app, other = await looked_at(narrow, NOTES), await looked_at(narrow, NOTES)
    async with pages(app) as http, pages(other) as neighbour:
        assert (await http.get("/notes")).status_code == 200
        assert (await narrow.http.delete(f"/internal/apps/{app.app.app_id}")).json() == {"left": []}
        assert (await neighbour.get("/notes")).status_code == 200
    counted = "select count(*) from usage where ref = $1 and requests > 0"
    async with narrow.control() as control, asyncio.timeout(WAIT):
        while not await control.fetchval(counted, other.app.ref):  # with it what was counted before it
            await asyncio.sleep(0.1)
        assert await control.fetchval("select count(*) from usage where ref = $1", app.app.ref) == 0


async def told_of(world: World, app_id: str) -> list[DataUsageRecorded]:
    """The events about the app, once there is one."""
    bus = Bus(SecretStr(world.stack.nats_url), "tests")
    await bus.connect()
    try:
        subscription = await bus.jetstream.subscribe(
            DATA_USAGE_SUBJECT, ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
        )
        async for message in subscription.messages:
            event = DataUsageRecorded.model_validate_json(message.data)
            if event.app_id == app_id:
                return [event]
    finally:
        await bus.close()
    return []
