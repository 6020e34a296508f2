"""What another service's answers, and the lack of them, mean to a caller."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from common.errors import AppError, Unavailable
from common.http import Refused, http_client, translated
from common.testing.tether import free_port
from tests.tcp import tcp_server


class Away(Unavailable):
    code = "away"


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[str]:
    """The address of a server that answers everything so; None: it never does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await reader.read()  # until the client has gone
        else:
            writer.write(answer)

    async with tcp_server(serve) as port:
        yield f"http://127.0.0.1:{port}"


def answer(status: int, body: object, *headers: str) -> bytes:
    payload = json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} X", f"content-length: {len(payload)}", "connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + payload


async def ask(url: str, seconds: float = 30.0) -> AppError:
    async with http_client(url, timeout=httpx.Timeout(seconds)) as client:
        with pytest.raises(AppError) as caught, translated("The builder", Away):
            (await client.get("/")).raise_for_status()
    return caught.value


async def test_a_refusal_keeps_its_code_status_and_words() -> None:
    async with answering(answer(409, {"code": "build_conflict", "detail": "Used before."})) as url:
        error = await ask(url)
    assert isinstance(error, Refused)
    assert (error.code, error.status, error.message) == ("build_conflict", 409, "Used before.")
    assert not error.retryable


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (503, {"code": "unavailable", "detail": "x"}, "The builder answered 503 (unavailable)"),
        (401, {"code": "unauthorized", "detail": "x"}, "The builder answered 401 (unauthorized)"),
        (404, "a proxy's page", "The builder answered 404;"),
        (502, ["nothing"], "The builder answered 502;"),
    ],
)
async def test_what_is_not_the_callers_fault_may_pass(status: int, body: object, expected: str) -> None:
    async with answering(answer(status, body, "retry-after: 7")) as url:
        error = await ask(url)
    assert isinstance(error, Away)
    assert error.message.startswith(expected)
    assert (error.retryable, error.retry_after) == (True, 7.0)


@pytest.mark.parametrize(("status", "code"), [(429, "too_many_requests"), (503, "no_room")])
async def test_what_the_caller_waits_for_keeps_its_code_status_and_words(status: int, code: str) -> None:
    body = {"code": code, "detail": "Later."}
    async with (
        answering(answer(status, body, "retry-after: 7")) as url,
        http_client(url) as client,
    ):
        with pytest.raises(Away) as caught, translated("The data service", Away, told={"no_room"}):
            (await client.get("/")).raise_for_status()
    error = caught.value
    assert (error.code, error.status, error.message, error.retry_after) == (code, status, "Later.", 7.0)
    assert (Away.code, Away.status) == ("away", 503)


async def test_silence_and_absence_say_what_they_are() -> None:
    async with answering(None) as url:
        assert "did not answer in time" in (await ask(url, seconds=0.2)).message
    assert "cannot be reached (ConnectError)" in (await ask(f"http://127.0.0.1:{free_port()}")).message
