"""What both databases must do alike."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|CREATE|DROP|ALTER|COPY)\b"
    r"|\s*WITH\b.*\b(INSERT\s+INTO|UPDATE\s+\"|DELETE\s+FROM)",
    re.IGNORECASE | re.DOTALL,
)


@contextmanager
def refusing_writes(refusal: Callable[[], Exception]) -> Iterator[None]:
    """Refuse like this whatever would write into the database inside, whichever way it is tried."""

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if _WRITES.match(str(sql)):
            raise refusal()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def take_turns(about: str, values: Iterable[str]) -> None:
    """Until this transaction ends, let no other one that is about the same values pass this point.

    Whoever looks whether a value is taken before writing it calls this first, or two at once would both find it free.
    SQLite writes one transaction at a time anyway.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({_key(f"{about}:{value}") for value in values if value})
    if keys:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def share_turn(about: str, value: str) -> bool:
    """Until this transaction ends, let nobody pass `take_turns` about this; any number of others may share it.

    True where what was read before may be as it was before the turn of somebody else, and must be read again. SQLite
    writes one transaction at a time anyway.
    """
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_key(f"{about}:{value}")])
    return True


def hold(rows: QuerySet[Any]) -> bool:
    """Until this transaction ends, let nobody change or delete these rows who locks them first to do so.

    For rows that another one is to name: the database itself only keeps them from being removed. Any number of
    transactions may hold a row at once. False when there is none, or none any more, once it could be held. SQLite
    writes one transaction at a time anyway, so there what was just read still stands.
    """
    if connection.vendor != "postgresql":
        return True
    sql, params = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR KEY SHARE", params)
        return cursor.fetchone() is not None


def lock(statement: str, parameters: Sequence[Any]) -> None:
    """Wait with this locking SELECT until nobody else changes its rows, and let nobody until the transaction ends.

    What is read afterwards is as the others left it. One statement that locks and reads would, where it had to wait,
    join the locked rows with everything else as it was before. SQLite writes one transaction at a time anyway.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("rows are locked inside a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as it is at one moment, while others go on writing; nothing may be written inside."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # Django's own would be IMMEDIATE, which keeps all writers waiting
        try:
            yield
        finally:
            cursor.execute("COMMIT")


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)
