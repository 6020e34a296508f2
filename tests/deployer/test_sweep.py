"""R2 keeps what deployments need and nothing else, whatever happens at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from common.contracts import asset_key
from common.errors import Unavailable
from common.ids import new_app_id
from common.objects import ObjectStore, Readable
from common.work import LeaseLost
from deployer.db import files, objects
from deployer.db.files import Needed
from deployer.usecases.outcome import record_failed
from deployer.usecases.resources import Resources
from deployer.usecases.store import store
from deployer.usecases.sweep import RETRY, mark_needs, sweep
from dev.edge.launcher import Edge
from tests.deployer.freeing import (
    NO_GRACE,
    PICTURE,
    Begun,
    begin,
    deploy,
    digest_of,
    due,
    execute,
    free,
    known,
    opened,
    planned,
    tiny_app,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("deployer-sweep")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def resources(edge: Edge, postgres_url: str, nats_url: str) -> AsyncIterator[Resources]:
    async with opened(edge, postgres_url, nats_url) as made:
        yield made


PICTURES = count()


class Interrupted:
    """Stands in the way of one operation of a real store: lets others act before or after it."""

    def __init__(self, store: ObjectStore, operation: str, point: str) -> None:
        self._store, self._operation, self._point = store, operation, point
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name != self._operation:
            return found

        async def interrupted(key: str, *arguments: Readable | str) -> None:
            if self._point == "before":
                await self._wait()
            await found(key, *arguments)
            if self._point == "after":
                await self._wait()

        return interrupted

    async def _wait(self) -> None:
        self.reached.set()
        await self.go_on.wait()


async def reached(store: Interrupted, task: asyncio.Task[None]) -> None:
    """Until the task has come to the operation."""
    there = asyncio.create_task(store.reached.wait())
    await asyncio.wait({there, task}, return_when=asyncio.FIRST_COMPLETED)
    assert there.done(), task


class Scene:
    """One picture that was needed once, is in R2, and is due; and a deployment that is to need it again."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.app_id = resources, new_app_id()
        self.files = tiny_app(next(PICTURES))
        self.digest = digest_of(self.files[PICTURE])

    async def set(self) -> "Scene":
        earlier = await deploy(self.resources, new_app_id(), self.files)
        async with self.resources.db.begin() as session:
            await files.forget(session, earlier, doubted=False)
        await due(self.resources.db, self.digest)
        self.begun = await begin(self.resources, self.app_id)
        return self

    async def store(self, assets: Any = None) -> None:
        resources = self.resources
        if assets is not None:
            resources = Resources(**{**vars(resources), "assets": assets})
        async with planned(resources, self.app_id, self.files) as plan:
            await store(resources, self.begun.lease, self.begun.row, plan, look=False)

    async def sweep(self, assets: Any = None) -> None:
        assert await sweep(self.resources.db, assets or self.resources.assets)

    async def is_here(self) -> bool:
        """In R2; and no sweep to come takes it away."""
        row = await known(self.resources.db, self.digest)
        assert row is None or not row.deleting
        if row is not None and row.stored_at is not None:
            await due(self.resources.db, self.digest)
            await self.sweep()
            await free(self.resources)
            assert await known(self.resources.db, self.digest) is not None
        return await self.resources.assets.exists(asset_key(self.digest))


async def test_an_object_that_is_needed_again_before_it_is_removed_stays(resources: Resources) -> None:
    scene = await Scene(resources).set()
    await scene.store()
    await scene.sweep()
    assert await scene.is_here()


async def test_an_object_that_nobody_needs_is_removed_and_stored_anew(resources: Resources) -> None:
    scene = await Scene(resources).set()
    await scene.sweep()
    assert await known(resources.db, scene.digest) is None
    assert not await resources.assets.exists(asset_key(scene.digest))
    await scene.store()
    assert await scene.is_here()


@pytest.mark.parametrize("point", ["before", "after"])
async def test_a_deployment_waits_for_a_removal_that_has_begun(resources: Resources, point: str) -> None:
    scene = await Scene(resources).set()
    assets = Interrupted(resources.assets, "delete", point)
    removal = asyncio.create_task(scene.sweep(assets))
    await reached(assets, removal)
    with pytest.raises(Unavailable, match="just being removed"):
        await scene.store()
    assets.go_on.set()
    await removal
    await scene.store()
    assert await scene.is_here()


