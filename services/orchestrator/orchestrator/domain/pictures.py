"""What a picture's own headers say of it: nothing is decoded, so that a hostile one does no harm here."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.errors import PictureInvalid, PictureTooLarge

MAX_PICTURE_BYTES = 3_750_000
"""In base64, which vendors count, it is 5 MB: what they take."""
MAX_PICTURE_SIDE = 8_000
SUFFIXES: dict[str, tuple[str, ...]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
}
"""By media type what the names of such files end with, the usual one first."""

_SHOWN_SIDE = 1_568
_PIXELS_PER_TOKEN = 750
_MOST_TOKENS = 1_600
_MAX_PARTS = 20_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_SCAN = 0xDA
_JPEG_END = b"\xff\xd9"
_VP8_START = b"\x9d\x01\x2a"
_VP8L_SIGNATURE = 0x2F


@dataclass(frozen=True, slots=True)
class Picture:
    """`width` and `height` in pixels."""

    media_type: str
    width: int
    height: int

    @property
    def tokens(self) -> int:
        """About what a model is charged for seeing it; vendors make a large one smaller before."""
        scale = min(1.0, _SHOWN_SIDE / max(self.width, self.height))
        return min(_MOST_TOKENS, int(self.width * self.height * scale * scale) // _PIXELS_PER_TOKEN + 1)


def read_picture(content: bytes) -> Picture:
    """What the content is, whatever its sender calls it; takes time in proportion to its parts.

    Raises PictureTooLarge, or PictureInvalid for what is no PNG, JPEG, WebP or GIF or breaks off.
    """
    if len(content) > MAX_PICTURE_BYTES:
        message = (
            f"The picture has {len(content):,} bytes; {MAX_PICTURE_BYTES:,} are accepted: make it smaller."
        )
        raise PictureTooLarge(message, size=len(content), limit=MAX_PICTURE_BYTES)
    if not content:
        raise PictureInvalid("The picture is empty: send its bytes as the request's body.")
    media_type, read = _format_of(content)
    try:
        width, height = read(content)
    except (struct.error, IndexError, ValueError):
        raise PictureInvalid(f"The picture looks like {media_type}, but it is damaged or cut off.") from None
    if not (width and height):
        raise PictureInvalid(f"The picture looks like {media_type}, but it has no pixels.")
    if max(width, height) > MAX_PICTURE_SIDE:
        message = (
            f"The picture has {width:,} x {height:,} pixels; {MAX_PICTURE_SIDE:,} a side are accepted: "
            "make it smaller."
        )
        raise PictureTooLarge(message, width=width, height=height, limit=MAX_PICTURE_SIDE)
    return Picture(media_type, width, height)


def _format_of(content: bytes) -> tuple[str, Callable[[bytes], tuple[int, int]]]:
    if content.startswith(_PNG):
        return "image/png", _png
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _jpeg
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp", _webp
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif", _gif
    raise PictureInvalid(
        "These bytes are no PNG, JPEG, WebP or GIF. Send the picture itself as the request's body, not a "
        "form; other kinds, SVG too, can be written as files of the app."
    )


def _png(content: bytes) -> tuple[int, int]:
    """Raises ValueError unless all chunks are there, from a sound header to the end."""
    length, kind, width, height = struct.unpack_from(">I4sII", content, 8)
    (checksum,) = struct.unpack_from(">I", content, 29)
    if (length, kind) != (13, b"IHDR") or checksum != zlib.crc32(content[12:29]):
        raise ValueError
    at, data = 33, False
    for _ in range(_MAX_PARTS):
        length, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + length
        if at > len(content):
            raise ValueError
        if kind == b"IEND" and data:
            return width, height
        data = data or kind == b"IDAT"
    raise ValueError


def _jpeg(content: bytes) -> tuple[int, int]:
    """Raises ValueError unless a frame, a scan and the end are there."""
    at, size = 2, (0, 0)
    for _ in range(_MAX_PARTS):
        if content[at] != 0xFF:
            raise ValueError
        marker = content[at + 1]
        if marker == 0xFF or marker in _JPEG_ALONE:  # a fill byte, or a marker without a segment
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            size = width, height
        if marker == _JPEG_SCAN:
            content.index(_JPEG_END, at + 2 + length)
            return size
        at += 2 + length
    raise ValueError


def _webp(content: bytes) -> tuple[int, int]:
    (size,) = struct.unpack_from("<I", content, 4)
    if size + 8 > len(content):
        raise ValueError
    kind = content[12:16]
    if kind == b"VP8X":
        return (_small_24(content, 24) + 1, _small_24(content, 27) + 1)
    if kind == b"VP8L" and content[20] == _VP8L_SIGNATURE:
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[23:26] == _VP8_START:
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError


def _small_24(content: bytes, at: int) -> int:
    low, high = struct.unpack_from("<HB", content, at)
    return int(low | high << 16)


def _gif(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", content, 6)
    if not content.rstrip(b"\0").endswith(b";"):
        raise ValueError
    return width, height
