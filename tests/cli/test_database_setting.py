"""How the program speaks with PostgreSQL, as the environment says."""

import pytest

from config.settings import PREPARED_FROM, _database

URL = "postgres://dealrail@db/dealrail?sslmode=require"


def test_statements_are_prepared_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    prepared = {"server_side_binding": True, "prepare_threshold": PREPARED_FROM}
    assert _database()["OPTIONS"] == {"sslmode": "require", **prepared}
    monkeypatch.setenv("DEALRAIL_PREPARED_STATEMENTS", "0")
    assert _database()["OPTIONS"] == {"sslmode": "require"}
