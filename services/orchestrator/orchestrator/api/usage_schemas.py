"""Response bodies about what things have cost, and what may still be used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, computed_field

from orchestrator.api.schemas import FromRow
from orchestrator.domain import budgets as budgeting
from orchestrator.domain.billing import REASONS, BillingClass
from orchestrator.domain.budgets import Unit


class UsageLine(BaseModel):
    """Tokens and cost of one group. Cost is in millionths of a US dollar, null when the price is unknown."""

    version: int | None = Field(default=None, description="The version these turns made, if any")
    app_id: str | None = None
    billing_class: BillingClass = Field(description="`user` is billed; `repair` and `platform` are free")
    model: str
    turns: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cache_write_1h_tokens: int = Field(description="Of those, what was written for an hour")
    reasoning_tokens: int = Field(description="Of the output, what the model thought")
    cost_microdollars: int | None

    @computed_field(description="Whether the user pays for it")  # type: ignore[prop-decorator]
    @property
    def billed(self) -> bool:
        return self.billing_class is BillingClass.USER

    @computed_field(description="Why it is billed or free, for people")  # type: ignore[prop-decorator]
    @property
    def why(self) -> str:
        return REASONS[self.billing_class]


class Budget(FromRow):
    """One limit, and what is used of it in this calendar month (UTC)."""

    scope: Literal["app", "team"]
    unit: Unit
    limit: int | None = Field(description="The lower one of its own and the operator's; null: none")
    used: int = Field(description="What has been billed")
    reserved: int = Field(description="What requests under way may cost at most, beyond that")
    resets_at: datetime = Field(description="When it begins anew")


class Usage(BaseModel):
    lines: list[UsageLine]
    cost_microdollars: int = Field(description="What all of it has cost")
    billable_microdollars: int = Field(description="What of it is the user's")
    free_microdollars: int = Field(description="What of it is the platform's")
    budgets: list[Budget] = Field(description="Of this month")

    @classmethod
    def of(cls, rows: list[dict[str, Any]], budgets: Sequence[budgeting.Budget]) -> Self:
        lines = [UsageLine.model_validate(row) for row in rows]
        cost = sum(line.cost_microdollars or 0 for line in lines)
        billable = sum(line.cost_microdollars or 0 for line in lines if line.billed)
        return cls(
            lines=lines,
            cost_microdollars=cost,
            billable_microdollars=billable,
            free_microdollars=cost - billable,
            budgets=[Budget.model_validate(budget) for budget in budgets],
        )
