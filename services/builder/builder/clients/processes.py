"""Starting child processes."""

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any


async def start_process(*command: str, **options: Any) -> asyncio.subprocess.Process:
    """Starts a program in a session of its own; when cancelled meanwhile, it is killed.

    `create_subprocess_exec` itself never returns when it is cancelled at a certain moment (CPython 3.11),
    so it is always let finish.
    """
    create = asyncio.create_subprocess_exec(*command, start_new_session=True, **options)
    starting = asyncio.create_task(create)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        process = await starting
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
