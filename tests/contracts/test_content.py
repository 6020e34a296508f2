"""What a source file may be and hold, so that none of an app's code runs while it is built."""

import time

import pytest

from common.contracts.content import MAX_PROBLEMS, file_problems, name_problem, source_problems
from common.contracts.source import MAX_FILE_BYTES
from common.contracts.templates import TemplateRef, TemplateRelease

RUNS = {
    "plugin": '@plugin "./x.ts";',
    "config": "@config './x.ts';",
    "after a comment": '/* a */ @plugin "./x.ts";',
    "after a comment that an escape seems to end": '/* \\*/ */ @plugin "./x.ts"; /* */',
    "in a comment that is never ended": '/*a:b;@plugin "./x.ts";',
    "with a comment in its name": '@plug/* */in "./x.ts";',
    "with a comment before its name": '@/**/plugin "./x.ts";',
    "with an escaped name": '@\\70lugin "./x.ts";',
    "in capitals": '@PLUGIN "./x.ts";',
    "without space": '@plugin"./x.ts";',
    "over lines": '@plugin\n"./x.ts";',
    "nested": '@layer base { a { @plugin "./x.ts"; } }',
    "with options": '@plugin "./x.ts" { a: b; }',
    "after a string that is never ended": "a:\" ;@plugin './x.ts';",
    "after a string with an escaped end": 'a:"\\"";@plugin "./x.ts";',
    "after a comment in a string": 'a:"/*";@plugin "./x.ts";a:"*/"',
    "after an escaped quote": 'a:\\";@plugin "./x.ts";a:\\"',
    "after a byte order mark": '\ufeff@plugin "./x.ts";',
    "after an old line end": '\r@plugin "./x.ts";',
    "in a custom property": '--a: {;@plugin "./x.ts"; }',
    "of a package": '@plugin "@tailwindcss/typography";',
    "the last word": "@plugin './x.ts'",
}


@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_a_style_sheet_cannot_name_code_to_run(text: str) -> None:
    (problem,) = file_problems("src/index.css", text.encode())
    assert "would run code while the app is built" in problem.message


LOADS = {
    "another kind of file": '@import "./x.txt";',
    "a file without extension": '@import "./x";',
    "the app's code": '@import "@/x.tsx" layer(base);',
    "a disguise": '@import "./x.txt?.css";',
    "a disguise by a fragment": '@import "./x.txt#.css";',
    "a string glued to a string": "@import \"./x.css\"'/../x';",
    "a string glued to a string by an old line end": "@import \"./x.css\"\r'/../x';",
    "a string glued to a string by a form feed": '@import "./x.css"\f"x";',
    "an escape": '@import "./x\\.css";',
    "an address of the protocol": '@import "//x/y.css";',
    "a text": '@import "data:text/css,@plugin x";',
    "a url": "@import url(./x.txt);",
    "a quoted url": '@import url("./x.txt");',
    "a reference": '@reference "./x.txt";',
    "a comment before the name": '@import/* */"./x.txt";',
    "a bare name": '@import "x.txt";',
    "nothing": "@import;",
    "a dotfile": '@import ".x";',
}


@pytest.mark.parametrize("text", LOADS.values(), ids=LOADS)
def test_a_style_sheet_imports_only_style_sheets(text: str) -> None:
    (problem,) = file_problems("src/index.css", text.encode())
    assert "is no style sheet" in problem.message


LEAVES = {
    "bare": "a { background: url(../../programs/x.mjs) }",
    "quoted": 'a { background: url( "../../x.png" ) }',
    "in capitals": "a { background: URL('../../x.png') }",
    "through a folder": "a { background: url(./img/../../../x.png) }",
    "by the alias": "a { background: url(@/../../x.png) }",
    "escaped": "a { background: url(\\2e\\2e/../x.png) }",
    "encoded": "a { background: url(%2e%2e/%2e./x.png) }",
    "in a custom property": "a { --b: 1px url(../../x.png) }",
    "in a font": "@font-face { src: local(x), url(../../x.woff2) }",
    "of an image set": 'a { background: image-set("a.png" 1x, "../../x.png" 2x) }',
    "not closed": "a { background: url(../../x",
}


