"""What a new file would define a second time."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.contracts.source import SOURCE
from orchestrator.domain.index import AppIndex, indexed
from orchestrator.domain.ranking import words_of
from orchestrator.domain.symbols import Definition
from orchestrator.domain.turns import StoredTurn

_REFUSED = "Not created yet: "
_SHARED = frozenset({"component", "hook", "function", "type"})
_HELPERS = frozenset({"hook", "function"})
_COMMON = frozenset({"Props", "State"})
"""Types that any component may export by this name."""
_MAX_SHOWN = 5
_MAX_NEW, _MAX_COMPARED = 30, 20_000
_ALIKE, _LEAST_NAME = 0.86, 6
_TEST = re.compile(r"\.(?:test|spec|stories|d)\.[a-z]+$|(?:^|/)__\w+__/")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A definition of the new file, and one that the app has."""

    new: Definition
    path: str
    old: Definition


def refused_before(turns: Iterable[StoredTurn]) -> set[str]:
    """The files that the model was once refused to create as the app has their exports already."""
    return {
        str(call.payload["input"].get("path"))
        for turn in turns
        for call in turn.tool_uses
        if call.payload.get("name") == "create_file"
        and (result := turn.results.get(call.payload["id"])) is not None
        and is_refusal(result.text)
    }


def is_refusal(answer: str) -> bool:
    """Whether a call was answered with what `refusal` gave."""
    return answer.startswith(_REFUSED)


def refusal(path: str, content: bytes, index: AppIndex) -> str | None:
    """What to answer once, instead of creating a file that exports a name that the app has; else None."""
    pairs = [
        pair
        for pair in _pairs(path, content, index)
        if pair.new.exported and pair.old.exported and _same(pair.new, pair.old)
    ]
    if not pairs:
        return None
    return (
        f"{_REFUSED}{path} would export what the app has already:\n{_listed(pairs, index)}\n"
        "Use what is there, and extend it where it falls short; to move a file there is rename_file. If the "
        "new one is meant to be another, send the call again: then the file is created."
    )


def resembling(path: str, content: bytes, index: AppIndex) -> str:
    """What the answer to a created file tells of others that seem to do the same; mostly nothing."""
    pairs = [pair for pair in _pairs(path, content, index) if _resemble(pair.new, pair.old)]
    if not pairs:
        return ""
    return (
        f"\nThe app has what looks alike; use one of the two where they do the same:\n{_listed(pairs, index)}"
    )


def _pairs(path: str, content: bytes, index: AppIndex) -> Iterator[_Pair]:
    if not _counts(path):
        return
    mine = [one for one in indexed(path, content).symbols.definitions if one.kind in _SHARED][:_MAX_NEW]
    for other, old in index.entries[:_MAX_COMPARED] if mine else ():
        if old.kind in _SHARED and other != path and _counts(other):
            yield from (_Pair(new, other, old) for new in mine)


def _counts(path: str) -> bool:
    return path.startswith(f"{SOURCE}/") and not _TEST.search(path)


def _same(new: Definition, old: Definition) -> bool:
    """A type and a function may well have the same name."""
    return new.name == old.name and new.name not in _COMMON and _alike(new, old)


def _alike(new: Definition, old: Definition) -> bool:
    return (new.kind == "type") == (old.kind == "type")


def _resemble(new: Definition, old: Definition) -> bool:
    if new.shape and new.shape == old.shape:
        return True
    if not _alike(new, old):
        return False
    if new.name == old.name:
        return new.kind in _HELPERS or (new.exported and old.exported and new.name not in _COMMON)
    return new.exported and old.exported and _similar(new.name, old.name)


def _similar(one: str, two: str) -> bool:
    """Whether names differ by a letter or two, or by the order of their words."""
    if min(len(one), len(two)) < _LEAST_NAME:
        return False
    matcher = difflib.SequenceMatcher(None, one.lower(), two.lower(), autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return False
    # The last of the words is the whole name, in which they have their order.
    first, second = (sorted(words[:-1] or words) for words in (words_of(one), words_of(two)))
    return first == second or matcher.ratio() >= _ALIKE


def _listed(pairs: list[_Pair], index: AppIndex) -> str:
    lines = [f"- {_told(pair, index)}" for pair in pairs[:_MAX_SHOWN]]
    more = len(pairs) - len(lines)
    return "\n".join([*lines, *([f"… and {more} more"] if more else [])])


def _told(pair: _Pair, index: AppIndex) -> str:
    old = pair.old
    where = f"{old.name} in {pair.path}:{old.line} ({old.kind})"
    if not old.exported:
        return f"{where}, not exported"
    module = index.importable(pair.path, old.name)
    word = "import type" if old.kind == "type" and "class " not in old.signature else "import"
    name = old.name if old.default else f"{{ {old.name} }}"
    return f'{where}: {word} {name} from "{module}"'
