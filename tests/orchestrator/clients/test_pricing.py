"""Prices: what the vendors' lists say, in whole micro-dollars, and never a made-up zero."""

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.clients.model.pricing import Price, Pricing, read_prices
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
    own = Price(input=Decimal(1), output=Decimal(2), cache_read=Decimal("0.5"), cache_write=Decimal(3))
    pricing = Pricing({"llama3": own, "claude-sonnet-5-5": Price(input=Decimal(0), output=Decimal(0))})
    assert pricing.cost("llama3", Usage(1_000, 1_000, 1_000, 1_000)) == 6_500
    assert pricing.cost("claude-sonnet-5-5", Usage(1_000)) == 0
    assert pricing.cost("claude-opus-5-5", Usage(1_000)) == 4_000


def test_cache_entries_for_an_hour_cost_their_own_price() -> None:
    pricing = Pricing({"own": Price(input=Decimal(1), output=Decimal(2), cache_write_1h=Decimal(5))})
    usage = Usage(cache_write_tokens=3_000, cache_write_1h_tokens=1_000)
    assert pricing.cost("claude-sonnet-5-5", usage) == 2 * 2_500 + 4_000
    assert pricing.cost("own", usage) == 2 * 1_000 + 5_000


@pytest.mark.parametrize(
    ("model", "dollars"), [("gpt-image-2", 30), ("gpt-image-1.5", 32), ("gpt-image-1-mini", 8)]
)
def test_a_picture_costs_what_the_list_says_of_pictures(model: str, dollars: int) -> None:
    assert Pricing().cost(model, Usage(output_tokens=1_000), picture=True) == dollars * 1_000


def test_reasoning_is_part_of_the_output() -> None:
    assert Pricing().cost("gpt-6.1-sol", Usage(output_tokens=1_000, reasoning_tokens=900)) == 10_000


def test_the_vendor_before_a_model_s_name_does_not_count() -> None:
    assert Pricing().cost("anthropic/claude-sonnet-5-5", Usage(1_000)) == 2_000
    assert (
        Pricing({"llama3": Price(input=Decimal(7), output=Decimal(0))}).cost("openai/llama3", Usage(1)) == 7
    )


def test_prices_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('["qwen3-coder:30b"]\ninput = 0.25\noutput = 1\n')
    assert Pricing(read_prices(file)).cost("qwen3-coder:30b", Usage(4_000, 1_000, 4_000)) == 3_000


@pytest.mark.parametrize(
    ("text", "told"),
    {
        "[a": "no readable TOML file",
        "[a]\ninput = 1": "a.output: Field required",
        "[a]\ninput = -1\noutput = 1": "a.input: Input should be greater than or equal to 0",
        "[a]\ninput = nan\noutput = 1": "a.input: ",
        '[a]\ninput = "dear"\noutput = 1': "a.input: Input should be a valid decimal",
        "[a]\ninput = 1\noutput = 1\nreasoning = 1": "a.reasoning: Extra inputs are not permitted",
        "a = 1": "a: Input should be a valid dictionary",
    }.items(),
)
def test_a_file_with_mistakes_says_which(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(told)):
        read_prices(file)
    with pytest.raises(ValueError, match="no readable TOML file"):
        read_prices(tmp_path / "missing.toml")


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
