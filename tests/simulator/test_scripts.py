"""Every shipped script does what its description says, seen through the vendor's SDK."""

from pathlib import Path
from typing import Any

import anthropic
import httpx
import httpx2
import pytest
from anthropic import AsyncAnthropic
from anthropic.types import Message

from common.contracts.content import file_problems
from dev.simulator.scripts.library import Library
from tests.simulator.harness import (
    MODEL,
    TOOLS,
    Session,
    Workshop,
    first_message,
    running_simulator,
    sdk,
    template_files,
)

PROMPT = "A reading list: title, author, rating and a done flag, and a statistics page"
LIB = "src/lib/books.ts"


def session_of(client: AsyncAnthropic, script: str, name: str = "") -> Session:
    """`name` makes the request one of its own: a fault hits the same request only once."""
    return Session(client, template_files(), f"{PROMPT} [[script:{script}]] {name}")


async def failure(session: Session) -> anthropic.APIStatusError:
    with pytest.raises(anthropic.APIStatusError) as caught:
        await session.ask()
    return caught.value


def kind_of(error: anthropic.APIStatusError) -> str:
    assert isinstance(error.body, dict)
    return str(error.body["error"]["type"])


def test_every_shipped_script_can_be_loaded() -> None:
    library = Library()
    for name in library.names():
        assert library.script(name).description
    assert {"type-error", "always-broken", "missing-import", "slow", "images"} <= set(library.names())


async def test_type_error_is_found_by_tsc_and_then_repaired(
    client: AsyncAnthropic, workshop: Workshop
) -> None:
    session = await session_of(client, "type-error").run()
    assert "src/lib/greeting.ts(3,9): error TS2322" in await workshop.check(session.files)
    session.recover("src/lib/greeting.ts:3:9 TS2322: Type 'string' is not assignable to type 'number'.")
    await session.run()
    assert session.errors == []
    assert await workshop.check(session.files) == ""


async def test_always_broken_stays_broken(client: AsyncAnthropic, workshop: Workshop) -> None:
    session = await session_of(client, "always-broken").run()
    for attempt in (1, 2):
        assert "src/lib/broken.ts(2,14): error TS2322" in await workshop.check(session.files)
        session.recover("src/lib/broken.ts:2:14 TS2322: Type 'string' is not assignable.", attempt)
        await session.run()
    assert session.errors == []
    assert "TS2322" in await workshop.check(session.files)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [("missing-import", "pages/Forgotten"), ("missing-style", "styles/forgotten.css")],
)
async def test_a_missing_file_is_written_on_recovery(
    client: AsyncAnthropic, workshop: Workshop, script: str, complaint: str
) -> None:
    session = await session_of(client, script).run()
    complaints = await workshop.check(session.files)
    assert "vite: " in complaints
    assert complaint in complaints
    assert ("tsc: " in complaints) == (script == "missing-import")
    session.recover(f"could not resolve {complaint}")
    await session.run()
    assert session.errors == []
    assert await workshop.check(session.files) == ""


async def test_rate_limited_says_when_to_come_back(client: AsyncAnthropic) -> None:
    session = session_of(client, "rate-limited")
    error = await failure(session)
    assert isinstance(error, anthropic.RateLimitError)
    assert error.response.headers["retry-after"] == "1"
    assert kind_of(error) == "rate_limit_error"
    assert error.request_id
    session.take(await session.ask())
    session.take(await session.ask())
    for _ in range(2):
        assert (await failure(session)).response.headers["retry-after"] == "0.2"
    assert LIB in (await session.run()).files


async def test_overloaded_in_three_ways(client: AsyncAnthropic) -> None:
    session = session_of(client, "overloaded")
    seen = []
    for _ in range(3):
        error = await failure(session)
        seen.append((error.status_code, kind_of(error)))
        session.take(await session.ask())
    assert seen == [(529, "overloaded_error"), (500, "api_error"), (200, "overloaded_error")]
    assert session.summary


