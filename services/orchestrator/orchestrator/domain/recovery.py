"""A failed build as a message to the model: what broke, where, and how to go about it."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest

from common.contracts import Diagnostic
from orchestrator.domain.lines import Lines

MAX_DIAGNOSTICS = 20
MAX_ATTEMPTS = 2
_CONTEXT = 2
_MAX_MESSAGE = 1_500
_MAX_LINE = 240
_MAX_ALSO = 8


_GUIDANCE = {
    "dependency": (
        "The build could not find or load a module. No package can be installed: only react, react-dom and "
        "react-router exist, and the app's own files under @/. Correct the path or the exported name, create "
        "the missing file with its full content, or write the helper yourself. Never leave a stub."
    ),
    "type": (
        "The type check failed. Repair the cause with the smallest change: the type, the property name, the "
        "missing case. Errors in several files often have one cause, a type or an export that changed: look "
        "there first. Do not use `any`, `@ts-ignore` or non-null assertions, and do not remove features."
    ),
    "bundle": (
        "The type check or parser let the code through, but the bundler could not build it: mostly a syntax "
        "error, an import of a file that does not exist, or invalid CSS. Look at the named place and the "
        "lines before it: unclosed tags, brackets and quotes are reported late."
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
}
_DEFAULT_GUIDANCE = "The build failed. Repair the cause with the smallest change."
_SHARED = re.compile(
    r"cannot find module|no exported member|failed to resolve import|could not resolve|no default export",
    re.IGNORECASE,
)
_SECOND_TRY = (
    "The repair before this one did not succeed. Do not repeat it: read the files concerned again and look "
    "for another cause."
)


def recovery_message(
    category: str,
    diagnostics: Sequence[Diagnostic],
    attempt: int,
    of: int,
    read_file: Callable[[str], str | None],
) -> str:
    """The message of type error_recovery; `read_file` gives a file's text, None if there is none."""
    elsewhere = _merged(diagnostics)
    shown = _chosen(elsewhere)
    parts = [_GUIDANCE.get(category, _DEFAULT_GUIDANCE)]
    if attempt > 1:
        parts.append(_SECOND_TRY)
    parts += [_described(diagnostic, elsewhere[diagnostic], read_file) for diagnostic in shown]
    left = len(elsewhere) - len(shown)
    if left > 0:
        parts.append(f"… and {left} more, probably with the same causes.")
    if not shown:
        parts.append("The tools named no place. Check what you changed last.")
    parts.append("Then call finish again.")
    body = "\n".join(parts).replace("</error_recovery", "<\\/error_recovery")
    return f'<error_recovery category="{category}" attempt="{attempt}" of="{of}">\n{body}\n</error_recovery>'


def fingerprint(diagnostics: Sequence[Diagnostic]) -> str:
    """Equal for the same errors, wherever their lines have moved and however often each occurs."""
    keys = sorted({f"{d.file or ''}|{d.code or ''}|{' '.join(d.message.split())}" for d in diagnostics})
    return hashlib.sha256("\n".join(keys).encode("utf-8", errors="replace")).hexdigest()[:16]


def should_retry(category: str, attempt: int, of: int = MAX_ATTEMPTS) -> bool:
    """Whether the model gets try number `attempt` (from 1). The platform's own faults are never its task."""
    return category != "infrastructure" and 1 <= attempt <= of


def _merged(diagnostics: Iterable[Diagnostic]) -> dict[Diagnostic, list[str]]:
    """The first of those that say the same, each with the other files that have it."""
    firsts: dict[tuple[str | None, str], Diagnostic] = {}
    elsewhere: dict[Diagnostic, list[str]] = {}
    for diagnostic in diagnostics:
        first = firsts.setdefault((diagnostic.code, _general(diagnostic)), diagnostic)
        files = elsewhere.setdefault(first, [])
        if diagnostic.file is not None and diagnostic.file not in {first.file, *files}:
            files.append(diagnostic.file)
    return elsewhere


def _general(diagnostic: Diagnostic) -> str:
    """The message, kept apart by file unless it names a module or export that is at fault in all of them."""
    message = " ".join(diagnostic.message.split())
    return message if _SHARED.search(message) else f"{diagnostic.file}|{message}"


def _chosen(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """At most MAX_DIAGNOSTICS: every file's first, then every file's second …; shown file by file."""
    files: dict[str | None, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        files.setdefault(diagnostic.file, []).append(diagnostic)
    rounds = zip_longest(*files.values())
    taken = [diagnostic for one in rounds for diagnostic in one if diagnostic is not None][:MAX_DIAGNOSTICS]
    return [diagnostic for found in files.values() for diagnostic in found if diagnostic in taken]


def _described(
    diagnostic: Diagnostic, elsewhere: Sequence[str], read_file: Callable[[str], str | None]
) -> str:
    code = f"{diagnostic.code}: " if diagnostic.code else ""
    lines = [f"{_location(diagnostic)}{code}{_shortened(diagnostic.message.strip(), _MAX_MESSAGE)}"]
    if elsewhere:
        more = " and others" if len(elsewhere) > _MAX_ALSO else ""
        lines.append(f"  (the same in {', '.join(elsewhere[:_MAX_ALSO])}{more})")
    lines += _code_lines(diagnostic, read_file)
    return "\n".join(lines)


def _location(diagnostic: Diagnostic) -> str:
    if diagnostic.file is None:
        return ""
    numbers = [str(number) for number in (diagnostic.line, diagnostic.column) if number is not None]
    return ":".join([diagnostic.file, *numbers]) + (" " if numbers else ": ")


def _code_lines(diagnostic: Diagnostic, read_file: Callable[[str], str | None]) -> list[str]:
    """The line at fault with its neighbours, numbered; nothing if the file or line does not exist."""
    text = read_file(diagnostic.file) if diagnostic.file and diagnostic.line else None
    if text is None or diagnostic.line is None:
        return []
    texts = Lines.of(text).texts
    if not 1 <= diagnostic.line <= len(texts):
        return []
    first, last = max(diagnostic.line - _CONTEXT, 1), min(diagnostic.line + _CONTEXT, len(texts))
    return [f"{number:>6} | {_shortened(texts[number - 1], _MAX_LINE)}" for number in range(first, last + 1)]


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + "…"
