"""An app's source as it comes out of the object store, and the platform's files laid over it."""

import hashlib
from collections.abc import Mapping

from builder.errors import SourceInvalid
from common.contracts import BrokenArchive, unpack_files
from common.contracts.source import lock_reason, tree_problem
from common.contracts.templates import TemplateRelease


def read_source(data: bytes, digest: str) -> dict[str, bytes]:
    """The files of a source tar; raises SourceInvalid on what no source may hold."""
    if hashlib.sha256(data).hexdigest() != digest:
        raise SourceInvalid(f"The stored source {digest} has other content than its digest says.")
    try:
        files = unpack_files(data)
    except BrokenArchive as error:
        raise SourceInvalid(f"The source {digest} cannot be used: {error}.") from error
    if not files:
        raise SourceInvalid(f"The source {digest} holds no files.")
    _check(files, f"source {digest}")
    return files


def lay_over(source: Mapping[str, bytes], template: TemplateRelease) -> dict[str, bytes]:
    """The app's files with the platform's over them: the platform always wins.

    Raises SourceInvalid for files of the platform's that the template does not have: whoever writes an app's
    files refuses them, and left out here, the app would not be the one that was written.
    """
    platform = {path: content for path, content in template.files.items() if _is_locked(path, template)}
    strange = sorted(path for path in source if path not in platform and _is_locked(path, template))
    if strange:
        raise SourceInvalid(
            f"The source holds files that only the template could bring: {', '.join(strange[:5])}.",
            path=strange[0],
        )
    merged = {**source, **platform}
    _check(merged, "source with the template's files")
    return dict(sorted(merged.items()))


def _is_locked(path: str, template: TemplateRelease) -> bool:
    return lock_reason(path, template.locked) is not None


def _check(files: Mapping[str, bytes], what: str) -> None:
    problem = tree_problem({path: len(content) for path, content in files.items()})
    if problem is not None:
        raise SourceInvalid(f"The {what} cannot be used: {problem}.")
