"""An app's browser serves its next version, which finds nothing of the one before; no other app gets it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from builder.clients.browser.browser import Browser
from builder.clients.browser.pool import Browsers
from builder.domain.looks import Look
from builder.domain.serving import Site
from common.testing.budget import within
from tests.builder.browsers import SECONDS, browsers, page
from tests.builder.machine import needs_browser
from tests.common.messages import until

pytestmark = needs_browser()

APP = "testtesttest"
LEAVES = """
const leave = async () => {
  localStorage.setItem("left", "x");
  sessionStorage.setItem("left", "x");
  document.cookie = "left=x; max-age=3600";
  name = "left";
  history.pushState({}, "", "/");
  await new Promise((done) => { indexedDB.open("left", 1).onsuccess = done; });
  await caches.open("left");
  await (await navigator.storage.getDirectory()).getFileHandle("left", { create: true });
};
"""
FINDS = """
const find = async () => {
  const found = [
    localStorage.length, sessionStorage.length, document.cookie.length, name.length, history.length - 2,
    (await indexedDB.databases()).length, (await caches.keys()).length,
    (await Array.fromAsync((await navigator.storage.getDirectory()).keys())).length,
  ];
  if (found.some((count) => count > 0)) throw new Error(`found ${found}`);
};
"""
HASHED = "assets/part-Ab3dEf9h.js"


@asynccontextmanager
async def pool(*, apps: int = 1) -> AsyncIterator[Browsers]:
    kept = browsers(apps=apps)
    try:
        yield kept
    finally:
        await kept.close()


async def looked(kept: Browsers, files: Mapping[str, bytes], app: str = APP) -> tuple[Browser, Look]:
    """What was seen, and the browser that saw it, which has been given back."""
    running = await kept.take(app)
    seen = await running.look(Site(files, app), SECONDS)
    kept.give_back(running, app)
    return running, seen


async def test_the_next_version_has_the_same_browser_and_finds_nothing_of_the_one_before() -> None:
    async with pool() as kept:
        first, seen = await looked(kept, page(f"{LEAVES} leave()"))
        assert not any(visit.seen for visit in seen.visits), seen
        await until(lambda: kept.app_count() == 1)
        second, seen = await looked(kept, page(f"{FINDS} find()"))
        assert second is first
        assert not any(visit.seen for visit in seen.visits), seen


async def test_what_a_version_leaves_is_what_is_looked_for() -> None:
    async with pool() as kept:
        _, seen = await looked(kept, page(f"{LEAVES} {FINDS} leave().then(find)"))
        messages = {one.message for visit in seen.visits for one in visit.seen}
        assert messages
        for message in messages:
            counts = message.removeprefix("Error: found ").split(",")
            assert [int(count) > 0 for count in counts] == [True] * 8


async def test_a_file_that_only_the_version_before_had_is_missed() -> None:
    script = f"import('/{HASHED}')"
    async with pool() as kept:
        await looked(kept, {**page(script), HASHED: b"export const part = 1"})
        await until(lambda: kept.app_count() == 1)
        _, seen = await looked(kept, page(script))
        assert any("404" in one.message for visit in seen.visits for one in visit.seen), seen


async def test_another_app_has_a_browser_of_its_own() -> None:
    async with pool() as kept:
        first, _ = await looked(kept, page())
        await until(lambda: kept.app_count() == 1)
        second, _ = await looked(kept, page(), app="otherotherot")
        assert second is not first


async def test_only_so_many_are_kept_and_none_that_waits_is_left() -> None:
    async with pool() as kept:
        running = [(await looked(kept, page(), app=app))[0] for app in ("oneoneoneone", "twotwotwotwo")]
        await until(lambda: sum(one.process.alive for one in running) == 1)
        assert kept.app_count() == 1
    assert not any(one.process.alive for one in running)


@pytest.mark.parametrize("script", ["while (true);", "for (;;) console.error('x'.repeat(1e5))"])
async def test_one_that_a_page_kept_busy_or_flooded_is_not_kept(script: str) -> None:
    async with pool() as kept:
        running, _ = await looked(kept, page(script))
        async with asyncio.timeout(within(60)):
            await running.process.process.wait()
        await until(lambda: running.process.group.processes() == ())
        assert kept.app_count() == 0


async def test_what_a_browser_sends_is_counted_for_each_version_by_itself() -> None:
    chatty = page("for (let i = 0; i < 300; i++) console.error('x'.repeat(50000))")
    async with pool() as kept:
        for _ in range(5):
            _, seen = await looked(kept, chatty)
            assert seen.problem is None
            assert {one.trouble.value for visit in seen.visits for one in visit.seen} == {"console_error"}
            await until(lambda: kept.app_count() == 1)
