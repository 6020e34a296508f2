"""A restore gives back what a dump holds, users and their ids included, or changes nothing."""

import asyncio
from typing import Any

import pytest

from common.contracts import Environment, dump_key
from common.ids import new_id
from common.objects import ObjectStore
from tests.data.life import Looked, add_user, object_store
from tests.data.world import App, World

pytestmark = [pytest.mark.xdist_group("data-life"), pytest.mark.asyncio(loop_scope="session")]

MIGRATION = """
create type public.mood as enum ('sad', 'happy');
create table public.authors (
  id bigint generated always as identity primary key,
  name text not null,
  boss_id bigint references public.authors (id)
);
create index on public.authors (boss_id);
comment on table public.authors is '@shared: everybody sees who writes';
alter table public.authors enable row level security;
create policy see on public.authors for select to anon, authenticated using (true);
create table public.todos (
  id serial primary key,
  title text not null,
  mood public.mood,
  tags text[],
  data jsonb,
  twice int generated always as (id * 2) stored,
  author_id bigint references public.authors (id),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade
);
create index on public.todos (author_id);
create index on public.todos (user_id);
alter table public.todos enable row level security;
create policy see on public.todos for select to authenticated using ((select auth.uid()) = user_id);
create policy add on public.todos for insert to authenticated with check ((select auth.uid()) = user_id);
create table public.log (id bigint generated always as identity primary key, what text);
comment on table public.log is '@shared: what happens is told to all';
alter table public.log enable row level security;
create policy see on public.log for select to authenticated using ((select auth.uid()) is not null);
create policy add on public.log for insert to authenticated with check ((select auth.uid()) is not null);
create function public.note() returns trigger language plpgsql as $$
begin
  insert into public.log (what) values (new.title);
  return new;
end $$;
create trigger note after insert on public.todos for each row execute function public.note();
insert into public.authors (name) values ('Seed');
"""


async def migrated(world: World) -> Looked:
    """An app with tables, made as a deployment makes them."""
    app = await world.app()
    body = {
        "migrations": [{"path": "supabase/migrations/1_first.sql", "sql": MIGRATION}],
        "deployment_id": new_id("dep"),
        "approved": [],
    }
    applied = await world.http.post(f"/internal/realms/{app.app_id}/production/apply", json=body)
    assert applied.status_code == 200, applied.text
    return Looked(world, app)


async def done(world: World, app: App, kind: str, row_id: str) -> Any:
    """The dump or restore, once it has ended."""
    async with asyncio.timeout(90):
        while True:
            items = (await world.http.get(f"/internal/apps/{app.app_id}/{kind}")).json()["items"]
            (found,) = (item for item in items if item["id"] == row_id)
            if found["state"] != "pending":
                return found
            await asyncio.sleep(0.1)


async def dumped(app: Looked) -> str:
    dump_id = new_id("dump")
    path = f"/internal/apps/{app.app.app_id}/dumps/{dump_id}"
    asked = await app.world.http.put(path, json={"environment": str(app.environment)})
    assert asked.status_code == 202, asked.text
    assert (await done(app.world, app.app, "dumps", dump_id))["state"] == "done"
    return dump_id


async def restored(app: Looked, dump_id: str, environment: Environment) -> Any:
    restore_id = new_id("rst")
    path = f"/internal/apps/{app.app.app_id}/restores/{restore_id}"
    for _ in range(2):  # the second is the same
        asked = await app.world.http.put(path, json={"dump": dump_id, "environment": str(environment)})
        assert asked.status_code == 202, asked.text
    return await done(app.world, app.app, "restores", restore_id)


async def fill(app: Looked) -> tuple[str, str]:
    """Two users with a row each, in tables that refer to each other and to themselves."""
    ann, bob = [await add_user(app.world, app.app, f"{name}@example.org") for name in ("ann", "bob")]
    await app.sql(
        "insert into authors overriding system value values (12, 'Ann', 13), (13, 'Bob', 12)", write=True
    )
    await app.sql(
        f"""insert into todos (title, mood, tags, data, author_id, user_id) values
        ('hers', 'happy', array['a', null], '{{"n": 1.10}}', 12, '{ann}'),
        ('his', null, null, 'null', 13, '{bob}')""",
        write=True,
    )
    return ann, bob


