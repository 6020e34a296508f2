"""Many followers of one app: what is stored is read once for all of them, and nobody is refused."""

import asyncio
import functools
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event, text

from common.background import Supervisor
from common.contracts import LiveEvent
from common.contracts.events import MessageDeltaEvent, ToolCalledEvent
from common.database import Database
from common.errors import TooManyRequests
from common.listener import listen
from common.testing.budget import within
from orchestrator.db import events
from orchestrator.usecases.feeds import FEED_EVENTS, EventHub, Follower
from orchestrator.usecases.follow import follow_app, open_stream
from tests.orchestrator.service.world import LEISURELY, OTHER_KEY, QUICK, World

NEVER = 3600.0
CROWD = 500
FINAL = {"run.succeeded", "run.answered", "run.waiting", "run.failed", "run.cancelled"}

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


@dataclass
class Streams:
    """The streams of a process without a server around it."""

    db: Database
    hub: EventHub
    key: str
    heard: list[list[tuple[int | None, str]]] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def follow(self, app: str, after: int) -> list[tuple[int | None, str]]:
        """What a new follower has heard so far: number and data."""
        self.heard.append([])
        self.tasks.append(asyncio.create_task(self._follow(app, after, self.heard[-1])))
        return self.heard[-1]

    async def _follow(self, app: str, after: int, heard: list[tuple[int | None, str]]) -> None:
        opened = open_stream(db=self.db, hub=self.hub, key=self.key, app_id=app)
        async with opened as follower:
            async for one in follow_app(
                db=self.db, hub=self.hub, follower=follower, after=after, heartbeat=NEVER, seconds=NEVER
            ):
                assert one is not None  # no heartbeat is due
                heard.append((one.seq, one.data))


@asynccontextmanager
async def streams_of(world: World, *, heartbeat: float, listening: bool = True) -> AsyncIterator[Streams]:
    db = world.database()
    hub = EventHub(db, heartbeat=heartbeat, streams_per_team=CROWD)
    streams = Streams(db, hub, world.stack.api_key)
    url = SecretStr(world.stack.database_url("orchestrator"))
    async with Supervisor() as supervisor:
        supervisor.start("stored events", hub.read_stored)
        supervisor.start("followers", hub.check_followers)
        if listening:
            supervisor.start("event listener", functools.partial(listen, url, events.CHANNEL, hub.wake))
        try:
            yield streams
        finally:
            for task in streams.tasks:
                task.cancel()
            ends = await asyncio.gather(*streams.tasks, return_exceptions=True)
            await db.close()
    assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends


@contextmanager
def transactions() -> Iterator[list[None]]:
    """Grows by one with each transaction of this process."""
    begun: list[None] = []

    def count(_: object) -> None:
        begun.append(None)

    event.listen(Engine, "begin", count)
    try:
        yield begun
    finally:
        event.remove(Engine, "begin", count)


async def store(world: World, app: str, tools: list[str]) -> None:
    """Stores an event for each in one transaction."""
    database = world.database()
    async with database.begin() as session:
        for tool in tools:
            await events.append(session, app, ToolCalledEvent(tool=tool, ok=True))
    await database.close()


async def until(heard: list[tuple[int | None, str]], count: int) -> None:
    async with asyncio.timeout(120):
        while len(heard) < count:
            await asyncio.sleep(0.02)


async def last_of(world: World, app: str) -> int:
    return (await world.api.log(app))[-1].seq or 0


