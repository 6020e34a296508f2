"""A build's log while it runs: kept for the row, and sent line by line to whoever listens."""

import asyncio

from builder.db.models import Build
from builder.domain.log import BuildLog
from common.contracts import BuildLogLine
from common.messaging.publisher import Bus
from common.messaging.streams import build_log_subject

_MAX_LIVE_LINES = 5_000


class LiveLog:
    """One build's log; `close` must be called, it ends the task that sends."""

    def __init__(self, bus: Bus, build: Build) -> None:
        self._bus = bus
        self._build_id = build.id
        self._app_id = build.app_id
        self._kept = BuildLog()
        self._queue: asyncio.Queue[BuildLogLine | None] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send())

    @property
    def text(self) -> str:
        """What is kept: at most 256 KiB, the middle left out."""
        return self._kept.text

    def add(self, stream: str, text: str) -> None:
        """Keeps a line and queues it for live listeners, who get the first 5,000 of a build only."""
        clean = self._kept.add(stream, text)
        if self._kept.count <= _MAX_LIVE_LINES:
            line = BuildLogLine.model_validate(
                {
                    "build_id": self._build_id,
                    "app_id": self._app_id,
                    "number": self._kept.count,
                    "stream": stream,
                    "text": clean,
                }
            )
            self._queue.put_nowait(line)

    async def _send(self) -> None:
        while (line := await self._queue.get()) is not None:
            await self._bus.publish_live(build_log_subject(line.build_id), line)

    async def close(self) -> None:
        """Sends what is left; a listener that is gone loses nothing but live lines."""
        self._queue.put_nowait(None)
        await asyncio.wait([self._sending], timeout=1)
        self._sending.cancel()
