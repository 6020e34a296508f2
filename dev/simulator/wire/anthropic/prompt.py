"""The meaning of a valid request: its prompt in pieces, pictures counted by their size."""

from typing import Any

from dev.simulator.wire.anthropic.blocks import blocks_of, picture_size
from dev.simulator.wire.anthropic.thinking import shows_thinking
from dev.simulator.wire.images import Size
from dev.simulator.wire.prompt import Prompt, Segment, canonical, estimate

_LONGEST_SIDE = 1568  # pixels; larger pictures are scaled down
_PIXELS_PER_TOKEN = 750
_MOST_IMAGE_TOKENS = 1600


def prompt_of(body: dict[str, Any]) -> Prompt:
    tools = body.get("tools") or []
    return Prompt(
        body=body,
        model=body["model"],
        messages=body["messages"],
        segments=_segments(body),
        scope=canonical([body["model"], body.get("tool_choice"), body.get("thinking")]),
        max_tokens=body["max_tokens"],
        has_tools=bool(tools),
        stream=bool(body.get("stream")),
        eager=frozenset(tool["name"] for tool in tools if tool.get("eager_input_streaming")),
        shows_thinking=shows_thinking(body),
    )


def image_tokens(size: Size) -> int:
    width, height = size
    scale = min(1.0, _LONGEST_SIDE / max(width, height))
    return min(_MOST_IMAGE_TOKENS, max(1, round(width * scale * height * scale / _PIXELS_PER_TOKEN)))


def _segments(body: dict[str, Any]) -> list[Segment]:
    found = [_segment("tools", tool) for tool in body.get("tools") or []]
    system = body.get("system")
    if isinstance(system, str):
        system = [{"type": "text", "text": system}]
    found += [_segment("system", block) for block in system or []]
    for message in body["messages"]:
        found += [_segment(message["role"], block) for block in blocks_of(message)]
    if control := body.get("cache_control"):
        found[-1] = Segment(found[-1].text, found[-1].tokens, control.get("ttl") or "5m")
    return found


def _segment(role: str, block: dict[str, Any]) -> Segment:
    plain = {key: value for key, value in block.items() if key != "cache_control"}
    text = canonical(plain)
    tokens = estimate(text)
    for image in _images(block):
        data = len(image["source"]["data"])
        tokens += image_tokens(picture_size(image["source"])) - data // 4
    control = block.get("cache_control")
    return Segment(f"{role}\0{text}", max(1, tokens), (control.get("ttl") or "5m") if control else None)


def _images(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block.get("type") == "image":
        return [block]
    content = block.get("content") if block.get("type") == "tool_result" else None
    return [part for part in content if part["type"] == "image"] if isinstance(content, list) else []
