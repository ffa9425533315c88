"""`report`: runs over data of different sizes side by side, as a table and as a picture of what grows.

Nothing in it is a time: each figure is a ratio of two that were taken in the same run. How long somebody alone waits
for an answer, the database's work included, is told in *bare pages*: as many times what they wait for the login page,
which asks for next to nothing.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.output import say
from bench.picture import Line, drawn

BARE = "bare"
# How many clients rates are compared at.
CLIENTS = 8
# From one size to the next, so much may be the machine's.
GROWN = 1.3


@dataclass(frozen=True)
class Sized:
    """One run, over so many deals."""

    deals: int
    rows: dict[tuple[str, int], dict[str, Any]]

    def cost(self, measure: str) -> float | None:
        """What half of the answers to a single client took at the most, in bare pages; none for what is no answer."""
        bare, row = self.rows.get((BARE, 1)), self.rows.get((measure, 1))
        return row["p50"] / bare["p50"] if bare and row and bare["p50"] and row["statements"] else None

    def ratio(self, measure: str) -> float | None:
        """Its rate, as a part of the limit's."""
        row = self.rows.get((measure, CLIENTS)) or self.rows.get((measure, 1))
        return row["ratio"] if row else None


def report(options: argparse.Namespace) -> int:
    """Print the table and draw the picture; 2 when a file can't be read, or the picture can't be written."""
    try:
        runs = sorted((_run(path) for path in options.figures), key=lambda run: run.deals)
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"These figures can't be read: {error}. Name files that “dealrail-bench run --json” wrote.")
        return 2
    names = list(dict.fromkeys(measure for run in runs for measure, _clients in run.rows))
    print("\n".join(_table(names, runs)))
    return _draw(names, runs, options.picture) if options.picture else 0


def _draw(names: list[str], runs: list[Sized], picture: Path) -> int:
    lines = [Line(name, [(run.deals, run.cost(name) or 0.0) for run in runs if run.cost(name)]) for name in names]
    lines = [line for line in lines if line.points]
    if not lines:
        say(f"There is nothing to draw: measure “{BARE}” with one client, too.")
        return 2
    try:
        picture.write_text(drawn(lines, across="deals", up="bare pages"), "utf-8")
    except OSError as error:
        say(f"The picture can't be written: {error}.")
        return 2
    return 0


def _run(path: Path) -> Sized:
    found = json.loads(path.read_text("utf-8"))
    return Sized(found["deals"], {(row["measure"], row["clients"]): row for row in found["measures"]})


def _table(names: list[str], runs: list[Sized]) -> list[str]:
    sizes = [f"{run.deals:,}" for run in runs]
    head = [
        "measure",
        "SQL",
        *(f"cost, {size}" for size in sizes),
        "grows at last",
        *(f"of the limit, {size}" for size in sizes),
    ]
    rows = [[name, _statements(name, runs), *_costs(name, runs), *_ratios(name, runs)] for name in names]
    return [_line(head), _line(["---"] * len(head)), *map(_line, rows)]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _statements(name: str, runs: list[Sized]) -> str:
    row = runs[-1].rows.get((name, 1))
    return str(row["statements"]) if row and row["statements"] else "–"


def _costs(name: str, runs: list[Sized]) -> list[str]:
    costs = [run.cost(name) for run in runs]
    known = [cost for cost in costs if cost]
    grown = known[-1] / known[-2] if len(known) > 1 else 0.0
    mark = "**" if grown > GROWN else ""
    told = f"{mark}{grown:.2f} ×{mark}" if grown else "–"
    return [*(f"{cost:.1f}" if cost else "–" for cost in costs), told]


def _ratios(name: str, runs: list[Sized]) -> list[str]:
    return [f"{ratio:.2f}" if (ratio := run.ratio(name)) else "–" for run in runs]
