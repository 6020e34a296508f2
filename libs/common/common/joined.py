"""HTTP by httptools whose answers begin with one packet."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LONGEST = 64 * 1024


class JoiningProtocol(HttpToolsProtocol):
    """Sends the head of an answer together with its body.

    Uvicorn writes them one after the other, and uvloop hands each to the kernel at once: that is two packets,
    the first of which wakes a reader who cannot do anything with it.
    """

    def connection_made(self, transport: Any) -> None:
        """Takes over a new connection."""
        super().connection_made(_Joining(transport, self.loop))  # type: ignore[arg-type]  # all of it that is used


class _Joining:
    """A transport that keeps what is written until more is, or until whoever wrote it waits."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept = b""

    def write(self, data: bytes) -> None:
        if self._kept or len(data) > _LONGEST:
            kept, self._kept = self._kept, b""
            self._transport.write(kept + data)
        elif data:
            self._kept = data
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        kept, self._kept = self._kept, b""
        if kept and not self._transport.is_closing():
            self._transport.write(kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
