"""Versions change under load, start once, go idle and stay few."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import httpx

from dev.edge.launcher import Edge, running_edge
from tests.edge.workers import SITE, Exchange, children, form, says

SCRIPT = "/workers/scripts/site"
SLOW = """
export default { fetch(request) {
  const { readable, writable } = new TransformStream();
  const finish = async () => {
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode("old "));
    for await (const chunk of request.body) await writer.write(chunk);
    await writer.close();
  };
  finish();
  return new Response(readable);
} };
"""


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_swaps_under_load_lose_no_request(
    edge: Edge, api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    assert (await api.put(SCRIPT, files=form(says("0")))).is_success
    answers: list[tuple[int, str]] = []
    done = asyncio.Event()

    async def load() -> None:
        while not done.is_set():
            answer = await app.get("/")
            answers.append((answer.status_code, answer.text))

    loads = [asyncio.create_task(load()) for _ in range(6)]
    for number in range(1, 6):
        assert (await api.put(SCRIPT, files=form(says(str(number))))).is_success
        assert (await app.get("/")).text == str(number), "the new version is live when the upload returns"
    done.set()
    await asyncio.gather(*loads)
    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers} == {"0", "1", "2", "3", "4", "5"}
    await until(lambda: len(children(edge.process.pid)) == 2)  # the live one and the one it replaced


async def test_a_request_in_flight_finishes_on_the_old_version(
    edge: Edge, api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await api.put(SCRIPT, files=form(SLOW))
    exchange = await Exchange.begin(edge.apps_port, "site")
    exchange.say("begun ")
    await exchange.until(b"begun ")
    for text in ("new", "newer"):
        assert (await api.put(SCRIPT, files=form(says(text)))).is_success
        assert (await app.get("/")).text == text
    assert len(children(edge.process.pid)) == 3
    exchange.say("ended ")
    await exchange.until(b"ended ")
    await exchange.end()
    await until(lambda: len(children(edge.process.pid)) == 2)


async def test_requests_that_meet_a_cold_version_start_it_once(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge, edge.api() as api:
        assert (await api.put(SCRIPT, files=form())).is_success
    async with running_edge(tmp_path) as edge, edge.app("site") as app:
        assert children(edge.process.pid) == [], "nothing runs before it is asked for"
        answers = await asyncio.gather(*(app.get("/instance") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1


async def test_an_idle_version_stops_and_comes_back(tmp_path: Path) -> None:
    async with (
        running_edge(tmp_path, env={"EDGE_IDLE_SECONDS": "0.3"}) as edge,
        edge.api() as api,
        edge.app("site") as app,
    ):
        await api.put(SCRIPT, files=form())
        first = (await app.get("/instance")).text
        await until(lambda: children(edge.process.pid) == [])
        again = await app.get("/instance")
        assert again.status_code == 200
        assert again.text != first


async def test_a_crowd_of_sleeping_apps_is_answered_by_few_instances(tmp_path: Path) -> None:
    names = [f"app{number}" for number in range(7)]
    async with running_edge(tmp_path) as edge, edge.api() as api:
        for name in names:
            assert (await api.put(f"/workers/scripts/{name}", files=form(says(name)))).is_success
    async with running_edge(tmp_path, env={"EDGE_MAX_INSTANCES": "2"}) as edge:
        most = 0

        async def visit(name: str) -> None:
            nonlocal most
            answer = await _visit(edge, name)
            assert (answer.status_code, answer.text) == (200, name)
            most = max(most, len(children(edge.process.pid)))

        await asyncio.gather(*(visit(name) for name in names * 15))
        assert 1 <= most <= 2


async def test_requests_wait_for_a_place_where_uploads_are_told_to_come_again(tmp_path: Path) -> None:
    workers = {"first": SLOW, "second": SLOW, "third": says("at last"), "removed": says("never")}
    async with running_edge(tmp_path) as edge, edge.api() as api:
        for name, code in workers.items():
            assert (await api.put(f"/workers/scripts/{name}", files=form(code))).is_success
    env = {"EDGE_MAX_INSTANCES": "2", "EDGE_PLACE_SECONDS": "0.2"}
    async with running_edge(tmp_path, env=env) as edge, edge.api() as api:
        holding = [await Exchange.begin(edge.apps_port, name) for name in ("first", "second")]
        for exchange in holding:
            exchange.say("begun ")
            await exchange.until(b"begun ")
        waiting = [asyncio.create_task(_visit(edge, name)) for name in ("third", "removed")]
        busy = await api.put("/workers/scripts/fourth", files=form(says("too many")))
        assert (busy.status_code, busy.json()["errors"][0]["code"]) == (503, 10013)
        assert not any(task.done() for task in waiting)
        assert (await api.delete("/workers/scripts/removed")).is_success
        assert (await waiting[1]).status_code == 404, "what waits is told when its app has changed"
        for exchange in holding:
            await exchange.end()
        answer = await waiting[0]
        assert (answer.status_code, answer.text) == (200, "at last")


async def _visit(edge: Edge, name: str) -> httpx.Response:
    async with edge.app(name) as app:
        return await app.get("/", timeout=300)


async def test_a_version_that_comes_back_has_not_stopped_and_makes_room_before_any_other(
    tmp_path: Path,
) -> None:
    async with running_edge(tmp_path, env={"EDGE_MAX_INSTANCES": "3"}) as edge, edge.api() as api:

        async def put(name: str, answer: str) -> str:
            code = SITE.replace("crypto.randomUUID()", f'"{answer}" + crypto.randomUUID()')
            assert (await api.put(f"/workers/scripts/{name}", files=form(code))).is_success
            versions = (await api.get(f"/workers/scripts/{name}/versions")).json()["result"]["items"]
            return str(versions[0]["id"])

        async def instance(name: str) -> str:
            async with edge.app(name) as app:
                return (await app.get("/instance")).text

        async def deploy(name: str, version: str) -> None:
            body = {"strategy": "percentage", "versions": [{"version_id": version, "percentage": 100}]}
            assert (await api.post(f"/workers/scripts/{name}/deployments", json=body)).is_success

        old = await put("app", "old")
        running = await instance("app")
        new = await put("app", "new")
        await deploy("app", old)
        assert await instance("app") == running
        await put("other", "other")
        other = await instance("other")
        await put("third", "third")
        assert await instance("other") == other
        assert await instance("app") == running
        await deploy("app", new)
        assert (await instance("app")).startswith("new")


async def test_a_worker_process_that_dies_is_replaced(
    edge: Edge, api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await api.put(SCRIPT, files=form())
    first = (await app.get("/instance")).text
    for pid in children(edge.process.pid):
        os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(120):
        while (answer := await app.get("/instance")).status_code != 200:
            await asyncio.sleep(0.02)
    assert answer.text != first
