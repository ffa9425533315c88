"""A picture is known by its content: whole PNGs and JPEGs, and nothing else, however it is cut or lengthened."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.core.pictures import MOST_PIXELS, Picture, picture_in
from tests.pictures import jpeg, png


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + zlib.crc32(name + body).to_bytes(4)


def test_a_png_and_a_jpeg_tell_their_size() -> None:
    assert picture_in(png(3, 2)) == Picture(".png", "image/png", 3, 2)
    assert picture_in(jpeg(5, 4)) == Picture(".jpg", "image/jpeg", 5, 4)


SIGNATURE = png(1, 1)[:8]
HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
END = chunk(b"IEND", b"")
OTHERS = {
    "nothing": b"",
    "words": "图片".encode(),
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a page called a picture": b"<html></html>",
    "a GIF": b"GIF89a\x01\x00\x01\x00",
    "a signature alone": SIGNATURE,
    "no header first": SIGNATURE + END,
    "no pixels": SIGNATURE + HEADER + END,
    "pixels that can't be unpacked": SIGNATURE + HEADER + chunk(b"IDAT", b"abc") + END,
    "pixels without an end": SIGNATURE + HEADER + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")[:-3]) + END,
    "more pixels than its size holds": SIGNATURE + HEADER + chunk(b"IDAT", zlib.compress(bytes(1 << 22))) + END,
    "a program behind the picture": png(1, 1) + b"MZ program",
    "no height": png(3, 0),
    "too many pixels": SIGNATURE
    + chunk(b"IHDR", struct.pack(">IIBBBBB", MOST_PIXELS, 2, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0"))
    + END,
    "a JPEG without a frame": b"\xff\xd8\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9",
    "a JPEG without an end": jpeg(5, 4)[:-2],
    "a JPEG whose segment has no length": b"\xff\xd8\xff\xe0\x00\x00" + bytes(20),
    "a JPEG that breaks off": jpeg(5, 4)[:12],
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS.keys())
def test_anything_else_is_no_picture(content: bytes) -> None:
    assert picture_in(content) is None


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_png_with_one_byte_changed_is_none_any_more(place: int, byte: int) -> None:
    whole = bytearray(png(4, 4))
    place %= len(whole)
    before, whole[place] = whole[place], byte
    assert (picture_in(bytes(whole)) is not None) == (before == byte)


@given(st.binary(max_size=200))
def test_no_content_breaks_it(content: bytes) -> None:
    for start in (SIGNATURE, b"\xff\xd8", b"\xff\xd8\xff"):
        found = picture_in(start + content)
        assert found is None or found.width * found.height > 0


def test_pixels_may_come_in_many_pieces() -> None:
    packed = zlib.compress(b"\0\x80\x80\x80")
    pieces = b"".join(chunk(b"IDAT", packed[place : place + 1]) for place in range(len(packed)))
    assert picture_in(SIGNATURE + HEADER + pieces + END) == Picture(".png", "image/png", 1, 1)
