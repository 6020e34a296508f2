"""An app of the first foundation moves to the second: what people wrote stays, and the way back is open."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from common.testing.tether import tethered
from dev.browser import visit
from dev.stack.environment import service_settings
from dev.stack.stack import Stack
from templates.clients.store import ReleaseStore
from templates.usecases.publish import publish
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

RELEASED = Path(__file__).parents[1] / "templates" / "releases" / "vite-react-1.3.0"
OLD = "vite-react@1.3.0"
HOME, APP, BIRDS, SHELF = "src/pages/Home.tsx", "src/App.tsx", "src/pages/Birds.tsx", "src/core/shelf.ts"
ROUTES, STYLE, TEXTS, PICTURE = "src/routes.tsx", "src/index.css", "src/texts/auth.ts", "public/bird.png"
MOVED = "src/moved/core/shelf.ts"
GREEN = "rgb(17, 102, 51)"
HOME_TEXT = """import { useState } from "react";

import { Button, Checkbox } from "@/components/ui";
import { shelf } from "@/core/shelf";

export function Home() {
  const [count, setCount] = useState(0);
  const [rare, setRare] = useState(false);
  return (
    <div className="space-y-4">
      <h1 className="text-3xl font-semibold tracking-tight">Birds I saw</h1>
      <p>{shelf(count)}</p>
      <Button onClick={() => setCount(count + 1)}>Another bird</Button>
      <Checkbox aria-label="Rare" checked={rare} onChange={(event) => setRare(event.target.checked)} />
      {rare && <p>How nice!</p>}
    </div>
  );
}
"""
BOX = (
    "onChange={(event) => setRare(event.target.checked)}",
    "onCheckedChange={(checked) => setRare(checked === true)}",
)
"""What the second foundation's kit asks for, in the place of what the first one's did."""
SHELF_TEXT = "export const shelf = (count: number) => `There are ${count} birds.`;\n"
BIRDS_TEXT = """export function Birds() {
  return (
    <>
      <h1>All birds</h1>
      <img src="/bird.png" alt="A bird" />
    </>
  );
}
"""
ROUTES_TEXT = """import type { ReactElement } from "react";

import { Birds } from "@/pages/Birds";
import { Home } from "@/pages/Home";

export interface AppRoute {
  path: string;
  label: string;
  element: ReactElement;
}

export const routes: AppRoute[] = [
  { path: "/", label: "Home", element: <Home /> },
  { path: "/birds", label: "Birds", element: <Birds /> },
];
"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "60606000000005000161d5d2a70000000049454e44ae426082"
)


def written() -> dict[str, bytes]:
    """What the app's user made of the foundation: most of it in files that the second one has changed too."""
    app, style, texts = ((RELEASED / path).read_text() for path in (APP, STYLE, TEXTS))
    app = app.replace('APP_NAME = "App"', 'APP_NAME = "Birdwatch"')
    footer = "      </main>\n      <footer>Made for birds</footer>\n"
    return {
        APP: app.replace("      </main>\n", footer).encode(),
        STYLE: style.replace("--primary: #4052c9", "--primary: #116633").encode(),
        TEXTS: texts.replace('"E-mail address"', '"E-Mail"').replace('"Loading…"', '"Lädt …"').encode(),
        SHELF: SHELF_TEXT.encode(),
        HOME: HOME_TEXT.encode(),
        BIRDS: BIRDS_TEXT.encode(),
        ROUTES: ROUTES_TEXT.encode(),
        PICTURE: PIXEL,
    }  # fmt: skip


@dataclass
class Walk:
    """`plain` are other apps on the first foundation, as it came."""

    api: Api
    stack: Stack
    app: str
    plain: list[str]

    @property
    def url(self) -> str:
        return self.stack.app_url(f"{self.app}-preview")

    async def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.api.get(f"/v1/apps/{self.app}")
        return found

    async def content(self, path: str) -> bytes:
        response = await self.api.http.get(f"/v1/apps/{self.app}/files/{path}")
        assert response.status_code == 200, response.text
        return response.content

    async def paths(self) -> set[str]:
        return {file["path"] for file in (await self.api.get(f"/v1/apps/{self.app}/files"))["files"]}

    async def deploy(self) -> None:
        body = {"environment": "preview"}
        asked = (await self.api.post(f"/v1/apps/{self.app}/deployments", body))["deployment"]["id"]
        await self.api.event(
            self.app,
            lambda event: event.type == "deploy.finished" and event.data["deployment_id"] == asked,
        )
        done = await self.api.get(f"/v1/apps/{self.app}/deployments/{asked}")
        assert done["state"] == "deployed", done


