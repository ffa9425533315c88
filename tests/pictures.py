"""Small pictures for tests."""

import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile


def png(width: int = 2, height: int = 2) -> bytes:
    """A grey PNG."""
    rows = (b"\0" + b"\x80\x80\x80" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + zlib.crc32(name + body).to_bytes(4) for name, body in chunks
    )


def jpeg(width: int = 2, height: int = 2) -> bytes:
    """What looks like a JPEG from outside: its frame tells its size, and its pixels follow."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    segments = ((0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"), (0xC0, frame), (0xDA, b"\x01\x01\x00\x00\x3f\x00"))
    written = b"".join(struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body for kind, body in segments)
    return b"\xff\xd8" + written + b"\x12\x34\xff\xd9"


def picture(name: str = "登录页.png", content: bytes | None = None) -> SimpleUploadedFile:
    """A picture as it is uploaded, under whatever type."""
    return SimpleUploadedFile(name, png() if content is None else content, "text/html")
