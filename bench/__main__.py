"""`make bench`: message accepted → new version live, beside what the same app's bare Vite build takes.

The samples are interleaved, so that noise of the machine meets all of them alike, and each begins on an idle
machine: a second after all that belongs to the one before has ended, the browser's look at it included,
when the builder has its next sandbox and browser ready. The model simulator answers without think time:
what is measured is the platform.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from bench import builder as building
from bench import data as serving
from bench import deployer as deploying
from bench import edits as editing
from bench import finding
from bench import loop as looping
from bench.bare import BareBuild
from dev.stack.client import ApiClient, Event
from dev.stack.config import ROOT, StackConfig
from dev.stack.stack import Stack

PROMPT = "A reading list with title, author, rating and a done flag, a form to add one and a statistics page"
SAMPLES = int(os.environ.get("BENCH_SAMPLES", "20"))
INSTALLS = 5
IDLE_SECONDS = 1.0
LIVE = "deploy.finished"
"""The version was loaded from its live address by then."""
ALL = (LIVE, "pages.checked", "run.succeeded")
AIM_BARE = 1.0
AIM_INSTALL = 5.0

Events = AsyncGenerator[Event, None]


async def main() -> int:
    for line in (*editing.measure(), *finding.measure()):
        print(line)
    for part in (looping, serving):
        async with aclosing(part.measure()) as lines:
            async for line in lines:
                print(line)
    async with _stack() as stack:
        client = ApiClient(stack.api_url, stack.api_key)
        try:
            return await _measure(stack, client)
        finally:
            await client.close()


@asynccontextmanager
async def _stack() -> AsyncIterator[Stack]:
    """Temporary state; the packages prepared for builds are kept between runs, as in production."""
    with tempfile.TemporaryDirectory(prefix="overskill-bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  # the database and the builds run as other users
        cache = ROOT / ".overskill" / "tests" / "builder-cache"
        config = StackConfig.temporary(Path(folder), builder={"BUILDER_CACHE_DIR": str(cache)})
        async with Stack(config) as stack:
            yield stack


async def _measure(stack: Stack, client: ApiClient) -> int:
    app, run = await client.create_app(PROMPT)
    async with aclosing(client.follow(app["id"])) as events:
        await _seen(events, run["id"], *ALL)
        load = os.getloadavg()[0]
        print(f"{SAMPLES} follow-up edits of app {app['id']}, {os.cpu_count()} cores, load {load:.1f}")
        with tempfile.TemporaryDirectory(prefix="overskill-bare-") as folder:
            files = await client.files(app["id"])
            bare = BareBuild(Path(folder), files)
            installs = [await bare.install_and_build() for _ in range(INSTALLS)]
            await _follow_up(client, app["id"], events, -1)
            lives: list[float] = []
            builds: list[float] = []
            for number in range(SAMPLES):
                await asyncio.sleep(IDLE_SECONDS)
                builds.append(await bare.build())
                await asyncio.sleep(IDLE_SECONDS)
                lives.append(await _follow_up(client, app["id"], events, number))
            _report(lives, builds, installs)
            async with building.builder_of(stack, app["template"]) as builder:
                for line in await building.measure(builder, files, bare):
                    print(line)
            async with deploying.deployer_of(stack) as deployer:
                async for line in deploying.measure(deployer):
                    print(line)
    return 0


async def _follow_up(client: ApiClient, app: str, events: Events, number: int) -> float:
    began = time.perf_counter()
    run = await client.send(app, f"Rename the heading to Shelf {number + 1}")
    seen = await _seen(events, run["id"], *ALL)
    return seen[LIVE] - began


async def _seen(events: Events, run: str, *types: str) -> dict[str, float]:
    """When each of these events of the run has come, once all of them have."""
    seen: dict[str, float] = {}
    async for event in events:
        if event.data.get("run_id") != run:
            continue
        if event.type == "run.failed":
            raise RuntimeError(f"run {run} failed: {event.data}")
        seen.setdefault(event.type, time.perf_counter())
        if seen.keys() >= set(types):
            break
    return seen


def _report(lives: list[float], builds: list[float], installs: list[float]) -> None:
    rows = (
        ("message accepted → new version live", lives),
        ("bare `vite build` of the same app", builds),
        ("`npm ci && vite build` of the same app", installs),
    )
    for name, seconds in rows:
        print(f"{name:<40} p50 {_ms(seconds, 50)} ms   p95 {_ms(seconds, 95)} ms   n={len(seconds)}")
    live, build, install = (statistics.median(seconds) for _, seconds in rows)
    print(f"live / bare vite build          {live / build:5.2f}  (aim: at most {AIM_BARE})")
    print(f"npm ci && vite build / live     {install / live:5.2f}  (aim: at least {AIM_INSTALL})")


def _ms(seconds: list[float], percent: int) -> str:
    return f"{statistics.quantiles(seconds, n=100, method='inclusive')[percent - 1] * 1000:7.0f}"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
