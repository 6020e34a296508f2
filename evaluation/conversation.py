"""The way of one entry through the public API, as a person with a chat window goes it."""

import asyncio
import contextlib
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from dev.stack.client import ApiClient, ApiError
from dev.stack.progress import ENDS
from evaluation.corpus import Entry, Message
from evaluation.results import CheckResult, RunResult

MOST_ANSWERS = 3
CANCEL_SECONDS = 10.0
# The vendor takes no request at all: nothing is learned of the model, and the next prompt fares the same.
HOPELESS = frozenset({"model_rejected"})


BUDGET = "budget_exhausted"


class BudgetSpent(Exception):
    """The app has cost what was left for it; it says nothing about the model."""


class EvaluationStopped(Exception):
    """No entry can be evaluated any more; the message says why."""


@dataclass
class Conversation:
    """`checks` are those of answers in words; what the app has to do, a browser checks.

    `budget` is what the app may cost, in millionths of a dollar.
    """

    client: ApiClient
    entry: Entry
    budget: int | None = None
    app: dict[str, Any] = field(default_factory=dict)
    runs: list[RunResult] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    _told: list[str] = field(default_factory=list)
    _active: str | None = None
    _seen: int = 0

    async def go_through(self, seconds: float) -> None:
        """All messages, until a run fails. What is under way when it ends early is cancelled."""
        try:
            async with asyncio.timeout(seconds):
                self.app, run = await self.client.create_app(self.entry.prompt)
                if self.budget is not None:
                    with contextlib.suppress(ApiError):  # then the operator's own limit is lower
                        await self.client.limit(self.app["id"], self.budget)
                await self._finish(run)
                for message in self.entry.then:
                    if self.runs[-1].failed:
                        break
                    await self._send(message)
        except TimeoutError:
            late = f"not over after {seconds:.0f} s"
            self.runs.append(RunResult(id=self._active or "", state="timed_out", message=late))
            await self._cancel()
        except BaseException:
            await self._cancel()
            raise

    def tells(self, words: str) -> bool:
        """Whether the model has used these words to the person."""
        return any(words in text.lower() for text in self._told)

    async def _send(self, message: Message) -> None:
        run = await self.client.send(self.app["id"], message.content, message.mode)
        text = await self._finish(run)
        if message.says is not None:
            self.checks.append(_judge(message.content, message.says, self.runs[-1].state, text))

    async def _finish(self, run: dict[str, Any]) -> str:
        """Follow the run, and those that go on after its questions, to the end; its answer in words."""
        for _ in range(MOST_ANSWERS):
            last, text = await self._follow(str(run["id"]))
            questions = last["questions"] or []
            if last["state"] != "waiting":
                break
            run = await self.client.answer(last["id"], [self.entry.answers] * len(questions))
        return text

    async def _follow(self, run: str) -> tuple[dict[str, Any], str]:
        self._active = run
        text = ""
        async with aclosing(self.client.follow(self.app["id"], after=self._seen)) as events:
            async for event in events:
                self._seen = event.seq or self._seen
                if event.type == "message.delta" and event.data.get("final"):
                    self._told.append(str(event.data.get("text")))
                if event.data.get("run_id") == run and event.type in ENDS:
                    text = str(event.data.get("text") or "")
                    break
        self._active = None
        last = await self.client.run(run)
        if last["error_code"] in HOPELESS:
            raise EvaluationStopped(f"{last['error_message']} ({last['error_code']})")
        if last["error_code"] == BUDGET and self.budget is not None:
            raise BudgetSpent
        version = last.get("prompt_version")
        self.runs.append(
            RunResult(
                id=run,
                state=last["state"],
                code=last["error_code"],
                message=last["error_message"],
                recoveries=last["recoveries"],
                prompt_version=None if version is None else str(version),
            )
        )
        return last, text

    async def _cancel(self) -> None:
        """A model that goes on writing costs money that nobody looks at any more."""
        if self._active is not None:
            with contextlib.suppress(ApiError, TimeoutError):
                async with asyncio.timeout(CANCEL_SECONDS):
                    await self.client.cancel(self._active)


def _judge(question: str, says: str, state: str, text: str) -> CheckResult:
    name = f"Answer: {' '.join(question.split())[:60]}"
    if state != "answered":
        return CheckResult(name=name, problem=f"the run {state} instead of being answered in words")
    if not re.search(says, text, re.IGNORECASE):
        return CheckResult(name=name, problem=f"the answer “{text[:200]}” has nothing of /{says}/")
    return CheckResult(name=name)
