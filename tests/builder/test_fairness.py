"""Several teams at one builder."""

from pathlib import Path

import pytest

from common.contracts import BuildFinished, BuildState
from common.ids import new_id
from common.testing.tether import free_port
from tests.builder.test_failures import UNFINISHED, Surround, surround
from tests.builder.world import Process, Source, scripted

pytestmark = pytest.mark.asyncio(loop_scope="module")

__all__ = ["surround"]


async def test_a_team_never_has_all_slots_of_a_builder(surround: Surround) -> None:
    team = new_id("team")
    async with surround(BUILDER_CONCURRENCY="3", BUILDER_PREVIEW_SECONDS="120") as service:
        unfinished = [await service.request(**scripted(UNFINISHED), team_id=team) for _ in range(4)]
        for request in unfinished[:2]:
            await service.logged(request.build_id, "running")
        assert (await service.build()).state is BuildState.SUCCEEDED
        assert len([event for event in service.events if isinstance(event, BuildFinished)]) == 1
        for request in unfinished[2:]:
            seen = (await service.get(f"/v1/builds/{request.build_id}")).json()
            assert seen["state"] == "queued"
        async with service.builder.http() as http:
            for request in unfinished:  # the next test has the same database
                await http.post(f"/v1/builds/{request.build_id}/cancel")


async def test_a_builder_with_one_slot_builds_for_a_team_that_is_alone(surround: Surround) -> None:
    async with surround(BUILDER_CONCURRENCY="1") as service:
        assert (await service.build()).state is BuildState.SUCCEEDED


async def test_a_free_builder_is_woken_by_what_a_busy_one_takes_in(
    surround: Surround, tmp_path: Path
) -> None:
    """Nobody looks by the clock here: an hour passes between two looks."""
    async with surround(RECONCILE_SECONDS="3600", BUILDER_CONCURRENCY="1") as service:
        environment = {**service.builder.environment, "PORT": str(free_port())}
        other = Process("builder", environment, tmp_path / "other.log", service.builder.token)
        await other.start()
        try:
            unfinished = await service.request(**scripted(UNFINISHED))
            await service.logged(unfinished.build_id, "running")
            for number in range(6):  # whichever of the two gets the message
                source: Source = {"src/number.ts": f"export const number = {number};\n"}
                assert (await service.build(source)).state is BuildState.SUCCEEDED
            async with service.builder.http() as http:
                await http.post(f"/v1/builds/{unfinished.build_id}/cancel")
        finally:
            other.stop()
