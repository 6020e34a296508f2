"""An app's move to another release of its foundation: which side each file is taken from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from common.contracts.source import SOURCE, lock_reason
from common.contracts.templates import TemplateRef, TemplateRelease
from orchestrator.domain.sections import material, section
from orchestrator.domain.text import decode_text
from orchestrator.errors import BinaryContent

MAX_SHOWN = 40_000
"""Characters of conflicts that the model is shown."""
_MAX_PATHS = 50
_ABOUT = (
    "The platform has merged the new foundation into the app's files, which are listed as they are now. "
    "Files that only the foundation has changed are its new ones, the locked ones always are."
)
_MOVED = f"{SOURCE}/moved"


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
class MergedText:
    """A file of both sides line by line: `content` has the app's lines where both changed the same.

    These places are in `conflicts`, each with both sides and what was there before.
    """

    content: bytes
    conflicts: tuple[str, ...] = ()


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


@dataclass
class Merge:
    """The app's files on the new release.

    `both`: the files that are the app's in `files` and have to be merged by lines. `moved`: where files of
    the app are now whose place the new release keeps for itself.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    both: list[Sides] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    conflicts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, path: str, text: MergedText) -> None:
        """Puts a file that was merged by lines into its place."""
        self.files[path] = text.content
        self.merged.append(path)
        if text.conflicts:
            self.conflicts[path] = text.conflicts

    @property
    def for_the_model(self) -> tuple[str, ...]:
        """The files that somebody has to look at."""
        return tuple(sorted({*self.conflicts, *self.moved.values()}))


def merge(base: TemplateRelease, app: Mapping[str, bytes], target: TemplateRelease) -> Merge:
    """Takes every file from the side that has changed it; what the new release locks is always its own.

    Nothing of the app's is lost: a file of its own at a place that is locked from now on is moved.
    """
    found = Merge()
    own: list[str] = []
    for path in sorted({*app, *target.files}):
        before, ours, theirs = base.files.get(path), app.get(path), target.files.get(path)
        if lock_reason(path, target.locked) is None:
            kept = _open(found, path, before, ours, theirs)
        else:
            kept = theirs
            if ours not in {None, before, theirs} and lock_reason(path, base.locked) is None:
                own.append(path)
        if kept is not None:
            found.files[path] = kept
    for path in own:
        moved = _free_path(path, found.files, target.locked)
        found.files[moved], found.moved[path] = app[path], moved
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
        if not found.both[-1].is_text:
            found.conflicts[path] = ("(no text: the app's file is kept, the foundation's is another)",)
    return ours


def _free_path(path: str, files: Mapping[str, bytes], locked: Sequence[str]) -> str:
    below = path.removeprefix(f"{SOURCE}/")
    paths = (f"{_MOVED}{number or ''}/{below}" for number in range(len(files) + 2))
    return next(one for one in paths if one not in files and lock_reason(one, locked) is None)


def upgrade_note(upgrade: Upgrade, merge: Merge) -> str:
    """What the model is told of the merge; empty when there is nothing to look at."""
    if not merge.for_the_model:
        return ""
    parts = [_ABOUT]
    if merge.moved:
        parts.append(
            "The new foundation keeps these places for itself, so the app's own files were moved. Use what "
            "the foundation has now where it does the same and delete the moved file, else import it from "
            "where it is:"
        )
        parts += _some([f"- {path} is now {moved}" for path, moved in merge.moved.items()])
    if merge.conflicts:
        parts.append(
            "In these files both have changed the same lines. They have the app's lines there. Work in what "
            "the foundation has changed, without giving up what the app has made of it. Each place below has "
            f"the app's lines, then those of {upgrade.base}, then those of {upgrade.target}:"
        )
        parts += _conflicts(merge.conflicts)
    return section("upgrade", material("\n".join(parts)))


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MAX_PATHS
    return [*lines[:_MAX_PATHS], *([f"… and {more} more"] if more > 0 else [])]


def _conflicts(conflicts: Mapping[str, Sequence[str]]) -> list[str]:
    """As many as there is room for; of the others at least the name."""
    parts, room = [], MAX_SHOWN
    unshown: list[str] = []
    for path, hunks in conflicts.items():
        text = "\n".join([f"== {path}", *hunks])
        if len(text) > room:
            unshown.append(path)
            continue
        room -= len(text)
        parts.append(text)
    if unshown:
        parts.append("There was no room to show those of: " + ", ".join(unshown[:_MAX_PATHS]))
    return parts
