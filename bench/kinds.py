"""`python -m bench.kinds [NAME…]`: templates as the builder builds and checks them, beside bare `vite build`.

The samples are interleaved. A first build is of an app that the builder has not met; a later one of an app
whose sandbox is warm. On a busy machine look at the time of the processor: a build has one share of it.
"""

import asyncio
import os
import resource
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from bench.bare import BareBuild
from bench.builder import IDLE_SECONDS, Builder, Files, Sample, builder_of
from common.ids import new_app_id
from dev.stack.config import ROOT, StackConfig
from dev.stack.stack import Stack
from dev.templates.layout import CONTENT, lay_out, version_of

PARTS = frozenset({"nats", "postgres", "edge", "orchestrator", "templates", "builder"})
SAMPLES = int(os.environ.get("BENCH_KINDS", "7"))
CHANGED = "src/App.tsx"
AIM = 1.3


async def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="overskill-kinds-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  # the database and the builds run as other users
        cache = ROOT / ".overskill" / "tests" / "builder-cache"
        state = Path(folder) / "state"
        state.mkdir()
        config = StackConfig.temporary(state, only=PARTS, builder={"BUILDER_CACHE_DIR": str(cache)})
        async with Stack(config) as stack:
            for name in names:
                app = await asyncio.to_thread(lay_out, CONTENT / name, Path(folder) / name)
                files = await asyncio.to_thread(_files, app)
                async with builder_of(stack, f"{name}@{version_of(CONTENT / name)}") as builder:
                    for line in await _measure(name, builder, app, files):
                        print(line)
                # Vite's own, in packages that are shared with tests.
                shutil.rmtree(app / "node_modules" / ".vite-temp", ignore_errors=True)


def _files(app: Path) -> Files:
    files = (path for path in app.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    return {path.relative_to(app).as_posix(): path.read_bytes() for path in files}


async def _measure(name: str, builder: Builder, app: Path, files: Files) -> list[str]:
    bare = BareBuild(app, {})
    await bare.build()
    await builder.look(known := new_app_id(), files)
    first: list[Sample] = []
    later: list[Sample] = []
    alone: list[Sample] = []
    for number in range(SAMPLES):
        change = _changed(files, number)
        bare.write({CHANGED: change[CHANGED]})
        alone.append(await _by_hand(bare))
        first.append(await _build(builder, new_app_id(), change))
        later.append(await _build(builder, known, change))
    return [_ratio(f"{name}, first build", first, alone), _ratio(f"{name}, later build", later, alone)]


async def _by_hand(bare: BareBuild) -> Sample:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = await bare.build()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _build(builder: Builder, app_id: str, files: Files) -> Sample:
    """Begins and ends on an idle machine."""
    took, event = await builder.result(app_id, files)
    await builder.seen(app_id)
    await asyncio.sleep(IDLE_SECONDS)
    return took, event.usage.cpu_seconds if event.usage else 0.0


def _changed(files: Files, number: int) -> dict[str, bytes]:
    """An edit that shows in what is built, and that runs where there is no page, too."""
    edit = f"\nObject.assign(globalThis, {{ edit: {number} }});\n"
    return {**files, CHANGED: files[CHANGED] + edit.encode()}


def _ratio(what: str, ours: list[Sample], bare: list[Sample]) -> str:
    time, other_time, work, other_work = (
        statistics.median(sample[which] for sample in samples) for which in (0, 1) for samples in (ours, bare)
    )
    return (
        f"{what} with its type check / bare `vite build`: {time * 1000:.0f} / {other_time * 1000:.0f} ms = "
        f"{time / other_time:.2f} (aim: at most {AIM}, n={len(ours)}); of the processor "
        f"{work * 1000:.0f} / {other_work * 1000:.0f} ms = {work / other_work:.2f}"
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or sorted(path.parent.name for path in CONTENT.glob("*/template.json"))))
