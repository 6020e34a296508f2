"""What a budget allows, when it begins anew, and what people are told of it."""

from datetime import UTC, date, datetime

import pytest

from orchestrator.domain.budgets import Budget, Limits, Scope, Use, budgets, refusal, used_up

NOVEMBER = date(2026, 11, 1)


def budget(
    used: int, limit: int | None = 1_000, *, reserved: int = 0, scope: Scope = "app", month: date = NOVEMBER
) -> Budget:
    return Budget(scope, "a", "tokens", limit, used, reserved, month)


@pytest.mark.parametrize(("used", "reached"), [(799, ()), (800, (80,)), (999, (80,)), (1_000, (80, 100))])
def test_people_are_told_at_80_and_100_percent(used: int, reached: tuple[int, ...]) -> None:
    assert budget(used).reached == reached


def test_without_a_limit_nothing_is_reached_or_used_up() -> None:
    free = budget(10**15, None, reserved=10**15)
    assert (free.reached, free.is_used_up, free.may_be_used_up) == ((), False, False)


def test_what_is_reserved_may_use_a_budget_up_but_has_not_yet() -> None:
    assert (budget(600, reserved=400).is_used_up, budget(600, reserved=400).may_be_used_up) == (False, True)
    assert (budget(600, reserved=399).may_be_used_up, budget(1_000).is_used_up) == (False, True)


@pytest.mark.parametrize(
    ("month", "resets"),
    [(date(2026, 1, 1), (2026, 2)), (NOVEMBER, (2026, 12)), (date(2026, 12, 1), (2027, 1))],
)
def test_it_begins_anew_with_the_month(month: date, resets: tuple[int, int]) -> None:
    assert budget(0, month=month).resets_at == datetime(*resets, 1, tzinfo=UTC)


def test_a_runs_budget_never_begins_anew() -> None:
    assert budget(0, scope="run").resets_at is None


def test_the_lower_limit_holds() -> None:
    operators = Limits(100, None)
    assert Limits(50, 7).within(operators) == Limits(50, 7)
    assert Limits(500, None).within(operators) == Limits(100, None)
    assert Limits().within(operators) == operators


def test_only_what_is_set_can_exceed_a_cap() -> None:
    cap = Limits(100, None)
    assert Limits(101, None).exceed(cap)
    assert not Limits(100, 10**9).exceed(cap)
    assert not Limits(None, 10**9).exceed(cap)


def test_the_widest_budget_that_is_gone_is_named() -> None:
    gone = used_up([budget(1_000), budget(5, scope="app"), budget(2_000, scope="team")])
    assert gone is not None
    assert gone.scope == "team"
    assert used_up([budget(999), budget(0)]) is None


def test_the_refusal_says_whose_how_much_and_until_when() -> None:
    money, tokens = budgets("team", "t", Limits(2_500_000, 9_000), Use(2_600_000, 9_100), NOVEMBER)
    assert refusal(money) == (
        "The team's budget for November 2026 is used up: 2.60 dollars of 2.50 dollars. It begins anew on "
        "01 December 2026 at 00:00 UTC; a higher one lets work go on at once."
    )
    assert "9,100 tokens of 9,000 tokens" in refusal(tokens)
    assert "the next message goes on from there" in refusal(budget(1_000, scope="run"))
