"""Files that are cut or have lost a bracket are noticed, valid ones never are."""

from pathlib import Path

import pytest

from dev.stack.config import ROOT
from orchestrator.domain.syntax import Fault, fault_of

TEMPLATE = Path("services/templates/templates/content")
SUFFIXES = {".ts", ".tsx", ".mts", ".css", ".json"}


def valid_files() -> list[Path]:
    """The template's files, and those of the packages that the tests install."""
    found = [*(ROOT / TEMPLATE).rglob("*"), *(ROOT / "dev").glob("*/node_modules/**/*")]
    return [path for path in found if path.is_file() and path.suffix in SUFFIXES]


def test_no_valid_file_is_refused() -> None:
    """Over a thousand files, whatever the parser does not understand in them."""
    files = [path for path in valid_files() if "tsconfig" not in path.name]
    assert len(files) > 500
    faults = {str(path): fault_of(path.name, path.read_text(encoding="utf-8")) for path in files}
    assert {path: fault for path, fault in faults.items() if fault is not None} == {}


VALID = {
    "an ampersand in JSX": ("a.tsx", "export const A = () => <p>Food & Drink, 1) first & last</p>;\n"),
    "an ampersand in an attribute": ("a.tsx", 'export const A = () => <img src="/a?b=(1&c=[2" alt="" />;\n'),
    "brackets in JSX text": ("a.tsx", "export const A = () => <p>1) first, 2] second</p>;\n"),
    "a smile": ("a.tsx", "export const A = () => <p>Hello :) & goodbye :(</p>;\n"),
    "a regular expression": ("a.ts", "export const a = /[({]\\)/.test(x);\n"),
    "a template": ("a.ts", "export const a = `(${b ? `[${c}` : '{'}`;\n"),
    "a comment": ("a.ts", "// :-(\n/* { */\nexport const a = 1;\n"),
    "a type import": ("a.ts", 'export type A = typeof import("./b") & { c: import("./d").E[] };\n'),
    "what the parser does not know": ("a.ts", 'declare module "m" { global { } }\n'),
    "newer TypeScript": ("a.ts", 'export type * as T from "t";\n'),
    "generics in tsx": ("a.tsx", "export const f = <T,>(a: T): T => a;\n"),
    "nothing": ("a.ts", ""),
    "Tailwind": ("a.css", '@import "tailwindcss";\n.md\\:w-\\[1\\(px\\] { color: red; }\n'),
    "a utility of Tailwind": ("a.css", "@utility a-* { b: --value([length]); }\n"),
    "an address in a style": ("a.css", "a { background: url(data:image/svg+xml,{[('); }\n"),
    "a comment and a text in a style": ("a.css", "/* } */\nb::after { content: '}' }\n"),
    "JSON": ("a.json", '{"a": [1, "}"]}\n'),
    "another language": ("a.md", "(((\n"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text"), VALID.values(), ids=VALID)
def test_valid_code_is_whole(path: str, text: str) -> None:
    assert fault_of(path, text) is None


BROKEN = {
    "cut in a function": ("a.ts", "export function a() {\n  return [1,\n", 2, "'[' is never closed"),
    "cut in JSX": ("a.tsx", "export function A() {\n  return (\n    <p>\n", 2, "'(' is never closed"),
    "cut in a text": ("a.ts", "const a = {\n  b: `one\n  two\n};\n", 4, "of line 2 is not closed"),
    "a bracket too many": ("a.ts", "function a() {\n}\n}\n", 3, "'}' closes what was never opened"),
    "the wrong bracket": ("a.ts", "const a = f([1, 2);\nconst b = 1;\n", 1, "')' closes what is not open"),
    "a cut style": ("a.css", "a {\n  color: red;\n", 1, "'{' is never closed"),
    "a style with a bracket too many": ("a.css", "a { b: c; }\n}\n", 2, "never opened"),
    "a cut comment": ("a.css", "a { }\n/* b\n", 2, "'/*' is never closed"),
    "cut JSON": ("a.json", '{\n  "a": [1,\n', 3, "Expecting value"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text", "line", "problem"), BROKEN.values(), ids=BROKEN)
def test_broken_code_is_noticed_with_its_line(path: str, text: str, line: int, problem: str) -> None:
    fault = fault_of(path, text)
    assert fault is not None
    assert (fault.line, problem in fault.problem) == (line, True), fault


@pytest.mark.parametrize("path", ["src/App.tsx", "src/lib/collection.ts", "src/index.css", "package.json"])
def test_a_file_of_the_template_that_loses_a_bracket_is_noticed(path: str) -> None:
    text = (ROOT / TEMPLATE / "vite-react" / path).read_text(encoding="utf-8")
    closings = [position for position, character in enumerate(text) if character == "}"]
    assert all(fault_of(path, text[:position]) for position in closings if text[:position].count("{") > 0)


def test_ampersands_in_a_long_page_are_text() -> None:
    page = "export const a = (\n  <>\n" + "    <p>Food & Drink</p>\n" * 10_000 + "  </>\n);\n"
    assert fault_of("src/Long.tsx", page) is None
    assert fault_of("src/Long.tsx", page.removesuffix(");\n")) == Fault(1, "'(' is never closed")
