"""The Responses API: what is refused, how usage is counted, what its stream consists of."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.simulator.harness import TOOLS, first_message, template_files
from tests.simulator.pictures import EACH, png

MODEL = "gpt-6.1-sol"
FUNCTIONS = [
    {"type": "function", "name": tool["name"], "parameters": tool["input_schema"], "strict": False}
    for tool in TOOLS
]
USER = {"role": "user", "content": "Hello"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "read_file", "arguments": '{"path": "a"}'}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "ok"}
REPLAYED = {"store": False, "include": ["reasoning.encrypted_content"]}


def user(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


def image(data: str, kind: str = "image/png", **fields: Any) -> dict[str, Any]:
    return {"type": "input_image", "image_url": f"data:{kind};base64,{data}", **fields}


def asked(words: str) -> list[dict[str, Any]]:
    """The first message of a conversation about the template's app."""
    return [{"role": "user", "content": first_message(words, template_files())["content"][0]["text"]}]


def tool(**changes: Any) -> dict[str, Any]:
    return {"tools": [{**FUNCTIONS[0], **changes}]}


REFUSED: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "unknown field": ({"max_tokens": 5}, "unknown_parameter", "max_tokens"),
    "no model": ({"model": None}, "missing_required_parameter", "model"),
    "no input": ({"input": None}, "missing_required_parameter", "input"),
    "input of another type": ({"input": 5}, "invalid_type", "input"),
    "store as a word": ({"store": "no"}, "invalid_type", "store"),
    "limit as a word": ({"max_output_tokens": "5"}, "invalid_type", "max_output_tokens"),
    "limit as a truth": ({"max_output_tokens": True}, "invalid_type", "max_output_tokens"),
    "low limit": ({"max_output_tokens": 5}, "integer_below_min_value", "max_output_tokens"),
    "high limit": ({"max_output_tokens": 128_001}, "integer_above_max_value", "max_output_tokens"),
    "temperature": ({"temperature": 0.5}, "unsupported_parameter", "temperature"),
    "top_p": ({"top_p": 0.5}, "unsupported_parameter", "top_p"),
    "unknown effort": ({"reasoning": {"effort": "huge"}}, "invalid_value", "reasoning.effort"),
    "effort of another model": (
        {"model": "gpt-6-luna", "reasoning": {"effort": "minimal"}},
        "unsupported_value",
        "reasoning.effort",
    ),
    "reasoning of a model without": (
        {"model": "gpt-4.1", "reasoning": {"effort": "low"}},
        "unsupported_parameter",
        "reasoning.effort",
    ),
    "unknown reasoning": ({"reasoning": {"depth": 1}}, "unknown_parameter", "reasoning.depth"),
    "unknown summary": ({"reasoning": {"summary": "all"}}, "invalid_value", "reasoning.summary"),
    "unknown include": ({"include": ["everything"]}, "invalid_value", "include[0]"),
    "long cache key": ({"prompt_cache_key": "x" * 65}, "string_above_max_length", "prompt_cache_key"),
    "metadata": ({"metadata": {"a": 5}}, "invalid_type", "metadata.a"),
    "stored answers": ({"previous_response_id": "resp_1"}, "previous_response_not_found", None),
    "stream options alone": ({"stream_options": {"include_obfuscation": False}}, None, "stream_options"),
    "hosted tool": ({"tools": [{"type": "web_search"}]}, "invalid_value", "tools[0].type"),
    "tool of the other vendor": ({"tools": TOOLS}, "invalid_value", "tools[0].type"),
    "tool name": (tool(name="a b"), "invalid_value", "tools[0].name"),
    "tool schema": (tool(parameters={"type": "array"}), "invalid_function_parameters", "tools[0].parameters"),
    "strict tool": (tool(strict=True), "invalid_function_parameters", "tools[0].parameters"),
    "many tools": ({"tools": FUNCTIONS * 20}, "array_above_max_length", "tools"),
    "unknown choice": ({"tool_choice": {"type": "function", "name": "x"}}, None, "tool_choice"),
    "tool choice of the other vendor": (
        {"tool_choice": {"type": "auto"}},
        "invalid_value",
        "tool_choice.type",
    ),
    "unknown item": ({"input": [{"type": "video"}]}, "invalid_value", "input[0]"),
    "unknown role": ({"input": [{"role": "tool", "content": "x"}]}, "invalid_value", "input[0].role"),
    "unknown part": ({"input": user({"type": "text", "text": "x"})}, "invalid_value", "input[0].content[0]"),
    "part without text": (
        {"input": user({"type": "input_text"})},
        "missing_required_parameter",
        "input[0].content[0].text",
    ),
    "unknown field of an item": (
        {"input": [{**CALL, "input": {}}, OUTPUT]},
        "unknown_parameter",
        "input[0].input",
    ),
    "arguments as an object": (
        {"input": [{**CALL, "arguments": {}}, OUTPUT]},
        "invalid_type",
        "input[0].arguments",
    ),
    "long call id": (
        {"input": [{**CALL, "call_id": "x" * 65}, OUTPUT]},
        "string_above_max_length",
        "input[0].call_id",
    ),
    "an id of another kind": ({"input": [{**CALL, "id": "msg_1"}, OUTPUT]}, "invalid_value", "input[0].id"),
    "unanswered call": ({"input": [USER, CALL]}, None, "input"),
    "answer without call": ({"input": [USER, OUTPUT]}, None, "input"),
    "two answers": ({"input": [CALL, OUTPUT, OUTPUT]}, None, "input"),
    "no picture": ({"input": user(image("aGVsbG8="))}, "invalid_image_format", "input[0].content[0]"),
    "no base64": ({"input": user(image("%%%"))}, "invalid_value", "input[0].content[0].image_url"),
    "a picture elsewhere": (
        {"input": user({"type": "input_image", "image_url": "https://example.com/a.png"})},
        "invalid_image_url",
        "url",
    ),
    "unknown detail": (
        {"input": user(image(png(9, 9), detail="all"))},
        "invalid_value",
        "input[0].content[0].detail",
    ),
    "many pictures": ({"input": user(*[image(png(9, 9))] * 1501)}, None, "input"),
}


