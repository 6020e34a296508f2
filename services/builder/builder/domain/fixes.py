"""Repairs that the type checker's program proposes, held against the source they are for."""

from collections.abc import Collection, Iterable, Mapping

from common.contracts import FileFix, LineEdit
from common.contracts.source import lock_reason

MAX_CHARACTERS = 200_000
MAX_REASONS = 20
MAX_REASON = 200


def editable_files(source: Mapping[str, bytes], locked: Collection[str]) -> list[str]:
    """The files of a source that are the app's own."""
    return [path for path in source if lock_reason(path, locked) is None]


def usable(
    fixes: Iterable[FileFix], source: Mapping[str, bytes], editable: Collection[str]
) -> tuple[FileFix, ...]:
    """Those that change files of the app, at lines that they have; none when they are no small edits."""
    kept = [fix for fix in fixes if fix.path in editable and _fits(fix.edits, source.get(fix.path, b""))]
    if sum(len(edit.text) for fix in kept for edit in fix.edits) > MAX_CHARACTERS:
        return ()
    return tuple(
        fix.model_copy(update={"reasons": tuple(reason[:MAX_REASON] for reason in fix.reasons[:MAX_REASONS])})
        for fix in kept
    )


def _fits(edits: tuple[LineEdit, ...], content: bytes) -> bool:
    done = 0
    for edit in edits:
        if not done < edit.first_line <= edit.last_line:
            return False
        done = edit.last_line
    return 0 < done <= content.count(b"\n") + 1
