"""How a build can end, and what a failed one's evidence means: whose fault it is, what to tell the author."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from builder.domain.evidence import End, Evidence, ToolReport
from common.contracts import Artifact, Diagnostic, ErrorCategory

MAX_DIAGNOSTICS = 50
MAX_MESSAGE = 2000

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FRAME_LOCATION = re.compile(r"\[ (\S[^\n\[\]]*?):(\d+):(\d+) \]")
_PREFIX = re.compile(r"^\[[\w:.@/-]+\]:? +")
_UNRESOLVED = (
    re.compile(r"failed to resolve import \"([^\"]+)\" from \"([^\"]+)\"", re.IGNORECASE),
    re.compile(r"Cannot find module '([^']+)' or its corresponding type declarations"),
    re.compile(r"(?:Can't|Could not) resolve '([^']+)' in "),
)
_PACKAGE = re.compile(r"^(?:@[a-z0-9~][\w.~-]*/)?[a-z0-9~][\w.~-]*(?:/.*)?$")


@dataclass(frozen=True)
class Failure:
    """Why a build failed; `message` is one sentence for people."""

    category: ErrorCategory
    message: str
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Cancelled:
    """Somebody asked for it."""


Outcome = Artifact | Failure | Cancelled


def judge(evidence: Evidence, seconds: float) -> Failure | None:
    """None when the build is green. Exit statuses and the tools' reports decide, never a word in a log."""
    ended_early = _early_end(evidence, seconds)
    if ended_early is not None:
        return ended_early
    check, bundle = evidence.check, evidence.bundle
    if check is None or bundle is None:
        return Failure(ErrorCategory.INFRASTRUCTURE, "The build ended without a result.")
    if check.crash is not None:
        first = check.crash.splitlines()[0]
        return Failure(ErrorCategory.INFRASTRUCTURE, f"The type checker itself broke: {first}")
    if check.ok and bundle.ok:
        return None if evidence.output else Failure(ErrorCategory.BUNDLE, "The build wrote no files.")
    return _tools_failed(check, bundle)


def _early_end(evidence: Evidence, seconds: float) -> Failure | None:
    code = evidence.exit_code
    ends = {
        End.TIMED_OUT: Failure(
            ErrorCategory.TIMEOUT,
            f"The build was stopped after {seconds:g} s; something in it does not come to an end.",
        ),
        End.OUT_OF_MEMORY: Failure(
            ErrorCategory.MEMORY, "The build was stopped because it needed too much memory."
        ),
        End.OVERFLOWED: Failure(ErrorCategory.BUNDLE, "The build put out more bytes than may be served."),
        End.DIED: Failure(
            ErrorCategory.BUNDLE,
            f"The build's process ended before its work was done{_code(code)}.",
            _last(evidence),
        ),
        End.NOT_STARTED: Failure(
            ErrorCategory.INFRASTRUCTURE, f"The sandbox did not start{_code(code)}.", _last(evidence)
        ),
    }
    return ends.get(evidence.end)


def _code(code: int | None) -> str:
    return "" if code is None else f" (exit code {code})"


def _last(evidence: Evidence) -> tuple[Diagnostic, ...]:
    return (Diagnostic(message=evidence.last_words[-MAX_MESSAGE:]),) if evidence.last_words else ()


def _tools_failed(check: ToolReport, bundle: ToolReport) -> Failure:
    types = [_refined(error) for error in check.errors]
    bundles = [_refined(error) for error in bundle.errors]
    packages = sorted({name for problem in (*types, *bundles) if (name := _missing_package(problem.message))})
    problems = (*types, *(problem for problem in bundles if not _known(problem, types)))[:MAX_DIAGNOSTICS]
    if packages:
        names = ", ".join(packages)
        return Failure(
            ErrorCategory.DEPENDENCY, f"The app imports packages that are not installed: {names}.", problems
        )
    if not check.ok:
        count = max(check.count, 1)
        errors = "error" if count == 1 else "errors"
        return Failure(ErrorCategory.TYPE, f"The type check found {count} {errors}.", problems)
    reason = next(
        (line for problem in bundles for line in problem.message.splitlines()), "it gave no reason."
    )
    return Failure(ErrorCategory.BUNDLE, f"The bundler failed: {reason}", problems)


def _refined(found: Diagnostic) -> Diagnostic:
    """The diagnostic without the tool's decoration, at the location its text names if it names one."""
    text = _ANSI.sub("", found.message)
    location = _FRAME_LOCATION.search(text)
    file, line, column = found.file, found.line, found.column
    if location is not None:
        file, line, column = location[1], int(location[2]), int(location[3])
    unresolved = _UNRESOLVED[0].search(text)
    if file is None and unresolved is not None:
        file = unresolved[2]
    message = _PREFIX.sub("", text.partition("\n   ╭")[0]).strip() or text
    return Diagnostic(
        message=message[:MAX_MESSAGE], file=_relative(file), line=line, column=column, code=found.code
    )


def _relative(file: str | None) -> str | None:
    if file is None:
        return None
    return file.partition("?")[0]


def _missing_package(message: str) -> str | None:
    """The name of the package that an unresolved import means; None when it means a file of the app."""
    for pattern in _UNRESOLVED:
        found = pattern.search(message)
        if found is not None and _PACKAGE.match(found[1]):
            parts = found[1].split("/")
            return "/".join(parts[: 2 if parts[0].startswith("@") else 1])
    return None


def _known(problem: Diagnostic, types: Iterable[Diagnostic]) -> bool:
    """Whether the type checker has reported the same, and more exactly."""
    package = _missing_package(problem.message)
    return any(
        (problem.line is not None and (problem.file, problem.line) == (other.file, other.line))
        or (package is not None and package == _missing_package(other.message))
        for other in types
    )
