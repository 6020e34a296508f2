"""Makes of a request the one statement that answers it.

Its only row is `total` (how many rows there are, where that was asked), `returned` (how many the answer
holds, or how many were changed) and `body`, which PostgreSQL writes. Conditions on the answer as a whole are
checked within the statement, so that what does not meet them was not done.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from data.domain.rest import call as calls
from data.domain.rest import write
from data.domain.rest.catalog import Function, Schema, Table
from data.domain.rest.errors import unknown_table
from data.domain.rest.payload import Call, Payload
from data.domain.rest.preferences import Form, Preferences
from data.domain.rest.read import Selection, select, window_sql
from data.domain.rest.sql import ROWS, Params, Scope, quoted
from data.domain.rest.syntax import Column, Everything, Field, Query, Window

NOTHING = "'[]'"
_LINE = "line"

CHECKS = "overskill_rest"
"""The schema of a shard's functions that statements call; data/clients/checks.py makes them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one answer: rows of every level, and bytes."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for besides its rows."""

    form: Form = Form.ARRAY
    prefer: Preferences = field(default_factory=Preferences)
    limits: Limits = field(default_factory=lambda: Limits(1000, 32 * 1024**2))
    body: bool = True
    """Without one the rows are counted and no more."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`text` has one parameter: the array of `params`."""

    text: str
    params: list[str]


def table_of(schema: Schema, name: str) -> Table:
    table = schema.tables.get(name)
    if table is None:
        raise unknown_table(name, schema.like(name))
    return table


def read(schema: Schema, table: Table, query: Query, wish: Wish) -> Statement:
    scope = Scope(schema, table, table.name, Params())
    source = f"{quoted(schema.name)}.{quoted(table.name)} AS {scope.name}"
    selection = select(scope, source, query, wish.limits.rows)
    total = _total(scope, selection, wish)
    return _statement(scope, wish, selection.rows(), total=total)


def create(schema: Schema, table: Table, query: Query, payload: Payload, wish: Wish) -> Statement:
    conflict = write.conflict_of(table, query, wish.prefer.resolution)
    merges = conflict is not None and conflict.merge and table.is_plain

    def change(scope: Scope) -> str:
        return write.insert(scope, payload, conflict, defaults=wish.prefer.missing_default)

    headers_only = wish.prefer.representation == "headers-only"
    if headers_only:
        query = replace(query, select=tuple(Column(Field(name)) for name in table.primary_key))
    return _changed(schema, table, query, wish, change, shown=headers_only, inserts=merges)


def change(schema: Schema, table: Table, query: Query, payload: Payload, wish: Wish) -> Statement:
    def render(scope: Scope) -> str | None:
        return write.update(scope, payload, query)

    return _changed(schema, table, query, wish, render)


def remove(schema: Schema, table: Table, query: Query, wish: Wish) -> Statement:
    return _changed(schema, table, query, wish, lambda scope: write.delete(scope, query))


def invoke(schema: Schema, function: Function, query: Query, wish: Wish, given: Call | None) -> Statement:
    """Calls a function; without a body the query's arguments are its own."""
    scope = calls.call_scope(schema, function, Params())
    if given is None:
        source = calls.source_by_query(scope, function, query.arguments)
    else:
        source = calls.source_by_body(scope, function, given)
    if function.is_void:
        return _statement(scope, wish, f"SELECT 1 FROM {source}", body=_no_body("''"))
    selection = _of_call(scope, function, source, query, wish)
    value = f"{ROWS}.{calls.VALUE}" if not function.is_composite else ROWS
    body = _body(wish, value, single=not function.is_set)
    if wish.prefer.count is None:
        return _statement(scope, wish, selection.rows(), body=body)
    # A function is called once, whatever is counted.
    every = f"WITH every AS MATERIALIZED ({selection.rows(limited=False)}) "
    rows = f"SELECT * FROM every{window_sql(selection.window)}"
    return _statement(scope, wish, rows, total="(SELECT count(*) FROM every)", body=body, before=every)


def _of_call(scope: Scope, function: Function, source: str, query: Query, wish: Wish) -> Selection:
    if not function.is_composite:
        query = replace(query, select=(Everything(),))
    return select(scope, source, query, wish.limits.rows)


