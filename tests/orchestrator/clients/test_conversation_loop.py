"""Whole conversations with the simulator: each misbehaviour leads to a finished app or a clear end."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from common.contracts import Diagnostic
from orchestrator.clients.model.anthropic.client import AnthropicClient
from orchestrator.clients.model.protocol import BlockDone, ModelCut, ModelUnavailable, TurnDone
from orchestrator.domain.conversation import (
    build_messages,
    first_message,
    locked_files,
    next_step,
    nudge_text,
)
from orchestrator.domain.recovery import recovery_message
from orchestrator.domain.text import line_count
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.turns import Block, StoredTurn, ToolResult
from orchestrator.domain.workspace import Workspace
from tests.orchestrator.clients.harness import ROOT, Simulator, asking

TEMPLATE = ROOT / "services/templates/templates/content/vite-react"
LOCKED = tuple(re.findall(r'"([^"]+)"', (TEMPLATE / "template.json").read_text().partition('"locked"')[2]))
BOOKS = "A reading list with title, author, rating and a done flag, a form to add one and a statistics page"
MAX_TURNS = 40


def template_files() -> dict[str, bytes]:
    listed = (path for path in TEMPLATE.rglob("*") if path.is_file() and path.name != "template.json")
    inside = (path for path in listed if not {"node_modules", "dist"} & set(path.parts))
    return {path.relative_to(TEMPLATE).as_posix(): path.read_bytes() for path in inside}


@dataclass
class App:
    """An app's files and one conversation about them, kept in memory."""

    client: AnthropicClient
    request: str
    files: dict[str, bytes] = field(default_factory=template_files)
    turns: list[StoredTurn] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    nudges: int = 0
    end: str = ""

    def __post_init__(self) -> None:
        lines = {path: line_count(content) for path, content in self.files.items()}
        self.prefix = locked_files(lines, LOCKED)
        self.first = first_message("abcdefghjkmn", "Books", "vite-react@1.0.0", lines, self.request, LOCKED)

    async def run(self) -> "App":
        before = dict(self.files)
        self.end = "run_tools"
        while self.end not in {"finished", "answered", "give_up"}:
            blocks, stop = await self.turn()
            results = {b.payload["id"]: self.answer(b) for b in blocks if b.kind == "tool_use"}
            turn = StoredTurn(blocks, results)
            state: dict[str, Any] = {
                "turns": len(self.turns) + 1,
                "nudges": self.nudges,
                "max_turns": MAX_TURNS,
            }
            self.end = next_step(turn, stop, wrote=self.files != before, **state)
            if self.end == "nudge":
                self.nudges += 1
                turn = StoredTurn(blocks, results, nudge_text(stop))
            self.turns.append(turn)
        return self

    async def turn(self) -> tuple[list[Block], str | None]:
        """One turn; a stream that breaks leaves its whole tool calls, one without any is asked again."""
        blocks: list[Block] = []
        while True:
            request = asking("", messages=build_messages(self.first, self.turns, self.prefix))
            try:
                async for event in self.client.stream(request):
                    if isinstance(event, BlockDone):
                        blocks.append(event.block)
                    if isinstance(event, TurnDone):
                        return blocks, event.stop_reason
            except (ModelCut, ModelUnavailable):
                if any(block.kind == "tool_use" for block in blocks):
                    return blocks, None
                blocks.clear()

    def answer(self, block: Block) -> ToolResult:
        tree = Tree({path: FileRef.of(content) for path, content in self.files.items()})
        contents = {tree[path].digest: content for path, content in self.files.items()}
        [outcome] = Workspace(tree, LOCKED, contents).carry_out([block.payload])
        if outcome.is_error:
            self.errors.append(outcome.text)
        if outcome.path is not None and outcome.content is not None:
            self.files[outcome.path] = outcome.content
        if outcome.path is not None and outcome.deleted:
            del self.files[outcome.path]
        return ToolResult(outcome.text, outcome.is_error)

    def tools_used(self) -> list[str]:
        return [b.payload["name"] for turn in self.turns for b in turn.blocks if b.kind == "tool_use"]


async def test_an_app_is_built_and_then_edited_by_line_replace(client: AnthropicClient) -> None:
    app = await App(client, BOOKS).run()
    assert (app.end, app.errors, app.nudges) == ("finished", [], 0)
    written = set(app.files) - set(template_files())
    assert any("tatistic" in path for path in written)
    assert b"Statistics" in app.files["src/routes.tsx"]

    again = await App(client, "rename the heading to Old friends", dict(app.files)).run()
    assert (again.end, again.errors) == ("finished", [])
    assert "line_replace" in again.tools_used()
    assert "rewrite_file" not in again.tools_used()
    changed = [path for path in app.files if app.files[path] != again.files[path]]
    assert changed
    assert any(b"Old friends" in again.files[path] for path in changed)


MISBEHAVIOURS: dict[str, tuple[int, int]] = {
    # script: least number of refused calls, nudges
    "nonsense": (5, 1),
    "unknown-tool": (1, 0),
    "hostile-paths": (3, 0),
    "stops-once": (0, 1),
    "thinks": (0, 0),
    "max-tokens": (1, 0),
    "cut-stream": (0, 0),
    "cut-after-tool": (0, 0),
    "overloaded": (0, 0),
    "rate-limited": (0, 0),
}


@pytest.mark.parametrize(("script", "refused", "nudges"), [(k, *v) for k, v in MISBEHAVIOURS.items()])
async def test_a_model_that_misbehaves_is_brought_back_to_its_work(
    client: AnthropicClient, script: str, refused: int, nudges: int
) -> None:
    app = await App(client, f"{BOOKS} [[script:{script}]]").run()
    assert app.end == "finished"
    assert len(app.errors) >= refused
    assert app.nudges == nudges
    assert set(app.files) > set(template_files())
    for path, content in template_files().items():
        if path.startswith("src/components/ui/") or path in {"index.html", "package.json", "vite.config.ts"}:
            assert app.files[path] == content, f"{path} is locked"


async def test_a_model_that_never_finishes_is_given_up(client: AnthropicClient, simulator: Simulator) -> None:
    app = await App(client, simulator.script("idle", *[{"text": f"Sure, {n}."} for n in range(9)])).run()
    assert app.end == "give_up"
    assert len(app.turns) == 3


async def test_a_failed_build_is_repaired_in_the_same_conversation(client: AnthropicClient) -> None:
    app = await App(client, f"{BOOKS} [[script:type-error]]").run()
    broken = dict(app.files)
    last = app.turns[-1]

    found = Diagnostic(
        file="src/pages/Statistics.tsx",
        line=1,
        column=1,
        code="TS2322",
        message="Type 'string' is not assignable to type 'number'.",
    )

    app.turns[-1] = StoredTurn(last.blocks, last.results, recovery_message("type", [found], 1, 2))
    await app.run()
    assert app.end == "finished"
    assert app.files != broken


def test_the_locked_globs_were_read() -> None:
    assert "src/components/ui/**" in LOCKED
    assert Path(TEMPLATE / "index.html").is_file()
