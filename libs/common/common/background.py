"""A service's background loops: started once what they need is there, restarted when they fail."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Self

from common.errors import AppError, Unavailable
from common.logging import get_logger, redact
from common.retry import Backoff

Step = Callable[[], Awaitable[None]]

_PAUSES = Backoff(first=0.1, longest=5.0)
_WELL_SECONDS = 10.0
_CANCEL_SECONDS = 4.0  # time for cleaning up, which the next cancellation would cut short
_CANCEL_ATTEMPTS = 3

logger = get_logger(__name__)


def being_cancelled() -> bool:
    """Whether a CancelledError is meant for the current task.

    Otherwise something it waited for was cancelled; a task that has to live on must not end with that.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class Supervisor:
    """Runs the `prepare` steps, each until it succeeds, and then the loops.

    So a service may start before the things it needs, and survives their absence. A loop that raises or
    returns is started again after a growing pause. Leaving the context cancels all and waits for them.
    """

    def __init__(self, prepare: dict[str, Step] | None = None) -> None:
        self._prepare = prepare or {}
        self._waiting_for: str | None = "start"
        self._prepared = asyncio.Event()
        self._steps = {name: asyncio.Event() for name in self._prepare}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks.append(asyncio.create_task(self._run_prepare(), name="prepare"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pending = set(self._tasks)
        for _ in range(_CANCEL_ATTEMPTS):
            for task in pending:
                task.cancel()
            # Again for those that are left: libraries swallow a cancellation now and then.
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_SECONDS) if pending else ((), pending)
        if pending:
            names = sorted(task.get_name() for task in pending)
            logger.error("background steps do not end and are left behind", steps=names)

    def start(self, name: str, loop: Step, *, after: str | None = None) -> None:
        """Runs `loop` until the context ends, from the moment everything is prepared.

        One that needs less than everything begins with the prepare step `after`, and those before it.
        """
        ready = self._prepared if after is None else self._steps[after]

        async def run() -> None:
            await ready.wait()
            await self._keep_running(name, loop)

        self._tasks.append(asyncio.create_task(run(), name=name))

    def start_once(self, name: str, step: Step, *, at_once: bool = False) -> None:
        """Runs `step`, after everything is prepared or at once, until it succeeds for the first time."""

        async def run() -> None:
            if not at_once:
                await self._prepared.wait()
            await self._until_success(name, step)

        self._tasks.append(asyncio.create_task(run(), name=name))

    async def check(self) -> None:
        """Raises Unavailable until every prepare step has succeeded."""
        if not self._prepared.is_set():
            raise Unavailable(f"Still waiting for: {self._waiting_for}.")

    async def _run_prepare(self) -> None:
        for name, step in self._prepare.items():
            self._waiting_for = name
            await self._until_success(name, step)
            self._steps[name].set()
        self._prepared.set()
        logger.info("service prepared")

    async def _until_success(self, name: str, step: Step) -> None:
        attempt = 1
        while not await self._try(name, step):
            await asyncio.sleep(_PAUSES.seconds(attempt))
            attempt += 1

    async def _keep_running(self, name: str, loop: Step) -> None:
        clock = asyncio.get_running_loop()
        attempt = 0
        while True:
            began = clock.time()
            await self._try(name, loop)
            # A loop that had been well for a while gets a quick restart again.
            attempt = 1 if clock.time() - began > _WELL_SECONDS else attempt + 1
            await asyncio.sleep(_PAUSES.seconds(attempt))

    async def _try(self, name: str, step: Step) -> bool:
        try:
            await step()
        except asyncio.CancelledError:
            if being_cancelled():
                raise
            logger.exception("background step failed", step=name)
            return False
        except Exception as error:  # noqa: BLE001  # reported, and tried again
            _report(name, error)
            return False
        return True


def _report(name: str, error: Exception) -> None:
    """One line for what is expected to happen, a traceback for what is not."""
    causes = list(_leaves(error))
    expected = [cause for cause in causes if isinstance(cause, AppError)]
    if len(expected) != len(causes):
        logger.error("background step failed", step=name, exc_info=error)
        return
    for cause in expected:
        below = cause.__cause__
        told = {"cause": redact(f"{type(below).__name__}: {below}"[:500])} if below else {}
        logger.warning("background step failed", step=name, code=cause.code, reason=cause.message, **told)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
