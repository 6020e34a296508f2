"""Content blocks as the Messages API takes them."""

import binascii
from collections.abc import Iterator
from typing import Any

from dev.simulator.wire.errors import invalid
from dev.simulator.wire.images import MEDIA_TYPES, Size, decoded, size_of

MAX_IMAGES = 100
MAX_IMAGE_BYTES = 5 * 1024 * 1024  # of its base64
MAX_SIDE = 8000  # pixels
MANY_IMAGES = 20  # beyond so many in a request each may be as large as
MAX_SIDE_OF_MANY = 2000
_FIELDS = {
    "text": ("text",),
    "image": ("source",),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
    "thinking": ("thinking", "signature"),
}
_ROLE = {"tool_use": "assistant", "thinking": "assistant", "tool_result": "user", "image": "user"}


def blocks_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def validate_block(where: str, role: str, block: Any) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _FIELDS:
        raise invalid(f"{where}.type: Input tag {kind!r} is not one of {', '.join(_FIELDS)}")
    for name in _FIELDS[kind]:
        if name not in block:
            raise invalid(f"{where}.{kind}.{name}: Field required")
    if role != _ROLE.get(kind, role):
        raise invalid(f"{where}: `{kind}` blocks are not allowed in {role} messages")
    if kind == "text" and not str(block["text"]).strip():
        raise invalid(f"{where}: text content blocks must contain non-whitespace text")
    if kind == "image":
        _validate_image(where, block["source"])
    if kind == "tool_result":
        _validate_result(where, block.get("content", ""))
    if kind == "tool_use" and not isinstance(block["input"], dict):
        raise invalid(f"{where}.tool_use.input: Input should be a valid dictionary")
    if kind == "thinking" and "cache_control" in block:
        raise invalid(f"{where}.thinking.cache_control: Extra inputs are not permitted")


def validate_media(messages: list[dict[str, Any]]) -> None:
    """How many pictures there are, and how large they may be then."""
    sizes = [picture_size(source) for source in _sources(messages)]
    if len(sizes) > MAX_IMAGES:
        raise invalid(f"Too much media: 0 document pages + {len(sizes)} images > {MAX_IMAGES}")
    many = len(sizes) > MANY_IMAGES
    largest = MAX_SIDE_OF_MANY if many else MAX_SIDE
    if any(max(size) > largest for size in sizes):
        kind = " for many-image requests" if many else ""
        raise invalid(f"At least one of the image dimensions exceed max allowed size{kind}: {largest} pixels")


def picture_size(source: dict[str, Any]) -> Size:
    """Of a picture that was found valid."""
    return _size(source) or (1, 1)


def _size(source: dict[str, Any]) -> Size | None:
    """Headers are at the front: the rest of a large picture need not be read again."""
    try:
        return size_of(binascii.a2b_base64(source["data"][:_HEAD]), source["media_type"])
    except binascii.Error:
        return None


_HEAD = 1 << 20


def _sources(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for message in messages:
        for block in blocks_of(message):
            content = block.get("content") if block["type"] == "tool_result" else [block]
            for part in content if isinstance(content, list) else []:
                if part["type"] == "image":
                    yield part["source"]


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
    inner = f"{where}.image.source.base64"
    if source.get("media_type") not in MEDIA_TYPES:
        raise invalid(f"{inner}.media_type: Input should be one of {', '.join(MEDIA_TYPES)}")
    data = decoded(source.get("data"))
    if data is None:
        raise invalid(f"{inner}: invalid base64 data")
    if len(source["data"]) > MAX_IMAGE_BYTES:
        raise invalid(
            f"{inner}: image exceeds 5 MB maximum: {len(source['data'])} bytes > {MAX_IMAGE_BYTES} bytes"
        )
    if size_of(data, source["media_type"]) is None:
        raise invalid(f"{inner}.data: Could not process image")
