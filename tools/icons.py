"""Draws the app's icon from our sign, two rails and their sleepers, as PNG: phones want pixels, and so no tool more."""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

SIGN = Path("dealrail/web/templates/components/mark.html")
BLUE, WHITE = (6, 111, 209), (255, 255, 255)
BOX = 24  # the sign's own coordinates run from 0 to 24
INSET = 0.22  # phones may cut off as much on every side
WIDTH = 2

Line = tuple[float, float, float, float]


def draw(root: Path, size: int) -> bytes:
    """The icon, so many pixels wide and high."""
    lines = list(strokes((root / SIGN).read_text("utf-8")))
    scale = BOX / (size * (1 - 2 * INSET))
    rows = (_row(lines, [(x + 0.5 - size * INSET) * scale for x in range(size)], y, size, scale) for y in range(size))
    return _png(size, b"".join(rows))


def strokes(svg: str) -> Iterator[Line]:
    """The straight lines of the sign's path: absolute and relative moves, lines and horizontals."""
    [path] = re.findall(r'<path d="([^"]+)"', svg)
    x = y = 0.0
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "M":
            x, y, *values = values  # what follows a move without a letter is a line
        for to_x, to_y in _ends(command, values, x, y):
            yield x, y, to_x, to_y
            x, y = to_x, to_y


def _ends(command: str, values: list[float], x: float, y: float) -> list[tuple[float, float]]:
    if command == "h":
        return [(x + values[0], y)]
    if command == "l":
        return [(x + values[0], y + values[1])]
    return list(zip(values[::2], values[1::2], strict=True))


def _row(lines: list[Line], across: list[float], y: int, size: int, scale: float) -> bytes:
    down = (y + 0.5 - size * INSET) * scale
    pixels = bytearray(b"\0")
    for x in across:
        inside = -WIDTH < x < BOX + WIDTH and -WIDTH < down < BOX + WIDTH
        ink = max((_ink(line, x, down, scale) for line in lines), default=0.0) if inside else 0.0
        pixels += bytes(round(back + (front - back) * ink) for back, front in zip(BLUE, WHITE, strict=True))
    return bytes(pixels)


def _ink(line: Line, x: float, y: float, scale: float) -> float:
    """How much of this point the line's round brush covers, soft over one pixel."""
    x1, y1, x2, y2 = line
    long, high = x2 - x1, y2 - y1
    along = max(0.0, min(1.0, ((x - x1) * long + (y - y1) * high) / (long * long + high * high)))
    away: float = ((x - x1 - along * long) ** 2 + (y - y1 - along * high) ** 2) ** 0.5
    return max(0.0, min(1.0, (WIDTH / 2 - away) / scale + 0.5))


def _png(size: int, rows: bytes) -> bytes:
    head = struct.pack(">2I5B", size, size, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