@pytest_asyncio.fixture(loop_scope="session")
async def walk(api: Api, stack: Stack, tmp_path: Path) -> Walk:
    """An app on the first foundation, whose user has changed much of it."""
    shutil.copytree(RELEASED, tmp_path / "vite-react")
    (outcome,) = await publish(ReleaseStore(stack.config.state / "templates.git"), tmp_path)
    assert outcome.error is None, outcome.error
    prompt = "Count things [[script:forgotten-import]]"
    created = await api.post("/v1/apps", {"prompt": prompt, "template": OLD})
    app = created["app"]["id"]
    await api.succeeded(app, created["run"]["id"])
    for path, content in written().items():
        await api.put_file(app, path, content)
    return Walk(api, stack, app, [await untouched(api) for _ in range(2)])


async def untouched(api: Api) -> str:
    """An app that has nothing but its foundation: its first run has made a plan."""
    created = await api.post("/v1/apps", {"prompt": "A list of birds", "template": OLD, "mode": "plan"})
    assert (await api.ended(created["app"]["id"], created["run"]["id"]))["state"] == "answered"
    return str(created["app"]["id"])


async def test_an_app_of_the_first_foundation_moves_to_the_second_and_back(walk: Walk) -> None:
    await walk.deploy()
    await it_works(walk, heading="Birds I saw")
    await it_stays_where_it_cannot_be_made_to_build(walk)
    await it_moves(walk)
    await nothing_is_lost(walk)
    await it_works(walk, heading="Birds I saw")
    await the_platform_pays(walk)
    await it_moves_back(walk)
    await it_works(walk, heading="Birds I saw")
    run = await walk.api.send(walk.app, "Rename the heading to My birds")
    await walk.api.succeeded(walk.app, run)
    await it_works(walk, heading="My birds")
    assert (await walk.shown())["template"] == OLD


async def it_stays_where_it_cannot_be_made_to_build(walk: Walk) -> None:
    """The new foundation has another `Checkbox`, and the simulator knows no rule for such a handler."""
    handler = "  const tick = (event: { target: { checked: boolean } }) => setRare(event.target.checked);\n"
    page = HOME_TEXT.replace(BOX[0], "onChange={tick}").replace("  return (", f"{handler}  return (", 1)
    await walk.api.put_file(walk.app, HOME, page.encode())
    before, files = await walk.shown(), await walk.paths()
    run = (await walk.api.post(f"/v1/apps/{walk.app}/template/upgrade", {}))["run"]["id"]
    final = await walk.api.ended(walk.app, run)
    assert (final["state"], final["error_code"], final["version"]) == ("failed", "build_failed", None)
    assert "unchanged" in final["error_message"]
    after = await walk.shown()
    assert {name: after[name] for name in ("head", "live", "template")} == {
        name: before[name] for name in ("head", "live", "template")
    }
    assert (await walk.content(HOME), await walk.paths()) == (page.encode(), files)
    told = (await walk.api.get(f"/v1/apps/{walk.app}/messages"))["items"][-1]
    assert (told["type"], told["billing_ignore"]) == ("failure", True)
    await walk.api.put_file(walk.app, HOME, HOME_TEXT.encode())


async def it_moves(walk: Walk) -> None:
    """With all others, by the operators' command. It dies after the first, and the API during a build."""
    before = await walk.shown()
    plan = (await walk.api.post(f"/v1/apps/{walk.app}/template/upgrade", {"dry_run": True}))["plan"]
    assert (plan["from"], plan["moved"]) == (OLD, {SHELF: MOVED})
    assert {APP, HOME, ROUTES, STYLE, TEXTS} >= set(plan["conflicts"]) >= {APP, ROUTES, STYLE, TEXTS}
    told = dict.fromkeys(walk.plain, f"{OLD} -> {plan['to']}")
    told[walk.app] = f"{OLD} -> {plan['to']}, for the model: {', '.join(plan['conflicts'])}"
    await operators_begin_all(walk, told)
    runs = {app: await upgrading(walk, app) for app in told}
    await walk.api.event(
        walk.app, lambda event: event.type == "build.started" and event.data["run_id"] == runs[walk.app]
    )
    await walk.stack.kill("orchestrator")
    await walk.stack.start("orchestrator")
    await walk.stack.wait_ready("orchestrator")
    ended = {app: await walk.api.succeeded(app, run) for app, run in runs.items()}
    assert {app: await upgrading(walk, app) for app in told} == runs
    final = ended[walk.app]
    assert (final["base_version"], final["version"]) == (before["head"], before["head"] + 1)
    assert final["recoveries"] == 1, "the kit's new names are found by the build"
    assert {ended[app]["recoveries"] for app in walk.plain} == {0}
    after = await walk.shown()
    assert (after["head"], after["template"]) == (final["version"], plan["to"])
    assert after["live"]["preview"]["version"] == final["version"]


