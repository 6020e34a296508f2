"""Repairs that the builder proposes, applied to the files they are for."""

from collections.abc import Iterable, Mapping

from common.contracts import FileFix
from common.contracts.source import lock_reason
from orchestrator.domain.lines import Lines
from orchestrator.domain.text import decode_text
from orchestrator.errors import BinaryContent

MAX_ROUNDS = 2


def repaired_files(fixes: Iterable[FileFix], contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that are other after their repair; those that an edit does not fit stay as they are."""
    found = {fix.path: repaired(contents[fix.path], fix) for fix in fixes if fix.path in contents}
    return {
        path: content for path, content in found.items() if content is not None and content != contents[path]
    }


def repaired(content: bytes, fix: FileFix) -> bytes | None:
    """The file with the edits; None when they do not fit it."""
    if lock_reason(fix.path, ()) is not None:
        return None
    try:
        lines = Lines.of(decode_text(content))
    except BinaryContent:
        return None
    done = 0
    for edit in fix.edits:
        if not done < edit.first_line <= edit.last_line <= len(lines):
            return None
        done = edit.last_line
    return lines.replaced(
        [
            (edit.first_line - 1, edit.last_line, edit.text.split("\n") if edit.text else [])
            for edit in fix.edits
        ]
    ).encode()
