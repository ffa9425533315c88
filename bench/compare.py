"""`compare`: two files of figures, and what got slower from the one to the other, as ratios."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.output import say
from bench.report import BARE

# Below this a difference is the machine's.
NOTICED = 1.15


@dataclass(frozen=True)
class Run:
    """One file of figures, by measure and clients."""

    deals: int
    rows: dict[tuple[str, int], dict[str, Any]]

    def nearness(self, key: tuple[str, int]) -> float:
        """A measure's rate as a part of the limit's; where there is no limit, of the bare page's with as many clients.

        0 when neither was measured, or nothing was answered.
        """
        row, bare = self.rows[key], self.rows.get((BARE, key[1]))
        if row["limit"]:
            return float(row["ratio"])
        return row["rate"] / bare["rate"] if bare and bare["rate"] else 0.0


def compare(options: argparse.Namespace) -> int:
    """Print every measure with its ratios; 1 when one got worse or is missing, 2 when files can't be compared."""
    try:
        before, after = (_run(path) for path in (options.before, options.after))
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"These figures can't be read: {error}. Name two files that “dealrail-bench run --json” wrote.")
        return 2
    if before.deals != after.deals:
        say(f"These figures are of {before.deals:,} and {after.deals:,} deals; compare runs over data of one size.")
        return 2
    print(f"{'measure':12}{'clients':>8}{'to the limit':>14}{'CPU':>8}{'SQL':>6}")
    worse = [sentence for key in sorted(before.rows) for sentence in _worse(key, before, after)]
    say("\n".join(worse) or "Nothing got slower.")
    return 1 if worse else 0


def _worse(key: tuple[str, int], before: Run, after: Run) -> Iterator[str]:
    """Print the ratios of one measure, and tell what of it got worse."""
    name = f"{key[0]} with {key[1]} clients"
    if key not in after.rows:
        yield f"{name}: not measured any more"
        return
    old, new = before.rows[key], after.rows[key]
    # How far from the limit of its own run: another machine, or another hour, cancels out.
    near, was = after.nearness(key), before.nearness(key)
    distance = was / near if near else 0.0
    cpu = new["cpu"] / old["cpu"] if old["cpu"] else 0.0
    asked = new["statements"] - old["statements"]
    print(f"{key[0]:12}{key[1]:8}{distance:13.2f}×{cpu:7.2f}×{asked:+6}")
    if new["failed"] > old["failed"]:
        yield f"{name}: {new['failed']} answers failed, {old['failed']} before"
    if distance > NOTICED or asked > 0:
        yield f"{name}: {distance:.2f} times as far from the limit, {asked:+} statements"
    elif was and not near:
        yield f"{name}: nothing was answered"


def _run(path: Path) -> Run:
    found = json.loads(path.read_text("utf-8"))
    return Run(found["deals"], {(row["measure"], row["clients"]): row for row in found["measures"]})
