"""The rows of the table that only a browser can judge: they build, and fail where they are wrong."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from builder.domain.pages import judge
from builder.domain.serving import Site
from builder.domain.sourcemaps import SourceMaps
from common.contracts import PagesState, Severity
from tests.builder.broken.case import Broken
from tests.builder.broken.runtime import RUNTIME
from tests.builder.broken.tools import Tools, over_template, running_tools
from tests.builder.browsers import SECONDS, browser
from tests.builder.machine import needs_browser

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools() -> AsyncIterator[Tools]:
    async with running_tools() as running:
        yield running


@pytest.mark.parametrize("broken", RUNTIME, ids=str)
async def test_an_app_that_builds_and_does_not_run_fails_where_it_is_wrong(
    tools: Tools, broken: Broken
) -> None:
    source = over_template(broken.files)
    assert await tools.judge(source) is None
    bundled = await tools.bundle(source)
    maps = {path.removesuffix(".map"): bundled[path] for path in bundled if path.endswith(".map")}
    public = {
        path.removeprefix("public/"): text for path, text in source.items() if path.startswith("public/")
    }
    files = public | {path: content for path, content in bundled.items() if not path.endswith(".map")}
    async with browser() as running:
        seen = await running.look(Site(files, "testtesttest"), SECONDS)
    judged = judge(seen, SourceMaps(maps, source))
    assert judged.state is PagesState.FAILED, judged
    errors = [found for found in judged.findings if found.severity is Severity.ERROR]
    assert (errors[0].file, broken.line or errors[0].line) == (broken.file, errors[0].line), errors
    assert broken.message in errors[0].message
    assert len(errors) == broken.count, errors
