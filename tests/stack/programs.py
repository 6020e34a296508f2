"""Stacks in processes of their own, and what is left of them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 120.0


@dataclass
class Program:
    """A started stack, and the leaders of the process groups it consists of."""

    process: asyncio.subprocess.Process
    pids: dict[str, int]


@asynccontextmanager
async def program(state: Path, *names: str) -> AsyncIterator[Program]:
    process = await spawn(state, *names)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), WAIT_SECONDS)
        yield Program(process, json.loads(line))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def spawn(state: Path, *names: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        Path(__file__).with_name("serve.py"),
        state,
        *names,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def running(groups: set[int]) -> set[str]:
    """The commands of these groups' processes, zombies aside."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(group) in groups and state != "Z":
                found.add((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def children(pid: int) -> set[int]:
    """Direct children: the guard is one of the stack's."""
    return {int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
