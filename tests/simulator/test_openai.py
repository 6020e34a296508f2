"""The official SDK as a client: the same script makes the same app through either vendor's API."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest
import pytest_asyncio
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from openai.types.responses import Response

from tests.simulator.harness import TOOLS, Session, first_message, template_files

MODEL = "gpt-6.1-sol"
FUNCTIONS: list[Any] = [
    {"type": "function", "name": tool["name"], "parameters": tool["input_schema"], "strict": False}
    for tool in TOOLS
]
PROMPT = "A reading list: title, author, rating and a done flag, a form to add one and a statistics page"


@pytest_asyncio.fixture
async def sdk(simulator: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        api_key="sk-test", base_url=f"{simulator}/v1", max_retries=0, timeout=20
    ) as client:
        yield client


@dataclass
class Conversation:
    """The tool loop of `Session` through the Responses API, without the vendor keeping anything."""

    sdk: AsyncOpenAI
    session: Session
    items: list[Any] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    async def run(self) -> "Conversation":
        opening = first_message(self.session.request, self.session.files)["content"][0]["text"]
        self.items.append({"role": "user", "content": opening})
        while self.session.summary is None:
            assert len(self.responses) < 40, "not finished"
            response = await self.ask()
            calls = [item for item in response.output if item.type == "function_call"]
            self.items += [item.to_dict() for item in response.output]
            self.items += [self.output(call) for call in calls]
        return self

    async def ask(self) -> Response:
        events = await self.sdk.responses.create(
            model=MODEL, input=self.items, tools=FUNCTIONS, store=False, prompt_cache_key="app", stream=True,
            reasoning={"effort": "low", "summary": "auto"}, include=["reasoning.encrypted_content"],
        )  # fmt: skip
        ended = [event.response async for event in events if event.type == "response.completed"]
        self.responses += ended
        return ended[0]

    def output(self, call: Any) -> dict[str, Any]:
        try:
            text = self.session.apply(call.name, json.loads(call.arguments))
        except (KeyError, TypeError, ValueError) as error:
            text = f"error: {error}"
            self.session.errors.append(text)
        return {"type": "function_call_output", "call_id": call.call_id, "output": text}


@pytest.mark.parametrize("words", [PROMPT, f"{PROMPT} [[script:thinks]]"])
async def test_both_apis_make_the_same_app(sdk: AsyncOpenAI, client: AsyncAnthropic, words: str) -> None:
    other = await Session(client, template_files(), words).run()
    mine = await Conversation(sdk, Session(client, template_files(), words)).run()
    assert mine.session.errors == other.errors == []
    assert mine.session.files == other.files
    assert mine.session.summary == other.summary
    assert len(mine.responses) == len(other.turns)
    last = mine.responses[-1].usage
    assert last is not None
    assert last.input_tokens_details.cached_tokens >= 1024


async def test_the_sdk_sees_the_refusals(sdk: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await sdk.responses.create(model=MODEL, input="Hi", temperature=1)
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "temperature")
    assert str(refused.value.request_id).startswith("req_")
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.create(model="gpt-unknown-9", input="Hi")


async def test_the_sdk_sees_an_outage(sdk: AsyncOpenAI, client: AsyncAnthropic) -> None:
    talk = Conversation(sdk, Session(client, {}, ""))
    opening = first_message(f"{PROMPT} [[script:overloaded]]", template_files())
    talk.items = [{"role": "user", "content": opening["content"][0]["text"]}]
    with pytest.raises(openai.InternalServerError) as refused:
        await talk.ask()
    assert (refused.value.status_code, refused.value.code) == (503, "server_is_overloaded")
    assert (await talk.ask()).status == "completed"
