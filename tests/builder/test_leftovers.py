"""What a killed builder leaves is swept by those that live, which never touch what belongs to somebody."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builder.clients.leftovers import OwnedFolder, sweep
from builder.clients.sandbox.cgroups import Cgroups
from builder.clients.sandbox.levels import Level
from common.testing.tether import free_port
from tests.builder.machine import needs, strongest
from tests.builder.sandboxes import LIMITS
from tests.builder.world import TOKEN, WAIT, Process, World

OWNING = """
import sys
from pathlib import Path
from builder.clients.leftovers import OwnedFolder
folder = OwnedFolder(Path(sys.argv[1]), "work-")
(folder.path / "file").write_text("half done")
print(folder.path, flush=True)
sys.stdin.read()
"""
MAKING = """
import sys
from pathlib import Path
from builder.clients.leftovers import OwnedFolder
print("begun", flush=True)
made = [OwnedFolder(Path(sys.argv[1]), "work-") for _ in range(500)]
sys.stdin.read()
"""
GROUPED = """
import sys
from builder.clients.sandbox.cgroups import Cgroups
from tests.builder.sandboxes import LIMITS
print(Cgroups.detect().create(LIMITS).paths[0], flush=True)
sys.stdin.read()
"""


@contextmanager
def living(program: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process, and the path of what it has made."""
    command = [sys.executable, "-c", program, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_folders_of_the_killed_are_swept_and_of_the_living_are_not(tmp_path: Path) -> None:
    mine = OwnedFolder(tmp_path, "work-")
    with living(OWNING, str(tmp_path)) as (process, path), living(OWNING, str(tmp_path)) as (_, other):
        assert path.is_dir()
        assert sweep(tmp_path, "work-") == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert sweep(tmp_path, "work-") == 1
        assert not path.exists()
        assert (other / "file").read_text() == "half done"
        assert mine.path.is_dir()
    mine.remove()
    assert sweep(tmp_path, "work-") == 1  # the other's, which ended too
    assert list(tmp_path.iterdir()) == []


def test_whenever_its_maker_is_killed_no_folder_stays(tmp_path: Path) -> None:
    for number in range(1, 21):
        with living(MAKING, str(tmp_path)):
            while len(list(tmp_path.iterdir())) < number:
                os.sched_yield()
        sweep(tmp_path, "work-")
        assert list(tmp_path.iterdir()) == []


def test_a_folder_is_its_makers_even_while_others_sweep(tmp_path: Path) -> None:
    done = threading.Event()

    def sweeping() -> None:
        while not done.is_set():
            sweep(tmp_path, "work-")

    sweeper = threading.Thread(target=sweeping)
    sweeper.start()
    try:
        made = [OwnedFolder(tmp_path, "work-") for _ in range(200)]
        assert all(folder.path.is_dir() for folder in made)
    finally:
        done.set()
        sweeper.join()
    for folder in made:
        folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_a_folder_of_ours_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "work-link").symlink_to(elsewhere)
    (tmp_path / "work-file").write_text("a file")
    assert sweep(tmp_path, "work-") == 0
    assert sweep(tmp_path / "missing", "work-") == 0
    assert elsewhere.is_dir()


@needs(Level.CGROUPS)
def test_groups_of_the_killed_are_swept_and_of_the_living_are_not() -> None:
    groups = Cgroups.detect()
    mine = groups.create(LIMITS)
    try:
        with living(GROUPED) as (process, path), living(GROUPED) as (_, other):
            assert path.is_dir()
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert groups.sweep() >= 1  # other tests' leftovers may be swept along
            assert not path.exists()
            assert other.is_dir()
            assert mine.paths[0].is_dir()
        groups.sweep()
    finally:
        assert mine.remove()


@needs(Level.CGROUPS)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_builder_sweeps_after_one_that_was_killed_while_it_runs(
    service: World, tmp_path: Path
) -> None:
    service.builder.stop()
    metrics_port = free_port()
    await service.builder.start({"SWEEP_SECONDS": "0.2", "METRICS_PORT": str(metrics_port)})
    environment = {**service.builder.environment, "PORT": str(free_port()), "SWEEP_SECONDS": "3600"}
    victim = Process("builder", environment, tmp_path / "victim.log", TOKEN)
    await victim.start()
    assert victim.running is not None
    assert service.builder.running is not None
    killed, survivor = victim.running.pid, service.builder.running.pid
    await until(lambda: groups_of(killed) != set() and groups_of(survivor) != set())
    victim.stop(signal.SIGKILL)
    await until(lambda: groups_of(killed) == set())
    assert groups_of(survivor) != set()
    async with service.builder.http() as http:
        metrics = (await http.get(f"http://127.0.0.1:{metrics_port}/metrics")).text
    assert 'leftovers_removed_total{kind="sandbox"}' in metrics
    assert "leftovers of builders that were killed removed" in service.builder.log.read_text()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT):
        while not condition():
            await asyncio.sleep(0.05)


def groups_of(process: int) -> set[Path]:
    """The control groups that a builder has made."""
    if strongest() is not Level.CGROUPS:
        return set()
    return {
        path
        for base in {path.parent for path in Cgroups.detect()._hierarchy.directories("x")}
        for path in base.glob(f"overskill-build-{process}.*")
    }
