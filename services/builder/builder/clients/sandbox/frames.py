"""The frames that the builder and the runner in the sandbox exchange; the reader trusts nothing it reads."""

import asyncio
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LENGTHS = struct.Struct(">II")
_MAX_HEADER = 2 * 1024**2


class BrokenFrame(Exception):
    """The sandbox sent what no honest runner sends."""


class FrameTooLarge(BrokenFrame):
    """The sandbox sent more than a build may put out."""


@dataclass(frozen=True)
class Frame:
    """One unit of what a sandbox sends: a JSON header and the files' bytes behind it."""

    kind: str
    header: Mapping[str, Any]
    body: bytes

    def files(self, *lists: str) -> tuple[dict[str, bytes], ...]:
        """The files in the body, by the header's lists of [path, size], whose bytes follow one another.

        Raises BrokenFrame when a list is missing or the sizes do not add up.
        """
        found: list[dict[str, bytes]] = []
        offset = 0
        for name in lists:
            files: dict[str, bytes] = {}
            for path, size in self._listed(name):
                files[path] = self.body[offset : offset + size]
                offset += size
            found.append(files)
        if offset != len(self.body):
            raise BrokenFrame("sizes that do not add up")
        return tuple(found)

    def _listed(self, name: str) -> list[tuple[str, int]]:
        listed = self.header.get(name)
        if not isinstance(listed, list):
            raise BrokenFrame("no list of files")
        for item in listed:
            match item:
                case [str(), int(size)] if size >= 0:
                    continue
            raise BrokenFrame("a file without name or size")
        return [(path, size) for path, size in listed]


def encode(kind: str, files: Mapping[str, bytes], **fields: object) -> bytes:
    """The bytes of a frame: two lengths, the header with `files` as [path, size], the contents."""
    listed = [[name, len(content)] for name, content in files.items()]
    header = json.dumps({"type": kind, "files": listed, **fields}).encode()
    size = sum(len(content) for content in files.values())
    return b"".join((_LENGTHS.pack(len(header), size), header, *files.values()))


async def read_frame(reader: asyncio.StreamReader, max_body: int) -> Frame | None:
    """The next frame; None when the sandbox has closed its end."""
    try:
        header_size, body_size = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
        if header_size > _MAX_HEADER:
            raise BrokenFrame("a header that is too long")
        if body_size > max_body:
            raise FrameTooLarge
        header = json.loads(await reader.readexactly(header_size))
        body = await reader.readexactly(body_size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except (ValueError, RecursionError) as error:  # the latter by brackets in brackets
        raise BrokenFrame("a header that is no JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise BrokenFrame("a header without a type")
    return Frame(header["type"], header, body)
