"""The client of the templates service, whatever answers it and whoever stops waiting."""

import asyncio

import pytest

from common.contracts.templates import TemplateRef
from common.http import http_client
from common.templates import TemplateClient, TemplateInvalid, TemplateNotFound
from tests.common.messages import until
from tests.common.test_http import answer, answering
from tests.tcp import tcp_server

REF = TemplateRef.parse("t@1.0.0")
NO_JSON = b"HTTP/1.1 200 X\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>"


@pytest.mark.parametrize(
    "sent",
    [
        NO_JSON,
        answer(200, []),
        answer(200, {"items": []}),
        answer(200, {"items": [{"name": "t"}], "next_cursor": None}),
        answer(200, {"items": [{"name": "t", "description": "", "latest": "x"}], "next_cursor": None}),
    ],
)
async def test_a_list_of_another_shape_is_an_error_of_ours(sent: bytes) -> None:
    async with answering(sent) as url, http_client(url) as http:
        with pytest.raises(TemplateInvalid):
            await TemplateClient(http).offers()


async def test_an_answer_that_is_no_json_is_not_passed_on() -> None:
    async with answering(NO_JSON) as url, http_client(url) as http:
        with pytest.raises(TemplateInvalid):
            await TemplateClient(http).ask("/t")


async def test_a_failure_is_not_kept_when_nobody_waits_for_it_any_more() -> None:
    asked, answer_now = asyncio.Event(), asyncio.Event()
    answers = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answers
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await answer_now.wait()
        status = 503 if answers == 0 else 404
        writer.write(answer(status, {"code": "x", "detail": "x"}))
        answers += 1

    async with tcp_server(serve) as port, http_client(f"http://127.0.0.1:{port}") as http:
        client = TemplateClient(http)
        waiting = asyncio.create_task(client.get(REF))
        await asked.wait()
        waiting.cancel()
        await asyncio.wait([waiting])
        answer_now.set()
        await until(lambda: answers == 1)
        await until(lambda: all(future.done() for future in client._releases.values()))
        with pytest.raises(TemplateNotFound):
            await client.get(REF)
