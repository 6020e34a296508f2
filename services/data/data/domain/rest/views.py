"""Finds which column of a table a view's column is, so that the table's foreign keys hold for the view."""

from collections.abc import Iterable, Iterator, Mapping
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


def inherited(
    keys: tuple[ForeignKey, ...], views: Mapping[str, Mapping[str, Origin]]
) -> tuple[ForeignKey, ...]:
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


def _sources(clause: Iterable[ast.Node | None], schema: str) -> Iterator[Origin]:
    """The relations of a FROM after the names that columns are qualified with."""
    for node in clause:
        if isinstance(node, ast.RangeVar) and node.relname and node.schemaname == schema:
            yield (node.alias and node.alias.aliasname) or node.relname, node.relname
        elif isinstance(node, ast.JoinExpr) and node.alias is None:
            yield from _sources((node.larg, node.rarg), schema)
        else:
            yield "", ""  # something else: a bare column is then not known to be of the only relation


def _origin(value: ast.Node | None, sources: Mapping[str, str]) -> Origin | None:
    names = [part.sval or "" for part in _parts(value) if isinstance(part, ast.String)]
    if not names or len(names) != len(_parts(value)):
        return None
    if len(names) == 1:
        table = next(iter(sources.values())) if len(sources) == 1 else None
    else:
        table = sources.get(names[-2])
    return (table, names[-1]) if table else None


def _parts(value: ast.Node | None) -> tuple[ast.Node, ...]:
    return (value.fields or ()) if isinstance(value, ast.ColumnRef) else ()


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
