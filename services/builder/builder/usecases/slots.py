"""The builds that run in this process, and how many more may."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable

from builder.clients.sandbox.urgency import Urgency
from builder.db.models import Build
from common.logging import get_logger
from common.slots import Slots

logger = get_logger(__name__)


class BuildSlots(Slots[Build]):
    """Of one team never all: a neighbour does not wait for it.

    Speculative builds do not count for their team: they give way to whatever somebody waits for.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._unhurried: dict[str, Urgency] = {}
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether nothing may begin here any more."""
        return self._stopped

    @property
    def full_teams(self) -> frozenset[str]:
        """The teams that have all they may have of this process."""
        teams = Counter(build.team_id for build in self.running.values() if not build.speculative)
        return frozenset(team for team, builds in teams.items() if builds >= self.share)

    @property
    def speculative(self) -> frozenset[str]:
        """The ids of the builds that were speculative when they began; somebody may wait for them by now."""
        return frozenset(build.id for build in self.running.values() if build.speculative)

    @property
    def unhurried(self) -> frozenset[str]:
        """The ids of the builds that run with less than a full share of the processor."""
        return frozenset(self._unhurried)

    def hurry(self, ids: Iterable[str]) -> None:
        """Gives these their full share."""
        for build_id in ids:
            if (urgency := self._unhurried.pop(build_id, None)) is not None:
                urgency.rise()

    def start(self, build: Build, work: Coroutine[None, None, None], urgency: Urgency) -> None:
        """Takes a slot until the build has ended."""
        if build.speculative:
            self._unhurried[build.id] = urgency
        self.take(work, build)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._unhurried.pop(self.running[task].id, None)
        super()._ended(task)

    async def give_back(self, build_id: str) -> None:
        """Has a build return to the queue and waits until its slot is free."""
        await self.end({task for task, build in self.running.items() if build.id == build_id})

    def stop(self) -> None:
        """Has nothing begin here any more; what runs goes on."""
        self._stopped = True

    async def drain(self, seconds: float) -> None:
        """Waits until all that runs has ended, `seconds` at most."""
        self.stop()
        if self.running:
            logger.info("waiting for builds to end", count=len(self.running), seconds=seconds)
            await asyncio.wait(set(self.running), timeout=seconds)

    async def close(self) -> None:
        """Gives what still runs back to the queue."""
        self.stop()
        await super().close()
