"""line_replace on real changes: what it costs beside other ways to edit, and whether it lands rightly.

The changes are those of this repository's own history, a file of a commit each. Tokens are characters / 4 of
the call's arguments as JSON: no vendor's tokenizer is at hand without the network.
"""

import json
import os
import statistics
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from dev.stack.config import ROOT
from orchestrator.domain.edits import EditRefused, LineEdit, LoggedEdit, apply_edits
from orchestrator.domain.syntax import fault_of
from orchestrator.domain.text import revision

CHANGES = int(os.environ.get("BENCH_EDITS", "400"))
SUFFIXES = (".ts", ".tsx", ".py", ".css", ".mjs")
MAX_LINES = 2_000
SMALL_CHANGE, LARGE_FILE = 20, 150
AIM_MEDIAN, AIM_TENTH = 95, 88
SIZES = ((1, 5), (6, 20), (21, 50), (51, 10**9))


@dataclass(frozen=True)
class Change:
    """A file before and after a commit, and the edits from the one to the other."""

    path: str
    before: str
    after: str
    edits: tuple[LineEdit, ...]

    @property
    def changed(self) -> int:
        """Lines removed or added, whichever are more."""
        return sum(max(edit.last_line - edit.first_line + 1, edit.replace.count("\n")) for edit in self.edits)


def measure() -> Iterator[str]:
    """The report's lines."""
    changes = list(_changes())
    if not changes:
        yield "edits: no history of this repository is here, so there is nothing to measure"
        return
    edits = sum(len(change.edits) for change in changes)
    yield f"{len(changes)} changes of files with {edits} edits from the history, tokens as characters / 4"
    yield from _costs(changes)
    yield from _outcomes(changes)


def _costs(changes: Sequence[Change]) -> Iterator[str]:
    small = [change for change in changes if change.changed <= SMALL_CHANGE and _length(change) >= LARGE_FILE]
    name = f"at most {SMALL_CHANGE} lines in files of at least {LARGE_FILE}"
    yield f"{_saved(name, small)}  (aim: {AIM_MEDIAN} and {AIM_TENTH})"
    for low, high in SIZES:
        name = f"{low}-{high} lines" if high < 10**9 else f"more than {low - 1} lines"
        yield _saved(name, [change for change in changes if low <= change.changed <= high])
    yield _saved("all", changes)


def _saved(name: str, changes: Sequence[Change]) -> str:
    if len(changes) < 2:
        return f"  {name:<42} n={len(changes)}"
    ours, search, whole = (
        [way(change) for change in changes] for way in (_line_replace, _search_replace, _rewrite)
    )
    each = [100 * (1 - one / all_of_it) for one, all_of_it in zip(ours, whole, strict=True)]
    return (
        f"  {name:<42} saved of a rewrite: median {statistics.median(each):3.0f} %, p10 "
        f"{statistics.quantiles(each, n=10, method='inclusive')[0]:3.0f} %, in all "
        f"{100 * (1 - sum(ours) / sum(whole)):3.0f} %; line_replace / search and replace "
        f"{sum(ours) / sum(search):.2f}  n={len(changes)}"
    )


def _outcomes(changes: Sequence[Change]) -> Iterator[str]:
    ways: dict[str, Callable[[LineEdit], LineEdit | None]] = {
        "true numbers and anchors": lambda edit: edit,
        "anchors without indentation": _unindented,
        "last_line one too low": lambda edit: _late(edit, -1),
        "last_line two too high": lambda edit: _late(edit, 2),
        "all numbers three too high": lambda edit: edit.at(edit.first_line + 3, edit.last_line + 3),
        "no expect_last": lambda edit: replace(edit, expect_last=None) if _spans(edit) else None,
    }
    for name, way in ways.items():
        counts = Counter(
            _outcome(change, edit, asked)
            for change in changes
            for edit in change.edits
            if (asked := way(edit)) is not None
        )
        yield _counted(name, counts)
    yield _counted(
        "older revision, with the log", Counter(_stale(change) for change in changes if change.edits[1:])
    )
    broken = sum(
        fault_of(change.path, change.after) is not None and fault_of(change.path, change.before) is None
        for change in changes
    )
    yield f"  valid files refused as not whole: {broken}"


def _counted(name: str, counts: Counter[str]) -> str:
    found = ", ".join(f"{outcome} {counts[outcome]}" for outcome in ("right", "refused", "wrong"))
    return f"  {name:<42} {found}  n={counts.total()}"


