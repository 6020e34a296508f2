"""`python -m tests.simulator.gallery [FOLDER]`: the simulator's kinds of app as pictures.

Each is written by the running simulator, built with the template's own tools, filled with a few entries
and looked at in Chromium: at 1280 and at 390 pixels, light and dark side by side. The docs show them.
"""

import asyncio
import base64
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page

from dev.browser import chromium
from tests.simulator.conftest import prepared_modules
from tests.simulator.harness import ROOT, Workshop, running_simulator, sdk
from tests.simulator.kinds import SAMPLES, built, fill, serving

PICTURES = ROOT / "docs/pictures/apps"
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


async def ask_a_question(page: Page) -> None:
    await page.get_by_role("button", name="Start the quiz").click()
    await page.mouse.move(0, 0)
    await page.get_by_role("heading", level=2).wait_for()


async def picture(browser: Browser, url: str, kind: str, width: int) -> bytes:
    """Its first page in both themes, as WebP."""
    height, scale = SIZES[width]
    shots: list[str] = []
    for scheme in ("light", "dark"):
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        await fill(context, SAMPLES[kind].rows)
        await context.add_init_script("Math.random = () => 0.5")  # the same questions every time
        page = await context.new_page()
        await page.goto(url, wait_until="networkidle")
        if kind == "quiz":
            await ask_a_question(page)
        shots.append(base64.b64encode(await page.screenshot()).decode())
        await context.close()
    canvas = await browser.new_page()
    size = [round(width * scale), round(height * scale)]
    encoded = str(await canvas.evaluate(_SIDE_BY_SIDE, [*size, *shots]))
    await canvas.close()
    return base64.b64decode(encoded)


async def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with running_simulator() as simulator, tempfile.TemporaryDirectory() as work:
        async with sdk(simulator) as client, chromium() as browser:
            for kind in SAMPLES:
                workshop = Workshop(prepared_modules(), Path(work) / kind)
                with serving(await built(kind, client, workshop)) as url:
                    for width in SIZES:
                        target = folder / f"{kind}-{width}.webp"
                        target.write_bytes(await picture(browser, url, kind, width))
                        sys.stdout.write(f"{target} {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES))
