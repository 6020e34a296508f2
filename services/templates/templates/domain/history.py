"""What a template's releases say of themselves, told of one of them in the light of all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.contracts.templates import Advisory, Changes, TemplateRef, Version, changes_between
from templates.domain.lines import advisories_of, inherited_by
from templates.domain.release import Descriptor, SecurityFix


@dataclass(frozen=True)
class ReleaseNotes:
    """What a release says: what it changes, which holes it closes, and which release it extends."""

    changes: Changes = field(default_factory=Changes)
    security: tuple[SecurityFix, ...] = ()
    extends: TemplateRef | None = None

    @classmethod
    def of(cls, descriptor: Descriptor) -> "ReleaseNotes":
        """Of a release's descriptor; raises ValueError where it extends no release."""
        extends = TemplateRef.parse(descriptor.extends) if descriptor.extends else None
        return cls(descriptor.changes, descriptor.security, extends)


@dataclass(frozen=True)
class History:
    """The releases of a template, and those of each template that they extend."""

    releases: Mapping[Version, ReleaseNotes]
    foundations: Mapping[str, Mapping[Version, ReleaseNotes]]

    def advisories(self) -> dict[Version, tuple[Advisory, ...]]:
        """The known holes of each release, with those of the release it extends."""
        own = {version: notes.security for version, notes in self.releases.items()}
        inherited = {version: self._holes_below(notes.extends) for version, notes in self.releases.items()}
        return {
            version: advisories_of(version, own) + inherited_by(version, inherited)
            for version in self.releases
        }

    def changes(self, version: Version) -> Changes:
        """What a release changes, with what is changed in what it extends since the release before it."""
        notes = self.releases[version]
        earlier = [other for other in self.releases if other < version and not other.prerelease]
        below = self.releases[max(earlier)].extends if earlier else None
        if below is None or notes.extends is None or below.name != notes.extends.name:
            return notes.changes
        foundation = {other: one.changes for other, one in self.foundations[below.name].items()}
        return notes.changes + changes_between(foundation, below.version, notes.extends.version)

    def _holes_below(self, extended: TemplateRef | None) -> tuple[Advisory, ...]:
        if extended is None:
            return ()
        fixes = {version: notes.security for version, notes in self.foundations[extended.name].items()}
        return advisories_of(extended.version, fixes)
