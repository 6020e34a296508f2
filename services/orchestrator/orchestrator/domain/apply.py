"""What a tool call does to a file, and what the model is told about it."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from common.contracts import Thumbnail
from common.contracts.events import Question, TodoItem
from common.errors import AppError
from orchestrator.domain.arguments import (
    Arguments,
    Ask,
    CreateFile,
    DeleteFile,
    Finish,
    LineReplace,
    ReadFile,
    ReadFiles,
    RenameFile,
    RewriteFile,
    Search,
)
from orchestrator.domain.edits import EditRefused, LoggedEdit, Region, apply_edits, spoken
from orchestrator.domain.index import AppIndex
from orchestrator.domain.lines import Lines, numbered
from orchestrator.domain.lookalikes import refusal, resembling
from orchestrator.domain.paths import check_content, check_path, check_unlocked
from orchestrator.domain.placeholders import find_placeholder
from orchestrator.domain.rename import RenameRefused, Renaming, renamed
from orchestrator.domain.search import DEFAULT_LIMIT, search
from orchestrator.domain.syntax import fault_of
from orchestrator.domain.text import decode_text, expects_text, revision
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.errors import BinaryContent

MAX_READ_LINES = 2_000
MAX_READ_CHARS = 100_000
MAX_SHOWN_LINES = 40
FAULT_CONTEXT = 3
_MARGIN = 2
_MAX_MOVED = 20
_FINISHED = "ok (should another call of this turn have failed: repair that, then call finish again)"


class Refusal(Exception):
    """The call cannot be done; the message is the answer for the model."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What the model is told, and what becomes of files.

    `files` has new contents by path, None for a file that goes; `finish` sets `summary`, `title` and
    `decisions`, `ask` sets `questions`, `todo` the list; `edits` is what a caller may keep by path to move
    later edits along, `picture` what the model is shown.
    """

    text: str
    is_error: bool = False
    path: str | None = None
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    summary: str | None = None
    title: str = ""
    decisions: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    edits: Mapping[str, LoggedEdit] = field(default_factory=dict)
    picture: Thumbnail | None = None
    todo: tuple[TodoItem, ...] | None = None

    @property
    def changes(self) -> bool:
        """Whether a file is another afterwards, or gone."""
        return bool(self.files)

    @property
    def content(self) -> bytes | None:
        """What the file that the call is about has become."""
        return self.files.get(self.path or "")

    @property
    def deleted(self) -> bool:
        """Whether the file that the call is about is gone."""
        return self.path in self.files and self.content is None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a call finds; see `tools.apply_call`."""

    current: bytes | None
    tree: Tree
    locked: tuple[str, ...]
    log: Sequence[LoggedEdit]
    others: Mapping[str, bytes]
    index: AppIndex
    insists: bool


def apply_arguments(args: Arguments, scene: Scene) -> ToolOutcome:
    """The outcome of a call; every mistake of the model is an outcome too."""
    path = getattr(args, "path", None)
    try:
        if path is not None:
            check_path(path)
        outcome = _TOOLS[type(args)](args, scene)
    except (Refusal, EditRefused, RenameRefused) as refused:
        return ToolOutcome(str(refused), is_error=True, path=path)
    except AppError as error:
        return ToolOutcome(error.message, is_error=True, path=path)
    return replace(outcome, path=path)


def _end(args: Finish | Ask, _scene: Scene) -> ToolOutcome:
    if isinstance(args, Finish):
        summary = args.summary.strip() or "Done."
        return ToolOutcome(_FINISHED, summary=summary, title=args.title, decisions=args.decisions)
    asked = tuple(Question(text=one.question, choices=one.choices) for one in args.questions)
    return ToolOutcome("ok", questions=asked)


def _create(args: CreateFile, scene: Scene) -> ToolOutcome:
    check_unlocked(args.path, scene.locked)
    if scene.current is not None:
        raise Refusal(
            f"{args.path} exists already (rev:{revision(scene.current)}), nothing was changed. "
            "Read it, then change it with line_replace, or with rewrite_file if it is short."
        )
    content = _new_content(args.path, args.content, before=None)
    _check_file(args.path, content, scene)
    _check_whole(args.path, args.content, None)
    if not scene.insists and (duplicate := refusal(args.path, content, scene.index)) is not None:
        raise Refusal(duplicate)
    text = f"ok rev:{revision(content)}\n{args.path} has {len(Lines.of(args.content))} lines"
    return ToolOutcome(text + resembling(args.path, content, scene.index), files={args.path: content})


