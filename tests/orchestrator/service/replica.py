"""A second process of the orchestrator, as in production, with settings of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from common.testing.tether import free_port, tethered
from dev.stack.environment import service_settings
from tests.orchestrator.service.world import World
from tests.system.api import Api

REPLICAS: dict[str, asyncio.subprocess.Process] = {}


@asynccontextmanager
async def another_replica(world: World, **changed: str) -> AsyncIterator[Api]:
    """A second process of the same service on the same database; see REPLICAS for the process."""
    config, port = world.stack.config, free_port()
    settings = service_settings(config, world.stack.credentials, "orchestrator")
    environment = {**os.environ, **settings, **changed, "PORT": str(port), "METRICS_PORT": "0"}
    log: Path = config.state / "logs" / "replica.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *tethered([sys.executable, "-m", "orchestrator"]), env=environment, stdout=output, stderr=output
        )
    try:
        async with Api(f"http://127.0.0.1:{port}", world.stack.api_key) as api:
            await until_ready(api)
            REPLICAS[str(api.http.base_url)] = process
            yield api
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until_ready(api: Api) -> None:
    async with asyncio.timeout(120):
        while True:
            try:
                if (await api.http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
