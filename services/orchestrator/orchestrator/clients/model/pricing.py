"""What a turn costs, from the prices that genai-prices ships, with overrides."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from orchestrator.domain.budgets import Caps
from orchestrator.domain.turns import Usage

_MILLION = Decimal(1_000_000)
_NO_CAPS = Caps()


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal


class Pricing:
    """Knows what tokens cost; `overrides` (model -> Price) win over the shipped prices.

    `free_repairs`: up to so many millionths of a US dollar a run's repairs are the platform's. `caps`: what
    users may spend.
    """

    def __init__(
        self, overrides: Mapping[str, Price] | None = None, *, free_repairs: int = 0, caps: Caps = _NO_CAPS
    ) -> None:
        self._overrides = dict(overrides or {})
        self.free_repairs = free_repairs
        self.caps = caps

    def cost(self, model: str, usage: Usage) -> int | None:
        """Millionths of a US dollar for one request, None when nobody knows the model's price.

        Never give it the sum of several requests: some prices step up with a request's length.
        """
        dollars = self._by_override(model, usage)
        if dollars is None:
            dollars = _shipped(model, usage)
        if dollars is None:
            return None
        return int((dollars * _MILLION).to_integral_value(ROUND_HALF_UP))

    def warm_up(self) -> None:
        """Load the price list, which takes 0.8 s: call it in a thread before the first turn."""
        _shipped("claude-sonnet-5-5", Usage())

    def _by_override(self, model: str, usage: Usage) -> Decimal | None:
        price = self._overrides.get(model)
        if price is None:
            return None
        tokens = (
            usage.input_tokens * price.input
            + usage.output_tokens * price.output
            + usage.cache_read_tokens * price.cache_read
            + usage.cache_write_tokens * price.cache_write
        )
        return tokens / _MILLION


def _shipped(model: str, usage: Usage) -> Decimal | None:
    import genai_prices  # noqa: PLC0415 - 0.4 s to import and as much to read its list, see warm_up

    counted = genai_prices.Usage(
        # the list counts cached tokens as part of the input, the vendor does not
        input_tokens=usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        return Decimal(genai_prices.calc_price(counted, model).total_price)
    except LookupError:
        return None
