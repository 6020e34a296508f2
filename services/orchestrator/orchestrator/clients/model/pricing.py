"""What a turn costs, from the prices that genai-prices ships, with overrides."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.domain.turns import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal


class Pricing:
    """Knows what tokens cost; `overrides` (model -> Price) win over the shipped prices."""

    def __init__(self, overrides: Mapping[str, Price] | None = None) -> None:
        raise NotImplementedError

    def cost(self, model: str, usage: Usage) -> int | None:
        """Millionths of a US dollar for ONE request (prices step with its length), None if unknown."""
        raise NotImplementedError
