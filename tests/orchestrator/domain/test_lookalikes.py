"""create_file: what the app exports already is refused once and shown; what only resembles it is shown."""

from dataclasses import replace

import pytest

from orchestrator.domain.lookalikes import refused_before
from orchestrator.domain.turns import Block, StoredTurn, ToolResult
from orchestrator.domain.workspace import Workspace
from tests.orchestrator.domain.sources import APP, call, workspace_of

DATES = "export function formatDate(value: number): string {\n  return new Date(value).toISOString();\n}\n"


def create(content: str, path: str = "src/lib/new.ts", workspace: Workspace | None = None) -> str:
    outcome = call(workspace or workspace_of(APP), "create_file", path=path, content=content)
    assert outcome.is_error == (not outcome.text.startswith("ok "))
    assert bool(outcome.files) == (not outcome.is_error)
    return outcome.text


def test_an_exported_name_that_the_app_has_is_refused_once() -> None:
    workspace = workspace_of(APP)
    refused = create(DATES, workspace=workspace)
    assert refused.startswith("Not created yet: src/lib/new.ts would export what the app has already:\n")
    assert (
        '- formatDate in src/lib/dates.ts:4 (function): import { formatDate } from "@/lib/dates"' in refused
    )
    assert "src/lib/new.ts" not in workspace.tree
    assert create(DATES, "src/lib/other.ts", workspace).startswith("Not created yet: ")  # another file
    accepted = create(DATES, workspace=workspace)
    assert accepted.startswith("ok rev:")
    assert "formatDate in src/lib/dates.ts:4" in accepted
    assert "src/lib/new.ts" in workspace.tree


def test_the_same_call_twice_in_a_turn_insists_too() -> None:
    made = {"name": "create_file", "input": {"path": "src/lib/new.ts", "content": DATES}}
    first, second = workspace_of(APP).carry_out([made, made])
    assert (first.is_error, second.is_error) == (True, False)


def test_that_it_was_refused_is_read_from_the_stored_turns() -> None:
    workspace = workspace_of(APP)
    refused = create(DATES, workspace=workspace)
    arguments = {"path": "src/lib/new.ts", "content": DATES}
    made = Block("tool_use", {"type": "tool_use", "id": "t1", "name": "create_file", "input": arguments})
    turn = StoredTurn([made])
    assert refused_before([turn]) == set()
    stored = replace(turn, results={"t1": ToolResult(refused, is_error=True)})
    assert refused_before([stored]) == {"src/lib/new.ts"} == workspace.told
    anew = workspace_of(APP)
    anew.told = refused_before([stored])
    assert create(DATES, workspace=anew).startswith("ok rev:")
    other = replace(turn, results={"t1": ToolResult("src/lib/new.ts exists already", is_error=True)})
    assert refused_before([other]) == set()


REFUSED = {
    "a component of the library": (
        "export const Button = () => <button />;\n",
        "src/components/Button.tsx",
        'import { Button } from "@/components/ui"',
    ),
    "a type": (
        "export interface AppRoute {}\n", "src/types.ts", 'import type { AppRoute } from "@/routes"'
    ),
    "a hook": (
        "function useBooks() {}\nexport { useBooks };\n",
        "src/lib/new.ts",
        'import { useBooks } from "@/hooks/useBooks"',
    ),
    "a default export": (
        "export function Books() {}\n", "src/pages/Other.tsx", 'import Books from "@/pages/Books"'
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "path", "told"), REFUSED.values(), ids=REFUSED)
def test_the_refusal_says_how_to_import_what_is_there(content: str, path: str, told: str) -> None:
    text = create(content, path)
    assert text.startswith("Not created yet: ")
    assert told in text


ACCEPTED = {
    "local names of pages": ("function Row() {}\nexport function List() {}\n", "src/pages/List.tsx"),
    "a type and a function of one name": ("export type useBooks = 1;\n", "src/lib/new.ts"),
    "what is passed on": ('export { formatDate } from "./dates";\n', "src/lib/index.ts"),
    "what is imported and passed on": (
        'import { formatDate } from "./dates";\nexport { formatDate };\n',
        "src/lib/index.ts",
    ),
    "a constant": ("export const MAX_DAYS = 3;\n", "src/lib/new.ts"),
    "a test": ("export function formatDate() {}\n", "src/lib/dates.test.ts"),
    "props": ("export interface Props {}\n", "src/pages/List.tsx"),
    "a style": (".formatDate {}\n", "src/new.css"),
    "outside of src": ("export function formatDate() {}\n", "public/a.ts"),
}


@pytest.mark.parametrize(("content", "path"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_no_double_is_created_at_once(content: str, path: str) -> None:
    text = create(content, path, workspace_of({**APP, "src/a.tsx": "export interface Props {}\n"}))
    assert text.startswith("ok rev:")
    assert "alike" not in text


PAD = "const pad = (value: number) => String(value).padStart(2, '0');\n"
BODY = "(rows: string[]): string {\n  return rows.map((row) => row.trim().toLowerCase()).join(', ');\n}\n"
RESEMBLING = {
    "a helper that is not exported": (PAD, "pad in src/lib/dates.ts:8 (function), not exported"),
    "a helper of its own for what is exported": (
        DATES.removeprefix("export "),
        'formatDate in src/lib/dates.ts:4 (function): import { formatDate } from "@/lib/dates"',
    ),
    "another order": ("export function dateFormat() {}\n", "formatDate in src/lib/dates.ts:4"),
    "another form": ("export function formatDates() {}\n", "formatDate in src/lib/dates.ts:4"),
    "the same by another name": (f"export function joined{BODY}", "listed in src/lib/lists.ts:1"),
}


@pytest.mark.parametrize(("content", "told"), RESEMBLING.values(), ids=RESEMBLING)
def test_what_looks_alike_is_shown_with_the_answer(content: str, told: str) -> None:
    text = create(
        content, workspace=workspace_of({**APP, "src/lib/lists.ts": f"export function listed{BODY}"})
    )
    assert text.startswith("ok rev:")
    assert told in text


@pytest.mark.parametrize("content", ["export function format() {}\n", "export function listen() {}\n", "x\n"])
def test_names_that_only_have_something_in_common_are_not_shown(content: str) -> None:
    app = {**APP, "src/lib/lists.ts": "export function silent() {}\nexport function formatter() {}\n"}
    assert "alike" not in create(content, workspace=workspace_of(app))


def test_only_the_first_doubles_are_told() -> None:
    names = [f"export function helper{letter}() {{}}\n" for letter in "abcdefgh"]
    text = create("".join(names), workspace=workspace_of({"src/lib/old.ts": "".join(names)}))
    assert text.count("\n- ") == 5
    assert "… and 3 more" in text
