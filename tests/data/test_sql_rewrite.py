"""Portable names become a realm's, nothing else changes, and every line stays where it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast.parser import parse_sql

from data.domain.sql.parse import Statement
from data.domain.sql.rewrite import position, rewritten, without_effect
from tests.data.migrations import ORDINARY, migration, statement

REF = "app_k3"
# What is more than a change of names.
ADDED = (" with (security_invoker = true) as select t.id", "SELECT, INSERT, UPDATE, DELETE")


def back(sql: str) -> str:
    sql = sql.replace(ADDED[0], " as select t.id").replace(ADDED[1], "all")
    sql = sql.replace(f'"{REF}_auth"', "auth").replace(f'"{REF}"', "public")
    for role, suffix in (("anon", "anon"), ("authenticated", "authenticated"), ("service_role", "owner")):
        sql = sql.replace(f'"{REF}_{suffix}"', role)
    return sql


@pytest.mark.parametrize("one", migration(ORDINARY).statements, ids=lambda one: str(one.line))
def test_names_given_back_leave_the_text_as_it_was(one: Statement) -> None:
    text = rewritten(one, REF)
    assert text == "" if without_effect(one) else back(text) == one.text
    assert without_effect(one) or text.count("\n") == one.text.count("\n")
    parse_sql(text)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select setval('public.s', 1)", "select setval('\"app_k3\".s', 1)"),
        ('insert into "public"."t" values (1)', 'insert into "app_k3"."t" values (1)'),
        ("insert into PUBLIC . t values ('public.t')", "insert into \"app_k3\" . t values ('public.t')"),
        ("insert into public/* . */.t values (1)", 'insert into "app_k3"/* . */.t values (1)'),
        ("delete from t where t.public and (t).public.x", "delete from t where t.public and (t).public.x"),
        (
            "grant all privileges on public.t to anon",
            'grant SELECT, INSERT, UPDATE, DELETE on "app_k3".t to "app_k3_anon"',
        ),
        ("revoke all on t from public", "revoke all on t from public"),
        ("create view v (a) as select 1", "create view v (a) with (security_invoker = true) as select 1"),
        (
            "create view v with (security_barrier) as select 1",
            "create view v with (security_invoker = true, security_barrier) as select 1",
        ),
        ("create policy anon on t to anon", 'create policy anon on t to "app_k3_anon"'),
        (
            "create function f() returns int set search_path = 'public', auth language sql as ''",
            "create function f() returns int set search_path = \"app_k3\", auth language sql as ''",
        ),
        (
            "create function f() returns int language sql as 'select ''public.'', * from public.t'",
            "create function f() returns int language sql as 'select ''public.'', * from \"app_k3\".t'",
        ),
    ],
)
def test_only_names_are_replaced(sql: str, expected: str) -> None:
    assert rewritten(statement(sql), REF) == expected


_WORDS = st.sampled_from(
    ["public.t", "public", "auth.users", "auth.uid()", "'public.t'", "$$public.t$$", "anon", "a.public",
     "/* public.t */", "'it''s public.'", "1", ",", "(select 1)", "ü", "\n"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=12))
def test_whatever_surrounds_them_strings_and_comments_stay(words: list[str]) -> None:
    body = "select " + " + ".join(words)
    sql = f"create function f() returns int language plpgsql as $body$ begin {body}; end $body$"
    text = rewritten(statement(sql), REF)
    assert back(text) == sql
    kept = r"'[^']*'|\$\$[^$]*\$\$|/\*.*?\*/"
    assert re.findall(kept, text) == re.findall(kept, sql)


def test_positions_in_what_runs_are_found_in_what_was_written() -> None:
    sql = "create policy p on public.t\n  for select to authenticated\n  using (nothing = 1)"
    one = migration(f"-- first\ncreate table t (a int);\n{sql};").statements[1]
    text = rewritten(one, REF)
    assert position(one, REF, text.index("nothing")) == (5, 10)
    assert position(one, REF, text.index(f"{REF}_auth")) == (4, 17)
    assert position(one, REF, 0) == (3, 1)
