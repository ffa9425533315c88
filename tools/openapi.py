"""Keeps docs/openapi.json, the committed description of the API, whose changes are the API review.

python -m tools.openapi update    writes it
python -m tools.openapi check     fails, and shows the difference, when it isn't what the code says
"""

import difflib
import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import django

from tools.freshness import ROOT

PAGE = ROOT / "docs" / "openapi.json"


def described() -> str:
    """What the code says, in a fixed order."""
    schema = import_module("dealrail.api.root").api.get_openapi_schema()
    return json.dumps(schema, default=str, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def difference(page: Path, now: str) -> list[str]:
    """What changed since the page was written, as a diff."""
    before = page.read_text("utf-8") if page.exists() else ""
    return list(difflib.unified_diff(before.splitlines(), now.splitlines(), page.name, "the code", lineterm=""))


def main(arguments: list[str], page: Path = PAGE) -> int:
    """Do what the argument says; 1 if the page is out of date, 2 for wrong use."""
    if arguments == ["update"]:
        page.write_text(described(), "utf-8")
        return 0
    if arguments == ["check"]:
        changed = difference(page, described())
        print("\n".join(changed), end="\n" if changed else "")
        return bool(changed)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    with tempfile.TemporaryDirectory() as home:
        os.environ["DEALRAIL_HOME"] = home
        django.setup()
        sys.exit(main(sys.argv[1:]))
