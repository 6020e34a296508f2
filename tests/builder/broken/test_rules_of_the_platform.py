"""The platform's own rules: what they find beyond the table, and what they leave alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.builder.broken.case import HOME, home
from tests.builder.broken.tools import Tools, over_template, running_tools

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools() -> AsyncIterator[Tools]:
    async with running_tools() as running:
        yield running


async def found(tools: Tools, files: dict[str, str]) -> list[tuple[str | None, int | None, str | None]]:
    failure = await tools.judge(over_template(files), repair=False)
    return [] if failure is None else [(d.file, d.line, d.code) for d in failure.diagnostics]


HARMLESS = {
    "public/images/my hero.png": "png",
    "src/assets/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" />\n',
    "src/data/all.json": '{"a": [1, -2.5e3, true, null, "\\u00e9 // {"], "b": {}, "c": []}\n',
    "src/page.css": """@import url("https://fonts.example/css2?family=Inter:wght@400;600");
@custom-variant dark (&:where(.dark, .dark *));
/* $main: red; // @include x */
.row { background: url("/favicon.svg") }
.row2 { background: url(data:image/svg+xml;base64,AA==), url("#a"), url(/images/my%20hero.png) }
.row::before { content: "pay $usd // @include {"; width: calc(100% - 2px) }
.row { &:hover { color: red } & > b { color: blue } .x & { color: green } &.y { color: red } }
.w-\\[\\$a\\] { color: red }
@media (width >= 40rem) { .row { color: red; } }
""",
    "src/lib/env.test-names.ts": "export const NAMES = ['VITE_A'];\n",
    # A circle whose values are only needed later, with an index of everything in between.
    "src/parts/index.ts": 'export { Row } from "./Row";\nexport { Cell, CELLS } from "./Cell";\n',
    "src/parts/Row.tsx": (
        'import { CELLS, Cell } from "./index";\n\n'
        "export function Row() {\n  return <p>{CELLS.length}<Cell /></p>;\n}\n"
    ),
    "src/parts/Cell.tsx": (
        'import { Row } from ".";\nimport type { Row as RowType } from "./Row";\n\n'
        "export const CELLS = [Row];\nexport type Kind = typeof RowType;\n"
        "export const Cell = () => <b>{String(Row)}</b>;\n"
    ),
    **home(
        'import logo from "../assets/logo.svg";',
        'import raw from "@/assets/logo.svg?raw";',
        'import all from "@/data/all.json";',
        'import { Row } from "@/parts";',
        'import "../page.css";',
        "// import.meta.env.VITE_NOT_READ and https://esm.sh/x",
        'const api = import.meta.env.VITE_API ?? "/api";',
        "const { VITE_B = 1, MODE } = import.meta.env;",
        'const texts = { help: "write import.meta.env.VITE_X", cdn: "https://unpkg.com/react" };',
        'const address = "https://pictures.example" + "/hero.png";',
        "export function Home() {",
        '  const local = new URL("/hero.png", address).pathname.endsWith("/x.png") && import.meta.env.DEV;',
        "  return (",
        '    <a href="https://unpkg.com/react" title={raw}>',
        '      {api} {VITE_B} {MODE} {texts.help} {local} {Object.keys(all)} <img src={logo} alt="" />',
        '      <img src="/favicon.svg?v=2" alt="" /> <img src="https://a.example/b.png" alt="/a.png is" />',
        '      <img src="data:image/png;base64,AA==" alt="" /> <Row />',
        '      <img src="/images/my hero.png" alt="" />',
        '      <input placeholder="/photos/me.png" aria-label="/a.png" defaultValue="/b.png" />',
        "    </a>",
        "  );",
        "}",
    ),
}


async def test_what_works_is_left_alone(tools: Tools) -> None:
    failure = await tools.judge(over_template(HARMLESS), repair=False)
    assert failure is None, failure


async def test_a_constant_is_missed_through_an_index_and_in_a_class(tools: Tools) -> None:
    files = {
        "src/shop/index.ts": 'export * from "./prices";\nexport * from "./Base";\n',
        "src/shop/prices.ts": (
            'import { Base, RATE } from ".";\n\nexport const PRICE: number = RATE * 2;\n'
            "export class Price extends Base {}\n"
        ),
        "src/shop/Base.ts": (
            'import { PRICE } from "./prices";\n\nexport const RATE: number = 2;\n'
            "export class Base {\n  price = PRICE;\n}\n"
        ),
        **home(
            'import { Price } from "@/shop/prices";', "export const Home = () => <p>{new Price().price}</p>;"
        ),
    }
    # Base.ts runs before prices.ts, which asked for it first: all is well.
    assert await found(tools, files) == []
    files |= home(
        'import { Base } from "@/shop/Base";', "export const Home = () => <p>{new Base().price}</p>;"
    )
    assert await found(tools, files) == [
        ("src/shop/prices.ts", 3, "circular-import"),
        ("src/shop/prices.ts", 4, "circular-import"),
    ]


async def test_variables_of_the_environment_are_found_however_they_are_read(tools: Tools) -> None:
    files = home(
        "const { VITE_A, VITE_B: b } = import.meta.env;",
        "const { env } = import.meta;",
        'export const Home = () => <p>{VITE_A}{b}{import.meta.env["VITE_C"]}{String(env.MODE)}</p>;',
    )
    assert await found(tools, files) == [
        (HOME, 1, "unknown-variable"),
        (HOME, 1, "unknown-variable"),
        (HOME, 3, "unknown-variable"),
    ]


async def test_pictures_are_missed_wherever_they_are_named(tools: Tools) -> None:
    files = home(
        'const books = [{ cover: "/covers/one.webp" }];',
        "export function Home() {",
        "  return (",
        "    <p>",
        '      <img src={books[0]?.cover} alt="" /> <img src="hero.png" alt="" />',
        '      <img src={books.length > 1 ? "/a.png" : "/favicon.svg"} alt="" />',
        "    </p>",
        "  );",
        "}",
    )
    assert await found(tools, files) == [
        (HOME, 1, "missing-asset"),
        (HOME, 5, "missing-asset"),
        (HOME, 6, "missing-asset"),
    ]


async def test_code_that_is_nested_too_deep_keeps_its_other_errors(tools: Tools) -> None:
    """The rules and the fixers walk through syntax trees, the type checker does not depend on them."""
    sum_of_many = " + ".join(["a"] * 9000)
    files = over_template(
        home(
            'import { Buton } from "@/components/ui";',
            "const a = import.meta.env.BASE_URL.length;",
            f"const b: string = {sum_of_many};",
            "export const Home = () => <Buton>{b}</Buton>;",
        )
    )
    failure = await tools.judge(files)
    assert failure is not None
    assert [problem.code for problem in failure.diagnostics] == ["TS2724", "TS2322"]
    assert failure.fixes == ()
