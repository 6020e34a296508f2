"""Backoff: patient within its budget, never twice for what will not pass, never after a tool call."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import pytest

from common.errors import AppError
from common.retry import Backoff
from orchestrator.clients.model.anthropic.client import AnthropicClient
from orchestrator.clients.model.backoff import BACKOFF, RetryingClient
from orchestrator.clients.model.protocol import (
    BlockDone,
    ModelCut,
    ModelEvent,
    ModelRejected,
    ModelRequest,
    ModelUnavailable,
    TurnDone,
    TurnRefused,
    TurnRequested,
    TurnStarted,
)
from orchestrator.domain.turns import Usage
from tests.orchestrator.clients.harness import Simulator, asking, collect

READ = {"read_file": {"path": "src/pages/Home.tsx"}}


QUICK = Backoff(first=0.001, longest=0.01, heeded=0.01)


@dataclass
class Vendor:
    """Fails as told, one error per attempt, then stays with the last; None begins a turn and is cut."""

    errors: Sequence[AppError | None]
    attempts: int = 0

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.attempts += 1
        error = self.errors[min(self.attempts, len(self.errors)) - 1]
        if error is None:
            yield TurnStarted(Usage(input_tokens=len(request.messages)), None)
            error = ModelCut("cut")
        raise error


def retrying(inner: object, budget: float = 120.0, backoff: Backoff = QUICK) -> RetryingClient:
    assert isinstance(inner, AnthropicClient | Vendor)
    return RetryingClient(inner, budget=budget, backoff=backoff)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "rate_limit", "retry_after": 2},
        {"kind": "overloaded"},
        {"kind": "server_error"},
        {"kind": "error_event"},
        {"kind": "cut", "after_bytes": 650},
        {"kind": "cut", "clean": False},
    ],
    ids=str,
)
async def test_a_busy_vendor_is_asked_again_with_the_very_same_request(
    simulator: Simulator, client: AnthropicClient, fault: dict[str, object]
) -> None:
    name = "again-" + "-".join(str(value) for value in fault.values()).replace("_", "-")
    turn = {"text": "I read first.", "calls": [READ], "fault": {**fault, "times": 3}}
    events, error = await collect(retrying(client), asking(simulator.script(name, turn)))
    assert error is None
    assert isinstance(events[-1], TurnDone)
    assert sum(isinstance(event, BlockDone) for event in events) == 2
    logged = await simulator.requests(name)
    assert len(logged) == 4
    assert len({entry["sha256"] for entry in logged}) == 1
    begun = {"error_event", "cut"} & {str(fault["kind"])}
    assert sum(isinstance(event, TurnStarted) for event in events) == (4 if begun else 1)  # each is billed
    assert sum(isinstance(event, TurnRequested) for event in events) == 4
    assert sum(isinstance(event, TurnRefused) for event in events) == (0 if begun else 3)


@pytest.mark.parametrize("clean", [True, False])
async def test_after_a_tool_call_the_caller_goes_on_by_itself(
    simulator: Simulator, client: AnthropicClient, clean: bool
) -> None:
    fault = {"kind": "cut", "after_blocks": 2, "clean": clean}
    script = simulator.script(
        f"after-a-call-{clean}", {"text": "Reading.", "calls": [READ, READ], "fault": fault}
    )
    events, error = await collect(retrying(client), asking(script))
    assert isinstance(error, ModelCut)
    assert sum(isinstance(event, BlockDone) for event in events) == 2


async def test_text_alone_is_asked_for_anew(simulator: Simulator, client: AnthropicClient) -> None:
    fault = {"kind": "error_event", "after_blocks": 1}
    script = simulator.script("after-text", {"text": "Reading.", "calls": [READ], "fault": fault})
    events, error = await collect(retrying(client), asking(script))
    assert error is None
    started = [index for index, event in enumerate(events) if isinstance(event, TurnStarted)]
    assert len(started) == 2
    assert [event.index for event in events[started[1] :] if isinstance(event, BlockDone)] == [0, 1]


async def test_a_vendor_that_only_pings_is_asked_again(simulator: Simulator) -> None:
    turn = {"text": "Reading.", "calls": [READ], "fault": {"kind": "pings"}}
    script = simulator.script("only-pings", turn)
    client = AnthropicClient(api_key="k", base_url=simulator.url, read_timeout=30, quiet_timeout=2.0)
    events, error = await collect(retrying(client), asking(script))
    await client.close()
    assert error is None
    assert isinstance(events[-1], TurnDone)
    assert len(await simulator.requests("only-pings")) >= 2


@pytest.mark.parametrize("error", [ModelRejected("no money"), AppError("something else")])
async def test_what_will_not_pass_is_asked_once(error: AppError) -> None:
    vendor = Vendor([error])
    assert (await collect(retrying(vendor), asking("x")))[1] is error
    assert vendor.attempts == 1


async def test_asking_ends_with_the_budget() -> None:
    vendor = Vendor([ModelUnavailable("busy")])
    _, error = await collect(retrying(vendor, budget=0.3), asking("x"))
    assert isinstance(error, ModelUnavailable)
    assert vendor.attempts > 1


async def test_the_vendors_own_wish_is_kept_up_to_a_limit() -> None:
    vendor = Vendor([ModelUnavailable("busy", retry_after=3600.0), ModelRejected("end")])
    loop = asyncio.get_running_loop()
    began = loop.time()
    await collect(retrying(vendor, backoff=Backoff(first=60.0, longest=60.0, heeded=0.2)), asking("x"))
    assert 0.2 <= loop.time() - began < 20
    assert vendor.attempts == 2


async def test_every_attempt_that_began_is_told_so_that_it_is_paid_for() -> None:
    vendor = Vendor([None, ModelUnavailable("busy"), None, ModelRejected("end")])
    events, _ = await collect(retrying(vendor), asking("x"))
    assert events == [TurnStarted(Usage(1), None)] * 2


async def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    vendor = Vendor([ModelUnavailable("busy", retry_after=10.0)])
    _, error = await collect(retrying(vendor, budget=5.0, backoff=BACKOFF), asking("x"))
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == 10.0
    assert vendor.attempts == 1


async def test_a_reader_that_leaves_ends_the_attempt_and_begins_no_other(
    simulator: Simulator, client: AnthropicClient
) -> None:
    script = simulator.script("left-alone", {"text": "Reading.", "calls": [READ]})
    events = retrying(client).stream(asking(script))
    assert isinstance(await anext(events), TurnRequested)
    assert await simulator.requests("left-alone") == []  # it goes out once the next event is asked for
    assert isinstance(await anext(events), TurnStarted)
    await events.aclose()
    assert len(await simulator.requests("left-alone")) == 1
