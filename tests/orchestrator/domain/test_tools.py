"""The model's tools: what calls do, and that mistakes come back as advice, never as exceptions."""

import json
import re
from typing import Any

import pytest

from common.contracts.source import MAX_FILE_BYTES, MAX_FILES
from orchestrator.domain.text import revision
from orchestrator.domain.tools import (
    TOOL_SCHEMAS,
    WRITING_TOOLS,
    ToolOutcome,
    ToolRefused,
    apply_call,
    parse_call,
    tool_schemas,
)
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.turns import INVALID_JSON

HOME = b"export function Home() {\n  return <h1>Ready</h1>;\n}\n"
STYLE = b"a {}\n"
LOCKED = ("index.html", "src/components/ui/**")
FILES = {
    "src/pages/Home.tsx": HOME,
    "index.html": b"<!doctype html>\n",
    "public/logo.png": b"\x89PNG\0\0",
    "src/empty.ts": b"",
    "src/a.css": STYLE,
}
REV = revision(HOME)


def call(name: str, files: dict[str, bytes] | None = None, **arguments: Any) -> ToolOutcome:
    known = FILES if files is None else files
    parsed = parse_call(name, arguments)
    return apply_call(
        parsed,
        current=known.get(parsed.path or ""),
        tree=Tree({path: FileRef.of(content) for path, content in known.items()}),
        locked=LOCKED,
    )


def edit(first: int, last: int, expect: str, replace: str) -> dict[str, Any]:
    return {"first_line": first, "last_line": last, "expect_first": expect, "replace": replace}


HEADING = edit(2, 2, "  return <h1>Ready</h1>;", "  return <h1>Books</h1>;")


def test_create_file_makes_the_file_and_tells_its_revision() -> None:
    outcome = call("create_file", path="src/a.ts", content="export const a = 1;\n", purpose="a")
    assert not outcome.is_error
    assert (outcome.path, outcome.content) == ("src/a.ts", b"export const a = 1;\n")
    assert outcome.text.startswith(f"ok rev:{revision(b'export const a = 1;' + bytes([10]))}")


def test_create_file_refuses_an_existing_path_and_leaves_it_alone() -> None:
    outcome = call("create_file", path="src/pages/Home.tsx", content="x")
    assert outcome.is_error
    assert outcome.content is None
    assert "line_replace" in outcome.text


def test_read_file_shows_the_revision_and_numbered_lines() -> None:
    outcome = call("read_file", path="src/pages/Home.tsx")
    assert outcome.text == (f"rev:{REV}\n1| export function Home() {{\n2|   return <h1>Ready</h1>;\n3| }}")
    assert (outcome.content, outcome.deleted) == (None, False)
    part = call("read_file", path="src/pages/Home.tsx", start=2, end=2).text
    assert part == f"rev:{REV}\n2|   return <h1>Ready</h1>;"
    assert "empty" in call("read_file", path="src/empty.ts").text
    assert call("read_file", path="index.html").is_error is False  # locked files may be read


def test_a_long_file_is_shown_in_parts_that_can_be_continued() -> None:
    files = {"src/long.ts": b"".join(b"line %d\n" % number for number in range(1, 5001))}
    first = call("read_file", files, path="src/long.ts").text
    assert "2000| line 2000" in first
    assert first.endswith("… 5000 lines in all: go on with start=2001")
    assert call("read_file", files, path="src/long.ts", start=4000).text.endswith("5000| line 5000")
    wide = {"src/wide.ts": (b"x" * 999 + b"\n") * 900}
    text = call("read_file", wide, path="src/wide.ts").text
    assert len(text) < 101_000
    following = int(text.rpartition("start=")[2])
    assert f"\n{following - 1}| x" in text
    assert f"\n{following}| x" not in text


def test_line_replace_changes_the_file_and_shows_what_it_has_become() -> None:
    outcome = call("line_replace", path="src/pages/Home.tsx", rev=REV, edits=[HEADING])
    assert outcome.content == HOME.replace(b"Ready", b"Books")
    assert outcome.text.splitlines() == [
        f"ok rev:{revision(HOME.replace(b'Ready', b'Books'))}",
        "1| export function Home() {",
        "2|   return <h1>Books</h1>;",
        "3| }",
    ]
    assert outcome.edits["src/pages/Home.tsx"].rev_before == REV


def test_the_new_revision_serves_the_next_edit_without_reading() -> None:
    first = call("line_replace", path="src/pages/Home.tsx", rev=f"rev:{REV}", edits=[HEADING])
    assert first.content is not None
    rev = first.text.split()[1]
    second = call(
        "line_replace",
        {"src/pages/Home.tsx": first.content},
        path="src/pages/Home.tsx",
        rev=rev,
        edits=[edit(1, 0, "export function Home() {", 'import { x } from "./x";\n\n')],
    )
    assert not second.is_error
    assert second.content is not None
    assert second.content.startswith(b'import { x } from "./x";\n\nexport')