def _read(args: ReadFile, scene: Scene) -> ToolOutcome:
    current = _existing(args.path, scene)
    texts = Lines.of(_text_of(args.path, current)).texts
    head = f"rev:{revision(current)}"
    if not texts:
        return ToolOutcome(f"{head}\n(the file is empty)")
    first, last = args.start or 1, min(args.end or len(texts), len(texts))
    if first > len(texts) or last < first:
        raise Refusal(
            f"{args.path} has {len(texts)} lines: there is nothing from {first} to {args.end or last}."
        )
    last = min(last, first + MAX_READ_LINES - 1)
    shown = numbered(texts, first, last)
    if len(shown) > MAX_READ_CHARS:
        shown = shown[:MAX_READ_CHARS].rpartition("\n")[0] or shown[:MAX_READ_CHARS]
        last = first + shown.count("\n")
    if last < min(args.end or len(texts), len(texts)):
        shown += f"\n… {len(texts)} lines in all: go on with start={last + 1}"
    return ToolOutcome(f"{head}\n{shown}")


def _read_files(args: ReadFiles, scene: Scene) -> ToolOutcome:
    """The files one after the other, as far as MAX_READ_CHARS goes; what is wrong with one is told there."""
    parts: list[str] = []
    room, shown = MAX_READ_CHARS, 0
    for one in args.files:
        try:
            check_path(one.path)
            text = _read(one, replace(scene, current=scene.others.get(one.path))).text
        except Refusal as refusal:
            text = str(refusal)
        except AppError as error:
            text = error.message
        else:
            shown += 1
        if parts and len(text) > room:
            text = "not shown, as this answer is full: read it in another call"
        room -= len(text)
        parts.append(f"== {one.path} {text}")
    return ToolOutcome("\n".join(parts), is_error=not shown)


def _line_replace(args: LineReplace, scene: Scene) -> ToolOutcome:
    current = _existing(args.path, scene)
    check_unlocked(args.path, scene.locked)
    text = _text_of(args.path, current)
    result = apply_edits(text, args.rev, [edit.as_edit() for edit in args.edits], scene.log)
    content = _encoded(args.path, result.text)
    _check_file(args.path, content, scene)
    _check_whole(args.path, result.text, text)
    moved = ", ".join(f"{spoken(named)} → {spoken(found)}" for named, found in result.moved)
    note = f"\nApplied to the lines where the anchors stand: {moved}" if moved else ""
    return ToolOutcome(
        f"ok rev:{result.rev}{note}\n{_changed(result.text, result.regions)}",
        files={args.path: content},
        edits={args.path: LoggedEdit(revision(current), result.rev, result.regions)},
    )


def _rewrite(args: RewriteFile, scene: Scene) -> ToolOutcome:
    current = _existing(args.path, scene)
    check_unlocked(args.path, scene.locked)
    before = _text_of(args.path, current)
    if args.rev != revision(current):
        raise Refusal(
            f"The file has changed since you read it: its revision is now rev:{revision(current)}, not "
            f"rev:{args.rev}. Nothing was changed. Read it again, then repeat the call with its present "
            "content in mind."
        )
    content = _new_content(args.path, args.content, before=before)
    if content == current:
        raise Refusal(f"The content equals what {args.path} already has: there is nothing to rewrite.")
    _check_file(args.path, content, scene)
    _check_whole(args.path, args.content, before)
    old, new = len(Lines.of(before)), len(Lines.of(args.content))
    return ToolOutcome(
        f"ok rev:{revision(content)}\n{args.path} has {new} lines (it had {old})",
        files={args.path: content},
        edits={args.path: LoggedEdit(revision(current), revision(content), (Region(1, old, 1, new),))},
    )


def _delete(args: DeleteFile, scene: Scene) -> ToolOutcome:
    _existing(args.path, scene)
    check_unlocked(args.path, scene.locked)
    return ToolOutcome(f"ok\n{args.path} is deleted. Remove what imports it.", files={args.path: None})


def _search(args: Search, scene: Scene) -> ToolOutcome:
    return ToolOutcome(search(scene.index, args.query, args.kind, args.limit or DEFAULT_LIMIT))


def _rename(args: RenameFile, scene: Scene) -> ToolOutcome:
    content = _existing(args.source, scene)
    check_path(args.target)
    for path in (args.source, args.target):
        check_unlocked(path, scene.locked)
    if args.target in scene.tree:
        raise Refusal(
            f"{args.target} exists already, so {args.source} stays where it is. Choose another name, or "
            "delete that file first if it is not needed any more."
        )
    tree = scene.tree.without(args.source).with_file(args.target, FileRef.of(content))
    done = renamed(
        args.source, args.target, content,
        index=scene.index, paths=frozenset(scene.tree), locked=scene.locked,
    )  # fmt: skip
    for path, changed in done.files.items():
        if changed is not None:
            check_content(path, changed)
            tree = tree.with_file(path, FileRef.of(changed))
    return ToolOutcome(_moved(args, done), files=done.files, edits=done.edits)


