"""Requests as the conversation loop makes them, and a bare server for what the simulator would never say."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from orchestrator.clients.model.protocol import ModelClient, ModelEvent, ModelRequest
from orchestrator.domain.conversation import SYSTEM_PROMPT, build_messages, first_message
from orchestrator.domain.tools import TOOL_SCHEMAS
from orchestrator.domain.turns import StoredTurn
from tests.tcp import tcp_server

ROOT = Path(__file__).parents[3]
MODEL = "claude-sonnet-5-5"


def asking(words: str, turns: list[StoredTurn] | None = None, **changes: Any) -> ModelRequest:
    """A request as the conversation loop makes it; `words` may carry a script's marker."""
    files: dict[str, int | None] = {"src/App.tsx": 70, "src/routes.tsx": 11, "src/pages/Home.tsx": 34}
    opening = first_message("abcdefghjkmn", "Books", "vite-react@1.0.0", files, words)
    fields: dict[str, Any] = {
        "model": MODEL,
        "system": SYSTEM_PROMPT,
        "messages": build_messages(opening, turns or []),
        "tools": TOOL_SCHEMAS,
        "max_tokens": 8_000,
        "metadata": {"user_id": "abcdefghjkmn"},
        **changes,
    }
    return ModelRequest(**fields)


async def collect(client: ModelClient, request: ModelRequest) -> tuple[list[ModelEvent], Exception | None]:
    """Everything a stream delivers, and what ended it early."""
    events: list[ModelEvent] = []
    try:
        async for event in client.stream(request):
            events.append(event)  # noqa: PERF401 - what came before an error is kept
    except Exception as error:  # noqa: BLE001 - the tests look at whatever it is
        return events, error
    return events, None


@dataclass(frozen=True)
class Simulator:
    """The running simulator and the folder it reads scripts from."""

    url: str
    scripts: Path

    def script(self, name: str, *turns: dict[str, Any]) -> str:
        """The marker of a new script whose turns are these; JSON is YAML too."""
        script = {"description": name, "sections": [{"turns": turns}]}
        (self.scripts / f"{name}.yaml").write_text(json.dumps(script))
        return f"[[script:{name}]]"

    async def requests(self, name: str) -> list[dict[str, Any]]:
        """The log of the requests that a script answered."""
        async with httpx.AsyncClient() as http:
            logged = (await http.get(f"{self.url}/__sim/requests")).json()["requests"]
        return [entry for entry in logged if entry["script"] == name]


@asynccontextmanager
async def bare_server(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that reads a request and then writes whatever `answer` does, byte by byte."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"
        )
        await reader.readexactly(length)
        await answer(writer)
        await writer.drain()

    async with tcp_server(serve) as port:
        yield f"http://127.0.0.1:{port}"


def frames(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in events)


def response(body: bytes, status: str = "200 OK", *headers: str, kind: str = "text/event-stream") -> bytes:
    head = [
        f"HTTP/1.1 {status}",
        f"content-type: {kind}",
        f"content-length: {len(body)}",
        "connection: close",
    ]
    return "\r\n".join([*head, *headers, "", ""]).encode() + body
