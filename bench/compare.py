"""`compare`: two files of figures, and what got slower from the one to the other, as ratios."""

import argparse
import json
from pathlib import Path
from typing import Any

from bench.output import say

# Below this a difference is the machine's.
NOTICED = 1.15


def compare(options: argparse.Namespace) -> int:
    """Print every measure with its ratios; 1 when one got slower, 2 when a file can't be read."""
    try:
        before, after = (_figures(path) for path in (options.before, options.after))
    except (OSError, ValueError, KeyError) as error:
        say(f"These figures can't be read: {error}. Name two files that “dealrail-bench run --json” wrote.")
        return 2
    slower = []
    print(f"{'measure':12}{'clients':>8}{'to the limit':>14}{'CPU':>8}{'SQL':>6}")
    for key in sorted(before.keys() & after.keys()):
        old, new = before[key], after[key]
        # How far from the limit of its own run: another machine, or another hour, cancels out.
        distance = old["ratio"] / new["ratio"] if new["ratio"] else 0.0
        cpu = new["cpu"] / old["cpu"] if old["cpu"] else 0.0
        asked = new["statements"] - old["statements"]
        print(f"{key[0]:12}{key[1]:8}{distance:13.2f}×{cpu:7.2f}×{asked:+6}")
        if distance > NOTICED or asked > 0:
            slower.append(
                f"{key[0]} with {key[1]} clients: {distance:.2f} times as far from the limit, {asked:+} statements"
            )
    say("\n".join(slower) or "Nothing got slower.")
    return 1 if slower else 0


def _figures(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    found = json.loads(path.read_text("utf-8"))
    return {(row["measure"], row["clients"]): row for row in found["measures"]}
