"""Apps looked at in a real browser, without the service around it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache

from builder.clients.browser.browser import Browser
from builder.clients.browser.command import PROFILE_BYTES
from builder.clients.browser.pool import BrowserKeeping, Browsers, axe_files
from builder.clients.browser.ways import BrowserWay, browser_way
from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.cgroups import Cgroup
from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import find_node
from builder.clients.sandbox.users import SandboxUsers
from builder.domain.looks import Look
from builder.domain.pages import Judgement, judge
from builder.domain.serving import Site
from builder.domain.sourcemaps import SourceMaps
from tests.builder.machine import strongest
from tests.builder.sandboxes import WORK_DIR
from tests.caches import BUILDER_CACHE

MB = 1024**2
LIMITS = Limits(memory_bytes=1024 * MB, cpus=2, processes=512, disk_bytes=PROFILE_BYTES, output_bytes=0)
SECONDS = 600.0


@cache
def dependencies() -> Dependencies:
    return Dependencies(find_node(None), BUILDER_CACHE, 300)


def browsers(limits: Limits = LIMITS, level: Level | None = None, *, apps: int = 0) -> Browsers:
    async def way() -> BrowserWay:
        return browser_way(level or strongest(), SandboxUsers(), WORK_DIR)

    keeping = BrowserKeeping(apps, SECONDS)
    return Browsers(limits, way, None, lambda: dependencies().prepare(axe_files()), keeping, yields=False)


@asynccontextmanager
async def browser(limits: Limits = LIMITS, level: Level | None = None) -> AsyncIterator[Browser]:
    """A browser of its own, of which nothing is left afterwards."""
    running = await browsers(limits, level).take("testtesttest")
    group = running.process.group
    assert group.processes()
    try:
        yield running
    finally:
        await running.close()
        assert group.remove()
        assert not any(path.exists() for path in (group.paths if isinstance(group, Cgroup) else ()))


def page(script: str = "", body: str = "<h1>Works</h1>", path: str = "index.html") -> dict[str, bytes]:
    """A site of one page; the script runs as a file of its own."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f'<body><div id="root"><main>{body}</main></div><script src="/assets/app.js"></script></body></html>'
    )
    return {path: html.encode(), "assets/app.js": script.encode()}


async def look(
    files: Mapping[str, bytes], *, limits: Limits = LIMITS, seconds: float = SECONDS,
    level: Level | None = None,
) -> Look:  # fmt: skip
    async with browser(limits, level) as running:
        return await running.look(Site(files, "testtesttest"), seconds)


async def judged(
    files: Mapping[str, bytes], *, limits: Limits = LIMITS, level: Level | None = None
) -> Judgement:
    seen = await look(files, limits=limits, level=level)
    return await asyncio.to_thread(judge, seen, SourceMaps({}, {}))
