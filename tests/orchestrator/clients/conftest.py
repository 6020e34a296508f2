"""The model simulator as a process, with the tests' own scripts."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from orchestrator.clients.model.anthropic.client import AnthropicClient
from tests.orchestrator.clients.harness import ROOT, Simulator


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    scripts = tmp_path_factory.mktemp("scripts")
    env = {**os.environ, "SIMULATOR_PORT": "0", "SIMULATOR_SCRIPTS": str(scripts)}
    command = [sys.executable, "-m", "dev.simulator"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Simulator(json.loads(process.stdout.readline())["url"], scripts)
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[AnthropicClient]:
    client = AnthropicClient(api_key="sk-test", base_url=simulator.url, read_timeout=30)
    yield client
    await client.close()
