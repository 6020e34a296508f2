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


def _since(fix: SecurityFix) -> Version:
    since = Version.parse(fix.since)
    assert since is not None  # noqa: S101  # checked with the descriptor
    return since
