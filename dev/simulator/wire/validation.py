"""Refuses requests that the real Messages API refuses, with messages close to its own."""

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import Any

from dev.simulator.wire.errors import ApiError, invalid
from dev.simulator.wire.thinking import validate_thinking

MAX_BREAKPOINTS = 4
_TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_BLOCK_FIELDS = {
    "text": ("text",),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
    "thinking": ("thinking", "signature"),
}

_PICTURES = {
    "image/jpeg": b"\xff\xd8",
    "image/png": b"\x89PNG",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


def signature_of(thinking: str) -> str:
    """The signature of a thinking block: proves that a replayed block is unchanged."""
    return sha256(b"thinking:" + thinking.encode()).hexdigest()


def validate(body: Any) -> dict[str, Any]:
    """The request body, or ApiError."""
    if not isinstance(body, dict):
        raise invalid("The request body is not valid JSON: expected an object")
    _validate_model(body)
    _validate_parameters(body)
    _validate_tools(body)
    _validate_messages(body)
    found = sum(1 for holder in cacheable(body) if holder.get("cache_control"))
    if found > MAX_BREAKPOINTS:
        raise invalid(
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {found}."
        )
    return body


def cacheable(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that may carry cache_control, in the order of the cached prefix."""
    yield from body.get("tools") or []
    system = body.get("system")
    if isinstance(system, list):
        yield from system
    for message in body["messages"]:
        yield from blocks_of(message)


def blocks_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _validate_model(body: dict[str, Any]) -> None:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise invalid("model: Field required")
    if not model.startswith("claude-"):
        raise ApiError("not_found_error", f"model: {model}")


def _validate_parameters(body: dict[str, Any]) -> None:
    limit = body.get("max_tokens")
    if limit is None:
        raise invalid("max_tokens: Field required")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise invalid("max_tokens: Input should be an integer greater than or equal to 1")
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            raise invalid(f"`{name}` is not supported by this model.")
    choice = body.get("tool_choice") or {}
    if choice.get("type") in {"any", "tool"}:
        raise invalid(
            "tool_choice: this model does not support forced tool use; only `auto` and `none` are accepted."
        )
    validate_thinking(body)


def _validate_tools(body: dict[str, Any]) -> None:
    seen: set[str] = set()
    for index, tool in enumerate(body.get("tools") or []):
        name = tool.get("name")
        if not isinstance(name, str) or not _TOOL_NAME.match(name):
            raise invalid(f"tools.{index}.name: String should match pattern '{_TOOL_NAME.pattern}'")
        if name in seen:
            raise invalid("tools: Tool names must be unique.")
        if not isinstance(tool.get("input_schema"), dict):
            raise invalid(f"tools.{index}.input_schema: Field required")
        if tool.get("eager_input_streaming") not in {None, True, False}:
            raise invalid(f"tools.{index}.eager_input_streaming: Input should be a valid boolean")
        seen.add(name)


def _validate_messages(body: dict[str, Any]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("messages: at least one message is required")
    for index, message in enumerate(messages):
        _validate_message(index, message)
    _validate_roles([message["role"] for message in messages])
    for index in range(len(messages)):
        _validate_tool_pairs(messages, index)
    if not body.get("tools") and any(
        b["type"] in {"tool_use", "tool_result"} for m in messages for b in blocks_of(m)
    ):
        raise invalid("Requests which include `tool_use` or `tool_result` blocks must define tools")


def _validate_message(index: int, message: Any) -> None:
    if not isinstance(message, dict) or message.get("role") not in {"user", "assistant"}:
        raise invalid(f"messages.{index}.role: Input should be 'user' or 'assistant'")
    content = message.get("content")
    if not isinstance(content, str | list):
        raise invalid(f"messages.{index}.content: Input should be a valid string or list")
    if not content:
        raise invalid(f"messages.{index}: all messages must have non-empty content")
    for position, block in enumerate(blocks_of(message)):
        _validate_block(f"messages.{index}.content.{position}", message["role"], block)


def _validate_block(where: str, role: str, block: Any) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _BLOCK_FIELDS:
        raise invalid(f"{where}.type: Input tag {kind!r} is not one of {', '.join(_BLOCK_FIELDS)}")
    for name in _BLOCK_FIELDS[kind]:
        if name not in block:
            raise invalid(f"{where}.{kind}.{name}: Field required")
    if role != ("user" if kind == "tool_result" else "assistant") and kind != "text":
        raise invalid(f"{where}: `{kind}` blocks are not allowed in {role} messages")
    if kind == "text" and not str(block["text"]).strip():
        raise invalid(f"{where}: text content blocks must contain non-whitespace text")
    if kind == "tool_result":
        _validate_result(where, block.get("content", ""))
    if kind == "tool_use" and not isinstance(block["input"], dict):
        raise invalid(f"{where}.tool_use.input: Input should be a valid dictionary")
    if kind == "thinking" and block["signature"] != signature_of(block["thinking"]):
        raise invalid(f"{where}: Invalid `signature` in `thinking` block")


def _validate_result(where: str, content: Any) -> None:
    parts = [] if isinstance(content, str) else content
    for position, part in enumerate(parts):
        inner = f"{where}.tool_result.content.{position}"
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "image":
            _validate_image(inner, part.get("source"))
        elif kind != "text" or not str(part.get("text", "")).strip():
            raise invalid(f"{inner}: text content blocks must contain non-whitespace text")


def _validate_image(where: str, source: Any) -> None:
    if not isinstance(source, dict) or source.get("type") != "base64":
        raise invalid(f"{where}.image.source.type: Input should be 'base64'")
    media_type = source.get("media_type")
    if media_type not in _PICTURES:
        raise invalid(
            f"{where}.image.source.base64.media_type: Input should be one of {', '.join(_PICTURES)}"
        )
    try:
        data = base64.b64decode(source.get("data", ""), validate=True)
    except ValueError:
        raise invalid(f"{where}.image.source.base64: invalid base64 data") from None
    if not data.startswith(_PICTURES[media_type]):
        raise invalid(f"{where}.image.source.base64.data: Could not process image")


def _validate_roles(roles: list[str]) -> None:
    if roles[0] != "user":
        raise invalid('messages: first message must use the "user" role')
    for before, after in pairwise(roles):
        if before == after:
            raise invalid(
                'messages: roles must alternate between "user" and "assistant", '
                f'but found multiple "{after}" roles in a row'
            )
    if roles[-1] != "user":
        raise invalid(
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )


def _validate_tool_pairs(messages: list[dict[str, Any]], index: int) -> None:
    """Every tool_use is answered first thing in the next message, every answer has its call."""
    blocks = blocks_of(messages[index])
    calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
    following = blocks_of(messages[index + 1]) if index + 1 < len(messages) else []
    lead = _leading_results(following)
    missing = [call for call in calls if call not in lead]
    if missing:
        raise invalid(
            f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block "
            "in the next message."
        )
    previous = blocks_of(messages[index - 1]) if index else []
    known = {block["id"] for block in previous if block["type"] == "tool_use"}
    answers = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    for position, block in enumerate(blocks):
        if block["type"] == "tool_result" and block["tool_use_id"] not in known:
            raise invalid(
                f"messages.{index}.content.{position}: unexpected `tool_use_id` found in `tool_result` "
                f"blocks: {block['tool_use_id']}. Each `tool_result` block must have a corresponding "
                "`tool_use` block in the previous message."
            )
    if len(answers) != len(set(answers)):
        raise invalid(
            f"messages.{index}: each tool_use must have a single result. Found multiple `tool_result` blocks"
        )


def _leading_results(blocks: list[dict[str, Any]]) -> set[str]:
    lead: set[str] = set()
    for block in blocks:
        if block["type"] != "tool_result":
            break
        lead.add(block["tool_use_id"])
    return lead
