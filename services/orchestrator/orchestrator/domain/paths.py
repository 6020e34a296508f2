"""Paths of an app's files, and the files it may not change, as errors for callers."""

from collections.abc import Iterable

from common.contracts.source import MAX_PATH, lock_reason, source_path_problem
from orchestrator.errors import FileLocked, InvalidPath


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
