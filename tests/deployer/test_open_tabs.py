"""Pages that are open while their app is deployed again: their code goes on being served."""

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator

import pytest

from common.contracts import DeploymentState
from dev.browser import visit
from tests.deployer.artifacts import noise, page
from tests.deployer.service import World, new_app

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("deployer-tabs")]

ROUTES = 4
DEPLOYMENTS = 10


def version(number: int) -> dict[str, bytes]:
    """An app whose pages are loaded when they are shown; some are embedded, some are in R2."""
    chunks = {}
    for route in range(ROUTES):
        padding = noise(90_000, number).hex() if route % 2 else ""
        code = f"export const text='route {route} of version {number}';/*{padding}*/".encode()
        chunks[f"assets/route{route}-{name_of(code)}.js"] = code
    names = [f"./{path.removeprefix('assets/')}" for path in chunks]
    start = (
        f"window.version={number};window.show=route=>import({names!r}[route]).then(module=>module.text);"
    ).encode()
    main = f"assets/index-{name_of(start)}.js"
    html = page(f'<script type="module" src="/{main}"></script>', title=f"Version {number}")
    return {"index.html": html, "favicon.ico": b"", main: start, **chunks}


def name_of(content: bytes) -> str:
    """As Vite names files: eight characters that change with the content."""
    return "A" + hashlib.sha256(content).hexdigest()[:7]


async def test_a_tab_loads_its_routes_through_ten_deployments_and_three_rollbacks(clean: World) -> None:
    app_id, script = new_app()
    done = [await clean.deploy(app_id, version(0))]
    async with visit(clean.edge.app_url(script)) as (tab, complaints), watched(clean, script) as torn:
        await tab.wait_for_function("window.version === 0")
        assert await tab.evaluate("show(0)") == "route 0 of version 0"
        done += [await clean.deploy(app_id, version(n), version=n) for n in range(1, DEPLOYMENTS + 1)]
        for back in (3, 8, 0):
            done += [await clean.deploy(app_id, rollback_of=done[back].deployment_id, version=back)]
        assert {item.state for item in done} == {DeploymentState.DEPLOYED}
        for route in range(1, ROUTES):
            assert await tab.evaluate(f"show({route})") == f"route {route} of version 0"
        for number in range(DEPLOYMENTS + 1):
            for path, content in version(number).items():
                if path.startswith("assets/"):
                    answer = await clean.load(script, f"/{path}")
                    assert (answer.status_code, answer.content) == (200, content), path
    assert (torn, complaints) == ([], [])


@contextlib.asynccontextmanager
async def watched(world: World, script: str) -> AsyncIterator[list[str]]:
    """Loads the page and all that it names again and again; collects what does not fit together."""
    torn: list[str] = []
    names = re.compile(r"/assets/[\w.-]+")

    async def look() -> None:
        async with world.edge.app(script) as app:
            while True:
                html = await app.get("/")
                for name in names.findall(html.text):
                    answer = await app.get(name)
                    if answer.status_code != 200 or name_of(answer.content) not in name:
                        torn.append(f"{name} answers {answer.status_code}")

    looking = asyncio.create_task(look())
    try:
        yield torn
    finally:
        looking.cancel()
        outcome = (await asyncio.gather(looking, return_exceptions=True))[0]
    assert isinstance(outcome, asyncio.CancelledError), outcome
