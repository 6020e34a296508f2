"""Which version a channel has, and which holes a version has, told from all releases of a template."""

from collections.abc import Iterable, Mapping, Sequence

from common.contracts.templates import Advisory, Version
from templates.domain.release import SecurityFix

STABLE, NEXT = "stable", "next"


def channels_of(versions: Iterable[Version]) -> dict[str, Version]:
    """`stable` is the highest version that is no pre-release, `next` the highest of all, `1` and `1.3` the
    highest of a line that is no pre-release. A channel without a version is left out.
    """
    found: dict[str, Version] = {}
    for version in sorted(versions):
        found[NEXT] = version
        if not version.prerelease:
            line = str(version.major), f"{version.major}.{version.minor}"
            found |= dict.fromkeys((STABLE, *line), version)
    return found


def advisories_of(version: Version, fixes: Mapping[Version, Sequence[SecurityFix]]) -> tuple[Advisory, ...]:
    """The holes that a version has; `fixes`: by the release that closes them, in the order of versions."""
    return tuple(
        Advisory(hole=fix.hole, fixed_in=str(closed_in))
        for closed_in, closed in fixes.items()
        for fix in closed
        if version < closed_in and not version < _since(fix)
    )


def inherited_by(version: Version, holes: Mapping[Version, Sequence[Advisory]]) -> tuple[Advisory, ...]:
    """The holes that a version of a template has from the release it extends.

    `holes`: those of the releases that its versions extend, by these versions. The first later version
    that is on a release without a hole closes it, None as long as there is none.
    """
    later = sorted(other for other in holes if version < other)
    without = (
        (one.hole, next((str(other) for other in later if one not in holes[other]), None))
        for one in holes.get(version, ())
    )
    return tuple(Advisory(hole=hole, fixed_in=fixed_in) for hole, fixed_in in without)


def _since(fix: SecurityFix) -> Version:
    since = Version.parse(fix.since)
    assert since is not None  # noqa: S101  # checked with the descriptor
    return since
