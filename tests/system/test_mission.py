"""The mission, phase by phase, on real parts: what a user sees from the prompt to the rollback."""

import random
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from dev.browser import visit
from dev.stack.client import Event
from dev.stack.stack import Stack
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

PROMPT = (
    "A reading list: every book has a title, an author, a rating and a done flag."
    " There is a form to add a book and a statistics page."
)
SCRIPT_LIMIT = 900_000


@dataclass
class Walk:
    """What the phases hand on to each other."""

    api: Api
    stack: Stack
    app: str = ""
    run: str = ""

    @property
    def url(self) -> str:
        return self.stack.app_url(f"{self.app}-preview")

    async def text(self, path: str) -> str:
        response = await self.api.http.get(f"/v1/apps/{self.app}/files/{path}")
        assert response.status_code == 200, response.text
        return response.text

    async def paths(self, version: int | None = None) -> set[str]:
        query = "" if version is None else f"?version={version}"
        files = (await self.api.get(f"/v1/apps/{self.app}/files{query}"))["files"]
        return {file["path"] for file in files}

    async def deployments(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.api.get(f"/v1/apps/{self.app}/deployments"))["items"]
        return items


@pytest.mark.usefixtures("stack")
async def test_prompt_becomes_an_app_that_is_edited_repaired_and_rolled_back(api: Api, stack: Stack) -> None:
    walk = Walk(api, stack)
    await app_is_created(walk)
    events = await template_and_app_files_are_there(walk)
    await build_is_green_and_small(walk, events)
    await app_is_live_and_works(walk)
    await follow_up_edits_by_line_replace(walk)
    await broken_version_recovers_by_chat(walk)
    await images_go_through_r2(walk)
    await rollback_serves_the_earlier_version(walk)
    await tokens_cost_and_durations_are_recorded(walk)


async def app_is_created(walk: Walk) -> None:
    created = await walk.api.post("/v1/apps", {"prompt": PROMPT})
    walk.app, walk.run = created["app"]["id"], created["run"]["id"]
    assert created["run"]["state"] == "queued"
    assert re.fullmatch(r"vite-react@\d+\.\d+\.\d+", created["app"]["template"])
    assert created["message"]["content"] == PROMPT


async def template_and_app_files_are_there(walk: Walk) -> list[Event]:
    run = await walk.api.succeeded(walk.app, walk.run)
    assert run["version"] == 1
    foundation, app = await walk.paths(0), await walk.paths(1)
    assert {"index.html", "package.json", "vite.config.ts", "src/main.tsx", "src/App.tsx"} <= foundation
    assert foundation <= app
    assert any("Statistics" in path for path in app - foundation), app - foundation
    assert "rating" in "".join([await walk.text(path) for path in app - foundation if path.endswith(".tsx")])
    events = await walk.api.log(walk.app)
    written = {event.data["path"] for event in events if event.type == "file.written"}
    assert app - foundation <= written
    numbers = [event.seq for event in events if event.seq is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    return events


async def build_is_green_and_small(walk: Walk, events: list[Event]) -> None:
    [build] = (await walk.api.get(f"/v1/apps/{walk.app}/builds"))["items"]
    assert build["state"] == "succeeded"
    assert build["artifact"]
    log = (await walk.api.http.get(f"/v1/apps/{walk.app}/builds/{build['id']}/log")).text
    assert "built in" in log
    [deployed] = [event for event in events if event.type == "deploy.finished"]
    assert 0 < deployed.data["script_bytes"] < SCRIPT_LIMIT


async def app_is_live_and_works(walk: Walk) -> None:
    [deployment] = await walk.deployments()
    assert deployment["state"] == "deployed"
    assert deployment["url"] == walk.url
    async with visit(walk.url) as (page, complaints):
        assert await page.evaluate("window.ENV.APP_ID") == walk.app
        await add_book(page, "The Left Hand of Darkness", "Ursula K. Le Guin")
        await page.reload()
        await expect(page.get_by_text("The Left Hand of Darkness")).to_be_visible()
        await page.get_by_role("link", name="Statistics").click()
        await expect(page.get_by_role("heading", name="Statistics")).to_be_visible()
        await page.goto(f"{walk.url}/no/such/page")
        await expect(page.get_by_role("link", name=re.compile("home", re.IGNORECASE)).first).to_be_visible()
        assert complaints == []


async def add_book(page: Page, title: str, author: str) -> None:
    form = page.get_by_role("form").or_(page.locator("form")).first
    await form.get_by_label("Title").fill(title)
    await form.get_by_label("Author").fill(author)
    rating = form.get_by_label("Rating")
    if await rating.evaluate("element => element.tagName") == "SELECT":
        await rating.select_option("4")
    else:
        await rating.fill("4")
    await form.get_by_role("button", name=re.compile("add", re.IGNORECASE)).click()
    await expect(page.get_by_text(title)).to_be_visible()


async def follow_up_edits_by_line_replace(walk: Walk) -> None:
    run = await walk.api.send(walk.app, "Rename the heading to My shelf")
    assert (await walk.api.succeeded(walk.app, run))["version"] == 2
    tools = [
        event.data["tool"]
        for event in await walk.api.log(walk.app)
        if event.type == "file.written" and event.data["run_id"] == run
    ]
    assert tools
    assert set(tools) == {"line_replace"}
    diff = await walk.api.get(f"/v1/apps/{walk.app}/versions/2/diff?base=1")
    assert (diff["added"], diff["removed"]) == ([], [])
    async with visit(walk.url) as (page, complaints):
        await expect(page.get_by_role("heading", name="My shelf")).to_be_visible()
        assert complaints == []


async def broken_version_recovers_by_chat(walk: Walk) -> None:
    run = await walk.api.send(walk.app, "Greet the reader [[script:type-error]]")
    final = await walk.api.succeeded(walk.app, run)
    assert final["recoveries"] == 1
    messages = (await walk.api.get(f"/v1/apps/{walk.app}/messages"))["items"]
    [recovery] = [message for message in messages if message["type"] == "error_recovery"]
    assert recovery["billing_ignore"] is True
    assert "src/lib/greeting.ts:3" in recovery["content"]
    assert "TS2322" in recovery["content"]
    states = [
        build["state"]
        for build in (await walk.api.get(f"/v1/apps/{walk.app}/builds"))["items"]
        if build["run_id"] == run
    ]
    assert sorted(states) == ["failed", "succeeded"]
    versions = (await walk.api.get(f"/v1/apps/{walk.app}/versions"))["items"]
    assert [version["number"] for version in versions] == [3, 2, 1, 0]
    async with visit(walk.url) as (page, complaints):
        await expect(page.get_by_role("heading", name="Hello, reader")).to_be_visible()
        assert complaints == []


async def images_go_through_r2(walk: Walk) -> None:
    images = [noisy_png(seed) for seed in range(4)]
    assert sum(map(len, images)) > 3_000_000
    for number, image in enumerate(images, 1):
        await walk.api.put_file(walk.app, f"public/images/{number}.png", image)
    run = await walk.api.send(walk.app, "Show the pictures [[script:images]]")
    await walk.api.succeeded(walk.app, run)
    result = (await walk.deployments())[0]["result"]
    assert result["script_bytes"] < SCRIPT_LIMIT
    assert result["stored_files"] >= 3
    assert result["stored_bytes"] + result["script_bytes"] > 3_000_000
    async with visit(walk.url) as (page, complaints):
        await expect(page.get_by_role("img", name="Picture 4")).to_be_visible()
        loaded = "images => images.every(image => image.complete && image.naturalWidth === 512)"
        await page.wait_for_function(f"({loaded})([...document.querySelectorAll('main img')])")
        assert complaints == []


def noisy_png(seed: int) -> bytes:
    """A picture of noise, 512 points wide and about 790 kB, which nothing can make smaller."""
    width, height = 512, 514
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(width * 3) for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 0)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


