"""Streams of the OpenAI client that are not whole, and the errors of its vendor: may pass, or never."""

import asyncio
import json
import socket
from contextlib import aclosing
from typing import Any

import pytest

from common.errors import AppError
from orchestrator.clients.model.openai.client import OpenAIClient
from orchestrator.clients.model.protocol import (
    ModelCut,
    ModelRejected,
    ModelUnavailable,
    TurnDone,
    TurnRefused,
    TurnRequested,
    TurnStarted,
)
from orchestrator.errors import ModelTooLong
from tests.orchestrator.clients.harness import asking, bare_server, collect, frames, response
from tests.orchestrator.clients.responses import (
    MODEL,
    START,
    ask,
    blocks_of,
    call,
    completed,
    text,
)

CUT: dict[str, bytes] = {
    "nothing at all": response(b""),
    "no end": response(frames(START, *text(0, "hi"))),
    "only the other API's end": response(frames(START, *text(0, "hi")) + b"data: [DONE]\n\n"),
    "a call without its end": response(frames(START, *call(0, "ask", "{}", ends=False), completed())),
    "half a frame": response(frames(START) + b'event: response.completed\ndata: {"type": "resp'),
    "no JSON": response(frames(START) + b"event: response.completed\ndata: <html>\n\n"),
    "a list": response(frames(START) + b"event: response.completed\ndata: [1]\n\n"),
    "an item that never began": response(frames(START, text(0, "hi")[1])),
    "fewer bytes than promised": response(frames(START, *text(0, "hi")) + b" " * 999)[:-999],
    "a page of HTML": response(b"<html>Welcome to the hotel's network</html>", kind="text/html"),
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_an_answer_that_is_not_whole_is_an_error_that_may_pass(answer: bytes) -> None:
    events, error = await ask(answer)
    assert isinstance(error, ModelCut | ModelUnavailable)
    assert not any(isinstance(event, TurnDone) for event in events)
    assert not [block for block in blocks_of(events) if block.kind == "tool_use"]


def problem(code: str | None, kind: str = "invalid_request_error", message: str = "about it") -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


LONG = "This model's maximum context length is 8192 tokens"
STATUSES: list[tuple[str, bytes, tuple[str, ...], type[AppError], float | None]] = [
    ("400 Bad Request", problem("unknown_parameter"), (), ModelRejected, None),
    ("400 Bad Request", problem("context_length_exceeded"), (), ModelTooLong, None),
    ("400 Bad Request", problem(None, "BadRequestError", LONG), (), ModelTooLong, None),
    ("401 Unauthorized", problem("invalid_api_key"), (), ModelRejected, None),
    ("403 Forbidden", problem("unsupported_country_region_territory"), (), ModelRejected, None),
    ("404 Not Found", problem("model_not_found"), (), ModelRejected, None),
    ("404 Not Found", b"no such page", (), ModelRejected, None),
    ("413 Too Large", b"", (), ModelTooLong, None),
    ("408 Timeout", b"", (), ModelUnavailable, None),
    ("409 Conflict", problem(None), (), ModelUnavailable, None),
    ("422 Unprocessable", problem(None), (), ModelRejected, None),
    ("429 Slow", problem("rate_limit_exceeded", "requests"), ("retry-after: 3",), ModelUnavailable, 3.0),
    ("429 Slow", problem("rate_limit_exceeded"), ("retry-after-ms: 1500",), ModelUnavailable, 1.5),
    ("429 Money", problem("insufficient_quota", "insufficient_quota"), (), ModelRejected, None),
    ("429 Money", problem("billing_hard_limit_reached"), (), ModelRejected, None),
    ("500 Oops", problem(None, "server_error"), (), ModelUnavailable, None),
    ("502 Gateway", b"<html>", (), ModelUnavailable, None),
    ("503 Down", problem("server_is_overloaded"), ("retry-after: 2",), ModelUnavailable, 2.0),
    ("503 Down", b"", ("x-should-retry: false",), ModelRejected, None),
    ("529 Overloaded", b"", (), ModelUnavailable, None),
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
    told = f"{error} {error.context}"
    for secret in ("sk-secret-key", "about it", "<html>", "maximum context"):
        assert secret not in told


def failed(code: str, message: str = "about it") -> dict[str, Any]:
    return {"type": "response.failed", "response": {"error": {"code": code, "message": message}}}


IN_STREAM: list[tuple[dict[str, Any], type[AppError]]] = [
    (failed("server_error"), ModelUnavailable),
    (failed("rate_limit_exceeded"), ModelUnavailable),
    (failed("gremlins"), ModelUnavailable),
    (failed("invalid_prompt"), ModelRejected),
    (failed("image_content_policy_violation"), ModelRejected),
    (failed("insufficient_quota"), ModelRejected),
    (failed("context_length_exceeded"), ModelTooLong),
    ({"type": "response.failed", "response": {"error": None}}, ModelUnavailable),
    ({"type": "error", "code": "server_error", "message": "about it"}, ModelUnavailable),
    ({"type": "error", "code": None, "message": f"about it. {LONG}"}, ModelTooLong),
    ({"type": "error", "error": {"type": "invalid_request_error", "message": "about it"}}, ModelRejected),
]


@pytest.mark.parametrize(("told", "expected"), IN_STREAM)
async def test_an_error_in_mid_stream_is_told_apart_too(
    told: dict[str, Any], expected: type[AppError]
) -> None:
    events, error = await ask(response(frames(START, *text(0, "hi"), told)))
    assert len(blocks_of(events)) == 1
    assert isinstance(error, AppError)
    assert type(error) is expected
    assert "about it" not in f"{error} {error.context}"


async def test_nobody_at_the_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        client = OpenAIClient(api_key="k", base_url=f"http://127.0.0.1:{port}/v1")
        events, error = await collect(client, asking("hello", model=MODEL))
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


async def test_silence_in_mid_stream_ends_after_the_read_timeout() -> None:
    async def stop(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + frames(START))
        await writer.drain()
        await writer.wait_closed()

    events, error = await ask(stop, read_timeout=0.5)
    assert isinstance(error, ModelCut)
    assert [type(event) for event in events] == [TurnRequested, TurnStarted]


async def test_leaving_a_stream_early_ends_the_request() -> None:
    ended = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + frames(START))
        try:
            while not writer.is_closing():
                writer.write(b": still here\n\n")
                await writer.drain()
                await asyncio.sleep(0.02)
        finally:
            ended.set()

    async with bare_server(wait) as url:
        client = OpenAIClient(api_key="k", base_url=f"{url}/v1")
        async with aclosing(client.stream(asking("hello", model=MODEL))) as events:
            async for event in events:
                if isinstance(event, TurnStarted):
                    break
        await client.close()
        async with asyncio.timeout(120):
            await ended.wait()
