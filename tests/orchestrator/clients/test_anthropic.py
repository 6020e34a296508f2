"""The Anthropic client against the simulator's real wire: whole blocks, honest endings, right errors."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from structlog.testing import capture_logs

from common.errors import AppError
from orchestrator.clients.model.anthropic.client import AnthropicClient
from orchestrator.clients.model.protocol import (
    BlockDone,
    FileProgress,
    ModelCut,
    ModelRejected,
    ModelUnavailable,
    TextDelta,
    ToolStarted,
    TurnDone,
    TurnRefused,
    TurnRequested,
    TurnStarted,
)
from orchestrator.domain.tools import ToolRefused, parse_call
from orchestrator.domain.turns import INVALID_JSON, StoredTurn, ToolResult
from orchestrator.errors import ModelTooLong
from tests.orchestrator.clients.harness import Simulator, asking, collect

READ = {"read_file": {"path": "src/pages/Home.tsx"}}
WRITE = {"create_file": {"path": "src/größe.ts", "content": "export const a = '語';\n" * 200}}


async def test_a_turn_arrives_whole_and_in_order(simulator: Simulator, client: AnthropicClient) -> None:
    turn = {"thinking": "Hm, hm.", "text": "I read first.", "calls": [READ, WRITE]}
    script = simulator.script("whole", turn)
    events, error = await collect(client, asking(script))
    assert error is None
    requested, started = events[:2]
    assert requested == TurnRequested()
    assert isinstance(started, TurnStarted)
    assert started.request_id
    assert started.usage is not None
    assert started.usage.input_tokens + started.usage.cache_write_tokens > 1_000
    blocks = [event.block for event in events if isinstance(event, BlockDone)]
    assert [event.index for event in events if isinstance(event, BlockDone)] == [0, 1, 2, 3]
    assert [block.kind for block in blocks] == ["thinking", "text", "tool_use", "tool_use"]
    assert blocks[0].payload["thinking"] == "Hm, hm."
    assert blocks[1].payload == {"type": "text", "text": "I read first."}
    assert blocks[2].payload["input"] == READ["read_file"]
    assert blocks[3].payload["input"] == WRITE["create_file"]
    done = events[-1]
    assert isinstance(done, TurnDone)
    assert done.stop_reason == "tool_use"
    assert done.usage is not None
    assert done.usage.output_tokens > started.usage.output_tokens
    assert done.usage.input_tokens == started.usage.input_tokens


async def test_text_and_thinking_are_shown_while_they_are_written(
    simulator: Simulator, client: AnthropicClient
) -> None:
    words = "I am writing a longer sentence, so that it arrives in several pieces over the wire."
    script = simulator.script("pieces", {"thinking": words, "text": words, "calls": [READ]})
    events, _ = await collect(client, asking(script))
    for kind in ("text", "thinking"):
        pieces = [event.text for event in events if isinstance(event, TextDelta) and event.kind == kind]
        assert len(pieces) > 1
        assert "".join(pieces) == words


async def test_a_call_is_told_while_its_file_is_written(
    simulator: Simulator, client: AnthropicClient
) -> None:
    done = {"finish": {"summary": "Done."}}
    script = simulator.script("progress", {"text": "Now.", "calls": [WRITE, READ, done]})
    events, _ = await collect(client, asking(script))
    calls = [event for event in events if isinstance(event, ToolStarted)]
    path = WRITE["create_file"]["path"]
    assert calls == [
        ToolStarted("create_file", path),
        ToolStarted("read_file", "src/pages/Home.tsx"),
        ToolStarted("finish", None),
    ]
    told = [event for event in events if isinstance(event, FileProgress)]
    assert len(told) > 20
    assert {(event.tool, event.path) for event in told} == {("create_file", path)}
    assert [event.characters for event in told] == sorted({event.characters for event in told})
    content = WRITE["create_file"]["content"]
    assert (told[-1].lines, told[-1].characters) == (200, len(content))
    done_at = next(at for at, event in enumerate(events) if isinstance(event, BlockDone) and event.index == 1)
    assert events.index(calls[0]) < events.index(told[0]) < events.index(told[-1]) < done_at


async def test_the_vendor_takes_a_replayed_turn_back_and_finds_its_cache(
    simulator: Simulator, client: AnthropicClient
) -> None:
    turn = {"thinking": "First this.", "text": "Reading.", "calls": [READ, WRITE]}
    script = simulator.script(
        "replayed", turn, {"text": "Nothing comes after.", "empty": False}, {"empty": True}
    )
    turns: list[StoredTurn] = []
    read_before = 0
    for _ in range(4):
        events, error = await collect(client, asking(script, turns))
        assert error is None
        done = events[-1]
        assert isinstance(done, TurnDone)
        assert done.usage is not None
        if turns:
            assert done.usage.cache_read_tokens > read_before
        read_before = done.usage.cache_read_tokens
        blocks = [event.block for event in events if isinstance(event, BlockDone)]
        results = {block.payload["id"]: ToolResult("ok") for block in blocks if block.kind == "tool_use"}
        turns.append(StoredTurn(blocks, results, None if results else "Go on."))
    assert [entry["extends"] for entry in await simulator.requests("replayed")] == [None, True, True, True]


async def test_an_empty_answer_is_a_turn_without_blocks(
    simulator: Simulator, client: AnthropicClient
) -> None:
    events, error = await collect(client, asking(simulator.script("empty", {"empty": True})))
    assert error is None
    assert [type(event) for event in events] == [TurnRequested, TurnStarted, TurnDone]


RAW = '{"path": "src/x.ts", "content": "a" "oops": ]'


@pytest.mark.parametrize("raw", [RAW, '["a list"]', '"words"', "{", "nonsense", '{"a": 1} extra'])
async def test_tool_input_that_is_no_object_is_handed_on_as_such(
    simulator: Simulator, client: AnthropicClient, raw: str
) -> None:
    script = simulator.script(f"raw-{abs(hash(raw))}", {"calls": [{"create_file": raw}]})
    events, error = await collect(client, asking(script))
    assert error is None
    block = next(event.block for event in events if isinstance(event, BlockDone))
    assert block.payload["input"] == {INVALID_JSON: raw}
    with pytest.raises(ToolRefused, match="no complete JSON"):
        parse_call(block.payload["name"], block.payload["input"])


async def test_a_call_that_the_output_limit_cut_is_not_taken_for_a_whole_one(
    simulator: Simulator, client: AnthropicClient
) -> None:
    script = simulator.script("limit", {"text": "Now.", "calls": [READ, WRITE]})
    events, error = await collect(client, asking(script, max_tokens=100))
    assert error is None
    blocks = [event.block for event in events if isinstance(event, BlockDone)]
    assert blocks[1].payload["input"] == READ["read_file"]
    assert INVALID_JSON in blocks[2].payload["input"]
    assert isinstance(events[-1], TurnDone)
    assert events[-1].stop_reason == "max_tokens"


CUTS: dict[str, tuple[dict[str, Any], int]] = {
    "clean close in the first block": ({"after_bytes": 650}, 0),
    "clean close after a block": ({"after_blocks": 1}, 1),
    "clean close after a tool call": ({"after_blocks": 2}, 2),
    "broken connection after a block": ({"after_blocks": 1, "clean": False}, 1),
    "clean close in the very first frame": ({"after_bytes": 40}, 0),
}


@pytest.mark.parametrize(("cut", "whole"), CUTS.values(), ids=CUTS)
async def test_a_cut_stream_never_looks_like_success(
    simulator: Simulator, client: AnthropicClient, cut: dict[str, Any], whole: int
) -> None:
    name = f"cut-{abs(hash(str(cut)))}"
    turn = {"text": "Text first.", "calls": [READ, WRITE], "fault": {"kind": "cut", **cut}}
    events, error = await collect(client, asking(simulator.script(name, turn)))
    assert isinstance(error, ModelCut | ModelUnavailable)
    assert error.retryable
    assert not any(isinstance(event, TurnDone) for event in events)
    blocks = [event.block for event in events if isinstance(event, BlockDone)]
    assert len(blocks) == whole
    if whole == 2:
        assert blocks[1].payload["input"] == READ["read_file"]


REFUSALS: dict[str, tuple[dict[str, Any], type[AppError], float | None]] = {
    "429 with retry-after": ({"kind": "rate_limit", "retry_after": 7}, ModelUnavailable, 7.0),
    "529": ({"kind": "overloaded"}, ModelUnavailable, None),
    "500": ({"kind": "server_error"}, ModelUnavailable, None),
    "overloaded in mid-stream": ({"kind": "error_event", "after_blocks": 1}, ModelUnavailable, None),
    "rate limit in mid-stream": (
        {"kind": "error_event", "error": "rate_limit_error"},
        ModelUnavailable,
        None,
    ),
    "unknown error in mid-stream": (
        {"kind": "error_event", "error": "gremlin_error"},
        ModelUnavailable,
        None,
    ),
    "bad request in mid-stream": (
        {"kind": "error_event", "error": "invalid_request_error"},
        ModelRejected,
        None,
    ),
    "a prompt too long": (
        {
            "kind": "refusal",
            "error": "invalid_request_error",
            "message": "prompt is too long: 9 tokens > 8 maximum",
        },
        ModelTooLong,
        None,
    ),
    "a body too large": ({"kind": "refusal", "error": "request_too_large"}, ModelTooLong, None),
    "billing in mid-stream": ({"kind": "error_event", "error": "billing_error"}, ModelRejected, None),
}


@pytest.mark.parametrize(("fault", "expected", "retry_after"), REFUSALS.values(), ids=REFUSALS)
async def test_what_may_pass_is_told_from_what_will_not(
    simulator: Simulator,
    client: AnthropicClient,
    fault: dict[str, Any],
    expected: type[AppError],
    retry_after: float | None,
) -> None:
    name = f"refusal-{abs(hash(str(fault)))}"
    script = simulator.script(name, {"text": "Hello.", "calls": [READ], "fault": fault})
    events, error = await collect(client, asking(script))
    assert type(error) is expected
    assert getattr(error, "retry_after", None) == retry_after
    assert sum(isinstance(event, BlockDone) for event in events) == fault.get("after_blocks", 0)
    events, error = await collect(client, asking(script))
    assert error is None  # the client is fit for the next request


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "gpt-nope"}, "gpt-nope"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "at least one message"),
    ],
)
async def test_a_request_the_vendor_refuses_is_permanent_and_the_log_has_what_it_said(
    client: AnthropicClient, changes: dict[str, Any], told: str
) -> None:
    with capture_logs() as logged:
        events, error = await collect(client, asking("hello", **changes))
    assert events == [TurnRequested(), TurnRefused()]
    assert isinstance(error, ModelRejected)
    assert not error.retryable
    assert error.context["vendor_status"] in {400, 404}
    assert told not in f"{error.message} {error.context}"
    assert [told in entry["detail"] for entry in logged] == [True]


@pytest.mark.parametrize("after_blocks", [None, 1])
async def test_a_hang_ends_after_the_read_timeout(simulator: Simulator, after_blocks: int | None) -> None:
    fault = {"kind": "hang"} | ({} if after_blocks is None else {"after_blocks": after_blocks})
    script = simulator.script(f"hang-{after_blocks}", {"text": "Hello.", "calls": [READ], "fault": fault})
    client = AnthropicClient(api_key="sk-test", base_url=simulator.url, read_timeout=1.5)
    events, error = await collect(client, asking(script))
    assert isinstance(error, ModelUnavailable if after_blocks is None else ModelCut)
    assert sum(isinstance(event, BlockDone) for event in events) == (after_blocks or 0)
    await client.close()


async def test_leaving_a_stream_early_ends_the_request(simulator: Simulator, client: AnthropicClient) -> None:
    fault = {"kind": "hang", "after_blocks": 1}
    script = simulator.script("left", {"text": "Hello.", "calls": [READ], "fault": fault})
    async with aclosing(client.stream(asking(script))) as events:
        async for event in events:
            if isinstance(event, BlockDone):
                break
    outcome = "running"
    async with asyncio.timeout(120):
        while outcome == "running":
            outcome = (await simulator.requests("left"))[0]["outcome"]
    assert outcome in {"disconnected", "fault:hang"}
