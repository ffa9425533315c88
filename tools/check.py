"""Everything that is checked without running the program: `python -m tools.check`. The tests come after it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.freshness import ROOT

BIN = Path(sys.executable).parent
CHECKS: dict[str, Sequence[str | Path]] = {
    "types": [sys.executable, "-m", "mypy"],
    "format": [BIN / "ruff", "format", "--check", "."],
    "lint": [BIN / "ruff", "check", "."],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "API description": [sys.executable, "-m", "tools.openapi", "check"],
    "messages": [sys.executable, "-m", "tools.messages", "check"],
}


def run(name: str, command: Sequence[str | Path], home: str) -> bool:
    """Run one check and report it; what it says is shown only when it fails."""
    started = time.monotonic()
    environment = {**os.environ, "DEALRAIL_HOME": home, "DATABASE_URL": f"sqlite:///{home}/checks.sqlite3"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    verdict = "failed" if done.returncode else "ok"
    said = f"{done.stdout}{done.stderr}" if done.returncode else ""
    print(f"{name}: {verdict} ({time.monotonic() - started:.0f} s)\n{said}", end="", flush=True)
    return done.returncode == 0


def main(names: Sequence[str], checks: Mapping[str, Sequence[str | Path]] = CHECKS) -> int:
    """Run these checks, or all; 1 if any fails."""
    if unknown := set(names) - set(checks):
        print(f"There is no check {', '.join(sorted(unknown))}. Checks: {', '.join(checks)}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(lambda name: run(name, checks[name], home), names or checks))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