async def test_what_passes_by_costs_no_transaction_and_what_is_stored_one_for_all(world: World) -> None:
    app, _ = await world.app()
    after = await last_of(world, app)
    async with streams_of(world, heartbeat=NEVER) as streams:
        with transactions() as begun:
            followers = [streams.follow(app, after) for _ in range(20)]
            await store(world, app, ["first"])
            for heard in followers:
                await until(heard, 1)
            for number in range(100):
                delta = LiveEvent(app_id=app, event=MessageDeltaEvent(text=str(number)))
                await streams.hub.hear_live_event(delta.model_dump_json().encode())
                if number % 10 == 9:
                    await store(world, app, [f"tool {number}"])
                    for heard in followers:
                        await until(heard, 1 + number + 1 + (number + 1) // 10)
            assert len(begun) < 60  # 20 open a stream, 11 store an event, and 11 read it
    for heard in followers:
        assert [seq for seq, _ in heard if seq] == list(range(after + 1, after + 12))
        live = [json.loads(data)["text"] for seq, data in heard if seq is None]
        assert live == [str(number) for number in range(100)]


async def test_history_longer_than_what_is_kept_in_memory_comes_once_and_in_order(world: World) -> None:
    app, _ = await world.app()
    count = 2 * FEED_EVENTS + 50
    last = await last_of(world, app) + count
    await store(world, app, [f"tool {number}" for number in range(count)])
    async with streams_of(world, heartbeat=NEVER) as streams:
        followers = [(after, streams.follow(app, after)) for after in (0, 100, last - FEED_EVENTS, last - 1)]
        for after, heard in followers:
            await until(heard, last - after)
        await store(world, app, ["one more"])
        for after, heard in followers:
            await until(heard, last + 1 - after)
            assert [seq for seq, _ in heard] == list(range(after + 1, last + 2))


async def test_a_team_has_its_share_of_streams_and_no_more(world: World) -> None:
    app, _ = await world.app()
    theirs, _ = await world.other.create_app(QUICK)
    async with streams_of(world, heartbeat=NEVER) as streams:
        hub = EventHub(streams.db, heartbeat=NEVER, streams_per_team=1)

        def another(key: str, app: str) -> AbstractAsyncContextManager[Follower]:
            return open_stream(db=streams.db, hub=hub, key=key, app_id=app)

        async with another(streams.key, app):
            with pytest.raises(TooManyRequests):
                await another(streams.key, app).__aenter__()
            async with another(OTHER_KEY, theirs):
                pass
        async with another(streams.key, app):
            pass


async def test_a_stream_ends_before_the_next_event_once_it_has_to(world: World) -> None:
    """However much there is to be told: the key may have been revoked."""
    app, _ = await world.app()
    async with streams_of(world, heartbeat=NEVER) as streams:
        opened = open_stream(db=streams.db, hub=streams.hub, key=streams.key, app_id=app)
        async with opened as follower:
            stream = follow_app(
                db=streams.db, hub=streams.hub, follower=follower, after=0, heartbeat=NEVER, seconds=NEVER
            )
            async with aclosing(stream), asyncio.timeout(60):
                first = await anext(stream)
                assert first is not None
                assert first.seq == 1, "there is more"
                follower.end()
                assert [event async for event in stream] == []


async def test_a_stream_whose_history_takes_too_long_ends_in_order(world: World) -> None:
    app, _ = await world.app()
    await store(world, app, [f"tool {number}" for number in range(FEED_EVENTS)])
    hurried = Database(
        SecretStr(world.stack.database_url("orchestrator")), "orchestrator", statement_seconds=0.5
    )
    locking = world.database()
    async with streams_of(world, heartbeat=NEVER) as streams:
        opened = open_stream(db=streams.db, hub=streams.hub, key=streams.key, app_id=app)
        async with opened as follower, asyncio.timeout(60):
            while follower.feed.last is None:
                await asyncio.sleep(0.02)
            async with locking.begin() as session:
                await session.execute(text("LOCK TABLE events"))
                stream = follow_app(
                    db=hurried, hub=streams.hub, follower=follower, after=0, heartbeat=NEVER, seconds=NEVER
                )
                async with aclosing(stream):
                    assert [event async for event in stream] == []
    await locking.close()
    await hurried.close()


async def test_what_was_stored_while_nobody_listened_is_found(world: World) -> None:
    app, _ = await world.app()
    after = await last_of(world, app)
    async with streams_of(world, heartbeat=0.2, listening=False) as streams:
        heard = streams.follow(app, after)
        await store(world, app, ["first"])
        await until(heard, 1)
        await store(world, app, ["second"])
        await until(heard, 2)
    assert [seq for seq, _ in heard] == [after + 1, after + 2]


async def test_the_listener_comes_back_after_its_connection_and_nothing_is_missed(world: World) -> None:
    app, _ = await world.app()
    after = await last_of(world, app)
    async with streams_of(world, heartbeat=NEVER) as streams:
        heard = streams.follow(app, after)
        await store(world, app, ["first"])
        await until(heard, 1)
        database = world.database()
        async with database.begin() as session:
            await session.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
            )
        await database.close()
        await store(world, app, ["second"])
        await until(heard, 2)
    assert [seq for seq, _ in heard] == [after + 1, after + 2]