def _moved(args: RenameFile, done: Renaming) -> str:
    """What is told of a move: the lines that are others now, so that no file has to be read again."""
    parts = [f"ok rev:{done.edits[args.target].rev_after}\n{args.source} is now {args.target}."]
    for path, numbers in list(done.lines.items())[:_MAX_MOVED]:
        texts = Lines.of(str(done.files[path] or b"", "utf-8", "replace")).texts
        shown = "\n".join(numbered(texts, number, number) for number in numbers[:_MAX_MOVED])
        parts.append(f"== {path} rev:{done.edits[path].rev_after}\n{shown}")
    if len(done.lines) > _MAX_MOVED:
        parts.append(f"… and the imports in {len(done.lines) - _MAX_MOVED} more files")
    return "\n".join([*parts, *done.notes])


def _existing(path: str, scene: Scene) -> bytes:
    if scene.current is not None:
        return scene.current
    near = difflib.get_close_matches(path, list(scene.tree), n=3, cutoff=0.6)
    hint = f" Did you mean {' or '.join(near)}?" if near else " See the list of files in the first message."
    raise Refusal(f"There is no file {path}.{hint}")


def _check_file(path: str, content: bytes, scene: Scene) -> None:
    check_content(path, content)
    scene.tree.with_file(path, FileRef.of(content))


def _check_whole(path: str, text: str, before: str | None) -> None:
    """Raises Refusal for a text that breaks off or has a bracket too many, unless the file was so before."""
    fault = fault_of(path, text)
    if fault is None or (before is not None and fault_of(path, before) is not None):
        return
    texts = Lines.of(text).texts
    shown = numbered(texts, fault.line - FAULT_CONTEXT, fault.line + FAULT_CONTEXT)
    raise Refusal(
        f"{path} would not be whole: line {fault.line}: {fault.problem}. Nothing was changed; the text may "
        f"have been cut off, or an edit's span be too long or too short. It would have read:\n{shown}"
    )


def _text_of(path: str, content: bytes) -> str:
    try:
        return decode_text(content)
    except BinaryContent:
        raise Refusal(
            f"{path} is a binary file of {len(content):,} bytes: it can only be deleted or used."
        ) from None


def _new_content(path: str, text: str, *, before: str | None) -> bytes:
    if not expects_text(path):
        raise Refusal(
            f"{path} would be a binary file by its name: only text files can be written, such as .svg."
        )
    texts = Lines.of(text).texts
    placeholder = find_placeholder(texts, known=Lines.of(before or "").texts)
    if placeholder is not None:
        raise Refusal(
            f"`content` has the placeholder {placeholder.strip()!r} instead of code. Write the whole file, "
            "or change only what differs with line_replace."
        )
    return _encoded(path, text)


def _encoded(path: str, text: str) -> bytes:
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal(
            f"The text for {path} has half of a surrogate pair: write the character itself."
        ) from None
    if b"\0" in content:
        raise Refusal(f"The text for {path} has a NUL character, which no source file may have.")
    return content


def _changed(text: str, regions: Sequence[Region]) -> str:
    """The changed regions with a little margin, so that the next edit needs no reading."""
    texts = Lines.of(text).texts
    spans: list[tuple[int, int]] = []
    for region in regions:
        first = max(region.new_first - _MARGIN, 1)
        last = min(region.new_first + region.new_count - 1 + _MARGIN, len(texts))
        if spans and first <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return "\n…\n".join(_abridged(texts, first, last) for first, last in spans) or "(the file is empty now)"


def _abridged(texts: Sequence[str], first: int, last: int) -> str:
    if last - first + 1 <= MAX_SHOWN_LINES:
        return numbered(texts, first, last)
    half = MAX_SHOWN_LINES // 2
    return f"{numbered(texts, first, first + half - 1)}\n…\n{numbered(texts, last - half + 1, last)}"


_TOOLS: Mapping[type[Arguments], Callable[[Any, Scene], ToolOutcome]] = {
    CreateFile: _create,
    ReadFile: _read,
    ReadFiles: _read_files,
    LineReplace: _line_replace,
    RewriteFile: _rewrite,
    DeleteFile: _delete,
    RenameFile: _rename,
    Search: _search,
    Finish: _end,
    Ask: _end,
}
