"""The OpenAI client against the bytes of the Responses API: whole blocks, honest endings."""

import json
from itertools import pairwise
from typing import Any

import pytest

from orchestrator.clients.model.protocol import (
    BlockDone,
    BlockStarted,
    FileProgress,
    TextDelta,
    ToolStarted,
    TurnDone,
    TurnRequested,
    TurnStarted,
)
from orchestrator.domain.turns import INVALID_JSON, Block, Usage
from tests.orchestrator.clients.harness import response
from tests.orchestrator.clients.responses import (
    COUNTED,
    REASONING,
    START,
    WRITE,
    added,
    ask,
    blocks_of,
    call,
    completed,
    done,
    incomplete,
    reasoning,
    streamed,
    text,
)


async def test_a_turn_arrives_whole_and_in_order() -> None:
    events = await streamed(
        {"type": "response.in_progress", "response": {}},
        *reasoning(),
        *text(1, "I read ", "first."),
        *call(2, "read_file", '{"path":"src/App.tsx"}'),
        *call(3, "create_file", WRITE, "call_2"),
        completed(),
    )
    assert events[:3] == [TurnRequested(), TurnStarted(None, "resp_1"), BlockStarted()]
    assert [event.index for event in events if isinstance(event, BlockDone)] == [0, 1, 2, 3]
    assert blocks_of(events) == [
        Block("thinking", {"type": "thinking", "openai": REASONING}),
        Block("text", {"type": "text", "text": "I read first."}),
        Block(
            "tool_use",
            {"type": "tool_use", "id": "call_1", "name": "read_file", "input": {"path": "src/App.tsx"}},
        ),
        Block(
            "tool_use",
            {"type": "tool_use", "id": "call_2", "name": "create_file", "input": json.loads(WRITE)},
        ),
    ]
    assert events[-1] == TurnDone("tool_use", COUNTED)


async def test_what_is_written_is_shown_while_it_is_written() -> None:
    open_text = {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "In the clear."}
    events = await streamed(
        *reasoning(), open_text, *text(1, "a", "b"), *call(2, "create_file", WRITE), completed()
    )
    thought = [event.text for event in events if isinstance(event, TextDelta) and event.kind == "thinking"]
    assert thought == ["Hm.", "\n\n", " So.", "In the clear."]
    assert [event.text for event in events if isinstance(event, TextDelta) and event.kind == "text"] == [
        "a",
        "b",
    ]
    path = json.loads(WRITE)["path"]
    assert [event for event in events if isinstance(event, ToolStarted)] == [ToolStarted("create_file", path)]
    told = [event for event in events if isinstance(event, FileProgress)]
    assert len(told) > 20
    assert all(before.characters < after.characters for before, after in pairwise(told))
    assert (told[-1].lines, told[-1].characters) == (50, 1000)


async def test_words_alone_end_the_turn() -> None:
    assert (await streamed(*text(0, "Done."), completed()))[-1] == TurnDone("end_turn", COUNTED)


async def test_usage_that_is_not_told_is_not_made_up() -> None:
    assert (await streamed(*text(0, "Done."), completed(None)))[-1] == TurnDone("end_turn", None)
    sparse = completed({"input_tokens": 7, "output_tokens": 3})
    assert (await streamed(*text(0, "Done."), sparse))[-1] == TurnDone("end_turn", Usage(7, 3))


async def test_a_call_that_the_output_limit_cut_is_not_taken_for_a_whole_one() -> None:
    read = call(0, "read_file", '{"path":"a"}')
    half = WRITE[:40]
    for cut in (
        call(1, "create_file", half, "call_2", ends=False),
        call(1, "create_file", half, "call_2", status="incomplete"),
    ):
        events = await streamed(*read, *cut, incomplete("max_output_tokens"))
        assert events[-1] == TurnDone("max_tokens", COUNTED)
        assert [block.payload["input"] for block in blocks_of(events)] == [
            {"path": "a"},
            {INVALID_JSON: half},
        ]
    whole_by_chance = call(0, "read_file", '{"path":"a"}', status="incomplete")
    events = await streamed(*whole_by_chance, incomplete("max_output_tokens"))
    assert INVALID_JSON in blocks_of(events)[0].payload["input"]


async def test_text_and_reasoning_that_the_output_limit_cut() -> None:
    events = await streamed(*text(0, "So far")[:-1], incomplete("max_output_tokens"))
    assert blocks_of(events) == [Block("text", {"type": "text", "text": "So far"})]
    events = await streamed(*reasoning()[:-1], incomplete("max_output_tokens"))
    assert (blocks_of(events), events[-1]) == ([], TurnDone("max_tokens", COUNTED))


@pytest.mark.parametrize("raw", ["[1]", '"words"', "{", "nonsense", '{"a": 1} extra'])
async def test_arguments_that_are_no_object_are_handed_on_as_such(raw: str) -> None:
    events = await streamed(*call(0, "read_file", raw), completed())
    assert blocks_of(events)[0].payload["input"] == {INVALID_JSON: raw}


async def test_a_refusal_ends_the_turn_as_one() -> None:
    item = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    events = await streamed(added(0, {**item, "content": []}), done(0, item), completed())
    assert events[-1] == TurnDone("refusal", COUNTED)
    assert (await streamed(incomplete("content_filter")))[-1] == TurnDone("refusal", COUNTED)


async def test_ids_that_no_other_vendor_would_take_are_replaced() -> None:
    twice = [*call(0, "read_file", "{}", "same"), *call(1, "read_file", "{}", "same")]
    events = await streamed(*twice, *call(2, "ask", "{}", "un do!"), *call(3, "ask", "{}", ""), completed())
    ids = [block.payload["id"] for block in blocks_of(events)]
    assert ids[0] == "same"
    assert len(set(ids)) == 4
    assert all(one.replace("_", "").isalnum() and len(one) <= 64 for one in ids)


async def test_what_is_not_known_is_passed_over() -> None:
    clear = {"id": "rs_2", "type": "reasoning", "summary": [], "content": [{"type": "reasoning_text"}]}
    odd: list[dict[str, Any]] = [
        added(0, {"type": "novelty"}),
        done(0, {"type": "novelty"}),
        {"type": "response.new_thing", "output_index": 0},
        added(1, clear),
        done(1, clear),
    ]
    events = await streamed(*odd, *text(2, "hi"), completed())
    assert blocks_of(events) == [Block("text", {"type": "text", "text": "hi"})]


async def test_servers_that_name_no_events_and_end_as_another_api_does_are_understood() -> None:
    events = [START, *call(0, "read_file", '{"path":"a"}'), completed()]
    body = b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events)
    found, error = await ask(response(b": hello\n\n" + body + b"data: [DONE]\n\n"))
    assert error is None
    assert found[-1] == TurnDone("tool_use", COUNTED)
