"""Renders the call of a function as the place that rows come from."""

from collections.abc import Mapping

from data.domain.rest.catalog import Argument, Function, Schema, Table
from data.domain.rest.payload import Call
from data.domain.rest.sql import Params, Scope, array_literal, quoted

_ARGUMENTS = "overskill_arguments"
VALUE = "overskill_value"
"""The column of a function's answer that is no row."""


def call_scope(schema: Schema, function: Function, params: Params) -> Scope:
    """What a request can say of the rows that the function answers."""
    table = schema.tables.get(function.table) if function.table is not None else None
    return Scope(schema, table or Table(function.name, function.columns), function.name, params)


def source_by_query(scope: Scope, function: Function, arguments: Mapping[str, list[str]]) -> str:
    """With arguments that are texts, of a query string or a form."""
    given = [one for one in function.arguments if one.name in arguments]
    values = (_by_text(scope, one, arguments[one.name]) for one in given)
    return _called(scope, function, ", ".join(values))


def source_by_body(scope: Scope, function: Function, call: Call) -> str:
    """With arguments that are members of a JSON object, or with the body as the only one."""
    text = scope.params.add(call.text)
    unnamed = function.unnamed
    if unnamed is not None and (unnamed.type in {"json", "jsonb"} or call.keys is None):
        return _called(scope, function, f"{text}::{unnamed.type}")
    if unnamed is not None:
        value = f"({text}::json ->> '')::{unnamed.type}" if call.keys else ""
        return _called(scope, function, value)
    given = [one for one in function.arguments if one.name in (call.keys or ())]
    if not given:
        return _called(scope, function, "")
    typed = ", ".join(f"{quoted(one.name)} {one.type}" for one in given)
    arguments = quoted(_ARGUMENTS)
    values = ", ".join(f"{_named(one)} {arguments}.{quoted(one.name)}" for one in given)
    called = _called(scope, function, values)
    return f"json_to_record({text}::json) AS {arguments}({typed}) CROSS JOIN LATERAL {called}"


def _by_text(scope: Scope, argument: Argument, values: list[str]) -> str:
    listed = argument.variadic and not (len(values) == 1 and values[0].startswith("{"))
    text = array_literal(values) if listed else values[-1]
    return f"{_named(argument)} {scope.params.add(text)}::{argument.type}"


def _named(argument: Argument) -> str:
    name = f"{quoted(argument.name)} :=" if argument.name else ""
    return f"VARIADIC {name}" if argument.variadic else name


def _called(scope: Scope, function: Function, arguments: str) -> str:
    call = f"{quoted(scope.schema.name)}.{quoted(function.name)}({arguments}) AS {scope.name}"
    return call if function.is_composite else f"{call}({quoted(VALUE)})"
