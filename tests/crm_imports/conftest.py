"""Bringing sheets in, as the administrator unless told."""

from pathlib import Path

import pytest

from dealrail.accounts.models import User
from tests.crm_imports.bringing import Bring


@pytest.fixture
def bring(tmp_path: Path, admin: User) -> Bring:
    """Brings sheets in as the administrator; `bring.by(rep)` as somebody else."""
    return Bring(tmp_path, admin)
