"""A deleted app: its builds end, and nothing of it is left or comes back."""

import asyncio

import pytest

from common.contracts import BuildRequested
from common.ids import new_app_id, new_id
from common.messaging.streams import BUILD_PREVIEW
from tests.builder.test_failures import UNFINISHED
from tests.builder.world import TEMPLATE, WAIT, World, scripted

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def delete(service: World, app_id: str) -> int:
    async with service.builder.http() as http:
        return (await http.delete(f"/v1/apps/{app_id}")).status_code


async def builds_of(service: World, app_id: str) -> int:
    return len((await service.get(f"/v1/builds?app_id={app_id}")).json()["items"])


async def waiting(service: World) -> int:
    """Messages that the builder has not acknowledged."""
    info = await service.bus.jetstream.consumer_info(BUILD_PREVIEW.stream.name, BUILD_PREVIEW.name)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def test_a_running_build_ends_and_goes(service: World) -> None:
    running = await service.request(**scripted(UNFINISHED))
    await service.started(running.build_id)
    assert await delete(service, running.app_id) == 202
    async with asyncio.timeout(WAIT):
        while await delete(service, running.app_id) != 204:
            await asyncio.sleep(0.05)
    assert await builds_of(service, running.app_id) == 0
    assert (await service.get(f"/v1/builds/{running.build_id}/log")).status_code == 404


async def test_a_message_that_comes_late_brings_nothing_back(service: World) -> None:
    done, kept = await service.build(), await service.build()
    assert await delete(service, done.app_id) == 204
    assert await delete(service, done.app_id) == 204
    late = BuildRequested(
        build_id=new_id("bld"),
        team_id=new_id("team"),
        app_id=done.app_id,
        mode=done.mode,
        source_digest=await service.upload(done.app_id),
        template=TEMPLATE,
    )
    await service.send(late)
    async with asyncio.timeout(WAIT):
        while (await waiting(service)) > 0:
            await asyncio.sleep(0.05)
    assert await builds_of(service, done.app_id) == 0
    assert await builds_of(service, kept.app_id) == 1


async def test_only_who_has_the_token_deletes(service: World) -> None:
    async with service.builder.http() as http:
        http.headers.pop("authorization")
        assert (await http.delete(f"/v1/apps/{new_app_id()}")).status_code == 401
        assert (await http.delete("/v1/apps/NOT-AN-APP")).status_code == 401
