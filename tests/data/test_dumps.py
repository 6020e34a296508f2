"""Dumps hold all that a database holds; the end of an app leaves nothing."""

import asyncio
import gzip
import hashlib
import json
from typing import Any

import httpx
import pytest

from common.contracts import dump_key
from common.ids import new_id
from common.objects import ObjectStore
from tests.data.life import Looked, add_user, looked_at, object_store
from tests.data.world import World

pytestmark = [pytest.mark.xdist_group("data-life"), pytest.mark.asyncio(loop_scope="session")]

TABLES = (
    "create type mood as enum ('sad', 'happy')",
    'create table "odd ""name" ("a b" text, c jsonb, d bytea, e numeric, f timestamptz, g mood, h text[])',
    r"""insert into "odd ""name" values (E'line\none', '{"a": null}', '\xdeadbeef', 1.10,
    '2026-03-14 15:09:26.535897+00', 'happy', array['x', null, 'y,z']),
    (null, 'null', null, 'NaN', 'infinity', null, '{}')""",
    "create table large (id int primary key, text text)",
    "insert into large select n, repeat(md5(n::text), 300) from generate_series(1, 3000) n",
    "delete from large where id % 3 = 0",
    "create table counted (id serial primary key, twice int generated always as (id * 2) stored)",
    "insert into counted default values",
)


async def dumped(app: Looked) -> tuple[dict[str, Any], list[Any]]:
    """A dump that was asked for, as the API tells of it, and its lines."""
    dump_id = new_id("dump")
    path = f"/internal/apps/{app.app.app_id}/dumps"
    for _ in range(2):  # the second is the same
        asked = await app.world.http.put(f"{path}/{dump_id}", json={"environment": str(app.environment)})
        assert asked.status_code == 202, asked.text
    async with asyncio.timeout(60):
        while True:
            (seen,) = (await app.world.http.get(path)).json()["items"]
            if seen["state"] != "pending":
                break
            await asyncio.sleep(0.1)
    assert seen["state"] == "done", seen
    async with ObjectStore(object_store(app.world)) as store:
        data = await store.get(dump_key(app.app.app_id, dump_id))
    assert hashlib.sha256(data).hexdigest() == seen["digest"]
    assert len(data) == seen["bytes"]
    return seen, [json.loads(line) for line in gzip.decompress(data).splitlines()]


async def test_a_dump_holds_every_row_and_says_when_it_is_whole(world: World) -> None:
    app = await looked_at(world, TABLES)
    ann = await add_user(world, app.app, "ann@example.org")
    seen, lines = await dumped(app)
    assert lines[0]["line"] == "dump"
    assert lines[0]["ref"] == app.app.ref
    end = lines[-1]
    assert end == {
        "line": "end",
        "rows": {
            "app.counted": 1, "app.large": 2000, 'app.odd "name': 2, "auth.users": 1, "shared.identities": 0,
        },
    }  # fmt: skip
    assert seen["rows"] == 2004
    tables = {line["table"]: n for n, line in enumerate(lines) if isinstance(line, dict) and "table" in line}
    at = tables['odd "name']
    assert lines[at]["columns"] == ["a b", "c", "d", "e", "f", "g", "h"]
    assert lines[at + 1][:4] == ["line\none", '{"a": null}', "\\xdeadbeef", "1.10"]
    assert lines[at + 2] == [None, "null", None, "NaN", "infinity", None, "{}"]
    users = tables["users"]
    assert lines[users + 1][lines[users]["columns"].index("id")] == ann
    assert {"line": "sequence", "sequence": "counted_id_seq", "value": 1, "called": True} in lines


async def test_the_end_of_an_app_leaves_nothing_of_it(world: World) -> None:
    app, other = await looked_at(world, TABLES), await looked_at(world, TABLES)
    await add_user(world, app.app, "ann@example.org")
    async with httpx.AsyncClient(base_url=f"{app.app.url}/auth/v1", headers={"apikey": app.app.key}) as http:
        wrong = {"email": "ann@example.org", "password": "guessed"}
        assert (await http.post("/token?grant_type=password", json=wrong)).status_code == 400
        assert (await http.post("/recover", json={"email": "ann@example.org"})).status_code == 200
    await dumped(app)
    path = f"/internal/apps/{app.app.app_id}"
    for _ in range(2):  # again it finds nothing to do
        ended = await world.http.delete(path)
        assert (ended.status_code, ended.json()) == (200, {"left": []})
    async with world.superuser() as connection:
        for catalog, column in (
            ("pg_namespace", "nspname"),
            ("pg_roles", "rolname"),
            ("pg_proc", "proname"),
            ("pg_class", "relname"),
        ):
            count = f"select count(*) from {catalog} where {column} like $1"
            assert await connection.fetchval(count, f"%{app.app.ref}%") == 0, catalog
        await assert_nothing_names(connection, "overskill_auth", app.app.ref)
    async with world.control() as connection:
        await assert_nothing_names(connection, "data", app.app.ref)
    async with ObjectStore(object_store(world)) as store:
        assert [page async for page in store.entries(f"dumps/{app.app.app_id}/") if page] == []
    again = await world.http.put(f"/internal/realms/{app.app.app_id}/production")
    assert (again.status_code, again.json()["code"]) == (404, "database_not_found")
    assert (await other.get("database"))["tables"]


async def assert_nothing_names(connection: Any, schema: str, ref: str) -> None:
    """No row of any table has the text in it."""
    tables = await connection.fetch("select tablename from pg_tables where schemaname = $1", schema)
    assert len(tables) > 5
    for (table,) in tables:
        count = f"select count(*) from {schema}.{table} t where t::text like $1"
        assert await connection.fetchval(count, f"%{ref}%") == 0, table


async def test_an_app_that_never_had_a_database_ends_at_once(world: World) -> None:
    ended = await world.http.delete("/internal/apps/neverwasheree"[:-1])
    assert (ended.status_code, ended.json()) == (200, {"left": []})


async def test_a_dump_of_what_is_not_there_is_refused(world: World) -> None:
    app = await looked_at(world, ())
    path = f"/internal/apps/{app.app.app_id}/dumps/{new_id('dump')}"
    refused = await world.http.put(path, json={"environment": "staging"})
    assert (refused.status_code, refused.json()["code"]) == (404, "database_not_found")
