"""What a resolved lockfile has beside the template's, and whether an app may have it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from builder.domain.packages.licences import is_permissive
from builder.errors import PackageRefused
from common.contracts import OWN_FIELD, AppPackage
from common.contracts.templates import TemplateRef

MAX_BROUGHT = 120
_FOLDER = "node_modules/"
_INTEGRITY = "sha512-"


@dataclass(frozen=True)
class Entry:
    """A package at its place in `node_modules`, as a lockfile has it."""

    path: str
    about: Mapping[str, Any]

    @property
    def name(self) -> str:
        alias = self.path.rpartition(_FOLDER)[2]
        return str(self.about.get("name", alias))

    @property
    def version(self) -> str:
        return str(self.about.get("version", ""))

    @property
    def license(self) -> str:
        return str(self.about.get("license", ""))

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def manifest_with(base: bytes, wanted: Mapping[str, str]) -> bytes:
    """The template's package.json with further dependencies."""
    manifest = json.loads(base)
    manifest["dependencies"] = dict(sorted({**manifest.get("dependencies", {}), **wanted}.items()))
    return _written(manifest)


def signed(manifest: bytes, template: TemplateRef, pinned: Mapping[str, str]) -> bytes:
    """A package.json that says which packages the builder has put into it, on which template."""
    own = {"template": str(template), "packages": dict(sorted(pinned.items()))}
    return _written({**json.loads(manifest), OWN_FIELD: own})


def pinned_versions(lock: bytes, names: Iterable[str]) -> dict[str, str]:
    """The version that the lockfile has of each of these packages at the top."""
    entries = _entries(lock)
    return {name: str(entries[_FOLDER + name]["version"]) for name in names if _FOLDER + name in entries}


def brought(base: bytes, lock: bytes) -> list[Entry]:
    """What the lockfile has that the template's has not.

    Raises PackageRefused when something of the template's would be another.
    """
    before, after = _entries(base), _entries(lock)
    for path, about in before.items():
        if _same(about, after.get(path)):
            continue
        package = Entry(path, about)
        raise PackageRefused(
            f"It cannot be installed beside the app's own packages: {package} would become another version."
        )
    return [Entry(path, about) for path, about in after.items() if path not in before]


def require_allowed(entries: Iterable[Entry]) -> None:
    """Raises PackageRefused for the first package of a lockfile that no app may have."""
    entries = list(entries)
    for entry in entries:
        if (reason := _objection(entry)) is not None:
            raise PackageRefused(f"{entry} {reason}")
    if len(entries) > MAX_BROUGHT:
        raise PackageRefused(f"It brings {len(entries)} packages with it, at most {MAX_BROUGHT} are allowed.")


def listed(entries: Iterable[Entry], wanted: Iterable[str]) -> list[AppPackage]:
    """The packages as people see them, those that were asked for first."""
    asked = {_FOLDER + name for name in wanted}
    found = [
        AppPackage(name=one.name, version=one.version, license=one.license, wanted=one.path in asked)
        for one in entries
    ]
    return sorted(found, key=lambda package: (not package.wanted, package.name, package.version))


def _objection(entry: Entry) -> str | None:
    about = entry.about
    if not entry.path.startswith(_FOLDER) or about.get("link") or about.get("resolved"):
        return "does not come from the npm registry."
    if about.get("inBundle") or not str(about.get("integrity", "")).startswith(_INTEGRITY):
        return "has no checksum in the registry by which its content could be told (SHA-512)."
    if about.get("hasInstallScript"):
        return "runs a script when it is installed, which no app's package may."
    if about.get("os") or about.get("cpu") or about.get("libc"):
        return "holds programs for one kind of machine, and apps run in browsers."
    if not is_permissive(entry.license):
        named = f"the licence {entry.license[:80]}" if entry.license else "no licence that its registry knows"
        return f"has {named}; packages of apps have a permissive one, such as MIT."
    return None


def _same(before: Mapping[str, Any], after: Mapping[str, Any] | None) -> bool:
    told = ("version", "integrity", "resolved", "link")
    return after is not None and all(before.get(key) == after.get(key) for key in told)


def _entries(lock: bytes) -> dict[str, Any]:
    return {path: about for path, about in json.loads(lock)["packages"].items() if path}


def _written(manifest: Mapping[str, Any]) -> bytes:
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
