"""`python -m common.testing.watch REPORT SERVICE` runs a service and reports what it costs.

REPORT gets a JSON object a line: a transaction with its statements and the task that made it, or what held
the event loop, with the seconds of processor time that it took (so that a busy machine changes nothing).
"""

import asyncio
import gc
import json
import re
import runpy
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

_WORTH_TELLING = 0.001
_NUMBERED = re.compile(r"^Task-\d+ ")
_USUAL_SECONDS = 0.006  # what the work of `slowness` takes on a usual machine


@dataclass
class Cost:
    """Seconds of processor time by what held the loop, and the statements of each transaction by its task."""

    held: list[tuple[float, str]] = field(default_factory=list)
    transactions: list[tuple[str, list[str]]] = field(default_factory=list)

    def longest(self) -> dict[str, float]:
        """The longest time by what held the loop; tasks without a name of their own are one."""
        return {_NUMBERED.sub("", where): seconds for seconds, where in sorted(self.held)}


def always_held(first: Cost, second: Cost) -> tuple[float, str]:
    """What holds the loop up longest whenever the same is done: a page fault or a cold cache does so once."""
    one, other = first.longest(), second.longest()
    return max(((min(seconds, other[where]), where) for where, seconds in one.items() if where in other))


@contextmanager
def costs(report: Path) -> Iterator[Cost]:
    """What is reported within the block; it is complete at the block's end."""
    with report.open() as lines:
        lines.seek(0, 2)
        cost = Cost()
        yield cost
        for line in lines:
            told = json.loads(line)
            if "seconds" in told:
                cost.held.append((told["seconds"], told["what"]))
            else:
                cost.transactions.append((told["task"], told["statements"]))


def slowness() -> float:
    """How many times slower this machine's processor is than a usual one, at least 1."""

    def work() -> float:
        began = time.thread_time()
        sum(number * number for number in range(60_000))
        return time.thread_time() - began

    return max(1.0, min(work() for _ in range(5)) / _USUAL_SECONDS)


def _watch_transactions(tell: Any) -> None:
    def begin(connection: Connection) -> None:
        connection.info["statements"] = []

    def execute(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        connection.info.setdefault("statements", []).append(statement)

    def end(connection: Connection) -> None:
        task = asyncio.current_task()
        name = task.get_name() if task else ""
        tell({"task": name, "statements": connection.info.pop("statements", [])})

    event.listen(Engine, "begin", begin)
    event.listen(Engine, "before_cursor_execute", execute)
    event.listen(Engine, "commit", end)
    event.listen(Engine, "rollback", end)


def _watch_loop(tell: Any) -> None:
    handles: Any = asyncio.Handle  # asyncio has no hook of its own: each handle's run is measured
    run = handles._run  # noqa: SLF001
    collecting = _Collecting()
    gc.callbacks.append(collecting)

    def timed(handle: Any) -> None:
        began, collected = time.thread_time(), collecting.seconds
        run(handle)
        seconds = time.thread_time() - began - (collecting.seconds - collected)
        if seconds > _WORTH_TELLING:
            tell({"seconds": seconds, "what": _location(handle)})

    handles._run = timed  # noqa: SLF001


class _Collecting(threading.local):
    """Seconds of processor time that collecting garbage took in this thread: it falls on any callback."""

    seconds = 0.0
    _began = 0.0

    def __call__(self, phase: str, _info: object) -> None:
        if phase == "start":
            self._began = time.thread_time()
        else:
            self.seconds += time.thread_time() - self._began


def _location(handle: Any) -> str:
    """The calls that a task's step ended in, by name and line; what is known of any other callback."""
    task = getattr(handle._callback, "__self__", None)  # noqa: SLF001
    if not isinstance(task, asyncio.Task):
        return repr(handle)
    waiting: Any = task.get_coro()
    frames: list[str] = []
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
        if frame is not None:
            frames.append(f"{waiting.__qualname__}:{frame.f_lineno}")
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)
    return f"{task.get_name()} at {' > '.join(frames) or 'its end'}"


def main(report: str, service: str) -> None:
    with Path(report).open("a", buffering=1) as file:

        def tell(what: dict[str, Any]) -> None:
            file.write(json.dumps(what) + "\n")

        _watch_transactions(tell)
        _watch_loop(tell)
        sys.argv = [service]
        runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
