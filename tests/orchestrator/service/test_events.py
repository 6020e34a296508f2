"""Following an app: each stored event once and in order, from any point on, on any replica."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from common.contracts import BuildLogLine
from common.messaging.streams import build_log_subject
from common.testing.tether import free_port, tethered
from dev.stack.client import Event
from dev.stack.environment import service_settings
from tests.orchestrator.service.world import LEISURELY, QUICK, World
from tests.system.api import Api

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


async def test_a_replay_from_any_event_gives_the_rest_once_and_in_order(world: World) -> None:
    app, _ = await world.app()
    everything = await world.api.log(app)
    numbers = [event.seq for event in everything]
    assert numbers == list(range(1, len(numbers) + 1))
    for after in (0, 1, len(numbers) // 2, len(numbers) - 1):
        for asked in ({"headers": {"last-event-id": str(after)}}, {"params": {"after": after}}):
            assert await read(world.api, app, len(numbers) - after, **asked) == everything[after:]


async def test_the_header_of_a_reconnecting_browser_outranks_the_address(world: World) -> None:
    app, _ = await world.app()
    [event] = await read(world.api, app, 1, headers={"last-event-id": "2"}, params={"after": 0})
    assert event.seq == 3


async def test_live_events_arrive_while_connected_as_on_another_replica(world: World) -> None:
    app, _ = await world.app()
    async with another_replica(world) as replica:
        heard: tuple[list[Event], list[Event]] = ([], [])
        apis = (world.api, replica)
        told = [
            asyncio.create_task(until_success(api, app, 2, into))
            for api, into in zip(apis, heard, strict=True)
        ]
        await hear_log_lines(world, app, heard)
        run = await world.api.send(app, LEISURELY)
        await world.live(app, 2)
        here, there = await asyncio.gather(*told)
        await world.api.succeeded(app, run)
    stored = await world.api.log(app)
    assert [event for event in here if event.seq] == stored
    assert [event for event in there if event.seq] == stored
    texts = [e for e in stored if e.type == "message.delta" and e.data["run_id"] == run]
    final = "".join(event.data["text"] for event in texts)
    for events in heard:
        deltas = [e.data for e in events if e.seq is None and e.type == "message.delta"]
        assert "".join(delta["text"] for delta in deltas if delta["kind"] == "text") == final


async def hear_log_lines(world: World, app: str, heard: tuple[list[Event], ...]) -> None:
    """Until every follower has heard one: they are passed on only while somebody listens."""
    build = (await world.build(app)).build_id
    line = BuildLogLine(build_id=build, app_id=app, number=1, stream="check", text="tsc")
    async with asyncio.timeout(20):
        while not all(any(event.type == "build.log" and not event.seq for event in one) for one in heard):
            await world.bus.publish_live(build_log_subject(build), line)
            await asyncio.sleep(0.05)


async def test_a_silent_stream_sends_comments(world: World) -> None:
    app, _ = await world.app()
    last = (await world.api.log(app))[-1].seq
    path = f"/v1/apps/{app}/events?after={last}"
    async with world.api.http.stream("GET", path) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        async with asyncio.timeout(10):
            lines = response.aiter_lines()
            assert (await anext(lines)).startswith(": ")
            assert await anext(lines) == ""
            assert (await anext(lines)).startswith(": ")


async def test_a_hundred_follow_at_once(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    async with Api(world.stack.api_url, world.stack.api_key) as crowd:
        followers = [asyncio.create_task(until_success(crowd, app)) for _ in range(100)]
        await followed(world.api, 100)
        await world.live(app)
        heard = await asyncio.gather(*followers)
    await world.api.succeeded(app, run)
    stored = await world.api.log(app)
    for events in heard:
        assert [event for event in events if event.seq] == stored
    await followed(world.api, 0)


async def test_streams_end_at_once_when_the_server_is_told_to_stop(world: World) -> None:
    app, _ = await world.app()
    async with another_replica(world) as replica:
        async with replica.http.stream("GET", f"/v1/apps/{app}/events") as response:
            lines = response.aiter_lines()
            assert (await anext(lines)).startswith("id: 1")
            process = REPLICAS[str(replica.http.base_url)]
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            async for _ in lines:
                pass
            assert time.monotonic() - began < 2
        await asyncio.wait_for(process.wait(), 5)
        assert process.returncode in {0, -signal.SIGTERM}


async def test_the_stream_of_a_deleted_app_ends(world: World) -> None:
    app, _ = await world.app()
    async with world.api.http.stream("GET", f"/v1/apps/{app}/events") as response:
        lines = response.aiter_lines()
        await anext(lines)
        await world.api.http.delete(f"/v1/apps/{app}")
        async with asyncio.timeout(10):
            async for _ in lines:
                pass


async def read(api: Api, app: str, count: int, **asked: dict[str, object]) -> list[Event]:
    """The first `count` stored events of a single connection."""
    events: list[Event] = []
    async with api.http.stream("GET", f"/v1/apps/{app}/events", **asked) as response:  # type: ignore[arg-type]
        frame: dict[str, str] = {}
        lines = response.aiter_lines()
        async with asyncio.timeout(10):
            while len(events) < count:
                line = await anext(lines)
                if not line and "id" in frame:
                    events.append(Event(int(frame["id"]), frame["event"], json.loads(frame["data"])))
                field, _, value = line.partition(": ")
                frame = {**frame, field: value} if line else {}
    return events


async def until_success(api: Api, app: str, nth: int = 1, heard: list[Event] | None = None) -> list[Event]:
    """Everything heard until the app's nth run has succeeded."""
    heard = [] if heard is None else heard
    async with asyncio.timeout(30), aclosing(api.events(app)) as events:
        async for event in events:
            heard.append(event)
            if [one.type for one in heard].count("run.succeeded") == nth:
                break
    return heard


async def followed(api: Api, count: int) -> None:
    """Until the process has so many open streams: who leaves is forgotten."""
    async with asyncio.timeout(20):
        while f"event_followers {count:.1f}" not in (await api.http.get("/metrics")).text:
            await asyncio.sleep(0.05)


REPLICAS: dict[str, asyncio.subprocess.Process] = {}


@asynccontextmanager
async def another_replica(world: World) -> AsyncIterator[Api]:
    """A second process of the same service on the same database; see REPLICAS for the process."""
    config, port = world.stack.config, free_port()
    settings = service_settings(config, world.stack.credentials, "orchestrator")
    environment = {**os.environ, **settings, "PORT": str(port)}
    log: Path = config.state / "logs" / "replica.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *tethered([sys.executable, "-m", "orchestrator"]), env=environment, stdout=output, stderr=output
        )
    try:
        async with Api(f"http://127.0.0.1:{port}", world.stack.api_key) as api:
            await until_ready(api)
            REPLICAS[str(api.http.base_url)] = process
            yield api
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until_ready(api: Api) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if (await api.http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