async def test_always_overloaded(client: AsyncAnthropic) -> None:
    session = session_of(client, "always-overloaded")
    assert [(await failure(session)).status_code for _ in range(3)] == [529, 529, 529]


async def test_a_cut_stream_ends_without_a_stop_reason(client: AsyncAnthropic) -> None:
    session = session_of(client, "cut-stream")
    assert (await session.ask()).stop_reason is None
    session.take(await session.ask())
    cut = await session.ask()
    assert (cut.stop_reason, cut.content[-1].type) == (None, "tool_use")
    session.take(await session.ask())
    with pytest.raises(httpx2.RemoteProtocolError, match="peer closed connection"):
        await session.ask()
    assert (await session.run()).summary


async def test_a_cut_after_a_tool_loses_only_what_was_not_sent(
    client: AsyncAnthropic, workshop: Workshop
) -> None:
    """A caller that answers the finished call alone gets the lost one in the next turn."""
    session = session_of(client, "cut-after-tool")
    session.take(await session.ask())
    cut = await session.ask()
    finished, unfinished = [block for block in cut.content if block.type == "tool_use"]
    assert (cut.stop_reason, finished.input["path"]) == (None, "src/components/BookCard.tsx")
    kept = [block for block in cut.content if block is not unfinished]
    session.take(cut.model_copy(update={"content": kept}))
    await session.run()
    assert session.errors == []
    assert await workshop.check(session.files) == ""


async def test_stops_early_never_writes(client: AsyncAnthropic) -> None:
    session = session_of(client, "stops-early")
    before = dict(session.files)
    for _ in range(3):
        message = await session.ask()
        assert message.stop_reason == "end_turn"
        session.take(message)
        session.messages.append({"role": "user", "content": "Please go on."})
    assert session.files == before


async def test_stops_once_goes_on_when_asked(client: AsyncAnthropic) -> None:
    session = await session_of(client, "stops-once").run()
    assert session.summary is None
    session.messages.append({"role": "user", "content": "Please go on."})
    assert LIB in (await session.run()).files


@pytest.mark.parametrize(("script", "refused"), [("unknown-tool", 2), ("hostile-paths", 17), ("thinks", 0)])
async def test_bad_calls_are_refused_and_the_app_is_built(
    client: AsyncAnthropic, workshop: Workshop, script: str, refused: int
) -> None:
    session = await session_of(client, script).run()
    assert len(session.errors) == refused
    assert set(session.files) >= {LIB, "src/pages/Statistics.tsx"}
    assert await workshop.check(session.files) == ""


async def test_nonsense_is_no_json_then_wrong_arguments_then_empty(client: AsyncAnthropic) -> None:
    session = session_of(client, "nonsense")
    with pytest.raises(ValueError, match="Unable to parse tool parameter JSON"):
        await session.ask()
    text = {"role": "assistant", "content": "First some nonsense."}
    session.messages += [text, {"role": "user", "content": "That was no JSON."}]
    lenient = await session.ask()
    assert [block.input for block in lenient.content if block.type == "tool_use"] == [
        {"path": "src/lib/nonsense.ts", "content": "export const a = 1;"}
    ]
    session.messages += [text, {"role": "user", "content": "That was no JSON either."}]
    session.take(await session.ask())
    assert len(session.errors) == 4
    assert (await session.ask()).content == []
    session.messages += [text, {"role": "user", "content": "That was empty."}]
    assert LIB in (await session.run()).files


async def test_a_token_limit_cuts_a_tool_call(client: AsyncAnthropic) -> None:
    session = session_of(client, "max-tokens")
    session.take(await session.ask())
    cut = await session.ask()
    assert (cut.stop_reason, cut.content[-1].type) == ("max_tokens", "tool_use")
    assert cut.usage.output_tokens == 200
    assert (await session.run()).summary


async def test_hangs_until_the_caller_gives_up(simulator: str) -> None:
    async with sdk(simulator, patience=0.5) as client:
        session = session_of(client, "hangs")
        with pytest.raises(anthropic.APITimeoutError):
            await session.ask()
        session.take(await session.ask())
        with pytest.raises(httpx2.ReadTimeout):
            await session.ask()
        assert (await session.run()).summary


