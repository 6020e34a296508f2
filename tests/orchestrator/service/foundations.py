"""A small template with releases of its own, so that apps have something to be upgraded to."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from common.ids import new_id
from templates.clients.store import ReleaseStore
from templates.usecases.publish import publish
from tests.orchestrator.service.world import QUICK, World

CORE, HOME, ABOUT = "src/core/env.ts", "src/pages/Home.tsx", "src/pages/About.tsx"
INDEX = """<!doctype html>
<script type="application/json" id="env">{"APP_ID":"{{APP_ID}}"}</script>
<script type="module" src="/src/main.tsx"></script>
</head>
"""
LINES = (
    "// the page",
    'export const heading = "h1: welcome";',
    "// in between",
    "// and more",
    "// a gap",
    "// the end",
)


def page(**changed: str) -> str:
    """The page's lines, some of them others: `two="…"`."""
    numbers = ("one", "two", "three", "four", "gap", "five")
    return "".join(f"{changed.get(number, line)}\n" for number, line in zip(numbers, LINES, strict=True))


OLD = {CORE: "export const env = 1;\n", HOME: page(), ABOUT: "// about\n"}
NEW = {
    CORE: "export const env = 2;\n",
    "src/core/more.ts": "export const more = 1;\n",
    ABOUT: "// about us\n",
}
CHANGES = {"breaking": ["`env` is another."], "other": ["`more` can be imported."]}


async def release(
    world: World,
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str],
    locks: Sequence[str] = (),
    **about: Any,
) -> None:
    """Publishes a release where the running templates service finds it; `locks` what others do not."""
    directory = folder / name
    described = {"name": name, "version": version, "description": "A small one", "changes": CHANGES, **about}
    described["locked"] = ["index.html", "src/main.tsx", "src/core/**", *locks]
    common = {
        "index.html": INDEX,
        "package.json": "{}",
        "package-lock.json": "{}",
        "src/main.tsx": "export {};\n",
        "template.json": json.dumps(described),
    }
    for path, content in {**common, **files}.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(content)
    store = ReleaseStore(world.stack.config.state / "templates.git")
    (outcome,) = await publish(store, folder)
    assert outcome.created, outcome.error


async def small_app(world: World, folder: Path, *, home: str = "", new_home: str) -> tuple[str, str]:
    """An app on 1.2.0 of a template of its own, with changes of its own in `HOME`; 1.3.0 is there as well."""
    name = f"small-{new_id('t').partition('_')[2]}"
    await release(world, folder, name, "1.2.0", OLD)
    created = await world.api.post("/v1/apps", {"prompt": QUICK, "template": f"{name}@1.2.0"})
    app = created["app"]["id"]
    await world.live(app)
    await world.api.succeeded(app, created["run"]["id"])
    if home:
        await world.api.put_file(app, HOME, home.encode())
    await release(world, folder, name, "1.3.0", {**OLD, **NEW, HOME: new_home})
    return app, name
