"""Sandboxes for tests that need no service."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.isolation import Contained
from builder.clients.sandbox.levels import Level, ways
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import find_node
from builder.clients.sandbox.program import BUNDLER, Program
from builder.clients.sandbox.users import SandboxUsers
from builder.domain.evidence import Evidence
from dev.stack.config import ROOT
from tests.builder.machine import strongest
from tests.builder.world import template_files
from tests.caches import BUILDER_CACHE

MB = 1024**2
LIMITS = Limits(memory_bytes=768 * MB, cpus=2, processes=160, disk_bytes=64 * MB, output_bytes=32 * MB)
SECONDS = 60.0
WORK_DIR = ROOT / ".overskill" / "tests" / "builder-work"

HELPERS = """
import fs from "node:fs";
import cp from "node:child_process";
import net from "node:net";
import dgram from "node:dgram";
import { send, serve } from "./channel.mjs";
const tell = (name, value) => console.log("FOUND " + JSON.stringify([name, value]));
const attempt = (name, work) => {
  try { tell(name, work() ?? "done"); }
  catch (error) { tell(name, "refused: " + (error.code ?? error.message)); }
};
const attack = async () => {
  %s
};
serve(Promise.resolve(), async () => {}, async () => { await attack(); send({ type: "report", ok: true }); });
"""


async def modules() -> Path:
    files = template_files()
    return await Dependencies(find_node(None), BUILDER_CACHE, 300).prepare(files)


def contained(limits: Limits = LIMITS, level: Level | None = None) -> Contained:
    """Sandboxes of that level and no other; of the best that the machine allows, unless one is named."""
    level = level or strongest()
    every = ways(Level.LANDLOCK, SandboxUsers(), WORK_DIR)
    return Contained(find_node(None), limits, level, [one for one in every if one[0] is level])


@contextmanager
def attacker(code: str, *, may_fork: bool = False) -> Iterator[Program]:
    """A program as hostile as can be: the code runs in the bundler's place, or in the type checker's."""
    with tempfile.TemporaryDirectory(prefix="overskill-attack-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(BUNDLER.script.with_name("channel.mjs"), folder)
        (folder / "attack.mjs").write_text(HELPERS % code)
        yield replace(BUNDLER, script=folder / "attack.mjs", may_fork=may_fork)


async def run(
    code: str, *, limits: Limits = LIMITS, seconds: float = SECONDS, may_fork: bool = False,
    level: Level | None = None,
) -> tuple[Evidence, dict[str, Any], list[str]]:  # fmt: skip
    """Runs it in a sandbox; answers the evidence, what the code told, and the log."""
    runner = contained(limits, level)
    lines: list[str] = []
    with attacker(code, may_fork=may_fork) as program:
        sandbox = await runner.start(program, await modules())
        try:
            evidence = await sandbox.run({}, seconds, lambda _stream, line: lines.append(line))
        finally:
            await sandbox.close()
    found = [json.loads(line.removeprefix("FOUND ")) for line in lines if line.startswith("FOUND ")]
    return evidence, dict(found), lines