def test_several_calls_of_one_turn_heal_by_the_log_of_the_earlier_ones() -> None:
    text = b"}\n" * 5
    tree = Tree({"a.ts": FileRef.of(text)})
    first_call = parse_call(
        "line_replace", {"path": "a.ts", "rev": revision(text), "edits": [edit(1, 0, "}", "top\n")]}
    )
    first = apply_call(first_call, current=text, tree=tree, locked=())
    second_call = parse_call(
        "line_replace", {"path": "a.ts", "rev": revision(text), "edits": [edit(3, 3, "}", "third")]}
    )
    second = apply_call(
        second_call, current=first.content, tree=tree, locked=(), edit_log=[first.edits["a.ts"]]
    )
    assert second.content == b"top\n}\n}\nthird\n}\n}\n"
    assert "anchors stand: 3 → 4" in second.text


def test_rewrite_file_replaces_all_of_it() -> None:
    outcome = call("rewrite_file", path="src/pages/Home.tsx", rev=REV, content="new\n")
    assert outcome.content == b"new\n"
    assert "it had 3" in outcome.text
    assert call("rewrite_file", path="src/empty.ts", rev=revision(b""), content="x\n").content == b"x\n"


def test_a_text_that_is_cut_off_is_never_kept() -> None:
    cut = "export function Books() {\n  const a = 1;\n  return (\n    <ul>\n      <li>"
    created = call("create_file", path="src/pages/Books.tsx", content=cut)
    rewritten = call("rewrite_file", path="src/pages/Home.tsx", rev=REV, content=cut)
    for outcome in (created, rewritten):
        assert (outcome.is_error, outcome.content) == (True, None)
        assert "line 3: '(' is never closed" in outcome.text
        shown = [line for line in outcome.text.splitlines() if "| " in line]
        assert shown == [f"{number}| {line}" for number, line in enumerate(cut.splitlines(), start=1)]


def test_an_edit_that_leaves_a_bracket_too_many_is_refused_unless_the_file_had_one() -> None:
    short = edit(2, 2, "  return <h1>Ready</h1>;", "  return <h1>Books</h1>;\n}")
    outcome = call("line_replace", path="src/pages/Home.tsx", rev=REV, edits=[short])
    assert (outcome.is_error, outcome.content) == (True, None)
    assert "line 4: '}' closes what was never opened" in outcome.text
    assert "4| }" in outcome.text
    broken = {"src/pages/Home.tsx": HOME + b"}\n"}
    rev = revision(broken["src/pages/Home.tsx"])
    assert call("line_replace", broken, path="src/pages/Home.tsx", rev=rev, edits=[short]).content


def test_delete_file_deletes() -> None:
    outcome = call("delete_file", path="src/pages/Home.tsx")
    assert outcome.deleted
    assert outcome.content is None
    assert call("delete_file", path="public/logo.png").deleted


def test_finish_carries_the_summary() -> None:
    outcome = call("finish", summary="  You can keep books. ")
    assert (outcome.summary, outcome.path, outcome.is_error) == ("You can keep books.", None, False)
    assert call("finish", summary=" ").summary
    assert (outcome.title, call("finish", summary="x", title="Keep books").title) == ("", "Keep books")


