"""Whether NATS still stores messages: after a full disk it answers, but stores nothing until restarted."""

import asyncio
from collections.abc import Sequence

from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from common.errors import Unavailable
from common.messaging.streams import Stream

# Streams break one by one, so each is asked; often enough for readiness, seldom enough to cost nothing.
_FRESH_SECONDS = 2.0
_ANSWER_SECONDS = 1.5


class StoreProbe:
    """Publishes a tiny message to every stream and reads it back; each replaces the service's one before."""

    def __init__(self, streams: Sequence[Stream], service: str) -> None:
        self._streams = streams
        self._service = service
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._broken: list[str] = []

    async def check(self, jetstream: JetStreamContext) -> None:
        """Raises Unavailable with the streams that store nothing; what was found holds for 2 s."""
        async with self._asking:
            clock = asyncio.get_running_loop().time
            if clock() - self._asked_at >= _FRESH_SECONDS:
                stores = await asyncio.gather(*(self._ask(jetstream, stream) for stream in self._streams))
                self._broken = [
                    stream.name for stream, well in zip(self._streams, stores, strict=True) if not well
                ]
                self._asked_at = clock()
            broken = self._broken
        if broken:
            raise Unavailable(f"NATS stores nothing in {', '.join(broken)}: is its disk full, or was it?")

    async def _ask(self, jetstream: JetStreamContext, stream: Stream) -> bool:
        subject = stream.probe_subject(self._service)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                stored = await jetstream.publish(
                    subject, b"", timeout=_ANSWER_SECONDS, headers={"Nats-Rollup": "sub"}
                )
                found = await jetstream.get_last_msg(stream.name, subject)
        except (OSError, TimeoutError, NatsError):
            return False
        return (found.seq or 0) >= stored.seq  # another replica may have been here meanwhile
