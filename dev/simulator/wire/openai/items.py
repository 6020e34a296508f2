"""Input items: their form, the pairs they come in, and that reasoning comes back as it was."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dev.simulator.wire.errors import ApiError, invalid
from dev.simulator.wire.openai.identity import reasoning_before, seal
from dev.simulator.wire.openai.images import MAX_IMAGES, validate_image
from dev.simulator.wire.openai.refusals import fields, identified, not_longer, one_of, typed, wrong_value

MOST_CHARACTERS = 10_485_760
MOST_ITEMS = 10_000
_ID_LENGTH = 64
_NAME_LENGTH = 128
_STATUSES = ("in_progress", "completed", "incomplete")
_ROLES = ("assistant", "system", "developer", "user")


def validate_input(value: Any, *, stored: bool) -> None:
    """Raises ApiError; `stored`: whether the vendor was to keep what it answered."""
    if isinstance(value, str):
        not_longer(value, MOST_CHARACTERS, "input")
        return
    typed(value, list, "input")
    if len(value) > MOST_ITEMS:
        raise invalid("Invalid 'input': array too long.", "input", "array_above_max_length")
    for index, item in enumerate(value):
        where = f"input[{index}]"
        typed(item, dict, where)
        kind = kind_of(item)
        if kind not in _VALIDATE:
            raise wrong_value(where, kind, _VALIDATE)
        _VALIDATE[kind](item, where)
        if item.get("status") is not None:
            one_of(item["status"], _STATUSES, f"{where}.status")
    if sum(part["type"] == "input_image" for part in parts_of(value)) > MAX_IMAGES:
        raise invalid(f"Too many images: at most {MAX_IMAGES} are allowed.", "input")
    _validate_reasoning(value, stored=stored)
    _validate_pairs(value)


def kind_of(item: dict[str, Any]) -> str:
    return str(item.get("type") or ("message" if "role" in item else ""))


def parts_of(items: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The parts of all messages and outputs that come in parts."""
    for item in items:
        content = item.get("content", item.get("output"))
        if isinstance(content, list) and kind_of(item) != "reasoning":
            yield from content


def _message(item: dict[str, Any], where: str) -> None:
    fields(item, {"role": str}, ("type", "id", "content", "status", "phase"), where)
    one_of(item["role"], _ROLES, f"{where}.role")
    identified(item.get("id"), "msg", f"{where}.id")
    own = ("output_text", "refusal")
    _content(item.get("content"), own if item["role"] == "assistant" else _INPUT_PARTS, f"{where}.content")


_INPUT_PARTS = ("input_text", "input_image", "input_file")


def _content(content: Any, kinds: Sequence[str], where: str) -> None:
    if isinstance(content, str):
        not_longer(content, MOST_CHARACTERS, where)
        return
    typed(content, list, where)
    for index, part in enumerate(content):
        inner = f"{where}[{index}]"
        typed(part, dict, inner)
        one_of(part.get("type", ""), kinds, inner)
        if part["type"] == "input_image":
            validate_image(part, inner)
        elif part["type"] == "input_file":
            raise invalid("The simulator reads no files.", inner)
        else:
            name = "refusal" if part["type"] == "refusal" else "text"
            extra = ("annotations", "logprobs", "prompt_cache_breakpoint")
            fields(part, {"type": str, name: str}, extra, inner)
            not_longer(part[name], MOST_CHARACTERS, f"{inner}.{name}")


def _call(item: dict[str, Any], where: str) -> None:
    required = {"type": str, "call_id": str, "name": str, "arguments": str}
    fields(item, required, ("id", "status", "namespace", "caller", "async"), where)
    identified(item.get("id"), "fc", f"{where}.id")
    not_longer(item["call_id"], _ID_LENGTH, f"{where}.call_id")
    not_longer(item["name"], _NAME_LENGTH, f"{where}.name")
    not_longer(item["arguments"], MOST_CHARACTERS, f"{where}.arguments")


def _output(item: dict[str, Any], where: str) -> None:
    optional = ("id", "status", "output", "name", "namespace", "caller")
    fields(item, {"type": str, "call_id": str}, optional, where)
    identified(item.get("id"), "fc", f"{where}.id")
    not_longer(item["call_id"], _ID_LENGTH, f"{where}.call_id")
    _content(item.get("output"), _INPUT_PARTS, f"{where}.output")


def _reasoning(item: dict[str, Any], where: str) -> None:
    fields(item, {"type": str, "id": str, "summary": list}, ("content", "encrypted_content", "status"), where)
    identified(item["id"], "rs", f"{where}.id")
    for index, part in enumerate(item["summary"]):
        fields(part, {"type": str, "text": str}, (), f"{where}.summary[{index}]")


_VALIDATE: dict[str, Callable[[dict[str, Any], str], None]] = {
    "message": _message,
    "function_call": _call,
    "function_call_output": _output,
    "reasoning": _reasoning,
}


def _validate_reasoning(items: Sequence[dict[str, Any]], *, stored: bool) -> None:
    """Reasoning comes back unchanged, before what followed it; what followed it, with it."""
    for index, item in enumerate(items):
        if kind_of(item) == "reasoning":
            _validate_sealed(item, stored=stored)
            following = items[index + 1] if index + 1 < len(items) else {}
            if kind_of(following) != "function_call" and following.get("role") != "assistant":
                raise invalid(
                    f"Item '{item['id']}' of type 'reasoning' was provided without its required following "
                    "item.",
                    "input",
                )
        elif expected := reasoning_before(item.get("id")):
            before = items[index - 1] if index else {}
            if before.get("id") != expected:
                raise invalid(
                    f"Item '{item['id']}' of type '{kind_of(item)}' was provided without its required "
                    f"'reasoning' item: '{expected}'.",
                    "input",
                )


def _validate_sealed(item: dict[str, Any], *, stored: bool) -> None:
    sealed = item.get("encrypted_content")
    if sealed is None:
        kept = "" if stored else " Items are not persisted when `store` is set to false."
        raise ApiError("not_found_error", f"Item with id '{item['id']}' not found.{kept}", param="input")
    if sealed != seal(item["id"], [part["text"] for part in item["summary"]]):
        raise invalid(
            f"The encrypted content for item {item['id']} could not be verified.",
            None,
            "invalid_encrypted_content",
        )


def _validate_pairs(items: Sequence[dict[str, Any]]) -> None:
    """Every call before its output, every output after its call."""
    called: set[str] = set()
    answered: set[str] = set()
    for item in items:
        if kind_of(item) == "function_call":
            called.add(item["call_id"])
        elif kind_of(item) == "function_call_output":
            if item["call_id"] not in called:
                raise invalid(
                    f"No tool call found for function call output with call_id {item['call_id']}.", "input"
                )
            if item["call_id"] in answered:
                raise invalid(f"Duplicate function call output for call_id {item['call_id']}.", "input")
            answered.add(item["call_id"])
    for item in items:
        if kind_of(item) == "function_call" and item["call_id"] not in answered:
            raise invalid(f"No tool output found for function call {item['call_id']}.", "input")
