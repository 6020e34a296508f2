"""Steps that lose data or break the version that is live."""

import pytest

from data.domain.sql.changes import Loss, destructive
from tests.data.migrations import ORDINARY, migration, statement


@pytest.mark.parametrize(
    ("sql", "what", "loss", "table", "column"),
    [
        ("drop table if exists public.todos cascade", "drop table todos cascade", Loss.ROWS, "todos", ""),
        ("drop view v", "drop view v", Loss.OBJECT, "", ""),
        ("drop type public.state", "drop type state", Loss.OBJECT, "", ""),
        ("drop function f(int)", "drop function f", Loss.OBJECT, "", ""),
        ("truncate todos", "truncate todos", Loss.ROWS, "todos", ""),
        ("delete from public.todos", "delete every row of todos", Loss.ROWS, "todos", ""),
        ("update todos set a = 1", "change todos.a in every row", Loss.COLUMN, "todos", "a"),
        ("alter table todos drop column a", "drop column todos.a", Loss.COLUMN, "todos", "a"),
        ("alter table todos alter a type int", "change the type of todos.a", Loss.VALUES, "todos", "a"),
        ("alter table todos alter a set not null", "set not null on todos.a", Loss.WRITES, "todos", "a"),
        (
            "alter table todos add a int not null",
            "add column todos.a not null without default",
            Loss.WRITES,
            "todos",
            "",
        ),
        ("alter table todos rename to tasks", "rename todos to tasks", Loss.NAME, "todos", ""),
        ("alter table todos rename a to b", "rename todos.a to b", Loss.NAME, "todos", "a"),
    ],
)
def test_destructive_steps_are_found(sql: str, what: str, loss: Loss, table: str, column: str) -> None:
    (change,) = destructive(statement(f"\n{sql}"))
    assert (change.what, change.loss, change.table, change.column) == (what, loss, table, column)
    assert change.line == 2


@pytest.mark.parametrize(
    "sql",
    [
        "drop policy p on todos",
        "drop index i",
        "drop trigger t on todos",
        "delete from todos where a = 1",
        "update todos set a = b from other where other.id = todos.id",
        "alter table todos add a int",
        "alter table todos add a int not null default 0",
        "alter table todos add a int generated always as identity",
        "alter table todos add a bigserial primary key",
        "alter table todos rename constraint a to b",
        "alter policy p on todos rename to q",
    ],
)
def test_steps_that_lose_nothing_are_none(sql: str) -> None:
    assert destructive(statement(sql)) == []


def test_each_step_of_a_statement_is_named() -> None:
    steps = destructive(statement("alter table t drop column a, alter b type int, add c int"))
    assert [step.column for step in steps] == ["a", "b"]


def test_making_things_is_not_destructive() -> None:
    made = [
        one for one in migration(ORDINARY).statements if one.text.startswith(("create", "insert", "grant"))
    ]
    assert [change for one in made for change in destructive(one)] == []
