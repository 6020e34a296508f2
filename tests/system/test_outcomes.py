"""What else a user can see of a whole stack: production, and a change that cannot be made to build."""

from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from dev.browser import visit
from dev.stack.stack import Stack
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

PROMPT = "A list of plants with a name and a watered flag"


async def test_a_version_is_promoted_to_production_with_its_secrets(api: Api, stack: Stack) -> None:
    app, run = await api.create_app(PROMPT)
    await api.succeeded(app, run)
    put = await api.http.put(f"/v1/apps/{app}/env/production/GREETING", json={"value": "hello"})
    assert put.status_code == 204, put.text
    shown = {"value": {"currency": "EUR", "sale": True}, "public": True}
    assert (await api.http.put(f"/v1/apps/{app}/env/staging/SHOP", json=shown)).status_code == 204
    copied = await api.http.post(f"/v1/apps/{app}/env/production/copy", json={"from": "staging"})
    assert copied.json() == {"names": ["SHOP"]}, copied.text
    asked = await api.post(f"/v1/apps/{app}/deployments", {"environment": "production"})
    deployment = asked["deployment"]
    assert deployment["state"] == "building"
    done = await finished(api, app, deployment["id"])
    assert done["state"] == "deployed"
    assert done["url"] == stack.app_url(app)
    modes = {build["mode"]: build["state"] for build in (await api.get(f"/v1/apps/{app}/builds"))["items"]}
    assert modes == {"preview": "succeeded", "production": "succeeded"}
    page, script = await load_as_a_browser_does(stack, done["url"])
    assert page.headers["cache-control"] == "no-cache"
    assert script.headers["content-encoding"] == "br"
    assert "immutable" in script.headers["cache-control"]
    async with visit(done["url"]) as (seen, complaints):
        assert await seen.evaluate("window.ENV") == {"APP_ID": app, "SHOP": shown["value"]}
        assert complaints == []
    recorded = (await api.get(f"/v1/apps/{app}/env/production/events"))["items"]
    assert [(item["action"], item["names"], item["key_id"] is None) for item in recorded] == [
        ("deployed", ["GREETING", "SHOP"], True), ("copied", ["SHOP"], False), ("set", ["GREETING"], False),
    ]  # fmt: skip
    again = await api.post(f"/v1/apps/{app}/deployments", {"environment": "production"})
    assert again["deployment"]["state"] == "deploying", "what is built is not built again"
    assert (await finished(api, app, again["deployment"]["id"]))["state"] == "deployed"


async def test_a_change_that_never_builds_leaves_the_app_as_it_is(api: Api, stack: Stack) -> None:
    app, run = await api.create_app(PROMPT)
    await api.succeeded(app, run)
    before = await api.get(f"/v1/apps/{app}")
    run = await api.send(app, "Break it [[script:always-broken]]")
    final = await api.ended(app, run)
    assert (final["state"], final["error_code"], final["version"]) == ("failed", "build_failed", None)
    assert final["recoveries"] == 3, "the second try changed the error, two more brought nothing"
    assert "unchanged" in final["error_message"]
    after = await api.get(f"/v1/apps/{app}")
    assert (after["head"], after["live"]) == (before["head"], before["live"])
    messages = (await api.get(f"/v1/apps/{app}/messages"))["items"]
    told = [message for message in messages if message["run_id"] == run]
    types = [message["type"] for message in told]
    assert types == ["prompt", *["error_recovery"] * final["recoveries"], "failure"]
    assert [message["billing_ignore"] for message in told] == [False, *[True] * (len(told) - 1)]
    async with visit(stack.app_url(f"{app}-preview")) as (page, complaints):
        assert await page.title()
        assert complaints == []
    afresh = {"content": "Rename the heading to Still alive", "start_over": True}
    run = (await api.post(f"/v1/apps/{app}/messages", afresh))["run"]["id"]
    await api.succeeded(app, run)


async def test_obvious_mistakes_are_repaired_without_the_model(api: Api, stack: Stack) -> None:
    app, run = await api.create_app("Count things [[script:forgotten-import]]")
    final = await api.succeeded(app, run)
    assert final["recoveries"] == 0
    written = [event.data for event in await api.log(app) if event.type == "file.written"]
    [repaired] = [data for data in written if data["tool"] == "fixer"]
    assert repaired["path"] == "src/pages/Home.tsx"
    assert repaired["reasons"] == ["writes className instead of class", "imports useState, Button"]
    async with visit(stack.app_url(f"{app}-preview")) as (page, complaints):
        await page.get_by_role("button", name="Count").click()
        await expect(page.get_by_role("heading", name="Counted 1 times")).to_be_visible()
        assert complaints == []


async def test_an_app_builds_after_a_file_has_moved_with_its_imports(api: Api) -> None:
    app, run = await api.create_app("Dates as people write them [[script:moves-files]]")
    final = await api.succeeded(app, run)
    assert final["recoveries"] == 0
    files = (await api.get(f"/v1/apps/{app}/files"))["files"]
    assert {"src/lib/time/dates.ts", "src/lib/format.ts"} <= {file["path"] for file in files}
    tools = {event.data["tool"] for event in await api.log(app) if event.type == "file.written"}
    assert tools == {"create_file", "line_replace", "rename_file"}, "nothing was left to the fixers"
    assert [build["state"] for build in (await api.get(f"/v1/apps/{app}/builds"))["items"]] == ["succeeded"]


async def finished(api: Api, app: str, deployment: str) -> dict[str, Any]:
    await api.event(
        app, lambda event: event.type == "deploy.finished" and event.data["deployment_id"] == deployment
    )
    found: dict[str, Any] = await api.get(f"/v1/apps/{app}/deployments/{deployment}")
    return found


async def load_as_a_browser_does(stack: Stack, url: str) -> tuple[httpx.Response, httpx.Response]:
    """The page and its script, compressed."""
    headers = {"host": httpx.URL(url).netloc.decode(), "accept-encoding": "br, gzip"}
    async with httpx.AsyncClient(base_url=stack.edge_apps_url, headers=headers, trust_env=False) as http:
        page = await http.get("/")
        path = page.text.partition('src="/assets/')[2].partition('"')[0]
        return page, await http.get(f"/assets/{path}")
