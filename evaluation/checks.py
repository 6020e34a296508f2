"""The checks of one app in a browser, each by a visitor of its own, with a picture of where it ended."""

import asyncio
import contextlib
from pathlib import Path

from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from evaluation.corpus import Check, Entry
from evaluation.results import CheckResult
from evaluation.steps import run_steps
from evaluation.visit import StepFailed, Visit, open_visit

CHECK_SECONDS = 180.0
QUIET = "Nothing goes wrong in the browser"
LANGUAGES = {"en": "en-GB", "de": "de-DE"}


async def check_app(
    browser: Browser, url: str, entry: Entry, *, seconds: float, pictures: Path
) -> list[CheckResult]:
    """The entry's checks in their order, and one more: that no visit heard an error.

    `seconds` is how long a step waits. Pictures are `1.png` … in the folder, one for each check.
    """
    results = []
    complaints: list[str] = []
    for number, check in enumerate(entry.checks, 1):
        picture = pictures / f"{number}.png"
        results.append(await _check(browser, url, check, entry, seconds, picture, complaints))
    noise = list(dict.fromkeys(complaints))
    results.append(CheckResult(name=QUIET, problem=" · ".join(noise[:3])[:500] if noise else None))
    return results


async def _check(
    browser: Browser,
    url: str,
    check: Check,
    entry: Entry,
    seconds: float,
    picture: Path,
    complaints: list[str],
) -> CheckResult:
    try:
        async with (
            asyncio.timeout(CHECK_SECONDS),
            open_visit(browser, url, seconds=seconds, language=LANGUAGES[entry.language]) as visit,
        ):
            try:
                await run_steps(check.steps, visit)
            finally:
                complaints += visit.complaints
                await _take(visit, picture)
    except StepFailed as error:
        return CheckResult(name=check.name, problem=str(error))
    except TimeoutError:
        return CheckResult(name=check.name, problem=f"not over after {CHECK_SECONDS:.0f} s")
    return CheckResult(name=check.name)


async def _take(visit: Visit, picture: Path) -> None:
    """For people; a page that cannot be painted fails no check by that alone."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(BrowserError):
        await visit.page.screenshot(path=picture, full_page=True)
