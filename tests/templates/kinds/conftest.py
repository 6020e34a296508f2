"""Kinds of app: each is built once, served as deployments are, and looked at in a browser.

A module names its template by `KIND`.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from builder.clients.browser.pool import axe_files
from tests.builder.browsers import dependencies
from tests.templates.conftest import Build, run
from tests.templates.test_app_in_browser import browser, complaints, context, page, serve

__all__ = ["browser", "context", "page"]

expect.set_options(timeout=30_000)  # against hanging alone

SIZES = ((1280, 800), (390, 844))
SCHEMES = ("light", "dark")
_PROGRAM = """
import { runnerImport } from "vite";
const [root, script] = process.argv.slice(1);
const config = {
  root, configFile: false, logLevel: "error", define: { __HAS_TABLES__: "false" },
  resolve: { alias: [{ find: "@", replacement: `${root}/src` }] },
};
const load = async (path) => (await runnerImport(`${root}/src/${path}`, config)).module;
const result = await new (async () => {}).constructor("load", script)(load);
console.log(JSON.stringify(result));
process.exit(0);
"""

Step = Callable[[Page], None]
Look = Callable[..., None]
Evaluate = Callable[[str], Any]


@pytest.fixture(scope="module")
def app(build: Build, request: pytest.FixtureRequest) -> Path:
    """The kind's files with what was built of them."""
    return build(template=request.module.KIND).parent


@pytest.fixture(scope="module")
def url(app: Path) -> Iterator[str]:
    yield from serve(app / "dist")


@pytest.fixture(scope="module")
def evaluate(app: Path) -> Evaluate:
    """What a script returns that loads the app's pure modules: `const { step } = await load("rules.ts");`."""

    def evaluate(script: str) -> Any:
        return json.loads(run("node", "--input-type=module", "--eval", _PROGRAM, str(app), script, cwd=app))

    return evaluate


@pytest.fixture(scope="module")
def axe() -> str:
    # Playwright has a loop running in this thread.
    with ThreadPoolExecutor(1) as thread:
        modules = thread.submit(asyncio.run, dependencies().prepare(axe_files())).result()
    return (modules / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def look(browser: Browser, url: str, axe: str) -> Look:
    """Looks at a page on wide and narrow screens, light and dark; fails with all that is wrong there.

    It does so when the page is loaded, and again after each of `steps`.
    """

    def look(path: str = "/", *steps: Step) -> None:
        found: list[str] = []
        for width, height in SIZES:
            for scheme in SCHEMES:
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                    reduced_motion="reduce",
                )
                heard = complaints(page)
                page.goto(f"{url}{path}")
                page.get_by_role("heading", level=1).first.wait_for(state="attached")
                wrong = _wrong(page, axe)
                for step in steps:
                    step(page)
                    wrong += _wrong(page, axe)
                found += [f"{path} {width} {scheme}: {one}" for one in (*wrong, *heard)]
                page.close()
        assert found == []

    return look


def _wrong(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    violations = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    told = [f"{each['id']}: {each['nodes'][0]['html'][:300]}" for each in violations]
    return [*told, f"{wider} pixels wider than the screen"] if wider > 0 else told
