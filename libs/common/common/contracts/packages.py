"""Packages of an app's own: asked of the builder, which resolves them into the app's lockfile."""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.contracts.templates import TemplateRef

PACKAGE_FILES = ("package.json", "package-lock.json")
"""The files that say which packages an app is built with; nobody but the builder makes others of them."""
MAX_PACKAGES = 30
OWN_FIELD = "overskill"
"""Where a package.json that the builder made says so: `{"template": …, "packages": {name: version}}`."""

PackageName = Annotated[str, StringConstraints(min_length=1, max_length=214)]
PackageRange = Annotated[str, StringConstraints(min_length=1, max_length=60)]
PackageVersion = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Severity = Literal["info", "low", "moderate", "high", "critical"]


class ResolvePackages(BaseModel):
    """Which packages an app shall have beside its template's.

    `keep`: those it has, at their versions; they are resolved anew on whatever template is named, so that an
    upgrade brings them along. `add`: new ones, by a range of versions.
    """

    model_config = ConfigDict(extra="forbid")

    template: TemplateRef
    keep: dict[PackageName, PackageVersion] = Field(default_factory=dict, max_length=MAX_PACKAGES)
    add: dict[PackageName, PackageRange] = Field(default_factory=dict, max_length=MAX_PACKAGES)


class PackageAdvisory(BaseModel):
    """A known hole of a package's versions, as the registry tells of it."""

    package: str
    title: str
    severity: Severity
    url: str | None = None
    vulnerable: str = Field(default="", description="The versions that have it, as a range")


class Audit(BaseModel):
    """What an advisory database has said; `not_audited` where none could be reached."""

    state: Literal["audited", "not_audited"]
    at: datetime | None = None
    advisories: list[PackageAdvisory] = Field(default_factory=list)


class AppPackage(BaseModel):
    """A package that an app has beside its template's; not `wanted`: another one of them needs it."""

    name: str
    version: str
    license: str
    wanted: bool


class AppPackages(BaseModel):
    """An app's own packages, and what is known against them."""

    packages: list[AppPackage]
    audit: Audit


class ResolvedPackages(AppPackages):
    """`files`: the new texts of PACKAGE_FILES. `untyped`: wanted packages that bring no types."""

    files: dict[str, str]
    untyped: list[str] = Field(default_factory=list)


def package_key(manifest: bytes, lock: bytes) -> str:
    """By what the builder knows a pair of package files."""
    return hashlib.sha256(manifest + b"\0" + lock).hexdigest()


def own_packages(manifest: bytes | None) -> dict[str, str] | None:
    """The packages by version that a package.json has from the builder; None: it is a template's, or none."""
    try:
        own = json.loads(manifest or b"null")[OWN_FIELD]["packages"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(own, dict):
        return None
    return {str(name): str(version) for name, version in own.items()}


def packages_in(manifest: bytes | None) -> dict[str, str]:
    """All packages by version that a package.json has as `dependencies`."""
    try:
        found = json.loads(manifest or b"null")["dependencies"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, dict) else {}