def _outcome(change: Change, edit: LineEdit, asked: LineEdit) -> str:
    """Of one edit by itself."""
    wanted = apply_edits(change.before, _rev(change.before), [edit]).text
    try:
        got = apply_edits(change.before, _rev(change.before), [asked]).text
    except EditRefused:
        return "refused"
    return "right" if got == wanted else "wrong"


def _stale(change: Change) -> str:
    """The first edit is applied, the others still have the numbers from before it."""
    first = apply_edits(change.before, _rev(change.before), change.edits[:1])
    log = [LoggedEdit(_rev(change.before), first.rev, first.regions)]
    try:
        got = apply_edits(first.text, _rev(change.before), change.edits[1:], log).text
    except EditRefused:
        return "refused"
    return "right" if got == change.after else "wrong"


def _unindented(edit: LineEdit) -> LineEdit:
    last = edit.expect_last
    return replace(edit, expect_first=edit.expect_first.strip(), expect_last=last and last.strip())


def _late(edit: LineEdit, lines: int) -> LineEdit | None:
    return edit.at(edit.first_line, edit.last_line + lines) if _spans(edit) else None


def _spans(edit: LineEdit) -> bool:
    return edit.last_line > edit.first_line


def _line_replace(change: Change) -> float:
    return _tokens(
        {"path": change.path, "rev": "1a2b3c4d", "edits": [_arguments(one) for one in change.edits]}
    )


def _arguments(edit: LineEdit) -> dict[str, Any]:
    values = {
        "first_line": edit.first_line,
        "last_line": edit.last_line,
        "expect_first": edit.expect_first,
        "expect_last": edit.expect_last,
        "replace": edit.replace,
    }
    return {name: value for name, value in values.items() if value is not None}


def _rewrite(change: Change) -> float:
    return _tokens({"path": change.path, "rev": "1a2b3c4d", "content": change.after})


def _search_replace(change: Change) -> float:
    """A call that names each old text by as many lines as make it unique."""
    lines = change.before.splitlines(keepends=True)
    pairs = []
    for edit in change.edits:
        start, end = edit.first_line - 1, edit.last_line
        while (start > 0 or end < len(lines)) and not _unique(change.before, "".join(lines[start:end])):
            start, end = max(start - 1, 0), min(end + 1, len(lines))
        head, tail = "".join(lines[start : edit.first_line - 1]), "".join(lines[edit.last_line : end])
        pairs.append({"search": "".join(lines[start:end]), "replace": head + edit.replace + tail})
    return _tokens({"path": change.path, "edits": pairs})


def _unique(text: str, part: str) -> bool:
    return bool(part) and text.count(part) == 1


def _tokens(arguments: dict[str, Any]) -> float:
    return len(json.dumps(arguments, ensure_ascii=False)) / 4


def _rev(text: str) -> str:
    return revision(text.encode())


def _length(change: Change) -> int:
    return change.before.count("\n")


def _changes() -> Iterator[Change]:
    found = 0
    for commit in _git("rev-list", "--no-merges", "HEAD").split():
        for line in _git("diff-tree", "-r", "--no-commit-id", "--diff-filter=M", commit).splitlines():
            _, _, old, new, rest = line.split(" ", 4)
            path = rest.partition("\t")[2]
            if not path.endswith(SUFFIXES):
                continue
            change = _change(path, _git("cat-file", "blob", old), _git("cat-file", "blob", new))
            if change is not None:
                yield change
                found += 1
            if found == CHANGES:
                return


def _change(path: str, before: str, after: str) -> Change | None:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if not (before.endswith("\n") and after.endswith("\n")) or max(len(old), len(new)) > MAX_LINES:
        return None
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    edits = tuple(_edit(old, new, code) for code in codes if code[0] != "equal")
    return Change(path, before, after, edits) if edits else None


def _edit(old: Sequence[str], new: Sequence[str], code: tuple[str, int, int, int, int]) -> LineEdit:
    _, start, end, new_start, new_end = code
    first = old[start].rstrip("\n") if start < len(old) else ""
    last = old[end - 1].rstrip("\n") if end - start > 1 else None
    return LineEdit(start + 1, end, first, "".join(new[new_start:new_end]), last)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, check=False, text=True, errors="replace"
    )
    return done.stdout


if __name__ == "__main__":
    for line in measure():
        print(line)
