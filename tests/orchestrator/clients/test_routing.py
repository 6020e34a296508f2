"""One client for all vendors: who is asked, and what the breaker learns of it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from common.errors import AppError
from common.retry import Backoff
from orchestrator.clients.model.backoff import RetryingClient
from orchestrator.clients.model.protocol import (
    ModelCut,
    ModelEvent,
    ModelRejected,
    ModelRequest,
    ModelUnavailable,
    TurnDone,
    TurnRefused,
    TurnRequested,
)
from orchestrator.clients.model.routing import RoutingClient
from orchestrator.domain.breaker import Breaker
from tests.orchestrator.clients.harness import asking, collect


@dataclass
class Vendor:
    """Ends its turns with `error`, or well."""

    error: AppError | None = None
    asked: list[str] = field(default_factory=list)
    warm: bool = False

    async def warm_up(self) -> None:
        self.warm = True

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request.model)
        yield TurnRequested()
        if self.error is not None:
            raise self.error
        yield TurnDone("end_turn", None)


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(lambda: 0.0, threshold=2, seconds=30.0)


async def test_each_request_goes_to_who_offers_its_model(breaker: Breaker) -> None:
    anthropic, openai = Vendor(), Vendor()
    client = RoutingClient({"anthropic": anthropic, "openai": openai}, breaker)
    for model in ("claude-sonnet-5-5", "gpt-6.1-sol", "anthropic/qwen3"):
        _, error = await collect(client, asking("hello", model=model))
        assert error is None
    assert (anthropic.asked, openai.asked) == (["claude-sonnet-5-5", "qwen3"], ["gpt-6.1-sol"])


async def test_only_vendors_whose_models_are_expected_are_loaded_at_the_start(breaker: Breaker) -> None:
    anthropic, openai = Vendor(), Vendor()
    client = RoutingClient(
        {"anthropic": anthropic, "openai": openai},
        breaker,
        expected=["claude-sonnet-5-5", "claude-haiku-5-5"],
    )
    await client.warm_up()
    assert (anthropic.warm, openai.warm) == (True, False)


async def test_a_model_of_nobody_is_rejected_and_costs_nothing(breaker: Breaker) -> None:
    events, error = await collect(RoutingClient({}, breaker), asking("hello"))
    assert events == [TurnRequested(), TurnRefused()]
    assert isinstance(error, ModelRejected)


@pytest.mark.parametrize(
    ("error", "opens"), [(ModelUnavailable("a"), True), (ModelCut("b"), True), (ModelRejected("c"), False)]
)
async def test_outages_open_the_breaker_and_a_success_closes_it(
    breaker: Breaker, error: AppError, *, opens: bool
) -> None:
    vendor = Vendor(error)
    client = RoutingClient({"anthropic": vendor}, breaker)
    request = asking("hello", model="claude-opus-5-5")
    for _ in range(2):
        await collect(client, request)
    assert breaker.is_open("claude-opus-5-5") == opens
    assert not breaker.is_open("claude-sonnet-5-5")
    vendor.error = None
    await collect(client, request)
    assert not breaker.is_open("claude-opus-5-5")


@pytest.mark.parametrize(("attempts", "asked"), [(1, 1), (3, 3)])
async def test_who_has_a_fallback_tries_only_so_often(breaker: Breaker, attempts: int, asked: int) -> None:
    vendor = Vendor(ModelUnavailable("busy"))
    quick = Backoff(first=0.001, longest=0.01, heeded=0.01)
    client = RetryingClient(RoutingClient({"anthropic": vendor}, breaker), budget=120.0, backoff=quick)
    _, error = await collect(client, asking("hello", attempts=attempts))
    assert isinstance(error, ModelUnavailable)
    assert len(vendor.asked) == asked