async def rollback_serves_the_earlier_version(walk: Walk) -> None:
    deployments = await walk.deployments()
    builds_before = len((await walk.api.get(f"/v1/apps/{walk.app}/builds"))["items"])
    [shelf] = [one for one in deployments if one["version"] == 2]
    asked = await walk.api.post(f"/v1/apps/{walk.app}/deployments/{shelf['id']}/rollback")
    rollback = asked["deployment"]["id"]
    await walk.api.event(
        walk.app,
        lambda event: event.type == "deploy.finished" and event.data["deployment_id"] == rollback,
    )
    by_id = {one["id"]: one for one in await walk.deployments()}
    assert by_id[rollback]["state"] == "deployed"
    assert by_id[deployments[0]["id"]]["state"] == "rolled_back"
    assert (await walk.api.get(f"/v1/apps/{walk.app}"))["live"]["preview"]["version"] == 2
    async with visit(walk.url) as (page, complaints):
        await expect(page.get_by_role("heading", name="My shelf")).to_be_visible()
        assert complaints == []
    assert len((await walk.api.get(f"/v1/apps/{walk.app}/builds"))["items"]) == builds_before


async def tokens_cost_and_durations_are_recorded(walk: Walk) -> None:
    usage = await walk.api.get(f"/v1/apps/{walk.app}/usage")
    by_class = {(line["version"], line["billing_class"]): line for line in usage["lines"]}
    assert by_class[1, "user"]["output_tokens"] > 500
    assert by_class[3, "repair"]["cost_microdollars"] > 0
    assert 0 < usage["billable_microdollars"] < usage["cost_microdollars"]
    for build in (await walk.api.get(f"/v1/apps/{walk.app}/builds"))["items"]:
        assert build["result"]["duration_ms"] > 0
    assert all(one["result"]["duration_ms"] > 0 for one in await walk.deployments())
    runs = (await walk.api.get(f"/v1/apps/{walk.app}/runs"))["items"]
    assert all(run["finished_at"] > run["started_at"] > run["created_at"] for run in runs)
    async with httpx.AsyncClient(trust_env=False) as http:
        metrics = (await http.get(f"{walk.stack.config.url('orchestrator_metrics')}/metrics")).text
    assert re.search(r'runs_total\{[^}]*state="succeeded"[^}]*\} [1-9]', metrics)
