"""Lines on logarithmic axes as SVG, readable by day and by night."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 24, 48
# Eight hues of one lightness, told apart in light and in dark; more lines take a dashed turn.
HUES = (210, 25, 145, 280, 340, 60, 185, 0)
LABEL = 15
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #49566c; }
.grid { stroke: #d5dbe5; } .line { fill: none; stroke-width: 2; }
@media (prefers-color-scheme: dark) { text { fill: #aeb8c9; } .grid { stroke: #36435a; } }
"""


@dataclass(frozen=True)
class Line:
    """A named row of points (across, up), both above nought."""

    name: str
    points: Sequence[tuple[float, float]]


def drawn(lines: Sequence[Line], *, across: str, up: str) -> str:
    """The picture of these lines, with a name at the end of each and the units at the axes."""
    xs = [x for line in lines for x, _y in line.points]
    ys = [y for line in lines for _x, y in line.points]
    frame = _Frame(min(xs), max(xs), 10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys))))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<style>{_STYLE}</style>",
        *frame.grid(sorted(set(xs)), across, up),
        *_lines(frame, [line for line in lines if line.points]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True)
class _Frame:
    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        share = math.log(value / self.left) / math.log(self.right / self.left) if self.right > self.left else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low) if self.high > self.low else 0.5
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self, xs: Sequence[float], across: str, up: str) -> Iterator[str]:
        for value in xs:
            yield _rule(self.x(value), TOP, self.x(value), HEIGHT - BOTTOM)
            yield _text(self.x(value), HEIGHT - BOTTOM + 18, f"{value:,.0f}", "middle")
        value = self.low
        while value <= self.high * 1.001:
            yield _rule(LEFT, self.y(value), WIDTH - RIGHT, self.y(value))
            yield _text(LEFT - 8, self.y(value) + 4, f"{value:g}", "end")
            value *= 10
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, "middle")
        yield _text(LEFT, TOP - 8, up, "middle")


def _lines(frame: _Frame, lines: Sequence[Line]) -> Iterator[str]:
    labels = _apart([(frame.y(line.points[-1][1]), line.name) for line in lines])
    for number, line in enumerate(lines):
        color = f"hsl({HUES[number % len(HUES)]} 65% 50%)"
        dashes = ' stroke-dasharray="6 4"' if number >= len(HUES) else ""
        points = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in line.points)
        yield f'<polyline class="line" stroke="{color}"{dashes} points="{points}"/>'
        yield _text(WIDTH - RIGHT + 10, labels[line.name] + 4, line.name, "start", color)


def _apart(wanted: list[tuple[float, str]]) -> dict[str, float]:
    """Heights for the names, from the top, so that none covers another."""
    found: dict[str, float] = {}
    last = -math.inf
    for height, name in sorted(wanted):
        last = max(height, last + LABEL)
        found[name] = last
    return found


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, color: str = "") -> str:
    style = f' style="fill: {color}"' if color else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
