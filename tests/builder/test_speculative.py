"""Builds that nobody waits for yet: they cost others nothing, and nothing is computed twice."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from builder.clients.sandbox.levels import Level
from common.contracts import BuildFinished, BuildMode, BuildRequested, BuildState, ErrorCategory
from common.ids import new_app_id, new_id
from tests.builder.machine import needs
from tests.builder.test_failures import ENDLESS, UNFINISHED, Surround, surround
from tests.builder.world import WAIT, World, scripted

pytestmark = pytest.mark.asyncio(loop_scope="module")

__all__ = ["surround"]

HOME = "src/pages/Home.tsx"
FULL_SHARE = 100
SANDBOXES = 2
SLOW = "tell('running', 1); await new Promise((done) => setTimeout(done, 2000));"


def home(text: str) -> dict[str, str | bytes | None]:
    return {HOME: f"export function Home() {{\n  return <p>{text}</p>;\n}}\n"}


async def row(service: World, request: BuildRequested) -> dict[str, object]:
    answer = await service.get(f"/v1/builds/{request.build_id}")
    return dict(answer.json())


async def begun(service: World, request: BuildRequested) -> None:
    async with asyncio.timeout(WAIT):
        while (await service.get(f"/v1/builds/{request.build_id}")).json().get("state") != "running":
            await asyncio.sleep(0.05)


async def cancel(service: World, *requests: BuildRequested) -> None:
    async with service.builder.http() as http:
        for request in requests:
            await http.post(f"/v1/builds/{request.build_id}/cancel")


async def test_a_request_joins_the_build_of_the_same_source(surround: Surround) -> None:
    async with surround(BUILDER_CONCURRENCY="3") as service:
        first = await service.request(**scripted(SLOW), speculative=True)
        await begun(service, first)
        second = await service.request(**scripted(SLOW), app_id=first.app_id)
        done, joined = await asyncio.gather(*(service.finished(r.build_id) for r in (first, second)))
        assert done.state is BuildState.SUCCEEDED, done.log
        assert (joined.state, joined.artifact) == (BuildState.SUCCEEDED, done.artifact)
        assert done.usage is not None
        assert joined.usage is None
        assert (await row(service, second))["attempts"] == 0


async def test_a_verdict_that_would_come_again_is_given_again(surround: Surround) -> None:
    async with surround() as service:
        app, wrong = new_app_id(), {"src/wrong.ts": "export const n: number = 'x';\n"}
        first = await service.build(dict(wrong), app_id=app, speculative=True)
        assert first.category is ErrorCategory.TYPE
        again = await service.request(dict(wrong), app_id=app)
        done = await service.finished(again.build_id)
        assert (done.state, done.category, done.message) == (first.state, first.category, first.message)
        assert (done.diagnostics, done.problems) == (first.diagnostics, first.problems)
        assert "TS2322" in done.log
        assert (await row(service, again))["attempts"] == 0
        other = await service.request(dict(wrong), app_id=app, mode=BuildMode.PRODUCTION)
        await service.finished(other.build_id)
        assert (await row(service, other))["attempts"] == 1


async def test_a_build_whose_time_was_up_is_tried_again(surround: Surround) -> None:
    async with surround(BUILDER_PREVIEW_SECONDS="3") as service:
        app = new_app_id()
        for _ in range(2):
            request = await service.request(**scripted(ENDLESS), app_id=app)
            assert (await service.finished(request.build_id)).category is ErrorCategory.TIMEOUT
            assert (await row(service, request))["attempts"] == 1


async def test_a_speculative_build_gives_its_slot_to_one_that_is_waited_for(surround: Surround) -> None:
    async with surround(BUILDER_CONCURRENCY="1", BUILDER_PREVIEW_SECONDS="120") as service:
        speculative = await service.request(**scripted(UNFINISHED), speculative=True)
        await begun(service, speculative)
        waited_for = await service.build(home("waited for"))
        assert waited_for.state is BuildState.SUCCEEDED, waited_for.log
        ended = {event.build_id for event in service.events if isinstance(event, BuildFinished)}
        assert speculative.build_id not in ended
        async with asyncio.timeout(WAIT):
            while (await row(service, speculative))["attempts"] != 2:
                await asyncio.sleep(0.05)
        await cancel(service, speculative)


async def test_a_build_that_somebody_waits_for_by_now_keeps_its_slot(surround: Surround) -> None:
    async with surround(BUILDER_CONCURRENCY="1") as service:
        first = await service.request(**scripted(SLOW), speculative=True)
        await begun(service, first)
        joined = await service.request(**scripted(SLOW), app_id=first.app_id)
        other = await service.request(home("after it"))
        for request in (first, joined, other):
            assert (await service.finished(request.build_id)).state is BuildState.SUCCEEDED
        assert (await row(service, first))["attempts"] == 1


async def test_a_newer_preview_of_the_app_ends_a_speculative_one(surround: Surround) -> None:
    async with surround(BUILDER_CONCURRENCY="2", BUILDER_PREVIEW_SECONDS="120") as service:
        old = await service.request(**scripted(UNFINISHED), speculative=True)
        await begun(service, old)
        other_app = await service.request(**scripted(UNFINISHED), speculative=True)
        newer = await service.build(home("newer"), app_id=old.app_id, speculative=True)
        ended = await service.finished(old.build_id)
        assert (ended.state, newer.state) == (BuildState.CANCELLED, BuildState.SUCCEEDED)
        assert ended.message == ("The build was not needed any more: a newer one of the app was asked for.")
        assert (await row(service, other_app))["state"] in {"queued", "running"}
        await cancel(service, other_app)


async def test_a_build_that_is_waited_for_is_not_superseded(surround: Surround) -> None:
    async with surround(BUILDER_CONCURRENCY="2") as service:
        first = await service.request(**scripted(SLOW))
        await begun(service, first)
        await service.request(home("newer"), app_id=first.app_id, build_id=new_id("build"))
        assert (await service.finished(first.build_id)).state is BuildState.SUCCEEDED


@needs(Level.CGROUPS)
async def test_a_speculative_build_has_a_small_share_until_somebody_waits_for_it(surround: Surround) -> None:
    async with surround(BUILDER_PREVIEW_SECONDS="600", BUILDER_WARM="0") as service:
        speculative = await service.request(**scripted(UNFINISHED), speculative=True)
        async with asyncio.timeout(WAIT):
            while FULL_SHARE in (found := shares(service)) or len(found) < SANDBOXES:
                await asyncio.sleep(0.05)
        joined = await service.request(**scripted(UNFINISHED), app_id=speculative.app_id)
        async with asyncio.timeout(WAIT):
            while FULL_SHARE not in shares(service):
                await asyncio.sleep(0.05)
        await cancel(service, speculative, joined)


def shares(service: World) -> list[int]:
    """What each sandbox of the builder has of a busy processor, in percent of an ordinary share."""
    assert service.builder.running is not None
    name = f"overskill-build-{service.builder.running.pid}.*"
    found = []
    for group in Path("/sys/fs/cgroup").rglob(name):
        with suppress(OSError):
            if (weight := group / "cpu.shares").exists():
                found.append(100 * int(weight.read_text()) // 1024)
            elif (weight := group / "cpu.weight").exists():
                found.append(int(weight.read_text()))
    return found
