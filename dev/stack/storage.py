"""Starts NATS again once its disk has space: a stream that met a full disk stores nothing before that."""

import asyncio
import json
import shutil
from pathlib import Path

from dev.stack.output import Output
from dev.stack.probes import ANSWER_SECONDS, get
from dev.stack.process import Process

CHECK_SECONDS = 1.0
# Less is soon full again.
ENOUGH_BYTES = 8 * 1024**2


async def mend_storage(nats: Process, monitor_port: int, folder: Path, output: Output) -> None:
    """The loop; it believes NATS's own health check, and looks at the disk of `folder`."""
    told = False
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        problem = await _write_error(monitor_port)
        if problem is None:
            told = False
            continue
        if shutil.disk_usage(folder).free >= ENOUGH_BYTES:
            output.announce(f"nats stores nothing although its disk has space: {problem}")
            nats.restart()
        elif not told:
            output.announce(f"nats has no space left on its disk, {folder}: {problem}")
        told = True


async def _write_error(port: int) -> str | None:
    """What NATS says of a stream that it could not write; None when there is none, or no answer."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            status, body = await get(port, "/healthz?details=true")
        errors = json.loads(body).get("errors", []) if status != 200 else []
        texts = [str(error["error"]) for error in errors]
    except (OSError, TimeoutError, EOFError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return next((error for error in texts if "write error" in error), None)
