"""Following an app: each stored event once and in order, from any point on, on any replica."""

import asyncio
import json
import signal
import time
from contextlib import aclosing

import pytest
from sqlalchemy import text

from common.contracts import LiveEvent
from common.contracts.events import BuildLogEvent
from common.messaging.streams import build_log_subject
from common.testing.budget import within
from dev.stack.client import Event
from tests.orchestrator.service.replica import REPLICAS, another_replica
from tests.orchestrator.service.world import LEISURELY, QUICK, World
from tests.system.api import Api

RUN_FAILED = '{"code": "x", "message": "It failed."}'

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
            asyncio.create_task(until_success(api, app, 2, into, live=True))
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
        assert said(events, None) == final
        lines = [e.data for e in events if e.seq is None and e.type == "build.log"]
        assert all(line["run_id"] and line["text"] == "tsc" for line in lines)


async def hear_log_lines(world: World, app: str, heard: tuple[list[Event], ...]) -> None:
    """Until every follower has heard one: they are passed on only while somebody listens."""
    build = await world.build(app)
    line = BuildLogEvent(run_id=build.run_id, build_id=build.build_id, number=1, stream="check", text="tsc")
    async with asyncio.timeout(120):
        while not all(any(event.type == "build.log" and not event.seq for event in one) for one in heard):
            await world.bus.publish_live(build_log_subject(build.build_id), LiveEvent(app_id=app, event=line))
            await asyncio.sleep(0.05)


async def test_an_empty_last_event_id_is_as_none(world: World) -> None:
    app, _ = await world.app()
    [event] = await read(world.api, app, 1, headers={"last-event-id": ""}, params={"after": 2})
    assert event.seq == 3