async def test_slow_writes_a_file_a_turn(simulator: str, client: AsyncAnthropic) -> None:
    session = session_of(client, "slow")
    for _ in range(2):
        session.take(await session.ask())
    assert {"src/lib/notes/note1.ts", "src/lib/notes/note2.ts"} <= set(session.files)
    log = (await http_get(f"{simulator}/__sim/requests"))["requests"]
    assert min(entry["milliseconds"] for entry in log if entry["script"] == "slow") >= 400


@pytest.mark.parametrize(
    ("script", "classes"), [("endless", "w-{1..3000000}"), ("hungry", "{1..30000}{1..30000}")]
)
async def test_endless_and_hungry_builds_ask_for_too_many_classes(
    client: AsyncAnthropic, script: str, classes: str
) -> None:
    session = await session_of(client, f"{script}-build").run()
    assert session.errors == []
    assert f'@source inline("{classes}");' in session.files["src/index.css"].splitlines()
    assert not file_problems("src/index.css", session.files["src/index.css"].encode())


async def test_images_are_shown(client: AsyncAnthropic, workshop: Workshop) -> None:
    session = await session_of(client, "images").run()
    assert "/images/${number}.png" in session.files["src/pages/Home.tsx"]
    assert await workshop.check(session.files) == ""


async def test_an_unknown_script_is_named_with_the_known_ones(client: AsyncAnthropic) -> None:
    error = await failure(session_of(client, "no-such-script"))
    assert (error.status_code, kind_of(error)) == (400, "invalid_request_error")
    assert "no-such-script" in str(error)
    assert "type-error" in str(error)


async def test_scripts_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("sections: [{turns: [{text: Mine., stop: end_turn}]}]")
    (tmp_path / "wrong.yaml").write_text("sections: [{turns: [{texts: Mine.}]}]")
    with running_simulator(tmp_path) as base_url:
        async with sdk(base_url) as client:
            message: Message = await session_of(client, "mine").ask()
            error = await failure(session_of(client, "wrong"))
    assert [block.to_dict() for block in message.content] == [{"type": "text", "text": "Mine."}]
    assert "wrong.yaml: sections[0].turns[0]: unknown keys ['texts']" in str(error)


async def test_a_whole_answer_without_streaming(client: AsyncAnthropic) -> None:
    message = await client.messages.create(
        model=MODEL, max_tokens=4000, tools=TOOLS, messages=[first_message(PROMPT, template_files())]
    )
    assert message.stop_reason == "tool_use"
    assert LIB in [block.input.get("path") for block in message.content if block.type == "tool_use"]


async def http_get(url: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        return dict((await http.get(url)).json())


async def test_questions_are_followed_by_what_their_answers_say(client: AsyncAnthropic) -> None:
    asking = session_of(client, "asks")
    [call] = [block for block in (await asking.ask()).content if block.type == "tool_use"]
    assert (call.name, str(call.input).count("'question':")) == ("ask", 2)
    before = f"<earlier_request>\n{asking.request}\n</earlier_request>\n"
    answered = await Session(client, template_files(), "Blue, for my club", before).run()
    assert answered.files["src/lib/answers.ts"].startswith("/* Blue, for my club */")


@pytest.mark.parametrize("script", ["goes-in-circles", "finishes-empty", "answers-in-text", "writes-anyway"])
async def test_endings_without_an_app(client: AsyncAnthropic, script: str) -> None:
    session = session_of(client, script)
    for _ in range(2):
        session.take(await session.ask())
        session.messages += [] if session.messages[-1]["role"] == "user" else [_go_on()]
    first, second = ([block.to_dict() for block in turn.content] for turn in session.turns)
    assert ([{**one, "id": ""} for one in first] == [{**one, "id": ""} for one in second]) == (
        script != "writes-anyway"
    )


def _go_on() -> Any:
    return {"role": "user", "content": "Go on."}
