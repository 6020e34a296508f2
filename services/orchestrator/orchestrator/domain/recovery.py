"""A failed build as a message to the model: what broke, where, and how to go about it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from common.contracts import Diagnostic
from orchestrator.domain.lines import Lines, numbered
from orchestrator.domain.progress import Progress
from orchestrator.domain.text import revision

MAX_DIAGNOSTICS = 20
MAX_SOURCES = 40_000
"""Bytes of whole files that a message shows."""
_MAX_MESSAGE = 1_500
_MAX_FRAME = 1_500
_MAX_ALSO = 8
_MAX_NEW = 5
_BEGINNING = "<error_recovery"

_GUIDANCE = {
    "dependency": (
        "The build could not find or load a module. Only the packages of package.json exist, and the app's "
        "own files under @/. Correct the path or the exported name, create the missing file with its full "
        "content, do it with a package that is there, or write the helper yourself; add_dependency brings "
        "another package only where that would be worse. Never leave a stub."
    ),
    "type": (
        "The type check failed. Repair the cause with the smallest change: the type, the property name, the "
        "missing case. Errors in several files often have one cause, a type or an export that changed: look "
        "there first. Do not use `any`, `@ts-ignore` or non-null assertions, and do not remove features."
    ),
    "bundle": (
        "The code has the right types, but the app cannot be built from it: mostly invalid CSS or JSON, or a "
        "picture or other file that does not exist. Look at the named lines and those before them: unclosed "
        "tags, brackets and quotes are reported late. Styles are plain CSS and Tailwind, no Sass."
    ),
    "timeout": (
        "The build did not end within its time limit. Something is far too large or endless: enormous "
        "literals or generated data, deeply recursive types, circular imports, or a huge asset in the "
        "source. Make that part small and simple."
    ),
    "memory": (
        "The build ran out of memory. Something is far too large: enormous literals or generated data, "
        "deeply recursive types, or big files imported as code. Split it, shorten it, or compute it "
        "at run time."
    ),
    "migration": (
        "The app's migrations cannot be applied to its database, so nothing was built. Repair the SQL where "
        "it is named. A file that was applied must stay as it is: put the change into a new file with the "
        "next number. Every table needs row level security and policies that look at the caller, with "
        "(select auth.uid()); a policy that lets people at the rows of others is an error, unless the table "
        "is declared as shared. Do not make an app's rule weaker to silence the check."
    ),
    "runtime": (
        "The app builds, but it does not run: a browser loaded its pages and found what follows. Repair the "
        "cause where it is named, mostly a value that is missing at first render, a state set in every "
        "render or an effect without the right dependencies, or a file that is not there. Do not hide it "
        "behind a catch or an empty page."
    ),
}
_DEFAULT_GUIDANCE = "The build failed. Repair the cause with the smallest change."
_SHARED = re.compile(
    r"cannot find module|no exported member|failed to resolve import|could not resolve|no default export",
    re.IGNORECASE,
)
_WARNED = (
    "ok, no errors: the files as they are now have the right types and build. What visitors or search "
    "engines would miss, though; mend it unless it is meant to be so, then finish:"
)
_STALLED = (
    "The last repair has brought nothing: these errors were there before it, or before another one. Do not "
    "repeat it, look for another cause."
)
_REWRITE = (
    "Editing has not helped more than once. Write these files anew with rewrite_file, simpler and in another "
    "way, with all that they do now."
)


def recovery_message(
    category: str,
    diagnostics: Sequence[Diagnostic],
    attempt: int,
    of: int,
    problems: int = 0,
    *,
    files: int = 0,
    since: Progress | None = None,
    sources: Mapping[str, bytes] | None = None,
    repaired: Mapping[str, Sequence[str]] | None = None,
    advice: Sequence[Diagnostic] = (),
) -> str:
    """The message of type error_recovery.

    `problems` in `files` are all of which `diagnostics` are the weightiest. `since`: what the last try has
    changed. `sources`: whole files to show. `repaired`: what the platform has done to which files by itself,
    since the model saw them last. `advice`: what is no reason for the failure and could be better.
    """
    total = max(problems, sum(diagnostic.count for diagnostic in diagnostics))
    parts = [_GUIDANCE.get(category, _DEFAULT_GUIDANCE)]
    if total > 1:
        parts.append(_totals(total, files or len({diagnostic.file for diagnostic in diagnostics})))
    if since is not None and since.before is not None:
        parts.append(_changes(since, diagnostics))
    if repaired:
        done = "; ".join(f"{path} ({', '.join(reasons)})" for path, reasons in repaired.items())
        parts.append(
            f"The platform has repaired by itself: {done}. Read these files again before you edit them."
        )
    parts += _listed(diagnostics, total)
    if advice:
        parts.append("Not the reason, but worth repairing where it is a small change:")
        parts += [_described(diagnostic, ()) for diagnostic in advice]
    if sources:
        parts.append(_whole(sources))
    parts.append("Then call finish again.")
    body = "\n".join(parts).replace("</error_recovery", "<\\/error_recovery")
    return f'{_BEGINNING} category="{category}" attempt="{attempt}" of="{of}">\n{body}\n</error_recovery>'


def check_message(
    category: str, diagnostics: Sequence[Diagnostic], problems: int = 0, *, files: int = 0
) -> str:
    """The answer to `run_check` when the files do not build; see `recovery_message` for the arguments."""
    total = max(problems, sum(diagnostic.count for diagnostic in diagnostics))
    guidance = _GUIDANCE.get(category, _DEFAULT_GUIDANCE)
    parts = [f"The files as they are now do not build ({category}).", guidance]
    if total > 1:
        parts.append(_totals(total, files or len({diagnostic.file for diagnostic in diagnostics})))
    return "\n".join([*parts, *_listed(diagnostics, total)])


def warning_message(diagnostics: Sequence[Diagnostic]) -> str:
    """The answer to `run_check` when the files build, and something could be better about what they make."""
    return "\n".join([_WARNED, *_listed(diagnostics, sum(diagnostic.count for diagnostic in diagnostics))])


def is_recovery_message(text: str) -> bool:
    """Whether a text placed after tool results is such a message."""
    return text.startswith(_BEGINNING)


def concerned(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """The files that the errors are in, those named first at the beginning."""
    return list(dict.fromkeys(diagnostic.file for diagnostic in diagnostics if diagnostic.file))


def should_retry(category: str, attempt: int, of: int) -> bool:
    """Whether the model gets try number `attempt` (from 1). The platform's own faults are never its task."""
    return category != "infrastructure" and 1 <= attempt <= of


