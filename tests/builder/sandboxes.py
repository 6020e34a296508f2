"""Sandboxes for tests that need no service."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.isolation import Bubblewrap
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import find_node
from builder.domain.evidence import Evidence
from tests.builder.world import template_files
from tests.caches import BUILDER_CACHE

MB = 1024**2
LIMITS = Limits(memory_bytes=768 * MB, cpus=2, processes=160, disk_bytes=64 * MB, output_bytes=32 * MB)
SECONDS = 60.0

# Tailwind runs what a style sheet names as its plugin: that is how an app's code gets to run at build time.
HOSTILE_STYLE = '@plugin "./hostile.js";\n'
HELPERS = """
import fs from "node:fs";
import cp from "node:child_process";
import net from "node:net";
import dgram from "node:dgram";
export default function plugin() {}
const tell = (name, value) => console.log("FOUND " + JSON.stringify([name, value]));
const attempt = (name, work) => {
  try { tell(name, work() ?? "done"); }
  catch (error) { tell(name, "refused: " + (error.code ?? error.message)); }
};
"""


async def modules() -> Path:
    files = template_files()
    return await Dependencies(find_node(None), BUILDER_CACHE, 300).prepare(files)


def hostile(code: str) -> dict[str, bytes]:
    """The template with code that runs while it is built."""
    files = template_files()
    files["src/hostile.js"] = (HELPERS + code).encode()
    files["src/index.css"] += HOSTILE_STYLE.encode()
    return files


async def run(
    files: Mapping[str, bytes], *, limits: Limits = LIMITS, seconds: float = SECONDS
) -> tuple[Evidence, dict[str, Any], list[str]]:
    """Builds in a sandbox of its own; answers the evidence, what the code told, and the log."""
    isolation = Bubblewrap(find_node(None), limits, 61000)
    lines: list[str] = []
    sandbox = await isolation.start(await modules())
    try:
        evidence = await sandbox.build(files, "preview", seconds, lambda _stream, line: lines.append(line))
    finally:
        await sandbox.close()
    found = [json.loads(line.removeprefix("FOUND ")) for line in lines if line.startswith("FOUND ")]
    return evidence, dict(found), lines