async def operators_begin_all(walk: Walk, told: dict[str, str]) -> None:
    """`told`: what there is to say of each app."""
    before = await walk.shown()
    async with operating(walk.stack, "--dry-run") as lines:
        assert dict([line.split(" ", 1) async for line in lines]) == told
    assert await walk.shown() == before
    async with operating(walk.stack, "--at-once", "1") as lines:
        first, _, what = (await anext(lines)).partition(" ")
        assert what == told[first]
    async with operating(walk.stack, "--at-once", "3") as lines:
        async for line in lines:
            app, _, what = line.partition(" ")
            assert what == told[app] or (app == first and what.startswith("not upgraded: A run of the app"))


async def upgrading(walk: Walk, app: str) -> str:
    """The app's only upgrade that has not failed."""
    items = (await walk.api.get(f"/v1/apps/{app}/runs"))["items"]
    [run] = [one["id"] for one in items if one["upgrade"] is not None and one["state"] != "failed"]
    return str(run)


@asynccontextmanager
async def operating(stack: Stack, *arguments: str) -> AsyncIterator[AsyncIterator[str]]:
    """What `python -m orchestrator upgrade` writes; it is killed if it goes on at the end."""
    settings = service_settings(stack.config, stack.credentials, "orchestrator")
    process = await asyncio.create_subprocess_exec(
        *tethered([sys.executable, "-m", "orchestrator", "upgrade", "vite-react", *arguments]),
        env={**os.environ, **settings}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    lines = (line.decode().rstrip("\n") async for line in process.stdout if not line.startswith(b"{"))
    try:
        yield lines
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def nothing_is_lost(walk: Walk) -> None:
    mine = written()
    assert "  --primary: #116633;" in (await walk.content("src/theme.css")).decode().splitlines()
    for path in (APP, ROUTES, BIRDS, PICTURE):
        assert await walk.content(path) == mine[path], path
    assert await walk.content(MOVED) == mine[SHELF]
    home = HOME_TEXT.replace("@/core/shelf", "@/moved/core/shelf").replace(*BOX)
    assert (await walk.content(HOME)).decode() == home
    lines = (await walk.content(TEXTS)).decode().splitlines()
    kept = mine[TEXTS].decode().splitlines()
    assert [line for line in lines if line in set(kept)] == kept
    assert '  email: "E-Mail",' in lines
    assert '  accountTitle: "Your account",' in lines
    paths = await walk.paths()
    assert {"src/routing/index.ts", "src/theme.css", "src/core/Root.tsx"} <= paths
    assert SHELF not in paths
    messages = (await walk.api.get(f"/v1/apps/{walk.app}/messages"))["items"][-3:]
    assert [message["type"] for message in messages] == ["upgrade", "error_recovery", "reply"]


async def it_works(walk: Walk, *, heading: str) -> None:
    async with visit(walk.url) as (page, complaints):
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        button = page.get_by_role("button", name="Another bird")
        await expect(button).to_have_css("background-color", GREEN)
        await button.click()
        await expect(page.get_by_text("There are 1 birds.")).to_be_visible()
        await page.get_by_role("checkbox", name="Rare").click()
        await expect(page.get_by_text("How nice!")).to_be_visible()
        await expect(page.get_by_text("Made for birds")).to_be_visible()
        await expect(page.get_by_role("link", name=re.compile("Birdwatch"))).to_be_visible()
        await page.get_by_role("link", name="Birds", exact=True).click()
        await expect(page.get_by_role("img", name="A bird")).to_have_js_property("naturalWidth", 1)
        assert complaints == []


async def the_platform_pays(walk: Walk) -> None:
    head = (await walk.shown())["head"]
    usage = await walk.api.get(f"/v1/apps/{walk.app}/usage")
    lines = [line for line in usage["lines"] if line["version"] == head]
    assert {(line["billing_class"], line["billed"]) for line in lines} == {("platform", False)}


async def it_moves_back(walk: Walk) -> None:
    before = (await walk.shown())["head"] - 1
    files = await walk.api.get(f"/v1/apps/{walk.app}/files?version={before}")
    await walk.api.post(f"/v1/apps/{walk.app}/versions/{before}/restore")
    assert (await walk.shown())["template"] == OLD
    assert (await walk.api.get(f"/v1/apps/{walk.app}/files"))["files"] == files["files"]
    await walk.deploy()