@pytest.fixture
async def http(simulator: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=simulator, headers={"authorization": "Bearer sk-test"}) as client:
        yield client


def body(**changes: Any) -> dict[str, Any]:
    merged = {"model": MODEL, "input": [USER], "tools": FUNCTIONS} | changes
    return {key: value for key, value in merged.items() if value is not None}


async def answered(http: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await http.post("/v1/responses", json=body(**changes))
    assert response.status_code == 200, response.text
    return dict(response.json())


async def streamed(http: httpx.AsyncClient, **changes: Any) -> list[dict[str, Any]]:
    response = await http.post("/v1/responses", json=body(stream=True, **changes))
    assert response.headers["content-type"].startswith("text/event-stream"), response.text
    frames = [frame.split("\n") for frame in response.text.strip().split("\n\n")]
    data = [json.loads(frame[1].removeprefix("data: ")) for frame in frames]
    assert [frame[0].removeprefix("event: ") for frame in frames] == [item["type"] for item in data]
    return data


@pytest.mark.parametrize("name", REFUSED)
async def test_a_wrong_request_is_refused_in_the_vendors_form(http: httpx.AsyncClient, name: str) -> None:
    changes, code, param = REFUSED[name]
    response = await http.post("/v1/responses", json=body(**changes))
    error = response.json()["error"]
    assert response.status_code == 400
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", code)
    assert param in {None, error["param"]}
    assert response.headers["x-request-id"].startswith("req_")


async def test_credentials_model_and_form(http: httpx.AsyncClient, simulator: str) -> None:
    async with httpx.AsyncClient(base_url=simulator) as stranger:
        refused = await stranger.post("/v1/responses", json=body())
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
    unknown = await http.post("/v1/responses", json=body(model="claude-sonnet-5-5"))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "model_not_found")
    for text in ("{", "[]", '"x"', "[" * 100_000):
        assert (await http.post("/v1/responses", content=text)).status_code == 400
    for model in ("gpt-4.1", "gpt-4o-mini"):
        assert (await answered(http, model=model, temperature=0.5))["model"] == model


