"""How a build can end, and what a failed one's evidence means: whose fault it is, what to tell the author."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from builder.domain.diagnostics import MAX_MESSAGE, Findings, findings
from builder.domain.evidence import End, Evidence, ToolReport
from builder.domain.imports import packages_of
from common.contracts import Artifact, Diagnostic, ErrorCategory, FileFix

DETERMINISTIC = frozenset({ErrorCategory.TYPE, ErrorCategory.BUNDLE, ErrorCategory.DEPENDENCY})
"""Why a build fails that would fail again in the same way."""

_MAX_NAMED = 10
_RULES_OF_CODE = frozenset({"unknown-variable", "circular-import"})


@dataclass(frozen=True)
class Failure:
    """Why a build failed; `message` is for people. `problems` in `files` are all that there are."""

    category: ErrorCategory
    message: str
    diagnostics: tuple[Diagnostic, ...] = ()
    problems: int = 0
    files: int = 0
    fixes: tuple[FileFix, ...] = ()


@dataclass(frozen=True)
class Made:
    """An app was built; `warnings` are what could be better about it."""

    artifact: Artifact
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Cancelled:
    """Somebody asked for it."""

    message: str = "The build was cancelled."


Outcome = Made | Failure | Cancelled


def judge(check: Evidence, bundle: Evidence, seconds: float, source: Mapping[str, bytes]) -> Failure | None:
    """None when the build of `source` is green. Exit statuses and reports decide, never a word in a log.

    `infrastructure` comes from what was seen from outside alone: no word of a sandbox in which an app's code
    may have run makes the platform take the blame.
    """
    for tool, evidence in (("type checker", check), ("bundler", bundle)):
        if evidence.end in {End.NOT_STARTED, End.INTERRUPTED}:
            message = f"The {tool} {_ENDS_OF_THE_MACHINE[evidence.end]}{_code(evidence.exit_code)}."
            return Failure(ErrorCategory.INFRASTRUCTURE, message, _last(evidence))
    early = _early_end(check, "type checker", ErrorCategory.TYPE, seconds)
    early = early or _early_end(bundle, "bundler", ErrorCategory.BUNDLE, seconds)
    if early is not None or check.report is None or bundle.report is None:
        return early
    if check.report.ok and bundle.report.ok:
        empty = bundle.output is None or not bundle.output.files
        return Failure(ErrorCategory.BUNDLE, "The build wrote no files.") if empty else None
    return _tools_failed(check.report, bundle.report, source)


_ENDS_OF_THE_MACHINE = {
    End.NOT_STARTED: "did not start in its sandbox",
    End.INTERRUPTED: "was ended by something outside of its sandbox",
}


def _early_end(evidence: Evidence, tool: str, category: ErrorCategory, seconds: float) -> Failure | None:
    """Why there is no result of a tool, which is then the app's doing."""
    if evidence.end is End.TIMED_OUT:
        message = f"The build was stopped after {seconds:g} s; something in it does not come to an end."
        return Failure(ErrorCategory.TIMEOUT, message)
    if evidence.end is End.OUT_OF_MEMORY:
        message = "The build was stopped because it needed too much memory."
        return Failure(ErrorCategory.MEMORY, message)
    if evidence.end is End.OVERFLOWED:
        return Failure(ErrorCategory.BUNDLE, "The build put out more bytes than may be served.")
    if evidence.end is End.DIED or evidence.report is None:
        message = f"The {tool} ended before its work was done{_code(evidence.exit_code)}."
        return Failure(category, message, _last(evidence))
    if evidence.report.crash is not None:
        first = next(iter(evidence.report.crash.splitlines()), "")
        return Failure(category, f"The {tool} broke on this source: {first}")
    return None


def _code(code: int | None) -> str:
    return "" if code is None else f" (exit code {code})"


def _last(evidence: Evidence) -> tuple[Diagnostic, ...]:
    return (Diagnostic(message=evidence.last_words[-MAX_MESSAGE:]),) if evidence.last_words else ()


def _tools_failed(check: ToolReport, bundle: ToolReport, source: Mapping[str, bytes]) -> Failure:
    found = findings(check, bundle, source)
    category = _category(found, check)
    return Failure(category, _sentence(category, found, source), found.shown, found.problems, found.files)


def _category(found: Findings, check: ToolReport) -> ErrorCategory:
    if found.packages:
        return ErrorCategory.DEPENDENCY
    is_type = any(code.startswith("TS") or code in _RULES_OF_CODE for code in found.codes)
    silent = not check.ok and not check.errors
    return ErrorCategory.TYPE if is_type or silent else ErrorCategory.BUNDLE


def _sentence(category: ErrorCategory, found: Findings, source: Mapping[str, bytes]) -> str:
    if category is ErrorCategory.DEPENDENCY:
        there = packages_of(source)
        only = f" Only {_listed(there)} can be imported." if there else ""
        return f"The app imports what is not there: {', '.join(found.packages[:_MAX_NAMED])}.{only}"
    if category is ErrorCategory.TYPE:
        errors = "error" if found.problems == 1 else "errors"
        where = f" in {found.files} files" if found.files > 1 else ""
        return f"The type check found {found.problems} {errors}{where}."
    lines = (line for problem in found.shown for line in problem.message.splitlines())
    return f"The app cannot be bundled: {next(lines, 'the bundler gave no reason.')}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
