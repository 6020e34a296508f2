"""What no well-behaved vendor sends, byte by byte: garbage, foreign answers, silence, dead addresses."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from common.errors import AppError
from orchestrator.clients.model.anthropic.client import AnthropicClient
from orchestrator.clients.model.protocol import (
    BlockDone,
    ModelCut,
    ModelEvent,
    ModelRejected,
    ModelRequest,
    ModelUnavailable,
    TurnDone,
    TurnRefused,
    TurnRequested,
    TurnStarted,
)
from orchestrator.domain.turns import Usage
from orchestrator.errors import ModelTooLong
from tests.orchestrator.clients.harness import asking, bare_server, collect, frames, response
from tests.tcp import tcp_server

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 5},
    },
}
TEXT = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "content_block_stop", "index": 0},
]
STOP = {"type": "message_stop"}


def ended(reason: str | None, **usage: int) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 7, **usage}}


async def ask(
    answer: bytes | Callable[[asyncio.StreamWriter], Awaitable[None]], **timeouts: Any
) -> tuple[list[ModelEvent], Exception | None]:
    async def write(writer: asyncio.StreamWriter) -> None:
        if isinstance(answer, bytes):
            writer.write(answer)
        else:
            await answer(writer)

    async with bare_server(write) as url:
        client = AnthropicClient(api_key="sk-secret-key", base_url=url, **{"read_timeout": 30.0, **timeouts})
        try:
            return await collect(client, asking("hello"))
        finally:
            await client.close()


async def test_counts_of_the_end_replace_those_of_the_start_and_missing_ones_stay() -> None:
    last = ended("end_turn", cache_creation_input_tokens=3, input_tokens=12)
    events, error = await ask(response(frames(START, *TEXT, last, STOP)))
    assert error is None
    assert events[:2] == [TurnRequested(), TurnStarted(Usage(10, 1, 5, 0), "msg_1")]
    assert events[-1] == TurnDone("end_turn", Usage(12, 7, 5, 3))


async def test_unknown_events_and_blocks_are_passed_over() -> None:
    odd: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 1, "content_block": {"type": "novelty", "x": 1}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "novel_delta", "y": 2}},
        {"type": "content_block_stop", "index": 1},
        {"type": "something_new"},
    ]
    hidden: list[dict[str, Any]] = [
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "redacted_thinking", "data": "x=="},
        },
        {"type": "content_block_stop", "index": 2},
    ]
    events, error = await ask(response(frames(START, *TEXT, *odd, *hidden, ended("end_turn"), STOP)))
    assert error is None
    blocks = [event.block for event in events if isinstance(event, BlockDone)]
    assert [block.payload["type"] for block in blocks] == ["text", "redacted_thinking"]
    assert blocks[1].payload == {"type": "redacted_thinking", "data": "x=="}
    assert blocks[1].kind == "thinking"


CUT: dict[str, bytes] = {
    "nothing at all": response(b""),
    "no end": response(frames(START, *TEXT)),
    "no message_stop": response(frames(START, *TEXT, ended("end_turn"))),
    "an end without a reason": response(frames(START, *TEXT, ended(None), STOP)),
    "half a frame": response(frames(START) + b'event: content_block_start\ndata: {"type": "content_bl'),
    "no JSON": response(frames(START) + b"event: content_block_start\ndata: <html>\n\n"),
    "a block that never began": response(frames(START, *TEXT[1:])),
    "fewer bytes than promised": response(frames(START, *TEXT) + b" " * 999)[:-999],
    "a page of HTML": response(b"<html>Welcome to the hotel's network</html>", kind="text/html"),
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_an_answer_that_is_not_whole_is_an_error_that_may_pass(answer: bytes) -> None:
    events, error = await ask(answer)
    assert isinstance(error, ModelCut | ModelUnavailable)
    assert not any(isinstance(event, TurnDone) for event in events)


def problem(kind: str, **details: str) -> bytes:
    body = {"type": "error", "error": {"type": kind, "message": f"about {kind}", "details": details or None}}
    return json.dumps(body).encode()


STATUSES: list[tuple[str, bytes, tuple[str, ...], type[AppError], float | None]] = [
    ("400 Bad Request", problem("invalid_request_error"), (), ModelRejected, None),
    ("401 Unauthorized", problem("authentication_error"), (), ModelRejected, None),
    ("402 Payment Required", problem("billing_error"), (), ModelRejected, None),
    ("403 Forbidden", problem("permission_error"), (), ModelRejected, None),
    ("404 Not Found", b"no such page", (), ModelRejected, None),
    ("413 Too Large", problem("request_too_large"), (), ModelTooLong, None),
    ("408 Timeout", b"", (), ModelUnavailable, None),
    ("409 Conflict", problem("conflict_error"), (), ModelUnavailable, None),
    ("429 Slow", problem("rate_limit_error"), ("retry-after: 3",), ModelUnavailable, 3.0),
    (
        "429 Slow",
        problem("rate_limit_error"),
        ("retry-after-ms: 1500", "retry-after: 9"),
        ModelUnavailable,
        1.5,
    ),
    ("429 Slow", problem("rate_limit_error"), ("retry-after: soon",), ModelUnavailable, None),
    ("429 Slow", b"", ("retry-after: Thu, 01 Jan 1970 00:00:00 GMT",), ModelUnavailable, 0.0),
    ("429 Slow", problem("rate_limit_error"), ("x-should-retry: false",), ModelRejected, None),
    (
        "429 Money",
        problem("rate_limit_error", error_code="enforced_spend_limit_reached"),
        (),
        ModelRejected,
        None,
    ),
    ("500 Oops", b"<html>", (), ModelUnavailable, None),
    ("502 Gateway", b"", (), ModelUnavailable, None),
    ("503 Down", problem("api_error"), ("retry-after: 2",), ModelUnavailable, 2.0),
    ("529 Overloaded", problem("overloaded_error"), (), ModelUnavailable, None),
    ("307 Elsewhere", b"", (), ModelRejected, None),
]


@pytest.mark.parametrize(("status", "body", "headers", "expected", "wait"), STATUSES)
async def test_every_status_is_either_passing_or_permanent(
    status: str, body: bytes, headers: tuple[str, ...], expected: type[AppError], wait: float | None
) -> None:
    events, error = await ask(response(body, status, *headers, kind="application/json"))
    assert events == [TurnRequested(), TurnRefused()]
    assert type(error) is expected
    assert getattr(error, "retry_after", None) == wait
    assert "sk-secret-key" not in str(error)
    told = f"{error} {error.context}"
    assert "about " not in told
    assert "<html>" not in told


async def test_nobody_at_the_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        client = AnthropicClient(api_key="k", base_url=f"http://127.0.0.1:{port}")
        events, error = await collect(client, asking("hello"))
        await client.close()
    assert events == [TurnRequested(), TurnRefused()]
    assert isinstance(error, ModelUnavailable)


async def test_a_request_that_was_sent_but_not_answered_may_be_billed() -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def hang(writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    for answer in (hang_up, hang):
        events, error = await ask(answer, read_timeout=0.5)
        assert isinstance(error, ModelUnavailable)
        assert events == [TurnRequested()]


async def test_a_vendor_that_only_pings_is_left_in_the_end() -> None:
    async def ping(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + frames(START))
        while not writer.is_closing():
            writer.write(frames({"type": "ping"}))
            await writer.drain()
            await asyncio.sleep(0.02)

    events, error = await ask(ping, quiet_timeout=1.5)
    assert isinstance(error, ModelUnavailable)
    assert "said nothing" in error.message
    assert [type(event) for event in events] == [TurnRequested, TurnStarted]


async def sent(request: ModelRequest, **options: Any) -> tuple[str, dict[str, Any]]:
    """Head and body of what the client sends for a request."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        seen.extend([head, await reader.readexactly(length)])
        writer.write(response(frames(START, ended("end_turn"), STOP)))

    async with tcp_server(serve) as port:
        client = AnthropicClient(api_key="sk-secret-key", base_url=f"http://127.0.0.1:{port}", **options)
        await collect(client, request)
        await client.close()
    return seen[0].decode().lower(), json.loads(seen[1])


