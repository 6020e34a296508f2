"""What the fixers heal without a model, and what they leave alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from builder.clients.sandbox.reports import tool_report
from builder.domain.fixes import MAX_REASON, MAX_REASONS, usable
from common.contracts import FileFix, LineEdit
from tests.builder.broken.case import HOME, home
from tests.builder.broken.tools import Tools, healed, over_template, running_tools

in_one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools() -> AsyncIterator[Tools]:
    async with running_tools() as running:
        yield running


@in_one_loop
async def test_nothing_but_the_mistakes_is_changed(tools: Tools) -> None:
    files = {
        "src/components/Row.tsx": "export default function Row() {\n  return <p>row</p>;\n}\n",
        "src/data/books.json": '[\n  { "a": 1, "b": [1, 2,], },\n  { "a": 2 }\n  { "a": 3 },\n]\n',
        **home(
            "// The first page.",
            'import { Row, /* the row */ } from "@/components/Row"; // a default, in truth',
            'import books from "@/Data/books.json"; /* all of them */',
            "",
            "/** Draws it. */",
            "export function Home() {",
            "  const [open, setOpen] = useState(false); // é 🎈 is before this",
            "  /* a */ const text = `🎈${books.lenght}`; // b",
            "  return (",
            '    <div class="p-2" /* c */ tabindex={0} onClick={() => setOpen(!open)}>',
            "      <!-- how many -->",
            "      {text} <Row /> {open && <Badge>open</Badge>} // no comment, a text",
            "    </div>",
            "  );",
            "}",
        ),
    }
    now, left = await healed(tools, over_template(files))
    assert now["src/data/books.json"].decode() == (
        '[\n  { "a": 1, "b": [1, 2] },\n  { "a": 2 },\n  { "a": 3 }\n]\n'
    )
    assert now[HOME].decode().splitlines() == [
        "// The first page.",
        'import { Row, /* the row */ } from "@/components/Row"; // a default, in truth',
        'import { Badge } from "@/components/ui";',
        'import books from "@/data/books.json"; /* all of them */',
        'import { useState } from "react";',
        "",
        "/** Draws it. */",
        "export function Home() {",
        "  const [open, setOpen] = useState(false); // é 🎈 is before this",
        "  /* a */ const text = `🎈${books.length}`; // b",
        "  return (",
        '    <div className="p-2" /* c */ tabIndex={0} onClick={() => setOpen(!open)}>',
        "      {/* how many */}",
        "      {text} <Row /> {open && <Badge>open</Badge>} // no comment, a text",
        "    </div>",
        "  );",
        "}",
    ]
    # The one that is left would have cost a comment.
    assert left is not None
    assert [problem.code for problem in left.diagnostics] == ["TS2614"]


@in_one_loop
async def test_of_several_ways_none_is_taken(tools: Tools) -> None:
    files = {
        "src/lib/dates.ts": "export const format = (date: Date) => date.toISOString();\n",
        "src/lib/prices.ts": "export const format = (price: number) => `${price} €`;\n",
        **home("export function Home() {", "  return <p>{String(format)}</p>;", "}"),
    }
    failure = await tools.judge(over_template(files))
    assert failure is not None
    assert failure.fixes == ()


@in_one_loop
async def test_the_apps_own_come_before_a_packages(tools: Tools) -> None:
    files = {
        "src/components/Link.tsx": "export const Link = (props: { to: string }) => <a href={props.to} />;\n",
        **home("export const Home = () => (", '  <Link to="/" />', ");"),
    }
    now, left = await healed(tools, over_template(files))
    assert left is None
    assert b'from "@/components/Link"' in now[HOME]


@in_one_loop
async def test_names_of_one_module_are_one_import(tools: Tools) -> None:
    files = home(
        "export function Home() {",
        "  const [n, setN] = useState(0);",
        "  useEffect(() => setN(1), []);",
        "  const go = useNavigate();",
        '  return <Button onClick={() => go("/")}><NavLink to="/">{n}</NavLink></Button>;',
        "}",
    )
    now, left = await healed(tools, over_template(files))
    assert left is None
    assert now[HOME].decode().splitlines()[:4] == [
        'import { useEffect, useState } from "react";',
        'import { NavLink, useNavigate } from "react-router";',
        'import { Button } from "@/components/ui";',
        "",
    ]


@in_one_loop
async def test_slips_are_mended_where_they_are_and_nothing_around_them(tools: Tools) -> None:
    files = home(
        'import { useEffect, useState } from "react";',
        "// twice, in part",
        'import { type ReactNode, useState } from "react"; // the state',
        'import { useEffect } from "react";',
        "",
        "async function load(): Promise<string> {",
        '  return "loaded";',
        "}",
        "",
        "export function Home() {",
        '  const [text, setText] = useState<ReactNode>("");',
        "  const again = (): void => setText(await load());",
        "  useEffect(() => {",
        "    // at the beginning",
        "    setText(await load());",
        "  }, []);",
        "  return (",
        "    <p>{text}</p>",
        "    <button onClick={again}>Again</button>",
        "  );",
        "}",
    )
    now, left = await healed(tools, over_template(files))
    assert left is None
    assert now[HOME].decode().splitlines() == [
        'import { useEffect, useState } from "react";',
        "// twice, in part",
        'import { type ReactNode } from "react"; // the state',
        "",
        "async function load(): Promise<string> {",
        '  return "loaded";',
        "}",
        "",
        "export function Home() {",
        '  const [text, setText] = useState<ReactNode>("");',
        "  const again = async (): Promise<void> => setText(await load());",
        "  useEffect(() => {",
        "    // at the beginning",
        "    void (async () => {",
        "    setText(await load());",
        "    })();",
        "  }, []);",
        "  return (",
        "    <>",
        "    <p>{text}</p>",
        "    <button onClick={again}>Again</button>",
        "    </>",
        "  );",
        "}",
    ]


@in_one_loop
async def test_what_is_the_platforms_is_never_changed(tools: Tools) -> None:
    files = over_template(
        {
            "src/components/ui/index.ts": 'export { Badge } from "./badg";\n',
            **home("export const Home = () => null;"),
        }
    )
    failure = await tools.judge(files)
    assert failure is not None
    assert {problem.file for problem in failure.diagnostics} != {HOME}
    assert all(fix.path == HOME for fix in failure.fixes)


def test_repairs_of_unusual_reports_are_not_used() -> None:
    source = {"src/a.ts": b"one\ntwo\n"}

    def fix(path: str = "src/a.ts", first: int = 1, last: int = 1, text: str = "x") -> FileFix:
        edits = (LineEdit(first_line=first, last_line=last, text=text),)
        return FileFix(path=path, reasons=("r" * 500,) * 50, edits=edits)

    [kept] = usable([fix()], source, ["src/a.ts"])
    assert (len(kept.reasons), len(kept.reasons[0])) == (MAX_REASONS, MAX_REASON)
    for strange in (
        fix(path="src/b.ts"),
        fix(first=4, last=4),
        fix(first=2, last=1),
        fix(text="x" * 200_001),
    ):
        assert usable([strange], source, ["src/a.ts"]) == ()
    hostile = {"ok": False, "fixes": [{"path": "src/a.ts", "reasons": [], "edits": [{"first_line": 1e300}]}]}
    assert tool_report(hostile).fixes == ()
    assert tool_report({"fixes": "all"}).fixes == ()
