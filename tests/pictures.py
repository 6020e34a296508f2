"""Pictures for tests, of every kind that is taken."""

import struct
import zlib

from dev.simulator.drawing import draw_png

PNG = draw_png(64, 48, "a logo")


def jpeg(width: int, height: int, *, end: bytes = b"\xff\xd9") -> bytes:
    """The structure of a JPEG: header, frame, scan, end."""
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    header = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01" + bytes(7)
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00"
    return b"\xff\xd8" + header + b"\xff\xff\xc0" + frame + scan + b"\x12\xff\x00\x34" + end


def webp(kind: bytes, data: bytes) -> bytes:
    chunk = b"WEBP" + kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunk)) + chunk


def webp_lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(5))


def webp_lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(4))


def webp_extended(width: int, height: int) -> bytes:
    sides = b"".join(struct.pack("<I", side - 1)[:3] for side in (width, height))
    return webp(b"VP8X", bytes(4) + sides)


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(3) + b"\x2c" + bytes(9) + b"\x02\0;"


def png_saying(width: int, height: int) -> bytes:
    """A small PNG whose sound header claims so many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG[:12] + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]
