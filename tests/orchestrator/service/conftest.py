"""One world a worker: started with the first test that needs it, shared by the modules of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.orchestrator.service.world import World
from tests.orchestrator.service.world import world as running_world

IMPATIENT = {
    "MODEL_SILENCE_SECONDS": "3",
    "MODEL_QUIET_SECONDS": "3",
    "MODEL_RETRY_SECONDS": "20",
    "EVENT_HEARTBEAT_SECONDS": "1",
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("orchestrator")
    async with running_world(folder, **IMPATIENT) as running:
        yield running
