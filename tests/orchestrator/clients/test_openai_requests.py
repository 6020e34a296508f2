"""What the OpenAI client sends, and what of a conversation each vendor gets back."""

import asyncio
import json
from typing import Any

import pytest

from orchestrator.clients.model.anthropic.parameters import parameters as anthropic_parameters
from orchestrator.clients.model.openai.client import OpenAIClient
from orchestrator.clients.model.protocol import (
    ModelRequest,
)
from orchestrator.domain.turns import Block, StoredTurn, ToolResult
from tests.orchestrator.clients.harness import asking, collect, frames, response
from tests.orchestrator.clients.responses import (
    MODEL,
    REASONING,
    START,
    completed,
)
from tests.tcp import tcp_server


async def sent(request: ModelRequest, **options: Any) -> tuple[str, dict[str, Any]]:
    """Head and body of what the client sends for a request."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        seen.extend([head, await reader.readexactly(length)])
        writer.write(response(frames(START, completed())))

    async with tcp_server(serve) as port:
        client = OpenAIClient(api_key="sk-secret-key", base_url=f"http://127.0.0.1:{port}/v1", **options)
        await collect(client, request)
        await client.close()
    return seen[0].decode().lower(), json.loads(seen[1])


CLAUDE = {"type": "thinking", "thinking": "Hm.", "signature": "x"}


def replayed() -> list[StoredTurn]:
    read = {"type": "tool_use", "id": "toolu_1", "name": "read_file", "input": {"path": "größe"}}
    look = {"type": "tool_use", "id": "call_2", "name": "look", "input": {}}
    by_claude = [
        Block("thinking", CLAUDE),
        Block("text", {"type": "text", "text": "A."}),
        Block("tool_use", read),
    ]
    by_gpt = [
        Block("thinking", {"type": "thinking", "openai": REASONING}),
        Block("text", {"type": "text", "text": "B.", "openai": {"phase": "commentary"}}),
        Block("tool_use", look),
    ]
    return [
        StoredTurn(by_claude, {"toolu_1": ToolResult("no such file", is_error=True)}, "A note."),
        StoredTurn(by_gpt, {"call_2": ToolResult("As seen.", picture=b"WEBP")}),
    ]


async def test_the_request_is_what_the_vendor_accepts() -> None:
    head, body = await sent(asking("hello", replayed(), model=MODEL), effort="high")
    assert head.startswith("post /v1/responses ")
    assert "authorization: bearer sk-secret-key" in head
    assert not {"temperature", "top_p", "tool_choice", "messages", "metadata", "system"} & body.keys()
    assert (body["stream"], body["store"], body["parallel_tool_calls"]) == (True, False, True)
    assert body["include"] == ["reasoning.encrypted_content"]
    assert body["reasoning"] == {"summary": "auto", "effort": "high"}
    assert (body["max_output_tokens"], body["prompt_cache_key"]) == (8_000, "abcdefghjkmn")
    assert all({*tool} == {"type", "name", "description", "parameters", "strict"} for tool in body["tools"])
    assert not any(tool["strict"] for tool in body["tools"])
    assert "cache_control" not in json.dumps(body)


async def test_the_conversation_is_replayed_whoever_said_it() -> None:
    _, body = await sent(asking("hello", replayed(), model=MODEL))
    opening, *rest = body["input"]
    assert (opening["role"], {part["type"] for part in opening["content"]}) == ("user", {"input_text"})
    picture = {"type": "input_image", "image_url": "data:image/webp;base64,V0VCUA==", "detail": "auto"}
    assert rest == [
        {"type": "message", "role": "assistant", "content": "A."},
        {"type": "function_call", "call_id": "toolu_1", "name": "read_file", "arguments": '{"path":"größe"}'},
        {"type": "function_call_output", "call_id": "toolu_1", "output": "error: no such file"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "A note."}]},
        REASONING,
        {"type": "message", "role": "assistant", "content": "B.", "phase": "commentary"},
        {"type": "function_call", "call_id": "call_2", "name": "look", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "call_2",
            "output": [{"type": "input_text", "text": "As seen."}, picture],
        },
    ]


def test_anthropic_gets_nothing_that_only_openai_understands() -> None:
    messages = anthropic_parameters(asking("hello", replayed()))["messages"]
    assert messages[1]["content"][0] == CLAUDE
    assert [block["type"] for block in messages[3]["content"]] == ["text", "tool_use"]
    assert "openai" not in json.dumps(messages)


@pytest.mark.parametrize(
    ("model", "reasons"),
    {
        "gpt-6.1-sol": True,
        "gpt-5": True,
        "o4-mini": True,
        "gpt-10": True,
        "gpt-5-chat-latest": False,
        "gpt-4.1": False,
        "qwen3-coder:30b": False,
        "openai/gpt-oss-120b": False,
    }.items(),
)
async def test_reasoning_is_asked_for_where_the_model_is_known_for_it(model: str, reasons: bool) -> None:
    _, body = await sent(asking("hello", replayed(), model=model), effort="low")
    assert (body.get("reasoning") is not None) == reasons
    assert ("include" in body) == reasons
    assert (REASONING in body["input"]) == reasons


async def test_a_request_may_be_worth_less_thought_than_others() -> None:
    _, body = await sent(asking("hello", model=MODEL, effort="low"), effort="max")
    assert body["reasoning"]["effort"] == "low"


async def test_a_request_without_tools_names_none() -> None:
    _, body = await sent(asking("hello", model=MODEL, tools=[], metadata={}))
    assert not {"tools", "parallel_tool_calls", "prompt_cache_key"} & body.keys()
