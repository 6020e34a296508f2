"""What the difference between two releases asks of the version's number (semver.org 2.0.0)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from common.contracts.source import lock_reason
from common.contracts.templates import TemplateRef, Version
from templates.domain.exports import exports_of, is_module
from templates.domain.release import Descriptor, Release
from templates.domain.signatures import signatures_of

_NUMBER = re.compile(r"\d+")
_SHOWN = 5


class Step(IntEnum):
    """The part of a version's number that has to be raised."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


@dataclass(frozen=True)
class Change:
    """Something that apps can notice, and the step it asks for at least."""

    step: Step
    what: str


def too_low(before: Release, after: Release) -> str | None:
    """Why `after` needs a higher version than it has, with the lowest that will do; None if it will.

    `before` is the release it follows. What a 0.x holds may change with every minor.
    """
    old, new = before.descriptor.ref.version, after.descriptor.ref.version
    changes = list(_changes(before, after))
    needed = max((change.step for change in changes), default=Step.PATCH)
    if _step(old, new) >= needed:
        return None
    reasons = [change.what for change in changes if change.step == needed]
    shown = "; ".join(reasons[:_SHOWN]) + (f"; and {len(reasons) - _SHOWN} more" * (len(reasons) > _SHOWN))
    return f"it has to be {_raised(old, needed)} at least, because since {old} {shown}"


def unexplained(before: Release, after: Release) -> str | None:
    """Why a release that raises the major cannot be used: it does not say what breaks; None if it can.

    `before` is the release it follows. What breaks in a foundation is said by that.
    """
    old, new = before.descriptor, after.descriptor
    raised = old.ref.version.major < new.ref.version.major and old.ref.version.major > 0
    if not raised or new.ref.version.prerelease or new.changes.breaking or _breaks_below(old, new):
        return None
    return f"it raises the major and does not say what breaks for apps made from {old.version}"


def _breaks_below(old: Descriptor, new: Descriptor) -> bool:
    """Whether both extend one template, in releases of different majors."""
    if old.extends is None or new.extends is None:
        return False
    before, after = TemplateRef.parse(old.extends), TemplateRef.parse(new.extends)
    return before.name == after.name and before.version.major < after.version.major


def _step(old: Version, new: Version) -> Step:
    if new.major != old.major:
        return Step.MAJOR
    if new.minor != old.minor:
        return Step.MAJOR if old.major == 0 else Step.MINOR
    return Step.MINOR if old.major == 0 else Step.PATCH


def _raised(old: Version, step: Step) -> Version:
    if step is Step.MAJOR and old.major > 0:
        return Version(old.major + 1, 0, 0)
    if step is Step.MAJOR or (step is Step.MINOR and old.major > 0):
        return Version(old.major, old.minor + 1, 0)
    return Version(old.major, old.minor, old.patch + 1)


def _changes(before: Release, after: Release) -> Iterator[Change]:
    old, new = _files(before), _files(after)
    kept = before.descriptor.locked, after.descriptor.locked
    for path in sorted({*old, *new}):
        was_kept = path in old and lock_reason(path, kept[0]) is not None
        is_kept = path in new and lock_reason(path, kept[1]) is not None
        if was_kept and path not in new:
            yield Change(Step.MAJOR, f"{path} is gone")
        elif is_kept and path in old and not was_kept:
            yield Change(Step.MAJOR, f"{path}, which apps may have changed, is locked")
        elif is_kept and path not in old:
            yield Change(Step.MINOR, f"{path} is new")
        elif was_kept and path in new and is_module(path):
            yield from _exported(path, old, new)
    yield from _dependencies(old, new)


def _exported(path: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[Change]:
    was, now = exports_of(path, old), exports_of(path, new)
    yield from (Change(Step.MAJOR, f"{path} no longer exports {name}") for name in sorted(was - now))
    yield from (Change(Step.MINOR, f"{path} exports {name} as well") for name in sorted(now - was))
    declared, declares = signatures_of(path, old), signatures_of(path, new)
    for name in sorted(was & now & declared.keys() & declares.keys()):
        if declared[name] != declares[name]:
            yield Change(Step.MINOR, f"{path} declares {name} otherwise")


def _dependencies(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[Change]:
    was, now = _packages(old), _packages(new)
    for name in sorted({*was, *now}):
        if name not in now:
            yield Change(Step.MAJOR, f"package.json no longer has {name}")
        elif name not in was:
            yield Change(Step.MINOR, f"package.json has {name} as well")
        elif _major(was[name]) != _major(now[name]):
            yield Change(Step.MAJOR, f"package.json has {name} {now[name]} instead of {was[name]}")


def _packages(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What apps may import; what only builds need is no concern of theirs."""
    try:
        found = json.loads(files["package.json"]).get("dependencies", {})
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def _major(version: object) -> str:
    number = _NUMBER.search(str(version))
    return number[0] if number else str(version)


def _files(release: Release) -> dict[str, bytes]:
    return {file.path: file.content for file in release.files}
