"""Finds which column of a table a view's column is, so that the table's foreign keys hold for the view."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from pglast import ast, parse_sql
from pglast.parser import ParseError

from data.domain.rest.catalog import ForeignKey

Origin = tuple[str, str]
"""A table's name and its column's."""

_DEEPEST = 10


def view_columns(definition: str, schema: str, columns: Mapping[str, object]) -> dict[str, Origin]:
    """The columns of a view (as PostgreSQL prints its query) that are those of a relation of the schema."""
    try:
        statement = parse_sql(definition)[0].stmt
    except (ParseError, IndexError):
        return {}
    if not isinstance(statement, ast.SelectStmt) or not statement.targetList:
        return {}
    sources = dict(_sources(statement.fromClause or (), schema))
    found: dict[str, Origin] = {}
    for target in statement.targetList:
        origin = _origin(target.val, sources)
        if origin is not None:
            found[target.name or origin[1]] = origin
    return {name: origin for name, origin in found.items() if name in columns}


def inherited(keys: tuple[ForeignKey, ...], views: Mapping[str, Mapping[str, Origin]]) -> tuple[ForeignKey, ...]:
    """The foreign keys with those that hold for views, on either side."""
    bases = {view: _resolved(view, views) for view in views}
    found = list(keys)
    for key in keys:
        near = [(key.table, key.columns), *_same(bases, key.table, key.columns)]
        far = [(key.foreign, key.foreign_columns), *_same(bases, key.foreign, key.foreign_columns)]
        for (table, columns), (foreign, foreign_columns) in list(product(near, far))[1:]:
            found.append(
                replace(key, table=table, columns=columns, foreign=foreign, foreign_columns=foreign_columns)
            )
    return tuple(found)


def _sources(clause: tuple[ast.Node, ...], schema: str) -> Iterator[tuple[str, str]]:
    """The relations of a FROM by the names that columns are qualified with."""
    for node in clause:
        if isinstance(node, ast.RangeVar):
            if node.schemaname == schema:
                yield (node.alias.aliasname if node.alias else node.relname), node.relname
        elif isinstance(node, ast.JoinExpr) and node.alias is None:
            yield from _sources((node.larg, node.rarg), schema)
        else:
            yield "", ""  # something else: a bare column is then not known to be of the only relation


def _origin(value: ast.Node, sources: Mapping[str, str]) -> Origin | None:
    if not isinstance(value, ast.ColumnRef) or not isinstance(value.fields[-1], ast.String):
        return None
    column = value.fields[-1].sval
    if len(value.fields) == 1:
        return (next(iter(sources.values())), column) if len(sources) == 1 else None
    qualifier = value.fields[-2]
    table = sources.get(qualifier.sval) if isinstance(qualifier, ast.String) else None
    return (table, column) if table else None


def _resolved(view: str, views: Mapping[str, Mapping[str, Origin]]) -> dict[Origin, str]:
    """The view's columns by those of tables, through views of views."""
    found: dict[Origin, str] = {}
    for name, origin in views[view].items():
        at, steps = origin, 0
        while at[0] in views and steps < _DEEPEST:
            after = views[at[0]].get(at[1])
            if after is None:
                break
            at, steps = after, steps + 1
        found.setdefault(at, name)
    return found


def _same(
    bases: Mapping[str, Mapping[Origin, str]], table: str, columns: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The views that show all these columns of the table, and as what."""
    for view, names in bases.items():
        shown = [names.get((table, column)) for column in columns]
        if all(shown):
            yield view, tuple(name for name in shown if name)
