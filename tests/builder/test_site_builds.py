"""A site's own code runs where its build runs, however hostile it is: what comes out is pages or a reason."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from builder.clients.calm import Calm
from builder.clients.sandbox.pool import Keeping, SandboxBase, SandboxPool
from builder.clients.sandbox.program import BUNDLER
from builder.domain.diagnostics import warned
from builder.domain.evidence import End, Evidence
from builder.domain.output import checked
from common.contracts import Diagnostic
from tests.builder.sandboxes import LIMITS, MB, SECONDS, contained, modules
from tests.builder.world import site_files

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("site-builds")]

EMPTY = '<div id="root"></div>'
MAX = 10_000_000
PAGES = {
    "index.html", "about/index.html", "articles/index.html", "articles/light-first/index.html",
    "articles/three-woods/index.html", "articles/small-rooms/index.html", "contact/index.html", "404.html",
}  # fmt: skip
PORT = 'process.getBuiltinModule("node:worker_threads").parentPort'


def site(**pages: str) -> dict[str, bytes]:
    """The template with some of its pages replaced by modules that have a component of that name."""
    return site_files() | {f"src/pages/{name}.tsx": code.encode() for name, code in pages.items()}


def page(name: str, first: str = "", inside: str = "", shown: str = "shown") -> str:
    return f"{first}\nexport function {name}() {{ {inside}\n  return <h1>{shown}</h1>; }}\n"


class Built:
    def __init__(self, files: Mapping[str, bytes], evidence: Evidence) -> None:
        self.evidence, self.files = evidence, files
        assert evidence.end is End.FINISHED, evidence
        assert evidence.report is not None
        self.report = evidence.report
        self.warnings = {self.page_of(found): found for found in warned(self.report, files)}

    @staticmethod
    def page_of(found: Diagnostic) -> str:
        return found.message.partition(" ")[0]

    @property
    def pages(self) -> dict[str, str]:
        assert self.report.ok, self.report
        assert self.evidence.output is not None
        served = checked(self.files, self.evidence.output, MAX)[0]
        return {path: content.decode() for path, content in served.items() if path.endswith(".html")}

    @property
    def left(self) -> set[str]:
        """Which pages are the browser's to show."""
        return {path for path, content in self.pages.items() if EMPTY in content}


@dataclass
class Builds:
    """As the builder has an app built: in its own sandbox while that is good, else in another."""

    pool: SandboxPool
    base: SandboxBase

    async def __call__(self, files: dict[str, bytes], *compress: str) -> Built:
        async with self.pool.lend(BUNDLER, self.base, "testtesttest") as loan:
            evidence = await loan.run(files, SECONDS, lambda *_: None, mode="production", compress=compress)
        return Built(files, evidence)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def build() -> AsyncIterator[Builds]:
    keeping = Keeping(ready=0, app_bytes=1024 * MB, sandbox_bytes=512 * MB, app_seconds=600)
    pool = SandboxPool(contained(replace(LIMITS, memory_bytes=1024 * MB)), keeping, Calm(0, 0))
    try:
        yield Builds(pool, SandboxBase("site", site(), await modules()))
    finally:
        await pool.close()


async def test_a_sites_pages_are_made_in_the_sandbox(build: Builds) -> None:
    files = site() | {"public/robots.txt": b"User-agent: *\nDisallow: /\n"}
    built = await build(files, ".html")
    assert built.pages.keys() == PAGES
    assert (built.left, built.warnings) == (set(), {})
    assert (await build(files)).pages == built.pages
    assert built.evidence.output is not None
    assert "about/index.html" in built.evidence.output.compressed
    assert "sitemap.xml" in built.evidence.output.files
    assert "robots.txt" not in built.evidence.output.files, "the app's own says what robots are told"


async def test_pages_that_cannot_be_made_are_the_browsers_and_say_where_and_why(build: Builds) -> None:
    built = await build(site(
        About=page("About", 'throw new Error("no page today");'),
        Contact=page("Contact", "const high = window.innerHeight;", shown="{high}"),
        Articles=page("Articles", shown="{window.innerHeight}"),
        Article=page("Article", "export const late = await Promise.resolve(7);", shown="{late}"),
        NotFound=page("NotFound", shown='<a href="/nowhere/?q#top">x</a>'),
    ))  # fmt: skip
    assert built.left == {"about/index.html", "contact/index.html", "articles/index.html"}
    assert "<h1>7</h1>" in built.pages["articles/light-first/index.html"], "a module may wait for something"
    told = {page: (found.code, found.file, found.line) for page, found in built.warnings.items()}
    assert told == {
        "/about": ("prerender", "src/pages/About.tsx", 1),
        "/contact": ("prerender", "src/pages/Contact.tsx", 1),
        "/articles": ("prerender", "src/pages/Articles.tsx", 3),
        "404": ("dead-link", None, None),
    }
    assert built.warnings["/about"].message == "/about was left to the browser: Error: no page today"
    assert "window is not defined" in built.warnings["/contact"].message
    assert "1 | const high = window.innerHeight;" in (built.warnings["/contact"].frame or "")
    assert "links to /nowhere, which is no page" in built.warnings["404"].message


