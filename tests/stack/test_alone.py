"""A service installs without the others, says what it lacks, and recovers when that comes back."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from common.objects import ObjectStore
from common.settings import S3Settings
from common.testing.tether import tethered
from dev.stack.config import StackConfig
from dev.stack.credentials import load_credentials
from dev.stack.environment import service_settings
from dev.stack.stack import Stack
from tests.patience import patiently
from tests.stack.programs import ROOT, WAIT_SECONDS
from tests.users import open_folder

SERVICES = ("builder", "data", "deployer", "orchestrator", "templates")
OUTSIDE = frozenset({"postgres", "nats", "edge"})
# What a service is not ready without, and the process behind it.
NEEDS = {"database": "postgres", "nats": "nats", "object_store": "edge"}
NEEDS_OF = {"templates": {}, "data": {"database": "postgres"}}

pytestmark = pytest.mark.xdist_group("each")


@pytest.fixture
def folder() -> Iterator[Path]:
    """The database and the builds run as other users."""
    with open_folder() as path:
        yield path


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_installs_alone_says_what_it_cannot_reach_and_recovers(
    folder: Path, service: str
) -> None:
    python = install(folder, service)
    assert ours_in(python) == [service]
    config = StackConfig.temporary(folder / "state", only=OUTSIDE)
    async with started(python, config, service) as client:
        assert (await until_answer(client, "/healthz", 200))["status"] == "ok"
        needs = NEEDS_OF.get(service, NEEDS)
        if not needs:
            await until_answer(client, "/readyz", 200)
            return
        assert await failing(client) >= set(needs)
        async with Stack(config) as stack:
            await make_bucket(stack)
            await until_answer(client, "/readyz", 200)
            for check, process in needs.items():
                await stack.kill(process)
                assert check in await failing(client)
                await stack.start(process)
                await stack.wait_ready(process)
                await until_answer(client, "/readyz", 200)


async def failing(client: httpx.AsyncClient) -> set[str]:
    checks: dict[str, str] = (await until_answer(client, "/readyz", 503))["checks"]
    return {name for name, result in checks.items() if result != "ok"}


def install(folder: Path, service: str) -> Path:
    """A virtual environment with the service's own lock, the common library and the service."""
    uv, python = str(Path(sys.executable).with_name("uv")), folder / "venv/bin/python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    pip = [uv, "pip", "install", "--quiet", "--python", str(python)]
    source = ROOT / "services" / service
    subprocess.run([*pip, "--require-hashes", "-r", str(source / "requirements.lock")], check=True)
    subprocess.run([*pip, "--no-deps", str(ROOT / "libs/common"), str(source)], check=True)
    return python


def ours_in(python: Path) -> list[str]:
    """Which of our services the interpreter can import."""
    script = f"import importlib.util as u; print(*[n for n in {SERVICES} if u.find_spec(n)])"
    done = subprocess.run([python, "-I", "-c", script], check=True, capture_output=True, text=True)
    return done.stdout.split()


@asynccontextmanager
async def started(python: Path, config: StackConfig, service: str) -> AsyncIterator[httpx.AsyncClient]:
    config.state.mkdir(parents=True, exist_ok=True)
    secrets = load_credentials(config.state / "credentials.json")
    environment = {"PATH": os.environ["PATH"], **service_settings(config, secrets, service)}
    process = await asyncio.create_subprocess_exec(
        *tethered([str(python), "-m", service]),
        env=environment,
        cwd=config.state,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=config.url(service), timeout=10) as client:
            yield client
        process.terminate()
        assert await asyncio.wait_for(process.wait(), WAIT_SECONDS) in {0, -signal.SIGTERM}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until_answer(client: httpx.AsyncClient, path: str, status: int) -> dict[str, Any]:
    latest = ""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                try:
                    response = await client.get(path)
                    latest = f"{response.status_code} {response.text}"
                    if response.status_code == status:
                        answer: dict[str, Any] = json.loads(response.text)
                        return answer
                except httpx.TransportError as error:
                    latest = repr(error)
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"{path} never answered {status}; at last: {latest}")


async def make_bucket(stack: Stack) -> None:
    settings = S3Settings(
        s3_endpoint_url=stack.edge_s3_url,
        s3_access_key_id=SecretStr(stack.credentials["s3_access_key_id"]),
        s3_secret_access_key=SecretStr(stack.credentials["s3_secret_access_key"]),
    )
    async with ObjectStore(settings) as store:
        await patiently(store.ensure_bucket)
