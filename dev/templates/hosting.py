"""Builds of templates put live as apps are: by the deployer, to the local edge."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from common.contracts import Environment
from common.ids import new_app_id
from dev.stack.config import StackConfig
from dev.stack.deployments import Deployments, deployments_of
from dev.stack.stack import Stack

PARTS = frozenset({"nats", "postgres", "edge", "orchestrator", "deployer"})
"""The orchestrator makes the bucket that builds are in."""

Host = Callable[[Path], Awaitable[str]]


@asynccontextmanager
async def hosting() -> AsyncIterator[Host]:
    """Takes a build's directory and answers with the address at which browsers find it."""
    with tempfile.TemporaryDirectory(prefix="overskill-templates-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  # the database runs as another user
        config = StackConfig.temporary(Path(folder), only=PARTS)
        async with Stack(config) as stack, deployments_of(stack) as (deployments, _):

            async def host(dist: Path) -> str:
                return await _host(deployments, dist)

            yield host


async def _host(deployments: Deployments, dist: Path) -> str:
    app_id = new_app_id()
    digest = await deployments.store(app_id, await asyncio.to_thread(_files, dist))
    live = await deployments.deploy(app_id, Environment.PRODUCTION, artifact=digest)
    return str(live.url)


def _files(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
