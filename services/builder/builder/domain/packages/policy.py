"""Which packages may be asked for by name: a shipped list of what pages use, and no name that imitates one.

The list, `packages.json` beside this module, was put together by hand. How often something is downloaded is
no rule here: the registry does not tell, and the numbers can be bought.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from builder.errors import PackageNotFound, PackageRefused

NEWEST = "latest"
MAX_SHOWN = 3
# What ends like an archive npm takes for a file.
_NAME = re.compile(r"(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*(?<!\.tgz)(?<!\.tar)(?<!\.tar\.gz)")
# Versions and simple ranges of them: nothing that npm would read as a file, an address or another name.
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_RANGE = re.compile(
    rf"latest|[~^]?{_NUMBER}(?:\.(?:{_NUMBER}|[x*])){{0,2}}|[~^]?{_NUMBER}\.{_NUMBER}\.{_NUMBER}-[a-z]+(?:\.{_NUMBER})?"
)
# What npm reads as the name of a file is none, whatever semver says.
_VERSION = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-[0-9a-z.-]+)?(?:\+[0-9a-z.-]+)?(?<!\.tgz)(?<!\.tar)(?<!\.gz)",
    re.IGNORECASE,
)
_TYPES = "@types/"
_SEPARATORS = str.maketrans("", "", "-_.")


@dataclass(frozen=True)
class Policy:
    """`allowed` names; `types`: which package brings those of another; `instead`: why one is not needed."""

    allowed: frozenset[str]
    types: Mapping[str, str]
    instead: Mapping[str, str]

    def wanted(self, asked: Mapping[str, str], template: Iterable[str]) -> dict[str, str]:
        """The packages to install with their ranges, those with types in addition.

        What the template brings comes with it. Types stay no longer than what they are of.
        """
        brought = set(template)
        plain = {
            name: wish
            for name, wish in asked.items()
            if name not in brought and not (name in self._types_only and not self._has_owner(name, asked))
        }
        for name in list(plain):
            types = self.types.get(name)
            if types is not None and types not in brought:
                plain.setdefault(types, asked.get(types, NEWEST))
        return plain

    def check(self, name: str, wish: str, template: Iterable[str] = (), *, kept: bool = False) -> bool:
        """Whether the name is listed. Raises PackageRefused for what never could be.

        `kept`: the wish is the version that an app has of it, however its author counts.
        """
        if not _NAME.fullmatch(name):
            raise PackageRefused(f"{name[:80]!r} is no name of a package in the npm registry.")
        if not (_VERSION if kept else _RANGE).fullmatch(wish):
            raise PackageRefused(
                f"{wish[:60]!r} is no range of versions for {name}: leave it out, or give a version such as "
                "1.2.3, ^1.2.0 or 1.x. Addresses, files, Git repositories and other names are not installed."
            )
        if name in self.allowed or name in self._types_only:
            return True
        if (reason := self.instead.get(name)) is not None:
            raise PackageRefused(f"{name} is not installed: {reason}")
        known = self.allowed | set(template)
        if meant := imitated(name, known):
            raise PackageRefused(
                f"{name} is not installed, as its name imitates that of another package. Did you mean "
                f"{' or '.join(meant)}?"
            )
        return False

    def unlisted(self, name: str) -> PackageRefused:
        """Why a package that exists may not be had."""
        return PackageRefused(
            f"{name} is not among the packages that apps may have.{self._similar(name)} Write what you need "
            "of it yourself, or do it with what the app has."
        )

    def unknown(self, name: str) -> PackageNotFound:
        """That there is no such package."""
        return PackageNotFound(f"The npm registry has no package {name}.{self._similar(name)}")

    @property
    def _types_only(self) -> frozenset[str]:
        return frozenset(self.types.values())

    def _has_owner(self, types: str, asked: Mapping[str, str]) -> bool:
        return any(self.types.get(name) == types for name in asked)

    def _similar(self, name: str) -> str:
        found = difflib.get_close_matches(name, sorted(self.allowed), MAX_SHOWN, 0.6)
        return f" Names like it: {', '.join(found)}." if found else ""


@cache
def shipped() -> Policy:
    """The policy as it is shipped."""
    text = (files("builder.domain.packages") / "packages.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    allowed = frozenset(name for names in stored["allowed"].values() for name in names)
    instead = {name: " ".join(group["why"]) for group in stored["instead"] for name in group["names"]}
    return Policy(allowed, {name: _types_of(name) for name in stored["types_apart"]}, instead)


def _types_of(name: str) -> str:
    """Where DefinitelyTyped keeps a package's types."""
    return _TYPES + name.removeprefix("@").replace("/", "__")


def imitated(name: str, known: Iterable[str]) -> list[str]:
    """Known names that differ from this one by a single slip, or by separators alone."""
    plain = name.translate(_SEPARATORS)
    found = [
        other
        for other in known
        if other != name and (other.translate(_SEPARATORS) == plain or _one_slip(name, other))
    ]
    return sorted(found)[:MAX_SHOWN]


def _one_slip(one: str, other: str) -> bool:
    """Whether a character was added, left out, changed, or swapped with the next."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 3:
        return False
    shorter = min(len(one), len(other))
    at = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    rest, other_rest = one[at:], other[at:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
    )
