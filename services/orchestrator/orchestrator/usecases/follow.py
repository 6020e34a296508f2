"""Following an app: its stored events from any point on, then the new ones as they come."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress

import structlog

from common.database import Database
from common.errors import Timeout, Unavailable
from orchestrator.db import events
from orchestrator.errors import AppNotFound
from orchestrator.usecases import keys
from orchestrator.usecases.feeds import EventHub, Follower, StreamEvent

_PAGE = 200
_JITTER = 0.1


@asynccontextmanager
async def open_stream(*, db: Database, hub: EventHub, key: str, app_id: str) -> AsyncIterator[Follower]:
    """Joins the app's followers on behalf of whoever has the key.

    Raises Unauthorized, AppNotFound, and TooManyRequests when the team has its share of streams already.

    Of many who come at once, all but a few wait here and not for the pool, which other requests need too.
    """
    async with hub.connections:
        access = await keys.authenticate(db=db, key=key, app_id=app_id)
    structlog.contextvars.bind_contextvars(team_id=access.team_id, app_id=app_id)
    if access.app is None:
        raise AppNotFound.of(app_id)
    async with hub.streams.hold(access.team_id):
        with hub.follow(app_id, access.key_id) as follower:
            yield follower


async def follow_app(
    *, db: Database, hub: EventHub, follower: Follower, after: int, heartbeat: float, seconds: float
) -> AsyncGenerator[StreamEvent | None, None]:
    """The app's events after number `after`; None when `heartbeat` seconds were silent.

    Each stored event comes exactly once and in order. It ends when the follower may not follow any longer,
    after `seconds` less up to a tenth, so that not all come back together, and when the database is away
    or too slow while it is needed: clients come back by themselves and then miss nothing.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds * random.uniform(1 - _JITTER, 1)

    def over() -> bool:
        return follower.ended or clock() >= until

    with suppress(Unavailable, Timeout):
        while not over():
            async with aclosing(_news(db, hub, follower, after)) as news:
                async for event in news:
                    if over():  # a slow client may have taken long over the one before
                        return
                    after = event.seq or after
                    yield event
            if not await follower.wait(min(heartbeat, until - clock())) and not over():
                yield None


async def _news(db: Database, hub: EventHub, follower: Follower, after: int) -> AsyncGenerator[StreamEvent]:
    """What has come since: the live events, then the stored ones after that number."""
    if follower.feed.last is None:
        return
    for event in follower.take_live():
        yield event
    while page := await _page(db, hub, follower, after):
        for event in page:
            after = event.seq or after
            yield event


async def _page(db: Database, hub: EventHub, follower: Follower, after: int) -> Sequence[StreamEvent]:
    newest = follower.feed.after(after)
    if newest is not None:
        return newest
    async with hub.connections, db.begin() as session:
        rows = await events.read(session, follower.feed.app_id, after=after, limit=_PAGE)
    return [StreamEvent.stored(row) for row in rows]
