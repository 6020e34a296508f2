"""The API's words for what is wrong with a request, and small checks that speak them."""

from collections.abc import Iterable, Mapping
from typing import Any

from dev.simulator.wire.errors import ApiError, invalid

_NAMES = {
    str: "a string", bool: "a boolean", int: "an integer", float: "a decimal", dict: "an object",
    list: "an array", type(None): "null",
}  # fmt: skip


def missing(param: str) -> ApiError:
    return invalid(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def unsupported(param: str) -> ApiError:
    return invalid(
        f"Unsupported parameter: '{param}' is not supported with this model.", param, "unsupported_parameter"
    )


def wrong_value(param: str, found: Any, known: Iterable[str]) -> ApiError:
    values = ", ".join(f"'{one}'" for one in known)
    return invalid(f"Invalid value: '{found}'. Supported values are: {values}.", param, "invalid_value")


def typed(value: Any, kind: type, param: str) -> None:
    """Whether the value is of the kind; true is no integer."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(
            f"Invalid type for '{param}': expected {_NAMES[kind]}, but got {_NAMES[type(value)]} instead.",
            param,
            "invalid_type",
        )


def one_of(value: Any, known: Iterable[str], param: str) -> None:
    typed(value, str, param)
    if value not in known:
        raise wrong_value(param, value, known)


def fields(value: Any, required: Mapping[str, type], optional: Iterable[str], param: str) -> None:
    """An object with these fields and no others; `param` is empty for the request itself."""
    if param:
        typed(value, dict, param)
    prefix = f"{param}." if param else ""
    for name in sorted(value.keys() - required.keys() - set(optional)):
        raise invalid(f"Unknown parameter: '{prefix}{name}'.", f"{prefix}{name}", "unknown_parameter")
    for name, kind in required.items():
        if value.get(name) is None:
            raise missing(f"{prefix}{name}")
        typed(value[name], kind, f"{prefix}{name}")


def not_longer(text: Any, most: int, param: str) -> None:
    typed(text, str, param)
    if len(text) > most:
        raise invalid(
            f"Invalid '{param}': string too long. Expected a string with maximum length {most}, but got a "
            f"string with length {len(text)} instead.",
            param,
            "string_above_max_length",
        )


def identified(value: Any, prefix: str, param: str) -> None:
    """An item's own id, where it has one."""
    if value is None:
        return
    not_longer(value, 64, param)
    if not value.startswith(prefix):
        raise invalid(
            f"Invalid '{param}': '{value}'. Expected an ID that begins with '{prefix}'.",
            param,
            "invalid_value",
        )
