"""Refuses requests that the real Messages API refuses, with messages close to its own."""

import re
from itertools import pairwise
from typing import Any

from dev.simulator.wire.anthropic.blocks import blocks_of, validate_block, validate_media
from dev.simulator.wire.anthropic.caching import validate_caching
from dev.simulator.wire.anthropic.thinking import most_tokens, validate_thinking
from dev.simulator.wire.errors import ApiError, invalid

_TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_FIELDS = frozenset(
    {
        "cache_control", "container", "context_management", "inference_geo", "max_tokens", "messages",
        "metadata", "model", "output_config", "service_tier", "stop_sequences", "stream", "system",
        "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p",
    }
)  # fmt: skip


def validate(body: Any) -> dict[str, Any]:
    """The request body, or ApiError."""
    if not isinstance(body, dict):
        raise invalid("The request body is not valid JSON: expected an object")
    _validate_model(body)
    _validate_parameters(body)
    _validate_tools(body)
    _validate_system(body.get("system"))
    _validate_messages(body)
    validate_media(body["messages"])
    validate_caching(body)
    return body


def _validate_model(body: dict[str, Any]) -> None:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise invalid("model: Field required")
    if not model.startswith("claude-"):
        raise ApiError("not_found_error", f"model: {model}")


def _validate_parameters(body: dict[str, Any]) -> None:
    for name in sorted(body.keys() - _FIELDS):
        raise invalid(f"{name}: Extra inputs are not permitted")
    limit = body.get("max_tokens")
    if limit is None:
        raise invalid("max_tokens: Field required")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise invalid("max_tokens: Input should be an integer greater than or equal to 1")
    most = most_tokens(body["model"])
    if limit > most:
        raise invalid(
            f"max_tokens: {limit} > {most}, which is the maximum allowed number of output tokens for "
            f"{body['model']}"
        )
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
    tools = body.get("tools") or []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise invalid("tools: Input should be a valid list")
    for index, tool in enumerate(tools):
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


def _validate_system(system: Any) -> None:
    if system is None or isinstance(system, str):
        return
    if not isinstance(system, list):
        raise invalid("system: Input should be a valid string or list")
    for index, block in enumerate(system):
        if (
            not isinstance(block, dict)
            or block.get("type") != "text"
            or not isinstance(block.get("text"), str)
        ):
            raise invalid(f"system.{index}.type: Input should be 'text'")


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
        validate_block(f"messages.{index}.content.{position}", message["role"], block)


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
