"""A disk that fills up under NATS, for real: it is told, and all goes on by itself once there is space."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from common.errors import Unavailable
from common.messaging.publisher import Bus
from common.messaging.streams import RUN_SUBJECT, STREAMS, sized
from dev.stack.config import StackConfig
from dev.stack.stack import Stack
from tests.stack.programs import WAIT_SECONDS, until


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose `nats` lies on a file system of 24 MiB."""
    folder = tmp_path / "nats"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"this user may not mount a small disk: {mounted.stderr.decode().strip()}")
    yield tmp_path
    subprocess.run(["umount", "--lazy", folder], check=True)


async def test_nats_stores_again_once_its_disk_has_space(small_disk: Path) -> None:
    log = small_disk / "logs/stack.log"
    async with Stack(StackConfig.temporary(small_disk, only=frozenset({"nats"}))) as stack:
        unreserved = sized({stream.setting: 0 for stream in STREAMS})
        bus = Bus(SecretStr(stack.nats_url), "tests", streams=unreserved)
        await bus.connect()
        filler = small_disk / "nats/filler"
        fill(filler)
        with suppress(Unavailable):
            while True:
                await publish(bus, 20_000)
        await until(lambda: "nats has no space left on its disk" in log.read_text())
        assert stack.processes["nats"].restarts == 0
        filler.unlink()
        await until(lambda: stack.processes["nats"].restarts == 1)
        await stack.wait_ready("nats")
        await until_stored(bus)
        assert stack.processes["nats"].restarts == 1
        await bus.close()
    assert "nats stores nothing although its disk has space" in log.read_text()


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


async def publish(bus: Bus, size: int) -> None:
    await bus.publish(RUN_SUBJECT, b"x" * size, {})


async def until_stored(bus: Bus) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            with suppress(Unavailable):
                await bus.connect()
                await bus.ping()
                await publish(bus, 10)
                return
            await asyncio.sleep(0.05)
