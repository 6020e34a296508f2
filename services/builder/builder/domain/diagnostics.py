"""What the tools found, as people and models need it: where it is, each cause once, a fair share per file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from builder.domain.evidence import ToolReport
from builder.domain.imports import missing_package, specifier
from common.contracts import Diagnostic

MAX_DIAGNOSTICS = 50
MAX_MESSAGE = 2000
MAX_LINES = 20

_CONTEXT = 2
_MAX_LINE = 160
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LOCATION = re.compile(r"\[ (\S[^\n\[\]]*?):(\d+):(\d+) \]")
_PREFIX = re.compile(r"^\[[\w:.@/ -]+\]:? +")
_FROM = re.compile(r"failed to resolve import \"[^\"]+\" from \"([^\"]+)\"", re.IGNORECASE)
_SUGGESTION = re.compile(r" ?Did you mean (?:to use |to write )?'([^'\n]+)'(?: instead)?\?")
# Nothing can be installed here, whatever a tool advises.
_INSTALL = re.compile(
    r" ?(?:Do you need to install[^?\n]*\? |Did you install it\? )?Try `npm [^`\n]*`[^.\n]*\.?"
)
_QUOTED = re.compile(r"`([^`\n]{2,200})`")
_EXPORTS = frozenset({"TS1192", "TS2305", "TS2306", "TS2613", "TS2614", "TS2724"})
_SYNTAX = re.compile(r"TS(?:1\d{3}|17\d{3}|2657)")
_CODE = re.compile(r"\.[cm]?[jt]sx?$")
_STYLES = frozenset({"css-syntax", "sass-syntax"})


@dataclass(frozen=True)
class Findings:
    """`shown` are the weightiest, bounded in number; `problems` and `files` count all of them."""

    shown: tuple[Diagnostic, ...]
    problems: int
    files: int
    packages: tuple[str, ...]
    codes: frozenset[str]


def findings(check: ToolReport, bundle: ToolReport, source: Mapping[str, bytes]) -> Findings:
    """Both tools' reports in one, over the files that were built."""
    checked = _without_echoes([_refined(error) for error in check.errors])
    # Of a style sheet that several others import each tells again.
    bundled = list(dict.fromkeys(_located(_refined(error), source) for error in bundle.errors))
    found = [*checked, *(problem for problem in bundled if not _known(problem, checked))]
    unseen = max(check.count - len(check.errors), 0) + max(bundle.count - len(bundle.errors), 0)
    packages = {name for problem in found if (name := missing_package(problem, source)) is not None}
    grouped = _grouped(found)
    return Findings(
        shown=tuple(_framed(problem, source) for problem in _fair_share(grouped)),
        problems=len(found) + unseen,
        files=len({problem.file for problem in found if problem.file is not None}),
        packages=tuple(sorted(packages)),
        codes=frozenset(problem.code for problem in found if problem.code is not None),
    )


def warned(bundle: ToolReport, source: Mapping[str, bytes]) -> tuple[Diagnostic, ...]:
    """What could be better about an app that was built."""
    grouped = _grouped(_refined(warning) for warning in bundle.warnings)
    return tuple(_framed(warning, source) for warning in _fair_share(grouped))


def _refined(found: Diagnostic) -> Diagnostic:
    """Without the tool's decoration and advice, at the location its text names if it names one."""
    text = _ANSI.sub("", found.message)
    location = _LOCATION.search(text)
    file, line, column = found.file, found.line, found.column
    if location is not None:
        file, line, column = location[1], int(location[2]), int(location[3])
    importing = _FROM.search(text)
    if file is None and importing is not None:
        file = importing[1]
    message = _PREFIX.sub("", text.partition("\n   ╭")[0]).strip() or text
    suggestion = _SUGGESTION.search(message)
    message = _INSTALL.sub("", _SUGGESTION.sub("", message)).strip() or message
    return found.model_copy(
        update={
            "message": message[:MAX_MESSAGE],
            "file": None if file is None else file.partition("?")[0],
            "line": line,
            "column": column,
            "suggestion": found.suggestion or (suggestion[1] if suggestion is not None else None),
        }
    )


def _without_echoes(problems: list[Diagnostic]) -> list[Diagnostic]:
    """Without what the type checker says of an import or a file of which a rule has said it better."""
    lines = {(p.file, p.line) for p in problems if p.code in {"cdn-import", "missing-asset"}}
    files = {p.file for p in problems if p.code == "json-syntax"}
    return [
        problem
        for problem in problems
        if not (problem.code or "").startswith("TS")
        or ((problem.file, problem.line) not in lines and problem.file not in files)
    ]


