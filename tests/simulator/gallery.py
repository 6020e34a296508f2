"""`python -m tests.simulator.gallery [NAME ...]`: the simulator's kinds of app, and templates, as pictures.

Each kind is written by the running simulator, built with the template's own tools, filled with a few entries
and looked at in Chromium: at 1280 and at 390 pixels, light and dark side by side. The docs show them. The one
with sign-in is a live app of the whole stack, which somebody has signed up to. Templates are shown as an app
begins.
"""

import argparse
import asyncio
import base64
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, StorageState

from dev.browser import chromium
from dev.stack.config import StackConfig
from dev.stack.stack import Stack
from dev.templates.layout import CONTENT, WORK, lay_out, vite
from tests.caches import BUILDER_CACHE
from tests.simulator.conftest import prepared_modules
from tests.simulator.harness import ROOT, Workshop, running_simulator, sdk
from tests.simulator.kinds import SAMPLES, Rows, built, fill, serving
from tests.system.api import Api
from tests.system.test_people import sign_up
from tests.users import open_folder

PICTURES = ROOT / "docs/pictures"
LIVE = "tasks"
TASKS = (
    ("Read the contract", "2030-04-28", "High"),
    ("Book the train to Lisbon", "2030-05-02", "High"),
    ("Send the invoice to Nordlicht", "2030-05-06", "Medium"),
    ("Water the plants", "2030-05-07", "Low"),
    ("Choose a present for Mei", "2030-05-11", "Medium"),
)
SIZES = {1280: (800, 0.62), 390: (844, 0.9)}
"""By width: the height of a picture, and by how much it is made smaller."""
_SIDE_BY_SIDE = """
async ([width, height, light, dark]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height });
  const brush = canvas.getContext("2d");
  for (const [at, picture] of [light, dark].entries()) {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    brush.drawImage(image, at * width, 0, width, height);
  }
  return canvas.toDataURL("image/webp", 0.82).split(",")[1];
}
"""

_LOADED = """() => [...document.querySelectorAll("[data-slot=skeleton]")]
  .every((skeleton) => skeleton.getBoundingClientRect().top > innerHeight)"""
"""Nothing in the window stands for what is to come."""


async def at_first(page: Page) -> None:
    """As it is when it has loaded."""


async def ask_a_question(page: Page) -> None:
    await page.get_by_role("button", name="Start the quiz").click()
    await page.mouse.move(0, 0)
    await page.get_by_role("heading", level=2).wait_for()


@dataclass(frozen=True)
class View:
    """A page of an app: its address, what was entered, and what is done before it is looked at."""

    path: str = "/"
    rows: Rows | None = None
    act: Callable[[Page], Awaitable[None]] = at_first


TEMPLATES = {
    "app": {"app": View(), "app-people": View("/people")},
    "site": {"site": View()},
    "board": {"board": View()},
    "game": {"game": View()},
    "store": {"store": View(), "store-product": View("/products/stoneware-mug")},
}
"""By template the names of its pictures."""


async def signed_up(browser: Browser, url: str) -> StorageState:
    """What a browser keeps of somebody who has just signed up, and entered a few tasks."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(url)
    await sign_up(page, "ada@example.com", "a long password")
    for title, due, priority in TASKS:
        await page.get_by_label("Title").fill(title)
        await page.get_by_label("Due date").fill(due)
        await page.get_by_label("Priority").select_option(label=priority)
        await page.get_by_role("button", name="Add task").click()
        await page.get_by_label(f"Done: {title}").wait_for()
    await page.get_by_label(f"Done: {TASKS[0][0]}").check()
    kept = await context.storage_state()
    await context.close()
    return kept


async def picture(
    browser: Browser, url: str, view: View, width: int, kept: StorageState | None = None
) -> bytes:
    """In both themes, as WebP."""
    height, scale = SIZES[width]
    shots: list[str] = []
    for scheme in ("light", "dark"):
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            storage_state=kept,
        )
        await fill(context, view.rows or {})
        await context.add_init_script("Math.random = () => 0.5")  # the same questions every time
        page = await context.new_page()
        await page.goto(f"{url}{view.path}", wait_until="networkidle")
        await page.wait_for_function(_LOADED)
        await view.act(page)
        shots.append(base64.b64encode(await page.screenshot()).decode())
        await context.close()
    canvas = await browser.new_page()
    size = [round(width * scale), round(height * scale)]
    encoded = str(await canvas.evaluate(_SIDE_BY_SIDE, [*size, *shots]))
    await canvas.close()
    return base64.b64decode(encoded)


async def apps(kinds: list[str], folder: Path) -> None:
    if LIVE in kinds:
        await live(folder)
    with running_simulator() as simulator, tempfile.TemporaryDirectory() as work:
        async with sdk(simulator) as client, chromium() as browser:
            for kind in [kind for kind in kinds if kind != LIVE]:
                workshop = Workshop(prepared_modules(), Path(work) / kind)
                act = ask_a_question if kind == "quiz" else at_first
                with serving(await built(kind, client, workshop)) as url:
                    await pictures(browser, url, kind, View("/", SAMPLES[kind].rows, act), folder)


async def live(folder: Path) -> None:
    """The app with sign-in, whose entries are in a database."""
    with open_folder() as state:
        config = StackConfig.temporary(state, builder={"BUILDER_CACHE_DIR": str(BUILDER_CACHE)})
        async with Stack(config) as stack, Api(stack.api_url, stack.api_key) as api, chromium() as browser:
            app, run = await api.create_app(SAMPLES[LIVE].prompt)
            await api.succeeded(app, run)
            url = stack.app_url(f"{app}-preview")
            await pictures(browser, url, LIVE, View(), folder, await signed_up(browser, url))


async def templates(names: list[str], folder: Path) -> None:
    for name in names:
        app = await asyncio.to_thread(lay_out, CONTENT / name, WORK / "pictured")
        await asyncio.to_thread(vite, app, "build", "--mode", "production", quiet=True)
        with serving(app / "dist") as url:
            async with chromium() as browser:
                for called, view in TEMPLATES[name].items():
                    await pictures(browser, url, called, view, folder)


async def pictures(
    browser: Browser, url: str, name: str, view: View, folder: Path, kept: StorageState | None = None
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for width in SIZES:
        target = folder / f"{name}-{width}.webp"
        target.write_bytes(await picture(browser, url, view, width, kept))
        sys.stdout.write(f"{target} {target.stat().st_size} bytes\n")


async def main(names: list[str], folder: Path) -> None:
    await templates([name for name in TEMPLATES if name in names], folder / "templates")
    await apps([kind for kind in SAMPLES if f"{kind}-app" in names], folder / "apps")


if __name__ == "__main__":
    known = [*TEMPLATES, *(f"{kind}-app" for kind in SAMPLES)]
    parser = argparse.ArgumentParser(description="Pictures for the docs")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or some of {', '.join(known)}")
    parser.add_argument("--folder", type=Path, default=PICTURES, help="where they are put")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(known):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(known)}")
    asyncio.run(main(chosen.names or known, chosen.folder))
