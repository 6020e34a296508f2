"""The pages of a served app as people meet them: both themes, a desk and a phone, with axe's eyes."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page
from playwright.async_api import TimeoutError as NotInTimeError

from dev.browser import listen

SIZES = {1280: 900, 390: 844}
"""Widths of the windows, with their heights."""
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
NOWHERE = "/no/such/page"
MOST_PAGES = 12
LOAD_SECONDS = 60.0
HEADING_SECONDS = 5.0
"""How long a page that has loaded may take to show itself, on a machine that does other work."""
_LINKS = """() => [...document.querySelectorAll("a[href]")]
  .filter((link) => link.origin === location.origin && !link.download)
  .map((link) => link.pathname)"""
_SITEMAP = "async () => { const got = await fetch('/sitemap.xml'); return got.ok ? got.text() : ''; }"
_RULES = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_LOCATION = re.compile(r"<loc>\s*https?://[^/<\s]+([^<\s]*)\s*</loc>")


@dataclass
class Seen:
    """The paths that were looked at, and what was wrong, in words for people."""

    paths: list[str]
    violations: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    overflows: list[str] = field(default_factory=list)


async def look(browser: Browser, url: str, axe: str, pictures: Path | None) -> Seen:
    """Looks at every page that the sitemap names or a page links to, and at one that is not there."""
    seen = Seen([])
    seen.paths = await _paths(browser, url, seen)
    windows = [(width, scheme) for width in SIZES for scheme in SCHEMES]
    # Side by side, since most of the time is waiting for the network to be quiet.
    parts = [Seen(seen.paths) for _ in windows]
    async with asyncio.TaskGroup() as group:
        for part, (width, scheme) in zip(parts, windows, strict=True):
            group.create_task(_look_in(browser, url, axe, pictures, width, scheme, part))
    for part in parts:
        seen.violations += part.violations
        seen.complaints += part.complaints
        seen.overflows += part.overflows
    return seen


async def _look_in(
    browser: Browser, url: str, axe: str, pictures: Path | None, width: int, scheme: Scheme, seen: Seen
) -> None:
    """One kind of window."""
    context = await browser.new_context(
        viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme, reduced_motion="reduce"
    )
    try:
        for path in (*seen.paths, NOWHERE):
            where = f"{path}, {width} px, {scheme}"
            with in_time(where, seen):
                async with _opened(await context.new_page(), f"{url}{path}") as (page, complaints):
                    await _judge(page, where, axe, seen)
                    # The browser itself tells of the answer that the address has no page.
                    found = [text for text in complaints if path != NOWHERE or "404" not in text]
                    seen.complaints += [f"{where}: {text}" for text in found]
                    if pictures is not None:
                        target = pictures / f"{_name(path)}-{width}-{scheme}.png"
                        await page.screenshot(path=target, full_page=True)
    finally:
        await context.close()


@contextmanager
def in_time(where: str, seen: Seen) -> Iterator[None]:
    """What a page does not do in time is a fault of that page; the others are looked at all the same."""
    try:
        yield
    except (NotInTimeError, TimeoutError) as error:
        words = str(error).partition("\n")[0] or f"not judged within {LOAD_SECONDS:g} s"
        seen.complaints.append(f"{where}: {words}")


async def _paths(browser: Browser, url: str, seen: Seen) -> list[str]:
    """Breadth first from the home page and those of the sitemap."""
    context = await browser.new_context()
    found = {"/"}
    waiting = ["/"]
    try:
        for path in waiting:
            linked: list[str] = []
            with in_time(path, seen):
                async with _opened(await context.new_page(), f"{url}{path}") as (page, _):
                    listed = _LOCATION.findall(await page.evaluate(_SITEMAP)) if path == "/" else []
                    linked = [*(other or "/" for other in listed), *await page.evaluate(_LINKS)]
            for other in linked:
                if (route := _route(other)) not in found and len(waiting) < MOST_PAGES:
                    found.add(route)
                    waiting.append(other)
    finally:
        await context.close()
    return waiting


@asynccontextmanager
async def _opened(page: Page, address: str) -> AsyncIterator[tuple[Page, list[str]]]:
    complaints = listen(page, "error")
    try:
        await page.goto(address, timeout=LOAD_SECONDS * 1000)
        await page.wait_for_load_state("networkidle", timeout=LOAD_SECONDS * 1000)
        with suppress(NotInTimeError):  # a page without one is for axe to tell of
            await page.locator("h1").first.wait_for(state="attached", timeout=HEADING_SECONDS * 1000)
        yield page, complaints
    finally:
        await page.close()


async def _judge(page: Page, where: str, axe: str, seen: Seen) -> None:
    await page.evaluate(axe)
    async with asyncio.timeout(LOAD_SECONDS):
        for rule in await page.evaluate(_RULES):
            nodes = [node["html"][:160] for node in rule["nodes"][:2]]
            seen.violations.append(f"{where}: {rule['id']} in {' and '.join(nodes)}")
    if (wider := await page.evaluate(_WIDER)) > 0:
        seen.overflows.append(f"{where}: {wider} px wider than the window")


def _route(path: str) -> str:
    """What pages of entries have in common: of those with a number or an id in their path one is enough."""
    return re.sub(r"[^/]*\d[^/]*", ":id", path)


def _name(path: str) -> str:
    return path.strip("/").replace("/", "-") or "home"
