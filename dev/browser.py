"""A headless Chromium that notices everything a user would complain about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

CHROMIUM = "/usr/bin/chromium"
# Chromium's own calls home; none of them belongs to an app.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium(*arguments: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            await browser.close()


def listen(page: Page, *console: str) -> list[str]:
    """The list into which the page's complaints go from now on; of the console those of the types given."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in console:
            complaints.append(f"console: {message.text}")

    def hear_failed(request: Request) -> None:
        # A browser that goes to the next page gives up what it still loads for this one, such as its icon.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"request: {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"page: {error}"))
    page.on("requestfailed", hear_failed)
    return complaints


@asynccontextmanager
async def visit(url: str) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page with the address loaded, and the list into which its complaints go."""
    async with chromium() as browser:
        page = await browser.new_page()
        complaints = listen(page, "error", "warning")
        await page.goto(url)
        yield page, complaints
