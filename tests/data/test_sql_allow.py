"""What an app's migrations may contain, and what is refused with which reason."""

import pytest

from data.domain.sql.findings import Level
from data.domain.sql.parse import load
from data.domain.sql.review import review
from tests.data.migrations import ORDINARY, PATH, codes, found

PL = "create function f() returns void language plpgsql as $$ begin %s end $$"
SQL = "create function f() returns void language sql as $$ %s $$"


def test_ordinary_migrations_pass() -> None:
    errors = [finding for finding in found(ORDINARY) if finding.level is Level.ERROR]
    assert errors == []


def test_what_has_no_effect_is_said() -> None:
    lines = ORDINARY.splitlines()
    named = [lines[finding.line - 1] for finding in found(ORDINARY) if finding.code == "no_effect"]
    assert [line.split()[:2] for line in named] == [["create", "extension"], ["alter", "publication"]]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("set role app_y_owner", "statement_not_allowed"),
        ("reset role", "statement_not_allowed"),
        ("set session authorization postgres", "statement_not_allowed"),
        ("do $$ begin end $$", "statement_not_allowed"),
        ("begin", "statement_not_allowed"),
        ("copy todos from '/etc/passwd'", "statement_not_allowed"),
        ("listen x", "statement_not_allowed"),
        ("lock table x", "statement_not_allowed"),
        ("prepare x as select 1", "statement_not_allowed"),
        ("create role x", "statement_not_allowed"),
        ("create schema x", "statement_not_allowed"),
        ("create database x", "statement_not_allowed"),
        ("create cast (text as int) with inout", "statement_not_allowed"),
        ("create operator + (function = f, leftarg = int)", "statement_not_allowed"),
        ("create aggregate a (int) (sfunc = int4pl, stype = int)", "statement_not_allowed"),
        ("create rule r as on insert to t do nothing", "statement_not_allowed"),
        ("create event trigger e on ddl_command_end execute function f()", "statement_not_allowed"),
        ("create server s foreign data wrapper w", "statement_not_allowed"),
        ("create materialized view m as select 1", "statement_not_allowed"),
        ("create table t as select 1", "statement_not_allowed"),
        ("alter system set work_mem = '1GB'", "statement_not_allowed"),
        ("alter default privileges grant select on tables to anon", "statement_not_allowed"),
        ("alter table t owner to postgres", "option_not_allowed"),
        ("alter table t set schema app_y", "statement_not_allowed"),
        ("drop owned by anon", "statement_not_allowed"),
        ("drop schema public cascade", "statement_not_allowed"),
        ("vacuum", "statement_not_allowed"),
        ("select 1", "statement_not_allowed"),
        ("create procedure p() language sql as ''", "statement_not_allowed"),
        ("create temp table t (a int)", "temporary"),
        ("create unlogged table t (a int)", "temporary"),
        ("create temp view v as select 1", "temporary"),
        ("create table app_y.t (a int)", "schema_not_allowed"),
        ("create table other.public.t (a int)", "schema_not_allowed"),
        ("create table pg_x (a int)", "catalog_not_allowed"),
        ("create table overskill_x (a int)", "catalog_not_allowed"),
        ("create table t (a int) inherits (app_y.todos)", "schema_not_allowed"),
        ("create table t (a int) partition by range (a)", "option_not_allowed"),
        ("create table t (a int) with (fillfactor = 10)", "option_not_allowed"),
        ("create table t (like app_y.todos)", "schema_not_allowed"),
        ("create table t (a int references app_y.todos (id))", "schema_not_allowed"),
        ("create table t (a app_y.state)", "schema_not_allowed"),
        ("create table t (a regrole)", "type_not_allowed"),
        ("create table t (a datetime)", "type_not_allowed"),
        ("create table t (a pg_catalog.pg_authid)", "type_not_allowed"),
        ("create table t (a text collate app_y.c)", "schema_not_allowed"),
        ("create table t (a int default pg_backend_pid())", "function_not_allowed"),
        ("create table t (a int default nextval('app_y.s'))", "schema_not_allowed"),
        ("create table t (a int default nextval(('app' || '_y.s')::regclass))", "function_not_allowed"),
        ("create table t (a text default current_setting('data_directory'))", "function_not_allowed"),
        ("create table t (a text check (set_config('role', 'x', false) = ''))", "function_not_allowed"),
        ("create table t (a int unique deferrable)", "deferrable"),
        ("create table t (a int references u (id) deferrable initially deferred)", "deferrable"),
        ("create table t (a int, exclude using gist (a with =) deferrable)", "deferrable"),
        (f"create table {'t' * 64} (a int)", "name_too_long"),
        ("alter table todos disable row level security", "row_security"),
        ("alter table todos no force row level security", "row_security"),
        ("alter table todos attach partition t default", "option_not_allowed"),
        ("alter table app_y.todos add column a int", "schema_not_allowed"),
        ("alter table auth.users add column a int", "users_not_allowed"),
        ("create index concurrently on t (a)", "option_not_allowed"),
        ("create index on t using evil (a)", "option_not_allowed"),
        ("create view v with (security_invoker = false) as select 1", "security_invoker"),
        ("alter view v set (security_invoker = off)", "security_invoker"),
        ("alter view v reset (security_invoker)", "option_not_allowed"),
        ("create view v as select * from app_y.todos", "schema_not_allowed"),
        ("create view v as select * from auth.users", "users_not_allowed"),
        ("create view v as select * from pg_stat_activity", "catalog_not_allowed"),
        ("create view v as select * from information_schema.tables", "catalog_not_allowed"),
        ("create view v as select * from pg_catalog.pg_class", "catalog_not_allowed"),
        ("create view v as select 'app_y.todos'::regclass", "type_not_allowed"),
        ("create view v as select ' pg_authid'::regclass", "type_not_allowed"),
        ("create view v as select 'secrets'::regclass", "type_not_allowed"),
        ("create view v as select 16384::oid::regclass", "type_not_allowed"),
        ("create view v as select nextval('app_y.todos'::regclass)", "schema_not_allowed"),
        ("create view v as select nextval(' pg_authid')", "function_not_allowed"),
        ("create view v as select nextval('PG_AUTHID')", "catalog_not_allowed"),
        ("create view v as select pg_typeof(1)", "function_not_allowed"),
        ("create view v as select t.pg_typeof from t", "function_not_allowed"),
        ("create view v as select (t).pg_typeof from t", "function_not_allowed"),
        ("create view v as select session_user", "function_not_allowed"),
        ("alter table t rename a to regrole; create view v as select regrole(10)", "function_not_allowed"),
        ("alter table t rename a to format_type; create view v as select format_type(26, 0)",
         "function_not_allowed"),
        ("alter table t rename to version; create view v as select version()", "function_not_allowed"),
        ("alter function f() rename to format_type", "name_reserved"),
        ("create function format_type(n oid, m int) returns text language sql as 'select null'",
         "name_reserved"),
        ("create function public.to_regrole(n oid) returns text language sql as 'select null'",
         "name_reserved"),
        ("create function aclitem(n int) returns text language sql as 'select null'", "name_reserved"),
        ("create function version() returns text language sql as 'select null'", "name_reserved"),
        ("alter table t rename a to aclitem; create view v as select null::aclitem", "type_not_allowed"),
        ("create table aclitem (a int); create view v as select null::aclitem", "type_not_allowed"),
        ("create view v as select xmlparse(document '')", "expression_not_allowed"),
        ("create view v as select public.a from t public", "name_reserved"),
        ('create view v as select * from U&"\\0070g_class"', "unicode_escape"),
        ("create policy p on t to postgres using (true)", "role_not_allowed"),
        ("create policy p on t to current_user using (true)", "role_not_allowed"),
        ("create policy overskill_owner on t using (true)", "name_reserved"),
        ("drop policy overskill_owner on t", "name_reserved"),
        ("create policy p on t as restrictive using (false)", "role_not_allowed"),
        ("create policy p on storage.objects using (true)", "storage_not_allowed"),
        ("create policy p on app_y.todos using (true)", "schema_not_allowed"),
        ("grant select on t to public", "role_not_allowed"),
        ("grant select on t to app_y_anon", "role_not_allowed"),
        ("grant truncate on t to anon", "privilege_not_allowed"),
        ("grant select on t to anon with grant option", "privilege_not_allowed"),
        ("grant usage on schema auth to anon", "schema_not_allowed"),
        ("grant select on app_y.t to anon", "schema_not_allowed"),
        ("grant usage on language plpgsql to anon", "privilege_not_allowed"),
        ("grant anon to authenticated", "statement_not_allowed"),
        ("create extension dblink", "extension_not_allowed"),
        ("alter publication supabase_realtime drop table t", "statement_not_allowed"),
        ("create trigger t after insert on auth.users execute function f()", "trigger_not_allowed"),
        ("create constraint trigger t after insert on x for each row execute function f()", "deferrable"),
        ("create trigger t before insert on x execute function pg_sleep()", "function_not_allowed"),
        ("create trigger t before insert on x execute function app_y.f()", "schema_not_allowed"),
        ("insert into auth.users (id) values (gen_random_uuid())", "users_not_allowed"),
        ("with a as (delete from auth.users) insert into t values (1)", "users_not_allowed"),
        ("insert into storage.buckets (id) values ('a')", "storage_not_allowed"),
        ("insert into todos select lo_import('/etc/passwd')", "function_not_allowed"),
        ("delete from pg_authid", "catalog_not_allowed"),
        ("create function f() returns int language c as 'a', 'b'", "language_not_allowed"),
        ("create function f() returns int language internal as 'int4in'", "language_not_allowed"),
        ("create function f() returns int language sql security definer as 'select 1'", "security_definer"),
        ("create function f() returns int language sql set role = x as 'select 1'", "function_setting"),
        ("create function f() returns int set search_path = app_y return 1", "schema_not_allowed"),
        ("create function f() returns int language sql leakproof as 'select 1'", "option_not_allowed"),
        ("create function f() returns int language sql as E'select\\x20 1'", "body_not_allowed"),
        ("create function pg_sleep() returns int language sql as 'select 1'", "name_reserved"),
        ("create function f() returns refcursor language sql as 'select null'", "type_not_allowed"),
        (SQL % "set role postgres", "body_not_allowed"),
        (SQL % "select * from app_y.todos", "schema_not_allowed"),
        (SQL % "select pg_advisory_lock(1)", "function_not_allowed"),
        (SQL % "select query_to_xml('select 1', true, true, '')", "function_not_allowed"),
        (SQL % "select * into temp x from todos", "expression_not_allowed"),
        (SQL % "copy todos to program 'sh'", "body_not_allowed"),
        ("create function f() returns int language sql return pg_backend_pid()", "function_not_allowed"),
        (PL % "execute 'select 1';", "dynamic_sql"),
        (PL % "for r in execute 'select 1' loop end loop;", "syntax_error"),
        (PL % "declare r record; begin for r in execute 'x' loop end loop; end;", "dynamic_sql"),
        (PL % "perform set_config('role', 'x', true);", "function_not_allowed"),
        (PL % "set local role postgres;", "body_not_allowed"),
        (PL % "create temp table x (a int);", "body_not_allowed"),
        (PL % "notify x;", "body_not_allowed"),
        (PL % "commit;", "body_not_allowed"),
        (PL % "if exists (select from pg_authid) then null; end if;", "catalog_not_allowed"),
        (PL % "declare a int := pg_backend_pid(); begin a := pg_sleep(1); end;", "function_not_allowed"),
        (PL % "declare a app_y.todos; begin end;", "schema_not_allowed"),
        (PL % "declare a app_y.todos%rowtype; begin end;", "schema_not_allowed"),
        (PL % "declare a app_y.todos.id%type; begin end;", "schema_not_allowed"),
        (PL % "declare c cursor for select * from app_y.todos; begin open c; end;", "schema_not_allowed"),
        (PL % "declare c refcursor; begin open c for select 1; end;", "body_not_allowed"),
        (PL % "raise notice '%', (select passwd from pg_shadow);", "catalog_not_allowed"),
        (PL % "call p();", "body_not_allowed"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(sql: str, code: str) -> None:
    assert code in codes(sql)


def test_refusals_say_what_to_do_instead() -> None:
    (finding,) = found("\n  delete from t;\n  set role x")
    assert (finding.file, finding.line, finding.column) == (PATH, 3, 3)
    assert finding.message
    assert finding.hint


def test_refusals_inside_of_bodies_point_at_their_line() -> None:
    sql = (
        "create function f() returns void language plpgsql as $$\nbegin\n  perform\n    pg_sleep(1);\nend $$"
    )
    assert [finding.line for finding in found(sql)] == [4]


def test_names_made_in_another_migration_are_known() -> None:
    files = {
        "supabase/migrations/2_b.sql": "create table t (s state default pick())",
        "supabase/migrations/1_a.sql": "create type state as enum ('a');"
        "create function pick() returns state language sql as $$ select 'a'::state $$",
    }
    assert [one for one in review(load(files)) if one.level is Level.ERROR] == []


@pytest.mark.parametrize(
    ("path", "code"),
    [("supabase/migrations/app.sql", "migration_name"), ("../0001_a.sql", "migration_name")],
)
def test_files_have_numbers_and_names(path: str, code: str) -> None:
    assert [finding.code for finding in review(load({path: "create table t (a int)"}))] == [code]


def test_two_files_with_one_number_have_no_order() -> None:
    read = load({"supabase/migrations/1_a.sql": "", "supabase/migrations/01_b.sql": ""})
    assert [finding.code for migration in read for finding in migration.findings] == ["migration_number"]


@pytest.mark.parametrize(
    ("sql", "line", "column", "hint"),
    [
        ("create table t (\n  id int auto_increment\n)", 2, 10, "generated always as identity"),
        ("create policy if not exists p on t", 1, 18, "CREATE POLICY knows no IF NOT EXISTS"),
        ("create table `t` (a int)", 1, 14, "double quotes"),
        ("insert into t values ('it)", 1, 23, "Close it"),
        ("create table t (a text\0)", 1, 23, "Remove it"),
        ("create table t (a text default '\ud800')", 1, 33, "Remove it"),
    ],
)
def test_errors_of_the_grammar_say_where_and_what_instead(
    sql: str, line: int, column: int, hint: str
) -> None:
    (finding,) = found(sql)
    assert (finding.line, finding.column, finding.code) == (line, column, "syntax_error")
    assert hint in finding.hint


@pytest.mark.parametrize(
    "sql",
    [
        "create view v as select 1" + "::int" * 50_000,
        "create view v as select 1" + " union select 1" * 50_000,
        "create view v as select " + "(" * 50_000 + "1" + ")" * 50_000,
        PL % ("begin " * 400 + "end;" * 400),
        SQL % ("select 1" + "+ 1" * 50_000),
    ],
)
def test_statements_too_deep_to_be_read_are_refused(sql: str) -> None:
    assert codes(sql) == {"too_complex"}


def test_many_rows_are_not_too_deep() -> None:
    rows = ", ".join(f"({n}, 'name {n}', null)" for n in range(12_000))
    assert codes(f"insert into t values {rows}") == set()
