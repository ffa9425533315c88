"""The browser of the tests: an installed Chromium or one from npm, with our Chinese font on every machine."""

import io
import os
import platform
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import brotli

from tools import assets, freshness, locks
from tools.freshness import ROOT

HERE = Path(__file__).resolve().parent
CACHE = ROOT / ".tools" / "browser"
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{cache}/fonts</dir>
  <cachedir>{cache}/fonts</cachedir>
  <alias><family>sans-serif</family><prefer><family>Noto Sans SC</family></prefer></alias>
</fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """Where the program is, and what its environment and command line need."""

    path: Path
    environment: dict[str, str | float | bool]
    flags: list[str]


def chromium() -> Chromium:
    """The browser, fetched into .tools/browser if it isn't there. Raises BuildFailed where none can be had."""
    with locks.only_one(CACHE / "lock"):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, CACHE / name)
        assets.install(CACHE)
        _lay_out_fonts()
        installed = next(filter(None, map(shutil.which, INSTALLED)), None)
        path = Path(installed) if installed else _unpacked()
    libraries = {} if installed else {"LD_LIBRARY_PATH": str(CACHE / "chromium" / "lib")}
    environment: dict[str, str | float | bool] = {
        **os.environ,
        "FONTCONFIG_FILE": str(CACHE / "fonts.conf"),
        **libraries,
    }
    return Chromium(path, environment, _flags())


def axe() -> str:
    """The script that checks a page for barriers; `chromium()` has fetched it."""
    return (CACHE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def _flags() -> list[str]:
    is_root = sys.platform != "win32" and os.geteuid() == 0
    return ["--disable-background-networking", *(["--no-sandbox"] if is_root else [])]


def _lay_out_fonts() -> None:
    (CACHE / "fonts").mkdir(exist_ok=True)
    (CACHE / "fonts.conf").write_text(FONTS.format(cache=CACHE), "utf-8")
    for style in ("400Regular", "700Bold"):
        name = f"NotoSansSC_{style}.ttf"
        if not (CACHE / "fonts" / name).exists():
            shutil.copy(CACHE / "node_modules" / "@expo-google-fonts" / "noto-sans-sc" / style / name, CACHE / "fonts")


def _unpacked() -> Path:
    """The Chromium of the npm package, unpacked once."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise assets.BuildFailed("The browser tests need Chromium or Chrome. Install one of them.")
    packed = CACHE / "node_modules" / "@sparticuz" / "chromium" / "bin"
    folder = CACHE / "chromium"
    expected = freshness.digest(CACHE, [CACHE / "package-lock.json"])
    if not freshness.matches(folder / "stamp", expected):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "chromium").write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
        (folder / "chromium").chmod(0o755)
        for name in ("al2023", "swiftshader"):
            with tarfile.open(fileobj=io.BytesIO(brotli.decompress((packed / f"{name}.tar.br").read_bytes()))) as tar:
                # Pythons before 3.11.4 don't know filters yet; the archive is one we have pinned.
                tar.extraction_filter = getattr(tarfile, "data_filter", None)
                tar.extractall(folder)
        (folder / "stamp").write_text(expected, "utf-8")
    return folder / "chromium"
