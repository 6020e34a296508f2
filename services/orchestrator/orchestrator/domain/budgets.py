"""Budgets: how much a run, an app or a team may use up, in money and in tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Scope = Literal["run", "app", "team"]
Unit = Literal["microdollars", "tokens"]

THRESHOLDS = (80, 100)
"""Percent of a budget at which people are told."""

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be used at most; None: as much as you like."""

    microdollars: int | None = None
    tokens: int | None = None

    def within(self, other: "Limits") -> "Limits":
        """The lower one of each."""
        return Limits(_lower(self.microdollars, other.microdollars), _lower(self.tokens, other.tokens))

    def exceed(self, other: "Limits") -> bool:
        """Whether one of them is set, and higher than the other's."""
        pairs = (self.microdollars, other.microdollars), (self.tokens, other.tokens)
        return any(own is not None and cap is not None and own > cap for own, cap in pairs)

    def __bool__(self) -> bool:
        return self != Limits()


@dataclass(frozen=True, slots=True)
class Caps:
    """What the operator lets each run use, and each app and team in a month."""

    run: Limits = Limits()
    app: Limits = Limits()
    team: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Use:
    """What has been used, and what requests under way may cost at most. An unknown price counts nothing."""

    microdollars: int = 0
    tokens: int = 0
    reserved_microdollars: int = 0
    reserved_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit and how much of it is gone. `subject`: the id of the run, app or team.

    `month` is its first day; a run's budget is for the whole run.
    """

    scope: Scope
    subject: str
    unit: Unit
    limit: int | None
    used: int
    reserved: int
    month: date

    @property
    def is_used_up(self) -> bool:
        return self.limit is not None and self.used >= self.limit

    @property
    def may_be_used_up(self) -> bool:
        """Whether requests under way could use up the rest."""
        return self.limit is not None and self.used + self.reserved >= self.limit

    @property
    def resets_at(self) -> datetime | None:
        """When it begins anew; None for a run's."""
        if self.scope == "run":
            return None
        year, month = divmod(self.month.year * 12 + self.month.month, 12)
        return datetime(year, month + 1, 1, tzinfo=UTC)

    @property
    def reached(self) -> tuple[int, ...]:
        """The thresholds that its use has come to."""
        if self.limit is None:
            return ()
        return tuple(percent for percent in THRESHOLDS if self.used * 100 >= self.limit * percent)


def budgets(scope: Scope, subject: str, limits: Limits, use: Use, month: date) -> list[Budget]:
    """Both of a scope: money and tokens."""
    money = limits.microdollars, use.microdollars, use.reserved_microdollars, month
    tokens = limits.tokens, use.tokens, use.reserved_tokens, month
    return [Budget(scope, subject, "microdollars", *money), Budget(scope, subject, "tokens", *tokens)]


def used_up(found: Sequence[Budget]) -> Budget | None:
    """The widest of the budgets that are used up: a higher one of another scope would not help."""
    gone = [budget for budget in found if budget.is_used_up]
    return gone[-1] if gone else None


def refusal(budget: Budget) -> str:
    """What people are told of a budget that is used up."""
    used, limit = _amount(budget.used, budget.unit), _amount(budget.limit or 0, budget.unit)
    if budget.resets_at is None:
        return (
            f"This run has used up what a run may: {used} of {limit}. What it has written is kept: the next "
            "message goes on from there."
        )
    return (
        f"The {budget.scope}'s budget for {budget.month:%B %Y} is used up: {used} of {limit}. It begins anew "
        f"on {budget.resets_at:%d %B %Y} at 00:00 UTC; a higher one lets work go on at once."
    )


def _amount(value: int, unit: Unit) -> str:
    return f"{value / _MICRO:,.2f} dollars" if unit == "microdollars" else f"{value:,} tokens"


def _lower(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)
