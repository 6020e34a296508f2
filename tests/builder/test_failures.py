"""What happens when an app, the builder or its surroundings misbehave."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from common.contracts import BuildFinished, BuildMode, BuildState, ErrorCategory
from common.testing.budget import within
from dev.edge.launcher import Edge
from tests.builder.world import WAIT, Process, World, scripted, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDLESS = "tell('running', 1); for (;;) {}"
UNFINISHED = "tell('running', 1); await new Promise((done) => setTimeout(done, 2 ** 31 - 1));"
"""Never ends either, and leaves the processor to the others."""


class Surround(Protocol):
    def __call__(self, **settings: str) -> AbstractAsyncContextManager[World]: ...


@pytest_asyncio.fixture(loop_scope="module")
async def surround(
    edge: Edge, templates: Process, postgres_url: str, nats_url: str, tmp_path: Path
) -> AsyncIterator[Surround]:
    def surround(**settings: str) -> AbstractAsyncContextManager[World]:
        return world(
            edge, templates, postgres_url=postgres_url, nats_url=nats_url, folder=tmp_path, **settings
        )

    yield surround


async def test_a_build_that_never_ends_is_stopped_and_says_so(surround: Surround) -> None:
    async with surround(BUILDER_PREVIEW_SECONDS="4") as service:
        done = await service.build(**scripted(ENDLESS))
        assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.TIMEOUT)
        assert done.message == "The build was stopped after 4 s; something in it does not come to an end."
        # The next one is not harmed by it; in the mode whose time a busy machine does not use up.
        assert (await service.build(mode=BuildMode.PRODUCTION)).state is BuildState.SUCCEEDED


async def test_a_build_that_takes_all_memory_is_stopped_and_says_so(surround: Surround) -> None:
    async with surround(BUILDER_MEMORY_BYTES=str(384 * 1024**2)) as service:
        done = await service.build(**scripted("const kept = []; for (;;) kept.push(Buffer.alloc(20e6, 1));"))
        assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.MEMORY)


async def test_a_cancelled_build_ends_soon(surround: Surround) -> None:
    async with surround() as service:
        request = await service.request(**scripted(ENDLESS))
        await service.logged(request.build_id, "running")
        began = time.monotonic()
        async with service.builder.http() as http:
            answer = await http.post(f"/v1/builds/{request.build_id}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
        done = await service.finished(request.build_id)
        assert done.state is BuildState.CANCELLED
        assert done.category is None
        assert time.monotonic() - began < within(5)
        async with service.builder.http() as http:
            assert (await http.post(f"/v1/builds/{request.build_id}/cancel")).json()["state"] == "cancelled"
        # What was printed until then is kept.
        async with asyncio.timeout(120):
            while "running" not in (await service.get(f"/v1/builds/{request.build_id}/log")).text:
                await asyncio.sleep(0.05)


async def test_a_build_that_waits_for_its_turn_can_be_cancelled(surround: Surround) -> None:
    async with surround(BUILDER_CONCURRENCY="1") as service:
        running = await service.request(**scripted(UNFINISHED))
        await service.logged(running.build_id, "running")
        waiting = await service.request(mode=BuildMode.PRODUCTION)
        async with asyncio.timeout(WAIT):
            while (await service.get(f"/v1/builds/{waiting.build_id}")).status_code == 404:
                await asyncio.sleep(0.05)
        async with service.builder.http() as http:
            for request in (waiting, running):
                answer = await http.post(f"/v1/builds/{request.build_id}/cancel")
                assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
        assert (await service.finished(waiting.build_id)).state is BuildState.CANCELLED
        # The one after it has its turn, and it none.
        assert (await service.build(mode=BuildMode.PRODUCTION)).state is BuildState.SUCCEEDED
        assert (await service.get(f"/v1/builds/{waiting.build_id}")).json()["attempts"] == 0


async def test_a_builder_killed_in_mid_build_builds_again_after_its_restart(surround: Surround) -> None:
    async with surround(LEASE_SECONDS="2") as service:
        request = await service.request(
            **scripted("tell('running', 1); await new Promise((done) => setTimeout(done, 2000));")
        )
        await service.logged(request.build_id, "running")
        assert service.builder.running is not None
        assert sandboxes(service.builder.running.pid)
        inside = sandboxes(service.builder.running.pid)
        service.builder.stop(signal.SIGKILL)
        async with asyncio.timeout(120):
            while any(alive(process) for process in inside):
                await asyncio.sleep(0.01)
        await service.builder.start()
        done = await service.finished(request.build_id)
        assert done.state is BuildState.SUCCEEDED, done.log
        seen = (await service.get(f"/v1/builds/{request.build_id}")).json()
        assert (seen["state"], seen["attempts"], seen["failures"]) == ("succeeded", 2, 0)
        ends = [event for event in service.events if isinstance(event, BuildFinished)]
        assert [event.build_id for event in ends].count(request.build_id) == 1


async def test_a_builder_told_to_stop_hands_its_build_on(surround: Surround) -> None:
    async with surround() as service:
        request = await service.request(
            **scripted("tell('running', 1); await new Promise((done) => setTimeout(done, 1500));")
        )
        await service.logged(request.build_id, "running")
        service.builder.stop()
        await service.builder.start()
        assert (await service.finished(request.build_id)).state is BuildState.SUCCEEDED


async def test_a_missing_templates_service_delays_a_build_and_fails_none(
    surround: Surround, templates: Process
) -> None:
    async with surround() as service:
        service.builder.stop()
        templates.stop()
        try:
            await service.builder.start()
            request = await service.request({"src/late.ts": "export {};\n"})
            await service.started(request.build_id)
        finally:
            await templates.start()
        assert (await service.finished(request.build_id)).state is BuildState.SUCCEEDED
        seen = (await service.get(f"/v1/builds/{request.build_id}")).json()
        assert seen["attempts"] > 1


async def test_without_bubblewrap_nothing_is_built_and_the_reason_is_told(
    surround: Surround, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "setpriv").symlink_to("/usr/bin/setpriv")
    async with surround() as service:
        service.builder.stop()
        environment = {"PATH": str(programs), "BUILDER_ISOLATION": "watchdog"}
        await service.builder.start(environment, ready=False)
        async with asyncio.timeout(120):
            while "isolation" not in (checks := (await service.get("/readyz")).json()["checks"]) or (
                checks["start"] != "ok"
            ):
                await asyncio.sleep(0.05)
        assert "bubblewrap is not installed" in checks["isolation"]
        done = await service.build({"src/unsafe.ts": "export {};\n"})
        assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.INFRASTRUCTURE)
        assert "apt-get install bubblewrap" in (done.message or "")


async def test_isolation_can_be_switched_off_and_is_loud_about_it(surround: Surround) -> None:
    async with surround(BUILDER_ISOLATION="off", BUILDER_WARM="0") as service:
        done = await service.build(
            {"src/pages/Home.tsx": "export function Home() {\n  return <p>off</p>;\n}\n"}
        )
        assert done.state is BuildState.SUCCEEDED, done.log
        wrong = await service.build({"src/wrong.ts": "export const n: number = 'x';\n"})
        assert [(d.file, d.line) for d in wrong.diagnostics] == [("src/wrong.ts", 1)]
        assert service.builder.log.read_text().count("WITHOUT isolation") >= 3
        service.builder.stop()
        assert not list(service.work.iterdir())


def sandboxes(builder: int) -> list[int]:
    """The processes that run for a builder's sandboxes."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found, todo = [], [builder]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def alive(process: int) -> bool:
    """Whether it runs; what has ended and waits for its parent to look does not."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False
