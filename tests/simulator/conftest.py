"""The simulator as a process, the SDK against it, and node_modules prepared once per lockfile."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from anthropic import AsyncAnthropic

from tests.simulator.harness import ROOT, TEMPLATE, Workshop, running_simulator, sdk


@pytest.fixture(scope="session")
def simulator() -> Iterator[str]:
    with running_simulator() as base_url:
        yield base_url


@pytest.fixture
async def client(simulator: str) -> AsyncIterator[AsyncAnthropic]:
    async with sdk(simulator) as client:
        yield client


@pytest.fixture(scope="session")
def node_modules() -> Path:
    return prepared_modules()


def prepared_modules() -> Path:
    """The template's packages, installed once per lockfile."""
    lockfile = (TEMPLATE / "package-lock.json").read_bytes()
    cache = ROOT / ".overskill/tests/node_modules"
    cache.mkdir(parents=True, exist_ok=True)
    ready = cache / hashlib.sha256(lockfile).hexdigest()[:16]
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            _install(ready.with_suffix(".new"))
            ready.with_suffix(".new").rename(ready)
    return ready / "node_modules"


def _install(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(TEMPLATE / name, folder)
    binaries = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(
        [binaries / "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        env=env,
        check=True,
    )


@pytest.fixture
def workshop(node_modules: Path, tmp_path: Path) -> Workshop:
    return Workshop(node_modules, tmp_path / "app")
