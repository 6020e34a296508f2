"""A stack of a few processes that serves until it is signalled, as a program for tests to kill."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dev.stack.__main__ import run
from dev.stack.config import StackConfig
from dev.stack.stack import Stack


async def serve(config: StackConfig) -> int:
    async with Stack(config) as stack:
        pids = {name: process.pid for name, process in stack.processes.items()}
        sys.stdout.write(json.dumps({"stack": os.getpid(), **pids}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    return 0


def main(arguments: Sequence[str]) -> int:
    state, *names = arguments
    return run(serve, StackConfig.temporary(Path(state), only=frozenset(names)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