@pytest.mark.parametrize("text", LEAVES.values(), ids=LEAVES)
def test_a_style_sheet_has_no_files_but_the_apps(text: str) -> None:
    (problem,) = file_problems("src/index.css", text.encode())
    assert "leads out of the app" in problem.message
    # What is public is published as it is: a browser goes up to the site's root and no further.
    assert file_problems("public/index.css", text.encode()) == []


GOOD_STYLES = [
    '@import "tailwindcss" source(".");',
    '@import "tailwindcss/theme" layer(theme);',
    '@import "@fontsource/inter/400.css";',
    '@import "./ui.css" layer(components) supports(display: grid) screen;',
    "@import './a/../b.css';",
    "a { background: url(../public/a.png) } b { background: url('./img/../b.png') }",
    "/* url(../../a.png) */ a { content: '../../a'; background: url(/../a.png) }",
    'a { background: image-set("../a.png" 1x) }',
    '@import "@/styles/print.css" print;',
    '@import url("https://fonts.example/css2?family=Inter:wght@400;700&display=swap");',
    '@import "https://fonts.example/css2?family=Inter";',
    "@import url(./print.css) print;",
    '@reference "../index.css";',
    "/* @plugin './x.ts'; */ a { color: red }",
    "/* once @config, now @theme */",
    'a::before { content: "@plugin"; }',
    "a::after { content: \"; @config 'x'; \"; }",
    "@plugins { } @configuration x;",
    'a { background: url(data:image/svg+xml,%3Csvg@plugin"); }',
    "@theme { --color-a: red; } @utility b { c: d } @custom-variant dark (&:where(.dark *));",
    "a[title='it\\'s'] { b: c }",
    "",
]


@pytest.mark.parametrize("text", GOOD_STYLES)
def test_an_ordinary_style_sheet_is_no_problem(text: str) -> None:
    assert file_problems("src/index.css", text.encode()) == []


def test_elsewhere_a_file_without_extension_could_have_a_packages_name() -> None:
    for path in ("public/a.css", "a.css"):
        assert file_problems(path, b'@import "evil";')
        assert not file_problems(path, b'@import "evil.css";')


def test_a_problem_has_its_line() -> None:
    text = 'a { b: c }\n/* @plugin\n "x"; */\n@media print {\n  @config "./x.ts";\n}\n\n  @plugin "y";\n'
    assert [problem.line for problem in file_problems("src/a.css", text.encode())] == [5, 8]
    (problem,) = file_problems("src/a.css", b'a{}\n@plugin "y";')
    assert str(problem).startswith("src/a.css:2: @plugin would run code")


GOOD_SCRIPTS = [
    'import "./index.css";',
    'import text from "./evil.txt?raw";',
    'import page from "./page.html?raw";\nimport address from "./page.html?url";',
    'import sheet from "./a.css?inline";',
    "const plugin = '@plugin \"./x.ts\"'; // @config",
    'export const icon = "data:image/svg+xml,<svg/>";',
    'export const Page = () => <p>@plugin "./x.ts"; import "./evil.txt?x.css"</p>;',
    'fetch("/a?index=0.css");',
]


