"""A headless Chromium that notices everything a user would complain about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import ConsoleMessage, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
# Chromium's own calls home; none of them belongs to a test.
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
async def visit(url: str) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page with the address loaded, and the list into which its complaints go."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"console: {message.text}")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            page = await browser.new_page()
            page.on("console", hear)
            page.on("pageerror", lambda error: complaints.append(f"page: {error}"))
            page.on("requestfailed", lambda request: complaints.append(f"request: {request.url}"))
            await page.goto(url)
            yield page, complaints
        finally:
            await browser.close()
