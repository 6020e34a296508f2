"""What a server of the OpenAI Responses API streams, event by event."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from orchestrator.clients.model.openai.client import OpenAIClient
from orchestrator.clients.model.protocol import (
    BlockDone,
    ModelEvent,
)
from orchestrator.domain.turns import Block, Usage
from tests.orchestrator.clients.harness import asking, bare_server, collect, frames, response

MODEL = "gpt-6.1-sol"
START = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "output": []}}
USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 12},
    "total_tokens": 120,
}
COUNTED = Usage(10, 20, 60, 30, reasoning_tokens=12)
REASONING = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "Hm. So."}],
    "encrypted_content": "gAAAA==",
}
WRITE = json.dumps({"path": "src/größe.ts", "content": "export const a = 1;\n" * 50})


def added(index: int, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def completed(usage: dict[str, Any] | None = USAGE) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"status": "completed", "usage": usage}}


def incomplete(reason: str) -> dict[str, Any]:
    details = {"incomplete_details": {"reason": reason}, "usage": USAGE}
    return {"type": "response.incomplete", "response": {"status": "incomplete", **details}}


def reasoning(index: int = 0) -> list[dict[str, Any]]:
    part = {"type": "response.reasoning_summary_part.added", "output_index": index}
    delta = {"type": "response.reasoning_summary_text.delta", "output_index": index}
    return [
        added(index, {**REASONING, "summary": [], "encrypted_content": "half"}),
        {**part, "summary_index": 0},
        {**delta, "delta": "Hm."},
        {**part, "summary_index": 1},
        {**delta, "delta": " So."},
        done(index, REASONING),
    ]


def text(index: int, *pieces: str, **fields: Any) -> list[dict[str, Any]]:
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", **fields}
    part = {"type": "output_text", "text": "".join(pieces), "annotations": []}
    delta = {"type": "response.output_text.delta", "output_index": index, "content_index": 0}
    return [
        added(index, {**item, "content": []}),
        *({**delta, "delta": piece} for piece in pieces),
        done(index, {**item, "content": [part]}),
    ]


def call(
    index: int, name: str, arguments: str, call_id: str = "call_1", *, ends: bool = True, **fields: Any
) -> list[dict[str, Any]]:
    item = {"id": f"fc_{index}", "type": "function_call", "call_id": call_id, "name": name, **fields}
    delta = {"type": "response.function_call_arguments.delta", "output_index": index}
    pieces = [arguments[at : at + 16] for at in range(0, len(arguments), 16)]
    events = [added(index, {**item, "arguments": ""}), *({**delta, "delta": piece} for piece in pieces)]
    return [*events, done(index, {**item, "arguments": arguments})] if ends else events


async def ask(
    answer: bytes | Callable[[asyncio.StreamWriter], Awaitable[None]], **timeouts: Any
) -> tuple[list[ModelEvent], Exception | None]:
    async def write(writer: asyncio.StreamWriter) -> None:
        if isinstance(answer, bytes):
            writer.write(answer)
        else:
            await answer(writer)

    async with bare_server(write) as url:
        client = OpenAIClient(
            api_key="sk-secret-key", base_url=f"{url}/v1", **{"read_timeout": 30.0, **timeouts}
        )
        try:
            return await collect(client, asking("hello", model=MODEL))
        finally:
            await client.close()


async def streamed(*events: dict[str, Any]) -> list[ModelEvent]:
    found, error = await ask(response(frames(START, *events)))
    assert error is None
    return found


def blocks_of(events: list[ModelEvent]) -> list[Block]:
    return [event.block for event in events if isinstance(event, BlockDone)]
