"""Pictures that become files of the app."""

from pathlib import PurePosixPath

from common.contracts.source import PUBLIC, SOURCE
from common.errors import AppError
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.arguments import UseAttachment
from orchestrator.domain.paths import check_content, check_path, check_unlocked
from orchestrator.domain.pictures import SUFFIXES, read_picture
from orchestrator.domain.tree import FileRef, Tree


def use_attachment(
    args: UseAttachment, attached: dict[str, bytes], tree: Tree, locked: tuple[str, ...]
) -> ToolOutcome:
    """The outcome of the call; `attached` has the picture if there is one of that name."""
    content = attached.get(args.attachment)
    if content is None:
        text = f"There is no attachment {args.attachment!r}: the names are in <attachments>."
        return ToolOutcome(text, is_error=True, path=args.path)
    return place_picture(args.path, content, tree, locked)


def place_picture(path: str, content: bytes, tree: Tree, locked: tuple[str, ...]) -> ToolOutcome:
    """Makes the picture the file `path`, where no file or another picture is."""
    problem = _problem(path, content, tree, locked)
    if problem is not None:
        return ToolOutcome(problem, is_error=True, path=path)
    change = "is replaced by it" if path in tree else "is there now"
    return ToolOutcome(f"ok\n{path} {change}, {len(content):,} bytes", path=path, files={path: content})


def _problem(path: str, content: bytes, tree: Tree, locked: tuple[str, ...]) -> str | None:
    try:
        picture = read_picture(content)
        suffixes = SUFFIXES[picture.media_type]
        check_path(path)
        check_unlocked(path, locked)
        if path.partition("/")[0] not in {PUBLIC, SOURCE}:
            return f"Pictures go below {PUBLIC}/ or {SOURCE}/: nothing was done."
        if PurePosixPath(path).suffix.lower().removeprefix(".") not in suffixes:
            ending = " or ".join(f".{suffix}" for suffix in suffixes)
            return f"The picture is {picture.media_type}, so its path has to end with {ending}."
        ref = FileRef.of(content)
        if tree.get(path) == ref:
            return f"{path} is this very picture already."
        check_content(path, content)
        tree.with_file(path, ref)
    except AppError as error:
        return error.message
    return None
