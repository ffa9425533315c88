"""Answering a repeated request with the answer it got the first time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import KeyReused
from dealrail.accounts.models import IdempotentAnswer

KEPT_FOR = timedelta(days=1)
LASTING_FOR = timedelta(days=90)
LASTING = "lasting:"
BATCH = 500
FIRST_REFUSAL = 400


@dataclass(frozen=True)
class Answer:
    """What a request was answered with; `replayed` says that nothing was done this time."""

    status: int
    body: str
    replayed: bool = False


@transaction.atomic
def answer_once(
    *, actor: Actor, key: str, fingerprint: str, answer: Callable[[], Answer], lasting: bool = False
) -> Answer:
    """Answer a request under a key the actor made up, once: asked again, the first answer is given again.

    A `lasting` answer is kept for ninety days instead of one: for what a phone may send again after a long journey.

    The key is kept in the transaction of what `answer` does, so that both happen or neither; a second request at the
    same time waits. A refusal (status 400 and up) is not kept and undoes everything. Raises KeyReused for another
    request under the same key.
    """
    key, kept_for = (f"{LASTING}{key}", LASTING_FOR) if lasting else (key, KEPT_FOR)
    claimed = _claim(actor.user_id, key, fingerprint, kept_for)
    if claimed is None:
        return _replayed(IdempotentAnswer.objects.get(user=actor.user_id, key=key), fingerprint)
    answered = answer()
    if answered.status >= FIRST_REFUSAL:
        transaction.set_rollback(True)
        return answered
    IdempotentAnswer.objects.filter(pk=claimed).update(status=answered.status, body=answered.body)
    return answered


# One statement that waits for whoever has just claimed the same key, and takes over a key kept for long enough.
_CLAIM = """
    INSERT INTO accounts_idempotentanswer (user_id, key, fingerprint, status, body, created_at)
    VALUES (%s, %s, %s, NULL, '', %s)
    ON CONFLICT (user_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, status = NULL, body = '', created_at = excluded.created_at
    WHERE accounts_idempotentanswer.created_at < %s
    RETURNING id
"""


def _claim(user_id: int, key: str, fingerprint: str, kept_for: timedelta) -> int | None:
    """The row of a key nobody has used lately; None when there is an answer under it."""
    now = timezone.now()
    since, until = (connection.ops.adapt_datetimefield_value(moment) for moment in (now, now - kept_for))
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [user_id, key, fingerprint, since, until])
        row = cursor.fetchone()
    return row[0] if row else None


def _replayed(kept: IdempotentAnswer, fingerprint: str) -> Answer:
    if kept.fingerprint != fingerprint or kept.status is None:
        raise KeyReused()
    return replace(Answer(kept.status, kept.body), replayed=True)


@transaction.atomic
def forget_old_answers(*, actor: Actor) -> int:
    """Drop a batch of answers kept for long enough, and tell how many; ids grow with time, so the oldest come first."""
    now, rows = timezone.now(), IdempotentAnswer.objects.order_by("pk").values_list("pk", "created_at")
    old = _older(rows.exclude(key__startswith=LASTING), now - KEPT_FOR)
    old += _older(rows.filter(key__startswith=LASTING), now - LASTING_FOR)
    if old:
        IdempotentAnswer.objects.filter(pk__in=old).delete()
    return len(old)


def _older(rows: "QuerySet[Any, tuple[int, datetime]]", limit: datetime) -> list[int]:
    return [pk for pk, created_at in rows[:BATCH] if created_at < limit]
