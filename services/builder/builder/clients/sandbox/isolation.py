"""The two ways to start a sandbox: contained by bubblewrap, or openly not contained at all."""

import asyncio
import os
import tempfile
from pathlib import Path

from builder.clients.leftovers import OwnedFolder, sweep
from builder.clients.sandbox.advice import does_not_start
from builder.clients.sandbox.bubblewrap import (
    ENVIRONMENT,
    NO_MODULES,
    Programs,
    command,
    no_modules,
    node_flags,
)
from builder.clients.sandbox.cgroups import Cgroups
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node
from builder.clients.sandbox.process import Isolation, Sandbox, spawn
from builder.clients.sandbox.seccomp import filter_descriptor
from builder.errors import IsolationUnavailable
from common.logging import get_logger

_BUILD = "build-"

logger = get_logger(__name__)


class Bubblewrap(Isolation):
    """Namespaces, no network, no privileges, and control groups; refuses when any of it is missing."""

    def __init__(self, node: Node, limits: Limits, uid: int) -> None:
        self._node = node
        self._limits = limits
        self._uid = uid
        self._ready: tuple[Programs, Cgroups] | None = None
        self._checking = asyncio.Lock()

    async def check(self) -> None:
        """Raises IsolationUnavailable until a sandbox has once really started and answered."""
        async with self._checking:
            if self._ready is None:
                parts = Programs.find(), Cgroups.detect()
                with no_modules() as modules:
                    await self._probe(await self._start(parts, modules))
                self._ready = parts

    async def _probe(self, sandbox: Sandbox) -> None:
        try:
            evidence = await sandbox.build({"probe.txt": b""}, "preview", 20, lambda _stream, _line: None)
        finally:
            await sandbox.close()
        # Without any package both tools must be absent: that report came out of the sandbox.
        if evidence.check is None or evidence.bundle is None:
            reason = evidence.last_words or f"exit code {evidence.exit_code}"
            raise IsolationUnavailable(does_not_start(reason))

    def sweep(self) -> int:
        """Removes control groups and folders of builders that are gone."""
        folders = sweep(Path(tempfile.gettempdir()), NO_MODULES)
        return folders + (self._ready[1].sweep() if self._ready else 0)

    async def start(self, modules: Path) -> Sandbox:
        await self.check()
        if self._ready is None:
            raise IsolationUnavailable("The sandbox has not been checked yet.")
        return await self._start(self._ready, modules)

    async def _start(self, parts: tuple[Programs, Cgroups], modules: Path) -> Sandbox:
        programs, cgroups = parts
        group = cgroups.create(self._limits)
        seccomp = filter_descriptor()
        try:
            line = command(programs, self._node, modules, self._limits, group, seccomp, self._uid)
            return await spawn(
                line,
                keep=() if seccomp is None else (seccomp,),
                env={},
                cwd="/",
                group=group,
                output_bytes=self._limits.output_bytes,
            )
        except BaseException:
            group.kill()
            group.remove()
            raise
        finally:
            if seccomp is not None:
                os.close(seccomp)


class NoIsolation(Isolation):
    """Runs generated code as the builder itself, with its rights. For development without bubblewrap only."""

    def __init__(self, node: Node, limits: Limits, work_dir: Path) -> None:
        self._node = node
        self._limits = limits
        self._work_dir = work_dir

    async def check(self) -> None:
        return

    def sweep(self) -> int:
        return sweep(self._work_dir, _BUILD)

    async def start(self, modules: Path) -> Sandbox:
        logger.warning(
            "BUILDER_ISOLATION=off: this build runs generated code WITHOUT isolation and limits, as the "
            "builder's own user, with the network and files of this machine"
        )
        folder = OwnedFolder(self._work_dir, _BUILD)
        work = folder.path
        (work / "node_modules").symlink_to(modules)
        runner = Path(__file__).with_name("runner.mjs")
        line = [str(self._node.binary), *node_flags(self._limits), str(runner), str(work)]
        return await spawn(
            line, env={**ENVIRONMENT, "HOME": str(work)}, cwd=str(work), group=None,
            output_bytes=self._limits.output_bytes, cleanup=folder.remove,
        )  # fmt: skip
