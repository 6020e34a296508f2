"""Looking at an app: every route at two widths, in two tabs side by side."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from builder.clients.browser.page import Page, PageCrashed
from builder.clients.browser.process import BrowserProcess
from builder.clients.browser.protocol import (
    BrowserGone,
    Flooded,
    Message,
    Refused,
    fields,
    items,
    number,
    text,
)
from builder.clients.browser.tour import Tour
from builder.domain.looks import NARROW, WIDE, Look, Spot, Trouble, Visit
from builder.domain.serving import Site

_STUCK_CPU_SECONDS = 4.0
_STUCK_POLL_SECONDS = 0.25
_STUCK_AGAIN_CPU_SECONDS = 2.0
# What uses the processor may be what cannot be stopped where it runs, as the page's workers.
_STUCK_SEARCH_CPU_SECONDS = 8.0
_STUCK_SHARE = 0.5
_REST_SECONDS = 5.0
_BLANK_TRIES = 10
_BLANK_SECONDS = 0.2
_WARM_PAGE = Path(__file__).with_name("warm.html").read_bytes()
_WARM = Site({"index.html": _WARM_PAGE, "warm.js": b"history.state"}, "")

T = TypeVar("T")


class _Endless(Exception):
    """A page has had much of the processor and has not come to rest; the message says what it does."""


class _Hopeless(Exception):
    """A tab cannot be used any more, for what its page does."""


class Browser:
    """A browser that is ready: its tabs are open, its tools loaded. It serves one app; `close` ends it.

    `rest` is called between two looks.
    """

    def __init__(self, process: BrowserProcess, pages: tuple[Page, Page], axe: str) -> None:
        self.process = process
        self._narrow, self._wide = pages
        self._axe = axe
        self._spoilt = False

    @classmethod
    async def prepare(cls, process: BrowserProcess, axe: str) -> "Browser":
        """Opens the tabs and has each do everything once; raises BrowserGone and Refused."""
        narrow, wide = await asyncio.gather(
            *(Page.open(process.connection, width, axe) for width in (NARROW, WIDE))
        )
        browser = cls(process, (narrow, wide), axe)
        await asyncio.gather(browser._warm_up(narrow), browser._warm_up(wide))
        return browser

    async def _warm_up(self, page: Page) -> None:
        await page.load(_WARM, "/")
        await self._violations(page)
        await page.photograph()

    @property
    def alive(self) -> bool:
        """Whether it can still be used: it runs, and no page has broken a tab or kept it busy."""
        return self.process.alive and not self._spoilt

    async def rest(self) -> None:
        """Has it forget what it has seen of the app, for the app's next version.

        Raises BrowserGone, Refused, Flooded, PageCrashed and TimeoutError: then it is of no more use.
        """
        async with asyncio.timeout(_REST_SECONDS):
            await asyncio.gather(self._narrow.forget(_WARM), self._wide.forget(_WARM))
        with suppress(OSError):  # its control group may be gone with it
            self.process.group.rest()

    async def close(self) -> None:
        """Ends the browser with all it has started."""
        await self.process.close()

    async def look(self, site: Site, seconds: float) -> Look:
        """Visits every route; never raises for what a page does."""
        with suppress(OSError):  # its control group may be gone with it
            self.process.group.claim_cpu()
        tour = Tour(site, seconds)
        problem: str | None = None
        self.process.connection.begin()
        self._spoilt = True
        try:
            async with asyncio.timeout(seconds):
                await self._see_all(tour)
            self._spoilt = False
        except _Hopeless:
            pass
        except TimeoutError:
            problem = f"It was not done within {seconds:g} s."
        except Flooded:
            tour.blame(Trouble.ENDLESS, "The page makes its browser report without end.")
        except (BrowserGone, Refused) as error:
            problem = f"The browser broke: {error}."
            if self.process.group.oom_kills():
                problem = None
                tour.blame(Trouble.CRASHED, "The page needs more memory than a page may have.")
        return Look(tour.visits(), tour.thumbnails(), problem)

    async def _see_all(self, tour: Tour) -> None:
        async with _first_error() as start:
            for page, first in ((self._narrow, NARROW), (self._wide, WIDE)):
                start(self._see(page, tour, first))

    async def _see(self, page: Page, tour: Tour, first: int) -> None:
        await self._visit_pages(page, tour, first)
        await self._try_forms(page, tour)

    async def _visit_pages(self, page: Page, tour: Tour, first: int) -> None:
        """On a phone it is looked at for what follows and for all who use it; on a laptop for its picture."""
        async for route, width in tour.pages(first):
            await page.resize(width)
            async with self._visit(page, tour, route):
                measured = await self._measured(page)
                if width == NARROW:
                    await tour.add([text(link, 300) for link in items(measured.get("links"), 50)])
                    tour.has_forms(route, [text(form, 500) for form in items(measured.get("forms"), 20)])
                    await self._violations(page)
                elif (picture := await page.photograph()) is not None:
                    tour.pictures[route] = picture

    @asynccontextmanager
    async def _visit(
        self, page: Page, tour: Tour, route: str, *, trying: bool = False
    ) -> AsyncIterator[Page]:
        """Loads the route for what follows, and keeps what was seen; raises _Hopeless.

        To try something it is enough that the tab still shows it.
        """
        page.begin()
        tour.now = (route, page.width)
        try:
            if page.route != route or not trying:
                await self._patiently(page, page.load(tour.site, route))
            yield page
        except PageCrashed as error:
            page.note(
                Trouble.CRASHED,
                "The page's process ended: it needs too much memory, as a loop without end may, "
                "or breaks the browser.",
            )
            raise _Hopeless from error
        except (_Endless, Refused) as error:
            if tour.ending:  # the other tab found the page endless, and has closed this one
                await asyncio.Event().wait()
            if isinstance(error, Refused):
                raise
            tour.ending = True
            spots: tuple[Spot, ...] = ()
            try:
                if not page.keeps_asking:  # a dialog holds a page where nothing can stop it
                    spots = await self._patiently(
                        page, self._stuck_at(page.width, tour, route), _STUCK_SEARCH_CPU_SECONDS
                    )
            except _Endless:
                pass
            finally:  # it is known also when the time is up
                page.note(Trouble.ENDLESS, str(error), spots)
            raise _Hopeless from error
        finally:
            tour.keep(Visit(route, page.width, tuple(page.seen), page.asks_others, trying))

    async def _stuck_at(self, width: int, tour: Tour, route: str) -> tuple[Spot, ...]:
        """Where a page runs that does not rest: it is loaded once more, in a tab that can be stopped."""
        try:
            async with asyncio.timeout(tour.seconds * _STUCK_SHARE):
                await asyncio.gather(self._narrow.close(), self._wide.close())
                page = await Page.open(self.process.connection, width, self._axe)
                await page.enable_interrupts()
                try:
                    await self._patiently(page, page.load(tour.site, route), _STUCK_AGAIN_CPU_SECONDS)
                except _Endless:
                    return await page.interrupt()
        except (TimeoutError, BrowserGone, Refused, Flooded, PageCrashed):
            pass
        return ()

    async def _patiently(
        self, page: Page, work: Coroutine[Any, Any, T], cpu_seconds: float = _STUCK_CPU_SECONDS
    ) -> T:
        """Waits for a page for as long as it does not use up the processor; raises _Endless."""
        lowest = self.process.cpu_seconds()  # it falls when a process ends, as that of a closed tab
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait([task], timeout=_STUCK_POLL_SECONDS))[0]:
                if page.keeps_asking:
                    raise _Endless("The page opens one dialog after the other, without end.")
                lowest = min(lowest, now := self.process.cpu_seconds())
                if now - lowest > cpu_seconds:
                    raise _Endless(
                        "The page does not come to rest: something in it runs without end "
                        "(a loop, or a state that is set anew in every render)."
                    )
            return task.result()
        finally:
            task.cancel()

    async def _measured(self, page: Page) -> Message:
        """What is to be seen on the page once it shows something; notes what is amiss with it."""
        measured: Message = {}
        for _ in range(_BLANK_TRIES):
            measured = fields(await page.ask("probe.measure()"))
            if measured.get("blank") is False:
                break
            await asyncio.sleep(_BLANK_SECONDS)
            await self._patiently(page, page.settle())
        else:
            page.note(Trouble.BLANK, "The page stays blank: nothing can be seen in #root.")
        _note_layout(page, measured)
        return measured

    async def _violations(self, page: Page) -> None:
        """Serious and critical rules of accessibility that the page breaks."""
        for found in items(await page.ask("probe.violations()"), 20):
            broken = fields(found)
            times = number(broken.get("count")) or 1
            html = text(broken.get("html"), 200)
            more = f" (and {times - 1} more)" if times > 1 else ""
            page.note(
                Trouble.ACCESSIBILITY,
                f"{text(broken.get('help'), 300)}: {html}{more}",
                rule=text(broken.get("id"), 60),
            )

    async def _try_forms(self, page: Page, tour: Tour) -> None:
        """Fills in the first form of every page that no other has, sends it, and loads the page again."""
        shown = page.route if page.width == NARROW else None
        while (waiting := tour.next_form(shown)) is not None:
            route, form = waiting
            await page.resize(NARROW)
            async with self._visit(page, tour, route, trying=True):
                page.begin()
                await page.ask(f"probe.submit({json.dumps(form)})")
                await self._patiently(page, page.settle())
                await self._patiently(page, page.reload())
            shown = page.route


@asynccontextmanager
async def _first_error() -> AsyncIterator[Callable[[Coroutine[Any, Any, None]], None]]:
    """Tasks that all end when one fails; what that one raised comes out as it is."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield lambda work: tasks.append(asyncio.create_task(work))
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _note_layout(page: Page, measured: Message) -> None:
    wide = fields(measured.get("overflow"))
    if (extra := number(wide.get("extra"))) is not None:
        names = ", ".join(text(name, 120) for name in items(wide.get("elements"), 5))
        page.note(Trouble.OVERFLOW, f"The page is {extra} px wider than a window of {page.width} px: {names}")
    for name in items(measured.get("clipped"), 5):
        page.note(Trouble.CLIPPED, f"Text is cut off by its box: {text(name, 120)}")
