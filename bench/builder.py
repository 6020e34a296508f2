"""The builder by itself, asked as the orchestrator asks it, beside the same work done by hand."""

import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.bare import BareBuild
from common.contracts import (
    BuildFinished,
    BuildMode,
    BuildRequested,
    BuildState,
    PagesChecked,
    PagesState,
    pack_files,
    source_key,
)
from common.ids import new_app_id, new_id
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import BUILD_FINISHED_SUBJECT, BUILD_SUBJECTS, PAGES_CHECKED_SUBJECT
from common.objects import ObjectStore
from dev.stack.parts import parts_of
from dev.stack.stack import Stack

SAMPLES = int(os.environ.get("BENCH_BUILDS", "20"))
MANY = int(os.environ.get("BENCH_MANY_BUILDS", "100"))
APPS = 5
IDLE_SECONDS = 2.0
CHANGED = "src/pages/Home.tsx"
ROUTES = 5
ROUTE_TABLE = "src/routes.tsx"
TICKS = os.sysconf("SC_CLK_TCK")
PROCESSORS = Path("/proc/stat")

Files = Mapping[str, bytes]
Sample = tuple[float, float]
"""Seconds, and seconds of the processor."""


class Builder:
    """A stack's builder: `build` takes an app's files and comes back with the verdict."""

    def __init__(self, stack: Stack, bus: Bus, store: ObjectStore, template: str) -> None:
        self._stack = stack
        self._bus = bus
        self._store = store
        self._template = template
        self._team = new_id("team")
        self._waiting: dict[str, asyncio.Future[BuildFinished]] = {}
        self._checks: asyncio.Queue[PagesChecked] = asyncio.Queue()

    async def listen(self) -> None:
        """Must be called once, before the first build."""

        async def finished(message: Any) -> None:
            event = BuildFinished.model_validate_json(message.data)
            if (waiting := self._waiting.pop(event.build_id, None)) is not None:
                waiting.set_result(event)

        async def checked(message: Any) -> None:
            self._checks.put_nowait(PagesChecked.model_validate_json(message.data))

        await self._bus.client.subscribe(BUILD_FINISHED_SUBJECT, cb=finished)
        await self._bus.client.subscribe(PAGES_CHECKED_SUBJECT, cb=checked)

    async def build(self, app_id: str, files: Files, mode: BuildMode = BuildMode.PREVIEW) -> float:
        """Seconds from the request to the news of a green build."""
        return (await self.result(app_id, files, mode))[0]

    async def result(
        self, app_id: str, files: Files, mode: BuildMode = BuildMode.PREVIEW
    ) -> tuple[float, BuildFinished]:
        """The same seconds, and the news."""
        data = pack_files(files)
        digest = hashlib.sha256(data).hexdigest()
        await self._store.put(source_key(app_id, digest), data)
        request = BuildRequested(
            build_id=new_id("bld"), team_id=self._team, app_id=app_id, mode=mode, source_digest=digest,
            template=self._template,
        )  # fmt: skip
        done = self._waiting[request.build_id] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await self._bus.publish(
            BUILD_SUBJECTS[mode], request.model_dump_json().encode(), envelope("bench", request)
        )
        event = await done
        if event.state is not BuildState.SUCCEEDED:
            raise RuntimeError(f"build {event.build_id} failed: {event.message}\n{event.log}")
        return time.perf_counter() - began, event

    async def look(self, app_id: str, files: Files) -> PagesChecked:
        """What a browser saw of the app, all of whose builds must have been looked at before."""
        await self.build(app_id, files)
        return await self.seen(app_id)

    async def seen(self, app_id: str) -> PagesChecked:
        """What a browser saw of the app's oldest build that nobody has asked about."""
        while (seen := await self._checks.get()).app_id != app_id:
            pass
        if seen.state is not PagesState.PASSED:
            raise RuntimeError(f"browser check of {app_id}: {seen.state} {seen.message}")
        return seen

    def holds(self) -> dict[str, int]:
        """What it has of the machine now."""
        pid = self._stack.pid("builder")
        groups = {path.name for path in Path("/sys/fs/cgroup").rglob(f"overskill-build-{pid}.*")}
        return {
            "processes": len(list(_tree(pid))) if pid is not None else 0,
            "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
            "control groups": len(groups),
            "mounts": len(Path(f"/proc/{pid}/mounts").read_text().splitlines()),
            "folders": len(list(Path(tempfile.gettempdir()).glob("overskill-no-modules-*"))),
        }

    async def warm_bytes(self) -> tuple[int, float]:
        """How many apps' sandboxes are kept, and their memory."""
        async with httpx.AsyncClient() as http:
            text = (await http.get(f"{self._stack.config.url('builder_metrics')}/metrics")).text
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("warm_sandboxes"))
        return int(float(values["warm_sandboxes"])), float(values["warm_sandboxes_bytes"])


@asynccontextmanager
async def builder_of(stack: Stack, template: str) -> AsyncIterator[Builder]:
    async with parts_of(stack) as (bus, store):
        builder = Builder(stack, bus, store, template)
        await builder.listen()
        yield builder


def edited(files: Files, number: int) -> dict[str, bytes]:
    """The app after an edit of its first page that shows in what is built from it."""
    edit = f'\ndocument.documentElement.dataset["edit"] = "{number}";\n'
    return {**files, CHANGED: files[CHANGED] + edit.encode()}


async def measure(builder: Builder, files: Files, bare: BareBuild) -> list[str]:
    """Lines with the figures and their aims."""
    return [
        *await _edits(builder, files, bare),
        *await _looks(builder, files),
        *await _mixed(builder, files, bare),
        *await _many(builder, files),
    ]


