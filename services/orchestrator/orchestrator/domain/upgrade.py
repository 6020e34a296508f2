"""An app's move to another release of its foundation: which side each file is taken from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from itertools import accumulate
from typing import Any, Self

from common.contracts import DATABASE_TYPES
from common.contracts.source import lock_reason
from common.contracts.templates import Changes, TemplateRef, TemplateRelease
from orchestrator.domain.sections import material, section
from orchestrator.domain.text import decode_text
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.errors import BinaryContent, PathConflict

MAX_SHOWN = 40_000
"""Characters of changes that the model is shown."""
_MAX_PATHS = 50
_MAX_CHANGES = 8_000
_ABOUT = (
    "The platform has merged the new foundation into the app's files, which are listed as they are now. "
    "Files that only the foundation has changed are its new ones, the locked ones always are."
)
_CHANGES = "What changes for apps, and has to be changed in this one where it concerns it, the gravest first:"
_MOVED = (
    "The new foundation keeps these places for itself, so the app's own files were moved, and what imports "
    "them reads so now. See that what asks for them otherwise, such as by an address, finds them:"
)
_BOTH = (
    "In these files both have changed the same lines, so they are as the app had them. Work in what the "
    "foundation has changed, as far as the app needs it, without giving up what the app has made of them. "
    "This is what has changed from {base} to {target}:"
)
_NO_TEXT = "(no text: the app's file is kept, the foundation's is another)"


@dataclass(frozen=True)
class Upgrade:
    """What a run that upgrades is about. `conflicts` are the files that the model has to look at."""

    base: TemplateRef
    target: TemplateRef
    conflicts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"from": str(self.base), "to": str(self.target), "conflicts": list(self.conflicts)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        base, target = (TemplateRef.parse(data[name]) for name in ("from", "to"))
        return cls(base, target, tuple(data["conflicts"]))

    @property
    def request(self) -> str:
        """What the chat and the model have of it."""
        return (
            f"Upgrade the app's foundation from {self.base} to {self.target}. The app goes on doing what it "
            "does, and looks as it looks."
        )

    @property
    def title(self) -> str:
        return f"Upgrade to {self.target}"[:100]

    @property
    def summary(self) -> str:
        """What a run without a model says of itself."""
        return f"The app's foundation is {self.target} now. It was {self.base} before."


@dataclass(frozen=True)
class Sides:
    """A file that both the app and the foundation have changed: what it was, and what each made of it."""

    path: str
    base: bytes
    app: bytes
    foundation: bytes

    @property
    def is_text(self) -> bool:
        """Whether it can be merged by lines."""
        try:
            texts = [decode_text(content) for content in (self.base, self.app, self.foundation)]
        except BinaryContent:
            return False
        return not any("\0" in text for text in texts)

    @property
    def is_crlf(self) -> bool:
        """Whether the app's lines all end as on Windows, and the foundation's never do."""
        ends = self.app.count(b"\n")
        theirs = b"\r\n" in self.base or b"\r\n" in self.foundation
        return ends > 0 and ends == self.app.count(b"\r\n") and not theirs

    @property
    def news(self) -> str:
        """What the foundation has changed, as a diff: of texts of the platform, so it takes no time."""
        if not self.is_text:
            return _NO_TEXT
        before, after = (decode_text(content).splitlines() for content in (self.base, self.foundation))
        return "\n".join(list(unified_diff(before, after, lineterm=""))[2:])


@dataclass
class Merge:
    """The app's files on the new release.

    `both`: the files that are the app's in `files` and have to be merged by lines. `moved`: where files of
    the app are now whose place the new release keeps for itself, `loose` those of them that may not be found.
    `conflicts`: what the foundation has changed and the app has not got, by path. `changes`: what the
    releases in between say of themselves.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    both: list[Sides] = field(default_factory=list)
    moved: Mapping[str, str] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    merged: list[str] = field(default_factory=list)
    conflicts: dict[str, str] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)

    def take(self, sides: Sides, merged: bytes | None) -> None:
        """Puts a file that was merged by lines into its place.

        None where that cannot be: the app's file is kept then, all of it, since half of each side would be a
        text that nobody has written.
        """
        if merged is None:
            self.conflicts[sides.path] = sides.news
        else:
            self.files[sides.path] = merged
            self.merged.append(sides.path)

    @property
    def for_the_model(self) -> tuple[str, ...]:
        """The files that somebody has to look at."""
        return tuple(sorted({*self.conflicts, *self.loose}))

    @property
    def told(self) -> str:
        """What people are told of it, empty when they would see nothing of it."""
        moved = _some([f"{path} is now {now}" for path, now in self.moved.items()])
        return f"The new foundation keeps some places for itself: {'; '.join(moved)}." if moved else ""


