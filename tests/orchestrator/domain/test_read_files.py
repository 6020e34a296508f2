"""read_files: several files in one answer, within a budget."""

import json
from typing import Any

import pytest

from orchestrator.domain.text import revision
from orchestrator.domain.tools import ToolOutcome, apply_call, parse_call
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.workspace import Workspace

HOME = b"export function Home() {\n  return <h1>Ready</h1>;\n}\n"
STYLE = b"a {}\n"
FILES = {"src/pages/Home.tsx": HOME, "src/a.css": STYLE}
REV = revision(HOME)


def read(wanted: list[dict[str, Any]], files: dict[str, bytes] | None = None) -> ToolOutcome:
    known = FILES if files is None else files
    tree = Tree({path: FileRef.of(content) for path, content in known.items()})
    call = parse_call("read_files", {"files": wanted})
    return apply_call(call, current=None, tree=tree, locked=(), others=known)


def test_read_files_shows_several_files_and_says_what_is_wrong_with_one() -> None:
    wanted: list[dict[str, Any]] = [
        {"path": "src/pages/Home.tsx", "start": 2, "end": 2},
        {"path": "src/x.ts"},
        {"path": "src/a.css"},
    ]
    outcome = read(wanted)
    assert not outcome.is_error
    assert outcome.text == (
        f"== src/pages/Home.tsx rev:{REV}\n2|   return <h1>Ready</h1>;\n"
        "== src/x.ts There is no file src/x.ts. Did you mean src/a.css?\n"
        f"== src/a.css rev:{revision(STYLE)}\n1| a {{}}"
    )
    assert read([{"path": "src/x.ts"}, {"path": "../a"}]).is_error


def test_read_files_leaves_out_what_does_not_fit_and_goes_on_with_what_does() -> None:
    large = (b"x" * 99 + b"\n") * 700
    files = {"src/a.ts": large, "src/b.ts": large, "src/c.ts": b"export {};\n"}
    text = read([{"path": path} for path in files], files).text
    assert "== src/b.ts not shown, as this answer is full: read it in another call\n== src/c.ts rev:" in text
    assert len(text) < 101_000


@pytest.mark.parametrize("as_text", [False, True])
def test_a_workspace_asks_for_all_files_that_calls_read(as_text: bool) -> None:
    refs = {path: FileRef.of(content) for path, content in FILES.items()}
    workspace = Workspace(Tree(refs))
    wanted: Any = [{"path": "src/a.css"}, {"path": "src/pages/Home.tsx"}, {"path": "src/none.ts"}]
    calls = [{"name": "read_files", "input": {"files": json.dumps(wanted) if as_text else wanted}}]
    digests = workspace.missing(calls)
    assert digests == {refs["src/a.css"].digest, refs["src/pages/Home.tsx"].digest}
    workspace.contents.update(
        {ref.digest: FILES[path] for path, ref in refs.items() if ref.digest in digests}
    )
    (outcome,) = workspace.carry_out(calls)
    assert "1| a {}" in outcome.text
    assert "Ready" in outcome.text
    mistakes: list[Any] = [3, [3], [{"path": 4}], "[", {}]
    wrong = [{"name": "read_files", "input": {"files": files}} for files in mistakes]
    assert workspace.missing(wrong) == set()
    assert all(outcome.is_error for outcome in workspace.carry_out(wrong))
