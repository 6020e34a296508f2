"""`python -m bench.themes [FOLDER]`: one sample app in every preset, light and dark, as pictures.

It builds the template with npm's packages (from its lockfile) and looks at it in Chromium. The guide's
pictures come from it; FOLDER is where they go.
"""

import asyncio
import base64
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.async_api import Browser, Page

from dev.browser import chromium
from dev.stack.config import ROOT
from orchestrator.domain.theme.brief import Brief, Theme, theme_of
from orchestrator.domain.theme.presets import PRESETS
from orchestrator.domain.theme.sheet import THEME_FILE, style_sheet

TEMPLATE = ROOT / "services/templates/templates/content/vite-react"
SAMPLE = Path(__file__).parent / "sample"
PICTURES = ROOT / "docs/pictures/themes"
WIDTH, HEIGHT, SCALE = 1160, 660, 0.6
_SIDE_BY_SIDE = """
async ([width, height, ...pictures]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: width * pictures.length, height });
  for (const [at, picture] of pictures.entries()) {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    canvas.getContext("2d").drawImage(image, at * width, 0, width, height);
  }
  return canvas.toDataURL("image/webp", 0.86).split(",")[1];
}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Nobody reads which files a page asks for."""


def prepare(folder: Path) -> None:
    """The template with the sample's pages and its packages."""
    shutil.copytree(TEMPLATE, folder, ignore=shutil.ignore_patterns("node_modules"), dirs_exist_ok=True)
    shutil.copy(SAMPLE / "App.tsx", folder / "src")
    shutil.copy(SAMPLE / "Home.tsx", folder / "src/pages")
    run(folder, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")


def run(folder: Path, *command: str) -> None:
    binaries = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)


def build(folder: Path, theme: Theme) -> None:
    (folder / THEME_FILE).write_text(style_sheet(theme))
    run(folder, "npm", "run", "--silent", "build")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address under which the folder is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def picture(browser: Browser, address: str, theme: Theme) -> bytes:
    """What the app looks like, light beside dark where it has both; WebP."""
    shots = []
    for scheme in ("light", "dark") if theme.appearance == "auto" else (theme.appearance,):
        page = await browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        await page.goto(address)
        await page.get_by_role("heading", level=1).wait_for()
        await page.evaluate("document.fonts.ready")
        shots.append(base64.b64encode(await page.screenshot()).decode())
        await page.close()
    return await _joined(await browser.new_page(), shots)


async def _joined(page: Page, shots: list[str]) -> bytes:
    size = [round(WIDTH * SCALE), round(HEIGHT * SCALE)]
    webp = await page.evaluate(_SIDE_BY_SIDE, [*size, *shots])
    await page.close()
    return base64.b64decode(webp)


async def draw(folder: Path, target: Path) -> None:
    async with chromium() as browser:
        for name in PRESETS:
            theme = theme_of(Brief(preset=name))
            await asyncio.to_thread(build, folder, theme)
            with serving(folder / "dist") as address:
                content = await picture(browser, address, theme)
            (target / f"{name}.webp").write_bytes(content)
            print(f"{name}: {len(content):,} bytes")


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "app"
        prepare(folder)
        asyncio.run(draw(folder, target))


if __name__ == "__main__":
    main()
