"""How PostgreSQL goes about a statement, and how many rows it reads for those it hands back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

# So many rows more than are handed back are too many, from so many on.
TOO_MANY, FEW = 10, 200


@dataclass(frozen=True)
class Plan:
    """One statement: rows `read` from tables and indexes, rows `returned`, and the plan as PostgreSQL prints it."""

    sql: str
    read: int
    returned: int
    text: str

    @property
    def is_wasteful(self) -> bool:
        """Whether it reads many more rows than it hands back."""
        return self.read > FEW and self.read > TOO_MANY * max(self.returned, 1)


def plan(sql: str, parameters: Any) -> Plan:
    """Explain a statement; one that writes is not run, so its rows are estimates."""
    is_reading = sql.lstrip("( \n").upper().startswith(("SELECT", "WITH")) and "INSERT INTO" not in sql
    options = "ANALYZE, FORMAT JSON" if is_reading else "FORMAT JSON"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {sql}", parameters)
        (found,) = cursor.fetchone()
        tree = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        transaction.set_rollback(True)
    nodes = list(_nodes(tree))
    read = sum(_read(node) for node, depth in nodes if "Relation Name" in node or "Index Name" in node)
    return Plan(sql, read, _rows(tree), "\n".join(_line(node, depth) for node, depth in nodes))


def _nodes(node: dict[str, Any], depth: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
    yield node, depth
    for inner in node.get("Plans", []):
        yield from _nodes(inner, depth + 1)


def _rows(node: dict[str, Any]) -> int:
    return int(node.get("Actual Rows", node["Plan Rows"]) * node.get("Actual Loops", 1))


def _read(node: dict[str, Any]) -> int:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    # A bitmap's rows are counted where the table is read.
    return 0 if node["Node Type"] == "Bitmap Index Scan" else _rows(node) + round(removed * node.get("Actual Loops", 1))


def _line(node: dict[str, Any], depth: int) -> str:
    on = node.get("Relation Name", "")
    by = f" by {node['Index Name']}" if "Index Name" in node else ""
    removed = f", {node['Rows Removed by Filter']} thrown away" if node.get("Rows Removed by Filter") else ""
    return f"{'  ' * depth}{node['Node Type']} {on}{by}: {_rows(node)} rows{removed}".replace("  :", ":")
