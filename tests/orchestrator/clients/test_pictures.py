"""The client of OpenAI's Images API: pictures, refusals, and all that keeps a picture from coming."""

import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest

from common.retry import Backoff
from dev.simulator.drawing import draw_webp
from orchestrator.clients.images.openai import OpenAIPictures
from orchestrator.clients.images.protocol import PictureNotMade
from orchestrator.domain.pictures import Picture, read_picture
from tests.orchestrator.clients.harness import Simulator, bare_server, response
from tests.pictures import PNG

MODEL = "gpt-image-2"
GOOD = b64encode(draw_webp(8, 8)).decode()


@asynccontextmanager
async def client(url: str, *, key: str = "sk-test", seconds: float = 30.0) -> AsyncIterator[OpenAIPictures]:
    made = OpenAIPictures(
        api_key=key, base_url=f"{url}/v1", model=MODEL, seconds=seconds, backoff=Backoff(0.01, 0.02, 0.02)
    )
    yield made
    await made.close()


async def failed(url: str, prompt: str = "A heath", *, seconds: float = 30.0) -> PictureNotMade:
    async with client(url, seconds=seconds) as one:
        with pytest.raises(PictureNotMade) as caught:
            await one.make(prompt, "1024x1024")
    return caught.value


async def attempts(simulator: Simulator, prompt: str) -> list[str]:
    """How the requests with this prompt ended."""
    async with httpx.AsyncClient(base_url=simulator.url) as http:
        logged = (await http.get("/__sim/requests")).json()["requests"]
        bodies = [(await http.get(f"/__sim/requests/{entry['id']}")).json() or {} for entry in logged]
    return [
        entry["outcome"] for entry, body in zip(logged, bodies, strict=True) if body.get("prompt") == prompt
    ]


async def test_a_picture_with_its_tokens(simulator: Simulator) -> None:
    async with client(simulator.url) as one:
        made = await one.make("A wide heath at dawn", "1024x1536")
    assert read_picture(made.content) == Picture("image/webp", 1024, 1536)
    assert made.usage is not None
    assert (made.usage.input_tokens, made.usage.output_tokens) == (5, 1_100)


async def test_a_busy_vendor_is_asked_again(simulator: Simulator) -> None:
    prompt = f"A heath {uuid4()} [[picture:busy]]"
    async with client(simulator.url) as one:
        await one.make(prompt, "1024x1024")
    assert await attempts(simulator, prompt) == ["rate_limit_error", "picture"]


@pytest.mark.parametrize(
    ("fault", "reason", "billed"),
    [
        ("refused", "refused", False),
        ("quota", "unavailable", False),
        ("forbidden", "unavailable", False),
        ("garbage", "unavailable", True),
    ],
)
async def test_what_does_not_pass_is_asked_for_once(
    simulator: Simulator, fault: str, reason: str, billed: bool
) -> None:
    prompt = f"A heath {uuid4()} [[picture:{fault}]]"
    error = await failed(simulator.url, prompt)
    assert (error.reason, error.billed) == (reason, billed)
    assert len(await attempts(simulator, prompt)) == 1


async def test_a_vendor_that_says_nothing_is_not_waited_for_nor_asked_again(simulator: Simulator) -> None:
    prompt = f"A heath {uuid4()} [[picture:hang]]"
    error = await failed(simulator.url, prompt, seconds=0.5)
    assert (error.reason, error.billed) == ("unavailable", True)
    assert len(await attempts(simulator, prompt)) == 1


async def test_a_vendor_that_is_not_there_bills_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.clients.images.openai._RETRY_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    error = await failed(f"http://127.0.0.1:{port}")
    assert (error.reason, error.billed) == ("unavailable", False)


ANSWERS = {
    "no JSON": b"<html>",
    "no picture": json.dumps({"created": 1, "data": []}).encode(),
    "an address instead": json.dumps({"data": [{"url": "http://127.0.0.1/a.png"}]}).encode(),
    "no data": json.dumps({"data": [{"b64_json": ""}]}).encode(),
    "another format": json.dumps({"data": [{"b64_json": b64encode(PNG).decode()}]}).encode(),
    "half of one": json.dumps({"data": [{"b64_json": GOOD[: len(GOOD) // 2]}]}).encode(),
    "strange tokens": json.dumps(
        {"data": [{"b64_json": GOOD}], "usage": {"input_tokens": -1, "output_tokens": 10**30}}
    ).encode(),
    "more than a picture": b'{"data": "' + b"A" * 16_000_001 + b'"}',
}


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_without_a_picture_that_can_be_used(body: bytes) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(response(body, kind="application/json"))

    async with bare_server(answer) as url:
        error = await failed(url)
    assert (error.reason, error.billed) == ("unavailable", True)


async def test_a_picture_without_its_tokens_is_taken() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"data": [{"b64_json": GOOD}]}).encode()
        writer.write(response(body, kind="application/json"))

    async with bare_server(answer) as url, client(url) as one:
        made = await one.make("A heath", "1024x1024")
    assert made.usage is None


async def test_an_answer_that_breaks_off_may_be_billed() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(response(b" " * 99, kind="application/json")[:-50])

    async with bare_server(answer) as url:
        error = await failed(url)
    assert (error.reason, error.billed) == ("unavailable", True)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"prompt": None}, "Missing required parameter: 'prompt'"),
        ({"model": "dall-e-9"}, "does not exist"),
        ({"size": "7x7"}, "Supported values are: '1024x1024'"),
        ({"output_format": "bmp"}, "Supported values are: 'png'"),
        ({"output_format": "png", "output_compression": 80}, "not supported for PNG"),
        ({"steps": 3}, "Unknown parameter: 'steps'"),
        ({"prompt": "a" * 32_001}, "string too long"),
        ({"n": "two"}, "expected an integer"),
    ],
)
async def test_the_simulator_refuses_what_the_api_refuses(
    simulator: Simulator, changed: dict[str, object], told: str
) -> None:
    body = {"model": MODEL, "prompt": "A heath", **changed}
    async with httpx.AsyncClient(base_url=simulator.url) as http:
        path, headers = "/v1/images/generations", {"authorization": "Bearer sk"}
        refused = await http.post(path, json=body, headers=headers)
        assert (await http.post(path, json=body)).status_code == 401
    assert refused.status_code == 400
    assert told in refused.json()["error"]["message"]
