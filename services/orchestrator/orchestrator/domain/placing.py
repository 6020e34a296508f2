"""Pictures that become files of the app."""

from pathlib import PurePosixPath

from common.contracts.source import PUBLIC, SOURCE
from common.errors import AppError
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.arguments import GenerateImage, UseAttachment
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


MAX_MADE = 5
"""So many pictures may be made for a run."""
_ENDING = ".webp"
NOT_MADE = (
    "No pictures can be made just now, so nothing was done. Go on without: an SVG drawn by you, a colour."
)


def no_place(path: str, tree: Tree, locked: tuple[str, ...]) -> str | None:
    """Why no picture that is yet to be made could go there; None if one can."""
    if not path.lower().endswith(_ENDING):
        return f"Pictures are made as WebP, so the path has to end with {_ENDING}: none was made."
    problem = _no_path(path, locked)
    if problem is None and path not in tree:
        try:
            tree.with_file(path, FileRef.of(b""))
        except AppError as error:
            problem = error.message
    return None if problem is None else f"{problem} No picture was made."


def generate_image(
    args: GenerateImage, made: bytes | str | None, tree: Tree, locked: tuple[str, ...]
) -> ToolOutcome:
    """The outcome of the call; `made` is the picture, or why there is none."""
    problem = no_place(args.path, tree, locked)
    if problem is not None:
        return ToolOutcome(problem, is_error=True, path=args.path)
    if not isinstance(made, bytes):
        return ToolOutcome(made or NOT_MADE, is_error=True, path=args.path)
    return place_picture(args.path, made, tree, locked)


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
        problem = _no_path(path, locked)
        if problem is not None:
            return problem
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


def _no_path(path: str, locked: tuple[str, ...]) -> str | None:
    try:
        check_path(path)
        check_unlocked(path, locked)
    except AppError as error:
        return error.message
    if path.partition("/")[0] not in {PUBLIC, SOURCE}:
        return f"Pictures go below {PUBLIC}/ or {SOURCE}/: nothing was done."
    return None
