"""Every step passes on a page that has what it asks for, and names what is missing on one that has not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from playwright.async_api import Browser
from pydantic import TypeAdapter

from dev.browser import chromium
from evaluation.checks import QUIET, check_app
from evaluation.corpus import Check, Entry
from evaluation.steps import AnyStep, Step, run_steps
from evaluation.visit import StepFailed, Visit, open_visit
from tests.evaluation.pages import served

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEPS = TypeAdapter(tuple[AnyStep, ...])
PATIENT = 60.0
HASTY = 1.0
"""Seconds for what never comes, however slow the machine."""

CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
CANNOT_FAIL = {"perhaps", "reload"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@asynccontextmanager
async def opened(browser: Browser, page: str | dict[str, str]) -> AsyncIterator[Visit]:
    with served({"/": page} if isinstance(page, str) else page) as url:
        async with open_visit(browser, url, seconds=PATIENT) as visit:
            yield visit


@pytest.mark.parametrize("case", CASES["passing"], ids=lambda case: str(case["steps"][-1]))
async def test_a_page_that_has_it_passes(browser: Browser, case: dict[str, Any]) -> None:
    async with opened(browser, case["page"]) as visit:
        await run_steps(STEPS.validate_python(case["steps"]), visit)
        assert visit.complaints == []


@pytest.mark.parametrize("case", CASES["failing"], ids=lambda case: str(case["problem"]))
async def test_a_page_without_it_fails_and_is_told_why(browser: Browser, case: dict[str, Any]) -> None:
    """By its last step: those before have all the time they need."""
    *before, last = STEPS.validate_python(case["steps"])
    async with opened(browser, case["page"]) as visit:
        await run_steps(tuple(before), visit)
        visit.seconds = HASTY
        visit.page.set_default_timeout(HASTY * 1000)
        with pytest.raises(StepFailed, match=case["problem"]):
            await run_steps((last,), visit)


async def test_every_kind_of_step_is_seen_to_fail() -> None:
    kinds = {next(iter(kind.model_fields)) for kind in Step.__subclasses__()}
    assert kinds - {next(iter(case["steps"][-1])) for case in CASES["failing"]} == CANNOT_FAIL


@pytest.mark.parametrize(
    ("body", "noise"),
    [
        ("<script>throw new Error('Crashed')</script>", "page: Crashed"),
        ("<script>console.error('Careful')</script>", "console: Careful"),
        ("<img src='/gone.png' alt=''>", "404"),
        ("<script src='https://cdn.example/x.js'></script>", "request to another site: https://cdn.example"),
    ],
)
async def test_an_app_whose_browser_complains_fails_by_that(
    browser: Browser, tmp_path: Path, body: str, noise: str
) -> None:
    [own] = STEPS.validate_python([{"see": {"heading": "Shop"}}])
    entry = Entry(id="shop-1", prompt="A shop", checks=(Check(name="Shop", steps=(own,)),))
    with served({"/": f"<h1>Shop</h1>{body}"}) as url:
        found = await check_app(browser, url, entry, seconds=PATIENT, pictures=tmp_path)
    assert [(result.name, result.problem is None) for result in found] == [("Shop", True), (QUIET, False)]
    assert noise in (found[1].problem or "")
    assert (tmp_path / "1.png").read_bytes().startswith(b"\x89PNG")


async def test_each_check_is_a_visitor_who_was_never_here(browser: Browser, tmp_path: Path) -> None:
    checks = (
        {"name": "Adds", "steps": [CASES["add"], {"see": "Buy milk"}]},
        {"name": "Finds nothing", "steps": [{"see": {"heading": "Tasks"}}, {"unseen": "Buy milk"}]},
    )
    entry = Entry.model_validate({"id": "tasks-1", "prompt": "Tasks", "checks": checks})
    with served({"/": CASES["pages"]["keeping"]}) as url:
        found = await check_app(browser, url, entry, seconds=PATIENT, pictures=tmp_path)
    assert [result.name for result in found if result.problem] == []
