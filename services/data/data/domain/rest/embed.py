"""Joins the rows of related tables to a row."""

from dataclasses import dataclass

from data.domain.rest.catalog import Table
from data.domain.rest.relationships import Relationship, find
from data.domain.rest.sql import Scope, quoted
from data.domain.rest.syntax import Embed


@dataclass(slots=True)
class Join:
    """A related table within a row's query.

    `source` and `conditions` say where its rows come from; `row` is the expression that is null without any;
    `needed` whether the number of the outer rows depends on it.
    """

    item: Embed
    relationship: Relationship
    scope: Scope
    source: str
    conditions: list[str]
    alias: str
    needed: bool = False
    sql: str = ""

    @property
    def row(self) -> str:
        return f"{quoted(self.alias)}.j"


def joined(scope: Scope, item: Embed) -> Join:
    """How the embedded resource hangs together with the scope's table."""
    one = find(scope.schema, scope.table.name, item.name, item.hint)
    table = scope.schema.tables[one.foreign]
    inner = Scope(
        scope.schema,
        table,
        scope.inner_alias(one.function.name if one.function else table.name),
        scope.params,
        path=(*scope.path, item.label),
        outer=(*scope.outer, scope.alias),
    )
    source, conditions = _source(scope, inner, one, table)
    alias = f"{scope.alias}_{item.label}_{len(inner.path)}"
    return Join(item, one, inner, source, conditions, alias, needed=item.inner)


def _source(scope: Scope, inner: Scope, one: Relationship, table: Table) -> tuple[str, list[str]]:
    schema = quoted(scope.schema.name)
    if one.function is not None:
        return f"{schema}.{quoted(one.function.name)}({scope.whole_row()}) AS {inner.name}", []
    key, far = one.key, one.through
    assert key is not None  # noqa: S101  # what is no function is a foreign key
    source = f"{schema}.{quoted(table.name)} AS {inner.name}"
    near = one.columns()
    if far is None:
        theirs = key.foreign_columns if one.outgoing else key.columns
        return source, _equal(scope, near, inner.name, theirs)
    between = quoted(f"{inner.alias}_{key.table}")
    matched = " AND ".join(
        f"{between}.{quoted(ours)} = {inner.name}.{quoted(theirs)}"
        for ours, theirs in zip(far.columns, far.foreign_columns, strict=True)
    )
    source += f" JOIN {schema}.{quoted(key.table)} AS {between} ON {matched}"
    return source, _equal(scope, near, between, key.columns)


def _equal(scope: Scope, ours: tuple[str, ...], other: str, theirs: tuple[str, ...]) -> list[str]:
    return [
        f"{other}.{quoted(their)} = {scope.reference(our)}" for our, their in zip(ours, theirs, strict=True)
    ]