async def test_what_does_not_come_to_an_end_costs_its_own_page_alone(build: Builds) -> None:
    built = await build(site(
        About=page("About", inside="while (Date.now() > 0) globalThis.name = 'busy';"),
        Articles=page("Articles", "setInterval(() => {}, 1000); await new Promise(() => {});"),
        Contact=page("Contact", inside="const all: object[] = []; for (;;) all.push(Buffer.alloc(1e6, 1));"),
        NotFound=page("NotFound", inside="process.exit(0);"),
    ))  # fmt: skip
    assert built.left == {"about/index.html", "articles/index.html", "contact/index.html", "404.html"}
    why = {page: found.message.partition("browser: ")[2] for page, found in built.warnings.items()}
    assert why["/about"] == "it takes more than 2 s of the processor"
    assert why["/articles"] == "it waits for something that does not come"
    assert why["/contact"] == "it takes more than 200 MB of memory"
    assert why["404"] == "its code ended before there was a page"


async def test_without_its_first_page_there_is_no_site(build: Builds) -> None:
    built = await build(site(
        Home=page("Home", inside="document.title = 'x';"), About=page("About", "null.x;")
    ))  # fmt: skip
    assert not built.report.ok
    first, *others = built.report.errors
    assert (first.file, first.line) == ("src/pages/Home.tsx", 2)
    assert first.message.startswith(
        "/ cannot be made, without which there is no site: ReferenceError: document"
    )
    assert [found.file for found in others] == ["src/pages/About.tsx"], "all is told at once"
    broken = site() | {"src/layout/Footer.tsx": page("Footer", "export const at = window.scrollY;").encode()}
    [every] = (await build(broken)).report.errors
    assert (every.file, every.line) == ("src/layout/Footer.tsx", 1)
    assert every.message.startswith("No page can be made: ReferenceError: window")


REACHES = """
const tried = (name: string, reach: () => unknown) => {
  try { return `${name}:${String(reach()).slice(0, 40)}`; } catch { return `${name}:refused`; }
};
const load = (name: string) => process.getBuiltinModule(name);
const answered = await fetch("http://127.0.0.1:4222").then(() => "fetch:answered", () => "fetch:refused");
const seen = [
  tried("env", () => Object.keys(process.env).sort().join()),
  tried("file", () => load("node:fs").readFileSync("/etc/passwd")),
  tried("write", () => load("node:fs").writeFileSync("node_modules/react/index.js", "")),
  tried("run", () => load("node:child_process").execFileSync(process.execPath, ["-e", "0"])),
  answered,
].join("|");
"""
MANY = "const many = Array.from({ length: 1e5 }, (_, n) => <a key={n} href={`/${n}`}>x</a>);"
REFUSED = "env:NODE_ENV|file:refused|write:refused|run:refused|fetch:refused"
TELLS = f"""
const made = (path: string, body: unknown) => ({{ path, file: `${{path}}/index.html`, head: "", body }});
for (const told of [
  {{ pages: {{ length: 1e9 }} }}, {{ pages: [made("../../out", "x")] }}, {{ page: made("/new", "x") }},
  {{ page: made("contact", {{}}) }}, {{ making: "__proto__" }}, "done", 7,
]) {PORT}.postMessage(told);
Object.defineProperty(Object.prototype, "body", {{ get: () => "mine", configurable: true }});
Array.prototype.push = () => {{ throw new Error("no push"); }};
"""


async def test_hostile_code_reaches_nothing_and_makes_no_page_but_its_own(build: Builds) -> None:
    built = await build(site(
        About=page("About", REACHES, shown="{seen}"),
        Articles=page("Articles", MANY, shown="{many}"),
        Contact=page("Contact", TELLS),
    ))  # fmt: skip
    assert REFUSED in built.pages["about/index.html"]
    assert built.pages.keys() == PAGES
    assert "articles/index.html" in built.left
    assert "has 2," in built.warnings["/articles"].message
    assert "index.html" not in built.left
    after = await build(site())
    assert (after.left, after.warnings) == (set(), {}), "nothing of it is left for the next build"


async def test_a_flood_of_pages_or_messages_ends(build: Builds) -> None:
    files = site(About=page("About", f"for (;;) {PORT}.postMessage({{ page: 'x'.repeat(1000) }});"))
    entries = b"entries: Array.from({ length: 1500 }, (_, n) => ({ slug: `a${n}` })),"
    routes = files["src/routes.tsx"].replace(b"entries: articles.map(({ slug }) => ({ slug })),", entries)
    assert routes != files["src/routes.tsx"]
    shown = b"export const App = () => <h1>shown</h1>;"
    built = await build(files | {"src/routes.tsx": routes, "src/App.tsx": shown})
    assert len(built.pages) == 1002
    assert "200.html" in built.pages, "those left out are the browser's to show"
    assert "about/index.html" in built.left
    told = "\n".join(found.message for found in built.warnings.values())
    assert "/about was left to the browser: it tells of more than there is" in told
    assert "pages more than can be made" in told
