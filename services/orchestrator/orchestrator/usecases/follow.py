"""Following an app: its stored events from any point on, then the new ones as they come."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from pydantic import ValidationError

from common.clock import utcnow
from common.contracts import BuildLogLine, LiveEvent
from common.contracts.events import APP_EVENT, AppEvent, BuildLogEvent
from common.database import Database
from common.errors import Unavailable
from common.logging import get_logger
from orchestrator.db import apps, events
from orchestrator.db.models import Event
from orchestrator.metrics import FOLLOWERS

_BATCH = 200
_QUEUED = 1000

logger = get_logger(__name__)


@dataclass(frozen=True)
class StreamEvent:
    """An event for clients, as JSON; `seq` is None for passing ones, which no replay repeats."""

    seq: int | None
    type: str
    data: str

    @classmethod
    def passing(cls, event: AppEvent) -> Self:
        """An event that is not stored: without a number, so that no client resumes from it."""
        return cls(None, event.type, event.model_dump_json())

    @classmethod
    def stored(cls, row: Event) -> Self:
        """A row that an earlier release has written is filled up; what cannot be is told as it was stored."""
        fields = {"type": row.type, "run_id": row.run_id, "at": row.created_at.isoformat(), **row.data}
        try:
            data = APP_EVENT.validate_python(fields).model_dump_json()
        except ValidationError:
            logger.warning("stored event not as declared", app_id=row.app_id, seq=row.seq, type=row.type)
            data = json.dumps(fields)
        return cls(row.seq, row.type, data)


class Follower:
    """One client's place: woken for stored events, handed the passing ones, of which it may miss some."""

    def __init__(self) -> None:
        self._passing: asyncio.Queue[StreamEvent | None] = asyncio.Queue(_QUEUED)

    def offer(self, event: StreamEvent | None) -> None:
        """None only wakes. A follower too slow to keep up loses passing events, never stored ones."""
        if not self._passing.full():
            self._passing.put_nowait(event)

    async def wait(self, seconds: float) -> Sequence[StreamEvent | None]:
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
        """A follower of the app for the time of the context."""
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
        """Takes a passing event off the bus; one that is no LiveEvent is logged and dropped."""
        try:
            live = LiveEvent.model_validate_json(body)
        except ValidationError:
            logger.warning("live event not understood")
            return
        self._pass_on(live.app_id, StreamEvent.passing(live.event))

    async def hear_log_line(self, body: bytes) -> None:
        """Takes a build's log line off the bus and hands it on as `build.log`."""
        try:
            line = BuildLogLine.model_validate_json(body)
        except ValidationError:
            logger.warning("log line not understood")
            return
        event = BuildLogEvent(build_id=line.build_id, number=line.number, stream=line.stream, text=line.text)
        self._pass_on(line.app_id, StreamEvent.passing(event))

    def _pass_on(self, app_id: str, event: StreamEvent) -> None:
        for follower in self._followers.get(app_id, ()):
            follower.offer(event)


async def follow_app(
    *, db: Database, hub: EventHub, app_id: str, after: int, heartbeat: float
) -> AsyncIterator[StreamEvent | None]:
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
                yield StreamEvent.stored(event)
            if len(batch) == _BATCH:
                continue
            try:
                passing = await follower.wait(heartbeat)
            except TimeoutError:
                async with db.begin() as session:
                    if not await apps.is_kept(session, app_id):
                        return
                passing = [None]
            for item in passing:
                yield item


def as_sse(event: StreamEvent | None) -> str:
    """The event in the wire format of server-sent events; a comment as heartbeat."""
    if event is None:
        return f": {utcnow().isoformat(timespec='seconds')}\n\n"
    number = f"id: {event.seq}\n" if event.seq is not None else ""
    return f"{number}event: {event.type}\ndata: {event.data}\n\n"