@pytest.mark.parametrize("wrong", ["abc", "-1", "1.5", "9223372036854775808"])
async def test_a_last_event_id_that_is_no_number_of_an_event_is_refused(world: World, wrong: str) -> None:
    app, _ = await world.app()
    answer = await world.api.http.get(f"/v1/apps/{app}/events", headers={"last-event-id": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"] == "header.last-event-id"


async def test_head_is_answered_with_the_headers_of_the_stream(world: World) -> None:
    app, _ = await world.app()
    answer = await world.api.http.head(f"/v1/apps/{app}/events")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    # The connection is still good: the stream has ended in order.
    assert (await world.api.http.get("/v1/me")).status_code == 200


async def test_a_silent_stream_sends_comments(world: World) -> None:
    app, _ = await world.app()
    last = (await world.api.log(app))[-1].seq
    path = f"/v1/apps/{app}/events?after={last}"
    async with world.api.http.stream("GET", path) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        async with asyncio.timeout(120):
            lines = response.aiter_lines()
            assert (await anext(lines)).startswith(": ")
            assert await anext(lines) == ""
            assert (await anext(lines)).startswith(": ")


async def test_streams_end_at_once_when_the_server_is_told_to_stop(world: World) -> None:
    app, _ = await world.app()
    async with another_replica(world) as replica:
        async with replica.http.stream("GET", f"/v1/apps/{app}/events") as response:
            lines = response.aiter_lines()
            await anext(lines)
            process = REPLICAS[str(replica.http.base_url)]
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            async for _ in lines:
                pass
            assert time.monotonic() - began < within(2)
        await asyncio.wait_for(process.wait(), 5)
        assert process.returncode in {0, -signal.SIGTERM}


async def test_the_stream_of_a_deleted_app_ends(world: World) -> None:
    app, _ = await world.app()
    async with world.api.http.stream("GET", f"/v1/apps/{app}/events") as response:
        lines = response.aiter_lines()
        await anext(lines)
        await world.api.http.delete(f"/v1/apps/{app}")
        async with asyncio.timeout(120):
            async for _ in lines:
                pass


async def test_the_streams_of_a_revoked_key_end(world: World) -> None:
    app, _ = await world.app()
    made = await world.api.post("/v1/keys", {"name": "short-lived"})
    async with Api(world.stack.api_url, made["key"]) as holder:
        path = f"/v1/apps/{app}/events"
        async with holder.http.stream("GET", path) as response, world.api.http.stream("GET", path) as other:
            lines, others = response.aiter_lines(), other.aiter_lines()
            await asyncio.gather(anext(lines), anext(others))
            await world.api.http.delete(f"/v1/keys/{made['id']}")
            async with asyncio.timeout(120):
                async for _ in lines:
                    pass
                while not (await anext(others)).startswith(": "):  # whose key still holds
                    pass
        assert (await holder.http.get(path)).status_code == 401


async def test_streams_end_after_their_time_and_nothing_is_missed(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    async with another_replica(world, EVENT_STREAM_SECONDS="0.2") as replica:
        async with replica.http.stream("GET", f"/v1/apps/{app}/events") as response:
            async with asyncio.timeout(120):
                async for _ in response.aiter_lines():
                    pass
        hearing = asyncio.create_task(until_success(replica, app))
        await world.live(app)
        heard = await hearing
    await world.api.succeeded(app, run)
    assert [event for event in heard if event.seq] == await world.api.log(app)


async def test_an_event_of_an_earlier_release_does_not_break_the_stream(world: World) -> None:
    app, _ = await world.app()
    last = (await world.api.log(app))[-1].seq or 0
    database = world.database()
    async with database.begin() as session:
        older = "INSERT INTO events (app_id, seq, type, data) VALUES (:app, :seq, :type, :data)"
        for type_, data in (("build.finished", '{"a": 1}'), ("app.dreamt", "{}"), ("run.failed", RUN_FAILED)):
            last += 1
            await session.execute(text(older), {"app": app, "seq": last, "type": type_, "data": data})
        await session.execute(
            text("UPDATE apps SET event_seq = :seq WHERE id = :app"), {"app": app, "seq": last}
        )
    await database.close()
    odd, unknown, filled = await read(world.api, app, 3, params={"after": last - 3})
    assert (odd.type, odd.data["a"]) == ("build.finished", 1)
    assert (unknown.type, unknown.data["type"], unknown.data["run_id"]) == ("app.dreamt", "app.dreamt", None)
    assert (filled.data["code"], filled.data["duration_ms"]) == ("x", 0)


async def read(api: Api, app: str, count: int, **asked: dict[str, object]) -> list[Event]:
    """The first `count` stored events of a single connection."""
    events: list[Event] = []
    async with api.http.stream("GET", f"/v1/apps/{app}/events", **asked) as response:  # type: ignore[arg-type]
        frame: dict[str, str] = {}
        lines = response.aiter_lines()
        async with asyncio.timeout(120):
            while len(events) < count:
                line = await anext(lines)
                if not line and "id" in frame:
                    events.append(Event(int(frame["id"]), frame["event"], json.loads(frame["data"])))
                field, _, value = line.partition(": ")
                frame = {**frame, field: value} if line else {}
    return events


async def until_success(
    api: Api, app: str, nth: int = 1, heard: list[Event] | None = None, *, live: bool = False
) -> list[Event]:
    """Everything heard until the app's nth run has succeeded; `live`: and its text has come live as well."""
    heard = [] if heard is None else heard
    async with asyncio.timeout(120), aclosing(api.events(app)) as events:
        async for event in events:
            heard.append(event)
            done = [one.data["run_id"] for one in heard if one.type == "run.succeeded"]
            if len(done) == nth and (not live or len(said(heard, None)) >= len(said(heard, done[-1]))):
                break
    return heard


def said(heard: list[Event], run: str | None) -> str:
    """The text of a run as it is stored; of none: as it was heard while the model wrote."""
    deltas = [one.data for one in heard if one.type == "message.delta" and (one.seq is None) == (run is None)]
    own = [data for data in deltas if (data["kind"] == "text" if run is None else data["run_id"] == run)]
    return "".join(data["text"] for data in own)
