"""A dump on this machine's disk, between the shard and the bucket: compressed, never whole in memory."""

import asyncio
import gzip
import hashlib
import os
from collections.abc import AsyncIterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Self

_LINES_BYTES = 2_000_000
_PIECE = 1 << 20


class Spool:
    """A temporary file without a name. Written through `write` and then `close_writing`, or by a download."""

    file: BinaryIO

    def __enter__(self) -> Self:
        self.file = TemporaryFile()  # closed at the end of the context
        self._writer: gzip.GzipFile | None = None  # which writes a header as soon as it is made
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    async def write(self, data: bytes) -> None:
        """Compresses more of the content."""
        if self._writer is None:
            self._writer = gzip.GzipFile(fileobj=self.file, mode="wb", mtime=0, compresslevel=6)
        await asyncio.to_thread(self._writer.write, data)

    async def close_writing(self) -> None:
        """Ends the compressed content."""
        if self._writer is not None:
            await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self.file.flush)

    @property
    def size(self) -> int:
        """How many bytes there are, compressed."""
        return os.fstat(self.file.fileno()).st_size

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        """The bytes from `start`, as an upload reads them."""
        return os.pread(self.file.fileno(), self.size if size is None else size, start)

    async def digest(self) -> str:
        """The sha256 of what is there, compressed."""
        return await asyncio.to_thread(self._digest)

    def _digest(self) -> str:
        self.file.seek(0)
        found = hashlib.sha256()
        while piece := self.file.read(_PIECE):
            found.update(piece)
        return found.hexdigest()

    async def lines(self) -> AsyncIterator[list[bytes]]:
        """The content's lines, some at a time. Raises OSError or EOFError for what is not whole."""
        self.file.seek(0)
        with gzip.GzipFile(fileobj=self.file, mode="rb") as reader:
            while found := await asyncio.to_thread(reader.readlines, _LINES_BYTES):
                yield found
