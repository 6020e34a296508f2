"""Packages of apps' own, from a registry that somebody hostile might publish to."""

import asyncio
import itertools
import json
import os
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import update

import builder.main
from builder.clients import inspection
from builder.clients.dependencies import Dependencies
from builder.clients.npm import Npm, NpmResult
from builder.clients.registry import Registry
from builder.clients.sandbox.node import find_node
from builder.db.models import PackageSet
from builder.domain.packages.policy import shipped
from builder.errors import PackageNotFound, PackageRefused, PackagesUnknown, RegistryUnavailable
from builder.usecases.packages import read, resolve
from builder.usecases.resources import Resources
from common.clock import utcnow
from common.contracts import (
    PACKAGE_FILES,
    ResolvedPackages,
    ResolvePackages,
    own_packages,
    package_key,
    packages_in,
)
from common.contracts.templates import TemplateRef
from common.database import Database
from tests.builder.registry import BULK, FakeRegistry, tarball

pytestmark = [pytest.mark.xdist_group("builder-packages"), pytest.mark.asyncio(loop_scope="module")]

TEMPLATE = TemplateRef.parse("bare@1.0.0")
HOLE = {
    "id": 7, "url": "https://github.com/advisories/GHSA-x", "title": "Runs what it is sent",
    "severity": "high", "vulnerable_versions": "<2.0.0",
}  # fmt: skip


@dataclass(frozen=True)
class Release:
    files: dict[str, bytes]
    ref: TemplateRef = TEMPLATE


@dataclass(frozen=True)
class Templates:
    """One release, in memory."""

    release: Release

    async def get(self, _ref: TemplateRef) -> Release:
        return self.release


def bare() -> dict[str, bytes]:
    about = {"name": "app", "version": "0.0.0", "dependencies": {"base": "1.0.0"}}
    return {"package.json": json.dumps(about, indent=2).encode()}


NAMES = itertools.count()
ALLOWED = frozenset(f"package-{number}" for number in range(100))


