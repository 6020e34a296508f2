"""Templates: how a release is named, what it holds, and what the templates service answers about it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import total_ordering
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

from common.contracts.base import Digest
from common.contracts.objects import BrokenArchive, unpack_files

_NAME = r"[a-z](?:[a-z0-9]|-[a-z0-9]){0,62}"
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
_LONGEST_NAME = 63
_LONGEST_VERSION = 36

TemplateName = Annotated[str, StringConstraints(pattern=rf"^{_NAME}$", max_length=_LONGEST_NAME)]
"""Becomes a Git ref, a directory and a part of URLs."""

_CHANNEL = r"(?:stable|next|[0-9]{1,9}(?:\.[0-9]{1,9})?)"
TemplateChannel = Annotated[str, StringConstraints(pattern=rf"^{_NAME}@{_CHANNEL}$", max_length=100)]
"""`name@channel`: the release that a channel of a template has now."""

GUIDE = "GUIDE.md"
"""The file in which a template tells the model how to build on it."""
MAX_GUIDE = 1_500
"""So many characters of it are told."""


def is_template_name(text: str) -> bool:
    """Whether a template may be called so."""
    return len(text) <= _LONGEST_NAME and re.fullmatch(_NAME, text) is not None


@total_ordering
@dataclass(frozen=True)
class Version:
    """A semantic version (semver.org 2.0.0) without build metadata, in its order of precedence."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The version a text stands for, or None. Build metadata (`+…`) is refused: it has no precedence."""
        match = re.fullmatch(_VERSION, text) if len(text) <= _LONGEST_VERSION else None
        if match is None:
            return None
        major, minor, patch, prerelease = match.groups()
        return cls(int(major), int(minor), int(patch), tuple(prerelease.split(".")) if prerelease else ())

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return f"{core}-{'.'.join(self.prerelease)}" if self.prerelease else core

    def __lt__(self, other: "Version") -> bool:
        return self._precedence() < other._precedence()

    def _precedence(self) -> tuple[object, ...]:
        # A release comes after its pre-releases; numeric identifiers come before textual ones.
        identifiers = tuple(
            (0, int(item), "") if item.isdigit() else (1, 0, item) for item in self.prerelease
        )
        return (self.major, self.minor, self.patch, not self.prerelease, identifiers)


@dataclass(frozen=True, order=True)
class TemplateRef:
    """One release of a template, written `name@version`; a newer version is greater."""

    name: str
    version: Version

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for a text that is no `name@version`."""
        name, _, version = text.partition("@")
        parsed = Version.parse(version)
        if not is_template_name(name) or parsed is None:
            raise ValueError("a template is named name@version, such as vite-react@1.0.0")
        return cls(name, parsed)

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(pattern=rf"^{_NAME}@{_VERSION}$", max_length=100)
        parsed = core_schema.no_info_after_validator_function(cls.parse, text)
        return core_schema.json_or_python_schema(
            json_schema=parsed,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), parsed]),
            serialization=core_schema.to_string_ser_schema(when_used="always"),
        )


class TemplateSummary(BaseModel):
    """A template as lists have it."""

    name: str
    description: str
    latest: str | None = Field(description="The highest version that is no pre-release, if there is one")
    channels: dict[str, str] = Field(
        default_factory=dict,
        description="The version each channel has now: `stable`, `next` (pre-releases count), and the "
        "highest of each line, such as `1` and `1.3`",
    )


class Advisory(BaseModel):
    """A hole that a release has."""

    model_config = ConfigDict(frozen=True)

    hole: str = Field(description="What is wrong, in one sentence")
    fixed_in: str | None = Field(description="The version that closes it; null as long as there is none")


class Changes(BaseModel):
    """What a release changes for apps that are made from earlier ones, each in a sentence or two."""

    model_config = ConfigDict(frozen=True)

    breaking: tuple[str, ...] = Field(default=(), description="What such apps may have to be changed for")
    other: tuple[str, ...] = Field(default=(), description="What else they may notice or make use of")

    def __add__(self, later: "Changes") -> "Changes":
        return Changes(breaking=self.breaking + later.breaking, other=self.other + later.other)


def changes_between(released: Mapping[Version, Changes], base: Version, target: Version) -> Changes:
    """What all releases after `base` up to `target` change, oldest first.

    Pre-releases count only as `target`: what they change their release changes too.
    """
    found = Changes()
    for version in sorted(released):
        if base < version and (version == target or (version < target and not version.prerelease)):
            found += released[version]
    return found


class TemplateVersion(BaseModel):
    """A release as lists have it."""

    version: str
    commit: str
    prerelease: bool
    advisories: tuple[Advisory, ...] = Field(
        default=(), description="The known holes of this version, which later ones close"
    )
    changes: Changes = Field(
        default=Changes(), description="What it changes for apps made from the version before"
    )


class TemplateFile(BaseModel):
    """A file of a release; `size` in bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str
    size: int
    digest: Digest


class TemplateManifest(BaseModel):
    """What a release holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: TemplateName
    version: str
    description: str
    digest: Digest = Field(description="sha256 over the lines `<path> <file digest>`, sorted by path")
    commit: str
    locked: tuple[str, ...] = Field(description="Globs of files that an app may not change")
    files: tuple[TemplateFile, ...]

    @property
    def ref(self) -> TemplateRef:
        """How apps and builds name the release."""
        return TemplateRef.parse(f"{self.name}@{self.version}")


@dataclass(frozen=True)
class TemplateRelease:
    """A release with its files' contents; it never changes."""

    ref: TemplateRef
    digest: str
    locked: tuple[str, ...]
    files: Mapping[str, bytes]


def read_release(manifest: TemplateManifest, archive: bytes) -> TemplateRelease:
    """The release, proven to be what its manifest says; raises BrokenArchive."""
    files = unpack_files(archive)
    listed = {file.path: file.digest for file in manifest.files}
    found = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    if found != listed:
        wrong = sorted(path for path in {*listed, *found} if listed.get(path) != found.get(path))
        raise BrokenArchive(f"it differs from its manifest in {', '.join(wrong[:5])}")
    return TemplateRelease(manifest.ref, manifest.digest, manifest.locked, files)
