"""What the platform's key may ask of an app's rows: one page, one statement, nothing else."""

import pytest

from data.domain.rows import FilterInvalid, Table, page_of
from data.domain.sql.expressions import Known
from data.domain.statement import SqlRefused, read_statement

REF = "app_abcdefghijkl"
TODOS = Table(
    REF,
    "todos",
    {"id": "integer", "title": "text", "done": "boolean", "a.b": "integer", 'odd"name': "text"},
    ("id",),
)


@pytest.mark.parametrize(
    ("filters", "where", "params"),
    [
        (["id.eq.1"], '"id" = ($1)[1]::integer', ("1",)),
        (["title.eq.a.b"], '"title" = ($1)[1]::text', ("a.b",)),
        (["a.b.lt.4"], '"a.b" < ($1)[1]::integer', ("4",)),
        (["title.ilike.%x%"], '"title"::text ILIKE ($1)[1]', ("%x%",)),
        (["done.is.null"], '"done" IS NULL', ()),
        (
            ['title.in.(a,"b,c")', "id.gte.2"],
            '"title" IN (($1)[1]::text, ($1)[2]::text) AND "id" >= ($1)[3]::integer',
            ("a", "b,c", "2"),
        ),
        (['odd"name.eq.x'], '"odd""name" = ($1)[1]::text', ("x",)),
    ],
)
def test_filters_become_conditions_with_parameters(
    filters: list[str], where: str, params: tuple[str, ...]
) -> None:
    query = page_of(TODOS, filters, None, 10, 20)
    assert f'\nWHERE {where}\nORDER BY "id" ASC\nOFFSET 20' in query.sql
    assert query.params == params


@pytest.mark.parametrize("hostile", ["'; drop table todos --", '"', "\\", "$1", "x' or '1'='1"])
def test_what_a_filter_compares_with_is_never_part_of_the_sql(hostile: str) -> None:
    plain = page_of(TODOS, ["title.eq.x"], None, 10, 0)
    query = page_of(TODOS, [f"title.eq.{hostile}"], None, 10, 0)
    assert (query.sql, query.params) == (plain.sql, (hostile,))


@pytest.mark.parametrize(
    "wrong",
    ["", "id", "id.eq", "nope.eq.1", "id.is.3", "id.between.1", "title.in.()", 'id" or 1=1 --.eq.1'],
)
def test_a_filter_that_says_nothing_is_refused(wrong: str) -> None:
    with pytest.raises(FilterInvalid):
        page_of(TODOS, [wrong], None, 10, 0)


def test_an_order_ends_with_the_key_and_names_columns_only() -> None:
    query = page_of(TODOS, [], "title.desc,a.b", 10, 0)
    assert 'ORDER BY "title" DESC, "a.b" ASC, "id" ASC\n' in query.sql
    with pytest.raises(FilterInvalid):
        page_of(TODOS, [], "title; drop table todos", 10, 0)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("select 1;", "select 1"),
        (" values (1), (2) -- two\n", "values (1), (2) -- two"),
        ("with a as (select 'é;' as t) select * from a", "with a as (select 'é;' as t) select * from a"),
    ],
)
def test_a_question_is_taken_as_it_is(sql: str, text: str) -> None:
    statement = read_statement(sql, REF, write=False)
    assert (statement.text, statement.changes) == (text, False)
    assert f"({text}\n)" in statement.rendered()


def test_a_change_has_to_be_asked_for() -> None:
    with pytest.raises(SqlRefused, match="write"):
        read_statement("delete from todos", REF, write=False)
    assert (
        "delete from todos\nRETURNING 1\n" in read_statement("delete from todos", REF, write=True).rendered()
    )
    kept = read_statement("delete from todos returning id;", REF, write=True)
    assert kept.answers
    assert "delete from todos returning id\n)" in kept.rendered()


@pytest.mark.parametrize(
    "sql",
    [
        "select prosrc from pg_catalog.pg_proc",
        "with a as (select * from information_schema.columns) select * from a",
        "select pg_sleep(7.5)",
        "select made_by_nobody(1)",
        "delete from todos where id in (select oid::int from pg_class)",
        "select * from app_mnopqrstuvwx.todos",
    ],
)
def test_a_statement_keeps_to_the_apps_own_names(sql: str) -> None:
    with pytest.raises(SqlRefused, match="line 1, column"):
        read_statement(sql, REF, write=True)


def test_functions_and_types_of_the_app_are_open_to_it() -> None:
    known = Known(frozenset({"ranked"}), frozenset({"state"}))
    statement = read_statement("select ranked('a'::state), public.ranked('b')", REF, write=False, known=known)
    assert "ranked" in statement.text


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "select 1; select 2",
        "select 1 into copied",
        "drop table todos",
        "create table t (id int)",
        "alter table todos add x int",
        "truncate todos",
        "copy todos to stdout",
        "do $$ begin end $$",
        "set role postgres",
        "begin",
        "explain analyze select 1",
        "notify x",
        "call p()",
        "grant all on todos to public",
        "selec 1",
        "select ')",
        "merge into a using b on true when matched then delete",
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_whatever_is_no_single_query_or_change_of_rows_is_refused(sql: str, write: bool) -> None:
    with pytest.raises(SqlRefused):
        read_statement(sql, REF, write=write)
