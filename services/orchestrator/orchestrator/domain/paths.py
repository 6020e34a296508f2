"""What an app's files may be called and hold, and which it may not change, as errors for callers."""

from collections.abc import Iterable, Mapping, Sequence

from common.contracts.content import file_problems, source_problems
from common.contracts.source import MAX_PATH, Problem, lock_reason, source_path_problem
from common.contracts.templates import TemplateRelease
from orchestrator.errors import FileLocked, FileNotAllowed, InvalidPath


def check_path(path: str) -> str:
    """The path unchanged, or InvalidPath saying what is wrong with it."""
    problem = source_path_problem(path)
    if problem is not None:
        shown = path if len(path) <= MAX_PATH else path[:MAX_PATH] + "…"
        raise InvalidPath(
            f"{shown!r} cannot be a file's path: {problem}. Use a relative path such as src/pages/Home.tsx.",
            path=ascii(shown)[1:-1],
        )
    return path


def check_unlocked(path: str, locked: Iterable[str]) -> None:
    """Raises FileLocked when the file is the platform's; `locked` are the template's globs."""
    reason = lock_reason(path, locked)
    if reason is not None:
        raise FileLocked(
            f"{path} is locked: {reason}. It belongs to the platform and cannot be changed, created or "
            "deleted. Reach the goal in other files under src/.",
            path=path,
        )


def check_content(path: str, content: bytes) -> None:
    """Raises FileNotAllowed when no app can have such a file; takes time in proportion to its size."""
    _raise_first(file_problems(path, content))


def check_source(files: Mapping[str, bytes], template: TemplateRelease) -> None:
    """Raises FileNotAllowed when one of the files keeps them from being an app of the template."""
    _raise_first(source_problems(files, template))


def _raise_first(problems: Sequence[Problem]) -> None:
    for problem in problems:
        context = {name: value for name in ("path", "line") if (value := getattr(problem, name)) is not None}
        what = f"line {problem.line} of {problem.path}" if problem.line else problem.path
        raise FileNotAllowed(f"An app cannot have {what}: {problem.message}.", **context)
