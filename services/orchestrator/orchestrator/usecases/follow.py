"""Following an app: its stored events from any point on, then the new ones as they come."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from common.clock import utcnow
from common.contracts import BuildLogLine, LiveEvent
from common.database import Database
from common.errors import Unavailable
from common.logging import get_logger
from orchestrator.db import apps, events
from orchestrator.metrics import FOLLOWERS

_BATCH = 200
_QUEUED = 1000

logger = get_logger(__name__)


@dataclass(frozen=True)
class Happening:
    """An event for a client; `seq` is None for passing ones, which no replay repeats."""

    seq: int | None
    type: str
    data: dict[str, Any]


class Follower:
    """One client's place: woken for stored events, handed the passing ones, of which it may miss some."""

    def __init__(self) -> None:
        self._passing: asyncio.Queue[Happening | None] = asyncio.Queue(_QUEUED)

    def offer(self, happening: Happening | None) -> None:
        """None only wakes. A follower too slow to keep up loses passing events, never stored ones."""
        if not self._passing.full():
            self._passing.put_nowait(happening)

    async def wait(self, seconds: float) -> Sequence[Happening | None]:
        """What has come by the time the first thing comes; TimeoutError when nothing does."""
        async with asyncio.timeout(seconds):
            items = [await self._passing.get()]
        while not self._passing.empty():
            items.append(self._passing.get_nowait())
        return [item for item in items if item is not None]


class EventHub:
    """Spreads what this process hears to those who follow the app in question."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self.closed = False

    async def close_on(self, stopping: asyncio.Event) -> None:
        """Ends all streams once the server stops: clients reconnect elsewhere and miss nothing."""
        await stopping.wait()
        self.closed = True
        self.wake(None)

    @contextmanager
    def follow(self, app_id: str) -> Iterator[Follower]:
        follower = Follower()
        self._followers[app_id].add(follower)
        FOLLOWERS.inc()
        try:
            yield follower
        finally:
            FOLLOWERS.dec()
            self._followers[app_id].discard(follower)
            if not self._followers[app_id]:
                del self._followers[app_id]

    def wake(self, app_id: str | None) -> None:
        """Tells the app's followers, or with None all, to look for new events."""
        chosen = [self._followers.get(app_id, set())] if app_id else list(self._followers.values())
        for followers in chosen:
            for follower in followers:
                follower.offer(None)

    async def hear_live_event(self, body: bytes) -> None:
        try:
            live = LiveEvent.model_validate_json(body)
        except ValidationError:
            logger.warning("live event not understood")
            return
        self._pass_on(live.app_id, Happening(None, live.event, {"run_id": live.run_id, **live.data}))

    async def hear_log_line(self, body: bytes) -> None:
        try:
            line = BuildLogLine.model_validate_json(body)
        except ValidationError:
            logger.warning("log line not understood")
            return
        data = line.model_dump(include={"build_id", "number", "stream", "text"})
        self._pass_on(line.app_id, Happening(None, "build.log", data))

    def _pass_on(self, app_id: str, happening: Happening) -> None:
        for follower in self._followers.get(app_id, ()):
            follower.offer(happening)


async def follow_app(
    *, db: Database, hub: EventHub, app_id: str, after: int, heartbeat: float
) -> AsyncIterator[Happening | None]:
    """The app's events after number `after` until it is deleted; None when `heartbeat` seconds were silent.

    Each stored event comes exactly once and in order. It also ends when the database is away: clients come
    back by themselves and then miss nothing.
    """
    with hub.follow(app_id) as follower, suppress(Unavailable):
        while not hub.closed:
            async with db.begin() as session:
                batch = await events.read(session, app_id, after=after, limit=_BATCH)
            for event in batch:
                after = event.seq
                data = {"run_id": event.run_id, "at": event.created_at.isoformat(), **event.data}
                yield Happening(event.seq, event.type, data)
            if len(batch) == _BATCH:
                continue
            try:
                passing = await follower.wait(heartbeat)
            except TimeoutError:
                async with db.begin() as session:
                    if not await apps.is_kept(session, app_id):
                        return
                passing = [None]
            for happening in passing:
                yield happening


def as_sse(happening: Happening | None) -> str:
    """The event in the wire format of server-sent events; a comment as heartbeat."""
    if happening is None:
        return f": {utcnow().isoformat(timespec='seconds')}\n\n"
    number = f"id: {happening.seq}\n" if happening.seq is not None else ""
    return f"{number}event: {happening.type}\ndata: {json.dumps(happening.data)}\n\n"
