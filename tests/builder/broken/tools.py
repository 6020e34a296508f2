"""A type checker and a bundler for many builds, one after the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from builder.clients.sandbox.process import Sandbox
from builder.clients.sandbox.program import BUNDLER, CHECKER, Program
from builder.domain.fixes import editable_files, usable
from builder.domain.verdict import Failure, judge
from orchestrator.domain.fixes import MAX_ROUNDS, repaired
from tests.builder.sandboxes import LIMITS, MB, SECONDS, contained, modules
from tests.builder.world import CONTENT, template_files

# A warm program keeps what it has compiled: it is replaced before it has too much of that.
_BUILDS_PER_SANDBOX = 25
LOCKED = json.loads((CONTENT / "template.json").read_text())["locked"]
_LIMITS = replace(LIMITS, memory_bytes=1536 * MB)


class Tools:
    """Both programs, warm, replaced now and then."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._runner = contained(_LIMITS)
        self._programs: tuple[Sandbox, Sandbox] | None = None
        self._builds = 0
        self._results: dict[tuple[frozenset[tuple[str, bytes]], bool], Failure | None] = {}

    async def judge(self, files: Mapping[str, bytes], *, repair: bool = True) -> Failure | None:
        """What a build of the files comes to, with the repairs of the app's own; None for a green one.

        The same files are built once: what comes of them does not change.
        """
        key = frozenset(files.items()), repair
        if key not in self._results:
            self._results[key] = await self._judge(files, editable_files(files, LOCKED) if repair else [])
        return self._results[key]

    async def _judge(self, files: Mapping[str, bytes], editable: list[str]) -> Failure | None:
        checker, bundler = await self._started()
        self._builds += 1
        check, bundle = await asyncio.gather(
            checker.run(files, SECONDS, lambda _stream, _line: None, editable=editable),
            bundler.run(files, SECONDS, lambda _stream, _line: None, mode="preview", compress=[]),
        )
        failure = judge(check, bundle, SECONDS, files)
        if failure is None or check.report is None:
            return failure
        return replace(failure, fixes=usable(check.report.fixes, files, editable))

    async def bundle(self, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """What the bundler makes of the files, with source maps."""
        _, bundler = await self._started()
        self._builds += 1
        made = await bundler.run(
            files, SECONDS, lambda _stream, _line: None, mode="preview", compress=[], maps=True
        )
        assert made.output is not None, made
        return made.output.files

    async def _started(self) -> tuple[Sandbox, Sandbox]:
        if self._programs is None or self._builds == _BUILDS_PER_SANDBOX:
            await self._stack.aclose()
            self._programs, self._builds = (await self._start(CHECKER), await self._start(BUNDLER)), 0
        return self._programs

    async def _start(self, program: Program) -> Sandbox:
        sandbox = await self._runner.start(program, await modules())
        self._stack.push_async_callback(sandbox.close)
        return sandbox


@asynccontextmanager
async def running_tools() -> AsyncIterator[Tools]:
    async with AsyncExitStack() as stack:
        yield Tools(stack)


def over_template(files: Mapping[str, str | None]) -> dict[str, bytes]:
    """The template with the files over it, None leaving one out."""
    merged = template_files()
    for path, content in files.items():
        if content is None:
            del merged[path]
        else:
            merged[path] = content.encode()
    return merged


async def healed(tools: Tools, files: Mapping[str, bytes]) -> tuple[dict[str, bytes], Failure | None]:
    """The files after as many rounds as the orchestrator makes, and what is then left."""
    now = dict(files)
    for _ in range(MAX_ROUNDS):
        failure = await tools.judge(now)
        if failure is None or not failure.fixes:
            return now, failure
        for fix in failure.fixes:
            content = repaired(now[fix.path], fix)
            assert content is not None
            assert content != now[fix.path]
            assert fix.reasons
            now[fix.path] = content
    return now, await tools.judge(now)
