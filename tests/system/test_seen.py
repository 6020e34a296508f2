"""The whole way with the browser that looks at builds: what does not run is repaired, or not let out."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dev.browser import visit
from dev.stack.config import StackConfig
from dev.stack.stack import Stack
from tests.caches import BUILDER_CACHE
from tests.system.api import Api
from tests.users import open_folder

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system-seen"),
    pytest.mark.asyncio(loop_scope="session"),
]

CRASHING = """\
export function Home() {
  if (window.location.hash !== "#calm") throw new Error("Crashed on purpose");
  return <h1>Calm</h1>;
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    own = {"BUILDER_CACHE_DIR": str(BUILDER_CACHE), "BUILDER_BROWSER_SECONDS": "120"}
    # The database and the builds run as other users.
    with open_folder() as state:
        config = StackConfig.temporary(state, forked=True, builder=own, orchestrator={"PAGES_SECONDS": "300"})
        async with Stack(config) as running:
            yield running


@pytest_asyncio.fixture(loop_scope="session")
async def api(stack: Stack) -> AsyncIterator[Api]:
    async with Api(stack.api_url, stack.api_key) as api:
        yield api


async def test_an_app_that_crashes_in_the_browser_is_repaired_before_its_run_succeeds(
    api: Api, stack: Stack
) -> None:
    app, run = await api.create_app("Birds I have seen [[script:crash]]")
    final = await api.succeeded(app, run)
    assert (final["recoveries"], final["version"]) == (1, 2)
    events = await api.log(app)
    first, second = (event.data for event in events if event.type == "pages.checked")
    assert (first["state"], second["state"]) == ("failed", "passed")
    found = first["findings"][0]
    assert (found["kind"], found["severity"], found["file"], found["line"]) == (
        "uncaught_error", "error", "src/pages/Home.tsx", 8,
    )  # fmt: skip
    assert "birds.names.join" in found["frame"]
    [recovery] = [event.data for event in events if event.type == "recovery.started"]
    assert (recovery["category"], recovery["build_id"]) == ("runtime", first["build_id"])
    live = (await api.get(f"/v1/apps/{app}"))["live"]["preview"]
    assert (live["version"], live["pages"]) == (2, "passed")
    usage = await api.get(f"/v1/apps/{app}/usage")
    assert {line["billing_class"] for line in usage["lines"]} == {"user", "repair"}
    async with visit(stack.app_url(f"{app}-preview")) as (page, complaints):
        await expect(page.get_by_role("heading", name="Birds")).to_be_visible()
        assert complaints == []


async def test_production_takes_only_what_a_browser_has_passed(api: Api, stack: Stack) -> None:
    app, run = await api.create_app("A list of plants with a name and a watered flag")
    await api.succeeded(app, run)
    assert await promoted(api, app) == ("deployed", "passed", None)
    await api.put_file(app, "src/pages/Home.tsx", CRASHING.encode())
    assert await promoted(api, app) == ("failed", "failed", "pages_failed")
    async with visit(stack.app_url(app)) as (page, complaints):
        assert await page.title()
        assert complaints == []


async def promoted(api: Api, app: str) -> tuple[str, str, str | None]:
    """How the head's way to production has ended."""
    asked = (await api.post(f"/v1/apps/{app}/deployments", {"environment": "production"}))["deployment"]
    event = await api.event(
        app, lambda one: one.type == "deploy.finished" and one.data["deployment_id"] == asked["id"]
    )
    done = event.data
    return done["state"], done["pages"], (done["problem"] or {}).get("code")