async def test_the_stream_is_a_proper_sequence_of_events(http: httpx.AsyncClient) -> None:
    data = await streamed(http, input=asked("A list of tools: name, price"))
    names = [item["type"].removeprefix("response.") for item in data]
    assert [item["sequence_number"] for item in data] == list(range(len(data)))
    assert (names[:2], names[-1]) == (["created", "in_progress"], "completed")
    final = data[-1]["response"]
    done = [item["item"] for item in data if item["type"] == "response.output_item.done"]
    assert (final["output"], final["status"]) == (done, "completed")
    assert final["usage"]["total_tokens"] == final["usage"]["input_tokens"] + final["usage"]["output_tokens"]
    for index, item in enumerate(done):
        own = [event for event in data if event.get("output_index") == index]
        assert (own[0]["type"], own[-1]["type"]) == (
            "response.output_item.added",
            "response.output_item.done",
        )
        said = "".join(event["delta"] for event in own if event["type"].endswith(".delta"))
        if item["type"] == "function_call":
            assert isinstance(json.loads(said), dict)
            assert own[0]["item"] == {**item, "status": "in_progress", "arguments": ""}
            assert own[-2]["arguments"] == item["arguments"] == said
        else:
            assert item["content"][0]["text"] == said
    arguments = [json.loads(item["arguments"]) for item in done if item["type"] == "function_call"]
    assert "src/pages/Home.tsx" in [call.get("path") for call in arguments]


async def test_a_whole_answer_is_the_streamed_one(http: httpx.AsyncClient) -> None:
    plain = await answered(http, input=asked("A list of tools: name, price"), metadata={"app": "x"})
    [*_, last] = await streamed(http, input=asked("A list of tools: name, price"), metadata={"app": "x"})
    for response in (plain, last["response"]):
        for item in response["output"]:
            item.pop("id")
            item.pop("call_id", None)
    varying = {"id", "created_at", "completed_at", "usage"}
    assert {k: v for k, v in plain.items() if k not in varying} == {
        k: v for k, v in last["response"].items() if k not in varying
    }


async def reasoned(http: httpx.AsyncClient, **changes: Any) -> tuple[list[Any], list[Any]]:
    """The input and the output of a turn that opens with reasoning."""
    before = asked("A list of tools [[script:thinks]]")
    response = await answered(http, input=before, **(REPLAYED | {"reasoning": {"summary": "auto"}} | changes))
    assert [item["type"] for item in response["output"]] == ["reasoning", "message", "function_call"]
    assert response["usage"]["output_tokens_details"]["reasoning_tokens"] > 10
    return before, response["output"]


def replayed(before: list[Any], output: list[Any]) -> list[Any]:
    result = {"type": "function_call_output", "call_id": output[-1]["call_id"], "output": "rev:0\n1| x"}
    return [*before, *output, result]


async def test_reasoning_is_taken_back_as_it_was(http: httpx.AsyncClient) -> None:
    before, output = await reasoned(http)
    assert output[0]["summary"][0]["text"]
    await answered(http, input=replayed(before, output), **REPLAYED)
    before, output = await reasoned(http, reasoning=None)
    assert output[0]["summary"] == []
    await answered(http, input=replayed(before, output), **REPLAYED)


async def test_reasoning_that_was_changed_or_left_behind_is_refused(http: httpx.AsyncClient) -> None:
    before, (thought, said, call) = await reasoned(http)
    changed = {**thought, "summary": [{"type": "summary_text", "text": "Something else."}]}
    unsealed = {key: value for key, value in thought.items() if key != "encrypted_content"}
    cases = {
        "could not be verified": (replayed(before, [changed, said, call]), 400),
        "not found. Items are not persisted": (replayed(before, [unsealed, said, call]), 404),
        "without its required following item": ([*before, thought, USER], 400),
        "without its required 'reasoning' item": (replayed(before, [said, call]), 400),
    }
    for words, (items, status) in cases.items():
        response = await http.post("/v1/responses", json=body(input=items, **REPLAYED))
        assert (response.status_code, words in response.json()["error"]["message"]) == (status, True), words
    nameless = [{key: value for key, value in one.items() if key != "id"} for one in (said, call)]
    await answered(http, input=replayed(before, nameless), **REPLAYED)


