"""Evaluates entries side by side against one stack, and keeps each result as soon as there is one."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playwright.async_api import Browser

from dev.stack.client import ApiClient
from evaluation.checks import check_app
from evaluation.conversation import BudgetSpent, Conversation, EvaluationStopped
from evaluation.corpus import Entry
from evaluation.results import CheckResult, Ledger, Result, Tokens
from evaluation.settings import Settings

FIRST_DOLLARS = 1.0
"""What an entry is taken to cost while none of the model has been evaluated."""
SIMULATOR = "model simulator"
"""It names itself in its first words."""


@dataclass
class Runner:
    """`tell` takes a line for people, `simulated` is whether the model is known to be the simulator.

    `out_of_budget` is set when entries were left out for their cost.
    """

    settings: Settings
    client: ApiClient
    browser: Browser
    ledger: Ledger
    entries: Sequence[Entry]
    tell: Callable[[str], None]
    simulated: bool = False
    out_of_budget: bool = False
    _active: set[str] = field(default_factory=set)
    _spent: float = 0.0
    _dearest: float | None = None

    async def run(self) -> None:
        """Raises ApiError or EvaluationStopped when nothing more can be learned; results so far are kept."""
        for entry in self.entries:
            self._learn_cost(self.ledger.result_of(entry))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.settings.parallel):
                    group.create_task(self._work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _work(self) -> None:
        while (entry := self._next()) is not None:
            left = self._left()
            budget = None if left is None else round(left * 1e6)
            self._active.add(entry.id)
            try:
                result = await self._evaluate(entry, budget)
            except BudgetSpent:
                self.out_of_budget = True
                return
            finally:
                self._active.discard(entry.id)
            self._spent += (result.microdollars or 0) / 1e6
            self._learn_cost(result)
            self.ledger.add(result)
            self.tell(_line(result))

    def _next(self) -> Entry | None:
        """The next that has no result that counts: asked anew each time, as the first one tells the model."""
        open_entries = [
            entry
            for entry in self.entries
            if entry.id not in self._active and self.ledger.result_of(entry) is None
        ]
        if not open_entries:
            return None
        left = self._left()
        if self.out_of_budget or (left is not None and left < self._each()):
            self.out_of_budget = True
            return None
        return open_entries[0]

    def _left(self) -> float | None:
        """Dollars for one more beside those under way; None without a budget."""
        budget = self.settings.budget_dollars
        return None if budget is None else budget - self._spent - self._each() * len(self._active)

    def _each(self) -> float:
        return FIRST_DOLLARS if self._dearest is None else self._dearest

    def _learn_cost(self, result: Result | None) -> None:
        if result is not None and result.microdollars is not None:
            self._dearest = max(self._dearest or 0.0, result.microdollars / 1e6)

    async def _evaluate(self, entry: Entry, budget: int | None) -> Result:
        conversation = Conversation(self.client, entry, budget)
        clock = asyncio.get_running_loop().time
        began = clock()
        await conversation.go_through(self.settings.entry_seconds)
        seconds = clock() - began
        if not conversation.app:
            raise EvaluationStopped(f"the API took no prompt within {seconds:.0f} s")
        app = await self.client.app(conversation.app["id"])
        url = app["live"].get("preview", {}).get("url")
        checks = [*conversation.checks, *await self._checks(entry, url)]
        usage = await self.client.usage(app["id"])
        lines = usage["lines"]
        costs = [line["cost_microdollars"] for line in lines]
        versions = {run.prompt_version for run in conversation.runs if run.prompt_version}
        return Result(
            entry=entry.id,
            digest=entry.digest(),
            model=self.ledger.model or "+".join(sorted({line["model"] for line in lines})) or "unknown",
            prompt=self.ledger.prompt or "+".join(sorted(versions)) or "unknown",
            simulated=self.simulated or conversation.tells(SIMULATOR),
            at=dt.datetime.now(dt.UTC),
            app=app["id"],
            template=app["template"],
            url=url,
            seconds=round(seconds, 3),
            runs=tuple(conversation.runs),
            checks=tuple(checks),
            tokens=Tokens(
                input=sum(line["input_tokens"] + line["cache_write_tokens"] for line in lines),
                cached=sum(line["cache_read_tokens"] for line in lines),
                output=sum(line["output_tokens"] for line in lines),
            ),
            microdollars=None if None in costs else sum(costs),
        )

    async def _checks(self, entry: Entry, url: str | None) -> list[CheckResult]:
        if url is None:
            return [CheckResult(name=check.name, problem="there is no live app") for check in entry.checks]
        pictures = self.settings.folder / "pictures" / entry.id
        seconds = self.settings.step_seconds
        return await check_app(self.browser, url, entry, seconds=seconds, pictures=pictures)


def _line(result: Result) -> str:
    passed = len(result.checks) - len(result.problems)
    outcome = "ok    " if result.succeeded else "FAILED"
    cost = "" if result.microdollars is None else f"  ${result.microdollars / 1e6:.4f}"
    return f"{outcome} {result.entry:<14} {passed}/{len(result.checks)} checks  {result.seconds:6.1f} s{cost}"