async def _edits(builder: Builder, files: Files, bare: BareBuild) -> list[str]:
    app = new_app_id()
    await builder.look(app, files)
    ours: list[Sample] = []
    alone: list[Sample] = []
    both: list[Sample] = []
    for number in range(SAMPLES):
        change = edited(files, number)
        bare.write({CHANGED: change[CHANGED]})
        ours.append(await _sample(builder.build(app, change), builder.seen(app)))
        alone.append(await _sample(bare.build()))
        both.append(await _sample(bare.check_and_build()))
    wall, cpu = 0, 1
    return [
        _ratio("warm preview build / bare `vite build`", ours, alone, wall, "at most 0.5"),
        _ratio("CPU of an edit looked at / of bare `tsc` and `vite build`", ours, both, cpu, "at most 1.3"),
    ]


async def _looks(builder: Builder, files: Files) -> list[str]:
    """The browser checks of an app that has the same form on most of its pages."""
    first = [await _look(builder, new_app_id(), routed(files)) for _ in range(SAMPLES)]
    await builder.look(app := new_app_id(), routed(files))
    later = [await _look(builder, app, edited(routed(files), number)) for number in range(SAMPLES)]
    return [
        f"browser check of {ROUTES} routes, {which}: {statistics.median(took):.0f} ms "
        f"(aim: less than 1000, n={len(took)})"
        for which, took in (("an app's first version", first), ("a later version", later))
    ]


async def _look(builder: Builder, app: str, files: Files) -> int:
    """Milliseconds of a check that begins on an idle machine."""
    seen = await builder.look(app, files)
    if len(seen.routes) != ROUTES:
        raise RuntimeError(f"the browser saw {seen.routes}, not {ROUTES} routes")
    await asyncio.sleep(2 * IDLE_SECONDS)  # the next sandboxes are started when it is calm
    return seen.duration_ms


def routed(files: Files) -> dict[str, bytes]:
    """The app with its first page at more routes, until there are as many as are looked at."""
    table = files[ROUTE_TABLE]
    more = range(table.count(b'path: "/'), ROUTES)
    entries = "".join(f'{{ path: "/{n}", label: "Page {n}", element: <Home /> }}, ' for n in more)
    return {**files, ROUTE_TABLE: table.replace(b"defineRoutes([", b"defineRoutes([" + entries.encode())}


async def _sample(work: Awaitable[float], afterwards: Awaitable[object] | None = None) -> Sample:
    """Its seconds, and those of the machine's processors with all that is done afterwards."""
    before = _machine_seconds()
    wall = await work
    if afterwards is not None:
        await afterwards
    await asyncio.sleep(IDLE_SECONDS)
    return wall, _machine_seconds() - before


async def _mixed(builder: Builder, files: Files, bare: BareBuild) -> list[str]:
    """Apps' first builds, edits and production builds, all asked for at once."""
    apps = [new_app_id() for _ in range(APPS)]
    modes = (BuildMode.PREVIEW, BuildMode.PREVIEW, BuildMode.PREVIEW, BuildMode.PRODUCTION)
    wanted = [(app, edited(files, number), mode) for number, mode in enumerate(modes) for app in apps]
    began = time.perf_counter()
    await asyncio.gather(*(builder.build(*one) for one in wanted))
    ours = time.perf_counter() - began
    byhand = [await bare.build() for _ in wanted]
    line = f"{len(wanted)} mixed builds at once: {ours:.2f} s, bare back to back {sum(byhand):.2f} s"
    return [f"{line}; throughput {sum(byhand) / ours:.2f} of bare (aim: at least 0.9)"]


async def _many(builder: Builder, files: Files) -> list[str]:
    app = new_app_id()
    took = [await builder.build(app, edited(files, number)) for number in range(2)]
    await asyncio.sleep(IDLE_SECONDS)
    before = builder.holds()
    took += [await builder.build(app, edited(files, number)) for number in range(2, MANY)]
    await asyncio.sleep(IDLE_SECONDS)
    left = ", ".join(f"{held - before[what]:+d} {what}" for what, held in builder.holds().items())
    count, taken = await builder.warm_bytes()
    early, late = statistics.median(took[1:6]), statistics.median(took[-5:])
    return [
        f"build {MANY} of an app / its 2nd: {late * 1000:.0f} / {early * 1000:.0f} ms = {late / early:.2f}",
        f"memory of a warm app: {2 * taken / max(count, 1) / 1024**2:.0f} MiB, after up to {MANY} builds",
        f"left by {MANY} builds: {left}",
    ]


def _ratio(name: str, ours: list[Sample], bare: list[Sample], which: int, aim: str) -> str:
    mine, other = (statistics.median(sample[which] for sample in samples) for samples in (ours, bare))
    return (
        f"{name}: {mine * 1000:.0f} / {other * 1000:.0f} ms = {mine / other:.2f} (aim: {aim}, n={len(ours)})"
    )


def _machine_seconds() -> float:
    """What all processors have worked: a browser is killed, and no process is told what it took."""
    user, nice, system, _idle, _waiting, *interrupts = PROCESSORS.read_text().split()[1:8]
    return sum(map(int, (user, nice, system, *interrupts))) / TICKS


def _tree(root: int) -> Iterator[int]:
    """The process and its descendants."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found = {root} & parents.keys()
    while found:
        yield from found
        found = {pid for pid, parent in parents.items() if parent in found}
