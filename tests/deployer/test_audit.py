"""What the tables do not know of R2 is found out: from earlier releases, from accidents, from neighbours."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from common.contracts import artifact_key, asset_key, installation_key, recent_key
from common.errors import NotFound
from common.ids import new_app_id
from deployer.db.models import Deployment
from deployer.metrics import OBJECTS_ADOPTED, OBJECTS_LOST
from deployer.usecases.audit import audit
from deployer.usecases.backfill import backfill
from deployer.usecases.resources import Resources
from deployer.usecases.store import store_as
from dev.edge.launcher import Edge
from tests.deployer.artifacts import build_artifact, noise
from tests.deployer.freeing import (
    NO_GRACE,
    PICTURE,
    begin,
    build,
    deploy,
    digest_of,
    execute,
    free,
    known,
    opened,
    tiny_app,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("deployer-audit")]

OF_BEFORE = "UPDATE deployments SET files_known = false WHERE id = :id"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def resources(edge: Edge, postgres_url: str, nats_url: str) -> AsyncIterator[Resources]:
    async with opened(edge, postgres_url, nats_url) as made:
        yield made


async def is_here(resources: Resources, content: bytes) -> bool:
    return await resources.assets.exists(asset_key(digest_of(content)))


async def of_earlier_release(resources: Resources, app_id: str, files: dict[str, bytes]) -> str:
    """A live deployment of which the tables know no more than before they knew of files."""
    await build(resources, app_id, files)
    deployment = await deploy(resources, app_id, files)
    await execute(resources.db, OF_BEFORE, id=deployment)
    await execute(resources.db, "DELETE FROM deployment_files WHERE deployment_id = :id", id=deployment)
    await execute(
        resources.db, "DELETE FROM objects WHERE digest = :digest", digest=digest_of(files[PICTURE])
    )
    return deployment


async def test_deployments_of_an_earlier_release_keep_their_files(resources: Resources) -> None:
    stray, files = noise(10, 1), tiny_app(1, **{"assets/a-A1b2C3d4.js": b"1"})
    await resources.assets.put(asset_key(digest_of(stray)), stray)
    app_id = new_app_id()
    first = await of_earlier_release(resources, app_id, files)
    second = await of_earlier_release(resources, app_id, files)
    await audit(resources.db, resources.assets, grace=NO_GRACE)
    assert not await free(resources)
    assert await is_here(resources, stray)
    await backfill(resources.db, resources.objects, resources.assets)
    assert await free(resources)
    assert not await is_here(resources, stray)
    for content in (files[PICTURE], b"1"):
        assert await is_here(resources, content)
        row = await known(resources.db, digest_of(content))
        assert row is not None
        assert row.stored_at is not None
    begun = await begin(resources, app_id)
    target = await find(resources, first)
    assert await store_as(resources, begun.lease, begun.row, target)
    listing = (await resources.assets.get(recent_key(app_id, "preview"))).decode()
    assert "/assets/a-A1b2C3d4.js" in listing
    assert PICTURE not in listing
    assert first != second


async def find(resources: Resources, deployment: str) -> Deployment:
    async with resources.db.begin() as session:
        return await session.get_one(Deployment, deployment)


async def test_without_its_artifact_only_what_is_live_holds_the_sweep_up(resources: Resources) -> None:
    app_id, files = new_app_id(), tiny_app(2)
    first = await of_earlier_release(resources, app_id, files)
    await resources.objects.delete(artifact_key(app_id, build_artifact(files)[0]))
    await backfill(resources.db, resources.objects, resources.assets)
    assert not (await find(resources, first)).files_known
    await audit(resources.db, resources.assets, grace=NO_GRACE)
    assert not await free(resources)
    assert await is_here(resources, files[PICTURE])
    await deploy(resources, app_id, tiny_app(3))
    await backfill(resources.db, resources.objects, resources.assets)
    assert await free(resources)
    assert not await is_here(resources, files[PICTURE])


async def test_objects_nobody_knows_of_are_swept_later(resources: Resources) -> None:
    stray, before = noise(10, 4), OBJECTS_ADOPTED._value.get()
    await resources.assets.put(asset_key(digest_of(stray)), stray)
    await resources.assets.put("a/readme.txt", b"of somebody")
    for _ in range(2):
        await audit(resources.db, resources.assets, grace=NO_GRACE)
    row = await known(resources.db, digest_of(stray))
    assert row is not None
    assert (row.size, row.stored_at) == (10, None)
    assert OBJECTS_ADOPTED._value.get() == before + 1
    await free(resources)
    assert not await is_here(resources, stray)
    assert await resources.assets.get("a/readme.txt") == b"of somebody"
    await resources.assets.delete("a/readme.txt")


async def test_what_r2_has_lost_is_stored_again_by_the_next_who_needs_it(resources: Resources) -> None:
    app_id, files = new_app_id(), tiny_app(5)
    first = await deploy(resources, app_id, files)
    await deploy(resources, app_id, tiny_app(6))
    before = OBJECTS_LOST._value.get()
    await audit(resources.db, resources.assets, grace=NO_GRACE)
    assert OBJECTS_LOST._value.get() == before
    await resources.assets.delete(asset_key(digest_of(files[PICTURE])))
    for _ in range(2):
        await audit(resources.db, resources.assets, grace=NO_GRACE)
    assert OBJECTS_LOST._value.get() == before + 1
    begun = await begin(resources, app_id)
    assert not await store_as(resources, begun.lease, begun.row, await find(resources, first))
    await execute(resources.db, "UPDATE environments SET lease_until = NULL WHERE app_id = :a", a=app_id)
    await deploy(resources, app_id, files)
    assert await is_here(resources, files[PICTURE])


async def test_listings_of_environments_that_are_gone_are_removed(resources: Resources) -> None:
    app_id, gone = new_app_id(), recent_key(new_app_id(), "preview")
    await deploy(resources, app_id, tiny_app(7))
    await resources.assets.put(gone, b"{}")
    await audit(resources.db, resources.assets, grace=NO_GRACE)
    assert await resources.assets.exists(recent_key(app_id, "preview"))
    with pytest.raises(NotFound):
        await resources.assets.get(gone)


async def test_nothing_is_removed_from_a_bucket_that_another_installation_uses(resources: Resources) -> None:
    app_id, files, theirs = new_app_id(), tiny_app(8), noise(10, 9)
    deployment = await deploy(resources, app_id, files)
    await execute(resources.db, "DELETE FROM deployment_files WHERE deployment_id = :id", id=deployment)
    for key in (installation_key("ins_other"), asset_key(digest_of(theirs)), recent_key("b" * 12, "preview")):
        await resources.assets.put(key, theirs)
    await audit(resources.db, resources.assets, grace=NO_GRACE)
    assert not await free(resources)
    assert await is_here(resources, files[PICTURE])
    assert await known(resources.db, digest_of(theirs)) is None
    assert await resources.assets.exists(recent_key("b" * 12, "preview"))
    await resources.assets.delete(installation_key("ins_other"))
    await audit(resources.db, resources.assets, grace=NO_GRACE)
    assert await free(resources)
    for content in (files[PICTURE], theirs):
        assert not await is_here(resources, content)