async def test_encrypted_reasoning_comes_when_it_is_asked_for(http: httpx.AsyncClient) -> None:
    _, output = await reasoned(http, include=[])
    assert output[0]["encrypted_content"] is None


async def test_prompts_are_cached_by_their_prefix_in_steps(http: httpx.AsyncClient) -> None:
    long = "A fact that stands in the prompt. " * 400

    async def usage(items: list[Any], **changes: Any) -> tuple[int, int, int]:
        response = await answered(http, input=items, **changes)
        used = response["usage"]["input_tokens_details"]
        return used["cached_tokens"], used["cache_write_tokens"], response["usage"]["input_tokens"]

    first = user({"type": "input_text", "text": long})
    cached, written, whole = await usage(first, prompt_cache_key="one")
    assert (cached, written) == (0, whole // 128 * 128)
    assert await usage(first, prompt_cache_key="one") == (written, 0, whole)
    said = {"role": "assistant", "content": "An answer"}
    longer = [*first, said, {"role": "user", "content": long[::-1]}]
    cached, more, all_of_it = await usage(longer, prompt_cache_key="one")
    assert written - 128 <= cached <= written
    assert cached % 128 == 0
    assert cached + more == all_of_it // 128 * 128
    assert (await usage(longer, prompt_cache_key="another"))[0] == 0
    split = user({"type": "input_text", "text": long[:9000] + long[::-1]})
    assert 1024 <= (await usage(split, prompt_cache_key="one"))[0] < written
    assert (await usage([USER], tools=[]))[:2] == (await usage([USER], tools=[]))[:2] == (0, 0)


@pytest.mark.parametrize("kind", EACH)
async def test_pictures_are_counted_by_their_size(http: httpx.AsyncClient, kind: str) -> None:
    plain = await answered(http, input=user({"type": "input_text", "text": "Look"}))
    shown = image(EACH[kind], kind.strip())
    seen = await answered(http, input=user({"type": "input_text", "text": "Look"}, shown))
    result = {**OUTPUT, "output": [{"type": "input_text", "text": "ok"}, shown]}
    assert seen["usage"]["input_tokens"] - plain["usage"]["input_tokens"] == 15 * 10
    assert (await answered(http, input=[CALL, result]))["status"] == "completed"


async def test_a_limit_leaves_the_answer_incomplete(http: httpx.AsyncClient) -> None:
    data = await streamed(http, input=asked("A list of tools: name, price"), max_output_tokens=80)
    final = data[-1]["response"]
    assert data[-1]["type"] == "response.incomplete"
    assert (final["status"], final["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert final["usage"]["output_tokens"] == 80
    assert final["output"][-1]["status"] == "incomplete"


async def test_the_log_tells_repeated_requests_apart_from_new_ones(http: httpx.AsyncClient) -> None:
    before = asked("A log of rare birds: name, place, seen")
    output = (await answered(http, input=before))["output"]
    await answered(http, input=before)
    results = [
        {"type": "function_call_output", "call_id": item["call_id"], "output": "ok"}
        for item in output
        if item["type"] == "function_call"
    ]
    await answered(http, input=[*before, *output, *results])
    first, repeated, next_one = (await http.get("/__sim/requests")).json()["requests"][-3:]
    assert first["sha256"] == repeated["sha256"] != next_one["sha256"]
    assert (first["attempt"], repeated["attempt"], next_one["attempt"]) == (1, 2, 1)
    assert (first["messages"], next_one["messages"]) == (1, 3)
    assert (first["extends"], next_one["extends"]) == (None, True)
    assert (first["vendor"], first["script"], first["outcome"]) == ("openai", "blueprint", "tool_use")
    kept = (await http.get(f"/__sim/requests/{next_one['id']}")).json()
    assert kept == body(input=[*before, *output, *results])
