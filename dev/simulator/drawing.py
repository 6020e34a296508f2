"""Small real pictures, drawn without any library."""

import struct
import zlib
from hashlib import sha256


def draw_png(width: int, height: int, words: str = "") -> bytes:
    """A picture of so many pixels with stripes in colours that depend on the words."""
    digest = sha256(words.encode()).digest()
    stripes = [digest[start : start + 3] for start in range(0, 24, 3)]
    line = b"\0" + b"".join(stripes[x * len(stripes) // width] for x in range(width))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(line * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def draw_webp(width: int, height: int, words: str = "") -> bytes:
    """A lossless WebP of so many pixels, all of one colour that depends on the words."""
    red, green, blue = sha256(words.encode()).digest()[:3]
    bits = _Bits()
    bits.add(0x2F, 8)
    bits.add(width - 1, 14)
    bits.add(height - 1, 14)
    bits.add(0, 1 + 3)  # no transparency; the format's version
    bits.add(0, 1 + 1 + 1)  # no transformation, no cache of colours, one set of codes
    for value in (green, red, blue, 255):
        bits.add(0b101, 3)  # a code with one symbol of eight bits, so that a pixel takes no bit at all
        bits.add(value, 8)
    bits.add(0b001, 3)  # for distances, of which there are none: one symbol of one bit
    bits.add(0, 1)
    data = bits.as_bytes()
    chunk = b"WEBPVP8L" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk)) + chunk


class _Bits:
    """Numbers one after the other, lowest bit first."""

    def __init__(self) -> None:
        self._value, self._length = 0, 0

    def add(self, value: int, bits: int) -> None:
        self._value |= value << self._length
        self._length += bits

    def as_bytes(self) -> bytes:
        return self._value.to_bytes((self._length + 7) // 8, "little")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum
