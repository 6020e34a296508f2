"""The bundler on sources that nobody has looked at: nothing of them runs, and they are all that it reads."""

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.process import Sandbox
from builder.clients.sandbox.program import BUNDLER
from builder.domain.evidence import End, Evidence
from tests.builder.machine import strongest
from tests.builder.sandboxes import SECONDS, contained, modules
from tests.builder.test_sandbox import own_groups, runners
from tests.builder.world import template_files

pytestmark = pytest.mark.asyncio(loop_scope="module")

TELL = 'globalThis.process.getBuiltinModule("fs").writeSync(1, "EXECUTED\\n");'
RUN = f"{TELL} export default () => {{}};".encode()
STYLES = b'@plugin "./run.js"; @tailwind utilities;'
OPTIONS = f'(() => {{ {TELL} return {{type: "module"}} }})()'
HOME = "src/pages/Home.tsx"
_PROGRAM = BUNDLER.script.with_name("channel.mjs")
CHANNEL = _PROGRAM if strongest() is Level.LANDLOCK else Path("/programs", _PROGRAM.name)
"""A file that the sandbox can read and that is none of the app's."""
UP = f"{'../' * 20}{str(CHANNEL).lstrip('/')}"


@pytest.fixture(autouse=True, scope="module")
def leaves_nothing() -> Iterator[None]:
    """No test leaves a process or a control group behind."""
    yield
    assert not own_groups()
    assert not runners()


class Bundler:
    """One sandbox, that bundles one source after the other."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.lines: list[str] = []

    async def bundle(self, changes: dict[str, bytes]) -> Evidence:
        """The template with these files over it."""
        self.lines.clear()
        evidence = await self._sandbox.run(
            {**template_files(), **changes}, SECONDS, lambda _stream, line: self.lines.append(line),
            mode="preview", compress=[],
        )  # fmt: skip
        assert evidence.end is End.FINISHED, evidence
        assert not any("EXECUTED" in line for line in self.lines)
        return evidence

    async def refusal(self, changes: dict[str, bytes]) -> tuple[str, str | None]:
        """The first error's message and file."""
        evidence = await self.bundle(changes)
        assert evidence.report is not None
        assert not evidence.report.ok
        error = evidence.report.errors[0]
        return error.message, error.file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bundler() -> AsyncIterator[Bundler]:
    sandbox = await contained().start(BUNDLER, await modules())
    try:
        yield Bundler(sandbox)
    finally:
        await sandbox.close()


def home(code: str) -> bytes:
    return f"{code}\nexport function Home() {{ return null; }}\n".encode()


@pytest.mark.parametrize("file", ["x.foo", "x.md", "x.json", "x.html", "x.ts", "x", "x.pcss"])
@pytest.mark.parametrize("query", ["?index=0.css", "?a&lang.css", "?x.css", "#x.css"])
async def test_no_file_is_compiled_as_a_style_sheet_by_its_query(
    bundler: Bundler, file: str, query: str
) -> None:
    code = home(f'import "./{file}{query}";')
    message, at = await bundler.refusal({HOME: code, f"src/pages/{file}": STYLES, "src/pages/run.js": RUN})
    assert message.endswith("which only files that end with .css can be.")
    assert at == f"src/pages/{file}"


@pytest.mark.parametrize(
    "code",
    [
        'import("./x.foo?in" + "dex=0.css");',
        'import("./x.foo?\\x69ndex=0.css");',
        'console.log(import.meta.glob("./*.foo", { query: { index: "0.css" }, eager: true }));',
        'console.log(import.meta.glob("./*.foo", { query: "?a&lang.css", eager: true }));',
        'export * from "./x.foo?index=0.css";',
        'import { "default" as x } from "./x.foo?index=0.css"; console.log(x);',
    ],
)
async def test_however_an_import_is_written_it_disguises_nothing(bundler: Bundler, code: str) -> None:
    changes = {HOME: home(code), "src/pages/x.foo": STYLES, "src/pages/run.js": RUN}
    assert "x.foo" in (await bundler.refusal(changes))[0]


async def test_html_of_an_app_is_not_bundled_with_its_styles(bundler: Bundler) -> None:
    page = b"<html><head><style>" + STYLES + b"</style></head></html>"
    changes = {HOME: home('import "./x.html";'), "src/pages/x.html": page, "src/pages/run.js": RUN}
    message, at = await bundler.refusal(changes)
    assert (message, at) == (
        "'src/pages/x.html' is imported as a page: only its text can be, with ?raw.",
        "src/pages/x.html",
    )


