"""What is built from what, and whether it is up to date; standard library only, so that run.py can ask."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def digest(root: Path, files: Iterable[Path]) -> str:
    """The digest of these files' names (relative to `root`) and contents, in any order."""
    sha = hashlib.sha256()
    for file in sorted(files):
        sha.update(file.relative_to(root).as_posix().encode() + b"\0")
        sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()


def matches(stamp: Path, expected: str) -> bool:
    """Whether the stamp says that what it stands for was built from `expected`."""
    try:
        return stamp.read_text("utf-8") == expected
    except FileNotFoundError:
        return False


def sources(root: Path) -> Path:
    """Where the front end is written."""
    return root / "dealrail" / "web" / "assets"


def built(root: Path) -> Path:
    """Where the built front end goes, for Django's static files."""
    return root / "dealrail" / "web" / "static" / "dealrail"


def front_end_digest(root: Path) -> str:
    """The digest of all that the front end is made from."""
    files = [file for file in sources(root).rglob("*") if file.is_file()]
    files += [root / name for name in ("package.json", "package-lock.json", "tools/assets.py", "tools/icons.py")]
    files.append(root / "dealrail" / "web" / "templates" / "components" / "mark.html")
    return digest(root, files)


def catalogues(root: Path) -> list[Path]:
    """Every message catalogue."""
    return sorted((root / "dealrail" / "locale").glob("*/LC_MESSAGES/*.po"))


def messages_stamp(root: Path, po: Path) -> Path:
    """Where it is noted what this catalogue was compiled from."""
    return root / ".tools" / "messages" / po.parent.parent.name


def is_compiled(root: Path, po: Path) -> bool:
    """Whether this catalogue has been compiled since it changed."""
    return po.with_suffix(".mo").exists() and matches(messages_stamp(root, po), digest(root, [po]))


def is_current(root: Path = ROOT) -> bool:
    """Whether there is nothing to build."""
    front_end = matches(built(root) / "stamp", front_end_digest(root))
    return front_end and all(is_compiled(root, po) for po in catalogues(root))
