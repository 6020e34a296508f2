"""The npm registry, asked by way of npm: what there is of a package, a lockfile, known holes."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from builder.clients.leftovers import OwnedFolder, sweep
from builder.clients.npm import MAX_FILE_BYTES, Npm, NpmResult, lay_out
from builder.domain.packages.lockfile import Entry
from builder.errors import PackageNotFound, PackageRefused, RegistryUnavailable
from common.clock import utcnow
from common.contracts import PACKAGE_FILES, PackageAdvisory
from common.logging import get_logger

logger = get_logger(__name__)

MIN_DAYS = 30
"""How long a package must have been in the registry."""
MIN_VERSION_DAYS = 3
"""How long each version must have been there: most that are taken over by thieves are found by then."""
_RESOLVING = "resolving-"
_AT_ONCE = 3
_LOCK_FLAGS = (
    "--package-lock-only", "--save-exact", f"--min-release-age={MIN_VERSION_DAYS}", "--allow-git=none",
    "--allow-remote=none", "--allow-file=none", "--allow-directory=none",
    "--omit-lockfile-registry-resolved",
)  # fmt: skip
_NOT_THERE = frozenset({"E404", "ETARGET", "ENOVERSIONS"})
_ELSEWHERE = frozenset({"EALLOWGIT", "EALLOWREMOTE", "EALLOWFILE", "EALLOWDIRECTORY"})
_MOMENT = TypeAdapter(datetime)


class Registry:
    """Works in folders of its own below `work`, and gives up after `seconds`, each time.

    Of whatever is asked, a few npm at a time run: each takes a processor and some 100 MB.
    """

    def __init__(self, npm: Npm, work: Path, seconds: float) -> None:
        self._npm = npm
        self._work = work
        self._seconds = seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def exists(self, name: str) -> bool:
        """Whether there is such a package. Raises RegistryUnavailable."""
        return await self._published(name) is not None

    async def require_settled(self, name: str) -> None:
        """Raises PackageNotFound or PackageRefused for what is not there, or too new; RegistryUnavailable."""
        published = await self._published(name)
        if published is None:
            raise PackageNotFound(f"The npm registry has no package {name}.")
        first = min(published, default=None)
        if first is None or first > utcnow() - timedelta(days=MIN_DAYS):
            raise PackageRefused(
                f"{name} is too new: apps may have packages that were published {MIN_DAYS} days ago or "
                "earlier."
            )

    async def lock(self, files: Mapping[str, bytes], wanted: Mapping[str, str]) -> dict[str, bytes]:
        """The package files with these packages resolved into them; nothing is installed.

        Raises PackageNotFound, PackageRefused or RegistryUnavailable.
        """
        specifiers = [f"{name}@{wish}" for name, wish in wanted.items()]
        folder = await asyncio.to_thread(OwnedFolder, self._work, _RESOLVING)
        try:
            lay_out(folder.path, files)
            result = await self._run(folder.path, "install", *_LOCK_FLAGS, "--", *specifiers)
            if result.status != 0:
                raise _refusal(result)
            return {name: (folder.path / name).read_bytes() for name in PACKAGE_FILES}
        finally:
            await asyncio.to_thread(folder.remove)

    async def audit(self, entries: Sequence[Entry]) -> list[PackageAdvisory] | None:
        """What is known against these packages; None when no database of advisories can be asked."""
        about = {"name": "app", "version": "0.0.0", "dependencies": {one.name: "*" for one in entries}}
        packages: dict[str, Any] = {one.path: {"version": one.version} for one in entries}
        lock = {**about, "lockfileVersion": 3, "requires": True, "packages": {"": about, **packages}}
        files = {"package.json": json.dumps(about).encode(), "package-lock.json": json.dumps(lock).encode()}
        folder = await asyncio.to_thread(OwnedFolder, self._work, _RESOLVING)
        try:
            lay_out(folder.path, files)
            result = await self._run(folder.path, "audit", "--json", "--package-lock-only")
        except RegistryUnavailable:
            return None
        finally:
            await asyncio.to_thread(folder.remove)
        return _advisories(result.output)

    def sweep(self) -> int:
        """Removes folders of builders that were killed."""
        return sweep(self._work, _RESOLVING)

    async def _published(self, name: str) -> list[datetime] | None:
        """When its versions were published; None when there is no such package."""
        folder = await asyncio.to_thread(OwnedFolder, self._work, _RESOLVING)
        try:
            result = await self._run(folder.path, "view", "--json", "--", name, "time")
        finally:
            await asyncio.to_thread(folder.remove)
        if result.status != 0:
            if result.code == "E404":
                return None
            raise _away(result)
        return _moments(result.output)

    async def _run(self, folder: Path, command: str, *arguments: str) -> NpmResult:
        try:
            async with self._turns:
                return await self._npm.run(
                    command, *arguments, cwd=folder, seconds=self._seconds, file_bytes=MAX_FILE_BYTES
                )
        except TimeoutError as error:
            raise RegistryUnavailable(
                f"The npm registry did not answer within {self._seconds:g} s; try again later."
            ) from error


def _moments(output: str) -> list[datetime]:
    try:
        times = json.loads(output)
        return [_MOMENT.validate_python(moment) for version, moment in times.items() if version != "modified"]
    except (ValueError, AttributeError, RecursionError):
        return []


def _refusal(result: NpmResult) -> PackageNotFound | PackageRefused | RegistryUnavailable:
    code, words = result.code, _words_of(result)
    if code in _NOT_THERE:
        return PackageNotFound(f"The npm registry has no such version, or none that is old enough: {words}")
    if code == "ERESOLVE":
        return PackageRefused(f"It does not go together with what the app has: {words}")
    if code in _ELSEWHERE:
        return PackageRefused(f"It brings something that does not come from the npm registry: {words}")
    if code == "EINTEGRITY":
        return PackageRefused("Its content is another than the registry's checksum says.")
    if result.passing or code == "unknown":
        return _away(result)
    return PackageRefused(f"npm cannot resolve it ({code}): {words}")


def _away(result: NpmResult) -> RegistryUnavailable:
    logger.warning("npm registry not available", npm=result.code, words=result.errors[-500:])
    return RegistryUnavailable(f"The npm registry cannot be asked ({result.code}); try again later.")


def _words_of(result: NpmResult) -> str:
    """Npm's own words without the lines for whoever sits at the machine."""
    lines = [line.partition("npm error ")[2] for line in result.errors.splitlines()]
    kept = [line for line in lines if line and not line.startswith(("code ", "A complete log", "    "))]
    return " ".join(" ".join(kept).split())[:500]


def _advisories(output: str) -> list[PackageAdvisory] | None:
    try:
        vulnerable = json.loads(output)["vulnerabilities"]
        found = [
            (name, about)
            for name, one in vulnerable.items()
            for about in one["via"]
            if isinstance(about, dict)
        ]
        return [
            PackageAdvisory(
                package=str(about.get("name", name))[:214], title=str(about.get("title", ""))[:300],
                severity=about.get("severity", "info"), vulnerable=str(about.get("range", ""))[:100],
                url=str(about["url"])[:300] if about.get("url") else None,
            )
            for name, about in found
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError, RecursionError):
        return None
