"""Backoff: patient within its budget, never twice for what will not pass, never after a tool call."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest

from common.errors import AppError
from orchestrator.clients.model.anthropic import AnthropicClient
from orchestrator.clients.model.backoff import RetryingClient
from orchestrator.clients.model.protocol import (
    BlockDone,
    ModelCut,
    ModelEvent,
    ModelRejected,
    ModelRequest,
    ModelUnavailable,
    TurnDone,
    TurnStarted,
)
from orchestrator.domain.turns import Usage
from tests.orchestrator.clients.harness import Simulator, asking, collect

READ = {"read_file": {"path": "src/pages/Home.tsx"}}


@dataclass
class Time:
    """A clock that only sleeping moves, so that no test waits."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


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


def highest(_low: float, high: float) -> float:
    return high


def retrying(inner: object, time: Time, budget: float = 120.0) -> RetryingClient:
    assert isinstance(inner, AnthropicClient | Vendor)
    return RetryingClient(inner, budget=budget, sleep=time.sleep, now=time.now, uniform=highest)


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
    time = Time()
    events, error = await collect(retrying(client, time), asking(simulator.script(name, turn)))
    assert error is None
    assert isinstance(events[-1], TurnDone)
    assert sum(isinstance(event, BlockDone) for event in events) == 2
    assert len(time.slept) == 3
    logged = await simulator.requests(name)
    assert len(logged) == 4
    assert len({entry["sha256"] for entry in logged}) == 1
    begun = {"error_event", "cut"} & {str(fault["kind"])}
    assert sum(isinstance(event, TurnStarted) for event in events) == (4 if begun else 1)  # each is billed


@pytest.mark.parametrize("clean", [True, False])
async def test_after_a_tool_call_the_caller_goes_on_by_itself(
    simulator: Simulator, client: AnthropicClient, clean: bool
) -> None:
    fault = {"kind": "cut", "after_blocks": 2, "clean": clean}
    mark = simulator.script(
        f"after-a-call-{clean}", {"text": "Reading.", "calls": [READ, READ], "fault": fault}
    )
    time = Time()
    events, error = await collect(retrying(client, time), asking(mark))
    assert isinstance(error, ModelCut)
    assert time.slept == []
    assert sum(isinstance(event, BlockDone) for event in events) == 2


async def test_text_alone_is_asked_for_anew(simulator: Simulator, client: AnthropicClient) -> None:
    fault = {"kind": "error_event", "after_blocks": 1}
    mark = simulator.script("after-text", {"text": "Reading.", "calls": [READ], "fault": fault})
    events, error = await collect(retrying(client, Time()), asking(mark))
    assert error is None
    started = [place for place, event in enumerate(events) if isinstance(event, TurnStarted)]
    assert len(started) == 2
    assert [event.index for event in events[started[1] :] if isinstance(event, BlockDone)] == [0, 1]


@pytest.mark.parametrize("error", [ModelRejected("no money"), AppError("something else")])
async def test_what_will_not_pass_is_asked_once(error: AppError) -> None:
    time, vendor = Time(), Vendor([error])
    assert (await collect(retrying(vendor, time), asking("x")))[1] is error
    assert (vendor.attempts, time.slept) == (1, [])


async def test_waits_double_up_to_twenty_seconds_and_end_within_the_budget() -> None:
    time, vendor = Time(), Vendor([ModelUnavailable("busy")])
    _, error = await collect(retrying(vendor, time), asking("x"))
    assert isinstance(error, ModelUnavailable)
    assert time.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0, 20.0]
    assert vendor.attempts == len(time.slept) + 1
    assert time.seconds <= 120


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 0.0), (3.0, 3.3), (20.0, 22.0), (3600.0, 22.0)])
async def test_the_vendors_own_wish_is_kept_up_to_twenty_seconds(asked: float, waited: float) -> None:
    time, vendor = Time(), Vendor([ModelUnavailable("busy", retry_after=asked), ModelRejected("end")])
    await collect(retrying(vendor, time), asking("x"))
    assert time.slept == [pytest.approx(waited)]


async def test_every_attempt_that_began_is_told_so_that_it_is_paid_for() -> None:
    time, vendor = Time(), Vendor([None, ModelUnavailable("busy"), None, ModelRejected("end")])
    events, _ = await collect(retrying(vendor, time), asking("x"))
    assert events == [TurnStarted(Usage(1), None)] * 2


async def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    time, vendor = Time(), Vendor([ModelUnavailable("busy", retry_after=10.0)])
    _, error = await collect(retrying(vendor, time, budget=25.0), asking("x"))
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == 10.0
    assert len(time.slept) == 2


async def test_jitter_spreads_the_waits_from_nothing_to_the_ceiling() -> None:
    time, vendor, asked = Time(), Vendor([ModelUnavailable("busy")]), []

    def lowest(low: float, high: float) -> float:
        asked.append((low, high))
        return low if len(asked) < 4 else 1e9

    client = RetryingClient(vendor, sleep=time.sleep, now=time.now, uniform=lowest)
    await collect(client, asking("x"))
    assert asked[:3] == [(0.0, 1.0), (0.0, 2.0), (0.0, 4.0)]
    assert time.slept == [0.0, 0.0, 0.0]
