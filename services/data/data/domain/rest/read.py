"""Renders what is selected: columns, aggregates and embedded resources, at every level alike."""

from dataclasses import dataclass, replace

from data.domain.rest.casts import cast_type
from data.domain.rest.conditions import render_conditions, render_order
from data.domain.rest.embed import Join, joined
from data.domain.rest.errors import not_embedded, too_much_embedded
from data.domain.rest.sql import ROWS, Scope, quoted
from data.domain.rest.syntax import Aggregate, Column, Embed, Everything, Field, Item, Path, Query, Window

_LONGEST = 1_000_000
"""Characters of SQL for the resources of one level: `*` stands for all columns, however often it is there."""


@dataclass(slots=True)
class Output:
    """An expression under its name; `aggregate` is what is made of all its values, at `%s`."""

    sql: str
    name: str
    json: bool = False
    aggregate: str | None = None

    def value(self) -> str:
        return self.aggregate.replace("%s", self.sql) if self.aggregate else self.sql


@dataclass(slots=True)
class Selection:
    """The parts of one level's SELECT."""

    source: str
    outputs: list[Output]
    joins: list[Join]
    conditions: list[str]
    order: str
    window: Window
    aggregated: bool = False
    starred: bool = False
    """Has all columns already: a second `*` would say nothing more, and 200 times as much."""
    everything: str | None = None
    """Selects all of rows whose columns nobody knows."""

    def rows(self, *, limited: bool = True) -> str:
        """The rows, in their order."""
        parts = [self.everything] if self.everything else []
        parts += [f"{self._value(one)} AS {quoted(one.name)}" for one in self.outputs]
        text = f"SELECT {', '.join(parts)} FROM {self._from(self.joins)}"
        if self.aggregated:
            keys = [self._value(one) for one in self.outputs if one.aggregate is None]
            text += f" GROUP BY {', '.join(keys)}" if keys else ""
        return text + self.order + (window_sql(self.window) if limited else "")

    def counted(self) -> str:
        """A query of one row per row there is, whatever the window."""
        if self.aggregated:
            return self.rows(limited=False)
        return f"SELECT 1 FROM {self._from([join for join in self.joins if join.needed])}"

    def _value(self, one: Output) -> str:
        # Documents are compared as jsonb: json has no equality to group by.
        as_key = one.json and self.aggregated and one.aggregate is None
        return f"({one.sql})::jsonb" if as_key else one.value()

    def _from(self, joins: list[Join]) -> str:
        text = self.source + "".join(join.sql for join in joins)
        return text + (f" WHERE {' AND '.join(self.conditions)}" if self.conditions else "")


def window_sql(window: Window) -> str:
    limit = "" if window.limit is None else f" LIMIT {window.limit}"
    return limit + (f" OFFSET {window.offset}" if window.offset else "")


def select(scope: Scope, source: str, query: Query, max_rows: int) -> Selection:
    """The whole selection of a request; `max_rows` caps every level."""
    return _level(scope, source, [], query.select, anchored(query), max_rows)


def anchored(query: Query) -> Query:
    """The query with every path in the names under which the resources are embedded; PGRST108 for others."""

    def anchor(path: Path) -> Path:
        items, found = query.select, []
        for name in path:
            embeds = [item for item in items if isinstance(item, Embed)]
            named = [one for one in embeds if one.label == name] or [
                one for one in embeds if one.name == name
            ]
            if not named:
                raise not_embedded(name, "the resource")
            found.append(named[0].label)
            items = named[0].items
        return tuple(found)

    result = Query(select=query.select, columns=query.columns, on_conflict=query.on_conflict)
    result.arguments = query.arguments
    for path, conditions in query.conditions.items():
        result.conditions.setdefault(anchor(path), []).extend(conditions)
    result.orders = {anchor(path): order for path, order in query.orders.items()}
    result.windows = {anchor(path): window for path, window in query.windows.items()}
    return result


