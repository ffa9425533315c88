"""The pages about events and roles say what the code says."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from dealrail.accounts import policy
from dealrail.accounts.builtin import builtin_roles
from dealrail.events.facts import Fact

DOCS = Path(__file__).resolve().parents[2] / "docs"


def facts(root: type[Fact] = Fact) -> Iterator[type[Fact]]:
    """Every fact of the project."""
    for child in root.__subclasses__():
        if child.__module__.startswith("dealrail.") and "kind" in vars(child):
            yield child
        yield from facts(child)


def test_the_page_of_events_names_the_fields_of_each() -> None:
    page = (DOCS / "events.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \|.*\| (.*) \|$", page, re.MULTILINE))
    for fact in facts():
        assert re.findall(r"`([^`]+)`", rows.get(fact.kind, "")) == [field.name for field in fields(fact)], fact.kind


def test_the_page_of_permissions_shows_the_builtin_roles() -> None:
    page = (DOCS / "permissions.md").read_text("utf-8")
    for permission in policy.registered:
        [row] = re.findall(rf"^\| {re.escape(permission)} \|(.*)\|$", page, re.MULTILINE)
        shown = ["✓" in cell for cell in row.split("|")]
        assert shown == [role["permissions"] == ["*"] or permission in role["permissions"] for role in builtin_roles()]
