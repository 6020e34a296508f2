"""A file on disk for as long as it is needed, whose parts are read when they are asked for."""

import io
import os
from dataclasses import dataclass
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Self

from common.contracts import Extent


@dataclass(frozen=True)
class Stretch:
    """Content within an open file, which somebody else closes."""

    descriptor: int
    extent: Extent

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.extent.size

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        """The bytes from `start`, all of the rest unless `size` is given."""
        rest = self.size - start
        wanted = rest if size is None else min(size, rest)
        return os.pread(self.descriptor, wanted, self.extent.offset + start)


class Spool:
    """A temporary file for the time of the context, without a name that others could open."""

    file: BinaryIO

    def __enter__(self) -> Self:
        self.file = TemporaryFile()  # closed at the end of the context
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def part(self, extent: Extent) -> Stretch:
        """A part of what has been written and flushed; readable from any thread while the file is open."""
        return Stretch(self.file.fileno(), extent)

    def append(self, data: bytes) -> Stretch:
        """Writes what follows on all that is there; readable as any other part."""
        start = self.file.seek(0, io.SEEK_END)
        self.file.write(data)
        self.file.flush()
        return self.part(Extent(start, len(data)))