@pytest.mark.parametrize("point", ["before", "after"])
async def test_a_removal_that_broke_off_is_done_again(resources: Resources, point: str) -> None:
    scene = await Scene(resources).set()
    assets = Interrupted(resources.assets, "delete", point)
    removal = asyncio.create_task(scene.sweep(assets))
    await reached(assets, removal)
    removal.cancel()
    with suppress(asyncio.CancelledError):
        await removal
    await scene.sweep()
    with pytest.raises(Unavailable, match="just being removed"):
        await scene.store()
    await due(resources.db, scene.digest)
    await scene.sweep()
    await scene.store()
    assert await scene.is_here()


@pytest.mark.parametrize("point", ["before", "after"])
async def test_nothing_is_removed_that_a_deployment_is_storing(resources: Resources, point: str) -> None:
    scene = await Scene(resources).set()
    await scene.sweep()
    assets = Interrupted(resources.assets, "upload", point)
    storing = asyncio.create_task(scene.store(assets))
    await reached(assets, storing)
    await due(resources.db, scene.digest)
    await scene.sweep()
    await free(resources)
    assets.go_on.set()
    await storing
    assert await scene.is_here()


async def test_a_need_that_is_not_committed_yet_is_respected(resources: Resources) -> None:
    scene = await Scene(resources).set()
    needed = Needed(PICTURE, scene.digest, 70_000, "image/png", hashed=False)
    async with resources.db.begin() as session:
        (seen,) = await files.need(session, scene.begun.row.id, [needed])
        await free(resources)
    assert (seen.stored, seen.deleting) == (True, False)
    assert await resources.assets.exists(asset_key(scene.digest))
    await scene.sweep()
    assert await scene.is_here()


async def test_a_need_waits_for_the_verdict_on_its_object(resources: Resources) -> None:
    scene = await Scene(resources).set()
    async with resources.db.begin() as session:
        claimed = await objects.claim(session, retry=RETRY, limit=100)
        storing = asyncio.create_task(scene.store())
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        async with asyncio.timeout(60):
            while not await session.scalar(waiting):
                assert not storing.done()
                await asyncio.sleep(0.02)
    assert claimed.digests == [scene.digest]
    with pytest.raises(Unavailable, match="just being removed"):
        await storing


async def test_who_stood_still_for_long_does_not_forget_what_others_remove(resources: Resources) -> None:
    scene = await Scene(resources).set()
    async with resources.db.begin() as session:
        slow = await objects.claim(session, retry=RETRY, limit=100)
    assert scene.digest in slow.digests
    await due(resources.db, scene.digest)
    async with resources.db.begin() as session:
        await objects.claim(session, retry=RETRY, limit=100)
    async with resources.db.begin() as session:
        assert await objects.removed(session, slow, slow.digests) == (0, 0)
    with pytest.raises(Unavailable, match="just being removed"):
        await scene.store()


async def test_what_an_overtaken_deployment_has_uploaded_does_not_count(resources: Resources) -> None:
    scene = await Scene(resources).set()
    await scene.sweep()
    assets = Interrupted(resources.assets, "upload", "after")
    storing = asyncio.create_task(scene.store(assets))
    await reached(assets, storing)
    await execute(
        resources.db, "UPDATE environments SET lease_token = lease_token + 1 WHERE app_id = :app",
        app=scene.app_id,
    )  # fmt: skip
    assets.go_on.set()
    with pytest.raises(LeaseLost):
        await storing
    row = await known(resources.db, scene.digest)
    assert row is not None
    assert row.stored_at is None


async def test_the_files_of_a_deployment_that_failed_go(resources: Resources) -> None:
    scene = await Scene(resources).set()
    await scene.store()
    await fail(resources, scene.begun)
    await free(resources)
    assert await known(resources.db, scene.digest) is None
    assert not await resources.assets.exists(asset_key(scene.digest))


async def fail(resources: Resources, begun: Begun) -> None:
    async with resources.db.begin() as session:
        await record_failed(
            session, resources.outbox, begun.lease, begun.row.id,
            code="x", message="x", diagnostics=(), steps={}, found=None,
        )  # fmt: skip


async def test_an_object_is_marked_once_and_goes_when_the_grace_is_over(resources: Resources) -> None:
    scene = await Scene(resources).set()
    await execute(resources.db, "UPDATE objects SET sweep_at = NULL WHERE digest = :d", d=scene.digest)
    await mark_needs(resources.db, grace=RETRY)
    first = await known(resources.db, scene.digest)
    await mark_needs(resources.db, grace=NO_GRACE)
    await scene.sweep()
    second = await known(resources.db, scene.digest)
    assert first is not None
    assert second is not None
    assert first.sweep_at == second.sweep_at is not None
    await scene.store()
    await mark_needs(resources.db, grace=NO_GRACE)
    third = await known(resources.db, scene.digest)
    assert third is not None
    assert third.sweep_at is None