STATE = (
    "select id, title, mood, tags, data::text, twice, author_id, user_id from todos order by id",
    "select * from authors order by id",
    "select what from log order by id",
    "select id, email from auth.users order by email",
)


async def state(app: Looked) -> list[Any]:
    return [(await app.sql(query))["rows"] for query in STATE]


async def test_a_database_is_as_it_was_when_it_was_dumped(world: World) -> None:
    app = await migrated(world)
    ann, _ = await fill(app)
    before = await state(app)
    dump_id = await dumped(app)
    await app.sql("update todos set title = 'changed', author_id = null", write=True)
    await app.sql("delete from authors", write=True)
    assert (await app.ask("DELETE", f"users/{ann}")).status_code == 204
    await add_user(world, app.app, "late@example.org")
    seen = await restored(app, dump_id, Environment.PRODUCTION)
    assert (seen["state"], seen["problem"]) == ("done", None)
    assert await state(app) == before
    # What was there can be had back, sequences go on, triggers work, migrations count as applied.
    again = await restored(app, seen["backup"], Environment.PRODUCTION)
    assert again["state"] == "done", again
    assert {row["email"] for row in (await state(app))[3]} == {"bob@example.org", "late@example.org"}
    assert (await restored(app, dump_id, Environment.PRODUCTION))["state"] == "done"
    added = f"insert into todos (title, user_id) values ('new', '{ann}') returning id"
    assert (await app.sql(added, write=True))["rows"] == [{"id": before[0][-1]["id"] + 1}]
    assert (await state(app))[2][-1] == {"what": "new"}
    view = await app.get("database")
    assert [migration["path"] for migration in view["migrations"]] == ["supabase/migrations/1_first.sql"]
    assert {table["name"] for table in view["tables"]} == {"authors", "todos", "log"}
    broken = await app.ask("POST", "sql", json={"sql": "update todos set author_id = 99", "write": True})
    assert (broken.status_code, broken.json()["code"]) == (422, "sql_failed")


async def test_productions_data_comes_to_a_preview_of_its_own(world: World) -> None:
    app = await migrated(world)
    await fill(app)
    before = await state(app)
    seen = await restored(app, await dumped(app), Environment.PREVIEW)
    assert seen["state"] == "done", seen
    preview = Looked(world, app.app, Environment.PREVIEW)
    assert await state(preview) == before
    await preview.sql("delete from todos", write=True)
    assert await state(app) == before


async def test_a_damaged_dump_changes_nothing(world: World) -> None:
    app = await migrated(world)
    await fill(app)
    before = await state(app)
    dump_id = await dumped(app)
    async with ObjectStore(object_store(world)) as store:
        key = dump_key(app.app.app_id, dump_id)
        await store.put(key, (await store.get(key))[:-40])
    seen = await restored(app, dump_id, Environment.PRODUCTION)
    assert seen["state"] == "failed"
    assert "digest" in seen["problem"]
    assert await state(app) == before


async def test_only_a_dump_of_the_app_can_be_restored(world: World) -> None:
    app, other = await migrated(world), await migrated(world)
    dump_id = await dumped(other)
    path = f"/internal/apps/{app.app.app_id}/restores/{new_id('rst')}"
    refused = await world.http.put(path, json={"dump": dump_id, "environment": "preview"})
    assert (refused.status_code, refused.json()["code"]) == (404, "dump_not_found")


async def test_what_a_migration_takes_away_can_be_had_back(world: World) -> None:
    app = await migrated(world)
    await fill(app)
    before = await state(app)
    files = {"1_first": MIGRATION, "2_less": "alter table public.todos drop column mood;"}
    paths = {f"supabase/migrations/{name}.sql": sql for name, sql in files.items()}
    body = {
        "migrations": [{"path": path, "sql": sql} for path, sql in paths.items()],
        "deployment_id": new_id("dep"),
        "approved": list(paths),
    }
    applied = await world.http.post(f"/internal/realms/{app.app.app_id}/production/apply", json=body)
    assert applied.status_code == 200, applied.text
    (dump,) = (await world.http.get(f"/internal/apps/{app.app.app_id}/dumps")).json()["items"]
    assert (dump["reason"], dump["state"]) == ("migration", "done")
    assert (await app.ask("POST", "sql", json={"sql": STATE[0]})).status_code == 422
    assert (await restored(app, dump["id"], Environment.PRODUCTION))["state"] == "done"
    assert await state(app) == before
