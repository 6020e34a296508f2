"""A build's log while it runs: kept for the row, and sent line by line to whoever listens."""

import asyncio

from builder.db.models import Build
from builder.domain.log import BuildLog
from common.contracts import LiveEvent
from common.contracts.events import BuildLogEvent
from common.messaging.publisher import Bus
from common.messaging.streams import build_log_subject

USED_AGAIN = "The same source was built before; its result is used again."

_MAX_LIVE_LINES = 5_000


class LiveLog:
    """One build's log; `close` must be called, it ends its sending task. Nobody hears speculative ones."""

    def __init__(self, bus: Bus, build: Build) -> None:
        self._bus = bus
        self._build = build
        self._kept = BuildLog()
        self._queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send())

    @property
    def text(self) -> str:
        """What is kept: at most 256 KiB, the middle left out."""
        return self._kept.text

    def add(self, stream: str, text: str) -> None:
        """Keeps a line and queues it for live listeners, who get the first 5,000 of a build only."""
        clean = self._kept.add(stream, text)
        if self._kept.count <= _MAX_LIVE_LINES and not self._build.speculative:
            line = BuildLogEvent.model_validate(
                {
                    "run_id": self._build.run_id,
                    "build_id": self._build.id,
                    "number": self._kept.count,
                    "stream": stream,
                    "text": clean,
                }
            )
            self._queue.put_nowait(LiveEvent(app_id=self._build.app_id, event=line))

    async def _send(self) -> None:
        subject = build_log_subject(self._build.id)
        while (live := await self._queue.get()) is not None:
            await self._bus.publish_live(subject, live)

    async def close(self) -> None:
        """Sends what is left; a listener that is gone loses nothing but live lines."""
        self._queue.put_nowait(None)
        await asyncio.wait([self._sending], timeout=1)
        self._sending.cancel()
