"""Checks of the corpus can be passed: small apps, written by hand, that do what their prompts ask for."""

from pathlib import Path

import pytest

from dev.browser import chromium
from evaluation.checks import check_app
from evaluation.corpus import load_corpus
from tests.evaluation.pages import served

APPS = sorted((Path(__file__).parent / "apps").glob("*.html"))


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.stem)
async def test_an_app_as_its_prompt_asks_for_passes(app: Path, tmp_path: Path) -> None:
    [entry] = load_corpus().select(app.stem)
    # What all apps have to do, the steps' own tests show.
    own = entry.model_copy(update={"checks": entry.checks[:-2]})
    async with chromium() as browser:
        with served({"/": app.read_text(encoding="utf-8")}) as url:
            found = await check_app(browser, url, own, seconds=30, pictures=tmp_path)
    assert [(check.name, check.problem) for check in found if check.problem] == []