MISTAKES: dict[str, tuple[str, dict[str, Any], str]] = {
    "read what is not there": (
        "read_file",
        {"path": "src/pages/home.tsx"},
        "Did you mean src/pages/Home.tsx",
    ),
    "read beyond the end": ("read_file", {"path": "src/pages/Home.tsx", "start": 9}, "has 3 lines"),
    "read backwards": (
        "read_file",
        {"path": "src/pages/Home.tsx", "start": 3, "end": 2},
        "nothing from 3 to 2",
    ),
    "read binary": ("read_file", {"path": "public/logo.png"}, "binary"),
    "edit what is not there": (
        "line_replace",
        {"path": "x.ts", "rev": "0", "edits": [HEADING]},
        "no file x.ts",
    ),
    "edit with wrong anchor": (
        "line_replace",
        {"path": "src/pages/Home.tsx", "rev": REV, "edits": [edit(2, 2, "nope", "x")]},
        "2|   return <h1>Ready</h1>;",
    ),
    "edit binary": ("line_replace", {"path": "public/logo.png", "rev": "0", "edits": [HEADING]}, "binary"),
    "edit locked": ("line_replace", {"path": "index.html", "rev": "0", "edits": [HEADING]}, "locked"),
    "rewrite stale": (
        "rewrite_file",
        {"path": "src/pages/Home.tsx", "rev": "0", "content": "x"},
        f"rev:{REV}",
    ),
    "rewrite same": (
        "rewrite_file",
        {"path": "src/pages/Home.tsx", "rev": REV, "content": HOME.decode()},
        "nothing to rewrite",
    ),
    "rewrite with placeholder": (
        "rewrite_file",
        {"path": "src/pages/Home.tsx", "rev": REV, "content": "a\n// ... rest of the code ...\n"},
        "placeholder",
    ),
    "rewrite locked": ("rewrite_file", {"path": "index.html", "rev": "0", "content": "x"}, "locked"),
    "delete locked": ("delete_file", {"path": "index.html"}, "locked"),
    "delete what is not there": ("delete_file", {"path": "src/x.ts"}, "no file src/x.ts"),
    "create locked": ("create_file", {"path": "src/components/ui/x.tsx", "content": "x"}, "locked"),
    "create configuration": ("create_file", {"path": "vite.config.js", "content": "x"}, "locked"),
    "create beside locked": ("create_file", {"path": "src/components/ui.ts", "content": ""}, "would find it"),
    "create JavaScript": ("create_file", {"path": "src/a.jsx", "content": ""}, "in TypeScript as src/a.tsx"),
    "create a module twice": (
        "create_file",
        {"path": "src/pages/Home.ts", "content": "x"},
        "only the extension tells it from src/pages/Home.tsx",
    ),
    "create what runs": (
        "create_file",
        {"path": "src/b.css", "content": "a {}\n@plugin './x';\n"},
        "line 2 of src/b.css: @plugin would run code",
    ),
    "edit to what runs": (
        "line_replace",
        {"path": "src/a.css", "rev": revision(STYLE), "edits": [edit(1, 1, "a {}", "@config './x';")]},
        "line 1 of src/a.css: @config would run code",
    ),
    "rewrite to what runs": (
        "rewrite_file",
        {"path": "src/a.css", "rev": revision(STYLE), "content": "@import './x.txt';"},
        "is no style sheet",
    ),
    "create environment": ("create_file", {"path": ".env", "content": "x"}, "are set with PUT"),
    "create outside": ("create_file", {"path": "../x.ts", "content": "x"}, "cannot be a file's path"),
    "create absolute": ("create_file", {"path": "/src/x.ts", "content": "x"}, "src/pages/Home.tsx"),
    "create by another case": ("create_file", {"path": "src/pages/HOME.tsx", "content": "x"}, "only by case"),
    "create under a file": ("create_file", {"path": "src/empty.ts/x.ts", "content": "x"}, "is a file"),
    "create binary": ("create_file", {"path": "public/a.png", "content": "x"}, "binary"),
    "edit in JSON text with half a character": (
        "line_replace",
        {"path": "src/a.css", "rev": revision(STYLE), "edits": json.dumps([edit(1, 1, "a {}", "\ud800")])},
        "surrogate",
    ),
    "create too large": (
        "create_file",
        {"path": "src/x.ts", "content": "é" * (MAX_FILE_BYTES // 2 + 1)},
        "1,000,000",
    ),
    "create with placeholder": ("create_file", {"path": "src/x.ts", "content": "// ...\n"}, "placeholder"),
}


@pytest.mark.parametrize(("name", "arguments", "advice"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_changes_nothing_and_comes_back_as_advice(
    name: str, arguments: dict[str, Any], advice: str
) -> None:
    outcome = call(name, None, **arguments)
    assert outcome.is_error
    assert advice in outcome.text
    assert (outcome.content, outcome.deleted, outcome.summary) == (None, False, None)


def test_an_app_that_is_full_takes_no_further_file() -> None:
    tree = Tree({f"f{number}": FileRef("0" * 64, 1) for number in range(MAX_FILES)})
    parsed = parse_call("create_file", {"path": "src/x.ts", "content": "x"})
    outcome = apply_call(parsed, current=None, tree=tree, locked=())
    assert outcome.is_error
    assert "2,000" in outcome.text


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown tool": ("write_file", {"path": "a"}, "create_file, read_file, read_files, line_replace"),
    "no arguments": ("create_file", {}, "path: Field required"),
    "unknown argument": ("read_file", {"path": "a", "lines": 3}, "lines: Extra inputs are not permitted"),
    "wrong type": (
        "create_file",
        {"path": "a", "content": {"a": 1}},
        "content: Input should be a valid string",
    ),
    "no edits": ("line_replace", {"path": "a", "rev": "b", "edits": []}, "at least 1 item"),
    "edits are no list": ("line_replace", {"path": "a", "rev": "b", "edits": "all"}, "edits"),
    "half an edit": (
        "line_replace",
        {"path": "a", "rev": "b", "edits": [{"first_line": 1}]},
        "edits.0.replace",
    ),
    "line zero": (
        "line_replace",
        {"path": "a", "rev": "b", "edits": [edit(0, 0, "", "")]},
        "edits.0.first_line",
    ),
    "NUL": ("create_file", {"path": "a", "content": "a\n\0b"}, "content: line 2 has a NUL character"),
    "half a character": ("create_file", {"path": "a", "content": "a\ud800"}, "content: line 1 has half of a"),
    "half a character in the path": ("delete_file", {"path": "src/\udfff.ts"}, "path: line 1 has half of"),
    "half a character in an edit": (
        "line_replace",
        {"path": "a", "rev": "b", "edits": [HEADING, {**HEADING, "expect_first": "\ud800"}]},
        "edits.1.expect_first: line 1 has half",
    ),
    "half a character in a name": ("finish", {"summary": "x", "\ud800": 1}, "the name of an argument"),
    "too long": ("finish", {"summary": "x" * 10_001}, "summary: String should have at most 10000"),
    "far too long": (
        "create_file",
        {"path": "a", "content": "x" * (MAX_FILE_BYTES + 1)},
        "content: it has 1,000,001 characters",
    ),
    "broken JSON": ("create_file", {INVALID_JSON: '{"path": "a", "conte'}, "cut off"),
    "finish without words": ("finish", {}, "summary: Field required"),
}


@pytest.mark.parametrize(("name", "arguments", "advice"), REFUSED.values(), ids=REFUSED)
def test_a_call_that_cannot_be_read_is_answered_with_what_is_right(
    name: str, arguments: dict[str, Any], advice: str
) -> None:
    with pytest.raises(ToolRefused) as refused:
        parse_call(name, arguments)
    assert advice in str(refused.value)
    str(refused.value).encode()


def test_edits_sent_as_json_text_are_understood() -> None:
    outcome = call("line_replace", path="src/pages/Home.tsx", rev=REV, edits=json.dumps([HEADING]))
    assert not outcome.is_error


@pytest.mark.parametrize("schema", tool_schemas(paints=True), ids=lambda schema: schema["name"])
def test_a_definition_is_plain_and_explains_every_argument(schema: dict[str, Any]) -> None:
    assert not re.search(r'"(\$ref|\$defs|anyOf)"|"title": "', json.dumps(schema))
    assert len(schema["description"]) > 100
    assert schema["input_schema"]["type"] == "object"
    properties = schema["input_schema"]["properties"]
    any_of_them = schema["name"] == "set_theme"
    assert schema["input_schema"].get("required") or not properties or any_of_them
    assert all(argument["description"] for argument in properties.values())


def test_the_model_is_offered_these_tools() -> None:
    names = [schema["name"] for schema in TOOL_SCHEMAS]
    files = ["create_file", "read_file", "read_files", "line_replace", "rewrite_file", "delete_file"]
    assert names == [
        *files, "rename_file", "set_theme", "use_attachment", "add_dependency", "remove_dependency", "search",
            "run_check", "look", "todo", "ask",
        "finish",
    ]  # fmt: skip
    painting = [schema for schema in tool_schemas(paints=True) if schema not in TOOL_SCHEMAS]
    assert [schema["name"] for schema in painting] == ["generate_image"]
    assert tool_schemas(paints=False) == TOOL_SCHEMAS
    assert {*names, "generate_image"} > WRITING_TOOLS


def test_a_tool_that_is_not_offered_is_none() -> None:
    arguments = {"prompt": "A heath", "path": "public/heath.webp"}
    with pytest.raises(ToolRefused) as refused:
        parse_call("generate_image", arguments)
    assert str(refused.value).count("generate_image") == 1
    assert parse_call("generate_image", arguments, paints=True).path == "public/heath.webp"


def test_a_long_change_is_shown_by_its_two_ends_and_an_emptied_file_as_such() -> None:
    lines = "".join(f"row {number}\n" for number in range(300))
    outcome = call(
        "line_replace",
        path="src/pages/Home.tsx",
        rev=REV,
        edits=[edit(1, 0, "export function Home() {", lines)],
    )
    assert "1| row 0" in outcome.text
    assert "300| row 299" in outcome.text
    assert len(outcome.text.splitlines()) < 50
    span = {**edit(1, 3, "export function Home() {", ""), "expect_last": "}"}
    emptied = call("line_replace", path="src/pages/Home.tsx", rev=REV, edits=[span])
    assert emptied.content == b""
    assert "empty now" in emptied.text
