"""The deployer by itself, asked as the orchestrator asks it: large apps, rollbacks under load, memory."""

import asyncio
import contextlib
import hashlib
import os
import random
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from common.contracts import DeploymentFinished, Environment, artifact_key
from common.ids import new_app_id
from common.objects import ObjectStore
from dev.stack.deployments import Deployments, Files, deployments_of
from dev.stack.stack import Stack

SAMPLES = int(os.environ.get("BENCH_DEPLOYMENTS", "10"))
FILES, APP_BYTES = 195, 59 * 1024**2
HUGE_FILES, HUGE_BYTES = 40, 200 * 1024**2
BUSY_APPS = 4
ROLLBACKS = 5 * SAMPLES
MB = 1024**2


class Deployer:
    """A stack's deployer, and how long what it does takes."""

    def __init__(self, stack: Stack, deployments: Deployments, store: ObjectStore) -> None:
        self._stack = stack
        self._deployments = deployments
        self._store = store

    async def store(self, app_id: str, files: Files) -> str:
        return await self._deployments.store(app_id, files)

    async def fetch(self, app_id: str, digest: str) -> float:
        """Seconds to read the artifact and nothing else: what no redeployment that proves it can undercut."""
        began = time.perf_counter()
        data = await self._store.get(artifact_key(app_id, digest))
        await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        return time.perf_counter() - began

    async def deploy(self, app_id: str, **what: str) -> tuple[float, DeploymentFinished]:
        """Seconds from the request to the news that it is live, of an artifact or as a rollback."""
        began = time.perf_counter()
        event = await self._deployments.deploy(app_id, Environment.PREVIEW, **what)
        return time.perf_counter() - began, event

    async def restart(self) -> None:
        """Another process instead, whose schema is as it should be."""
        await self._stack.kill("deployer")
        await self._stack.start("deployer")
        await self._stack.wait_ready("deployer")

    @contextlib.contextmanager
    def memory(self) -> Iterator[list[int]]:
        """What the deployer has of memory before, and the most it has at any time within, in bytes."""
        folder = Path(f"/proc/{self._stack.pid('deployer')}")
        (folder / "clear_refs").write_text("5")  # the peak so far is forgotten
        found = [_resident(folder)]
        yield found
        found.append(_resident(folder))


@asynccontextmanager
async def deployer_of(stack: Stack) -> AsyncIterator[Deployer]:
    async with deployments_of(stack) as (deployments, store):
        yield Deployer(stack, deployments, store)


async def measure(deployer: Deployer) -> AsyncIterator[str]:
    """Lines of the report, each when it is known."""
    yield await _redeployments(deployer)
    yield await _rollbacks(deployer)
    yield await _memory(deployer)


async def _redeployments(deployer: Deployer) -> str:
    app_id, files = new_app_id(), _app(FILES, APP_BYTES)
    await deployer.deploy(app_id, artifact=await deployer.store(app_id, files))
    changed: list[float] = []
    fetched: list[float] = []
    for number in range(SAMPLES):
        files = {**files, "media/0000.png": random.Random(-1 - number).randbytes(APP_BYTES // FILES)}
        digest = await deployer.store(app_id, files)
        fetched.append(await deployer.fetch(app_id, digest))
        changed.append((await deployer.deploy(app_id, artifact=digest))[0])
    seconds, reading = statistics.median(changed), statistics.median(fetched)
    return (
        f"redeploy, 1 of {FILES} files in {APP_BYTES / MB:.0f} MB    p50 {seconds:5.2f} s   "
        f"p95 {_p95(changed):5.2f} s   {seconds / reading:4.1f} of reading the artifact (aim: at most 2 s)"
    )


async def _rollbacks(deployer: Deployer) -> str:
    """Of one app to and fro, while other apps are deployed one after the other all the time."""
    app_id = new_app_id()
    ids = []
    for number in range(2):
        digest = await deployer.store(app_id, _app(20, 2 * MB, seed=number))
        ids.append((await deployer.deploy(app_id, artifact=digest))[1].deployment_id)
    busy = [asyncio.create_task(_deploy_always(deployer, number)) for number in range(BUSY_APPS)]
    seconds = [(await deployer.deploy(app_id, rollback_of=ids[number % 2]))[0] for number in range(ROLLBACKS)]
    for task in busy:
        task.cancel()
    ended = await asyncio.gather(*busy, return_exceptions=True)
    if broken := [error for error in ended if not isinstance(error, asyncio.CancelledError)]:
        raise RuntimeError(f"the load broke off: {broken[0]!r}")
    p50, p95 = statistics.median(seconds), _p95(seconds)
    return (
        f"rollback while {BUSY_APPS} apps are deployed    p50 {p50:5.2f} s   p95 {p95:5.2f} s   "
        "(aim: at most 1 s)"
    )


async def _deploy_always(deployer: Deployer, seed: int) -> None:
    app_id = new_app_id()
    digests = [await deployer.store(app_id, _app(20, 2 * MB, seed=100 * seed + n)) for n in range(4)]
    while True:
        for digest in digests:
            await deployer.deploy(app_id, artifact=digest)


async def _memory(deployer: Deployer) -> str:
    """Of a deployer that has just started, as after every release."""
    app_id = new_app_id()
    await deployer.restart()
    digest = await deployer.store(app_id, _app(HUGE_FILES, HUGE_BYTES, seed=7))
    with deployer.memory() as memory:
        seconds, _ = await deployer.deploy(app_id, artifact=digest)
    before, most = (size / MB for size in memory)
    return (
        f"memory while {HUGE_BYTES / MB:.0f} MB are deployed    {most:5.0f} MB, {most - before:.0f} more "
        f"than before, in {seconds:.1f} s   (aim: at most 150 MB)"
    )


def _resident(folder: Path) -> int:
    """The most memory of the process since its peak was forgotten, in bytes."""
    lines = (folder / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _app(files: int, size: int, seed: int = 0) -> Files:
    """An app with so many files of so many bytes in all; what is not code is as pictures are."""
    rng = random.Random(seed)
    script = "assets/index-a1B2c3D4.js"
    page = f'<!doctype html><title>App</title><script type="module" src="/{script}"></script>'
    pictures = {f"media/{n:04}.png": rng.randbytes(size // files) for n in range(files - 2)}
    return {"index.html": page.encode(), script: f"document.title={seed}".encode(), **pictures}


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[94]
