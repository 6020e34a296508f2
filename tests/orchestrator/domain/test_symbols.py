"""What a file defines and exports is read from its syntax, whatever else stands in it."""

import pytest

from orchestrator.domain.index import indexed
from orchestrator.domain.symbols import MAX_SYMBOLS, Definition
from orchestrator.domain.syntax import parse_patiently
from tests.orchestrator.domain.test_syntax import valid_files

Told = tuple[str, str, bool]


def definitions(text: str, path: str = "src/a.tsx") -> tuple[Definition, ...]:
    return indexed(path, text.encode()).symbols.definitions


CASES: dict[str, tuple[str, list[Told]]] = {
    "functions": (
        "export function one() {}\nfunction two() {}\nexport async function* three() {}\n",
        [("one", "function", True), ("two", "function", False), ("three", "function", True)],
    ),
    "arrows": (
        "export const one = (a: string) => a, two = 2;\nconst three = function () {};\n",
        [("one", "function", True), ("two", "value", True), ("three", "function", False)],
    ),
    "components": (
        (
            "export const Card = memo(function Card() { return <p />; });\n"
            "export const Field = React.forwardRef<HTMLElement, P>((p, r) => <p />);\n"
            "const Page = lazy(() => import('./p'));\n"
            "export class Edge extends Component<P> {}\n"
            "function Row() { return <li>Food & Drink</li>; }\n"
        ),
        [
            ("Card", "component", True),
            ("Field", "component", True),
            ("Page", "component", False),
            ("Edge", "component", True),
            ("Row", "component", False),
        ],
    ),
    "hooks": (
        "export function useBooks() {}\nconst useful = () => 1;\n",
        [("useBooks", "hook", True), ("useful", "function", False)],
    ),
    "types": (
        "export interface A { a: 1 }\ntype B = 1;\nexport enum C { D }\nexport abstract class E {}\n",
        [("A", "type", True), ("B", "type", False), ("C", "type", True), ("E", "type", True)],
    ),
    "exported below": (
        "function a() {}\nconst b = 1;\nfunction c() {}\nexport { a, b as d };\nexport default c;\n",
        [("a", "function", True), ("b", "value", True), ("c", "function", True)],
    ),
    "exported from elsewhere": (
        'import { a } from "./a";\nexport { a };\nexport { b } from "./b";\nexport * from "./c";\n',
        [],
    ),
    "routes": (
        (
            'const list = [{ path: "/a/:id", element: <A /> }, { path: "no page" }];\n'
            'const tree = <Route path="b" element={<B />} />;\n// { path: "/c", element: 1 }\n'
        ),
        [
            ("list", "value", False),
            ("tree", "value", False),
            ("/a/:id", "route", False),
            ("b", "route", False),
        ],
    ),
    "what stands in texts": (
        "const a = `export function b() {}`;\n// export const c = 1;\n",
        [("a", "value", False)],
    ),
}


@pytest.mark.parametrize(("text", "told"), CASES.values(), ids=CASES)
def test_definitions_are_read(text: str, told: list[Told]) -> None:
    assert [(one.name, one.kind, one.exported) for one in definitions(text)] == told


def test_a_definition_has_its_line_and_its_head() -> None:
    text = "import a from 'a';\n\nexport const clock = (\n  value: number,\n): string => {\n  return a;\n};\n"
    (one,) = definitions(text, "src/a.ts")
    assert (one.line, one.signature) == (3, "export const clock = ( value: number, ): string =>")
    (typed,) = definitions("export type Kind = 'a' | 'b';\n")
    assert typed.signature == "export type Kind = 'a' | 'b';"


def test_functions_that_do_the_same_by_the_same_text_have_one_shape() -> None:
    body = "(value: number): string {\n  return new Date(value).toLocaleDateString('en', { day: 1 });\n}\n"
    again = body.replace("  ", "    ")
    one, two, short = definitions(f"function one{body}function  two{again}function three() {{}}\n")
    assert one.shape == two.shape != ""
    assert short.shape == ""


HOSTILE = {
    "brackets": b"([{\n" * 12_000,
    "a megabyte of brackets": b"[" * 1_000_000,
    "quotes": b"'\"\n" * 15_000,
    "deep": b"[" * 90_000 + b"\n" * 300 + b"]" * 9_000,
    "minified": b"function a(b){return b};" * 4_000,
    "binary": b"\0\xff" * 50_000,
    "no text": b"\xff\xfe(\n" * 10_000,
    "imports": b"import/*" * 12_000,
    "comments in a style": b"/*" * 50_000,
    "names": b"export const " + b"a" * 90_000 + b"=1;\n" * 200,
}


@pytest.mark.parametrize("suffix", [".tsx", ".css"])
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_read_within_bounds(content: bytes, suffix: str) -> None:
    file = indexed(f"src/a{suffix}", content)
    assert len(file.symbols.definitions) <= 2 * MAX_SYMBOLS
    assert len(file.specifiers) <= 1_000
    assert all(len(one.name) <= 200 and len(one.signature) <= 200 for one in file.symbols.definitions)


def test_what_people_write_is_read() -> None:
    """The bounds of hostile files leave nothing out of the template and of what the tests install."""
    files = [
        path for path in valid_files() if path.suffix in {".ts", ".tsx"} and path.stat().st_size < 90_000
    ]
    assert len(files) > 300
    unread = [path for path in files if parse_patiently(path.read_bytes(), jsx=path.suffix == ".tsx") is None]
    assert unread == []


def test_of_very_many_definitions_only_the_first_count() -> None:
    found = definitions("".join(f"const a{number} = 1;\n" for number in range(4_000)))
    assert len(found) == MAX_SYMBOLS