def merge(base: TemplateRelease, app: Mapping[str, bytes], target: TemplateRelease) -> Merge:
    """Takes every file from the side that has changed it; what the new release locks is always its own.

    Nothing of the app's is lost: `making_way.make_way` has moved what stands in a place that is locked from
    now on.
    """
    found = Merge()
    new: dict[str, bytes] = {}
    for path in sorted({*app, *target.files}):
        before, ours, theirs = base.files.get(path), app.get(path), target.files.get(path)
        if path == DATABASE_TYPES and ours is not None and theirs is not None:
            kept: bytes | None = ours  # it tells of the app's tables, not of the release
        elif lock_reason(path, target.locked) is not None:
            kept = theirs
        elif theirs is not None and before is None and ours is None:
            new[path] = theirs
            continue
        else:
            kept = _open(found, path, before, ours, theirs)
        if kept is not None:
            found.files[path] = kept
    _add(found, new)
    return found


def _open(
    found: Merge, path: str, before: bytes | None, ours: bytes | None, theirs: bytes | None
) -> bytes | None:
    """A file that apps may change, None for one that is gone. Who deleted a file has it deleted.

    Only where both have it and it differs from what it was in both, one has to look into it.
    """
    if ours == before:
        return theirs
    if ours is not None and theirs not in {None, before, ours}:
        assert theirs is not None  # noqa: S101  # for the type check, which does not read sets
        found.both.append(Sides(path, before or b"", ours, theirs))
    return ours


def _add(found: Merge, new: Mapping[str, bytes]) -> None:
    """What the release brings besides, unless the app has something that cannot be told from it."""
    tree = Tree({path: FileRef.of(content) for path, content in found.files.items()})
    for path, content in new.items():
        try:
            tree = tree.with_file(path, FileRef.of(content))
        except PathConflict as error:
            found.conflicts[path] = f"(left out: {error.message})\n{Sides(path, b'', b'', content).news}"
        else:
            found.files[path] = content


def upgrade_note(upgrade: Upgrade, merge: Merge) -> str:
    """What the model is told of the merge; empty when there is nothing to look at, and nothing may break."""
    if not merge.for_the_model and not merge.changes.breaking:
        return ""
    parts = [_ABOUT, *_changes(merge.changes)]
    if merge.moved:
        parts.append(_MOVED)
        parts += _some([f"- {path} is now {moved}" for path, moved in merge.moved.items()])
    if merge.conflicts:
        parts.append(_BOTH.format(base=upgrade.base, target=upgrade.target))
        parts += _news(merge.conflicts)
    return section("upgrade", material("\n".join(parts)))


def _changes(changes: Changes) -> Iterator[str]:
    """As many as there is room for."""
    lines = [f"- {change}" for change in (*changes.breaking, *changes.other)]
    shown = [
        line for line, end in zip(lines, accumulate(map(len, lines)), strict=True) if end <= _MAX_CHANGES
    ]
    if shown:
        yield _CHANGES
        yield from shown
    if left_out := len(lines) - len(shown):
        yield f"… and {left_out} more"


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MAX_PATHS
    return [*lines[:_MAX_PATHS], *([f"… and {more} more"] if more > 0 else [])]


def _news(conflicts: Mapping[str, str]) -> Iterator[str]:
    """As many as there is room for; of the others at least the name."""
    room = MAX_SHOWN
    unshown: list[str] = []
    for path, news in conflicts.items():
        text = f"== {path}\n{news}"
        if len(text) > room:
            unshown.append(path)
            continue
        room -= len(text)
        yield text
    if unshown:
        yield "There was no room to show those of: " + ", ".join(unshown[:_MAX_PATHS])
