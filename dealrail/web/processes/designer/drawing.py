"""The stages of a draft and the moves among them, drawn as a map and told as a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dealrail.process.rules import END, ProcessSpec
from dealrail.web.processes.designer.desk import desk_of, show

WIDTH, STEP, BOX, HEIGHT = 340, 72, 160, 44
LEFT, TOP = (WIDTH - BOX) // 2, 8
# Above this many the ways back would cover each other; the table tells them all.
MOST_DRAWN_BACK = 12


@dataclass(frozen=True)
class Node:
    """A stage on the map; the end has no key to open."""

    key: str
    name: str
    kind: str
    y: int

    @property
    def middle(self) -> int:
        """Where moves arrive and leave, from the top."""
        return self.y + HEIGHT // 2


@dataclass(frozen=True)
class Way:
    """A move on the map, as an SVG path; `kind` is forward, main or back."""

    path: str
    kind: str


@dataclass(frozen=True)
class Cell:
    """A move in the table: forward, back, or neither."""

    to: str
    says: str


def draft_map(request: HttpRequest, key: str) -> HttpResponse:
    """The map of a draft."""
    desk = desk_of(request, key)
    if not desk.is_readable:
        return redirect("draft_text", key)
    nodes = _nodes(desk.spec)
    context = {
        "tab": "map",
        "nodes": nodes,
        "ways": list(_ways(desk.spec, {node.key: node for node in nodes})),
        "columns": [node.name for node in nodes],
        "rows": [(node, _cells(desk.spec, node.key, nodes)) for node in nodes if node.key != END],
        "size": {"width": WIDTH, "height": TOP + STEP * len(nodes), "left": LEFT, "box": BOX, "tall": HEIGHT},
    }
    return show(request, "processes/draft/map.html", desk, context)


def _nodes(spec: ProcessSpec) -> list[Node]:
    rows = [*((stage.key, stage.name, str(stage.kind)) for stage in spec.stages), (END, _("End of the process"), END)]
    return [Node(key, name, kind, TOP + STEP * place) for place, (key, name, kind) in enumerate(rows)]


def _ways(spec: ProcessSpec, nodes: dict[str, Node]) -> Iterator[Way]:
    """Every move: to the next stage straight down, elsewhere in a bow, forward on the right and back on the left."""
    with_back = len(spec.stages) <= MOST_DRAWN_BACK
    for stage in spec.stages:
        start = nodes[stage.key]
        for target in (key for key in stage.next if key in nodes):
            yield Way(_path(start, nodes[target], right=True), "main" if target == stage.next[0] else "forward")
        for target in (key for key in stage.back if key in nodes and with_back):
            yield Way(_path(start, nodes[target], right=False), "back")


def _path(start: Node, end: Node, *, right: bool) -> str:
    if right and end.y - start.y == STEP:
        return f"M{WIDTH // 2} {start.y + HEIGHT}V{end.y - 5}"
    far = min(24 + 14 * (abs(end.y - start.y) // STEP), LEFT - 6)
    side, bow = (LEFT + BOX, LEFT + BOX + far) if right else (LEFT, LEFT - far)
    tip = side + (5 if right else -5)
    # two moves between the same stages don't lie on each other
    shift = 8 if end.y > start.y else -8
    leaves, arrives = start.middle + shift, end.middle - shift
    return f"M{side} {leaves}C{bow} {leaves} {bow} {arrives} {tip} {arrives}"


def _cells(spec: ProcessSpec, key: str, nodes: list[Node]) -> list[Cell]:
    stage = spec.stage(key)
    words = {**dict.fromkeys(stage.back, "back"), **dict.fromkeys(stage.next, "forward")}
    return [Cell(node.name, words.get(node.key, "")) for node in nodes]
