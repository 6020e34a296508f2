"""Input items as neutral messages, and as the pieces in which the prompt is read."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from dev.simulator.wire.openai import models
from dev.simulator.wire.openai.images import image_tokens
from dev.simulator.wire.openai.items import kind_of
from dev.simulator.wire.prompt import Prompt, Segment, canonical, estimate

_FAILED = "error: "
"""The API has no field for a call that failed: so the platform's answers to such begin."""


def prompt_of(body: dict[str, Any]) -> Prompt:
    items = body["input"]
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    reasoning = body.get("reasoning") or {}
    return Prompt(
        body=body,
        model=body["model"],
        messages=_messages(items),
        segments=_segments(body, items),
        scope=canonical([body["model"], body.get("prompt_cache_key"), reasoning.get("effort")]),
        max_tokens=body.get("max_output_tokens", models.MOST_TOKENS),
        has_tools=bool(body.get("tools")),
        stream=bool(body.get("stream")),
        eager=frozenset(tool["name"] for tool in body.get("tools") or []),
        shows_thinking=reasoning.get("summary") is not None,
    )


def _messages(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What one side says in a row is one message; what only the vendor's rules are about is left out."""
    found: list[dict[str, Any]] = []
    for item in items:
        if item.get("role") in {"system", "developer"}:
            continue
        ours = kind_of(item) in {"function_call", "reasoning"} or item.get("role") == "assistant"
        role = "assistant" if ours else "user"
        if not found or found[-1]["role"] != role:
            found.append({"role": role, "content": []})
        found[-1]["content"] += _blocks(item)
    return found or [{"role": "user", "content": []}]


def _blocks(item: dict[str, Any]) -> list[dict[str, Any]]:
    match kind_of(item):
        case "function_call":
            arguments = _arguments(item["arguments"])
            return [{"type": "tool_use", "id": item["call_id"], "name": item["name"], "input": arguments}]
        case "function_call_output":
            text = "\n".join(_texts(item["output"]))
            result = {"type": "tool_result", "tool_use_id": item["call_id"], "content": text}
            return [{**result, "is_error": text.startswith(_FAILED)}]
        case "message":
            return [{"type": "text", "text": text} for text in _texts(item["content"])]
    return []


def _arguments(raw: str) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _texts(content: str | list[dict[str, Any]]) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [str(part["text"]) for part in content if "text" in part]


def _segments(body: dict[str, Any], items: Sequence[dict[str, Any]]) -> list[Segment]:
    """Instructions, tools and items, each text in one piece, pictures by the digest of their data."""
    found = [_segment("tool", canonical(tool)) for tool in body.get("tools") or []]
    if body.get("instructions"):
        found.append(_segment("instructions", body["instructions"]))
    for item in items:
        name = "output" if kind_of(item) == "function_call_output" else "content"
        parts = item.get(name) if kind_of(item) != "reasoning" else None
        plain = (
            {key: value for key, value in item.items() if key != name} if isinstance(parts, list) else item
        )
        found.append(_segment("item", canonical(plain)))
        found += [_part(part) for part in parts] if isinstance(parts, list) else []
    return found


def _part(part: dict[str, Any]) -> Segment:
    if part["type"] != "input_image":
        return _segment("part", canonical(part))
    digest = sha256(part["image_url"].encode()).hexdigest()
    return Segment(f"image\0{digest}", image_tokens(part))


def _segment(kind: str, text: str) -> Segment:
    return Segment(f"{kind}\0{text}", estimate(text))
