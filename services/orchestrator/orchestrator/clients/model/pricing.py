"""What a turn costs, from the prices that genai-prices ships, with overrides."""

import tomllib
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from orchestrator.domain.budgets import Caps
from orchestrator.domain.routes import vendor_of
from orchestrator.domain.turns import Usage

_MILLION = Decimal(1_000_000)
_NO_CAPS = Caps()


Dollars = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class Price(BaseModel):
    """US dollars per million tokens; those of the cache cost as much as the input if they are not given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Dollars
    output: Dollars
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None
    cache_write_1h: Dollars | None = Field(default=None, description="As `cache_write`, if not given")


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

    def cost(self, model: str, usage: Usage, *, picture: bool = False) -> int | None:
        """Millionths of a US dollar for one request, None when nobody knows the model's price.

        `picture`: the output is one, which some models charge otherwise than words.
        Never give it the sum of several requests: some prices step up with a request's length.
        """
        dollars = self._by_override(model, usage)
        if dollars is None:
            dollars = _shipped(model, usage, picture=picture)
        if dollars is None:
            return None
        return int((dollars * _MILLION).to_integral_value(ROUND_HALF_UP))

    def warm_up(self) -> None:
        """Load the price list, which takes 0.8 s: call it in a thread before the first turn."""
        _shipped("claude-sonnet-5-5", Usage())

    def _by_override(self, model: str, usage: Usage) -> Decimal | None:
        price = self._overrides.get(model) or self._overrides.get(vendor_of(model)[1])
        if price is None:
            return None
        write = _first(price.cache_write, price.input)
        tokens = (
            usage.input_tokens * price.input
            + usage.output_tokens * price.output
            + usage.cache_read_tokens * _first(price.cache_read, price.input)
            + (usage.cache_write_tokens - usage.cache_write_1h_tokens) * write
            + usage.cache_write_1h_tokens * _first(price.cache_write_1h, write)
        )
        return tokens / _MILLION


def read_prices(path: Path) -> dict[str, Price]:
    """The prices of a TOML file with a table for each model; raises ValueError, saying what is wrong."""
    try:
        return _PRICES.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path}: {where}: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is no readable TOML file: {error}") from None


_PRICES = TypeAdapter(dict[str, Price])


def _first(given: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if given is None else given


def _shipped(model: str, usage: Usage, *, picture: bool = False) -> Decimal | None:
    import genai_prices  # noqa: PLC0415 - 0.4 s to import and as much to read its list, see warm_up

    counted = genai_prices.Usage(
        # the list counts cached tokens as part of the input, the vendor does not
        input_tokens=usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        **({"output_image_tokens": usage.output_tokens} if picture else {}),
        # part of what is written; named only where there are any, as not every model has a price for them
        **({"cache_write_1h_tokens": usage.cache_write_1h_tokens} if usage.cache_write_1h_tokens else {}),
    )
    try:
        return Decimal(genai_prices.calc_price(counted, vendor_of(model)[1]).total_price)
    except LookupError:
        return None