async def test_the_request_is_what_the_vendor_accepts() -> None:
    head, body = await sent(asking("hello"))
    assert head.startswith("post /v1/messages ")
    assert "sk-secret-key" in head
    assert not {"temperature", "top_p", "top_k", "tool_choice", "output_config"} & body.keys()
    assert body["stream"] is True
    assert body["metadata"] == {"user_id": "abcdefghjkmn"}
    assert body["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert json.dumps(body).count("cache_control") <= 4
    eager = {tool["name"] for tool in body["tools"] if tool.get("eager_input_streaming")}
    assert {"create_file", "rewrite_file", "line_replace"} <= eager
    assert "read_file" not in eager


@pytest.mark.parametrize(
    ("model", "thinks"),
    {
        "claude-sonnet-5-5": True,
        "claude-opus-5": True,
        "claude-haiku-5-5-20261001": True,
        "anthropic/claude-opus-4-6": True,
        "claude-haiku-4-5-20251001": False,
        "anthropic/claude-sonnet-4-20250514": False,
        "claude-mythos": False,
        "qwen3-coder": False,
    }.items(),
)
async def test_thinking_is_asked_for_in_summaries_where_the_model_has_any(model: str, thinks: bool) -> None:
    _, body = await sent(asking("hello", model=model), effort="low")
    assert body.get("thinking") == ({"type": "adaptive", "display": "summarized"} if thinks else None)
    assert body.get("output_config") == ({"effort": "low"} if thinks else None)


async def test_a_request_may_be_worth_less_thought_than_others() -> None:
    _, body = await sent(asking("hello", effort="low"), effort="max")
    assert body["output_config"] == {"effort": "low"}


async def test_entries_for_an_hour_are_asked_for_and_counted_apart() -> None:
    _, body = await sent(asking("hello"), lifetime="1h")
    marks = [block["cache_control"] for block in body["system"]]
    marks += [
        block["cache_control"]
        for message in body["messages"]
        for block in message["content"]
        if "cache_control" in block
    ]
    assert len(marks) > 1
    assert all(mark == {"type": "ephemeral", "ttl": "1h"} for mark in marks)
    split = {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}
    last = ended("end_turn")
    last["usage"] |= {
        "cache_creation_input_tokens": 3,
        "cache_creation": split,
        "output_tokens_details": {"thinking_tokens": 4},
    }
    events, _ = await ask(response(frames(START, *TEXT, last, STOP)))
    assert events[-1] == TurnDone("end_turn", Usage(10, 7, 5, 3, cache_write_1h_tokens=2, reasoning_tokens=4))
