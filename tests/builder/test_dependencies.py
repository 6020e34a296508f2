"""Installing packages: once per lockfile, whole or not at all, and failures that say whose they are."""

import asyncio
import json
from pathlib import Path

import pytest

from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.node import find_node
from builder.errors import DependencyInstallFailed, DependencyInstallUnavailable, NodeUnavailable


def manifest(**packages: str) -> dict[str, bytes]:
    about = {"name": "app", "version": "0.0.0", "dependencies": packages}
    lock = {"name": "app", "version": "0.0.0", "lockfileVersion": 3, "packages": {"": about}}
    return {"package.json": json.dumps(about).encode(), "package-lock.json": json.dumps(lock).encode()}


async def test_one_lockfile_is_installed_once_whoever_asks(tmp_path: Path) -> None:
    about = {"name": "app", "version": "0.0.0", "scripts": {"install": f"touch {tmp_path}/ran"}}
    files = {**manifest(), "package.json": json.dumps(about).encode()}
    caches = [Dependencies(find_node(None), tmp_path / "cache", 60) for _ in range(2)]
    (tree,) = set(await asyncio.gather(*(cache.prepare(files) for cache in caches * 3)))
    assert (tree / ".vite-temp").is_dir()
    assert not (tmp_path / "ran").exists()
    assert [path.name for path in tree.parent.parent.iterdir()] == [tree.parent.name]
    (tree / "marker").touch()
    assert await caches[0].prepare(files) == tree
    assert (tree / "marker").exists()


async def test_installing_can_be_cancelled_at_any_moment(tmp_path: Path) -> None:
    dependencies = Dependencies(find_node(None), tmp_path, 60)
    for turns in range(0, 40, 2):
        installing = asyncio.create_task(dependencies.prepare(manifest(**{f"p{turns}": "1"})))
        for _ in range(turns):
            await asyncio.sleep(0)
        installing.cancel()
        async with asyncio.timeout(120):
            await asyncio.wait([installing])
        assert installing.cancelled()


async def test_locks_stay_no_longer_than_what_they_are_of(tmp_path: Path) -> None:
    dependencies = Dependencies(find_node(None), tmp_path, 60)
    tree = await dependencies.prepare(manifest())
    with pytest.raises(DependencyInstallFailed):
        await dependencies.prepare({**manifest(), "package.json": manifest(gone="1.0.0")["package.json"]})
    locks = tmp_path / "locks"
    assert len(list(locks.iterdir())) == 2
    async with dependencies._between_processes("waited-for"):
        before = asyncio.create_task(waiting(dependencies, "waited-for"))
        await asyncio.to_thread(dependencies.sweep)
        assert {path.name for path in locks.iterdir()} == {tree.parent.name, "waited-for"}
        (locks / "waited-for").unlink()  # as a sweep does that has the lock
    await before
    assert (locks / "waited-for").exists(), "what was removed is no lock"


async def waiting(dependencies: Dependencies, key: str) -> None:
    async with dependencies._between_processes(key):
        pass


async def test_a_lockfile_that_does_not_fit_its_manifest_fails_for_good(tmp_path: Path) -> None:
    files = manifest()
    files["package.json"] = manifest(react="19.0.0")["package.json"]
    dependencies = Dependencies(find_node(None), tmp_path, 60)
    with pytest.raises(DependencyInstallFailed, match="EUSAGE") as caught:
        await dependencies.prepare(files)
    assert not caught.value.retryable
    assert not list((tmp_path / "modules").iterdir())


async def test_a_registry_out_of_reach_may_be_better_later(tmp_path: Path) -> None:
    files = manifest(left="1.0.0")
    lock = json.loads(files["package-lock.json"])
    lock["packages"]["node_modules/left"] = {
        "version": "1.0.0",
        "resolved": "http://127.0.0.1:1/left/-/left-1.0.0.tgz",
        "integrity": "sha512-" + "A" * 86 + "==",
    }
    files["package-lock.json"] = json.dumps(lock).encode()
    files[".npmrc"] = b"registry=http://127.0.0.1:1/\nfetch-retries=0\n"
    with pytest.raises(DependencyInstallUnavailable) as caught:
        await Dependencies(find_node(None), tmp_path, 60).prepare(files)
    assert caught.value.retryable


async def test_an_install_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(DependencyInstallUnavailable, match="took over"):
        await Dependencies(find_node(None), tmp_path, 0.01).prepare(manifest())
    assert not list((tmp_path / "modules").iterdir())


def test_a_missing_node_is_named(tmp_path: Path) -> None:
    with pytest.raises(NodeUnavailable, match="NODE_BINARY"):
        find_node(tmp_path / "node")
