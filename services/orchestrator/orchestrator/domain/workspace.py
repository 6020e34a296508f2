"""A run's files while the model works on them: what its calls find, and what they make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.domain.edits import LoggedEdit
from orchestrator.domain.tools import ToolOutcome, ToolRefused, apply_call, parse_call
from orchestrator.domain.tree import FileRef, Tree

_KEPT_BYTES = 4_000_000


@dataclass
class Workspace:
    """The tree, and the contents that were read or written last, up to 4 MB of them.

    `edits` lets edits made against an older revision be moved along. No I/O: `missing` says what has to be
    added to `contents` before calls can be carried out, which may take long enough for a thread.
    """

    tree: Tree
    locked: tuple[str, ...] = ()
    contents: dict[str, bytes] = field(default_factory=dict)
    edits: dict[str, list[LoggedEdit]] = field(default_factory=dict)

    def missing(self, calls: Iterable[Mapping[str, Any]]) -> set[str]:
        """The digests of the files that the calls are about and whose contents are not here."""
        paths = [path for call in calls if isinstance(path := call["input"].get("path"), str)]
        found = {self.tree[path].digest for path in paths if path in self.tree}
        return found - self.contents.keys()

    def carry_out(self, calls: Iterable[Mapping[str, Any]]) -> list[ToolOutcome]:
        """Does the calls one after the other; what they write is in `tree` and `contents` afterwards."""
        return [self._carry_out(call) for call in calls]

    def forget(self) -> None:
        """Lets the contents go that were used longest ago, until few enough bytes are left."""
        kept = sum(len(content) for content in self.contents.values())
        for digest in list(self.contents):
            if kept <= _KEPT_BYTES:
                break
            kept -= len(self.contents.pop(digest))

    def _carry_out(self, call: Mapping[str, Any]) -> ToolOutcome:
        try:
            parsed = parse_call(call["name"], call["input"])
        except ToolRefused as refusal:
            return ToolOutcome(str(refusal), is_error=True)
        known = self.tree.get(parsed.path) if parsed.path else None
        current = self._use(known.digest) if known else None
        log = self.edits.setdefault(parsed.path or "", [])
        outcome = apply_call(parsed, current=current, tree=self.tree, locked=self.locked, edit_log=log)
        if outcome.edit is not None:
            log.append(outcome.edit)
        if outcome.path is not None and outcome.content is not None:
            ref = FileRef.of(outcome.content)
            self.contents[ref.digest] = outcome.content
            self.tree = self.tree.with_file(outcome.path, ref)
        elif outcome.path is not None and outcome.deleted:
            self.tree = self.tree.without(outcome.path)
        return outcome

    def _use(self, digest: str) -> bytes:
        content = self.contents.pop(digest)
        self.contents[digest] = content
        return content
