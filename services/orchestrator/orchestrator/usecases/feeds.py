"""What the followers of an app share: its newest stored events, read once a process, and its live ones."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Self

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import LiveEvent
from common.contracts.events import APP_EVENT, AppEvent
from common.database import Database
from common.fairness import ConcurrencyLimiter
from common.logging import get_logger
from orchestrator.db import apps, events, teams
from orchestrator.db.models import Event
from orchestrator.metrics import FOLLOWERS

FEED_EVENTS = 256
FEED_CHARACTERS = 1_000_000
_LIVE_EVENTS = 1000
_CONNECTIONS = 4

logger = get_logger(__name__)


@dataclass(frozen=True)
class StreamEvent:
    """An event for clients, with its data as JSON; `seq` is None for live ones, which no replay repeats."""

    seq: int | None
    type: str
    data: str

    @classmethod
    def live(cls, event: AppEvent) -> Self:
        """An event that is not stored: without a number, so that no client resumes from it."""
        return cls(None, event.type, event.model_dump_json())

    @classmethod
    def stored(cls, row: Event) -> Self:
        """A row of an earlier release is filled up; one that does not fit is sent as it was stored."""
        fields = {"type": row.type, "run_id": row.run_id, "at": row.created_at.isoformat(), **row.data}
        try:
            data = APP_EVENT.validate_python(fields).model_dump_json()
        except ValidationError:
            logger.warning("stored event not as declared", app_id=row.app_id, seq=row.seq, type=row.type)
            data = json.dumps(fields)
        return cls(row.seq, row.type, data)


class Follower:
    """One client's stream: woken for stored events, handed the live ones, of which it may miss some."""

    def __init__(self, feed: "Feed", key_id: str) -> None:
        self.feed = feed
        self.key_id = key_id
        self.ended = False
        self._live: deque[StreamEvent] = deque()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Has `wait` return: something new was stored."""
        self._news.set()

    def end(self) -> None:
        """Ends the client's stream; what it has not been sent yet, it gets when it comes again."""
        self.ended = True
        self.wake()

    def offer(self, event: StreamEvent) -> None:
        """A follower too slow to keep up loses live events, never stored ones."""
        if len(self._live) < _LIVE_EVENTS:
            self._live.append(event)
        self.wake()

    def take_live(self) -> Sequence[StreamEvent]:
        """The live events that have come since the last time, oldest first."""
        taken = tuple(self._live)
        self._live.clear()
        return taken

    async def wait(self, seconds: float) -> bool:
        """Whether something new came within that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Feed:
    """The newest stored events of a followed app: all after number `since`, up to number `last`."""

    def __init__(self, app_id: str) -> None:
        self.app_id = app_id
        self.followers: set[Follower] = set()
        self.since = 0
        self.last: int | None = None
        """None until they were read for the first time."""
        self._newest: deque[StreamEvent] = deque()
        self._characters = 0

    async def read(self, session: AsyncSession) -> bool:
        """Takes in what was stored since the last time; whether there may be more."""
        if self.last is None:
            rows = await events.read_newest(session, self.app_id, limit=FEED_EVENTS)
            if len(rows) == FEED_EVENTS:
                self.since = rows[0].seq - 1
            self.last = self.since
        else:
            rows = await events.read(session, self.app_id, after=self.last, limit=FEED_EVENTS)
        for row in rows:
            self._add(row)
        for follower in self.followers:
            follower.wake()
        return len(rows) == FEED_EVENTS

    def _add(self, row: Event) -> None:
        event = StreamEvent.stored(row)
        self._newest.append(event)
        self._characters += len(event.data)
        self.last = row.seq
        while len(self._newest) > FEED_EVENTS or self._characters > FEED_CHARACTERS:
            oldest = self._newest.popleft()
            self._characters -= len(oldest.data)
            self.since = oldest.seq or 0

    def after(self, seq: int) -> Sequence[StreamEvent] | None:
        """The stored events after that number; None when they reach further back than is kept here."""
        if seq < self.since:
            return None
        newer = list(takewhile(lambda event: (event.seq or 0) > seq, reversed(self._newest)))
        return newer[::-1]


class EventHub:
    """Spreads what this process hears to the followers of the app in question.

    Postgres is read only when it has announced (`wake`) that something was stored, once for all followers.
    """

    def __init__(self, db: Database, *, heartbeat: float, streams_per_team: int) -> None:
        self.connections = asyncio.Semaphore(_CONNECTIONS)
        """Bounds what all streams together take of the pool when they open or go back in history."""
        self.streams = ConcurrencyLimiter(at_once=streams_per_team, waiting=0, seconds=0)
        """Bounds what one team takes of the process's open files, which all streams share."""
        self._db = db
        self._heartbeat = heartbeat
        self._feeds: dict[str, Feed] = {}
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._unread: set[str] = set()
        self._news = asyncio.Event()
        self._closed = False

    @contextmanager
    def follow(self, app_id: str, key_id: str) -> Iterator[Follower]:
        """A follower of the app for the time of the context."""
        feed = self._feeds.get(app_id)
        if feed is None:
            feed = self._feeds[app_id] = Feed(app_id)
            self.wake(app_id)
        follower = Follower(feed, key_id)
        follower.ended = self._closed
        feed.followers.add(follower)
        FOLLOWERS.inc()
        try:
            yield follower
        finally:
            FOLLOWERS.dec()
            feed.followers.discard(follower)
            if not feed.followers:
                del self._feeds[app_id]

    @contextmanager
    def listen(self, app_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something was stored for the app, for the time of the context."""
        news = asyncio.Event()
        self._listeners[app_id].add(news)
        try:
            yield news
        finally:
            self._listeners[app_id].discard(news)
            if not self._listeners[app_id]:
                del self._listeners[app_id]

    def wake(self, app_id: str | None) -> None:
        """Has the app's stored events, or with None those of all apps, read as far as anybody follows."""
        for listening in self._listeners.keys() if app_id is None else self._listeners.keys() & {app_id}:
            for news in self._listeners[listening]:
                news.set()
        self._unread |= self._feeds.keys() if app_id is None else self._feeds.keys() & {app_id}
        self._news.set()

    async def read_stored(self) -> None:
        """Reads what was announced, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            feeds = [self._feeds[app_id] for app_id in self._unread if app_id in self._feeds]
            self._unread.clear()
            try:
                await self._read(feeds)
            except Exception:
                for feed in feeds:
                    self.wake(feed.app_id)
                raise

    async def _read(self, feeds: Sequence[Feed]) -> None:
        if not feeds:
            return
        async with self._db.begin() as session:
            for feed in feeds:
                if await feed.read(session):
                    self.wake(feed.app_id)

    async def check_followers(self) -> None:
        """Once a heartbeat: ends the streams of revoked keys and deleted apps, until cancelled.

        Finds by the way what was stored while its announcement went missing.
        """
        while True:
            await asyncio.sleep(self._heartbeat)
            feeds = dict(self._feeds)
            followers = [follower for feed in feeds.values() for follower in feed.followers]
            if not followers:
                continue
            async with self._db.begin() as session:
                keys = await teams.active_ids(session, {follower.key_id for follower in followers})
                numbers = await apps.last_events(session, feeds.keys())
            for follower in followers:
                if follower.key_id not in keys or follower.feed.app_id not in numbers:
                    follower.end()
            for app_id, number in numbers.items():
                if number > (feeds[app_id].last or 0):
                    self.wake(app_id)

    def close(self) -> None:
        """Ends all streams: clients reconnect elsewhere and miss nothing."""
        self._closed = True
        for feed in self._feeds.values():
            for follower in feed.followers:
                follower.end()

    async def hear_live_event(self, body: bytes) -> None:
        """Takes a live event off the bus; one that is no LiveEvent is logged and dropped."""
        try:
            live = LiveEvent.model_validate_json(body)
        except ValidationError:
            logger.warning("live event not understood")
            return
        feed = self._feeds.get(live.app_id)
        if feed is not None:
            event = StreamEvent.live(live.event)
            for follower in feed.followers:
                follower.offer(event)
