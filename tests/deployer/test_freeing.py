"""Apps come and go, and the buckets hold what is live or can be rolled back to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from common.contracts import ASSETS, RECENT, DeploymentState, Environment, asset_key, recent_key
from common.ids import new_app_id
from common.retention import apply_rules
from deployer.db.retention import rules
from deployer.usecases.delete_app import delete_app
from deployer.usecases.resources import Resources
from dev.edge.launcher import Edge
from tests.deployer.artifacts import code, noise, page, small_app
from tests.deployer.freeing import (
    deploy,
    digest_of,
    execute,
    free,
    keys,
    opened,
)
from tests.deployer.service import WAIT, World, new_app, world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("deployer-freeing")]

APPS = 50
DEPLOYMENTS = 5
EMBEDDED_BYTES = 64 * 1024
KEEP = timedelta(days=90)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def resources(edge: Edge, postgres_url: str, nats_url: str) -> AsyncIterator[Resources]:
    async with opened(edge, postgres_url, nats_url) as made:
        yield made


def version(app: int, number: int) -> dict[str, bytes]:
    """Some of its files are its own, some are the app's, some are everybody's; and some come back."""
    return {
        "index.html": page(title=f"{app} {number}"),
        "about.txt": b"embedded, so R2 has none of it",
        "own.png": noise(66_000, app * 10 + number),
        "app.png": noise(66_000, app + 2000),
        "everybodys.png": noise(66_000, 3000),
        f"assets/index-A{app:02}b{number % 2}C2d.js": f"export default '{app} {number % 2}'".encode(),
        "assets/vendor-Z9y8X7w6.js": code(3_000),
    }


def wanted(files: dict[str, bytes]) -> set[str]:
    """The keys in R2 that a version needs: what is large, and what pages that are open may ask for."""
    return {
        asset_key(digest_of(content))
        for path, content in files.items()
        if len(content) > EMBEDDED_BYTES or path.startswith("assets/")
    }


async def test_after_fifty_apps_the_bucket_holds_what_is_live_or_kept(resources: Resources) -> None:
    gate = asyncio.Semaphore(8)
    apps = {new_app_id(): number for number in range(APPS)}
    ids: dict[str, list[str]] = {}

    async def use(app_id: str) -> None:
        async with gate:
            ids[app_id] = [
                await deploy(resources, app_id, version(apps[app_id], number))
                for number in range(DEPLOYMENTS)
            ]

    await asyncio.gather(*map(use, apps))
    made = {key for app in range(APPS) for n in range(DEPLOYMENTS) for key in wanted(version(app, n))}
    assert await keys(resources.assets) == made
    kept = list(apps)[::2]

    async def forget(app_id: str) -> None:
        """Again when its lease was lost on a slow machine, as the service does in the background."""
        async with gate, asyncio.timeout(WAIT):
            while not await delete_app(resources, app_id):
                await asyncio.sleep(0.05)

    await asyncio.gather(*(forget(app) for app in apps if app not in kept))
    old = [deployment for app in kept for deployment in ids[app][:2]]
    await execute(
        resources.db, "UPDATE deployments SET finished_at = now() - interval '91 days' WHERE id = ANY(:ids)",
        ids=old,
    )  # fmt: skip
    await apply_rules(resources.db, rules(deployments=KEEP, secret_events=KEEP))
    assert await free(resources)
    needed = {key for app in kept for n in range(2, DEPLOYMENTS) for key in wanted(version(apps[app], n))}
    assert await keys(resources.assets, ASSETS) == needed
    assert await keys(resources.assets, RECENT) == {recent_key(app, "preview") for app in kept}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    edge: Edge, postgres_url: str, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A service that looks often for what nobody needs, and keeps it for days."""
    folder: Path = tmp_path_factory.mktemp("freeing")
    settings = {"OBJECTS_MARK_SECONDS": "0.2"}
    async with world(
        edge, postgres_url=postgres_url, nats_url=nats_url, folder=folder, settings=settings
    ) as running:
        yield running


async def test_a_deleted_app_takes_its_files_along_and_rollbacks_find_theirs(clean: World) -> None:
    shared = noise(70_000, 1)
    stays, script = new_app()
    goes, _ = new_app()
    first = {**small_app("First"), "shared.png": shared, "own.png": noise(70_000, 2)}
    kept = await clean.deploy(stays, first)
    await clean.deploy(stays, small_app("Second"))
    their = {**small_app("Theirs"), "shared.png": shared, "own.png": noise(70_000, 3)}
    for environment in (Environment.PREVIEW, Environment.STAGING):
        await clean.deploy(goes, their, environment=environment)
    async with clean.http() as http:
        assert (await http.delete(f"/v1/apps/{goes}")).status_code in {202, 204}
    async with clean.assets() as assets:
        async with asyncio.timeout(WAIT):
            while await assets.exists(asset_key(digest_of(their["own.png"]))):
                await asyncio.sleep(0.05)
        assert await assets.exists(asset_key(digest_of(shared)))
    back = await clean.deploy(stays, rollback_of=kept.deployment_id)
    assert back.state is DeploymentState.DEPLOYED
    for name in ("own.png", "shared.png"):
        assert (await clean.load(script, f"/{name}")).content == first[name]
