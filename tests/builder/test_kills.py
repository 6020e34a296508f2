"""A builder killed in any stage of a build: the next one finishes it, and nothing is left of the first."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from common.contracts import BuildFinished, BuildState
from dev.edge.launcher import Edge
from tests.builder.test_failures import alive, sandboxes
from tests.builder.test_leftovers import groups_of, until
from tests.builder.world import SCRIPTED, WAIT, Process, World, scripted

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = {"LEASE_SECONDS": "2", "SWEEP_SECONDS": "0.2", "RECONCILE_SECONDS": "0.5"}
SLOW = "tell('running', 1); await new Promise((done) => setTimeout(done, 700));"

Reached = Callable[[str], Awaitable[None]]
"""Waits until the build of this id is in the stage."""
Stage = Callable[[World, Edge, Process, str], AbstractAsyncContextManager[Reached]]
"""Has a build stay in a stage as long as the block lasts."""


@asynccontextmanager
async def stopped(*processes: int) -> AsyncIterator[None]:
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@asynccontextmanager
async def at_once(_service: World, _edge: Edge, _templates: Process, _url: str) -> AsyncIterator[Reached]:
    async def reached(_build_id: str) -> None:
        """As soon as the request is on its way."""

    yield reached


@asynccontextmanager
async def preparing(service: World, _edge: Edge, templates: Process, _url: str) -> AsyncIterator[Reached]:
    assert templates.running is not None
    async with stopped(templates.running.pid):
        yield service.started


@asynccontextmanager
async def building(service: World, _edge: Edge, _templates: Process, _url: str) -> AsyncIterator[Reached]:
    async def reached(build_id: str) -> None:
        await service.logged(build_id, "running")

    yield reached


@asynccontextmanager
async def uploading(service: World, edge: Edge, _templates: Process, _url: str) -> AsyncIterator[Reached]:
    edge_processes = [edge.process.pid, *sandboxes(edge.process.pid)]
    held = stopped(*edge_processes)

    async def reached(build_id: str) -> None:
        await service.logged(build_id, "running")
        await held.__aenter__()
        await service.logged(build_id, "built in")

    try:
        yield reached
    finally:
        await held.__aexit__(None, None, None)


@asynccontextmanager
async def recording(service: World, _edge: Edge, _templates: Process, url: str) -> AsyncIterator[Reached]:
    """The row is locked by somebody else when the result is to be written."""
    connection = await asyncpg.connect(url)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    waiting += " AND wait_event_type = 'Lock'"

    async def reached(build_id: str) -> None:
        await service.logged(build_id, "running")
        await connection.execute("BEGIN")
        await connection.execute("SELECT FROM builder.builds WHERE id = $1 FOR UPDATE", build_id)
        await service.logged(build_id, "built in")
        async with asyncio.timeout(WAIT):
            while not await connection.fetchval(waiting):
                await asyncio.sleep(0.02)

    try:
        yield reached
    finally:
        await connection.close()


@pytest.mark.parametrize("stage", [at_once, preparing, building, uploading, recording])
async def test_a_killed_builders_build_is_finished_by_the_next_and_nothing_is_left(
    stage: Stage, service: World, edge: Edge, templates: Process, postgres_url: str
) -> None:
    if service.builder.running is None:  # the stage before has failed
        await service.builder.start()
    await service.build(template=SCRIPTED)  # what is done only once is done by now
    assert service.builder.running is not None
    killed, mounts = service.builder.running.pid, Path("/proc/self/mounts").read_text()
    async with stage(service, edge, templates, postgres_url) as reached:
        request = await service.request(**scripted(SLOW))
        await reached(request.build_id)
        inside, folders = sandboxes(killed), list(service.work.iterdir())
        service.builder.stop(signal.SIGKILL)
    await until(lambda: not any(alive(process) for process in inside))
    await service.builder.start()
    done = await service.finished(request.build_id)
    assert done.state is BuildState.SUCCEEDED, done.message
    ends = [event for event in service.events if isinstance(event, BuildFinished)]
    assert [event.build_id for event in ends].count(request.build_id) == 1
    await until(lambda: not groups_of(killed) and not any(folder.exists() for folder in folders))
    assert Path("/proc/self/mounts").read_text() == mounts
