"""Prices: what the vendors' lists say, in whole micro-dollars, and never a made-up zero."""

import subprocess
import sys
from decimal import Decimal

import pytest

from orchestrator.clients.model.pricing import Price, Pricing
from orchestrator.domain.turns import Usage

# US dollars per million tokens: input, output, cache read, cache write
LIST = {
    "claude-opus-5-5": (4, 20, 0.20, 5),
    "claude-sonnet-5-5": (2, 10, 0.10, 2.5),
    "claude-haiku-5-5": (0.10, 0.50, 0.01, 0.125),
    "gpt-6.1-sol": (2, 10, 0.10, 2.5),
    "gpt-6.1-terra": (1, 5, 0.05, 1.25),
    "gpt-6-luna": (0.10, 0.50, 0.01, 0.125),
}


@pytest.mark.parametrize("model", LIST)
def test_every_kind_of_token_costs_what_the_list_says(model: str) -> None:
    pricing = Pricing()
    kinds = [Usage(10_000), Usage(0, 10_000), Usage(0, 0, 10_000), Usage(0, 0, 0, 10_000)]
    assert [pricing.cost(model, usage) for usage in kinds] == [round(price * 10_000) for price in LIST[model]]
    together = Usage(10_000, 10_000, 10_000, 10_000)
    assert pricing.cost(model, together) == sum(round(price * 10_000) for price in LIST[model])


def test_a_dated_model_costs_what_its_family_does() -> None:
    assert Pricing().cost("claude-sonnet-5-5-20261101", Usage(1_000)) == 2_000


@pytest.mark.parametrize("model", ["llama3", "claude-sonnet-99", "", "my/own:model"])
def test_an_unknown_price_is_unknown_and_not_zero(model: str) -> None:
    assert Pricing().cost(model, Usage(1_000, 1_000)) is None


def test_an_override_wins_and_makes_unknown_models_known() -> None:
    own = Price(Decimal(1), Decimal(2), Decimal("0.5"), Decimal(3))
    pricing = Pricing({"llama3": own, "claude-sonnet-5-5": Price(*[Decimal(0)] * 4)})
    assert pricing.cost("llama3", Usage(1_000, 1_000, 1_000, 1_000)) == 6_500
    assert pricing.cost("claude-sonnet-5-5", Usage(1_000)) == 0
    assert pricing.cost("claude-opus-5-5", Usage(1_000)) == 4_000


def test_fractions_are_rounded_to_the_nearest_micro_dollar() -> None:
    pricing = Pricing()
    assert [pricing.cost("claude-haiku-5-5", Usage(n)) for n in (4, 5, 14, 15)] == [0, 1, 1, 2]


def test_no_tokens_cost_nothing() -> None:
    assert Pricing().cost("claude-sonnet-5-5", Usage()) == 0


@pytest.mark.parametrize("module", ["pricing", "anthropic.client", "openai.client", "backoff"])
def test_importing_the_clients_loads_neither_the_sdk_nor_the_price_list(module: str) -> None:
    probe = (
        f"import sys, orchestrator.clients.model.{module}; "
        "sys.exit(bool({'anthropic', 'openai', 'genai_prices'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
