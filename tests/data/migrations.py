"""Migrations as tests write them."""

from collections.abc import Sequence

from data.domain.sql.findings import Finding, Level
from data.domain.sql.parse import Migration, Statement, load
from data.domain.sql.review import review

PATH = "supabase/migrations/0001_app.sql"

ORDINARY = """
create extension if not exists "uuid-ossp" with schema extensions;
create type public.state as enum ('open', 'done');
create domain public.title as text check (value ~ '^[^ ]');
create table public.todos (
  id bigint generated always as identity primary key,
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  title text not null check (char_length(title) between 1 and 200),
  state public.state not null default 'open', earlier state default 'open'::state,
  price numeric(10, 2), tags text[] not null default '{}', data jsonb default '{}'::jsonb,
  number int default nextval('public.numbers'::regclass),
  created_at timestamptz not null default now(), public boolean default false,
  words tsvector generated always as (to_tsvector('english', title)) stored
);
comment on table public.todos is 'public.todos of anon';
create index todos_user on public.todos (user_id);
create index on todos using gin (words);
alter table public.todos enable row level security;
create policy "own" on public.todos for select to authenticated, anon
  using ((select auth.uid()) = user_id or todos.public);
create policy "insert" on public.todos for insert to authenticated
  with check ((select auth.uid()) = user_id and auth.jwt() ->> 'aal' is not null);
grant all on public.todos to authenticated; -- public.todos
grant usage on schema public to anon, authenticated;
grant select on all tables in schema public to anon, service_role;
create or replace function public.touch() returns trigger language plpgsql set search_path = '' as $body$
declare
  found_row public.todos%rowtype;
  label public.todos.title%type; -- public.todos
  many int := 0;
  other public.state[] := '{}'::public.state[];
  third public.todos;
begin
  if tg_op = 'INSERT' then
    new.created_at = now();
  elsif new.title is distinct from old.title then
    new.title := upper(new.title);
  end if;
  select count(*) into many from public.todos where user_id = auth.uid() and title <> 'public.todos';
  for found_row in select * from public.todos loop
    many := many + public.one();
    found_row.title := 'a%rowtype';
    third.id := 2;
  end loop;
  insert into public.todos (title) values ($$public.x$$) returning title into label;
  raise notice 'made % of %', label, many using errcode = 'P0001';
  return new;
exception when others then
  return null;
end $body$;
create function public.one() returns int language sql stable set search_path to public, extensions
  as 'select 1 /* public.todos */ where ''public.x'' <> '''' ';
create function open_ones(lowest int default 1) returns table (id bigint, title text) language sql
  begin atomic select t.id, t.title from public.todos t where t.id > lowest; end;
create trigger touch before insert or update on public.todos for each row execute function public.touch();
create view public.ranked as select t.id, row_number() over (order by id) from public.todos t;
create view safe with (security_invoker = true) as select id from todos;
insert into public.todos (user_id, title) select id, email from auth.users on conflict (id) do nothing;
with given as (select 'ü' as t) update todos set title = t from given where id = 1;
drop policy if exists "older" on public.todos;
alter table public.todos add column note text, alter column note set default 'public.', drop column tags;
alter type state add value 'late';
alter publication supabase_realtime add table public.todos;
select setval('public.numbers', 10);
select setval(pg_get_serial_sequence('public.todos', 'id'), coalesce(max(id), 1)) from public.todos;
grant execute on function public.one() to anon;
revoke all on function public.one() from public, anon;
"""


def migration(sql: str) -> Migration:
    (read,) = load({PATH: sql})
    return read


def statement(sql: str) -> Statement:
    (one,) = migration(sql).statements
    return one


def codes(sql: str, level: Level = Level.ERROR) -> set[str]:
    return {finding.code for finding in found(sql) if finding.level is level}


def found(sql: str) -> Sequence[Finding]:
    return review([migration(sql)])