def _changed(
    schema: Schema,
    table: Table,
    query: Query,
    wish: Wish,
    render: Callable[[Scope], str | None],
    *,
    shown: bool = False,
    inserts: bool = False,
) -> Statement:
    """Reads the changed rows from what the change returns; with `inserts` the total is how many are new."""
    scope = Scope(schema, table, table.name, Params(), changed=True)
    rows, body = "SELECT 1 FROM source", _no_body("''")
    if shown or wish.prefer.representation == "representation":
        others = {path: conditions for path, conditions in query.conditions.items() if path}
        selection = select(
            scope, f"source AS {scope.name}", replace(query, conditions=others), wish.limits.rows
        )
        selection.window = Window()
        rows, body = selection.rows(), _body(wish, ROWS)
    returned = write.returned(scope, inserted=inserts)
    of_table = Scope(schema, table, table.name, scope.params)
    text = render(of_table)
    target = f"{quoted(schema.name)}.{quoted(table.name)} AS {scope.name}"
    source = (
        f"SELECT {returned} FROM {target} WHERE FALSE" if text is None else f"{text} RETURNING {returned}"
    )
    total = f"(SELECT count(*) FILTER (WHERE {write.INSERTED}) FROM source)" if inserts else "NULL::bigint"
    return _statement(scope, wish, rows, total=total, body=body, before=f"WITH source AS ({source}) ")


def _total(scope: Scope, selection: Selection, wish: Wish) -> str:
    if wish.prefer.count is None:
        return "NULL::bigint"
    counted = selection.counted()
    if wish.prefer.count == "exact":
        return f"(SELECT count(*) FROM ({counted}) AS {ROWS})"
    if wish.prefer.count == "planned":
        return f"{CHECKS}.planned({scope.params.add(counted)}, $1)"
    return f"{CHECKS}.estimated({scope.params.add(counted)}, $1, {wish.limits.rows})"


@dataclass(frozen=True, slots=True)
class _Body:
    """`line` is a row's document, empty where none is shown; `text` what is made of those of all rows."""

    text: str
    line: str = ""


def _no_body(text: str) -> _Body:
    return _Body(text)


def _body(wish: Wish, value: str, *, single: bool = False) -> _Body:
    if not wish.body:
        return _no_body(NOTHING)
    rows = f"json_agg({ROWS}.{_LINE})"
    if wish.form.stripped:
        rows = f"json_strip_nulls({rows})"
    if single or wish.form.single:
        return _Body(f"coalesce(({rows} -> 0)::text, 'null')", f"to_json({value})")
    return _Body(f"coalesce({rows}, '[]')::text", f"to_json({value})")


def _weighed(rows: str, body: _Body, limits: Limits) -> tuple[str, str]:
    """The rows as documents, and the sum of the bytes of those that together could be too many.

    It fails with the row that is one too many, before the next is read. OFFSET 0 keeps PostgreSQL from
    writing each document as often as it is looked at.
    """
    size = f"octet_length({ROWS}.{_LINE}::text)"
    weight = f"{CHECKS}.weight({size}, {limits.bytes}) FILTER (WHERE {size} > {limits.bytes // limits.rows})"
    return f"SELECT {body.line} AS {_LINE} FROM ({rows}) AS {ROWS} OFFSET 0", weight


def _statement(
    scope: Scope,
    wish: Wish,
    rows: str,
    *,
    total: str = "NULL::bigint",
    body: _Body | None = None,
    before: str = "",
) -> Statement:
    schema, limits = scope.schema, wish.limits
    most, body = wish.prefer.max_affected, body or _body(wish, ROWS)
    bytes_, weight = "octet_length(a.body)", ""
    if body.line:
        rows, weigh = _weighed(rows, body, limits)
        bytes_, weight = f"greatest({bytes_}, a.weight)", f", {weigh} AS weight"
    check = (
        f"{CHECKS}.accepts({scope.params.add(schema.name)}, {schema.version}, a.returned, "
        f"{bytes_}, {limits.bytes}, {wish.form.single}, {'NULL' if most is None else most})"
    )
    text = (
        f"{before}SELECT a.total, a.returned, a.body FROM (SELECT {total} AS total, count(*) AS returned, "
        f"{body.text} AS body{weight} FROM ({rows}) AS {ROWS}) AS a WHERE {check}"
    )
    return Statement(text, scope.params.values)
