"""The type checker of an app that was checked before: it finds what a check of all files would find."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from builder.clients.sandbox.process import Sandbox
from builder.clients.sandbox.program import CHECKER
from builder.domain.evidence import End
from dev.stack.specs import node_binary
from tests.builder.sandboxes import SECONDS, contained, modules
from tests.builder.world import template_files

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME, TYPES = "src/pages/Home.tsx", "src/shared/types.ts"
BARREL = {"src/shared/index.ts": 'export * from "./types";\n'}
THING = {TYPES: "export interface Thing {\n  name: string;\n}\n"}
OTHER = {TYPES: "export interface Thing {\n  title: string;\n}\n"}
USER = {
    HOME: 'import type { Thing } from "@/shared";\nconst thing: Thing = { name: "a" };\n'
    "export function Home() {\n  return <p>{thing.name}</p>;\n}\n"
}
GLOBAL = {HOME: "export function Home() {\n  return <p>{window.shelf.length}</p>;\n}\n"}
SHELF = "interface Window {\n    shelf: string[];\n  }\n"
AUGMENTED = {"src/pages/shelf.ts": f"export {{}};\ndeclare global {{\n  {SHELF}}}\n"}
SCRIPT = {"src/shelf.ts": SHELF}
DECLARED = {"src/shelf.d.ts": SHELF}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checker() -> AsyncIterator[Sandbox]:
    sandbox = await contained().start(CHECKER, await modules())
    try:
        sandbox.warm_up(template_files())
        yield sandbox
    finally:
        await sandbox.close()


async def wrong(checker: Sandbox, *changes: dict[str, str]) -> list[str]:
    """The files with errors, "" for errors of none, of the template with these over it."""
    files = {path: text.encode() for change in changes for path, text in change.items()}
    evidence = await checker.run(
        {**template_files(), **files}, SECONDS, lambda _stream, _line: None, editable=[]
    )
    assert evidence.end is End.FINISHED, evidence
    assert evidence.report is not None
    return sorted({error.file or "" for error in evidence.report.errors})


async def test_an_error_is_found_in_files_that_did_not_change(checker: Sandbox) -> None:
    assert await wrong(checker, BARREL, THING, USER) == []
    assert await wrong(checker, BARREL, OTHER, USER) == [HOME]
    unrelated = {"src/texts/more.ts": "export const more: number = 1;\n"}
    assert await wrong(checker, BARREL, OTHER, USER, unrelated) == [HOME], "an error stays until it is gone"
    assert await wrong(checker, BARREL, THING, USER, unrelated) == []


async def test_a_file_that_comes_or_goes_counts_for_those_who_import_it(checker: Sandbox) -> None:
    assert await wrong(checker, BARREL, THING, USER) == []
    assert await wrong(checker, THING, USER) == [HOME]
    file_first = {"src/shared.ts": "export interface Thing {\n  size: number;\n}\n"}
    assert await wrong(checker, BARREL, THING, USER, file_first) == [HOME], "it is found before the folder"
    assert await wrong(checker, BARREL, THING, USER) == []


@pytest.mark.parametrize("globals_", [AUGMENTED, SCRIPT, DECLARED], ids=["augmented", "script", "declared"])
async def test_what_is_seen_from_everywhere_counts_for_all_files(
    checker: Sandbox, globals_: dict[str, str]
) -> None:
    assert await wrong(checker, GLOBAL, globals_) == []
    assert await wrong(checker, GLOBAL) == [HOME]
    assert await wrong(checker, GLOBAL, globals_) == []


async def test_a_locked_file_is_checked_when_what_it_imports_changes(checker: Sandbox) -> None:
    assert await wrong(checker, {"src/App.tsx": "export function Other() {\n  return null;\n}\n"}) != []
    assert await wrong(checker) == []


async def test_what_needs_a_type_of_no_file_counts_as_an_error_of_none(checker: Sandbox) -> None:
    disposing = {
        HOME: "export async function Home() {\n  await using nothing = null;\n  return nothing;\n}\n"
    }
    assert "" in await wrong(checker, disposing)
    assert "" in await wrong(checker, disposing, THING), "it stays until it is gone"
    assert await wrong(checker) == []


async def affected(before: dict[str, str], after: dict[str, str]) -> list[str] | None:
    """The files to be checked; None: all of them."""
    script = CHECKER.script.with_name("affected.mjs")
    code = (
        f'import {{ affected }} from "{script}"; import fs from "node:fs";\n'
        'const [before, after] = JSON.parse(fs.readFileSync(0, "utf8"));\n'
        "const files = (named) => new Map(Object.entries(named));\n"
        "console.log(JSON.stringify(affected(files(before), files(after), []) ?? null));"
    )
    pipe = asyncio.subprocess.PIPE
    node = await asyncio.create_subprocess_exec(
        node_binary(), "--input-type=module", "-e", code, stdin=pipe, stdout=pipe
    )
    output, _ = await node.communicate(json.dumps([before, after]).encode())
    checked: list[str] | None = json.loads(output)
    return checked


async def test_an_edit_of_a_page_is_a_check_of_those_that_import_it() -> None:
    before = {path: content.decode() for path, content in template_files().items() if path.startswith("src/")}
    checked = await affected(before, {**before, HOME: f"{before[HOME]}export const more = 1;\n"})
    assert checked is not None
    assert HOME in checked
    assert "src/routes.tsx" in checked
    assert len(checked) < 15 < len(before)


@pytest.mark.parametrize(
    ("line", "everything"),
    [
        ("using thing = open();", True),
        ("using thing: Thing = open();", True),
        ("for (using thing of things) use(thing);", True),
        ("for (await using thing of things) use(thing);", True),
        ("// using things like this", False),
    ],
)
async def test_what_needs_global_types_is_a_check_of_all(line: str, *, everything: bool) -> None:
    before = {HOME: "export const a = 1;\n"}
    checked = await affected(before, {HOME: f"{before[HOME]}{line}\n"})
    assert (checked is None) == everything
