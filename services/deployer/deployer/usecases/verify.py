"""Loads the live app until it is the deployment that was asked for, or the time is up."""

import asyncio
import time
from collections.abc import Sequence

from deployer.clients.live import LiveApps
from deployer.errors import VerificationFailed
from deployer.usecases.prepare import Check

REQUEST_SECONDS = 10.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
SHOWN = 3


async def verify(
    live: LiveApps, *, url: str, served_as: str, checks: Sequence[Check], seconds: float
) -> None:
    """Return once every check has passed; raises VerificationFailed with what was wrong last."""
    deadline = time.monotonic() + seconds
    waiting: dict[Check, str | None] = dict.fromkeys(checks)
    pause = FIRST_PAUSE
    while True:
        problems = await asyncio.gather(
            *(_problem(live, url, served_as, check, deadline, before) for check, before in waiting.items())
        )
        waiting = {check: problem for check, problem in zip(waiting, problems, strict=True) if problem}
        if not waiting:
            return
        if time.monotonic() + pause >= deadline:
            shown = "; ".join([problem for problem in waiting.values() if problem][:SHOWN])
            raise VerificationFailed(
                f"The app did not answer as deployed within {seconds:.0f} s: {shown}.",
                url=url,
                failed=len(waiting),
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, LONGEST_PAUSE)


async def _problem(
    live: LiveApps, url: str, served_as: str, check: Check, deadline: float, before: str | None
) -> str | None:
    """What is wrong; when there was no time left for an answer, what was wrong `before`."""
    seconds = max(0.1, min(REQUEST_SECONDS, deadline - time.monotonic()))
    answer = await live.load(f"{url}{check.path}", seconds)
    if answer.problem is not None:
        if before is not None and seconds < REQUEST_SECONDS:
            return before
        return f"{check.path} gave no answer ({answer.problem})"
    if answer.served_as != served_as:
        return f"{check.path} is answered by {answer.served_as or 'something else'} (HTTP {answer.status})"
    if answer.status != 200:
        return f"{check.path} answers HTTP {answer.status}"
    if answer.digest != check.digest:
        return f"{check.path} has other content than was built"
    return None
