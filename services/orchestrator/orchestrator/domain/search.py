"""Finding in an app's files: symbols by their names, everything else by its text."""

import difflib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.domain.index import AppIndex
from orchestrator.domain.ranking import idf, saturated, words_of
from orchestrator.domain.symbols import Definition, clipped

DEFAULT_LIMIT = 20
MAX_CHARACTERS = 6_000
_MAX_LINE = 200
_MAX_WORDS = 12
_WEAK = 0.3
"""Of the best score; what has less fits by chance."""
_TEXT_SHARE = 0.5
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

    `kind`: of a `Definition`, or `text` for lines of any file; None for both.
    """
    symbols = [] if kind == "text" else _symbols(index, query, kind)
    texts: list[_Found] = []
    if kind in {None, "text"}:
        room = max(limit - len(symbols), int(limit * _TEXT_SHARE)) if kind is None else limit
        places = {(one.path, one.line) for one in symbols}
        share = _TELLING if symbols else 0.0
        texts = [one for one in _texts(index, query, room, share) if (one.path, one.line) not in places]
        symbols = symbols[: limit - min(len(texts), room)]
    found = [*symbols, *texts]
    if not found:
        return _nothing(index, query, kind) + _left_out(index)
    return _shown(found, limit) + _left_out(index)


def _shown(found: Sequence[_Found], limit: int) -> str:
    lines: list[str] = []
    room = MAX_CHARACTERS
    for one in found[:limit]:
        line = f"{one.path}:{one.line} {one.text}"
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    more = len(found) - len(lines)
    return "\n".join([*lines, *([f"… and {more} more: ask for less at once"] if more else [])])


def _symbols(index: AppIndex, query: str, kind: str | None) -> list[_Found]:
    """Best first; those that have exactly the name before all others."""
    words = words_of(query)[:_MAX_WORDS]
    exact = query.strip()
    same = {number: 0.0 for number, (_, one) in enumerate(index.entries) if one.name == exact}
    scores = {**same, **index.ranking.scores(words)}
    found: list[tuple[bool, float, str, Definition]] = []
    for number, score in scores.items():
        path, one = index.entries[number]
        if kind is None or one.kind == kind:
            found.append((one.name == exact, score, path, one))
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


def _texts(index: AppIndex, query: str, limit: int, share: float) -> list[_Found]:
    """The lines that have the query as it is; after them those with the most of its words, or that share."""
    exact = query.strip().lower()
    words = list(dict.fromkeys(_WORD.findall(exact)))[:_MAX_WORDS] or [exact]
    ranked = _files(index, words)
    found: dict[tuple[str, int], _Found] = {}
    for path in ranked:
        _take(found, index, path, [exact], limit, 1)
    for path in ranked:
        _take(found, index, path, words, limit, math.ceil(share * len(words)))
    return list(found.values())[:limit]


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


def _take(
    found: dict[tuple[str, int], _Found],
    index: AppIndex,
    path: str,
    words: Sequence[str],
    limit: int,
    least: int,
) -> None:
    """Adds the best lines of the file that have so many of the words, as long as there is room."""
    if len(found) >= limit:
        return
    file = index.files[path]
    best: list[tuple[int, int, int]] = []
    for line, start, text in _places(file.lowered, words):
        having = sum(word in text for word in words)
        if having >= least:
            best.append((-having, line, start))
    for _, line, start in sorted(best)[:_LINES_OF_A_FILE]:
        found.setdefault((path, line), _Found(path, line, f"text: {_around(file.line(line), start)}"))


def _places(lowered: str, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
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
    near = difflib.get_close_matches(query.strip(), list(names)[:_MAX_COMPARED], n=5, cutoff=0.6)
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
