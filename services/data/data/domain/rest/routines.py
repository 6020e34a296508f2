"""Chooses the function that a call means, by the names of its arguments."""

from collections.abc import Sequence

from data.domain.rest.catalog import Function, Schema, closest
from data.domain.rest.errors import RestError, shortened
from data.domain.rest.payload import BYTES, TEXT

_UNNAMED = {TEXT: ("text",), BYTES: ("bytea",)}


def choose(schema: Schema, name: str, keys: Sequence[str] | None, body_type: str | None) -> Function:
    """`keys` is None for a body that is no object; `body_type` for a call without a body.

    Raises PGRST202 for none and PGRST203 for several.
    """
    candidates = _callable(schema, name)
    found = [one for one in candidates if keys is not None and _takes(one, set(keys))]
    if not found and body_type is not None:
        wanted = _UNNAMED.get(body_type, ("json", "jsonb"))
        found = [one for one in candidates if one.unnamed is not None and one.unnamed.type in wanted]
    if not found:
        raise _none(schema, name, keys, body_type)
    if len(found) > 1:
        raise _several(found)
    return found[0]


def _takes(function: Function, keys: set[str]) -> bool:
    names = {argument.name for argument in function.arguments}
    required = {argument.name for argument in function.arguments if argument.required}
    return required <= keys <= names


def _callable(schema: Schema, name: str) -> list[Function]:
    return [one for one in schema.functions.get(name, ()) if one.callable]


def _none(schema: Schema, name: str, keys: Sequence[str] | None, body_type: str | None) -> RestError:
    wanted = shortened(", ".join(shortened(key) for key in sorted(keys or ())))
    signature = f"public.{name[:200]}"
    called = f"{signature}({wanted})" if keys else f"{signature} without parameters"
    many = "s" if len(keys or ()) > 1 else ""
    searched = f"{signature} with parameter{many} {wanted}" if keys else called
    unnamed = ""
    if body_type is not None:
        kind = {TEXT: "text", BYTES: "bytea"}.get(body_type, "json/jsonb")
        unnamed = f" or with a single unnamed {kind} parameter"
    return RestError(
        404,
        "PGRST202",
        f"Could not find the function {called} in the schema cache",
        details=f"Searched for the function {searched}{unnamed}, "
        "but no matches were found in the schema cache.",
        hint=_hint(schema, name),
    )


def _hint(schema: Schema, name: str) -> str | None:
    same = _callable(schema, name)
    if same:
        return f"Perhaps you meant to call the function {_signature(same[0], types=False)}"
    like = closest(name, [other for other in schema.functions if _callable(schema, other)])
    return f"Perhaps you meant to call the function public.{like}" if like else None


def _several(found: list[Function]) -> RestError:
    ordered = sorted(found, key=lambda one: [(argument.name, argument.type) for argument in one.arguments])
    names = ", ".join(_signature(one, types=True) for one in ordered)
    return RestError(
        300,
        "PGRST203",
        f"Could not choose the best candidate function between: {names}",
        hint="Try renaming the parameters or the function itself in the database so function "
        "overloading can be resolved",
    )


def _signature(function: Function, *, types: bool) -> str:
    text = (f"{one.name} => {one.type}" if types else one.name for one in function.arguments)
    return f"public.{function.name}({', '.join(text)})"
