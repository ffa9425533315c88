"""Writing millions of rows straight to the tables: as fast as the database takes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from bench.patterns import Spelling, Table

Say = Callable[[str], None]
Rows = Mapping[Table, Sequence[str]]  # of each table its rows, in the database's own spelling
# What is kept up to date row by row otherwise: foreign keys of and to the tables, then keys, then indexes.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE (conrelid::regclass::text = ANY(%(names)s) OR confrelid::regclass::text = ANY(%(names)s))
      AND contype::text = ANY(%(kinds)s)
    ORDER BY array_position(ARRAY['f', 'u', 'p']::"char"[], contype)
"""
_INDEXES = """
    SELECT quote_ident(index.relname), pg_get_indexdef(index.oid), indrelid::regclass::text
    FROM pg_index JOIN pg_class index ON index.oid = indexrelid
    WHERE indrelid::regclass::text = ANY(%(names)s)
      AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
"""
_SQLITE_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({})"


def spelling() -> Spelling:
    """How this database is given rows: PostgreSQL as lines of COPY, SQLite as values of INSERT."""
    if connection.vendor == "postgresql":
        return Spelling(_copied, "", "\t", "%s\n", r"\N")
    return Spelling(_quoted, "'", ", ", "(%s)", "NULL")


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _copied(text: str) -> str:
    # Four times as fast as `translate`, which looks at every character.
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


@dataclass
class Bulk:
    """Writes rows of these tables; `later` are the statements still to be run on PostgreSQL when all is written.

    What is written stands for good, and with it what a run that breaks off there leaves undone: its database is of no
    use then.
    """

    tables: Sequence[Table]
    later: list[str] = field(default_factory=list)

    def write(self, rows: Rows) -> None:
        """Write these rows."""
        write = _copy if connection.vendor == "postgresql" else _insert
        for table, lines in rows.items():
            write(table, lines)

    def finish(self) -> None:
        """Make the indexes that nobody has waited for, and let PostgreSQL note which pages everybody sees."""
        if connection.vendor != "postgresql":
            return
        try:
            with connection.cursor() as cursor:
                _set_up(cursor, "SET")
                for statement in self.later:
                    cursor.execute(statement)
                for name in _names(self.tables):
                    cursor.execute(f"VACUUM (ANALYZE, FREEZE) {name}")
        finally:
            connection.close()  # also of a thread that ends with it


@contextmanager
def bulk(tables: Sequence[Table], say: Say, needed: Sequence[Table]) -> Iterator[Bulk]:
    """Write rows of these tables, all or none; at the end make keys anew, and indexes of those `needed` at once."""
    writing = Bulk(tables)
    around = _postgres if connection.vendor == "postgresql" else _sqlite
    with around(writing, say, _names(needed)):
        yield writing


def _names(tables: Iterable[Table]) -> list[str]:
    return [table._meta.db_table for table in tables]


@contextmanager
def _postgres(writing: Bulk, say: Say, needed: Sequence[str]) -> Iterator[None]:
    names = _names(writing.tables)
    with transaction.atomic(), connection.cursor() as cursor:
        _set_up(cursor, "SET LOCAL")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_CONSTRAINTS, {"names": names, "kinds": _kinds_made_anew(cursor)})
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, {"names": names})
        indexes = cursor.fetchall()
        for table, name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition, _table in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for table, name, definition in reversed(constraints):
            say(f"constraint {name}")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for name, definition, table in indexes:
            if table in needed:
                say(f"index {name}")
                cursor.execute(definition)
            else:
                writing.later.append(definition)
        for name in _names(table for table in writing.tables if table._meta.auto_field):
            cursor.execute(_SEQUENCE.format(name=name), [name])
        for name in needed:
            cursor.execute(f"ANALYZE {name}")


def _set_up(cursor: Any, set_: str) -> None:
    for setting in ("maintenance_work_mem = '1GB'", "synchronous_commit = off", "max_parallel_maintenance_workers = 2"):
        cursor.execute(f"{set_} {setting}")


def _kinds_made_anew(cursor: Any) -> list[str]:
    """Which constraints are dropped and made anew: all, or where we may, only what isn't asked for in order.

    Copies hold what their models held, and new keys come in order: asking of millions of rows whether what they point
    at is there takes longer than writing a good part of them.
    """
    cursor.execute("SELECT current_setting('is_superuser')")
    if cursor.fetchone() != ("on",):
        return ["f", "p", "u"]
    cursor.execute("SET LOCAL session_replication_role = replica")
    return ["u"]


_SEQUENCE = "SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {name} HAVING max(id) IS NOT NULL"


def _copy(table: Table, rows: Sequence[str]) -> None:
    statement = f"COPY {table._meta.db_table} ({_columns(table)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(rows))


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.column}"' for column in table._meta.concrete_fields)


@contextmanager
def _sqlite(writing: Bulk, say: Say, needed: Sequence[str]) -> Iterator[None]:
    names = _names(writing.tables)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")  # only heeded outside a transaction
    with transaction.atomic(), connection.cursor() as cursor:
        indexes = cursor.execute(_SQLITE_INDEXES.format(", ".join(["%s"] * len(names))), names).fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for name, definition in indexes:
            say(f"index {name}")
            cursor.execute(definition)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = ON")
        say("statistics")
        cursor.execute("ANALYZE")


def _insert(table: Table, rows: Sequence[str]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table._meta.db_table} ({_columns(table)}) VALUES {', '.join(rows)}")
