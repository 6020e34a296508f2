"""One visitor's browser window on an app, and how it looks for things: waiting, and on every page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Locator, Page, Route
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as NotInTimeError

from dev.browser import listen
from evaluation.targets import Target, inventory

DESKTOP = (1280, 900)
LOOK_SECONDS = 1.5
"""How long something may take to show itself that may as well not be there."""
LOAD_SECONDS = 60.0
MOST_PAGES = 8
_LINKS = """() => [...document.querySelectorAll("a[href]")]
  .filter((link) => link.origin === location.origin && !link.download && link.target !== "_blank")
  .map((link) => link.hash.startsWith("#/") ? link.href : link.href.replace(link.hash, ""))"""


class StepFailed(Exception):
    """What was missing, for people."""


@dataclass
class Visit:
    """`seconds` is how long a step waits for what it needs."""

    page: Page
    complaints: list[str]
    seconds: float

    async def visible(self, target: Target, seconds: float = LOOK_SECONDS) -> bool:
        return await is_visible(target.locate(self.page).first, seconds)

    async def need(self, target: Target) -> Locator:
        """The first that fits, once it is visible."""
        if not await self.visible(target, self.seconds):
            raise StepFailed(await self.missing(str(target)))
        return target.locate(self.page).first

    async def missing(self, what: str) -> str:
        return f"no {what}; {await self.there()}"

    async def there(self) -> str:
        return f"there are {await inventory(self.page)}"

    async def until(self, holds: Callable[[], Awaitable[str | None]]) -> None:
        """Until it finds no more fault; raises with the last one."""
        end = asyncio.get_running_loop().time() + self.seconds
        while (fault := await holds()) is not None:
            if asyncio.get_running_loop().time() > end:
                raise StepFailed(fault)
            await asyncio.sleep(0.1)

    async def pages(self) -> list[str]:
        """Addresses of the app's other pages that the page links to, without queries and parts of pages."""
        addresses: list[str] = await self.page.evaluate(_LINKS)
        found = dict.fromkeys(address.partition("?")[0] for address in addresses)
        return [address for address in found if address != self.page.url.partition("?")[0]][:MOST_PAGES]

    async def turn_to(self, address: str) -> None:
        """By the app's own link where it can be seen, which keeps what the page has in memory."""
        links = self.page.locator("a[href]").filter(visible=True)
        hrefs: list[str] = await links.evaluate_all("links => links.map((link) => link.href)")
        try:
            await links.nth(hrefs.index(address)).click(timeout=LOOK_SECONDS * 1000)
        except (ValueError, BrowserError):  # a menu hides it, or something covers it
            await self.page.goto(address, timeout=LOAD_SECONDS * 1000)
        await self.settle()

    async def settle(self) -> None:
        """Until a page that was asked for has loaded what it needs."""
        await self.page.wait_for_load_state("networkidle", timeout=LOAD_SECONDS * 1000)

    async def reach(self, there: Callable[[], Awaitable[bool]], opener: Target | None) -> bool:
        """Go where a person would look: here, behind a button, on the other pages."""
        for address in [None, *await self.pages()]:
            if address is not None:
                await self.turn_to(address)
            if await there():
                return True
            if opener is not None and await self.visible(opener):
                await opener.locate(self.page).first.click()
                if await there():
                    return True
        return False


async def is_visible(found: Locator, seconds: float) -> bool:
    try:
        await found.wait_for(state="visible", timeout=seconds * 1000)
    except NotInTimeError:
        return False
    return True


@asynccontextmanager
async def open_visit(
    browser: Browser, url: str, *, seconds: float, language: str = "en"
) -> AsyncIterator[Visit]:
    """A visitor who was never here before. The app may reach nothing but itself: nobody has read its code."""
    width, height = DESKTOP
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale=language, service_workers="block"
    )
    try:
        context.set_default_timeout(seconds * 1000)
        page = await context.new_page()
        complaints = listen(page, "error")
        origin = url.rstrip("/")

        async def guard(route: Route) -> None:
            address = route.request.url
            if address == origin or address.startswith(f"{origin}/"):
                await route.continue_()
            else:
                complaints.append(f"request to another site: {address[:200]}")
                await route.abort()

        await context.route(lambda address: address.startswith("http"), guard)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        visit = Visit(page, complaints, seconds)
        try:
            await page.goto(url, timeout=LOAD_SECONDS * 1000)
            await visit.settle()
        except BrowserError as error:
            raise StepFailed(f"{url} does not load: {error.message.partition(chr(10))[0]}") from error
        yield visit
    finally:
        await context.close()