@pytest.mark.parametrize("text", GOOD_SCRIPTS)
def test_a_page_that_talks_of_directives_is_no_problem(text: str) -> None:
    assert file_problems("src/pages/Docs.tsx", text.encode()) == []
    assert file_problems("docs/notes.md", text.encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./evil.txt?x.css";',
        'import "./evil.md?a&lang.css";',
        'import "./evil.md#x.css";',
        'export * from "./evil.json?index=0.css";',
        'import { a, b } from "./evil.txt?x.css";',
        'const x = await import("./evil.txt?index=12.css");',
        "const x = import(`./evil.txt?a&lang.css`);",
        'import "data:text/css,a{}";',
        'import x from "data:text/javascript,alert(1)";',
        'import "./page.html";',
    ],
)
def test_an_import_disguises_nothing(text: str) -> None:
    problems = file_problems("src/pages/Home.tsx", f"// a page\n{text}\n".encode())
    assert [(problem.path, problem.line) for problem in problems] == [("src/pages/Home.tsx", 2)]


def test_an_import_over_several_lines_is_read_where_it_names_its_file() -> None:
    (problem,) = file_problems("src/a.ts", b'import {\n  a,\n} from "./evil.txt?x.css";\n')
    assert problem.line == 3


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("src/App.js", "src/App.ts (or .tsx)"),
        ("src/App.JSX", "src/App.tsx;"),
        ("src/lib/a.mjs", "src/lib/a.ts (or .tsx)"),
        ("src/lib/a.cjs", "src/lib/a.ts"),
        ("src/lib/a.mts", "src/lib/a.ts"),
        ("src/lib/a.cts", "src/lib/a.ts"),
        ("tools/a.js", "tools/a.ts"),
        ("src/App", "extension"),
        ("src/lib/package.json", "redirect"),
        ("src/page.html", "public/"),
        ("public/index.html", "index.html"),
    ],
)
def test_a_name_that_would_go_around_the_checks_is_refused_with_advice(path: str, advice: str) -> None:
    assert advice in str(name_problem(path))
    assert [problem.message for problem in file_problems(path, b"")] == [name_problem(path)]


@pytest.mark.parametrize(
    "path",
    [
        *("public/a.js", "public/a.mjs", "public/CNAME", "public/package.json", "public/help/index.html"),
        *("src/App.tsx", "src/a.d.ts", "src/.gitkeep", "src/data.json", "src/logo.svg", "LICENSE"),
        *(".gitignore", "index.html", "package.json", "docs/a.md"),
    ],
)  # fmt: skip
def test_an_ordinary_name_is_no_problem(path: str) -> None:
    assert name_problem(path) is None


def test_a_templates_own_files_are_not_asked_about_and_others_in_their_place_are() -> None:
    kept = {"src/ui/a.css": b'@plugin "./a.js";', "src/ui/a.js": b""}
    template = TemplateRelease(
        ref=TemplateRef.parse("t@1.0.0"), digest="d", locked=("src/ui/**",), files={**kept, "src/b.ts": b""}
    )
    assert source_problems({**kept, "src/b.ts": b""}, template) == []
    wrong = {"src/ui/b.css": b"", "src/ui.ts": b"", "src/b.tsx": b"", "src/b.ts": b"", "src/c.js": b""}
    assert [problem.path for problem in source_problems(wrong, template)] == [
        "src/c.js",
        "src/ui.ts",
        "src/ui/b.css",
        "src/b.tsx",
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "/*",
        "'",
        '"',
        "\\",
        "@",
        "@import ",
        "/* */",
        "{;}",
        "a",
        "@import'",
        "/*\\*/",
        "\n'",
        "url(",
        "url('../",
        "a{b:url(../a)}",
    ],
)
def test_a_hostile_style_sheet_takes_no_time(piece: str) -> None:
    content = (piece * (MAX_FILE_BYTES // len(piece))).encode()
    began = time.process_time()
    assert len(file_problems("src/a.css", content)) <= MAX_PROBLEMS
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "piece", ["import ", "import\n", "import(", "export a\n", "import a from ", "import '", "import 'a' "]
)
def test_a_hostile_script_takes_no_time(piece: str) -> None:
    content = (piece * (MAX_FILE_BYTES // len(piece))).encode()
    began = time.process_time()
    assert len(file_problems("src/a.ts", content)) <= MAX_PROBLEMS
    assert time.process_time() - began < 10
