"""Pictures that are only as large as their headers say."""

import base64
import struct
import zlib


def png(width: int, height: int, extra: int = 0) -> str:
    """A PNG in base64; `extra` bytes of text chunk make it larger."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"tEXt", b"x" * extra), (b"IEND", b"")]
    data = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


JPEG = base64.b64encode(
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x01\x2c\x01\xe0\x01\x01\x11\x00\xff\xd9"
).decode()
GIF = base64.b64encode(b"GIF89a" + struct.pack("<HH", 480, 300) + b"\x00\x00\x00;").decode()
WEBP_LOSSLESS = base64.b64encode(
    b"RIFF\x14\x00\x00\x00WEBPVP8L\x08\x00\x00\x00\x2f" + struct.pack("<I", 479 | 299 << 14) + b"\x00\x00\x00"
).decode()
WEBP_LOSSY = base64.b64encode(
    b"RIFF\x16\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 480, 300)
).decode()
WEBP_EXTENDED = base64.b64encode(
    b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xdf\x01\x00\x2b\x01\x00"
).decode()
EACH = {
    "image/png": png(480, 300),
    "image/jpeg": JPEG,
    "image/gif": GIF,
    "image/webp": WEBP_LOSSLESS,
    "image/webp ": WEBP_LOSSY,
    "image/webp  ": WEBP_EXTENDED,
}
"""A picture of 480 by 300 in each form; blanks behind a type tell its forms apart."""