def fresh() -> str:
    """A name that no other test publishes, and that apps may have."""
    return f"package-{next(NAMES)}"


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    with FakeRegistry() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("npm_config_registry", f"{running.url}/")
        patch.setenv("npm_config_fetch_retries", "0")
        running.publish("base")
        running.publish("base", "2.0.0")
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def resources(
    registry: FakeRegistry, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> AsyncIterator[Resources]:
    node, cache = find_node(None), tmp_path_factory.mktemp("cache")
    npm = Npm(node, cache)
    made = await Registry(npm, cache / "template", 240).lock(bare(), {"base": "1.0.0"})
    assert registry.asked
    db = Database(SecretStr(postgres_url), "builder")
    await db.migrate(builder.main.MIGRATIONS)
    try:
        yield cast(
            "Resources",
            SimpleNamespace(
                db=db, templates=Templates(Release(made)),
                package_policy=replace(shipped(), allowed=shipped().allowed | ALLOWED),
                registry=Registry(npm, cache / "resolving", 240),
                dependencies=Dependencies(node, cache, 240),
                settings=SimpleNamespace(builder_resolve_seconds=480.0),
            ),
        )  # fmt: skip
    finally:
        await db.close()


async def add(
    resources: Resources, name: str, wish: str = "latest", keep: dict[str, str] | None = None
) -> ResolvedPackages:
    return await resolve(resources, ResolvePackages(template=TEMPLATE, keep=keep or {}, add={name: wish}))


def installed(resources: Resources, name: str) -> list[Path]:
    """Where the package is, in whatever tree, finished or not."""
    return list((resources.dependencies._cache / "modules").glob(f"*/node_modules/{name}"))


async def test_packages_are_pinned_with_all_they_bring_and_removed_again(
    registry: FakeRegistry, resources: Resources
) -> None:
    good, other, deep = fresh(), fresh(), "deep"
    registry.publish(deep, "3.1.0", license="ISC")
    registry.publish(good, "1.0.0")
    registry.publish(good, "1.4.0", dependencies={deep: "^3.0.0"})
    registry.publish(good, "2.0.0", days=1)
    registry.publish(other)
    made = await add(resources, good, "^1.0.0")
    assert [(one.name, one.version, one.license, one.wanted) for one in made.packages] == [
        (good, "1.4.0", "MIT", True), (deep, "3.1.0", "ISC", False),
    ]  # fmt: skip
    assert made.untyped == []
    manifest = made.files["package.json"].encode()
    assert own_packages(manifest) == {good: "1.4.0"}
    assert packages_in(manifest) == {"base": "1.0.0", good: "1.4.0"}
    locked = json.loads(made.files["package-lock.json"])["packages"]
    assert all(one["integrity"].startswith("sha512-") for path, one in locked.items() if path)
    assert registry.url not in made.files["package-lock.json"]
    registry.asked.clear()
    both = await add(resources, other, keep={good: "1.4.0"})
    new, kept = (registry.asked.count(f"/{name}") for name in (other, good))
    assert new == kept + 1, "how old it is was asked of the new one alone"
    assert {one.name for one in both.packages if one.wanted} == {good, other}
    assert (await add(resources, good)).packages[0].version == "1.4.0"  # 2.0.0 is too new
    without = await resolve(resources, ResolvePackages(template=TEMPLATE, keep={other: "1.0.0"}))
    assert {one.name for one in without.packages} == {other}
    none = await resolve(resources, ResolvePackages(template=TEMPLATE))
    template = await resources.templates.get(TEMPLATE)
    assert none.files["package.json"].encode() == template.files["package.json"]


async def test_an_upgraded_template_takes_an_apps_packages_along_but_those_it_brings_itself(
    registry: FakeRegistry, resources: Resources
) -> None:
    registry.publish(good := fresh())
    kept = ResolvePackages(template=TEMPLATE, keep={good: "1.0.0", "base": "0.9.0"})
    manifest = (await resolve(resources, kept)).files["package.json"].encode()
    assert packages_in(manifest) == {"base": "1.0.0", good: "1.0.0"}
    assert own_packages(manifest) == {good: "1.0.0"}


@pytest.mark.parametrize(
    ("evil", "reason"),
    [
        ({"scripts": {"postinstall": "touch ran"}}, "runs a script"),
        ({"inside": {"scripts": {"preinstall": "touch ran"}}}, "runs a script"),
        ({"inside": {"name": "good"}}, "holds another package"),
        ({"license": "GPL-3.0"}, "licence GPL-3.0"),
        ({"license": None}, "no licence"),
        ({"days": 10}, "too new"),
        ({"os": ["linux"]}, "one kind of machine"),
        ({"files": {"a.node": b"ELF"}}, "one kind of machine"),
        ({"integrity": "sha512-" + "A" * 86 + "=="}, "checksum"),
        ({"integrity": "sha1-" + "A" * 27 + "="}, "checksum"),
        ({"dependencies": {"x": "git+https://github.com/a/b.git"}}, "not come from the npm registry"),
        ({"dependencies": {"x": "file:../../../etc"}}, "not come from the npm registry"),
        ({"dependencies": {"x": "http://127.0.0.1:1/x.tgz"}}, "not come from the npm registry"),
        ({"bundleDependencies": ["y"]}, "not come from the npm registry"),
        ({"dependencies": {"spoilt": "1.0.0"}}, "spoilt 1.0.0 runs a script"),
        ({"peerDependencies": {"base": "^2.0.0"}}, "does not go together"),
    ],
    ids=lambda value: "-".join(map(str, value.items())) if isinstance(value, dict) else "",
)
async def test_what_no_app_may_have_is_refused_and_nothing_of_it_runs(
    registry: FakeRegistry, resources: Resources, evil: dict[str, Any], reason: str
) -> None:
    registry.publish("spoilt", scripts={"install": "node-gyp rebuild"})
    registry.publish(name := fresh(), **evil)
    with pytest.raises(PackageRefused, match=reason):
        await add(resources, name)
    assert not list(resources.dependencies._cache.rglob("ran"))


async def test_a_tarball_writes_nowhere_but_into_its_own_folder(
    registry: FakeRegistry, resources: Resources
) -> None:
    name = fresh()
    about = {"name": name, "version": "1.0.0", "license": "MIT"}
    out, hard, up = (tarfile.TarInfo(path) for path in ("package/out", "package/hard", "package/../../up.js"))
    out.type, out.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/hostname"
    registry.publish(name, content=tarball(about, {"index.js": b"1"}, out, hard, up))
    made = await add(resources, name)
    [tree] = installed(resources, name)
    assert {path.name for path in tree.rglob("*")} <= {"index.js", "package.json", "up.js"}
    assert not any(path.is_symlink() for path in tree.rglob("*"))
    assert not [path for path in resources.dependencies._cache.rglob("up.js") if path.parent != tree]
    assert made.untyped == [name]


async def test_a_package_that_is_too_large_is_refused_and_removed(
    registry: FakeRegistry, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "MAX_BYTES", 1_000_000)
    registry.publish(name := fresh(), files={f"{number}.js": b"0" * 100_000 for number in range(20)})
    with pytest.raises(PackageRefused, match="too large"):
        await add(resources, name)
    assert not installed(resources, name)


async def test_what_is_known_against_a_package_keeps_it_out_or_is_told_later(
    registry: FakeRegistry, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.publish(good := fresh())
    registry.publish(evil := fresh())
    made = await add(resources, good)
    assert made.audit.state == "not_audited"
    key = package_key(*(made.files[name].encode() for name in PACKAGE_FILES))
    before = registry.asked.count(BULK)
    assert (await read(resources, key)).audit.state == "not_audited"
    assert registry.asked.count(BULK) == before, "a database that does not answer is not asked at every look"
    async with resources.db.begin() as session:
        await session.execute(update(PackageSet).values(audit_tried_at=utcnow() - timedelta(hours=1)))
    monkeypatch.setattr(registry, "advisories", {evil: [HOLE], good: [HOLE]})
    with pytest.raises(PackageRefused, match=rf"{evil} has a known hole \(high\): Runs what it is sent"):
        await add(resources, evil)
    told = await read(resources, key)
    assert told.audit.state == "audited"
    [hole] = told.audit.advisories
    assert (hole.package, hole.severity, hole.vulnerable) == (good, "high", "<2.0.0")
    before = registry.asked.count(BULK)
    assert (await read(resources, key)).audit.advisories == told.audit.advisories
    assert registry.asked.count(BULK) == before
    with pytest.raises(PackagesUnknown):
        await read(resources, "0" * 64)


class Counting(Npm):
    """Counts how many run; each ends once no more begin."""

    most = running = 0

    async def run(self, *_: object, **__: object) -> NpmResult:
        self.running += 1
        self.most = max(self.most, self.running)
        for _turn in range(100):
            await asyncio.sleep(0)
        self.running -= 1
        return NpmResult(0, "{}", "")


async def test_only_a_few_npm_run_whatever_is_asked(resources: Resources, tmp_path: Path) -> None:
    npm = Counting(find_node(None), tmp_path)
    registry = Registry(npm, tmp_path / "resolving", 60)
    files = (await resources.templates.get(TEMPLATE)).files
    asked = [registry.audit([]), registry.lock(files, {"base": "1.0.0"}), registry.exists("base")]
    more = [ask for _ in range(5) for ask in (registry.audit([]), registry.lock(files, {"base": "1.0.0"}))]
    await asyncio.gather(*asked, *more)
    assert 1 < npm.most <= 3


async def test_what_is_not_there_is_told_with_names_like_it(
    registry: FakeRegistry, resources: Resources
) -> None:
    with pytest.raises(PackageNotFound, match=r"no package react-leafletmap.*react-leaflet"):
        await add(resources, "react-leafletmap")
    registry.publish(good := fresh())
    with pytest.raises(PackageNotFound, match="no such version"):
        await add(resources, good, "9.0.0")
    registry.publish("unheard-of")
    with pytest.raises(PackageRefused, match="not among the packages"):
        await add(resources, "unheard-of")
    registry.publish("lodahs")
    with pytest.raises(PackageRefused, match="Did you mean lodash"):
        await add(resources, "lodahs")
    assert "/lodahs" not in registry.asked


async def test_a_registry_that_is_away_or_slow_is_told_apart_from_a_refusal(
    registry: FakeRegistry, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.publish(good := fresh())
    with monkeypatch.context() as patch:
        patch.setenv("npm_config_registry", "http://127.0.0.1:1/")
        with pytest.raises(RegistryUnavailable, match="ECONNREFUSED"):
            await add(resources, good)
    stalls = threading.Event()
    monkeypatch.setattr(registry, "stalls", stalls)
    monkeypatch.setattr(resources.settings, "builder_resolve_seconds", 1.0)
    with pytest.raises(RegistryUnavailable, match="took over 1 s"):
        await add(resources, good)
    stalls.set()


async def test_apps_packages_share_their_templates_files_and_go_when_nobody_uses_them(
    registry: FakeRegistry, resources: Resources
) -> None:
    registry.publish(good := fresh())
    registry.publish(other := fresh())
    await add(resources, good)
    await add(resources, other)
    assert len({path.stat().st_ino for path in installed(resources, "base/index.js")}) == 1
    [old] = [path.parents[1] for path in installed(resources, good)]
    os.utime(old / "used", (0, 0))
    cache = resources.dependencies._cache
    assert await asyncio.to_thread(Dependencies(find_node(None), cache, 60, keep=1).sweep) == 1
    assert not installed(resources, good)
    assert installed(resources, other)
    await add(resources, good)
    assert installed(resources, f"{good}/index.js")
