"""Telling what a picture is by its content, whatever it is called: its kind; of a whole PNG or JPEG its size."""

import struct
import zlib
from dataclasses import dataclass

MOST_PIXELS = 25_000_000
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_PIECE = 1 << 20
# a pixel has at most four channels of two bytes
_BYTES_A_PIXEL = 8
# the segments of a JPEG that tell its size, and the one behind which its pixels begin
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
# what the boxes of a HEIC, and of its sequences, call themselves
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
# so many bytes tell the kind of a picture
HEAD = 12


def kind_of(head: bytes) -> str:
    """As what a picture that begins like this is sent: a PNG, JPEG, WebP or HEIC; nothing for anything else."""
    if head.startswith(_PNG):
        return "image/png"
    if head.startswith(_JPEG + b"\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if head[4:8] == b"ftyp" and head[8:12] in _HEIC else ""


@dataclass(frozen=True)
class Picture:
    """What a content is: the ending of its name, how it is sent, and its size in pixels."""

    suffix: str
    media_type: str
    width: int
    height: int


def picture_in(content: bytes) -> Picture | None:
    """The picture that this is; None for anything else, one that is damaged, empty or of too many pixels."""
    if content.startswith(_PNG):
        found = Picture(".png", "image/png", *_png(content))
    elif content.startswith(_JPEG):
        found = Picture(".jpg", "image/jpeg", *_jpeg(content))
    else:
        return None
    return found if 0 < found.width * found.height <= MOST_PIXELS else None


def _png(content: bytes) -> tuple[int, int]:
    """The size of a PNG all of whose chunks are whole; nothing for another."""
    place, size = len(_PNG), (0, 0)
    pixels: list[bytes] = []
    while place + 12 <= len(content):
        length, name = struct.unpack(">I4s", content[place : place + 8])
        end = place + 12 + length
        body = content[place + 8 : end - 4]
        if end > len(content) or zlib.crc32(name + body) != int.from_bytes(content[end - 4 : end]):
            return 0, 0
        if place == len(_PNG):
            if name != b"IHDR" or length != 13:
                return 0, 0
            size = struct.unpack(">II", body[:8])
        pixels += [body] if name == b"IDAT" else []
        if name == b"IEND":
            return size if end == len(content) and _unpacks(b"".join(pixels), size) else (0, 0)
        place = end
    return 0, 0


def _unpacks(pixels: bytes, size: tuple[int, int]) -> bool:
    """Whether packed pixels can be unpacked, to no more than a picture of this size can hold."""
    width, height = size
    if not pixels or width * height > MOST_PIXELS:
        return False
    left, unpacking = (width * _BYTES_A_PIXEL + 1) * height, zlib.decompressobj()
    try:
        while pixels and left >= 0 and not unpacking.eof:
            left -= len(unpacking.decompress(pixels, _PIECE))
            pixels = unpacking.unconsumed_tail
    except zlib.error:
        return False
    return unpacking.eof and left >= 0


def _jpeg(content: bytes) -> tuple[int, int]:
    """The size of a JPEG whose segments follow each other up to its pixels; nothing for another."""
    place, size = len(_JPEG), (0, 0)
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4])
        if marker == 0xFF:
            place += 1
            continue
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            size = (width, height)
        if marker == _SCAN:
            return size if content.rfind(b"\xff\xd9") > place else (0, 0)
        if length < 2:
            return 0, 0
        place += 2 + length
    return 0, 0
