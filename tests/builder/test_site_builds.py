"""A site's own code runs where its build runs, however hostile it is: what comes out is pages, or none."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from builder.clients.sandbox.process import Sandbox
from builder.clients.sandbox.program import BUNDLER
from builder.domain.evidence import End, Evidence
from builder.domain.output import checked
from templates.clients.content import read_template
from templates.settings import PACKAGED_CONTENT
from tests.builder.sandboxes import SECONDS, contained, modules

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("site-builds")]

ABOUT = "src/pages/About.tsx"
EMPTY = '<div id="root"></div>'
MAX = 10_000_000


def site() -> dict[str, bytes]:
    files = read_template(PACKAGED_CONTENT / "site")
    return {path: content for path, content in files.items() if path != "template.json"}


def about(code: str, shown: str = "") -> dict[str, bytes]:
    text = f"{code}\nexport function About() {{ return <><h1>About</h1>{shown}</>; }}\n"
    return {**site(), ABOUT: text.encode()}


class Built:
    def __init__(self, files: dict[str, bytes], evidence: Evidence, lines: list[str]) -> None:
        self.evidence = evidence
        self.log = "\n".join(lines)
        assert evidence.end is End.FINISHED, evidence
        assert evidence.report is not None
        assert evidence.report.ok, evidence.report
        assert evidence.output is not None
        self.pages = {
            path: content.decode()
            for path, content in checked(files, evidence.output, MAX)[0].items()
            if path.endswith(".html")
        }


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    running = await contained().start(BUNDLER, await modules())
    try:
        yield running
    finally:
        await running.close()


async def build(sandbox: Sandbox, files: dict[str, bytes]) -> Built:
    lines: list[str] = []
    evidence = await sandbox.run(
        files, SECONDS, lambda _stream, line: lines.append(line), mode="production", compress=[".html"]
    )
    return Built(files, evidence, lines)


async def test_a_sites_pages_are_made_in_the_sandbox(sandbox: Sandbox) -> None:
    built = await build(sandbox, site())
    assert built.pages.keys() >= {
        "index.html",
        "about/index.html",
        "articles/light-first/index.html",
        "404.html",
    }
    assert all(EMPTY not in page for page in built.pages.values())
    assert "left to the browser" not in built.log
    again = await build(sandbox, site())
    assert again.pages == built.pages
    assert again.evidence.output is not None
    assert "about/index.html" in again.evidence.output.compressed


async def test_pages_that_cannot_be_made_are_left_to_the_browser(sandbox: Sandbox) -> None:
    files = {
        **about('throw new Error("no page today");'),
        "src/pages/Contact.tsx": b"const high = window.innerHeight;\nexport const Contact = () => high;\n",
        "src/pages/Articles.tsx": b"export const Articles = () => <h1>{window.innerHeight}</h1>;\n",
    }
    built = await build(sandbox, files)
    left = {path for path, page in built.pages.items() if EMPTY in page}
    assert left == {"about/index.html", "contact/index.html", "articles/index.html"}
    assert f"/about was left to the browser: {ABOUT}: Error: no page today" in built.log
    for page, file in (("contact", "Contact"), ("articles", "Articles")):
        assert f"/{page} was left to the browser: src/pages/{file}.tsx: ReferenceError: window" in built.log


@pytest.mark.parametrize(
    "code",
    [
        "const until = Date.now() + 3.6e6; while (Date.now() < until) globalThis.name = 'busy';",
        "globalThis.process.exit(0);",
        "Array.prototype.map = () => { throw new Error('no map'); };",
    ],
    ids=["endless", "exits", "breaks what all have"],
)
async def test_hostile_code_costs_a_site_its_pages_and_nothing_else(sandbox: Sandbox, code: str) -> None:
    built = await build(sandbox, about(code))
    assert EMPTY in built.pages["about/index.html"]
    assert EMPTY not in built.pages["index.html"]
    assert "left to the browser" in built.log
    after = await build(sandbox, site())
    assert all(EMPTY not in page for page in after.pages.values())


async def test_code_that_runs_in_browsers_alone_leaves_an_app_as_any_other(sandbox: Sandbox) -> None:
    built = await build(sandbox, about("await Promise.resolve();"))
    assert [*built.pages] == ["index.html"]
    assert EMPTY in built.pages["index.html"]
    assert "The pages were left to the browser: " in built.log


async def test_robots_are_told_what_the_app_says(sandbox: Sandbox) -> None:
    files = {**site(), "public/robots.txt": b"User-agent: *\nDisallow: /\n"}
    built = await build(sandbox, files)
    assert built.evidence.output is not None
    assert "robots.txt" not in built.evidence.output.files
    assert "sitemap.xml" in built.evidence.output.files
