"""Packages of apps' own: resolved by policy, installed once to see what they hold, and noted."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from builder.clients.dependencies import key_of
from builder.clients.inspection import is_typed, require_harmless, require_small
from builder.clients.registry import Registry
from builder.db import packages
from builder.db.models import PackageSet
from builder.domain.packages.lockfile import (
    Entry,
    brought,
    listed,
    manifest_with,
    pinned_versions,
    require_allowed,
    signed,
)
from builder.domain.packages.policy import Policy
from builder.errors import (
    DependencyInstallFailed,
    DependencyInstallUnavailable,
    PackageNotFound,
    PackageRefused,
    PackagesUnknown,
    RegistryUnavailable,
)
from builder.metrics import RESOLUTIONS
from builder.usecases.resources import Resources
from common.clock import utcnow
from common.contracts import (
    PACKAGE_FILES,
    AppPackages,
    Audit,
    PackageAdvisory,
    ResolvedPackages,
    ResolvePackages,
    packages_in,
)
from common.errors import AppError
from common.logging import get_logger

logger = get_logger(__name__)

_SERIOUS = frozenset({"high", "critical"})
_FRESH = timedelta(hours=24)
_AGAIN = timedelta(minutes=10)
"""After an attempt that came to nothing; where no database answers, one takes until its time-out."""


@dataclass(frozen=True)
class _Resolved:
    """`files` as an app has them, without `.npmrc`; `untyped`: wanted packages without types."""

    files: dict[str, bytes]
    entries: list[Entry]
    wanted: list[str]
    untyped: list[str]
    advisories: list[PackageAdvisory] | None


async def resolve(resources: Resources, asked: ResolvePackages) -> ResolvedPackages:
    """The package files of an app that shall have these packages, which a build takes from then on.

    Without any they are the template's. Raises PackageRefused, PackageNotFound or RegistryUnavailable.
    """
    try:
        resolved = await _resolve(resources, asked)
    except AppError as error:
        RESOLUTIONS.labels(error.code).inc()
        raise
    RESOLUTIONS.labels("resolved").inc()
    return resolved


async def _resolve(resources: Resources, asked: ResolvePackages) -> ResolvedPackages:
    template = await resources.templates.get(asked.template)
    base = {name: template.files[name] for name in (*PACKAGE_FILES, ".npmrc") if name in template.files}
    theirs = packages_in(base["package.json"])
    wanted = resources.package_policy.wanted({**asked.keep, **asked.add}, theirs)
    if not wanted:
        files = {name: base[name].decode() for name in PACKAGE_FILES}
        return ResolvedPackages(files=files, packages=[], audit=_audit(None, None))
    seconds = resources.settings.builder_resolve_seconds
    try:
        async with asyncio.timeout(seconds):
            await _require_known(resources, asked, wanted, theirs)
            made = await _made(resources, asked, base, wanted)
    except TimeoutError as error:
        raise RegistryUnavailable(f"Resolving packages took over {seconds:g} s; try again later.") from error
    key, moment = key_of(made.files), None if made.advisories is None else utcnow()
    async with resources.db.begin() as session:
        await packages.note(session, key, asked.template, made.entries, made.wanted)
        await packages.audited(session, key, made.advisories)
    logger.info("packages resolved", key=key, wanted=wanted, brought=len(made.entries))
    return ResolvedPackages(
        files={name: content.decode() for name, content in made.files.items()},
        packages=listed(made.entries, made.wanted), untyped=made.untyped,
        audit=_audit(made.advisories, moment),
    )  # fmt: skip


async def read(resources: Resources, key: str) -> AppPackages:
    """What was resolved, and what is known against it by today. Raises PackagesUnknown."""
    async with resources.db.begin() as session:
        due = await packages.begin_audit(session, key, fresh=_FRESH, again=_AGAIN)
        row = await packages.get(session, key)
    if row is None:
        raise PackagesUnknown(f"No packages were resolved under the key {key[:80]!r}.")
    entries = packages.entries_of(row)
    audit = (await _audited_anew(resources, key, entries)) if due else None
    return AppPackages(packages=listed(entries, row.wanted), audit=audit or _known(row))


async def _require_known(
    resources: Resources, asked: ResolvePackages, wanted: Mapping[str, str], theirs: Collection[str]
) -> None:
    """By their names alone, then by how long the registry has had them; what is kept was asked for once."""
    registry, policy = resources.registry, resources.package_policy
    kept = asked.keep.keys() - asked.add.keys()
    for name, wish in wanted.items():
        if not policy.check(name, wish, theirs, kept=name in kept):
            raise policy.unlisted(name) if await registry.exists(name) else policy.unknown(name)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_settled(registry, name)) for name in wanted if name not in asked.keep]
    for task in tasks:
        if (error := task.result()) is not None:
            raise error


async def _settled(registry: Registry, name: str) -> Exception | None:
    """A task group would wrap what is raised in it."""
    try:
        await registry.require_settled(name)
    except (PackageRefused, PackageNotFound, RegistryUnavailable) as error:
        return error
    return None


async def _made(
    resources: Resources, asked: ResolvePackages, base: dict[str, bytes], wanted: dict[str, str]
) -> _Resolved:
    start = {**base, "package.json": manifest_with(base["package.json"], {})}
    locked = await resources.registry.lock(start, wanted)
    lock = locked["package-lock.json"]
    entries = brought(base["package-lock.json"], lock)
    require_allowed(entries)
    advisories = await resources.registry.audit(entries)
    _require_no_holes(advisories or (), asked)
    pinned = pinned_versions(lock, wanted)
    manifest = signed(manifest_with(base["package.json"], pinned), asked.template, pinned)
    files = {"package.json": manifest, "package-lock.json": lock}
    modules = await _installed(resources, {**base, **files}, base, entries)
    untyped = await asyncio.to_thread(_untyped, modules, entries, resources.package_policy, pinned)
    return _Resolved(files, entries, sorted(pinned), untyped, advisories)


async def _installed(
    resources: Resources, files: Mapping[str, bytes], base: Mapping[str, bytes], entries: Sequence[Entry]
) -> Path:
    def look(modules: Path) -> None:
        require_small(modules, entries)

    try:
        modules = await resources.dependencies.prepare_own(files, base, look)
        await asyncio.to_thread(require_harmless, modules, entries)
    except DependencyInstallUnavailable as error:
        raise RegistryUnavailable(error.message) from error
    except DependencyInstallFailed as error:
        raise _refused(error) from error
    return modules


def _refused(error: DependencyInstallFailed) -> PackageRefused:
    if error.context.get("npm") == "EINTEGRITY":
        return PackageRefused("Its content is another than the registry's checksum says.")
    logger.warning("packages cannot be installed", reason=error.message)
    return PackageRefused(f"npm cannot install it ({error.context.get('npm', 'unknown')}).")


def _untyped(modules: Path, entries: Sequence[Entry], policy: Policy, wanted: Collection[str]) -> list[str]:
    return [
        one.name
        for one in entries
        if one.name in wanted and policy.types.get(one.name) not in wanted and not is_typed(modules, one)
    ]


def _require_no_holes(advisories: Sequence[PackageAdvisory], asked: ResolvePackages) -> None:
    """A hole of what the app has already is told with its packages, and keeps no others out."""
    for one in advisories:
        if one.severity in _SERIOUS and one.package not in asked.keep and asked.add:
            raise PackageRefused(
                f"{one.package} has a known hole ({one.severity}): {one.title}. Versions {one.vulnerable} "
                f"have it. {one.url or ''}".rstrip()
            )


async def _audited_anew(resources: Resources, key: str, entries: Sequence[Entry]) -> Audit | None:
    found = await resources.registry.audit(entries)
    if found is None:
        return None
    async with resources.db.begin() as session:
        await packages.audited(session, key, found)
    return _audit(found, utcnow())


def _known(row: PackageSet) -> Audit:
    """As it was when a database of advisories could be asked for last."""
    known = row.advisories
    return _audit(None if known is None else [PackageAdvisory(**one) for one in known], row.audited_at)


def _audit(advisories: Sequence[PackageAdvisory] | None, moment: datetime | None) -> Audit:
    if advisories is None:
        return Audit(state="not_audited")
    return Audit(state="audited", at=moment, advisories=list(advisories))