def _known(problem: Diagnostic, checked: Iterable[Diagnostic]) -> bool:
    """Whether the type checker, or a rule beside it, has reported the cause of what the bundler reports."""
    return any(_same_cause(problem, other) for other in checked)


def _same_cause(problem: Diagnostic, other: Diagnostic) -> bool:
    code = other.code or ""
    if code == "json-syntax":
        return _is_json(problem)
    if code == "missing-asset":
        return _names_asset(problem, other)
    if code in _STYLES:
        return problem.file == other.file or problem.code in {"vite:css", "vite:css-post"}
    wanted = specifier(problem.message)
    if wanted is not None:
        return wanted == specifier(other.message) and problem.file in {None, other.file}
    return problem.file is not None and problem.file == other.file and _same_mistake(problem, other)


def _same_mistake(problem: Diagnostic, other: Diagnostic) -> bool:
    """Of two reports about one file."""
    code = other.code or ""
    if problem.line is not None and problem.line == other.line:
        return True
    if problem.code == "MISSING_EXPORT":
        return code in _EXPORTS
    # Both parse the file, and stop at the same mistake, a line sooner or later.
    return _CODE.search(problem.file or "") is not None and _SYNTAX.fullmatch(code) is not None


def _is_json(problem: Diagnostic) -> bool:
    return "vite-json" in problem.message or "vite-json" in (problem.code or "")


def _names_asset(problem: Diagnostic, other: Diagnostic) -> bool:
    address = other.message.partition("'")[2].partition("'")[0]
    return bool(address) and address.rpartition("/")[2] in problem.message


def _located(problem: Diagnostic, source: Mapping[str, bytes]) -> Diagnostic:
    """A style sheet's error at its line, which the tool has kept for itself: it quotes the text at fault."""
    if problem.line is not None or problem.file is None or not problem.file.endswith(".css"):
        return problem
    quoted = _QUOTED.search(problem.message) or re.search(r"resolve '([^']+)'", problem.message)
    others = sorted(path for path in source if path.startswith("src/") and path.endswith(".css"))
    for path in (problem.file, *others):
        text = source.get(path, b"").decode(errors="replace")
        at = text.find(quoted[1]) if quoted is not None else -1
        if at >= 0:
            before = text[:at]
            line, column = before.count("\n") + 1, at - before.rfind("\n")
            return problem.model_copy(update={"file": path, "line": line, "column": column})
    return problem


def _grouped(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Equal problems of a file as one, with all their lines."""
    groups: dict[tuple[str | None, str | None, str], list[Diagnostic]] = {}
    for problem in problems:
        groups.setdefault((problem.file, problem.code, problem.message), []).append(problem)
    return [_group(members) for members in groups.values()]


def _group(members: list[Diagnostic]) -> Diagnostic:
    first = members[0]
    if len(members) == 1:
        return first
    lines = sorted({member.line for member in members if member.line is not None})
    return first.model_copy(update={"count": len(members), "lines": tuple(lines[:MAX_LINES])})


def _fair_share(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """At most MAX_DIAGNOSTICS: every file's first, then every file's second …; told file by file."""
    files: dict[str | None, list[Diagnostic]] = {}
    for problem in problems:
        files.setdefault(problem.file, []).append(problem)
    rounds = (problem for one in zip_longest(*files.values()) for problem in one if problem is not None)
    taken = {id(problem) for problem, _ in zip(rounds, range(MAX_DIAGNOSTICS), strict=False)}
    return [problem for found in files.values() for problem in found if id(problem) in taken]


def _framed(problem: Diagnostic, source: Mapping[str, bytes]) -> Diagnostic:
    return problem.model_copy(update={"frame": frame(source, problem.file, problem.line)})


def frame(source: Mapping[str, bytes], file: str | None, line: int | None) -> str | None:
    """The line with its neighbours, numbered; None if the file or the line does not exist."""
    content = source.get(file) if file is not None else None
    if content is None or line is None:
        return None
    lines = content.decode(errors="replace").split("\n")
    if not 1 <= line <= len(lines):
        return None
    first, last = max(line - _CONTEXT, 1), min(line + _CONTEXT, len(lines))
    shown = (f"{number:>6} | {_cut(lines[number - 1])}" for number in range(first, last + 1))
    return "\n".join(shown).replace("\0", "\ufffd")


def _cut(line: str) -> str:
    line = line.rstrip("\r")
    return line if len(line) <= _MAX_LINE else line[:_MAX_LINE] + "…"