@pytest.mark.parametrize("kind", ["text/css", "text/javascript", "application/json"])
async def test_code_in_an_address_is_not_bundled(bundler: Bundler, kind: str) -> None:
    message, at = await bundler.refusal({HOME: home(f'import x from "data:{kind},1"; console.log(x);')})
    assert (message, at) == (f"'data:{kind},1' is code in an address: put it into a file of the app.", HOME)


async def test_the_options_of_a_worker_are_read_and_not_run(bundler: Bundler) -> None:
    new = 'export const made = new Worker(new URL("./w.ts", import.meta.url), %s);'
    worker = {"src/pages/w.ts": b"postMessage(1);"}
    message, _ = await bundler.refusal({HOME: home(new % OPTIONS), **worker})
    assert "options as the value is not static" in message
    evidence = await bundler.bundle({HOME: home(new % '{ type: "module", name: "w" }'), **worker})
    assert evidence.report is not None
    assert evidence.report.ok, evidence.report


OUTSIDE = {
    "import": f'import text from "{CHANNEL}?raw"; console.log(text);',
    "relative import": f'import text from "{UP}?raw"; console.log(text);',
    "module": f'import * as all from "{CHANNEL}"; console.log(all);',
    "glob": f'console.log(import.meta.glob("{UP}", {{ query: "?raw", eager: true }}));',
    "address": f'console.log(new URL("{UP}", import.meta.url).href);',
    "system": 'import text from "/proc/self/mountinfo?raw"; console.log(text);',
    "worker": 'import W from "./w.ts?worker"; console.log(W);',
}


@pytest.mark.parametrize("code", OUTSIDE.values(), ids=OUTSIDE)
async def test_what_is_not_the_apps_becomes_no_part_of_it(bundler: Bundler, code: str) -> None:
    worker = f'import text from "{CHANNEL}?raw"; postMessage(text);'
    evidence = await bundler.bundle({HOME: home(code), "src/pages/w.ts": worker.encode()})
    assert evidence.report is not None
    if evidence.report.ok:  # it may also be left as the address that it is
        assert evidence.output is not None
        text = _PROGRAM.read_bytes()
        for piece in (text[:40], base64.b64encode(text)[:40]):
            assert not any(piece in content for content in evidence.output.files.values())
    else:
        message = evidence.report.errors[0].message
        assert "is no file of the app" in message or "Could not resolve" in message


@pytest.mark.parametrize("style", [f".x {{ background: url({UP}) }}", f'@import "{UP}";'])
async def test_what_is_not_the_apps_becomes_no_part_of_its_styles(bundler: Bundler, style: str) -> None:
    message, _ = await bundler.refusal({"src/index.css": template_files()["src/index.css"] + style.encode()})
    assert "is no file of the app" in message


async def test_ordinary_imports_of_every_kind_are_bundled(bundler: Bundler) -> None:
    code = """
        import logo from "./logo.svg";
        import address from "./logo.svg?url";
        import text from "./notes.md?raw";
        import page from "./page.html?raw";
        import data from "./data.json";
        import sheet from "./a.css?inline";
        import styles from "./b.module.css";
        import Work from "./w.ts?worker";
        import shown from "../../public/favicon.svg?raw";
        console.log(logo, address, text, page, data, sheet, styles, Work, shown);
        console.log(import.meta.glob("./*.md", { query: "?raw" }));
        console.log(new URL("./notes.md", import.meta.url).href, import("./later"));
    """
    changes = {
        HOME: home(code),
        "src/pages/logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "src/pages/notes.md": b"# @plugin and @config",
        "src/pages/page.html": b"<style>@plugin './x';</style>",
        "src/pages/data.json": b'{"a": 1}',
        "src/pages/a.css": b".a { color: red }",
        "src/pages/b.module.css": b".b { background: url(./logo.svg) }",
        "src/pages/w.ts": b"import { n } from './later'; postMessage(n);",
        "src/pages/later.ts": b"export const n = 1;",
    }
    evidence = await bundler.bundle(changes)
    assert evidence.report is not None
    assert evidence.report.ok, evidence.report
