"""The body of a request to the OpenAI Responses API: the conversation as its input items."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.clients.model.protocol import Effort, ModelRequest
from orchestrator.domain.turns import OPENAI

_REASONING = re.compile(r"^(?:gpt-(?:[5-9]|\d\d)(?!.*chat)|o[1-9])")
"""OpenAI's models that reason. What local servers have is not known, and asked for no reasoning."""
_FAILED = "error: "


def parameters(request: ModelRequest, effort: Effort | None = None) -> dict[str, Any]:
    """The request's body. The vendor keeps nothing: what it has reasoned comes encrypted and goes back so."""
    reasons = _REASONING.match(request.model) is not None
    body: dict[str, Any] = {
        "model": request.model,
        "instructions": request.system,
        "input": [item for message in request.messages for item in _items(message, reasons=reasons)],
        "max_output_tokens": request.max_tokens,
        "store": False,
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body["parallel_tool_calls"] = True
    if reasons:
        body["reasoning"] = {"summary": "auto", **({"effort": effort} if effort else {})}
        body["include"] = ["reasoning.encrypted_content"]
    if "user_id" in request.metadata:
        body["prompt_cache_key"] = request.metadata["user_id"]
    return body


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Not strict: that would make every argument required."""
    return {
        "type": "function",
        "name": tool["name"],
        "description": tool.get("description"),
        "parameters": tool["input_schema"],
        "strict": False,
    }


def _items(message: Mapping[str, Any], *, reasons: bool) -> Iterator[dict[str, Any]]:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if message["role"] == "assistant":
        yield from _assistant_items(blocks, reasons=reasons)
        return
    for block in blocks:
        if block["type"] == "tool_result":
            output = _output(block.get("content") or "", failed=block.get("is_error") is True)
            yield {"type": "function_call_output", "call_id": block["tool_use_id"], "output": output}
    parts = [_part(block) for block in blocks if block["type"] != "tool_result"]
    if parts:
        yield {"type": "message", "role": "user", "content": parts}


def _assistant_items(blocks: Sequence[Mapping[str, Any]], *, reasons: bool) -> Iterator[dict[str, Any]]:
    """What the model said. Reasoning goes back word for word; another vendor's thinking is left out."""
    for block in blocks:
        match block["type"]:
            case "text":
                phase = block.get(OPENAI) or {}
                yield {"type": "message", "role": "assistant", "content": block["text"], **phase}
            case "tool_use":
                # As compact as the models write it themselves, so that the vendor's cache may know it.
                arguments = json.dumps(block["input"], ensure_ascii=False, separators=(",", ":"))
                yield {
                    "type": "function_call", "call_id": block["id"], "name": block["name"],
                    "arguments": arguments,
                }  # fmt: skip
            case "thinking" if reasons and OPENAI in block:
                yield dict(block[OPENAI])


def _output(content: str | Sequence[Mapping[str, Any]], *, failed: bool) -> str | list[dict[str, Any]]:
    """This API has no other sign of a call that failed than its words."""
    if isinstance(content, str):
        return f"{_FAILED}{content}" if failed else content
    told = [{"type": "input_text", "text": _FAILED}] if failed else []
    return [*told, *map(_part, content)]


def _part(block: Mapping[str, Any]) -> dict[str, Any]:
    if block["type"] == "image":
        source = block["source"]
        url = f"data:{source['media_type']};base64,{source['data']}"
        return {"type": "input_image", "image_url": url, "detail": "auto"}
    return {"type": "input_text", "text": block["text"]}
