"""A picture is what its bytes say, and a hostile one is refused before anybody decodes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.pictures import MAX_PICTURE_BYTES, Picture, read_picture
from orchestrator.errors import PictureInvalid, PictureTooLarge
from tests import pictures
from tests.pictures import PNG

KINDS = {
    "png": (PNG, Picture("image/png", 64, 48)),
    "jpeg": (pictures.jpeg(640, 480), Picture("image/jpeg", 640, 480)),
    "lossy webp": (pictures.webp_lossy(320, 200), Picture("image/webp", 320, 200)),
    "lossless webp": (pictures.webp_lossless(320, 200), Picture("image/webp", 320, 200)),
    "extended webp": (pictures.webp_extended(320, 200), Picture("image/webp", 320, 200)),
    "gif": (pictures.gif(10, 20), Picture("image/gif", 10, 20)),
    "largest": (pictures.png_saying(8000, 8000), Picture("image/png", 8000, 8000)),
    "with a page behind it": (PNG + b"<script>alert(1)</script>", Picture("image/png", 64, 48)),
}


@pytest.mark.parametrize(("content", "expected"), KINDS.values(), ids=KINDS)
def test_kind_and_size_are_told_from_the_bytes(content: bytes, expected: Picture) -> None:
    assert read_picture(content) == expected


DAMAGED = {
    "empty": b"",
    "text": b"just words",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "pdf": b"%PDF-1.7",
    "a form": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + PNG,
    "a page that ends as a picture": b"<html>" + PNG,
    "only a signature": PNG[:8],
    "cut header": PNG[:20],
    "cut data": PNG[:-20],
    "without its end": PNG[:-12],
    "damaged header": PNG[:16] + b"\xff" + PNG[17:],
    "header of another kind": PNG[:12] + b"IDAT" + PNG[16:],
    "chunk that claims more than there is": PNG[:33] + b"\xff\xff\xff\xf0" + PNG[37:],
    "no pixels": pictures.png_saying(0, 10),
    "jpeg without a scan": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "jpeg that is cut off": pictures.jpeg(64, 64, end=b""),
    "jpeg with a segment of no length": b"\xff\xd8\xff\xe0\x00\x00" * 100,
    "jpeg of fill bytes": b"\xff\xd8" + b"\xff" * 100_000,
    "webp that is cut off": pictures.webp_lossy(64, 64)[:-4],
    "webp of an unknown kind": pictures.webp(b"ABCD", bytes(40)),
    "webp without a start code": pictures.webp(b"VP8 ", bytes(40)),
    "gif that is cut off": pictures.gif(64, 64)[:-1],
    "gif header alone": b"GIF89a",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureInvalid):
        read_picture(content)


BOMBS = {
    "png": pictures.png_saying(60_000, 60_000),
    "png with the largest numbers": pictures.png_saying(2**31 - 1, 2**31 - 1),
    "narrow png": pictures.png_saying(1, 8_001),
    "jpeg": pictures.jpeg(65_535, 65_535),
    "webp": pictures.webp_extended(2**24, 2**24),
    "gif": pictures.gif(65_535, 65_535),
    "bytes": PNG + bytes(MAX_PICTURE_BYTES),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_what_would_be_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(PictureTooLarge) as refused:
        read_picture(content)
    assert refused.value.context["limit"] in {8_000, MAX_PICTURE_BYTES}


@given(
    start=st.sampled_from([content[:40] for content, _ in KINDS.values()]),
    kept=st.integers(0, 40),
    rest=st.binary(max_size=200),
)
def test_any_bytes_are_a_picture_or_refused(start: bytes, kept: int, rest: bytes) -> None:
    try:
        picture = read_picture(start[:kept] + rest)
    except (PictureInvalid, PictureTooLarge):
        return
    assert 0 < picture.width <= 8_000
    assert 0 < picture.height <= 8_000


@pytest.mark.parametrize(
    ("width", "height", "least", "most"),
    [(200, 200, 50, 60), (1000, 1000, 1300, 1340), (1568, 1568, 1600, 1600), (8000, 100, 40, 45)],
)
def test_what_seeing_it_costs(width: int, height: int, least: int, most: int) -> None:
    assert least <= Picture("image/png", width, height).tokens <= most
