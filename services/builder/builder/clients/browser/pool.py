"""Browsers kept ready: each serves one app, and no two apps ever share one."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from builder.clients.aside import Aside
from builder.clients.browser.browser import Browser
from builder.clients.browser.chromium import Chromium, find_chromium
from builder.clients.browser.page import PageCrashed
from builder.clients.browser.process import start_browser
from builder.clients.browser.protocol import BrowserGone, Flooded, Refused
from builder.clients.browser.ways import BrowserWay
from builder.clients.sandbox.limits import Limits
from builder.errors import BrowserUnavailable
from common.errors import AppError
from common.logging import get_logger

AXE = Path(__file__).with_name("axe")
"""A package.json with its lockfile, for the rules of accessibility."""

_START_SECONDS = 60.0
_EVICT_SECONDS = 5.0

logger = get_logger(__name__)


@dataclass(frozen=True)
class BrowserKeeping:
    """Of how many apps the browsers are kept, and for how many seconds after a look."""

    apps: int
    seconds: float


def axe_files() -> dict[str, bytes]:
    """What npm installs axe-core from."""
    return {path.name: path.read_bytes() for path in AXE.iterdir() if path.is_file()}


class Browsers:
    """Keeps one browser ready, and those of the apps that were looked at last for their next versions.

    `way` answers how a browser is contained, `modules` where axe-core is installed. `refused`: why there is
    to be none at all, if that is so. `yields`: whether all other work goes first.
    """

    def __init__(
        self,
        limits: Limits,
        way: Callable[[], Awaitable[BrowserWay]],
        binary: Path | None,
        modules: Callable[[], Awaitable[Path]],
        keeping: BrowserKeeping,
        *,
        refused: str | None = None,
        yields: bool = True,
    ) -> None:
        self._limits = limits
        self._refused = refused
        self._yields = yields
        self._way = way
        self._binary = binary
        self._modules = modules
        self._keeping = keeping
        self._parts: tuple[BrowserWay, Chromium] | None = None
        self._ready: asyncio.Task[Browser] | None = None
        self._apps: OrderedDict[str, tuple[Browser, float]] = OrderedDict()
        self._aside = Aside("a browser could not be ended")
        self._closed = False

    async def take(self, app_id: str) -> Browser:
        """The app's own, one that is ready, or a new one, for `give_back`. Raises BrowserUnavailable."""
        own = self._apps.pop(app_id, None)
        if own is not None:
            if own[0].alive:
                return own[0]
            self._aside.start(own[0].close())
        ready, self._ready = self._ready, None
        if ready is not None:
            browser = await self._result(ready)
            if browser is not None and browser.alive:
                return browser
            if browser is not None:
                await browser.close()
        return await self._start()

    def refill(self) -> None:
        """Starts the next one in the background."""
        if self._ready is None and self._refused is None and not self._closed:
            self._ready = asyncio.create_task(self._start())
            self._ready.add_done_callback(_seen)

    def give_back(self, browser: Browser, app_id: str) -> None:
        """Keeps it for the app's next version if it is still good, else ends it, in the background."""
        self._aside.start(self._rest(browser, app_id))

    async def _rest(self, browser: Browser, app_id: str) -> None:
        good = False
        try:
            good = await self._serves_again(browser)
        finally:
            if not good:
                await browser.close()
        if good:
            self._keep(browser, app_id)
        self.refill()

    async def _serves_again(self, browser: Browser) -> bool:
        """Whether the app's next version may have it, which then finds nothing of this one."""
        if not self._keeping.apps or not browser.alive:
            return False
        try:
            await browser.rest()
        except (BrowserGone, Refused, Flooded, PageCrashed, TimeoutError):
            return False
        return browser.process.group.memory_bytes() <= self._limits.memory_bytes // 2 and not self._closed

    def _keep(self, browser: Browser, app_id: str) -> None:
        replaced = self._apps.pop(app_id, None)
        self._apps[app_id] = (browser, time.monotonic())
        evicted = [replaced] if replaced is not None else []
        while len(self._apps) > self._keeping.apps:
            evicted.append(self._apps.popitem(last=False)[1])
        for old, _ in evicted:
            self._aside.start(old.close())

    async def evict_loop(self) -> None:
        """Ends the browsers of apps that have not been looked at for a while."""
        while True:
            await asyncio.sleep(min(_EVICT_SECONDS, self._keeping.seconds / 2))
            oldest = time.monotonic() - self._keeping.seconds
            for app_id, (browser, since) in list(self._apps.items()):
                if since <= oldest or not browser.alive:
                    del self._apps[app_id]
                    self._aside.start(browser.close())

    def app_count(self) -> int:
        """How many browsers wait for the next versions of their apps."""
        return len(self._apps)

    async def _result(self, starting: asyncio.Task[Browser]) -> Browser | None:
        try:
            return await asyncio.shield(starting)
        except AppError:
            return None
        except asyncio.CancelledError:
            self._ready = starting  # to be closed with the rest
            raise

    async def _start(self) -> Browser:
        if self._refused is not None:
            raise BrowserUnavailable(self._refused)
        if self._parts is None:
            self._parts = await self._way(), await asyncio.to_thread(find_chromium, self._binary)
        axe = await asyncio.to_thread((await self._modules() / "axe-core/axe.min.js").read_text, "utf-8")
        process = await start_browser(*self._parts, self._limits, yields=self._yields)
        try:
            async with asyncio.timeout(_START_SECONDS):
                return await Browser.prepare(process, axe)
        except (BrowserGone, Refused, Flooded, TimeoutError) as error:
            await process.close()
            raise BrowserUnavailable(
                f"The browser does not start: {error or f'it hangs for {_START_SECONDS:.0f} s'}."
            ) from error
        except BaseException:
            await process.close()
            raise

    async def close(self) -> None:
        """Ends all browsers that wait, and waits for those that are about to end."""
        self._closed = True
        if self._ready is not None:
            self._ready.cancel()
            with suppress(asyncio.CancelledError, AppError):
                await (await self._ready).close()
        await self._aside.wait()
        await asyncio.gather(*(browser.close() for browser, _ in self._apps.values()))
        self._apps.clear()


def _seen(starting: asyncio.Task[Browser]) -> None:
    if not starting.cancelled() and (error := starting.exception()) is not None:
        reason = error.message if isinstance(error, AppError) else repr(error)
        logger.warning("a browser could not be started ahead", reason=reason)
