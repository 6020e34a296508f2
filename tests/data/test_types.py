"""The types of an app's tables, held by the compiler against the real client's."""

import asyncio
from pathlib import Path

import pytest

from tests.data.migrating import Migrating
from tests.data.world import World
from tests.house.files import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

SQL = """create type public.mood as enum ('sad', 'it''s "ok"');
create type public.place as (street text, zip int);
create domain public.size as int check (value > 0);
create table public.teams (id bigint generated always as identity primary key, name text not null unique);
create table public.todos (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  team_id bigint references public.teams (id),
  title text not null,
  mood public.mood not null default 'sad',
  tags text[] not null default '{}',
  size public.size,
  place public.place,
  details jsonb,
  length int generated always as (char_length(title)) stored,
  "odd name" text,
  due timestamptz
);
create table public.profiles (
  id uuid primary key references auth.users (id), todo uuid unique references public.todos (id));
create index on public.todos (user_id);
create index on public.todos (team_id);
create view public.titles with (security_invoker = true) as select id, title from public.todos;
create function public.open_todos(team bigint, most int default 10) returns setof public.todos
  language sql stable as $$ select * from public.todos where team_id = team limit most $$;
create function public.counts() returns table (mood public.mood, n bigint)
  language sql stable as $$ select mood, count(*) from public.todos group by 1 $$;
create function public.ping() returns text language sql stable as $$ select 'pong' $$;
"""
PROGRAM = """import { createClient } from "@supabase/supabase-js"
import { tables, type Database, type Enums, type Tables, type TablesInsert } from "./database.types.js"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}
const client = createClient<Database>("https://data.example", "key")

same<(typeof tables)[number], "profiles" | "teams" | "todos">(true)
same<Enums<"mood">, "sad" | 'it\\'s "ok"'>(true)
same<Tables<"todos">["size"], number | null>(true)
same<Tables<"todos">["tags"], string[]>(true)
same<Tables<"todos">["place"], { street: string | null; zip: number | null } | null>(true)
same<Tables<"titles">["title"], string | null>(true)

const insert: TablesInsert<"todos"> = { title: "Milk", "odd name": "x" }
await client.from("todos").insert(insert)
// @ts-expect-error: a title is needed
await client.from("todos").insert({ tags: [] })
// @ts-expect-error: Postgres makes it
await client.from("teams").insert({ id: 1, name: "A" })
// @ts-expect-error: Postgres computes it
await client.from("todos").update({ length: 1 })
// @ts-expect-error: no such table
await client.from("nothing").select()
// @ts-expect-error: no such mood
await client.from("todos").update({ mood: "glad" })

const embedded = await client.from("todos").select("title, teams(name), profiles(id)").single()
if (embedded.data) {
  same<typeof embedded.data.title, string>(true)
  same<typeof embedded.data.teams, { name: string } | null>(true)
  same<typeof embedded.data.profiles, { id: string } | null>(true)
}
const many = await client.from("teams").select("name, todos(title)")
if (many.data) same<(typeof many.data)[number]["todos"], { title: string }[]>(true)

const found = await client.rpc("open_todos", { team: 1 })
if (found.data) same<(typeof found.data)[number]["title"], string>(true)
const counted = await client.rpc("counts")
if (counted.data) same<(typeof counted.data)[number]["n"], number>(true)
const pong = await client.rpc("ping")
if (pong.data) same<typeof pong.data, string>(true)
// @ts-expect-error: no such argument
await client.rpc("open_todos", { group: 1 })
"""


async def test_the_types_are_what_the_client_takes(world: World, tmp_path: Path) -> None:
    types = (await Migrating(world).check(SQL))["types"]
    (tmp_path / "database.types.ts").write_text(types)
    (tmp_path / "program.ts").write_text(PROGRAM)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(ROOT / "dev/supabase/node_modules")
    assert await compiled(tmp_path / "program.ts") == ""


async def test_an_app_without_tables_has_types_too(world: World, tmp_path: Path) -> None:
    types = (
        await Migrating(world).check("create function public.one() returns int language sql as 'select 1';")
    )["types"]
    program = tmp_path / "database.types.ts"
    program.write_text(types)
    assert "export const tables = [] as const" in types
    assert await compiled(program) == ""


async def compiled(program: Path) -> str:
    """What the compiler says against it."""
    compiler = ROOT / "dev/typecheck/node_modules/typescript/bin/tsc"
    process = await asyncio.create_subprocess_exec(
        ROOT / ".venv/bin/node", compiler, "--noEmit", "--strict", "--exactOptionalPropertyTypes", "false",
        "--target", "es2024", "--module", "nodenext", "--skipLibCheck", program.name,
        cwd=program.parent, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return output.decode()