def _totals(problems: int, files: int) -> str:
    return f"{problems} errors in {files} files:" if files > 1 else f"{problems} errors:"


def _listed(diagnostics: Sequence[Diagnostic], total: int) -> list[str]:
    """The errors, as many as are shown, and how many more there are."""
    elsewhere = _merged(diagnostics)
    shown = chosen(elsewhere, MAX_DIAGNOSTICS)
    if not shown:
        return ["The tools named no place. Check what you changed last."]
    described = [_described(diagnostic, elsewhere[diagnostic]) for diagnostic in shown]
    left = total - sum(one.count + sum(other.count for other in elsewhere[one]) for one in shown)
    return [*described, f"… and {left} more, probably with the same causes."] if left > 0 else described


def _changes(since: Progress, diagnostics: Sequence[Diagnostic]) -> str:
    """What the last try has changed, and what to do if that is nothing."""
    assert since.before is not None  # noqa: S101  # the caller has seen that there was a try
    if since.stalled:
        return _STALLED if since.stalls == 1 else f"{_STALLED} {_REWRITE}"
    if since.gone is None:
        return f"Before your last repair there were {since.before.total}, now there are {since.now.total}."
    parts = [f"{since.gone} of the {since.before.total} before your last repair are gone"]
    new = since.new(diagnostics)
    if new:
        named = [f"{location(one).rstrip(': ')} {one.code or ''}".strip() for one in new[:_MAX_NEW]]
        more = f" and {len(new) - _MAX_NEW} more" if len(new) > _MAX_NEW else ""
        parts.append(f"new: {', '.join(named)}{more}")
    return f"{'; '.join(parts)}."


