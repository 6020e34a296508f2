"""A builder that is told to stop: what it builds may end, what it cannot end is another's."""

import asyncio
import re
import signal

import httpx
import pytest

from common.contracts import BuildState
from common.ids import new_id
from common.testing.tether import free_port
from tests.builder.test_failures import UNFINISHED, Surround, surround
from tests.builder.world import WAIT, scripted

pytestmark = pytest.mark.asyncio(loop_scope="module")

__all__ = ["surround"]

SLOW = "tell('running', 1); await new Promise((done) => setTimeout(done, 2000));"


async def test_a_builder_told_to_stop_ends_its_build_and_begins_no_other(surround: Surround) -> None:
    async with surround(DRAIN_SECONDS="120", BUILDER_CONCURRENCY="1") as service:
        running = await service.request(**scripted(SLOW))
        await service.logged(running.build_id, "running")
        waiting = await service.request()
        assert service.builder.running is not None
        service.builder.running.send_signal(signal.SIGTERM)
        assert (await service.finished(running.build_id)).state is BuildState.SUCCEEDED
        await asyncio.to_thread(service.builder.running.wait, WAIT)
        await service.builder.start()
        assert (await service.finished(waiting.build_id)).state is BuildState.SUCCEEDED
        for request in (running, waiting):
            assert (await service.get(f"/v1/builds/{request.build_id}")).json()["attempts"] == 1


async def test_the_metrics_tell_of_the_queue(surround: Surround) -> None:
    port = free_port()
    async with surround(METRICS_PORT=str(port), BUILDER_CONCURRENCY="1") as service:
        team = new_id("team")
        running = await service.request(**scripted(UNFINISHED), team_id=team)
        await service.logged(running.build_id, "running")
        waiting = await service.request(**scripted(UNFINISHED), team_id=team)
        async with httpx.AsyncClient() as http, asyncio.timeout(WAIT):
            text = ""
            while not all(metric(text, name) for name in ("queue_length", "running_builds", "running_teams")):
                await asyncio.sleep(0.1)
                text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
        assert metric(text, "queue_oldest_age_seconds") > 0
        assert re.search(r'build_wait_seconds_count{priority="preview"} [1-9]', text)
        async with service.builder.http() as http:
            for request in (waiting, running):
                await http.post(f"/v1/builds/{request.build_id}/cancel")


def metric(text: str, name: str) -> float:
    """The value, of previews where it is told by priority; 0 when it has none yet."""
    found = re.search(rf'^{name}(?:{{priority="preview"}})? (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0.0