async def test_a_crowd_follows_one_app_and_nobody_is_refused(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    limits = httpx.Limits(max_connections=None)
    headers = {"authorization": f"Bearer {world.stack.api_key}"}
    async with httpx.AsyncClient(
        base_url=world.stack.api_url, headers=headers, limits=limits, timeout=None, trust_env=False
    ) as http:
        crowd = [asyncio.create_task(numbers_of(http, app)) for _ in range(CROWD)]
        answers = asyncio.create_task(listed_until(http, crowd))
        await followed(world, CROWD, crowd)
        await world.live(app)
        async with asyncio.timeout(300):
            heard = await asyncio.gather(*crowd)
        statuses = await answers
    await world.api.succeeded(app, run)
    stored = [one.seq for one in await world.api.log(app)]
    assert all(numbers == stored for numbers in heard)
    assert set(statuses) == {200}
    await followed(world, 0)


async def numbers_of(http: httpx.AsyncClient, app: str) -> list[int]:
    """The numbers of the stored events up to the end of the run, from a single connection."""
    numbers: list[int] = []
    ended = False
    async with http.stream("GET", f"/v1/apps/{app}/events") as response:
        assert response.status_code == 200, await response.aread()
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            ended |= name == "event" and value in FINAL
            if name == "id":
                numbers.append(int(value))
            if not line and ended:
                return numbers
    raise AssertionError(f"the stream ended after {numbers}")


async def listed_until(http: httpx.AsyncClient, crowd: list[asyncio.Task[list[int]]]) -> list[int]:
    """The statuses of a list that is asked for again and again while the crowd is there.

    Each time on a new connection: an idle one may be closed just when it is used again.
    """
    statuses = []
    while not all(one.done() for one in crowd):
        statuses.append(
            (await http.get("/v1/apps", timeout=120, headers={"connection": "close"})).status_code
        )
        await asyncio.sleep(0.05)
    return statuses


async def followed(world: World, count: int, crowd: Sequence[asyncio.Task[list[int]]] = ()) -> None:
    """Until the process has so many open streams: who leaves is forgotten. Nobody of the crowd leaves yet."""
    metrics = f"{world.stack.config.url('orchestrator_metrics')}/metrics"
    async with asyncio.timeout(within(120)):
        while f"event_followers {count:.1f}" not in (await world.api.http.get(metrics, timeout=120)).text:
            for early in (one for one in crowd if one.done()):
                raise AssertionError("a stream ended early") from early.exception()
            await asyncio.sleep(0.1)


async def test_every_event_of_a_run_is_as_the_openapi_document_says(world: World, tmp_path: Path) -> None:
    app, _ = await world.api.create_app(LEISURELY)
    building = asyncio.create_task(world.live(app))
    heard = []
    async with asyncio.timeout(120), aclosing(world.api.events(app)) as told:
        async for one in told:
            assert one.data["type"] == one.type
            heard.append(one.data)
            if one.type in FINAL:
                break
    await building
    document = (await world.api.http.get("/openapi.json")).json()
    stream = document["paths"]["/v1/apps/{app_id}/events"]["get"]["responses"]["200"]["content"]
    item = stream["text/event-stream"]["itemSchema"]["properties"]["data"]["contentSchema"]
    schema = {"type": "array", "items": item, "components": document["components"]}
    assert len({one["type"] for one in heard}) > len(FINAL)
    assert fits(tmp_path, schema, heard) == 0
    for wrong in ({"at": None}, {"type": "run.dreamt"}, {"run_id": 1}):
        assert fits(tmp_path, schema, [{**heard[0], **wrong}]) == 1


def fits(folder: Path, schema: object, value: object) -> int:
    """0 when the value is as the JSON schema says, else 1."""
    for name, content in (("schema", schema), ("value", value)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    checker = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(folder / "schema.json")]
    return subprocess.run([*checker, str(folder / "value.json")], check=False, capture_output=True).returncode
