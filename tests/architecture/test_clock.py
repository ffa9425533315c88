"""Only demo data and tests may set the business clock."""

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "dealrail"
SETS_CLOCK = re.compile(r"\bclock\.at\(|from dealrail\.core\.clock import .*\bat\b")


def clock_setters(files: dict[str, str]) -> list[str]:
    """Modules that set the clock without being demo data."""
    return [name for name, text in files.items() if SETS_CLOCK.search(text) and not name.startswith("demo/")]


def test_only_the_demo_company_sets_the_business_clock() -> None:
    files = {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    assert clock_setters(files) == []


def test_a_planted_clock_setter_is_caught() -> None:
    assert clock_setters({"crm/x.py": "with clock.at(yesterday):", "demo/y.py": "clock.at(z)"}) == ["crm/x.py"]
