"""An app's source as it comes out of the object store, and the platform's files laid over it."""

import hashlib
from collections.abc import Mapping, Sequence

from builder.errors import SourceInvalid
from common.contracts import DATABASE_TYPES, BrokenArchive, Diagnostic, unpack_files
from common.contracts.content import MAX_PROBLEMS, source_problems
from common.contracts.source import Problem, lock_reason, tree_problem
from common.contracts.templates import TemplateRelease


class SourceRefused(Exception):
    """What the app's author wrote cannot be built; `str()` is one sentence for them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = f" There are {len(problems) - 1} more such problems." if len(problems) > 1 else ""
        super().__init__(f"The app's source cannot be built: {problems[0]}.{more}")
        told = problems[:MAX_PROBLEMS]
        self.lines = [str(problem) for problem in told]
        self.diagnostics = tuple(
            Diagnostic(message=f"{found.message}.", file=found.path, line=found.line) for found in told
        )


def read_source(data: bytes, digest: str) -> dict[str, bytes]:
    """The files of a source tar.

    Raises SourceInvalid for what nobody could have written as an app's files, SourceRefused for what a source
    may not hold.
    """
    if hashlib.sha256(data).hexdigest() != digest:
        raise SourceInvalid(f"The stored source {digest} has other content than its digest says.")
    try:
        files = unpack_files(data)
    except BrokenArchive as error:
        raise SourceInvalid(f"The source {digest} cannot be used: {error}.") from error
    if not files:
        raise SourceInvalid(f"The source {digest} holds no files.")
    _check_tree(files)
    return files


def lay_over(
    source: Mapping[str, bytes], template: TemplateRelease, packages: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """The app's files with the platform's over them: the platform always wins.

    The types of the app's tables are made from its migrations before it is built. `packages`: the package
    files that the builder has made for the app.

    Raises SourceRefused for files of the platform's that the template does not have, and for what would run
    while the app is built: left out here, the app would not be the one that was written.
    """
    problems = source_problems(source, template)
    if problems:
        raise SourceRefused(problems)
    platform = {
        path: content
        for path, content in template.files.items()
        if lock_reason(path, template.locked) and not (path == DATABASE_TYPES and path in source)
    }
    merged = {**source, **platform, **(packages or {})}
    _check_tree(merged)
    return dict(sorted(merged.items()))


def _check_tree(files: Mapping[str, bytes]) -> None:
    problem = tree_problem({path: len(content) for path, content in files.items()})
    if problem is not None:
        raise SourceRefused([problem])
