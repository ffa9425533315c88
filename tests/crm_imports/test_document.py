"""The document about imports names everything there is."""

from pathlib import Path

import pytest

from dealrail.crm.actions.imports import MODES
from dealrail.crm.mappings import ENTERED, KINDS

DOCUMENT = Path(__file__).parents[2] / "docs" / "import.md"


def part(kind: str) -> str:
    """What the document says about a kind."""
    return DOCUMENT.read_text("utf-8").split(f"\n### `{kind}`", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_and_its_fields_are_explained(kind: str) -> None:
    missing = [target.key for target in KINDS[kind] if f"`{target.key}`" not in part(kind)]
    assert not missing


@pytest.mark.parametrize("word", [*MODES, "fields", "process", "date_order", "column", "const", "aliases", "lookup"])
def test_every_word_of_a_mapping_is_explained(word: str) -> None:
    assert f"`{word}`" in DOCUMENT.read_text("utf-8")


def test_the_dates_of_stages_are_explained() -> None:
    assert f"`{ENTERED}" in part("deals")
