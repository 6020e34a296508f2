"""The wire protocol: what is refused, how usage is counted, what the request log tells."""

import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx
import pytest
from anthropic import AsyncAnthropic

from tests.simulator.harness import MODEL, TOOLS, Session, first_message, running_simulator, template_files
from tests.simulator.pictures import EACH, png

HEADERS = {"x-api-key": "sk-test", "anthropic-version": "2023-06-01"}
USER = {"role": "user", "content": "Hello"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "read_file", "input": {"path": "a"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}
BREAKPOINT = {"cache_control": {"type": "ephemeral"}}

AN_HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}


def assistant(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def user(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def picture(data: str, kind: str = "image/png") -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "temperature": ({"temperature": 0.5}, "`temperature` is not supported"),
    "top_p": ({"top_p": 0.5}, "`top_p` is not supported"),
    "top_k": ({"top_k": 5}, "`top_k` is not supported"),
    "forced tool": ({"tool_choice": {"type": "tool", "name": "finish"}}, "forced tool use"),
    "any tool": ({"tool_choice": {"type": "any"}}, "forced tool use"),
    "thinking disabled": ({"thinking": {"type": "disabled"}}, "between_tools"),
    "a thinking budget": ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "`enabled` is not"),
    "thinking of no kind": ({"thinking": {"type": "deep"}}, "thinking: Input tag 'deep'"),
    "unknown display": ({"thinking": {"type": "adaptive", "display": "all"}}, "thinking.adaptive.display"),
    "display of nothing": (
        {"thinking": {"type": "between_tools", "display": "omitted"}},
        "thinking.between_tools.display: Extra inputs",
    ),
    "adaptive before its time": (
        {"model": "claude-haiku-4-5", "thinking": {"type": "adaptive"}},
        "`adaptive` is not supported",
    ),
    "unknown effort": ({"output_config": {"effort": "huge"}}, "output_config.effort"),
    "effort before its time": (
        {"model": "claude-sonnet-4-5-20250929", "output_config": {"effort": "low"}},
        "effort parameter",
    ),
    "eager as a word": ({"tools": [{**TOOLS[0], "eager_input_streaming": "yes"}]}, "eager_input_streaming"),
    "no max_tokens": ({"max_tokens": None}, "max_tokens: Field required"),
    "bad max_tokens": ({"max_tokens": 0}, "max_tokens: Input should be"),
    "no model": ({"model": ""}, "model: Field required"),
    "no messages": ({"messages": []}, "at least one message"),
    "assistant first": (
        {"messages": [assistant({"type": "text", "text": "Hi"}), USER]},
        "first message must use",
    ),
    "two users": ({"messages": [USER, USER]}, "roles must alternate"),
    "prefill": (
        {"messages": [USER, assistant({"type": "text", "text": "Hi"})]},
        "must end with a user message",
    ),
    "system role": ({"messages": [{"role": "system", "content": "x"}]}, "messages.0.role"),
    "empty content": ({"messages": [{"role": "user", "content": []}]}, "must have non-empty content"),
    "blank text": ({"messages": [user({"type": "text", "text": "  "})]}, "non-whitespace text"),
    "unknown block": ({"messages": [user({"type": "video"})]}, "messages.0.content.0.type"),
    "block without text": (
        {"messages": [user({"type": "text"})]},
        "messages.0.content.0.text.text: Field required",
    ),
    "call by user": ({"messages": [user(CALL)]}, "not allowed in user messages"),
    "unanswered call": ({"messages": [USER, assistant(CALL), USER]}, "`tool_use` ids were found without"),
    "answer after text": (
        {"messages": [USER, assistant(CALL), user({"type": "text", "text": "x"}, RESULT)]},
        "`tool_use` ids were found without",
    ),
    "answer without call": ({"messages": [user(RESULT)]}, "unexpected `tool_use_id`"),
    "two answers": ({"messages": [USER, assistant(CALL), user(RESULT, RESULT)]}, "must have a single result"),
    "calls without tools": (
        {"messages": [USER, assistant(CALL), user(RESULT)], "tools": []},
        "must define tools",
    ),
    "changed thinking": (
        {"messages": [USER, assistant({"type": "thinking", "thinking": "x", "signature": "forged"}), USER]},
        "Invalid `signature`",
    ),
    "five breakpoints": (
        {"messages": [user(*[{"type": "text", "text": "x", **BREAKPOINT}] * 5)]},
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    "six minutes of cache": (
        {
            "messages": [
                user({"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "6m"}})
            ]
        },
        "messages.0.content.0.cache_control.ttl: Input should be '5m' or '1h'",
    ),
    "an hour after five minutes": (
        {
            "messages": [
                user({"type": "text", "text": "x", **BREAKPOINT}, {"type": "text", "text": "y", **AN_HOUR})
            ]
        },
        "must not come after a ttl='5m'",
    ),
    "cache without type": (
        {"messages": [user({"type": "text", "text": "x", "cache_control": True})]},
        "cache_control.type: Input should be 'ephemeral'",
    ),
    "unknown field": ({"max_output_tokens": 5}, "max_output_tokens: Extra inputs are not permitted"),
    "more than the model writes": ({"max_tokens": 128_001}, "128001 > 128000, which is the maximum allowed"),
    "system as an object": ({"system": {"text": "x"}}, "system: Input should be a valid string or list"),
    "tools as an object": ({"tools": {"name": "x"}}, "tools: Input should be a valid list"),
    "picture of no type": (
        {"messages": [user(picture(png(9, 9), "image/svg+xml"))]},
        "media_type: Input should",
    ),
    "picture elsewhere": (
        {"messages": [user({"type": "image", "source": {"type": "url", "url": "https://example.com"}})]},
        "source.type: Input should be 'base64'",
    ),
    "no base64": ({"messages": [user(picture("%%%"))]}, "invalid base64 data"),
    "no picture": ({"messages": [user(picture("aGVsbG8="))]}, "Could not process image"),
    "a picture of another type": ({"messages": [user(picture(png(9, 9), "image/gif"))]}, "Could not process"),
    "large picture": ({"messages": [user(picture(png(9, 9, 4_000_000)))]}, "image exceeds 5 MB maximum: 53"),
    "wide picture": ({"messages": [user(picture(png(8001, 9)))]}, "max allowed size: 8000 pixels"),
    "many wide pictures": (
        {"messages": [user(*[picture(png(2001, 9))] * 21)]},
        "max allowed size for many-image requests: 2000 pixels",
    ),
    "many pictures": ({"messages": [user(*[picture(png(9, 9))] * 101)]}, "101 images > 100"),
    "picture of the assistant": (
        {"messages": [USER, assistant(picture(png(9, 9))), USER]},
        "`image` blocks are not allowed in assistant messages",
    ),
    "tool name": ({"tools": [{"name": "a b", "input_schema": {}}]}, "tools.0.name"),
    "tool schema": ({"tools": [{"name": "a"}]}, "tools.0.input_schema: Field required"),
    "tools twice": ({"tools": [TOOLS[0], TOOLS[0]]}, "Tool names must be unique"),
}


@pytest.fixture
async def http(simulator: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=simulator, headers=HEADERS) as client:
        yield client


def body(**changes: Any) -> dict[str, Any]:
    merged = {"model": MODEL, "max_tokens": 1000, "messages": [USER], "tools": TOOLS} | changes
    return {key: value for key, value in merged.items() if value is not None}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_wrong_request_is_refused(http: httpx.AsyncClient, name: str) -> None:
    changes, message = REFUSED[name]
    response = await http.post("/v1/messages", json=body(**changes))
    answer = response.json()
    assert (response.status_code, answer["type"]) == (400, "error")
    assert answer["error"]["type"] == "invalid_request_error"
    assert message in answer["error"]["message"]
    assert answer["request_id"] == response.headers["request-id"]


async def test_credentials_model_and_form(http: httpx.AsyncClient, simulator: str) -> None:
    async with httpx.AsyncClient(base_url=simulator) as stranger:
        assert (await stranger.post("/v1/messages", json=body())).status_code == 401
        keyed = await stranger.post("/v1/messages", json=body(), headers={"x-api-key": "k"})
    assert "anthropic-version" in keyed.json()["error"]["message"]
    unknown = await http.post("/v1/messages", json=body(model="gpt-7"))
    assert (unknown.status_code, unknown.json()["error"]["type"]) == (404, "not_found_error")
    for text in ("{", "[]", '"x"', "\u0000"):
        assert (await http.post("/v1/messages", content=text)).status_code == 400
    assert (await http.get("/healthz")).json() == {"status": "ok"}


async def test_the_sdk_sees_the_refusal(client: AsyncAnthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        await client.messages.create(
            model=MODEL,
            max_tokens=10,
            messages=[{"role": "user", "content": "Hi"}],
            extra_body={"temperature": 1},
        )


async def test_the_stream_is_a_proper_sequence_of_events(http: httpx.AsyncClient) -> None:
    request = body(messages=[first_message("A list of tools: name, price", template_files())], stream=True)
    response = await http.post("/v1/messages", json=request | {"max_tokens": 20_000})
    assert response.headers["content-type"].startswith("text/event-stream")
    frames = [frame.split("\n") for frame in response.text.strip().split("\n\n")]
    names = [frame[0].removeprefix("event: ") for frame in frames]
    data = [json.loads(frame[1].removeprefix("data: ")) for frame in frames]
    assert names == [item["type"] for item in data]
    assert (names[:2], names[-2:]) == (["message_start", "ping"], ["message_delta", "message_stop"])
    assert data[0]["message"]["usage"]["input_tokens"] > 100
    assert data[-2]["delta"]["stop_reason"] == "tool_use"
    starts = [item for item in data if item["type"] == "content_block_start"]
    assert [item["index"] for item in starts] == list(range(len(starts)))
    calls = []
    for start in starts:
        deltas = [
            d["delta"] for d in data if d["type"] == "content_block_delta" and d["index"] == start["index"]
        ]
        assert names.count("content_block_stop") == len(starts)
        if start["content_block"]["type"] == "tool_use":
            pieces = [delta["partial_json"] for delta in deltas]
            assert len(pieces) > 3
            calls.append(json.loads("".join(pieces)))
    assert "src/pages/Home.tsx" in [call.get("path") for call in calls]


async def deltas(http: httpx.AsyncClient, **changes: Any) -> list[dict[str, Any]]:
    """The deltas of a streamed answer."""
    response = await http.post("/v1/messages", json=body(stream=True, **changes))
    frames = [frame.split("data: ", 1)[1] for frame in response.text.strip().split("\n\n")]
    return [item["delta"] for item in map(json.loads, frames) if item["type"] == "content_block_delta"]


@pytest.mark.parametrize(
    ("thinking", "shown"),
    [
        (None, False),
        ({"type": "adaptive"}, False),
        ({"type": "adaptive", "display": "omitted"}, False),
        ({"type": "adaptive", "display": "summarized"}, True),
    ],
)
async def test_thinking_is_a_bare_signature_unless_a_summary_is_asked_for(
    http: httpx.AsyncClient, thinking: dict[str, Any] | None, shown: bool
) -> None:
    asked = first_message("A list of tools [[script:thinks]]", template_files())
    found = await deltas(http, messages=[asked], thinking=thinking, max_tokens=20_000)
    said = "".join(delta["thinking"] for delta in found if delta["type"] == "thinking_delta")
    assert bool(said) is shown
    assert sum(delta["type"] == "signature_delta" for delta in found) == 1


async def test_nothing_before_a_replayed_thought_may_change(client: AsyncAnthropic) -> None:
    session = Session(client, template_files(), "A list of tools [[script:thinks]]")
    session.take(await session.ask())
    assert session.messages[1]["content"][0]["type"] == "thinking"
    opening = session.messages[0]["content"]
    session.messages[0] = user({**opening[0], **BREAKPOINT})
    session.take(await session.ask())
    session.messages[0] = user({**opening[0], "text": opening[0]["text"] + " "})
    with pytest.raises(anthropic.BadRequestError, match=r"messages\.1\.content\.0: Invalid `signature`"):
        await session.ask()


async def test_eager_tools_are_streamed_in_small_pieces(http: httpx.AsyncClient) -> None:
    asked = first_message("A list of tools: name, price", template_files())
    sizes = {}
    for eager in (None, True):
        tools = [{**tool, "eager_input_streaming": eager} for tool in TOOLS]
        found = await deltas(http, messages=[asked], tools=tools, max_tokens=20_000)
        sizes[eager] = max(len(delta.get("partial_json", "")) for delta in found)
    assert sizes[True] < 100 < sizes[None]


async def test_max_tokens_cuts_the_answer(client: AsyncAnthropic) -> None:
    message = await client.messages.create(
        model=MODEL, max_tokens=20, messages=[first_message("todo list", {})], tools=TOOLS
    )
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 20)


async def test_cache_usage_follows_the_breakpoints(client: AsyncAnthropic) -> None:
    long = "A fact that stands in the prompt. " * 400
    system: Any = [{"type": "text", "text": long, **BREAKPOINT}]
    messages: list[Any] = [{"role": "user", "content": "First question"}]

    async def usage() -> tuple[int, int, int]:
        answer = await client.messages.create(
            model=MODEL, max_tokens=100, system=system, messages=messages, tools=TOOLS
        )
        used = answer.usage
        return used.cache_creation_input_tokens or 0, used.cache_read_input_tokens or 0, used.input_tokens

    created, read, fresh = await usage()
    assert (created > 3000, read, 0 < fresh < 100) == (True, 0, True)
    assert await usage() == (0, created, fresh)
    messages += [
        {"role": "assistant", "content": "An answer"},
        {"role": "user", "content": [{"type": "text", "text": long, **BREAKPOINT}]},
    ]
    more, again, _ = await usage()
    assert again == created
    assert more > 3000
    assert (await usage())[:2] == (0, created + more)
    system[0]["text"] = "Another beginning. " + long
    assert (await usage())[1] == 0


async def test_what_is_cached_for_an_hour_is_counted_apart(client: AsyncAnthropic) -> None:
    long = "A fact that stays for an hour. " * 400
    system: Any = [{"type": "text", "text": long, **AN_HOUR}]
    messages: list[Any] = [user({"type": "text", "text": long[::-1], **BREAKPOINT})]
    used = []
    for _ in range(2):
        answer = await client.messages.create(
            model=MODEL, max_tokens=100, system=system, messages=messages, tools=TOOLS
        )
        used.append(answer.usage)
    first, second = used
    assert first.cache_creation is not None
    hour, minutes = (
        first.cache_creation.ephemeral_1h_input_tokens,
        first.cache_creation.ephemeral_5m_input_tokens,
    )
    assert min(hour, minutes) > 3000
    assert first.cache_creation_input_tokens == hour + minutes == second.cache_read_input_tokens


@pytest.mark.parametrize("kind", EACH)
async def test_pictures_are_counted_by_their_size(http: httpx.AsyncClient, kind: str) -> None:
    tokens = []
    for blocks in ([], [picture(EACH[kind], kind.strip())]):
        request = body(messages=[user({"type": "text", "text": "Look"}, *blocks)])
        tokens.append((await http.post("/v1/messages", json=request)).json()["usage"]["input_tokens"])
    assert abs(tokens[1] - tokens[0] - 480 * 300 / 750) < 40  # the words around the data count too


async def test_a_picture_in_a_tools_answer_is_taken(http: httpx.AsyncClient) -> None:
    result = {**RESULT, "content": [{"type": "text", "text": "ok"}, picture(png(480, 300))]}
    response = await http.post("/v1/messages", json=body(messages=[USER, assistant(CALL), user(result)]))
    assert response.status_code == 200


async def test_a_request_beyond_32_megabytes_is_refused(http: httpx.AsyncClient) -> None:
    response = await http.post("/v1/messages", content=b"x" * (32 * 1024 * 1024 + 1))
    assert (response.status_code, response.json()["error"]["type"]) == (413, "request_too_large")


async def test_short_prefixes_are_not_cached(http: httpx.AsyncClient) -> None:
    request = body(messages=[user({"type": "text", "text": "short", **BREAKPOINT})], tools=[])
    for _ in range(2):
        used = (await http.post("/v1/messages", json=request)).json()["usage"]
        assert (used["cache_creation_input_tokens"], used["cache_read_input_tokens"]) == (0, 0)


async def test_the_log_tells_repeated_requests_apart_from_new_ones(
    client: AsyncAnthropic, http: httpx.AsyncClient
) -> None:
    session = Session(client, template_files(), "A log of rare birds: name, place, seen")
    message = await session.ask()
    await session.ask()
    session.take(message)
    await session.ask()
    await http.post(
        "/v1/messages", json=body(temperature=1, messages=[user({"type": "text", "text": "birds"})])
    )
    log = (await http.get("/__sim/requests")).json()["requests"][-4:]
    first, repeated, next_one, refused = log
    assert first["sha256"] == repeated["sha256"] != next_one["sha256"]
    assert (first["attempt"], repeated["attempt"], next_one["attempt"]) == (1, 2, 1)
    assert (first["messages"], next_one["messages"]) == (1, 3)
    assert (first["extends"], next_one["extends"]) == (None, True)
    assert first["outcome"] == first["stop_reason"] == "tool_use"
    assert first["script"] == "blueprint"
    assert (refused["outcome"], refused["stop_reason"]) == ("invalid_request_error", None)
    assert len({entry["id"] for entry in log}) == 4


async def test_think_time_and_a_caller_that_hangs_up() -> None:
    """The process ends in time although a request still hangs; see the end of `running_simulator`."""
    hanging = body(messages=[user({"type": "text", "text": "todo list [[script:hangs]]"})])
    with running_simulator(think_ms=300) as url:
        async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=1) as http:
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/v1/messages", json=hanging)
            assert (await http.post("/v1/messages", json=hanging)).status_code == 200
            hung, answered = (await http.get("/__sim/requests")).json()["requests"]
            await http.delete("/__sim/requests")  # faults hit again
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/v1/messages", json=hanging)
    assert hung["outcome"] in {"fault:hang", "disconnected"}
    assert answered["milliseconds"] >= 300
