"""Function tools as the API takes them; its hosted tools are unknown to the simulator."""

import re
from collections.abc import Sequence
from typing import Any

from dev.simulator.wire.errors import ApiError, invalid
from dev.simulator.wire.openai.refusals import fields, one_of, typed, wrong_value

MOST_TOOLS = 128
_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_OPTIONAL = (
    "description",
    "strict",
    "parameters",
    "allowed_callers",
    "defer_loading",
    "output_schema",
    "async",
)


def validate_tools(tools: Sequence[Any]) -> None:
    if len(tools) > MOST_TOOLS:
        raise invalid(
            f"Invalid 'tools': array too long. Expected an array with maximum length {MOST_TOOLS}, but got "
            f"an array with length {len(tools)} instead.",
            "tools",
            "array_above_max_length",
        )
    for index, tool in enumerate(tools):
        where = f"tools[{index}]"
        typed(tool, dict, where)
        one_of(tool.get("type", ""), ("function",), f"{where}.type")
        fields(tool, {"type": str, "name": str}, _OPTIONAL, where)
        if not _NAME.match(tool["name"]):
            raise invalid(
                f"Invalid '{where}.name': string does not match pattern. Expected a string that matches the "
                f"pattern '{_NAME.pattern}'.",
                f"{where}.name",
                "invalid_value",
            )
        _validate_schema(tool, where)


def validate_choice(choice: Any, tools: Sequence[dict[str, Any]]) -> None:
    if choice is None:
        return
    if isinstance(choice, str):
        one_of(choice, ("none", "auto", "required"), "tool_choice")
        return
    typed(choice, dict, "tool_choice")
    if choice.get("type") == "allowed_tools":
        fields(choice, {"type": str, "mode": str, "tools": list}, (), "tool_choice")
        return
    if choice.get("type") != "function":
        raise wrong_value("tool_choice.type", choice.get("type"), ("function", "allowed_tools"))
    fields(choice, {"type": str, "name": str}, (), "tool_choice")
    if choice["name"] not in {tool["name"] for tool in tools}:
        raise invalid(f"Tool choice '{choice['name']}' not found in 'tools' parameter.", "tool_choice")


def _validate_schema(tool: dict[str, Any], where: str) -> None:
    schema = tool.get("parameters")
    if schema is None:
        return
    typed(schema, dict, f"{where}.parameters")
    if schema.get("type") != "object":
        found = schema.get("type")
        raise _bad_schema(
            tool, where, f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{found}\"'"
        )
    if tool.get("strict"):
        _validate_strict(tool, where, schema, ())


def _validate_strict(tool: dict[str, Any], where: str, schema: Any, path: tuple[str, ...]) -> None:
    """With strict: true every object names all its properties as required and takes no others."""
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            raise _bad_schema(
                tool,
                where,
                f"In context={path}, 'additionalProperties' is required to be supplied and to be false",
            )
        properties = schema.get("properties") or {}
        if absent := [name for name in properties if name not in (schema.get("required") or [])]:
            raise _bad_schema(
                tool,
                where,
                f"In context={path}, 'required' is required to be supplied and to be an array including "
                f"every key in properties. Missing '{absent[0]}'",
            )
        for name, inner in properties.items():
            _validate_strict(tool, where, inner, (*path, "properties", name))
    _validate_strict(tool, where, schema.get("items"), (*path, "items"))


def _bad_schema(tool: dict[str, Any], where: str, why: str) -> ApiError:
    return invalid(
        f"Invalid schema for function '{tool['name']}': {why}.",
        f"{where}.parameters",
        "invalid_function_parameters",
    )
