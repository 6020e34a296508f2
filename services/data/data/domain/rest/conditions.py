"""Renders filters, trees of filters and orders."""

from data.domain.rest.casts import names_catalogue
from data.domain.rest.errors import RestError, not_embedded
from data.domain.rest.filters import COMPARISONS, PATTERNS, SEARCHES, STATES
from data.domain.rest.sql import Scope, array_literal
from data.domain.rest.syntax import Condition, Filter, Logic, Operation, Order, Quantifier


def render_conditions(scope: Scope, conditions: list[Condition]) -> list[str]:
    return [_condition(scope, one) for one in conditions]


def _condition(scope: Scope, condition: Condition) -> str:
    if isinstance(condition, Logic):
        parts = [_condition(scope, part) for part in condition.parts]
        joined = "(" + (" OR " if condition.any_of else " AND ").join(parts) + ")"
        return f"NOT {joined}" if condition.negated else joined
    return _filter(scope, condition)


def _filter(scope: Scope, condition: Filter) -> str:
    join = scope.joins.get(condition.field.name)
    if join is not None and not condition.field.path and condition.operation.operator == "is":
        join.needed = True
        sql = f"{join.row} IS {STATES[condition.operation.value.lower()]}"
    else:
        sql = _test(scope, *scope.expression(condition.field), condition.operation)
    return f"NOT ({sql})" if condition.operation.negated else f"({sql})"


def _test(scope: Scope, sql: str, kind: str, operation: Operation) -> str:
    if operation.operator == "is":
        return f"{sql} IS {STATES[operation.value.lower()]}"
    if operation.operator in SEARCHES:
        return _search(scope, sql, kind, operation)
    if operation.operator in PATTERNS:
        return _pattern(scope, sql, operation)
    return _comparison(scope, sql, kind, operation)


def _comparison(scope: Scope, sql: str, kind: str, operation: Operation) -> str:
    operator, params = operation.operator, scope.params
    if kind == "json":
        sql, kind = f"({sql})::jsonb", "jsonb"
    elif names_catalogue(kind):
        sql, kind = f"({sql})::text", "text"
    if operator == "in":
        return f"{sql} = ANY ({params.add(array_literal(operation.values))}::{kind}[])"
    if operator == "isdistinct":
        return f"{sql} IS DISTINCT FROM {params.add(operation.value)}::{kind}"
    value = params.add(operation.value)
    if operation.quantifier is not None:
        return f"{sql} {COMPARISONS[operator]} {operation.quantifier.upper()} ({value}::{kind}[])"
    return f"{sql} {COMPARISONS[operator]} {value}::{kind}"


def _pattern(scope: Scope, sql: str, operation: Operation) -> str:
    text = operation.value
    if operation.operator in {"like", "ilike"}:
        text = text.replace("*", "%")
    value = scope.params.add(text)
    if operation.quantifier is not None:
        value = f"{Quantifier(operation.quantifier).upper()} ({value}::text[])"
    return f"{sql} {PATTERNS[operation.operator]} {value}"


def _search(scope: Scope, sql: str, kind: str, operation: Operation) -> str:
    value = scope.params.add(operation.value)
    language = f"{scope.params.add(operation.language)}::regconfig, " if operation.language else ""
    if kind != "tsvector":
        sql = f"to_tsvector({language}{sql})"
    return f"{sql} @@ {SEARCHES[operation.operator]}({language}{value})"


def render_order(scope: Scope, order: tuple[Order, ...]) -> str:
    """`ORDER BY …`, or nothing."""
    if not order:
        return ""
    return " ORDER BY " + ", ".join(_term(scope, term) for term in order)


def _term(scope: Scope, term: Order) -> str:
    sql = _related(scope, term) if term.relation is not None else scope.expression(term.field)[0]
    nulls = "" if term.nulls_first is None else f" NULLS {'FIRST' if term.nulls_first else 'LAST'}"
    return f"{sql} {'DESC' if term.descending else 'ASC'}{nulls}"


def _related(scope: Scope, term: Order) -> str:
    name = term.relation or ""
    join = scope.joins.get(name)
    if join is None:
        raise not_embedded(name, scope.table.name)
    if not join.relationship.to_one:
        raise RestError(
            400,
            "PGRST118",
            f"A related order on '{name}' is not possible",
            details=f"'{scope.table.name}' and '{name}' do not form a many-to-one or one-to-one relationship",
        )
    inner = join.scope.expression(term.field)[0]
    return f"(SELECT {inner} FROM {join.source} WHERE {' AND '.join(join.conditions) or 'TRUE'} LIMIT 1)"