def _level(
    scope: Scope, source: str, matched: list[str], items: tuple[Item, ...], query: Query, max_rows: int
) -> Selection:
    window = query.windows.get(scope.path, Window())
    limit = max_rows if window.limit is None else min(window.limit, max_rows)
    selection = Selection(source, [], [], [], "", Window(limit, window.offset))
    for item in items:
        if isinstance(item, Embed):
            selection.outputs += _embedded(scope, item, selection, query, max_rows)
        elif isinstance(item, Everything):
            _everything(scope, selection)
        else:
            selection.outputs.append(_column(scope, item))
    selection.aggregated = any(one.aggregate for one in selection.outputs)
    selection.conditions = [*matched, *render_conditions(scope, query.conditions.get(scope.path, []))]
    selection.order = render_order(scope, query.orders.get(scope.path, ()))
    return selection


def _everything(scope: Scope, selection: Selection) -> None:
    if selection.starred:
        return
    selection.starred = True
    if not scope.table.columns:
        selection.everything = f"{scope.name}.*"
    selection.outputs += [Output(scope.reference(name), name) for name in scope.table.columns]


def _column(scope: Scope, item: Column) -> Output:
    if item.field is None or _counts_rows(scope, item):
        return Output("TRUE", item.alias or "count", aggregate=_cast(scope, "count(%s)", item.aggregate_cast))
    sql, kind = scope.expression(item.field)
    sql = _cast(scope, sql, item.cast)
    if item.aggregate is not None:
        aggregate = _cast(scope, f"{item.aggregate}(%s)", item.aggregate_cast)
        return Output(sql, item.alias or item.aggregate, aggregate=aggregate)
    return Output(sql, item.alias or item.field.label, json=kind == "json" and item.cast is None)


def _counts_rows(scope: Scope, item: Column) -> bool:
    """`count` alone, where no column has the name, is the number of rows: `messages(count)`."""
    plain = item.field == Field("count") and item.aggregate is None and item.cast is None
    return plain and scope.table.column(Aggregate.COUNT) is None


def _cast(scope: Scope, sql: str, kind: str | None) -> str:
    return f"CAST({sql} AS {cast_type(kind, scope.schema.name)})" if kind else sql


def _embedded(scope: Scope, item: Embed, selection: Selection, query: Query, max_rows: int) -> list[Output]:
    join = joined(scope, item)
    scope.joins.setdefault(item.label, join)
    selection.joins.append(join)
    inner = _level(join.scope, join.source, join.conditions, item.items, query, max_rows)
    join.conditions = inner.conditions
    one = join.relationship.to_one
    if one:
        inner.window = Window(1, inner.window.offset)
    on = "TRUE" if one or not item.inner else f"{join.row} IS NOT NULL"
    kind = "INNER" if item.inner else "LEFT"
    outputs, rows = _spread(join, inner) if item.spread else _nested(join, inner)
    join.sql = f" {kind} JOIN LATERAL ({rows}) AS {quoted(join.alias)} ON {on}"
    if sum(len(one.sql) for one in selection.joins) > _LONGEST:
        raise too_much_embedded()
    return outputs


def _nested(join: Join, inner: Selection) -> tuple[list[Output], str]:
    """The related rows as a document of their own."""
    one = join.relationship.to_one
    value = f"row_to_json({ROWS})" if one else f"json_agg({ROWS})"
    rows = f"SELECT {value} AS j FROM ({inner.rows()}) AS {ROWS}"
    if not inner.outputs and not inner.everything:
        return [], rows
    sql = join.row if one else f"coalesce({join.row}, '[]')"
    return [Output(sql, join.item.label, json=True)], rows


def _spread(join: Join, inner: Selection) -> tuple[list[Output], str]:
    """The related rows' columns within the row: their values, or of many rows lists of them.

    What is aggregated of a single related row is aggregated over the outer rows.
    """
    one = join.relationship.to_one
    outputs, values = [], []
    for position, output in enumerate(inner.outputs):
        column = f"c{position}"
        sql = f"{quoted(join.alias)}.{column}"
        if one:
            outputs.append(replace(output, sql=sql))
            values.append(f"{ROWS}.{column}")
            output.aggregate = None
        else:
            outputs.append(Output(f"coalesce({sql}, '[]')", output.name, json=True))
            values.append(f"json_agg({ROWS}.{column}) AS {column}")
        output.name = column
    inner.aggregated = any(output.aggregate for output in inner.outputs)
    found = "TRUE" if one else "CASE WHEN count(*) > 0 THEN TRUE END"
    return outputs, f"SELECT {', '.join([*values, f'{found} AS j'])} FROM ({inner.rows()}) AS {ROWS}"
