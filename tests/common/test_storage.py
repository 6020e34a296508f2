"""Storage of NATS that is small, full, or broken: readiness says so, and names what to change."""

import json
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from common.app import build_app
from common.errors import AppError, Unavailable
from common.messaging.publisher import Bus, NoRoom
from common.messaging.streams import STREAMS, sized
from common.settings import NatsSettings
from common.testing.nats import Nats
from common.testing.servers import Running
from common.testing.tether import free_port
from tests.common.messages import QUICK, available, send, until

MB = 1024**2
UNRESERVED = sized({stream.setting: 0 for stream in STREAMS})


def start_nats(folder: Path, log: Path, **jetstream: int) -> Running[Nats]:
    """A server with limits of its own for JetStream."""
    server = Nats(folder, free_port(), secrets.token_urlsafe(16))
    server.initialise()
    config = folder / "nats.conf"
    settings = json.loads(config.read_text())
    settings["jetstream"].update(jetstream)
    config.write_text(json.dumps(settings))
    running = Running(server, log)
    running.start()
    return running


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this user may not mount a small disk: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest_asyncio.fixture
async def buses() -> AsyncIterator[list[Bus]]:
    """To be closed at the end."""
    made: list[Bus] = []
    yield made
    for bus in made:
        await bus.close()


async def unready(bus: Bus) -> bool:
    return not await available(bus.ping)


async def test_the_streams_fit_a_small_disk(tmp_path: Path, buses: list[Bus]) -> None:
    running = start_nats(tmp_path / "nats", tmp_path / "log", max_file_store=100 * MB)
    try:
        bus = Bus(SecretStr(running.server.url), "tests")
        buses.append(bus)
        await bus.connect()
        await bus.ping()
    finally:
        running.stop()


async def test_a_refused_reservation_names_the_stream_its_bytes_and_its_setting(
    tmp_path: Path, buses: list[Bus]
) -> None:
    running = start_nats(tmp_path / "nats", tmp_path / "log", max_file_store=50 * MB)
    settings = NatsSettings(nats_url=SecretStr(running.server.url), nats_events_bytes=90 * MB)
    try:
        bus = Bus(settings.nats_url, "tests", streams=sized(settings.stream_bytes()))
        buses.append(bus)
        for attempt in (bus.connect, bus.ping):  # readiness says it too
            with pytest.raises(NoRoom, match="EVENTS, which reserves 94,371,840 bytes") as refused:
                await attempt()
            assert "set NATS_EVENTS_BYTES lower" in refused.value.message
        smaller = Bus(settings.nats_url, "tests", streams=UNRESERVED)
        buses.append(smaller)
        await smaller.connect()
        assert (await smaller.jetstream.account_info()).storage < MB
    finally:
        running.stop()


async def test_storage_at_its_limit_is_unready_until_there_is_room(tmp_path: Path, buses: list[Bus]) -> None:
    running = start_nats(tmp_path / "nats", tmp_path / "log", max_file_store=2 * MB)
    try:
        bus = Bus(SecretStr(running.server.url), "tests", streams=UNRESERVED)
        buses.append(bus)
        await bus.connect()
        assert await available(bus.ping)
        await fill(bus)
        await until(lambda: unready(bus))
        await bus.jetstream.purge_stream("WORK")
        await until(lambda: available(bus.ping))
    finally:
        running.stop()


async def test_a_disk_that_was_full_is_unready_until_nats_is_started_again(
    small_disk: Path, tmp_path: Path, buses: list[Bus]
) -> None:
    running = start_nats(small_disk / "nats", tmp_path / "log")
    filler = small_disk / "filler"
    try:
        bus = Bus(SecretStr(running.server.url), "tests", streams=UNRESERVED)
        buses.append(bus)
        await bus.connect()
        assert await readiness(bus) == (200, "ok")
        fill_disk(filler)
        await fill(bus)
        await until(lambda: unready(bus))
        filler.unlink()
        with pytest.raises(AppError):  # space alone does not mend it
            await send(bus, QUICK, "still refused")
        status, reason = await readiness(bus)
        assert status == 503
        assert reason.startswith("NATS stores nothing in WORK")
        running.stop()
        running.start()
        await until(lambda: available(bus.ping))
        await send(bus, QUICK, "stored again")
    finally:
        running.stop()


def fill_disk(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


async def fill(bus: Bus) -> None:
    """Publishes until nothing is stored any more."""
    with suppress(Unavailable):
        while True:
            await send(bus, QUICK, "x" * 20_000)


async def readiness(bus: Bus) -> tuple[int, str]:
    """What /readyz answers, and says of NATS."""
    app: FastAPI = build_app(title="t", description="t", lifespan=None, routers=[])  # type: ignore[arg-type]
    app.state.checks = {"nats": bus.ping}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tests") as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json()["checks"]["nats"]


async def test_asking_often_writes_little_and_keeps_nothing(nats_url: str, buses: list[Bus]) -> None:
    bus = Bus(SecretStr(nats_url), "tests")
    buses.append(bus)
    await bus.connect()
    began = time.monotonic()
    for _ in range(50):
        await bus.ping()
    most = 1 + (time.monotonic() - began) / 2
    for stream in STREAMS:
        state = (await bus.jetstream.stream_info(stream.name)).state
        assert state.messages == 1
        assert state.last_seq <= most
