"""A company whose Dealrail runs in processes of its own, to be killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import Company
from tests.crash.running import PROC, Installation


@pytest.fixture
def installation(company: Company, tmp_path: Path) -> Iterator[Installation]:
    """A fresh home on the database of the test; whatever runs in it ends with the test."""
    if not PROC.is_dir():
        pytest.skip("the processes to kill are found in /proc")
    made = Installation(tmp_path)
    yield made
    made.clear_away()
