"""A run's files while the model works on them: what its calls find, and what they make of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from common.contracts import BuildFinished, RunMode
from common.contracts.events import TodoItem
from common.contracts.source import lock_reason
from orchestrator.domain.arguments import (
    AddDependency,
    GenerateImage,
    GetSchema,
    Look,
    RemoveDependency,
    RunCheck,
    SetTheme,
    Todo,
    UseAttachment,
)
from orchestrator.domain.checked import checked
from orchestrator.domain.edits import LoggedEdit
from orchestrator.domain.endings import objection
from orchestrator.domain.findings import Seen, seen
from orchestrator.domain.index import IndexCache
from orchestrator.domain.lookalikes import is_refusal
from orchestrator.domain.packages import unavailable
from orchestrator.domain.placing import generate_image, no_place, use_attachment
from orchestrator.domain.rename import note_edits
from orchestrator.domain.repetition import MAX_EQUAL_CALLS, REPEATED, call_key
from orchestrator.domain.theming import set_theme
from orchestrator.domain.todo import ONLY_TODO, noted
from orchestrator.domain.tools import (
    INDEXED_TOOLS,
    ToolCall,
    ToolOutcome,
    ToolRefused,
    apply_call,
    parse_call,
    paths_read,
)
from orchestrator.domain.tree import FileRef, Tree

_KEPT_BYTES = 4_000_000


@dataclass
class Workspace:
    """The tree, and the contents that were read or written last, up to 4 MB of them.

    `edits` lets edits made against an older revision be moved along, `seen` is what a browser saw of the
    app last, `verdict` how the files build as they are now, `attached` the pictures of its messages that the
    next calls name, `made` the picture that the next call has asked for, or why there is none; `paints`:
    somebody makes pictures. `database`: apps have one, and `schema` is the answer to who asks for its tables.
    `resolved` is the answer to the next call about packages.
    `base` are the files of the app, `new`: they are the bare template's. `idle`: how
    often calls were made in vain, see `idle_calls`; `told`: the files that were refused once for what the
    app has already, see `refused_before`. `unbuilt`: files have changed since a build was last asked for. No
    I/O: `missing` says what has to be added to `contents` before calls can be carried out, which may take
    long enough for a thread. `overlooked` is what the model has to see before it finishes.
    """

    tree: Tree
    locked: tuple[str, ...] = ()
    contents: dict[str, bytes] = field(default_factory=dict)
    edits: dict[str, list[LoggedEdit]] = field(default_factory=dict)
    seen: Seen | None = None
    verdict: BuildFinished | None = None
    overlooked: str | None = None
    attached: dict[str, bytes] = field(default_factory=dict)
    paints: bool = False
    database: bool = False
    schema: ToolOutcome | None = None
    made: bytes | str | None = None
    resolved: ToolOutcome | None = None
    base: Tree = field(default_factory=Tree)
    mode: RunMode = RunMode.BUILD
    new: bool = False
    idle: Counter[str] = field(default_factory=Counter)
    asked: bool = False
    unbuilt: bool = False
    told: set[str] = field(default_factory=set)
    index: IndexCache = field(default_factory=IndexCache)

    @property
    def wrote(self) -> bool:
        """Whether there is something to build: other files than the app's, of this run or of its draft."""
        return self.mode is RunMode.BUILD and self.tree != self.base

    def missing(self, calls: Iterable[Mapping[str, Any]]) -> set[str]:
        """The digests of the files that the calls are about and whose contents are not here."""
        calls = list(calls)
        paths = {path for call in calls for path in paths_read(call)}
        found = {self.tree[path].digest for path in paths if path in self.tree}
        if any(call["name"] in INDEXED_TOOLS for call in calls):
            found |= self.index.missing(self.tree)
        return found - self.contents.keys()

    def wanted_picture(self, call: Mapping[str, Any]) -> GenerateImage | None:
        """What the call wants to have made, if it can be carried out once that is there."""
        if self.idle[call_key(call)] >= MAX_EQUAL_CALLS - 1:
            return None
        parsed = self._understood(call)
        if not isinstance(parsed, ToolCall) or not isinstance(parsed.args, GenerateImage):
            return None
        return parsed.args if no_place(parsed.args.path, self.tree, self.locked) is None else None

    def wanted_packages(self, call: Mapping[str, Any]) -> AddDependency | RemoveDependency | None:
        """Which package the call is about, if it can be carried out once that is resolved."""
        if self.idle[call_key(call)] >= MAX_EQUAL_CALLS - 1:
            return None
        parsed = self._understood(call)
        args = parsed.args if isinstance(parsed, ToolCall) else None
        return args if isinstance(args, AddDependency | RemoveDependency) else None

    def carry_out(self, calls: Iterable[Mapping[str, Any]]) -> list[ToolOutcome]:
        """Does the calls one after the other; what they write is in `tree` and `contents` afterwards."""
        return [self._carry_out(call) for call in calls]

    def has_untouched(self, path: str) -> bool:
        """Whether the file is as a new app has it from its template, and may be another."""
        ref = self.base.get(path)
        return (
            self.new and ref is not None and ref == self.tree.get(path) and not lock_reason(path, self.locked)
        )

    def put(self, path: str, content: bytes) -> None:
        """Gives the file this content."""
        ref = FileRef.of(content)
        self.contents[ref.digest] = content
        self.tree = self.tree.with_file(path, ref)
        self.unbuilt = True

    def forget(self) -> None:
        """Lets the contents go that were used longest ago, until few enough bytes are left."""
        self.attached, self.made, self.resolved = {}, None, None
        kept = sum(len(content) for content in self.contents.values())
        for digest in list(self.contents):
            if kept <= _KEPT_BYTES:
                break
            kept -= len(self.contents.pop(digest))

    def _carry_out(self, call: Mapping[str, Any]) -> ToolOutcome:
        if self.idle[key := call_key(call)] == MAX_EQUAL_CALLS - 1 and key != "finish":
            self.idle[key] += 1
            return ToolOutcome(ONLY_TODO if key == "todo" else REPEATED, is_error=True, path=_path_of(call))
        outcome = self._outcome(call)
        if outcome.changes:
            self.idle.clear()
            self.unbuilt = True
        else:
            self.idle[key] += 1
        self.asked = self.asked or bool(outcome.questions)
        return outcome

    def _understood(self, call: Mapping[str, Any]) -> ToolCall | ToolOutcome:
        """The call, or the answer to one that cannot be carried out."""
        try:
            parsed = parse_call(call["name"], call["input"], paints=self.paints, database=self.database)
        except ToolRefused as refusal:
            return ToolOutcome(str(refusal), is_error=True)
        against = objection(parsed.name, mode=self.mode, new=self.new, wrote=self.wrote, asked=self.asked)
        if against is not None:
            return ToolOutcome(against, is_error=True, path=parsed.path)
        if parsed.name == "finish" and self.overlooked is not None:
            return ToolOutcome(self.overlooked, is_error=True)
        return parsed

    def _outcome(self, call: Mapping[str, Any]) -> ToolOutcome:
        parsed = self._understood(call)
        if isinstance(parsed, ToolOutcome):
            return parsed
        if isinstance(parsed.args, Look):
            return seen(self.seen, parsed.args.route)
        if isinstance(parsed.args, RunCheck):
            return checked(self.verdict)
        if isinstance(parsed.args, GetSchema) and self.schema is not None:
            return self.schema
        if isinstance(parsed.args, Todo):
            return noted([TodoItem(**step.model_dump()) for step in parsed.args.items])
        outcome = self._applied(parsed, call)
        note_edits(self.edits, call, outcome.edits)
        for path, content in outcome.files.items():
            if content is None:
                self.tree = self.tree.without(path)
                continue
            self.put(path, content)
        if is_refusal(outcome.text) and parsed.path:
            self.told.add(parsed.path)
        return outcome

    def _applied(self, parsed: ToolCall, call: Mapping[str, Any]) -> ToolOutcome:
        if isinstance(parsed.args, UseAttachment):
            return use_attachment(parsed.args, self.attached, self.tree, self.locked)
        if isinstance(parsed.args, GenerateImage):
            return generate_image(parsed.args, self.made, self.tree, self.locked)
        if isinstance(parsed.args, AddDependency | RemoveDependency):
            return self.resolved or unavailable()
        known = self.tree.get(parsed.path) if parsed.path else None
        current = self._use(known.digest) if known else None
        if isinstance(parsed.args, SetTheme):
            return set_theme(parsed.args, current, self.locked)
        log = self.edits.get(parsed.path or "", [])
        beside = paths_read(call) & self.tree.keys()
        others = {path: self._use(self.tree[path].digest) for path in beside}
        index = self.index.of(self.tree, self.contents) if parsed.name in INDEXED_TOOLS else None
        return apply_call(
            parsed, current=current, tree=self.tree, locked=self.locked, edit_log=log, others=others,
            index=index, insists=parsed.path in self.told,
        )  # fmt: skip

    def _use(self, digest: str) -> bytes:
        content = self.contents.pop(digest)
        self.contents[digest] = content
        return content


def _path_of(call: Mapping[str, Any]) -> str | None:
    path = call["input"].get("path")
    return path if isinstance(path, str) else None
