"""Starting sandboxes: contained as well as this machine allows, or openly not contained at all."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from builder.clients.leftovers import OwnedFolder, sweep
from builder.clients.sandbox.advice import does_not_start, none_suffices
from builder.clients.sandbox.bubblewrap import ENVIRONMENT, NO_MODULES, no_modules, node_flags
from builder.clients.sandbox.levels import Job, Level, Prepared, Way, Ways, prepared
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node
from builder.clients.sandbox.process import Sandbox, give_up, spawn
from builder.clients.sandbox.program import PROBE, Program
from builder.clients.sandbox.runner import Runner
from builder.errors import IsolationUnavailable
from common.logging import get_logger

_BUILD = "build-"
_PROBE_SECONDS = 20

logger = get_logger(__name__)


class Contained(Runner):
    """In the first of these ways that works here, which go from the strongest to the least one accepted."""

    def __init__(self, node: Node, limits: Limits, least: Level, ways: Ways) -> None:
        self._node = node
        self._limits = limits
        self._least = least
        self._ways = tuple(ways)
        self._way: Way | None = None
        self._checking = asyncio.Lock()

    async def check(self) -> str:
        """Raises IsolationUnavailable until a sandbox has once really started and answered."""
        return (await self._found()).level

    async def _found(self) -> Way:
        async with self._checking:
            if self._way is None:
                self._way = await self._strongest()
        return self._way

    async def _strongest(self) -> Way:
        reasons: dict[str, str] = {}
        for level, make in self._ways:
            try:
                way = make()
                with no_modules() as modules:
                    await _probe(await self._start(way, PROBE, modules))
            except IsolationUnavailable as error:
                reasons[level] = error.message
            else:
                logger.info("builds are contained", isolation=level, stronger=reasons or None)
                return way
        raise IsolationUnavailable(none_suffices(self._least, reasons))

    def sweep(self) -> int:
        """Removes control groups and folders of builders that are gone."""
        folders = sweep(Path(tempfile.gettempdir()), NO_MODULES)
        return folders + (self._way.sweep() if self._way is not None else 0)

    async def start(self, program: Program, modules: Path) -> Sandbox:
        return await self._start(await self._found(), program, modules)

    async def _start(self, way: Way, program: Program, modules: Path) -> Sandbox:
        made = await prepared(partial(way.prepare, Job(self._node, program, modules, self._limits)))
        try:
            sandbox = await spawn(
                program.name, made.line, keep=(made.filter_fd,), env={}, cwd="/",
                group=made.bounds, output_bytes=self._limits.output_bytes, cleanup=made.cleanup,
            )  # fmt: skip
        except BaseException:
            # To the end even when it is cancelled once more: nothing of a build may live on.
            await asyncio.shield(asyncio.create_task(_undo(made)))
            raise
        made.begun(sandbox.process.pid)
        return sandbox


async def _undo(made: Prepared) -> None:
    await give_up(made.bounds)
    await asyncio.to_thread(made.abandon)


async def _probe(sandbox: Sandbox) -> None:
    try:
        evidence = await sandbox.run({}, _PROBE_SECONDS, lambda _stream, _line: None)
    finally:
        await sandbox.close()
    if evidence.report is None:
        reason = evidence.last_words or f"exit code {evidence.exit_code}"
        raise IsolationUnavailable(does_not_start(reason))


class NoIsolation(Runner):
    """Runs generated code as the builder itself, with its rights. For development without bubblewrap only."""

    def __init__(self, node: Node, limits: Limits, work_dir: Path) -> None:
        self._node = node
        self._limits = limits
        self._work_dir = work_dir

    async def check(self) -> str:
        return Level.OFF

    def sweep(self) -> int:
        return sweep(self._work_dir, _BUILD)

    async def start(self, program: Program, modules: Path) -> Sandbox:
        logger.warning(
            "BUILDER_ISOLATION=off: this build runs generated code WITHOUT isolation and limits, as the "
            "builder's own user, with the network and files of this machine"
        )
        folder = OwnedFolder(self._work_dir, _BUILD)
        work = folder.path
        (work / "node_modules").symlink_to(modules)
        line = [str(self._node.binary), *node_flags(self._limits), str(program.script), str(work)]
        return await spawn(
            program.name, line, env={**ENVIRONMENT, "HOME": str(work)}, cwd=str(work), group=None,
            output_bytes=self._limits.output_bytes, cleanup=folder.remove,
        )  # fmt: skip
