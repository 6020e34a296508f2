"""Finding in an app's files: symbols by their names, everything else by its text."""

import difflib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from orchestrator.domain.index import AppIndex
from orchestrator.domain.ranking import idf, saturated, words_of
from orchestrator.domain.symbols import Definition, clipped

DEFAULT_LIMIT = 20
MAX_CHARACTERS = 6_000
_MAX_LINE = 200
_MAX_WORDS = 12
_WEAK = 0.3
"""Of the best score; what has less fits by chance."""
_TELLING = 0.5
"""Of the words; beside definitions, lines that have less of them only distract."""
_MAX_PLACES = 50
_LINES_OF_A_FILE = 3
_MAX_LEFT_OUT = 5
_MAX_NAMES = 12
_MAX_COMPARED = 3_000
_WORD = re.compile(r"\w{2,40}")


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    line: int
    text: str
    """As it is shown, without its place."""


def search(index: AppIndex, query: str, kind: str | None, limit: int) -> str:
    """What fits best, a line each, at most `limit` and MAX_CHARACTERS; else what there is instead.

    `query` has no blanks at its ends; `kind` is that of a `Definition`, or `text` for lines of any file.
    """
    symbols = [] if kind == "text" else _symbols(index, query, kind)
    exact, loose = _texts(index, query, limit, alone=not symbols) if kind in {None, "text"} else ([], [])
    shown = symbols[: max(limit - len(exact) - len(loose), math.ceil(limit / 2))]
    # Words with blanks between them name nothing, so lines that have just these are meant.
    parts = (exact, shown, loose) if " " in query else (shown, exact, loose)
    found: dict[tuple[str, int], _Found] = {}
    for one in chain(*parts):
        found.setdefault((one.path, one.line), one)
    if not found:
        return _nothing(index, query, kind) + _left_out(index)
    lines = _within([f"{one.path}:{one.line} {one.text}" for one in found.values()], limit)
    more = len(lines) < len(found) or len(shown) < len(symbols)
    return "\n".join([*lines, *(["… and more: ask for less at once"] if more else [])]) + _left_out(index)


def _within(lines: Sequence[str], limit: int) -> list[str]:
    """The first of the lines, as many as may be shown."""
    kept, room = [], MAX_CHARACTERS
    for line in lines[:limit]:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _symbols(index: AppIndex, query: str, kind: str | None) -> list[_Found]:
    """Best first; those that have exactly the name before all others."""
    words = words_of(query)[:_MAX_WORDS]
    same = {number: 0.0 for number, (_, one) in enumerate(index.entries) if one.name == query}
    scores = {**same, **index.ranking.scores(words)}
    found: list[tuple[bool, float, str, Definition]] = []
    for number, score in scores.items():
        path, one = index.entries[number]
        if kind is None or one.kind == kind:
            found.append((one.name == query, score, path, one))
    found.sort(key=lambda each: (not each[0], -each[1], not each[3].exported, each[2], each[3].line))
    least = _WEAK * max((score for _, score, _, _ in found), default=0.0)
    return [
        _Found(path, one.line, _described(one))
        for named, score, path, one in found
        if named or score >= least
    ]


def _described(one: Definition) -> str:
    if one.kind == "route":
        return f"route {one.name}: {one.signature}"
    how = "exported" if one.exported else "not exported"
    return f"{one.kind} {one.name} ({how}): {one.signature}"


def _texts(index: AppIndex, query: str, limit: int, *, alone: bool) -> tuple[list[_Found], list[_Found]]:
    """The lines that have the query as it is; those with the most of its words, or `alone` with any."""
    exact = query.lower()
    words = list(dict.fromkeys(_WORD.findall(exact)))[:_MAX_WORDS] or [exact]
    least = 1 if alone else math.ceil(_TELLING * len(words))
    ranked = _files(index, words)
    same = [one for path in ranked for one in _lines(index, path, [exact], 1)][:limit]
    taken = {(one.path, one.line) for one in same}
    others: list[_Found] = []
    for path in ranked:
        if len(same) + len(others) >= limit:
            break
        found = _lines(index, path, words, least)
        others += (one for one in found if (one.path, one.line) not in taken)
    return same, others[: limit - len(same)]


def _files(index: AppIndex, words: Sequence[str]) -> list[str]:
    """The files that have any of the words, best first."""
    counts: dict[str, dict[str, int]] = {word: {} for word in words}
    average = sum(len(file.lowered) for file in index.files.values()) / max(len(index.files), 1) or 1.0
    for path, file in index.files.items():
        for word in words:
            if count := file.lowered.count(word):
                counts[word][path] = count
    scores: defaultdict[str, float] = defaultdict(float)
    for having in counts.values():
        rarity = idf(len(having), len(index.files))
        for path, count in having.items():
            length = len(index.files[path].lowered) / average
            scores[path] += rarity * saturated(count, length)
    return sorted(scores, key=lambda path: (-scores[path], path))


def _lines(index: AppIndex, path: str, words: Sequence[str], least: int) -> list[_Found]:
    """The best lines of the file that have so many of the words."""
    file = index.files[path]
    best: list[tuple[int, int, int]] = []
    for line, start, text in _hits(file.lowered, words):
        having = sum(word in text for word in words)
        if having >= least:
            best.append((-having, line, start))
    return [
        _Found(path, line, f"text: {_around(file.line(line), start)}")
        for _, line, start in sorted(best)[:_LINES_OF_A_FILE]
    ]


def _hits(lowered: str, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Lines with one of the words, where in them it stands, and their text; only some of each word."""
    seen: set[int] = set()
    for word in words:
        position, line, counted = lowered.find(word), 1, 0
        for _ in range(_MAX_PLACES):
            if position < 0:
                break
            line += lowered.count("\n", counted, position)
            counted = position
            begin = lowered.rfind("\n", 0, position) + 1
            end = lowered.find("\n", position)
            end = len(lowered) if end < 0 else end
            if line not in seen:
                seen.add(line)
                yield line, position - begin, lowered[begin:end]
            position = lowered.find(word, end)


def _around(line: str, start: int) -> str:
    """The part of the line where the word stands."""
    first = max(start - _MAX_LINE // 2, 0) if len(line) > _MAX_LINE else 0
    return ("…" if first else "") + clipped(line[first : first + 2 * _MAX_LINE], _MAX_LINE)


def _nothing(index: AppIndex, query: str, kind: str | None) -> str:
    of = f" of kind {kind}" if kind else ""
    lines = [f"Nothing found{of} for {clipped(query, 100)!r}."]
    names = {one.name: one for _, one in index.entries if kind in {None, "text", one.kind}}
    near = difflib.get_close_matches(query, list(names)[:_MAX_COMPARED], n=5, cutoff=0.6)
    if near:
        lines.append(f"Similar names: {', '.join(near)}.")
    counts = Counter(one.kind for _, one in index.entries)
    if counts:
        there = ", ".join(f"{count} of kind {name}" for name, count in counts.most_common())
        lines.append(f"The app's {len(index.files)} text files have {there}.")
    if kind in counts:
        some = list(names)[:_MAX_NAMES]
        lines.append(f"Of kind {kind}: {', '.join(some)}{', …' if len(names) > len(some) else ''}.")
    return "\n".join(lines)


def _left_out(index: AppIndex) -> str:
    if not index.left_out:
        return ""
    named = ", ".join(index.left_out[:_MAX_LEFT_OUT])
    more = f" and {len(index.left_out) - _MAX_LEFT_OUT} more" if len(index.left_out) > _MAX_LEFT_OUT else ""
    return f"\nNot searched, as they are too large: {named}{more}"
