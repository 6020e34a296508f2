"""What developers see and change of an app's database with the platform's key, and what stays out of it."""

from typing import Any

import pytest
import pytest_asyncio

from tests.data.life import Looked, add_user, looked_at, sealed
from tests.data.world import World

pytestmark = [pytest.mark.xdist_group("data-life"), pytest.mark.asyncio(loop_scope="session")]

TABLES = (
    "create table authors (id int primary key, name text not null)",
    """create table todos (id bigint generated always as identity primary key, title text not null,
    done boolean not null default false, author_id int references authors,
    tags text[], data jsonb, user_id uuid references "{auth}".users (id) on delete cascade)""",
    'create policy see on todos for select to "{ref}_authenticated" using (user_id = (select auth.uid()))',
    "insert into authors values (1, 'Ann'), (2, 'Bob')",
    """insert into todos (title, done, author_id)
    select 'Task ' || n, n % 2 = 0, 1 from generate_series(1, 25) n""",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(world: World) -> Looked:
    return await looked_at(world, TABLES)


async def test_the_overview_tells_of_tables_policies_and_what_is_amiss(app: Looked) -> None:
    seen = await app.get("database")
    assert seen["url"] == app.app.url
    assert seen["publishable_key"] == app.app.key
    tables = {table["name"]: table for table in seen["tables"]}
    assert list(tables) == ["authors", "todos"]
    todos = tables["todos"]
    assert (todos["rows"], todos["rows_exact"], todos["row_security"]) == (25, True, True)
    assert todos["bytes"] > 0
    assert [column["name"] for column in todos["columns"]][:3] == ["id", "title", "done"]
    (policy,) = todos["policies"]
    assert (policy["name"], policy["command"], policy["roles"]) == ("see", "select", ["authenticated"])
    assert "auth.uid()" in policy["using"]
    assert app.app.ref not in str(seen["tables"])
    advised = {(advisory["code"], advisory["table"]) for advisory in seen["advisories"]}
    assert ("no_policies", "authors") in advised
    assert ("foreign_key_without_index", "todos") in advised
    assert 0 < seen["bytes"] < seen["max_bytes"]


async def test_an_environment_without_a_database_has_none_to_show(app: Looked, world: World) -> None:
    answer = await world.http.get(f"/internal/realms/{app.app.app_id}/staging/database")
    assert (answer.status_code, answer.json()["code"]) == (404, "database_not_found")


async def test_pages_of_rows_hold_each_row_once(app: Looked) -> None:
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(4):
        page = await app.get("tables/todos/rows", limit=10, order="title.desc", **cursor)
        seen += [row["title"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == sorted((f"Task {n}" for n in range(1, 26)), reverse=True)


async def test_rows_are_filtered_by_the_columns_own_types(app: Looked) -> None:
    page = await app.get("tables/todos/rows", filter=["done.eq.true", "id.lt.10"])
    assert [row["id"] for row in page["items"]] == [2, 4, 6, 8]
    wrong = await app.ask("GET", "tables/todos/rows", params={"filter": "id.eq.many"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "filter_invalid")
    assert "integer" in wrong.json()["detail"] or "bigint" in wrong.json()["detail"]
    missing = await app.ask("GET", "tables/pg_authid/rows")
    assert (missing.status_code, missing.json()["code"]) == (404, "table_not_found")


async def test_a_query_answers_rows_and_changes_nothing(app: Looked) -> None:
    result = await app.sql("select author_id, count(*) as n from public.todos group by 1")
    assert result["rows"] == [{"author_id": 1, "n": 25}]
    assert (result["changed"], result["truncated"]) == (None, False)
    long = await app.sql("select generate_series(1, 5000) as n;")
    assert (len(long["rows"]), long["truncated"]) == (1000, True)
    wide = await app.sql("select repeat('x', 1000000) as x from generate_series(1, 50)")
    assert (len(wide["rows"]), wide["truncated"]) == (4, True)


async def test_one_row_is_not_answered_whatever_its_size(world: World) -> None:
    app = await looked_at(world, TABLES)
    small = await app.sql("select n, repeat('x', n) as x from (values (1), (33000000)) n (n)")
    assert (small["rows"], small["truncated"]) == ([{"n": 1, "x": "x"}], True)
    large = "insert into authors values (0, repeat('x', 33000000)) returning id, name"
    changed = await app.sql(large, write=True)
    assert (changed["changed"], changed["rows"], changed["truncated"]) == (1, [], True)
    for path, options, code in (
        ("sql", {"json": {"sql": "select * from authors order by id"}}, "sql_failed"),
        ("tables/authors/rows", {"params": {"order": "id"}}, "filter_invalid"),
    ):
        refused = await app.ask("POST" if path == "sql" else "GET", path, **options)
        assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text[:500]
        assert "32,000,000 bytes" in refused.json()["detail"]


@pytest.mark.parametrize(
    "sql",
    [
        "select nextval('todos_id_seq')",
        "with gone as (delete from todos returning 1) select * from gone",
        "select * from nowhere",
        "select encrypted_password from auth.users",
        "select count(*) from (select generate_series(1, 1000000000000)) endless",
        "select 1/0",
        "select repeat('x', 2000000000)",
    ],
)
async def test_what_postgres_refuses_is_told_in_its_words(app: Looked, sql: str) -> None:
    refused = await app.ask("POST", "sql", json={"sql": sql})
    assert (refused.status_code, refused.json()["code"]) == (422, "sql_failed"), refused.text
    assert app.app.ref not in refused.json()["detail"]


@pytest.mark.parametrize(
    "sql",
    [
        "select set_config('role', 'postgres', false)",
        "select * from overskill_auth.realms",
        "select pg_sleep(60)",
        "select proname, prosrc from pg_catalog.pg_proc",
        "select proname, prosrc from pg_proc",
        "select qual from pg_policies",
        "select table_name from information_schema.tables",
        "select title from todos where exists (select from pg_catalog.pg_roles)",
        "select n::regrole from generate_series(1, 99999) n",
        "select 16384::oid::regclass",
        "select version()",
    ],
)
async def test_a_query_keeps_to_the_apps_own_names(app: Looked, sql: str) -> None:
    refused = await app.ask("POST", "sql", json={"sql": sql})
    assert (refused.status_code, refused.json()["code"]) == (422, "sql_refused"), refused.text


async def test_what_the_app_has_made_is_open_to_a_query(world: World) -> None:
    app = await looked_at(
        world,
        (
            "create type mood as enum ('good', 'bad')",
            "create function better(m mood) returns mood language sql as $$ select 'good'::mood $$",
            "create function format_type(n oid, m int) returns text language sql as $$ select 'own' $$",
        ),
    )
    result = await app.sql("select better('bad'::mood) as mood, public.better('bad') as same")
    assert result["rows"] == [{"mood": "good", "same": "good"}]
    shadowed = await app.ask("POST", "sql", json={"sql": "select format_type(26, 0)"})
    assert (shadowed.status_code, shadowed.json()["code"]) == (422, "sql_refused")


async def test_rows_are_written_only_when_that_is_asked_for(world: World) -> None:
    app = await looked_at(world, TABLES)
    change = "update todos set done = true where not done"
    refused = await app.ask("POST", "sql", json={"sql": change})
    assert (refused.status_code, refused.json()["code"]) == (422, "sql_refused")
    assert (await app.sql(change, write=True))["changed"] == 13
    kept = await app.sql("delete from todos where id <= 3 returning id", write=True)
    assert (kept["changed"], sorted(row["id"] for row in kept["rows"])) == (3, [1, 2, 3])
    assert (await app.sql("select count(*) from todos where done"))["rows"] == [{"count": 22}]


async def test_users_are_found_banned_and_removed_with_their_rows(world: World) -> None:
    app = await looked_at(world, TABLES)
    ann, bob = [await add_user(world, app.app, f"{name}@example.org") for name in ("ann", "bob_x")]
    await app.sql(
        f"insert into todos (title, user_id) values ('hers', '{ann}'), ('his', '{bob}')", write=True
    )
    page = await app.get("users", limit=1)
    assert [user["id"] for user in page["items"]] == [bob]
    page = await app.get("users", limit=1, cursor=page["next_cursor"])
    assert ([user["id"] for user in page["items"]], page["next_cursor"]) == ([ann], None)
    assert [user["id"] for user in (await app.get("users", search="_x@"))["items"]] == [bob]
    banned = await app.ask("PATCH", f"users/{bob}", json={"banned_until": "2099-01-01T00:00:00Z"})
    assert banned.json()["banned_until"].startswith("2099-01-01")
    free = await app.ask("PATCH", f"users/{bob}", json={"banned_until": None})
    assert free.json()["banned_until"] is None
    for never in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        refused = await app.ask("PATCH", f"users/{bob}", json={"banned_until": never})
        assert refused.status_code == 422, refused.text
    assert (await app.get("users", search="\0"))["items"] == []
    assert (await app.ask("DELETE", f"users/{ann}")).status_code == 204
    gone = await app.ask("DELETE", f"users/{ann}")
    assert (gone.status_code, gone.json()["code"]) == (404, "app_user_not_found")
    assert (await app.sql("select title from todos where user_id is not null"))["rows"] == [{"title": "his"}]


async def test_an_apps_trigger_runs_as_its_owner_when_a_user_is_removed(world: World) -> None:
    """Not as whoever removes users of all apps."""
    app = await looked_at(
        world,
        (
            *TABLES,
            "create table seen (who text)",
            """create function look() returns trigger language plpgsql as $$ begin
            insert into seen values (current_user); return null; end $$""",
            "create trigger after_row after delete on todos for each row execute function look()",
            "create trigger after_all after delete on todos for each statement execute function look()",
        ),
    )
    ann = await add_user(world, app.app, "ann@example.org")
    await app.sql(f"insert into todos (title, user_id) values ('hers', '{ann}')", write=True)
    assert (await app.ask("DELETE", f"users/{ann}")).status_code == 204
    rows = (await app.sql("select who from seen"))["rows"]
    assert rows
    assert {row["who"] for row in rows} == {f"{app.app.ref}_owner"}
    denied = await app.ask("POST", "sql", json={"sql": "delete from auth.users", "write": True})
    assert (denied.status_code, denied.json()["code"]) == (422, "sql_failed")


async def test_a_user_whom_rows_keep_is_not_removed(world: World) -> None:
    app = await looked_at(
        world, ('create table kept (user_id uuid primary key references "{auth}".users (id))',)
    )
    ann = await add_user(world, app.app, "ann@example.org")
    await app.sql(f"insert into kept values ('{ann}')", write=True)
    refused = await app.ask("DELETE", f"users/{ann}")
    assert (refused.status_code, refused.json()["code"]) == (409, "app_user_in_use")
    assert len((await app.get("users"))["items"]) == 1


async def test_whoever_is_no_service_gets_nothing(app: Looked, world: World) -> None:
    base = f"/internal/realms/{app.app.app_id}/production"
    for path in (f"{base}/database", f"{base}/users", f"/internal/apps/{app.app.app_id}/dumps"):
        answer = await world.http.get(path, headers={"authorization": f"Bearer {app.app.key}"})
        assert answer.status_code == 401


async def test_an_unsealed_table_is_said_to_be_open(world: World) -> None:
    app = await looked_at(world, ())
    async with world.shard.owner(app.app.ref) as owner:
        await owner.run("create table open (id int)")
        await sealed(owner, app.app.ref, "open")
        await owner.run("alter table open disable row level security")
    codes = {advisory["code"] for advisory in (await app.get("database"))["advisories"]}
    assert codes == {"row_security_off", "no_primary_key"}