def _whole(sources: Mapping[str, bytes]) -> str:
    parts = ["The files concerned as they are now, whole:"]
    for path, content in sources.items():
        texts = Lines.of(content.decode("utf-8", errors="replace")).texts
        parts.append(f"{path} rev:{revision(content)}\n{numbered(texts, 1, len(texts))}")
    return "\n".join(parts)


def _merged(diagnostics: Iterable[Diagnostic]) -> dict[Diagnostic, list[Diagnostic]]:
    """The first of those that say the same, each with what other files have of it."""
    files: dict[tuple[str | None, ...], Diagnostic] = {}
    for one in diagnostics:
        key = (one.file, one.code, " ".join(one.message.split()))
        files[key] = _together(files[key], one) if key in files else one
    firsts: dict[tuple[str | None, str], Diagnostic] = {}
    elsewhere: dict[Diagnostic, list[Diagnostic]] = {}
    for diagnostic in files.values():
        first = firsts.setdefault((diagnostic.code, _general(diagnostic)), diagnostic)
        others = elsewhere.setdefault(first, [])
        if diagnostic is not first:
            others.append(diagnostic)
    return elsewhere


def _together(one: Diagnostic, other: Diagnostic) -> Diagnostic:
    """Two of the same file that say the same as one."""
    lines = {line for each in (one, other) for line in (each.lines or (each.line,)) if line is not None}
    return one.model_copy(update={"count": one.count + other.count, "lines": tuple(sorted(lines))})


def _general(diagnostic: Diagnostic) -> str:
    """The message, kept apart by file unless it names a module or export that is at fault in all of them."""
    message = " ".join(diagnostic.message.split())
    return message if _SHARED.search(message) else f"{diagnostic.file}|{message}"


def chosen(diagnostics: Iterable[Diagnostic], limit: int) -> list[Diagnostic]:
    """At most `limit`: every file's first, then every file's second …; in order, file by file."""
    files: dict[str | None, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        files.setdefault(diagnostic.file, []).append(diagnostic)
    rounds = zip_longest(*files.values())
    taken = [diagnostic for one in rounds for diagnostic in one if diagnostic is not None][:limit]
    return [diagnostic for found in files.values() for diagnostic in found if diagnostic in taken]


def _described(diagnostic: Diagnostic, elsewhere: Sequence[Diagnostic]) -> str:
    code = f"{diagnostic.code}: " if diagnostic.code else ""
    instead = f" Did you mean '{diagnostic.suggestion}'?" if diagnostic.suggestion else ""
    lines = [f"{location(diagnostic)}{code}{_shortened(diagnostic.message.strip(), _MAX_MESSAGE)}{instead}"]
    if diagnostic.count > 1:
        lines.append(f"  ({occurrences(diagnostic)})")
    if elsewhere:
        files = [f"{other.file or 'no file'} ({occurrences(other)})" for other in elsewhere[:_MAX_ALSO]]
        others = elsewhere[_MAX_ALSO:]
        more = f" and {len(others)} more files ({_times(sum(o.count for o in others))})" if others else ""
        lines.append(f"  (the same in {', '.join(files)}{more})")
    if diagnostic.frame:
        lines.append(_shortened(diagnostic.frame, _MAX_FRAME))
    return "\n".join(lines)


def occurrences(diagnostic: Diagnostic) -> str:
    """How often its file has it, and in which lines."""
    lines = diagnostic.lines or ((diagnostic.line,) if diagnostic.line is not None else ())
    if not lines:
        return _times(diagnostic.count)
    numbers = ", ".join(map(str, lines))
    if diagnostic.count == 1:
        return f"line {numbers}"
    more = " and others" if diagnostic.count > len(lines) else ""
    return f"{_times(diagnostic.count)}, in lines {numbers}{more}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def location(diagnostic: Diagnostic) -> str:
    """Where it is, to be followed by what it is; empty when no file is named."""
    if diagnostic.file is None:
        return ""
    numbers = [str(number) for number in (diagnostic.line, diagnostic.column) if number is not None]
    return ":".join([diagnostic.file, *numbers]) + (" " if numbers else ": ")


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + "…"
